/* runs.h - what tests of training share: runs with their history, and files compared whole. */
#ifndef INCLINE_TESTS_RUNS_H
#define INCLINE_TESTS_RUNS_H

#include <stdio.h>

#include "device/nets.h"

enum { HISTORY_MOST = 64, LINE_BYTES = 512 };

/* What was reported at the end of each epoch. */
struct history {
    size_t count;
    struct incline_progress epochs[HISTORY_MOST];
};

static inline void history_add(void *user, const struct incline_progress *progress)
{
    struct history *history = user;
    if (progress->epoch_done && history->count < HISTORY_MOST)
        history->epochs[history->count++] = *progress;
}

/* Train to the end; the parameters go to `params` and the epochs to `history`, where not NULL. */
static inline void run_through(incline_device *dev, const incline_dataset *dataset,
                               const struct incline_train_options *options, struct history *history,
                               float *params, size_t count)
{
    incline_trainer *trainer = NULL;
    struct history own = {0};
    struct incline_model_info info;

    require_ok(incline_trainer_create(dev, dataset, options, &trainer));
    require_ok(incline_trainer_run(trainer, history_add, history != NULL ? history : &own));
    const incline_model *model = incline_trainer_model(trainer);
    incline_model_describe(model, &info);
    cr_assert(params == NULL || info.parameters == count, "%zu parameters expected, %llu found",
              count, (unsigned long long)info.parameters);
    /* Weights stand first in one block, and layer 0's first of them. */
    if (params != NULL)
        memcpy(params, incline_model_weights((incline_model *)(uintptr_t)model, 0),
               count * sizeof *params);
    incline_trainer_destroy(trainer);
}

/* A file of the test's folder in memory; the caller frees it. */
static inline unsigned char *read_whole(const char *folder, const char *name, size_t *bytes)
{
    char path[4096];
    unsigned char *data = rig_room((size_t)1 << 20);

    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "rb");
    cr_assert(file != NULL, "%s cannot be opened", path);
    *bytes = fread(data, 1, (size_t)1 << 20, file);
    data[*bytes] = '\0';
    fclose(file);
    return data;
}

static inline bool same_file(const char *folder, const char *other, const char *name)
{
    size_t bytes, other_bytes;
    unsigned char *data = read_whole(folder, name, &bytes);
    unsigned char *other_data = read_whole(other, name, &other_bytes);
    const bool same = bytes == other_bytes && bytes > 0 && memcmp(data, other_data, bytes) == 0;

    free(data);
    free(other_data);
    return same;
}

/* metrics.jsonl of a run: one line per epoch, cut where measured times begin. */
struct metrics {
    size_t count;
    char lines[HISTORY_MOST][LINE_BYTES];
};

static inline void metrics_read(const char *folder, struct metrics *metrics)
{
    size_t bytes;
    char *text = (char *)read_whole(folder, "metrics.jsonl", &bytes), *line = text;

    cr_expect(bytes == 0 || text[bytes - 1] == '\n', "the last line is cut: %s", text);
    metrics->count = 0;
    for (char *end; (end = strchr(line, '\n')) != NULL; line = end + 1) {
        *end = '\0';
        char *times = strstr(line, ", \"samples_per_second\"");
        cr_assert(times != NULL && metrics->count < HISTORY_MOST, "not a line of metrics: %s",
                  line);
        *times = '\0';
        snprintf(metrics->lines[metrics->count++], LINE_BYTES, "%s", line);
    }
    free(text);
}

static inline void expect_same_metrics(const char *folder, const char *other)
{
    static struct metrics one, two;

    metrics_read(folder, &one);
    metrics_read(other, &two);
    cr_expect(one.count == two.count, "%zu lines in %s, %zu in %s", one.count, folder, two.count,
              other);
    for (size_t i = 0; i < one.count && i < two.count; i++)
        cr_expect(strcmp(one.lines[i], two.lines[i]) == 0, "line %zu: %s expected, %s found", i + 1,
                  one.lines[i], two.lines[i]);
}

#endif
