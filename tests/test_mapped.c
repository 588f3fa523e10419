/* test_mapped.c - files too large to be copied are read where they lie, with the same samples. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/data/dataset.h"
#include "support.h"

enum { HEAD = 16, SIDE = 32 };

/* A file of `rows` images of 32x32 that takes no room on disk: zeros, but for the last sample's
 * first byte. */
static void write_sparse(const char *path, uint32_t rows)
{
    const unsigned char head[HEAD] = {0,
                                      0,
                                      8,
                                      3,
                                      (unsigned char)(rows >> 24),
                                      (unsigned char)(rows >> 16),
                                      (unsigned char)(rows >> 8),
                                      (unsigned char)rows,
                                      0,
                                      0,
                                      0,
                                      SIDE,
                                      0,
                                      0,
                                      0,
                                      SIDE};
    const off_t end = HEAD + (off_t)rows * SIDE * SIDE;
    const int file = open(path, O_CREAT | O_TRUNC | O_WRONLY, 0666);

    cr_assert(file >= 0 && write(file, head, HEAD) == HEAD && ftruncate(file, end) == 0 &&
                  pwrite(file, "\xff", 1, end - SIDE * SIDE) == 1,
              "%s cannot be written", path);
    close(file);
}

Test(mapped, a_file_of_a_gigabyte_is_read_where_it_lies)
{
    static const uint32_t rows[] = {MAPPED_BYTES / SIDE / SIDE, MAPPED_BYTES / SIDE / SIDE - 1};
    const char *path = test_path("images");
    float sample[SIDE * SIDE];

    for (int copied = 0; copied < 2; copied++) {
        incline_dataset *dataset = NULL;
        write_sparse(path, rows[copied]);
        require_ok(incline_dataset_open(path, INCLINE_TRAIN, &dataset));
        cr_expect((dataset->mapped.base == NULL) == (copied == 1), "%u samples: mapped at %p",
                  rows[copied], dataset->mapped.base);
        require_ok(incline_dataset_sample(dataset, rows[copied] - 1, sample, NULL));
        cr_expect(sample[0] == 1.0f && sample[1] == 0.0f, "1 and 0 expected, %g and %g found",
                  (double)sample[0], (double)sample[1]);
        dataset_read_ahead(dataset, rows[copied] - 3, 3);
        dataset_read_ahead(dataset, 0, 1);
        incline_dataset_close(dataset);
    }
    unlink(path);
}

Test(mapped, a_large_file_that_is_cut_short_is_refused)
{
    const char *path = test_path("images");
    incline_dataset *dataset = NULL;

    write_sparse(path, MAPPED_BYTES / SIDE / SIDE + 5);
    cr_assert(truncate(path, MAPPED_BYTES + 100) == 0, "%s cannot be cut", path);
    require_fails(incline_dataset_open(path, INCLINE_TRAIN, &dataset), INCLINE_EFORMAT,
                  "the file is cut short");
    unlink(path);
}

Test(mapped, what_cannot_be_mapped_is_a_failure_with_its_name)
{
    struct mapped mapped = {0};
    require_fails(mapped_open("somewhere", -1, 100, &mapped), INCLINE_EIO, "somewhere: 100 bytes");
    cr_expect(mapped.base == NULL, "a place for nothing");
}
