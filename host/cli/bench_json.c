/* bench_json.c - the results of incline bench as JSON, for programs and for --against. */
#include "bench.h"

#include <math.h>

static json_t *number_or_null(bool known, double value)
{
    return json_number(known ? value : (double)NAN);
}

static json_t *text_or_null(const char *text)
{
    return text[0] != '\0' ? json_text(text) : json_null();
}

static const char *outcome(const struct incline_bench_row *row)
{
    return row->outcome == INCLINE_BENCH_TIMED   ? "timed"
           : row->outcome == INCLINE_BENCH_WRONG ? "wrong"
                                                 : "skipped";
}

static json_t *row_json(const struct bench_row *kept)
{
    const struct incline_bench_row *row = &kept->row;
    const bool timed = row->outcome == INCLINE_BENCH_TIMED;
    json_t *object =
        json_pack("{s:o, s:o, s:o, s:s, s:b, s:o, s:o, s:o, s:o}", "group", json_text(row->group),
                  "name", json_text(kept->name), "shape", json_text(row->shape), "outcome",
                  outcome(row), "passed", row->outcome != INCLINE_BENCH_WRONG, "note",
                  text_or_null(row->note), "flops", json_number(row->flops), "bytes",
                  json_number(row->bytes), "samples", json_number(row->samples));
    json_t *times =
        json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "first",
                  number_or_null(timed, row->first), "runs", json_count(row->runs), "calls",
                  json_count(row->calls), "median", number_or_null(timed, row->median), "minimum",
                  number_or_null(timed, row->minimum), "spread", number_or_null(timed, row->spread),
                  "share", number_or_null(row->share > 0.0, row->share), "cost",
                  number_or_null(row->cost > 0.0, row->cost), "flops_per_second",
                  number_or_null(timed, row->flops / row->median), "bytes_per_second",
                  number_or_null(timed, row->bytes / row->median), "samples_per_second",
                  number_or_null(timed, row->samples / row->median));

    if (times == NULL || json_object_update(object, times) != 0) {
        json_decref(object);
        object = NULL;
    }
    json_decref(times);
    return object;
}

static json_t *facts_json(const struct incline_bench_device *facts)
{
    const struct incline_device_info *info = &facts->info;
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "id",
                     json_text(info->id), "name", json_text(info->name), "platform",
                     json_text(info->platform), "driver", json_text(info->driver), "version",
                     json_text(info->version), "type", json_device_type(info->type),
                     "compute_units", json_count(info->compute_units), "clock_mhz",
                     json_count(info->clock_mhz), "remark", text_or_null(facts->remark),
                     "open_seconds", json_number(facts->open_seconds), "peak_flops",
                     number_or_null(facts->peak_flops > 0.0, facts->peak_flops), "peak_bytes",
                     number_or_null(facts->peak_bytes > 0.0, facts->peak_bytes), "upload_bytes",
                     json_count(facts->upload_bytes), "upload_seconds",
                     number_or_null(facts->upload_bytes > 0, facts->upload_seconds));
}

static json_t *device_json(const struct bench_results *results, size_t index)
{
    const struct bench_device *device = &results->devices[index];
    json_t *rows = json_array();
    json_t *object = json_pack("{s:o, s:b, s:o}", "device", json_text(device->name), "passed",
                               device->status == CLI_DONE, "rows", rows);

    for (size_t r = 0; r < device->count; r++) {
        json_t *row = row_json(&device->rows[r]);
        if (index > 0)
            json_object_set_new(row, "faster",
                                json_number(bench_faster(&results->devices[0], &device->rows[r])));
        json_array_append_new(rows, row);
    }
    if (device->count > 0) {
        json_t *facts = facts_json(&device->facts);
        json_object_update_missing(object, facts);
        json_decref(facts);
    }
    return object;
}

json_t *bench_json(const struct bench_results *results)
{
    json_t *devices = json_array();
    for (size_t d = 0; d < results->count; d++)
        json_array_append_new(devices, device_json(results, d));
    return json_pack("{s:s, s:s, s:o}", "format", "incline bench 1", "version", incline_version(),
                     "devices", devices);
}
