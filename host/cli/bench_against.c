/* bench_against.c - results of incline bench beside those of an earlier run. */
#include "bench.h"
#include "terminal.h"
#include "text.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { LABEL_WIDTH = 40 };

/* ---- the earlier run ---- */

static bool right_row(const json_t *row)
{
    const json_t *median = json_object_get(row, "median");
    return json_is_string(json_object_get(row, "group")) &&
           json_is_string(json_object_get(row, "name")) &&
           json_is_string(json_object_get(row, "shape")) &&
           (json_is_null(median) || (json_is_number(median) && json_number_value(median) > 0.0));
}

/* True if the value has all that is read of it below. */
static bool right_form(const json_t *earlier)
{
    const char *format = json_string_value(json_object_get(earlier, "format"));
    const json_t *devices = json_object_get(earlier, "devices"), *device, *row;
    size_t d, r;

    if (format == NULL || strcmp(format, "incline bench 1") != 0 || !json_is_array(devices))
        return false;
    json_array_foreach(devices, d, device)
    {
        const json_t *rows = json_object_get(device, "rows");
        if (!json_is_array(rows) ||
            (json_array_size(rows) > 0 && !json_is_string(json_object_get(device, "id"))))
            return false;
        json_array_foreach(rows, r, row)
        {
            if (!right_row(row))
                return false;
        }
    }
    return true;
}

int bench_read(const char *path, json_t **earlier)
{
    json_error_t error;
    json_t *value = json_load_file(path, 0, &error);

    if (value == NULL && error.line < 0)
        return cli_fail("%s; name a file that incline bench --save has written", error.text);
    if (value == NULL)
        return cli_fail("%s is damaged or no JSON, line %d: %s; make it again with incline bench "
                        "--save",
                        path, error.line, error.text);
    if (!right_form(value)) {
        json_decref(value);
        return cli_fail("%s holds no results of this version's incline bench; make it again with "
                        "incline bench --save",
                        path);
    }
    *earlier = value;
    return CLI_DONE;
}

static const json_t *find_device(const json_t *earlier, const char *id)
{
    const json_t *device;
    size_t d;
    json_array_foreach(json_object_get(earlier, "devices"), d, device)
    {
        const char *other = json_string_value(json_object_get(device, "id"));
        if (other != NULL && strcmp(other, id) == 0)
            return device;
    }
    return NULL;
}

static bool same_text(const json_t *object, const char *key, const char *text)
{
    return strcmp(json_string_value(json_object_get(object, key)), text) == 0;
}

/* Its median in the earlier run; NaN if that did not time it. */
static double median_before(const json_t *device, const struct bench_row *row)
{
    const json_t *other;
    size_t r;
    json_array_foreach(json_object_get(device, "rows"), r, other)
    {
        if (same_text(other, "group", row->row.group) && same_text(other, "name", row->name) &&
            same_text(other, "shape", row->row.shape) &&
            json_is_number(json_object_get(other, "median")))
            return json_number_value(json_object_get(other, "median"));
    }
    return (double)NAN;
}

/* ---- comparing ---- */

struct comparison {
    double loss; /* percent */
    bool print;
    size_t compared, lost;
    double worst; /* change of the row that lost most */
    char where[BENCH_LABEL_MAX + 64];
};

static void print_row(const struct comparison *c, const struct bench_row *row, double before,
                      double change)
{
    const bool timed = row->row.outcome == INCLINE_BENCH_TIMED;
    const bool lost = 100.0 * change > c->loss;
    const bool gained = 100.0 * (1.0 / (1.0 + change) - 1.0) > c->loss;
    char text[32] = "not timed";

    if (timed)
        snprintf(text, sizeof text, "%+.1f %%", 100.0 * change);
    printf("%-*s %8s %8s %s%10s%s\n", LABEL_WIDTH, row->label, text_span(before).s,
           timed ? text_span(row->row.median).s : "-",
           terminal_style(stdout, lost     ? STYLE_BAD
                                  : gained ? STYLE_GOOD
                                           : STYLE_PLAIN),
           text, terminal_style(stdout, STYLE_PLAIN));
}

/* One row; `value` is what the JSON result has of it, or NULL. What was timed before and is not
 * now has lost all. */
static void compare_row(struct comparison *c, const struct bench_device *device,
                        const struct bench_row *row, double before, json_t *value)
{
    const bool timed = row->row.outcome == INCLINE_BENCH_TIMED;
    const double change = timed ? row->row.median / before - 1.0 : (double)INFINITY;

    if (value != NULL) {
        json_object_set_new(value, "before", json_number(before));
        json_object_set_new(value, "change", json_number(change));
    }
    if (!isfinite(before))
        return;
    c->compared++;
    if (c->print)
        print_row(c, row, before, change);
    if (!(100.0 * change > c->loss))
        return;
    if (c->lost++ == 0 || change > c->worst) {
        c->worst = change;
        snprintf(c->where, sizeof c->where, "%s on %s", row->label, device->name);
    }
}

static void compare_device(struct comparison *c, const struct bench_device *device,
                           const json_t *earlier, json_t *rows)
{
    const char *name = json_string_value(json_object_get(earlier, "name"));

    if (name != NULL && strcmp(name, device->facts.info.name) != 0)
        cli_note("%s was \"%s\" in the earlier run and is \"%s\" now", device->facts.info.id,
                 text_clean(name).s, text_clean(device->facts.info.name).s);
    if (c->print)
        printf("%s%-*s %8s %8s %10s%s\n", terminal_style(stdout, STYLE_BOLD), LABEL_WIDTH,
               device->facts.info.id, "BEFORE", "NOW", "CHANGE",
               terminal_style(stdout, STYLE_PLAIN));
    for (size_t r = 0; r < device->count; r++)
        compare_row(c, device, &device->rows[r], median_before(earlier, &device->rows[r]),
                    json_array_get(rows, r));
}

int bench_against(const struct bench_results *results, const json_t *earlier, const char *path,
                  double loss, json_t *json)
{
    struct comparison c = {.loss = loss, .print = json == NULL};
    const json_t *devices = json_object_get(json, "devices");

    if (c.print)
        putchar('\n');
    for (size_t d = 0; d < results->count; d++) {
        const struct bench_device *device = &results->devices[d];
        const json_t *before = find_device(earlier, device->facts.info.id);
        if (before == NULL && device->count > 0)
            cli_note("%s does not have %s", path, device->facts.info.id);
        if (before != NULL)
            compare_device(&c, device, before, json_object_get(json_array_get(devices, d), "rows"));
    }
    if (c.compared == 0)
        return cli_fail("%s has none of these rows; it was measured on other devices or with "
                        "other options",
                        path);
    if (c.lost == 0)
        return CLI_DONE;
    if (!isfinite(c.worst))
        return cli_fail("%zu of %zu rows lost more than %g %% against %s; %s was not timed at all",
                        c.lost, c.compared, loss, path, c.where);
    return cli_fail("%zu of %zu rows lost more than %g %% against %s, most %s: %+.0f %%", c.lost,
                    c.compared, loss, path, c.where, 100.0 * c.worst);
}
