/* replay.h - what every fuzz target shares: a file of the bytes at hand, and, without libFuzzer, a
 * program that reads the files it is given. */
#ifndef INCLINE_TESTS_FUZZ_REPLAY_H
#define INCLINE_TESTS_FUZZ_REPLAY_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "incline.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

/* A failure must say something. */
static inline void fuzz_says(int rc)
{
    if (rc != INCLINE_OK && incline_last_error()[0] == '\0')
        abort();
}

static char fuzz_path[64] = "";

static inline void fuzz_clean(void)
{
    (void)remove(fuzz_path);
}

/* Path of a file of these bytes, in memory where the system allows it; the next call replaces it.
 */
static inline const char *fuzz_file(const uint8_t *data, size_t bytes)
{
    if (fuzz_path[0] == '\0') {
        snprintf(fuzz_path, sizeof fuzz_path, "%s/incline-fuzz-%ld",
                 access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp", (long)getpid());
        (void)atexit(fuzz_clean);
    }
    FILE *const file = fopen(fuzz_path, "wb");
    if (file == NULL || fwrite(data, 1, bytes, file) != bytes || fclose(file) != 0)
        abort();
    return fuzz_path;
}

#ifndef INCLINE_FUZZER
int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        FILE *const file = fopen(argv[i], "rb");
        uint8_t *const data = malloc(1 << 20);
        if (file == NULL || data == NULL) {
            fprintf(stderr, "%s cannot be read\n", argv[i]);
            return 1;
        }
        const size_t bytes = fread(data, 1, 1 << 20, file);
        fclose(file);
        (void)LLVMFuzzerTestOneInput(data, bytes);
        free(data);
    }
    printf("%d files\n", argc - 1);
    return argc > 1 ? 0 : 1;
}
#endif

#endif
