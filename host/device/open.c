/* open.c - from "auto", "reference", "opencl:1", a part of a name or "check:..." to a device.
 * The only file that knows every backend by name. */
#include <assert.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/backend/check.h"
#include "host/device/choose.h"
#include "host/opencl/opencl.h"
#include "host/util/status.h"

/* ---- listing ---- */

static int reference_info(struct incline_device_info *info)
{
    struct incline_device *reference;
    const int rc = reference_open(&reference);
    if (rc != INCLINE_OK)
        return rc;
    *info = reference->info;
    reference->ops->close(reference);
    return INCLINE_OK;
}

int incline_device_list(struct incline_device_info **list, size_t *count)
{
    struct incline_device_info *opencl = NULL, *all = NULL, reference;
    size_t opencl_count = 0;
    int rc = INCLINE_OK;

    TRY(reference_info(&reference));
    TRY(opencl_list(&opencl, &opencl_count));
    all = malloc((opencl_count + 1) * sizeof *all);
    if (all == NULL) {
        rc = FAIL(INCLINE_ENOMEM, "no memory for a list of %zu devices", opencl_count + 1);
        goto out;
    }
    all[0] = reference;
    if (opencl_count > 0)
        memcpy(all + 1, opencl, opencl_count * sizeof *all);
    *list = all;
    *count = opencl_count + 1;
out:
    free(opencl);
    return rc;
}

void incline_device_list_free(struct incline_device_info *list)
{
    free(list);
}

/* ---- opening by name ---- */

/* Does `text` contain `part`, upper and lower case alike? */
static bool contains(const char *text, const char *part)
{
    const size_t length = strlen(part);
    for (; *text != '\0'; text++) {
        size_t i = 0;
        while (i < length && text[i] != '\0' &&
               tolower((unsigned char)text[i]) == tolower((unsigned char)part[i]))
            i++;
        if (i == length)
            return true;
    }
    return false;
}

/* "opencl:0 (name), opencl:1 (name)" of what can be used, cut to fit. */
static void list_usable(const struct incline_device_info *list, size_t count, char *text,
                        size_t bytes)
{
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < count && used < bytes; i++)
        if (list[i].usable)
            used += (size_t)snprintf(text + used, bytes - used, "%s%s (%s)", used ? ", " : "",
                                     list[i].id, list[i].name);
}

/* The id of the one device that `name` means: an id, or a part of a name or platform. */
static int resolve(const char *name, char *id, size_t bytes)
{
    struct incline_device_info *list = NULL;
    size_t count = 0, matches = 0, match = 0;
    char usable[512];

    const int rc = incline_device_list(&list, &count);
    if (rc != INCLINE_OK)
        return rc;
    for (size_t i = 0; i < count && matches != SIZE_MAX; i++) {
        if (!list[i].usable)
            continue;
        if (strcmp(list[i].id, name) == 0) {
            match = i;
            matches = SIZE_MAX; /* an exact id wins over any part of a name */
        } else if (contains(list[i].name, name) || contains(list[i].platform, name)) {
            match = i;
            matches++;
        }
    }
    list_usable(list, count, usable, sizeof usable);
    if (matches == 1 || matches == SIZE_MAX)
        snprintf(id, bytes, "%s", list[match].id);
    incline_device_list_free(list);
    if (matches == 0)
        return FAIL(INCLINE_ENODEVICE, "no device \"%s\"; there is: %s", name, usable);
    if (matches != 1 && matches != SIZE_MAX)
        return FAIL(INCLINE_ENODEVICE, "\"%s\" fits %zu devices; there is: %s", name, matches,
                    usable);
    return INCLINE_OK;
}

static int makers_of(enum incline_gemm gemm, unsigned *makers)
{
    switch (gemm) {
    case INCLINE_GEMM_AUTO:
        *makers = 0;
        return INCLINE_OK;
    case INCLINE_GEMM_OWN:
        *makers = OPENCL_MAKERS_OWN;
        return INCLINE_OK;
    case INCLINE_GEMM_CLBLAST:
        *makers = OPENCL_MAKER_CLBLAST;
        return INCLINE_OK;
    }
    return FAIL(INCLINE_EARG, "unknown maker of matrix products %d", (int)gemm);
}

int device_open_id(const char *id, enum incline_gemm gemm, struct incline_device **device)
{
    unsigned makers = 0;
    unsigned index;

    if (strcmp(id, "reference") == 0)
        return reference_open(device);
    const int rc = makers_of(gemm, &makers);
    if (rc != INCLINE_OK)
        return rc;
    if (sscanf(id, "opencl:%u", &index) != 1)
        return FAIL(INCLINE_ENODEVICE, "no device \"%s\"; incline devices lists them", id);
    return opencl_open(index, makers, device);
}

int incline_device_open(const struct incline_device_options *options, incline_device **device)
{
    static const struct incline_device_options defaults = {0};
    const struct incline_device_options *wanted = options != NULL ? options : &defaults;
    const char *name = wanted->name != NULL ? wanted->name : "auto";
    const bool check = strncmp(name, "check:", 6) == 0;
    struct incline_device *opened = NULL;
    char id[32];
    int rc;

    if (check)
        name += 6;
    if (strcmp(name, "auto") == 0) {
        rc = choose_device(wanted, &opened);
    } else if (strcmp(name, "reference") == 0) { /* needs no driver, so none is looked for */
        rc = reference_open(&opened);
    } else {
        rc = resolve(name, id, sizeof id);
        if (rc == INCLINE_OK)
            rc = device_open_id(id, wanted->gemm, &opened);
    }
    if (rc == INCLINE_OK && check)
        rc = check_open(opened, true, true, &opened);
    if (rc != INCLINE_OK)
        return rc;
    *device = opened;
    return INCLINE_OK;
}

int incline_device_another(incline_device *device, incline_device **another)
{
    return device->ops->another(device, another);
}

void incline_device_close(incline_device *device)
{
    if (device == NULL)
        return;
    assert(device->children == 0);
    device->ops->close(device);
}

void incline_device_describe(const incline_device *device, struct incline_device_info *info)
{
    *info = device->info;
}

const char *incline_device_remark(const incline_device *device)
{
    return device->remark;
}

void incline_device_tuning(incline_device *device, struct incline_tuning *tuning)
{
    struct knob knobs[INCLINE_KNOBS_MAX];
    const struct backend *ops = device->ops;

    memset(tuning, 0, sizeof *tuning);
    if (ops->knobs == NULL)
        return;
    const char *made_for = ops->tuned_for(device);
    snprintf(tuning->made_for, sizeof tuning->made_for, "%s", made_for != NULL ? made_for : "");
    tuning->count = (uint32_t)ops->knobs(device, knobs);
    for (uint32_t k = 0; k < tuning->count; k++)
        tuning->knobs[k] = (struct incline_knob){knobs[k].name, knobs[k].value, knobs[k].initial};
}

void incline_device_makers(incline_device *device, incline_maker_fn report, void *user)
{
    if (device->ops->known_makers != NULL)
        device->ops->known_makers(device, report, user);
}
