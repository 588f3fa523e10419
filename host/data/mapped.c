/* mapped.c - files that are too large to be copied into memory: the system reads a page when it is
 * looked at, and lets go of it when memory is short. */
#define _POSIX_C_SOURCE 200809L
#include "host/data/mapped.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "host/data/dataset.h"
#include "host/util/status.h"

int mapped_open(const char *path, int file, size_t bytes, struct mapped *mapped)
{
    void *base = mmap(NULL, bytes, PROT_READ, MAP_PRIVATE, file, 0);

    if (base == MAP_FAILED)
        return FAIL(INCLINE_EIO, "%s: %zu bytes cannot be mapped into memory: %s", path, bytes,
                    strerror(errno));
    *mapped = (struct mapped){base, bytes};
    return INCLINE_OK;
}

void mapped_close(struct mapped *mapped)
{
    if (mapped->base != NULL)
        (void)munmap(mapped->base, mapped->bytes);
    *mapped = (struct mapped){NULL, 0};
}

void dataset_read_ahead(const incline_dataset *dataset, uint32_t first, uint32_t rows)
{
    const size_t row = dataset->info.features * (dataset->info.bytes ? 1 : sizeof(float));
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);

    if (dataset->mapped.base == NULL)
        return;
    const unsigned char *const base = dataset->mapped.base;
    const size_t before = (size_t)((const unsigned char *)dataset->values - base) + first * row;
    const size_t from = before / page * page, to = before + rows * row;
    (void)posix_madvise((unsigned char *)dataset->mapped.base + from, to - from,
                        POSIX_MADV_WILLNEED);
}
