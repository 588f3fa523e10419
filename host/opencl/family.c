/* family.c - what the handles of one device have in common: the context, so that a GPU works on
 * what several of them queue at the same time, the programs that are built, and who makes which
 * product, so that all of them go the same ways.
 *
 * Two locks: whoever tries makers of a product holds `trying`, and builds programs meanwhile, which
 * `building` guards. */
#include <stdlib.h>

#include "host/opencl/room.h"

/* Both locks, or none. */
static bool make_locks(struct opencl_family *family)
{
    if (pthread_mutex_init(&family->building, NULL) != 0)
        return false;
    if (pthread_mutex_init(&family->trying, NULL) == 0)
        return true;
    pthread_mutex_destroy(&family->building);
    return false;
}

int opencl_family_create(struct opencl_device *device)
{
    cl_int code;
    struct opencl_family *family = calloc(1, sizeof *family);

    if (family == NULL)
        return FAIL(INCLINE_ENOMEM, "%zu bytes for a device", sizeof *family);
    family->context = clCreateContext(NULL, 1, &device->id, NULL, NULL, &code);
    if (family->context == NULL || code != CL_SUCCESS) {
        free(family);
        return opencl_fail(device, code, "clCreateContext");
    }
    if (!make_locks(family)) {
        clReleaseContext(family->context);
        free(family);
        return FAIL(INCLINE_ENOMEM, "no memory for the locks of a device; close other programs");
    }
    atomic_init(&family->handles, 1);
    atomic_init(&family->busy, 0);
    device->family = family;
    return INCLINE_OK;
}

void opencl_family_join(struct opencl_device *device, struct opencl_family *family)
{
    atomic_fetch_add(&family->handles, 1);
    device->family = family;
}

void opencl_family_leave(struct opencl_device *device)
{
    struct opencl_family *family = device->family;

    if (family == NULL || atomic_fetch_sub(&family->handles, 1) > 1)
        return;
    if (device->allowed & OPENCL_MAKER_CLBLAST)
        clblast_close();
    for (size_t p = 0; p < OPENCL_PROGRAM_COUNT; p++) {
        if (family->programs[p].built != NULL)
            clReleaseProgram(family->programs[p].built);
        free(family->programs[p].key);
    }
    pthread_mutex_destroy(&family->trying);
    pthread_mutex_destroy(&family->building);
    clReleaseContext(family->context);
    free(family->verdicts);
    free(family);
}

cl_program opencl_family_program(struct opencl_family *family, enum opencl_program_index name,
                                 const char *key)
{
    const struct family_program *kept = &family->programs[name];

    if (kept->built == NULL || strcmp(kept->key, key) != 0 ||
        clRetainProgram(kept->built) != CL_SUCCESS)
        return NULL;
    return kept->built;
}

void opencl_family_keep(struct opencl_family *family, enum opencl_program_index name,
                        const char *key, cl_program built)
{
    struct family_program *kept = &family->programs[name];
    char *copy = strdup(key);

    if (copy == NULL || clRetainProgram(built) != CL_SUCCESS) {
        free(copy); /* then the next handle builds it again */
        return;
    }
    if (kept->built != NULL)
        clReleaseProgram(kept->built);
    free(kept->key);
    *kept = (struct family_program){built, copy};
}

bool opencl_family_maker(const struct opencl_family *family, uint64_t key, enum opencl_maker *maker)
{
    for (size_t i = 0; i < family->verdict_count; i++)
        if (family->verdicts[i].key == key) {
            *maker = family->verdicts[i].maker;
            return true;
        }
    return false;
}

int opencl_family_remember(struct opencl_family *family, uint64_t key, enum opencl_maker maker)
{
    struct family_verdict *grown =
        realloc(family->verdicts, (family->verdict_count + 1) * sizeof *grown);

    if (grown == NULL)
        return FAIL(INCLINE_ENOMEM, "no memory for %zu verdicts", family->verdict_count + 1);
    family->verdicts = grown;
    family->verdicts[family->verdict_count++] = (struct family_verdict){key, maker};
    return INCLINE_OK;
}
