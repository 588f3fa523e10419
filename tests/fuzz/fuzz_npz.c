/* fuzz_npz.c - archives of arbitrary bytes: a data set or a sentence, nothing else.
 *
 * Built with clang and -D INCLINE_FUZZ=ON for libFuzzer; otherwise as a program that reads the
 * files it is given. */
#include "host/data/table.h"
#include "tests/fuzz/replay.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    static const struct incline_data_options plain = {0};

    for (int split = 0; split < 2; split++) {
        incline_dataset *dataset = NULL;
        fuzz_says(npz_open("input", (const char *)data, bytes, (enum incline_split)split, &plain,
                           &dataset));
        incline_dataset_close(dataset);
    }
    return 0;
}
