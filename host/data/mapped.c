/* mapped.c - files that are too large to be copied into memory: the system reads a page when it is
 * looked at, and lets go of it when memory is short. */
#define _POSIX_C_SOURCE 200809L
#include "host/data/mapped.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "host/data/dataset.h"
#include "host/util/status.h"

int mapped_open(const char *path, int file, size_t bytes, struct mapped *mapped)
{
    void *base = mmap(NULL, bytes, PROT_READ, MAP_PRIVATE, file, 0);
    const int own = base != MAP_FAILED ? fcntl(file, F_DUPFD_CLOEXEC, 0) : -1;

    if (own < 0) {
        const int rc = FAIL(INCLINE_EIO, "%s: %zu bytes cannot be mapped into memory: %s", path,
                            bytes, strerror(errno));
        if (base != MAP_FAILED)
            (void)munmap(base, bytes);
        return rc;
    }
    *mapped = (struct mapped){base, bytes, own};
    return INCLINE_OK;
}

void mapped_close(struct mapped *mapped)
{
    if (mapped->base != NULL) {
        (void)munmap(mapped->base, mapped->bytes);
        (void)close(mapped->file);
    }
    *mapped = (struct mapped){NULL, 0, -1};
}

/* Where in its file a sample of a mapped set begins. */
static off_t place_of(const incline_dataset *dataset, uint32_t row)
{
    const unsigned char *const base = dataset->mapped.base;
    const size_t before = (size_t)((const unsigned char *)dataset->values - base);
    return (off_t)(before + row * dataset_row_bytes(dataset));
}

int dataset_read(const incline_dataset *dataset, uint32_t first, uint32_t rows, void *to)
{
    const size_t bytes = rows * dataset_row_bytes(dataset);
    const off_t from = place_of(dataset, first);

    for (size_t done = 0; done < bytes;) {
        const ssize_t got = pread(dataset->mapped.file, (unsigned char *)to + done, bytes - done,
                                  from + (off_t)done);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return FAIL(INCLINE_EIO, "%s: samples %" PRIu32 " to %" PRIu32 " cannot be read: %s",
                        dataset->info.source, first, first + rows - 1,
                        got < 0 ? strerror(errno) : "the file was made shorter meanwhile");
        done += (size_t)got;
    }
    return INCLINE_OK;
}

void dataset_read_ahead(const incline_dataset *dataset, uint32_t first, uint32_t rows)
{
    if (dataset->mapped.base != NULL)
        (void)posix_fadvise(dataset->mapped.file, place_of(dataset, first),
                            (off_t)(rows * dataset_row_bytes(dataset)), POSIX_FADV_WILLNEED);
}
