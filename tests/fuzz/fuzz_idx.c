/* fuzz_idx.c - IDX files of arbitrary bytes: values, labels, or a sentence, nothing else.
 *
 * Built with clang and -D INCLINE_FUZZ=ON for libFuzzer; otherwise as a program that reads the
 * files it is given. What the reader wants is a path, so the bytes go into a file of their own. */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include "host/data/room.h"
#include "tests/fuzz/replay.h"

static void read_images(const char *path)
{
    struct idx_file file;
    void *values = NULL;
    int rc = idx_open(path, IDX_IMAGES, &file);

    if (rc == INCLINE_OK) {
        rc = idx_values(&file, &values);
        if (rc == INCLINE_OK && !idx_are_bytes(&file))
            for (size_t i = 0; i < file.count; i++)
                if (!isfinite(((float *)values)[i]))
                    abort();
        idx_close(&file);
    }
    free(values);
    fuzz_says(rc);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    const char *const path = fuzz_file(data, bytes);
    uint32_t rows, *labels = NULL;

    read_images(path);
    fuzz_says(idx_labels(path, &rows, &labels));
    free(labels);
    return 0;
}
