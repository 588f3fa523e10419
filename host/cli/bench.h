/* bench.h - what the files of incline bench share: the rows of each device, kept as they come. */
#ifndef INCLINE_CLI_BENCH_H
#define INCLINE_CLI_BENCH_H

#include "json.h"

enum { BENCH_DEVICES_MAX = 16, BENCH_LABEL_MAX = 200 };

struct bench_row {
    struct incline_bench_row row; /* but for its name */
    char name[128];
    char label[BENCH_LABEL_MAX]; /* name and shape, "dense_forward 128x10x784" */
};

struct bench_device {
    const char *name; /* as asked for */
    struct incline_bench_device facts;
    struct bench_row *rows;
    size_t count, room;
    int status; /* CLI_DONE, or what the program exits with for its sake */
};

struct bench_results {
    struct bench_device devices[BENCH_DEVICES_MAX];
    size_t count;
};

/* The timed row with this label; NULL if there is none. */
const struct bench_row *bench_find(const struct bench_device *device, const char *label);

/* How many times as fast as the same row of `base`; NaN where either was not timed. */
double bench_faster(const struct bench_device *base, const struct bench_row *row);

/* bench_table.c: a row as soon as it is there, with what stands above it if it is the first of its
 * device or group; then a line for each work and a column for each device. */
void bench_print_row(const struct bench_device *device, size_t index);
void bench_print_devices(const struct bench_results *results);

/* bench_json.c: all of it as one value; NULL if memory ran out. */
json_t *bench_json(const struct bench_results *results);

/* bench_against.c: an earlier result, read from a file of --save. Drop it with json_decref().
 * CLI_FAILED, with a message, if the file is not one. */
int bench_read(const char *path, json_t **earlier);

/* Compare with it. Prints a line per row unless `json`; then each row of that, a value of
 * bench_json(), gets its "before" and its "change". CLI_FAILED, with a message, if the median time
 * of a row grew by more than `loss` percent, or if no row is in both. */
int bench_against(const struct bench_results *results, const json_t *earlier, const char *path,
                  double loss, json_t *json);

#endif
