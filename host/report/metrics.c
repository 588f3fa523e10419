/* metrics.c - one line per epoch, for programs and plots. */
#include "host/report/metrics.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "host/util/file.h"
#include "host/util/status.h"

static const size_t metrics_limit = (size_t)1 << 30;

/* Bytes of the leading lines whose step is at most `step`. */
static size_t lines_up_to(const char *text, size_t bytes, uint64_t step)
{
    size_t kept = 0;

    while (kept < bytes) {
        const char *line = text + kept, *end = memchr(line, '\n', bytes - kept);
        if (end == NULL)
            break;
        json_t *json = json_loadb(line, (size_t)(end - line), 0, NULL);
        const json_t *at = json_object_get(json, "step");
        const bool keep = json_is_integer(at) && (uint64_t)json_integer_value(at) <= step;
        json_decref(json);
        if (!keep)
            break;
        kept = (size_t)(end - text) + 1;
    }
    return kept;
}

int metrics_open(const char *folder, uint64_t step, FILE **log)
{
    char path[FILE_PATH_MAX];
    unsigned char *text = NULL;
    size_t bytes = 0;
    int rc = INCLINE_OK;

    TRY(file_join(folder, "metrics.jsonl", path));
    if (step > 0 && file_exists(path))
        TRY(file_read(path, metrics_limit, &text, &bytes));
    const struct file_part kept = {text, lines_up_to((const char *)text, bytes, step)};
    TRY(file_write(path, &kept, 1));
    FILE *file = fopen(path, "a");
    if (file == NULL) {
        rc = FAIL(INCLINE_EIO, "%s cannot be opened: %s", path, strerror(errno));
        goto out;
    }
    *log = file;
out:
    free(text);
    return rc;
}

/* The disk took no line. */
static int not_written(const char *folder)
{
    return FAIL(INCLINE_EIO, "%s/metrics.jsonl cannot be written: %s; make room on its disk",
                folder, strerror(errno));
}

static json_t *number_or_null(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

int metrics_add(const char *folder, FILE *log, const struct incline_progress *progress)
{
    const bool numbers = isnan(progress->accuracy);
    json_t *line = json_pack(
        "{s:I, s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "epoch", (json_int_t)progress->epoch,
        "step", (json_int_t)progress->step, "loss", number_or_null(progress->loss),
        numbers ? "r2" : "accuracy", number_or_null(numbers ? progress->r2 : progress->accuracy),
        "validation_loss",
        progress->validated ? number_or_null(progress->validation_loss) : json_null(),
        "validation_accuracy",
        progress->validated ? number_or_null(progress->validation_accuracy) : json_null(),
        "learning_rate", number_or_null(progress->learning_rate), "samples_per_second",
        number_or_null(progress->samples_per_second), "seconds", number_or_null(progress->seconds));
    const bool written = line != NULL && json_dumpf(line, log, JSON_REAL_PRECISION(9)) == 0 &&
                         fputc('\n', log) != EOF && fflush(log) == 0;

    json_decref(line);
    return written ? INCLINE_OK : not_written(folder);
}

int metrics_close(const char *folder, FILE *log)
{
    return log == NULL || fclose(log) == 0 ? INCLINE_OK : not_written(folder);
}
