/* fuzz_config.c - settings and runs as JSON, of arbitrary bytes: what is read can be written and
 * read again, and says the same, or a sentence, nothing else.
 *
 * Built with clang and -D INCLINE_FUZZ=ON for libFuzzer; otherwise as a program that reads the
 * files it is given. */
#include <stdlib.h>
#include <string.h>

#include "host/train/run.h"
#include "tests/fuzz/replay.h"

/* A run that was read, written and read again. */
static void write_run(const struct run *run)
{
    struct run again;
    char *text = NULL, *other = NULL;

    if (run_to_json(run, false, &text) != INCLINE_OK || run_from_json(text, &again) != INCLINE_OK ||
        run_to_json(&again, false, &other) != INCLINE_OK || strcmp(text, other) != 0)
        abort();
    free(text);
    free(other);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    struct incline_train_options options;
    struct incline_run_info info;
    struct run run;
    char *const text = malloc(bytes + 1);

    fuzz_says(incline_train_config(fuzz_file(data, bytes), &options, &info));
    if (text == NULL)
        return 0;
    memcpy(text, data, bytes);
    text[bytes] = '\0';
    const int rc = run_from_json(text, &run);
    fuzz_says(rc);
    if (rc == INCLINE_OK)
        write_run(&run);
    free(text);
    return 0;
}
