/* knobs.c - what may be tuned on an OpenCL device: which values each knob may have, which go
 * together, and the tuning that is kept for the device in the cache. */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include "host/opencl/room.h"
#include "host/util/cache.h"

/* Where a knob matters: FETCH_AHEAD needs a compiler that is made for CPUs. */
enum { ON_CPU = 1, ON_GPU = 2, ON_POCL = 4 };

/* Every knob with its values; what moves most comes first. */
static const struct tunable {
    const char *name;
    unsigned where;
    size_t field; /* of struct opencl_tuning */
    uint32_t values[KNOB_CANDIDATES];
    size_t count;
} tunables[] = {
#define KNOB(name, where, ...)                                                         \
    {                                                                                  \
#name, where, offsetof(struct opencl_tuning, name),                            \
            {__VA_ARGS__ }, sizeof((const uint32_t[]){__VA_ARGS__}) / sizeof(uint32_t) \
    }
    KNOB(STEP_PARAMS, ON_CPU, 0, 32 * 1024, 128 * 1024, 512 * 1024),
    KNOB(STEP_SHARE, ON_CPU, 8, 16, 32, 64, 128),
    KNOB(VEC, ON_CPU | ON_GPU, 4, 8, 16),
    KNOB(STEP_ROWS, ON_CPU, 16, 32, 64, 128),
    KNOB(PANEL_M, ON_CPU, 4, 6, 8, 12, 14),
    KNOB(PANEL_N, ON_CPU, 1, 2, 3),
    KNOB(PANEL_K, ON_CPU, 128, 256, 512),
    KNOB(DOT_M, ON_CPU, 1, 2, 4),
    KNOB(DOT_N, ON_CPU, 2, 4, 5, 8),
    KNOB(FETCH_AHEAD, ON_POCL, 0, 1),
    KNOB(TILE_X, ON_GPU, 8, 16, 32),
    KNOB(TILE_Y, ON_GPU, 4, 8, 16),
    KNOB(TALL_X, ON_GPU, 2, 4, 8),
    KNOB(TALL_Y, ON_GPU, 8, 16, 32),
    KNOB(WIDE_X, ON_GPU, 16, 32, 64),
    KNOB(WIDE_Y, ON_GPU, 1, 2, 4),
    KNOB(TILE_M, ON_GPU, 4, 8),
    KNOB(TILE_N, ON_GPU, 4, 8),
    KNOB(TILE_K, ON_GPU, 8, 16, 32),
    KNOB(ROW_WG, ON_GPU, 16, 32, 64, 128, 256),
    KNOB(WG, ON_CPU | ON_GPU, 16, 32, 64, 128, 256),
#undef KNOB
};
enum { TUNABLE_COUNT = sizeof tunables / sizeof tunables[0] };
_Static_assert(TUNABLE_COUNT <= INCLINE_KNOBS_MAX, "more knobs than there is room for");

static cl_uint *value_of(struct opencl_tuning *tuning, size_t t)
{
    return (cl_uint *)(void *)((unsigned char *)tuning + tunables[t].field);
}

static bool offered(const struct incline_device_info *info, size_t t)
{
    const bool cpu = info->type == INCLINE_DEVICE_CPU;
    return (tunables[t].where & (cpu ? ON_CPU : ON_GPU)) ||
           ((tunables[t].where & ON_POCL) && cpu && opencl_is_pocl(info));
}

/* ---- what goes together ---- */

/* Of 32 registers some hold operands. */
enum { MOST_SUMS = 28 };

static bool tile_fits(const struct incline_device_info *info, const struct opencl_tuning *t,
                      cl_uint x, cl_uint y)
{
    const uint64_t lines = (uint64_t)y * t->TILE_M + (uint64_t)x * t->TILE_N + 8;
    return (uint64_t)x * y <= info->max_work_group && 4 * x <= t->TILE_M * t->TILE_K &&
           4 * y <= t->TILE_N * t->TILE_K &&
           2 * t->TILE_K * lines * sizeof(cl_float) <= info->local_bytes;
}

/* The rule that a tuning breaks, as the .cl files give them; NULL if it keeps them all. */
static const char *broken_rule(const struct incline_device_info *info,
                               const struct opencl_tuning *t)
{
    if (t->WG > info->max_work_group || t->ROW_WG > t->WG)
        return "ROW_WG is at most WG, and WG at most what the device takes";
    if (info->type != INCLINE_DEVICE_CPU)
        return tile_fits(info, t, t->TILE_X, t->TILE_Y) &&
                       tile_fits(info, t, t->TALL_X, t->TALL_Y) &&
                       tile_fits(info, t, t->WIDE_X, t->WIDE_Y)
                   ? NULL
                   : "X * Y of each tile fits the device's groups, its sums local memory, and each "
                     "work-item loads whole quads";
    if (t->STEP_ROWS % (2 * t->VEC) != 0 || t->STEP_ROWS % t->DOT_M != 0)
        return "STEP_ROWS is a multiple of 2 * VEC and of DOT_M";
    if (t->PANEL_N * t->VEC % 8 != 0)
        return "PANEL_N * VEC is a multiple of 8";
    if (t->PANEL_M * t->PANEL_N > MOST_SUMS || t->DOT_M * t->DOT_N > MOST_SUMS)
        return "a block has at most 28 vectors of sums: no device keeps more in registers";
    if ((uint64_t)t->PANEL_K * t->PANEL_N * t->VEC * sizeof(cl_float) > info->local_bytes)
        return "PANEL_K * PANEL_N * VEC floats fit local memory";
    return NULL;
}

/* A value of the list, or the device's own. */
static bool listed(const struct opencl_tuning *initial, size_t t, uint32_t value)
{
    struct opencl_tuning own = *initial;
    bool found = value == *value_of(&own, t);
    for (size_t i = 0; i < tunables[t].count; i++)
        found = found || value == tunables[t].values[i];
    return found;
}

/* Fails with INCLINE_EARG. */
static int check_tuning(const struct opencl_device *device, struct opencl_tuning *tuning)
{
    const struct incline_device_info *info = &device->base.info;
    char values[512] = "";
    size_t used = 0;

    for (size_t t = 0; t < TUNABLE_COUNT; t++) {
        const cl_uint value = *value_of(tuning, t);
        if (!offered(info, t))
            continue;
        if (!listed(&device->initial, t, value))
            return FAIL(INCLINE_EARG, "%s=%u is no value that this knob takes on %s",
                        tunables[t].name, value, info->name);
        if (used < sizeof values)
            used += (size_t)snprintf(values + used, sizeof values - used, " %s=%u",
                                     tunables[t].name, value);
    }
    const char *rule = broken_rule(info, tuning);
    if (rule != NULL)
        return FAIL(INCLINE_EARG, "these knobs do not go together on %s:%s; %s", info->name, values,
                    rule);
    return INCLINE_OK;
}

/* ---- the door ---- */

static struct knob describe(const struct opencl_device *device, size_t t)
{
    struct opencl_tuning tuning = device->tuning, initial = device->initial;
    const cl_uint value = *value_of(&tuning, t), own = *value_of(&initial, t);
    struct knob knob = {.name = tunables[t].name, .value = value, .initial = own};
    bool has_own = false;

    for (size_t i = 0; i <= tunables[t].count; i++) {
        const bool last = i == tunables[t].count;
        const cl_uint candidate = last ? own : tunables[t].values[i];
        has_own = has_own || (!last && candidate == own);
        *value_of(&tuning, t) = candidate;
        if ((!last || !has_own) && knob.count < KNOB_CANDIDATES &&
            broken_rule(&device->base.info, &tuning) == NULL)
            knob.candidates[knob.count++] = candidate;
    }
    return knob;
}

size_t opencl_knobs(struct incline_device *dev, struct knob *knobs)
{
    size_t count = 0;
    for (size_t t = 0; t < TUNABLE_COUNT; t++)
        if (offered(&dev->info, t))
            knobs[count++] = describe(opencl_of(dev), t);
    return count;
}

int opencl_set_knobs(struct incline_device *dev, const uint32_t *values)
{
    struct opencl_device *device = opencl_of(dev);
    struct opencl_tuning wanted = device->tuning;
    size_t at = 0;

    for (size_t t = 0; t < TUNABLE_COUNT; t++)
        if (offered(&dev->info, t))
            *value_of(&wanted, t) = values[at++];
    int rc = check_tuning(device, &wanted);
    if (rc == INCLINE_OK)
        rc = opencl_finish(dev);
    if (rc != INCLINE_OK)
        return rc;
    opencl_programs_release(device);
    device->tuning = wanted;
    device->verdict_count = 0;
    opencl_programs_prepare(device);
    if (dev->layered) { /* so it was with the kernels before */
        dev->layered = false;
        dev->remark[0] = '\0';
    }
    return INCLINE_OK;
}

/* ---- what is kept: "made for", then a line "NAME VALUE" for each knob ---- */

enum { KEY_BYTES = 2048 };

static void tuning_key(cl_device_id id, const struct incline_device_info *info, char *key)
{
    opencl_identity(id, info, key, KEY_BYTES - sizeof "tuning");
    strcat(key, "tuning");
}

/* The text that is kept, ended by a zero, to be freed; NULL if there is none. */
static char *load_text(cl_device_id id, const struct incline_device_info *info)
{
    char key[KEY_BYTES];
    unsigned char *data = NULL;
    size_t bytes;

    tuning_key(id, info, key);
    if (!cache_load(key, &data, &bytes))
        return NULL;
    if (bytes == 0 || data[bytes - 1] != '\0') {
        free(data);
        return NULL;
    }
    return (char *)data;
}

bool opencl_is_tuned(cl_device_id id, const struct incline_device_info *info)
{
    char *text = load_text(id, info);
    free(text);
    return text != NULL;
}

/* False if the line is none of this device's knobs. */
static bool take_line(const struct opencl_device *device, const char *line,
                      struct opencl_tuning *tuning)
{
    char name[32];
    unsigned value;

    if (sscanf(line, "%31s %u", name, &value) != 2)
        return false;
    for (size_t t = 0; t < TUNABLE_COUNT; t++)
        if (strcmp(name, tunables[t].name) == 0 && offered(&device->base.info, t)) {
            *value_of(tuning, t) = value;
            return true;
        }
    return false;
}

void opencl_take_tuning(struct opencl_device *device)
{
    struct opencl_tuning tuning = device->tuning;
    char *text = load_text(device->id, &device->base.info);
    bool valid = text != NULL;

    device->base.info.tuned = false;
    for (char *end = valid ? strchr(text, '\n') : NULL; valid && end != NULL && end[1] != '\0';
         end = strchr(end + 1, '\n'))
        valid = take_line(device, end + 1, &tuning);
    if (valid && check_tuning(device, &tuning) == INCLINE_OK) {
        device->tuning = tuning;
        device->base.info.tuned = true;
        snprintf(device->tuned_for, sizeof device->tuned_for, "%.*s", (int)strcspn(text, "\n"),
                 text);
    }
    free(text);
}

bool opencl_keep_knobs(struct incline_device *dev, const char *made_for)
{
    struct opencl_device *device = opencl_of(dev);
    char key[KEY_BYTES], text[1024];
    size_t used = (size_t)snprintf(text, sizeof text, "%.100s\n", made_for);

    for (size_t t = 0; t < TUNABLE_COUNT; t++)
        if (offered(&dev->info, t))
            used += (size_t)snprintf(text + used, sizeof text - used, "%s %u\n", tunables[t].name,
                                     *value_of(&device->tuning, t));
    tuning_key(device->id, &dev->info, key);
    cache_store(key, text, used + 1);
    char *kept = load_text(device->id, &dev->info);
    dev->info.tuned = kept != NULL && strcmp(kept, text) == 0;
    free(kept);
    snprintf(device->tuned_for, sizeof device->tuned_for, "%.100s",
             dev->info.tuned ? made_for : "");
    return dev->info.tuned;
}

void opencl_forget_knobs(struct incline_device *dev)
{
    struct opencl_device *device = opencl_of(dev);
    char key[KEY_BYTES];

    tuning_key(device->id, &dev->info, key);
    cache_forget(key);
    dev->info.tuned = false;
    device->tuned_for[0] = '\0';
}

const char *opencl_tuned_for(struct incline_device *dev)
{
    return dev->info.tuned ? opencl_of(dev)->tuned_for : NULL;
}
