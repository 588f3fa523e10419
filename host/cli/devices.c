/* devices.c - incline devices: what can be trained on, and why other things cannot. */
#include "json.h"
#include "options.h"
#include "terminal.h"
#include "text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { INDENT = 11 };

/* Words below the row of a device, under its second column. */
static void print_below(const char *text)
{
    printf("%*s", INDENT, "");
    terminal_words(stdout, INDENT, text);
}

static void print_usable(const struct incline_device_info *d)
{
    char clock[32] = "-", below[512];
    if (d->clock_mhz > 0)
        snprintf(clock, sizeof clock, "%.2f GHz", d->clock_mhz / 1000.0);
    printf("%-10s %-11s %5" PRIu32 "  %8s  %7s  %7s  %7s  %6" PRIu32 "\n", d->id,
           json_device_type(d->type), d->compute_units, clock, text_bytes(d->global_bytes).s,
           text_bytes(d->max_alloc_bytes).s, text_bytes(d->local_bytes).s, d->float_width);
    snprintf(below, sizeof below, "%s%s%s%s%s%s%s", d->name, d->platform[0] != '\0' ? "; " : "",
             d->platform, d->driver[0] != '\0' ? ", driver " : "", d->driver,
             d->local_is_global ? "; local memory is ordinary memory" : "",
             d->tuned ? "; tuned" : "");
    print_below(below);
}

static void print_devices(const struct incline_device_info *list, size_t count)
{
    size_t opencl = 0;
    printf("%s%-10s %-11s %5s  %8s  %7s  %7s  %7s  %6s%s\n", terminal_style(stdout, STYLE_BOLD),
           "ID", "TYPE", "UNITS", "CLOCK", "MEMORY", "LARGEST", "LOCAL", "FLOATS",
           terminal_style(stdout, STYLE_PLAIN));
    for (size_t i = 0; i < count; i++) {
        if (list[i].usable) {
            print_usable(&list[i]);
            opencl += list[i].type != INCLINE_DEVICE_REFERENCE;
            continue;
        }
        char reason[512];
        printf("%-10s %snot usable%s\n", list[i].id[0] != '\0' ? list[i].id : "-",
               terminal_style(stdout, STYLE_BAD), terminal_style(stdout, STYLE_PLAIN));
        snprintf(reason, sizeof reason, "%s%s%s",
                 list[i].name[0] != '\0' ? list[i].name : list[i].platform,
                 list[i].name[0] != '\0' || list[i].platform[0] != '\0' ? ": " : "",
                 list[i].reason);
        print_below(reason);
    }
    if (opencl > 0)
        return;
    putchar('\n');
    terminal_words(stdout, 0,
                   "No OpenCL device can be used. For the CPU install pocl-opencl-icd, for a GPU "
                   "the OpenCL driver of its vendor; clinfo shows what the system sees.");
}

static void take_maker(void *user, const char *product, uint32_t rows, uint32_t inputs,
                       uint32_t outputs, const char *maker)
{
    json_array_append_new(user,
                          json_pack("{s:o, s:o, s:o, s:o, s:o}", "product", json_text(product),
                                    "rows", json_count(rows), "inputs", json_count(inputs),
                                    "outputs", json_count(outputs), "maker", json_text(maker)));
}

/* The tuning in force and the makers that are known, which only the open device tells; null where
 * it cannot be opened. */
static void add_tuning(json_t *object, const struct incline_device_info *d)
{
    const struct incline_device_options options = {.name = d->id};
    incline_device *device = NULL;
    struct incline_tuning tuning;

    if (incline_device_open(&options, &device) != INCLINE_OK) {
        json_object_set_new(object, "tuning", json_null());
        json_object_set_new(object, "makers", json_null());
        return;
    }
    json_t *makers = json_array();
    incline_device_tuning(device, &tuning);
    incline_device_makers(device, take_maker, makers);
    incline_device_close(device);
    json_object_set_new(object, "tuning", json_tuning(&tuning));
    json_object_set_new(object, "makers", makers);
}

static json_t *device_json(const struct incline_device_info *d)
{
    json_t *object = json_pack("{s:o, s:o, s:o, s:o, s:o, s:s, s:b}", "id", json_text(d->id),
                               "name", json_text(d->name), "platform", json_text(d->platform),
                               "driver", json_text(d->driver), "version", json_text(d->version),
                               "type", json_device_type(d->type), "usable", d->usable);
    if (!d->usable) {
        json_object_set_new(object, "reason", json_text(d->reason));
        return object;
    }
    const struct {
        const char *name;
        uint64_t value;
    } figures[] = {
        {"compute_units", d->compute_units},   {"clock_mhz", d->clock_mhz},
        {"max_work_group", d->max_work_group}, {"float_width", d->float_width},
        {"global_bytes", d->global_bytes},     {"max_alloc_bytes", d->max_alloc_bytes},
        {"local_bytes", d->local_bytes},
    };
    for (size_t i = 0; i < sizeof figures / sizeof *figures; i++)
        json_object_set_new(object, figures[i].name, json_count(figures[i].value));
    json_object_set_new(object, "local_is_global", json_boolean(d->local_is_global));
    json_object_set_new(object, "shared_memory", json_boolean(d->shared_memory));
    json_object_set_new(object, "tuned", json_boolean(d->tuned));
    add_tuning(object, d);
    return object;
}

static int run(const struct command *command, int argc, char **argv)
{
    bool json = false;
    struct option options[] = {OPTION_JSON_ROW(&json), {.name = NULL}};
    struct incline_device_info *list = NULL;
    size_t operands, count = 0;
    int status;

    if (!options_parse(command, options, argc, argv, &operands, &status))
        return status;
    TRY(cli_check(incline_device_list(&list, &count)));
    if (json) {
        json_t *all = json_array();
        for (size_t i = 0; i < count; i++)
            json_array_append_new(all, device_json(&list[i]));
        status = json_print(json_pack("{s:o}", "devices", all), false);
    } else {
        print_devices(list, count);
    }
out:
    incline_device_list_free(list);
    return status;
}

const struct command devices_command = {
    .name = "devices",
    .operands = "",
    .summary = "List every device with what matters for training",
    .details = "  UNITS    compute units           LARGEST  largest single buffer\n"
               "  LOCAL    memory of a work-group  FLOATS   preferred vector width\n"
               "With --json each device is opened, and tells its tuning (incline tune) and which\n"
               "kernels make the products that it was used for.\n",
    .examples = "  incline devices\n"
                "  incline devices --json\n",
    .run = run,
};
