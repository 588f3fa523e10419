/* check.c - two backends in lockstep, and a derived bound between them.
 *
 * Every buffer has a twin on the reference, with the same bits. An operation runs on the
 * subject, then on the reference from those same bits; each output is compared with the bound
 * that bounds.c derives from the inputs, and then copied into the twin, so that the next
 * operation starts from equal inputs again and errors never add up. Whole trainings run this
 * way. Integers and copies must be equal; where they are not, the subject gets the twin's, so
 * that a wrong index or label is reported and not followed out of a buffer. */
#include "host/backend/check_room.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/backend/bounds.h"
#include "host/util/status.h"

/* ---- memory ---- */

static void check_close(struct incline_device *dev)
{
    struct check_device *check = check_of(dev);
    check->reference->ops->close(check->reference);
    if (check->owns)
        check->subject->ops->close(check->subject);
    free(check->got);
    free(check->bound);
    free(check);
}

static int check_buffer_create(struct incline_device *dev, size_t bytes, struct buffer **out)
{
    struct check_device *check = check_of(dev);
    struct check_buffer *pair = malloc(sizeof *pair);
    int rc = INCLINE_OK;

    if (pair == NULL)
        return FAIL(INCLINE_ENOMEM, "%zu bytes for a pair of buffers", sizeof *pair);
    *pair = (struct check_buffer){.bytes = bytes};
    TRY(check->subject->ops->buffer_create(check->subject, bytes, &pair->subject));
    TRY(check->reference->ops->buffer_create(check->reference, bytes, &pair->twin));
    dev->children++;
    *out = (struct buffer *)pair;
    return INCLINE_OK;
out:
    check->subject->ops->buffer_destroy(check->subject, pair->subject);
    free(pair);
    return rc;
}

/* Both take the memory as it lies, or neither. */
static int check_buffer_wrap(struct incline_device *dev, const void *memory, size_t bytes,
                             struct buffer **out)
{
    struct check_device *check = check_of(dev);
    const struct backend *subject = check->subject->ops;
    struct check_buffer *pair = malloc(sizeof *pair);
    int rc = INCLINE_OK;

    if (pair == NULL)
        return FAIL(INCLINE_ENOMEM, "%zu bytes for a pair of buffers", sizeof *pair);
    *pair = (struct check_buffer){.bytes = bytes};
    if (subject->buffer_wrap == NULL) {
        rc = FAIL(INCLINE_EARG, "%s takes no memory of the host as it lies",
                  check->subject->info.name);
        goto out;
    }
    TRY(subject->buffer_wrap(check->subject, memory, bytes, &pair->subject));
    TRY(check->reference->ops->buffer_wrap(check->reference, memory, bytes, &pair->twin));
    dev->children++;
    *out = (struct buffer *)pair;
    return INCLINE_OK;
out:
    subject->buffer_destroy(check->subject, pair->subject);
    free(pair);
    return rc;
}

static void check_buffer_destroy(struct incline_device *dev, struct buffer *buffer)
{
    struct check_device *check = check_of(dev);
    struct check_buffer *pair = (struct check_buffer *)buffer;

    if (pair == NULL)
        return;
    dev->children--;
    check->subject->ops->buffer_destroy(check->subject, pair->subject);
    check->reference->ops->buffer_destroy(check->reference, pair->twin);
    free(pair);
}

static int check_buffer_done(struct incline_device *dev, struct buffer *buffer)
{
    struct check_device *check = check_of(dev);
    return check->subject->ops->buffer_done(check->subject,
                                            ((struct check_buffer *)buffer)->subject);
}

/* The host writes to the twin; buffer_unmap() takes it to the subject as well. */
static int check_buffer_map(struct incline_device *dev, struct buffer *buffer, bool wait,
                            void **memory)
{
    struct check_device *check = check_of(dev);
    struct check_buffer *pair = (struct check_buffer *)buffer;
    const int rc =
        check->subject->ops->buffer_map(check->subject, pair->subject, wait, &pair->mapped);

    *memory = NULL;
    return rc != INCLINE_OK || pair->mapped == NULL
               ? rc
               : check->reference->ops->buffer_map(check->reference, pair->twin, wait, memory);
}

static int check_buffer_unmap(struct incline_device *dev, struct buffer *buffer, void *memory)
{
    struct check_device *check = check_of(dev);
    struct check_buffer *pair = (struct check_buffer *)buffer;
    void *const subject = pair->mapped;

    memcpy(subject, memory, pair->bytes);
    pair->mapped = NULL;
    return check->subject->ops->buffer_unmap(check->subject, pair->subject, subject);
}

static int check_upload(struct incline_device *dev, struct span to, enum element element,
                        size_t count, const void *from)
{
    struct check_device *check = check_of(dev);
    memcpy(reference_data(of_twin(to), element), from, count * element_bytes(element));
    return check->subject->ops->upload(check->subject, of_subject(to), element, count, from);
}

static int check_download(struct incline_device *dev, struct span from, enum element element,
                          size_t count, void *to)
{
    struct check_device *check = check_of(dev);
    return check->subject->ops->download(check->subject, of_subject(from), element, count, to);
}

static int check_snapshot(struct incline_device *dev, struct span from, enum element element,
                          size_t count, void *to)
{
    struct check_device *check = check_of(dev);
    return check->subject->ops->snapshot(check->subject, of_subject(from), element, count, to);
}

static int check_snapshot_ready(struct incline_device *dev, bool wait, bool *ready)
{
    struct check_device *check = check_of(dev);
    return check->subject->ops->snapshot_ready(check->subject, wait, ready);
}

static int check_finish(struct incline_device *dev)
{
    struct check_device *check = check_of(dev);
    return check->subject->ops->finish(check->subject);
}

/* ---- comparing ---- */

double *check_bounds_room(struct check_device *check, size_t count, int *rc)
{
    if (count > check->bound_count) {
        double *grown = realloc(check->bound, count * sizeof *grown);
        if (grown == NULL) {
            *rc = FAIL(INCLINE_ENOMEM, "%zu bytes for bounds", count * sizeof *grown);
            return NULL;
        }
        check->bound = grown;
        check->bound_count = count;
    }
    return check->bound;
}

/* Bring `count` elements of the subject's span into check->got. */
static int fetch(struct check_device *check, struct span span, enum element element, size_t count)
{
    const size_t bytes = count * element_bytes(element);
    if (bytes > check->got_bytes) {
        void *grown = realloc(check->got, bytes);
        if (grown == NULL)
            return FAIL(INCLINE_ENOMEM, "%zu bytes to compare with", bytes);
        check->got = grown;
        check->got_bytes = bytes;
    }
    return check->subject->ops->download(check->subject, of_subject(span), element, count,
                                         check->got);
}

/* Note a comparison; fails if it is out of bounds and the device is strict. `what` names the
 * output and its shape. */
static int note(struct check_device *check, enum slot_index slot, size_t values, double ratio,
                const char *what, size_t at, double got, double want, double bound)
{
    struct check_record *record = &check->records[slot];
    char where[sizeof record->where];

    snprintf(where, sizeof where, "%s, element %zu: %.9g found, %.9g expected, bound %.3g", what,
             at, got, want, bound);
    if (record->values == 0 || ratio > record->worst) {
        record->worst = ratio;
        memcpy(record->where, where, sizeof where);
    }
    record->values += values;
    if (check->strict && !(ratio <= 1.0))
        return FAIL(INCLINE_EVERIFY,
                    "%s computes %s wrongly: %s; do not train on this device, update its driver "
                    "or take another (incline devices)",
                    check->subject->info.name, record->slot, where);
    return INCLINE_OK;
}

int check_compare_floats(struct check_device *check, enum slot_index slot, struct span span,
                         size_t count, const double *bound, const char *what)
{
    float *want = twin_floats(span);
    size_t at;

    const int rc = fetch(check, span, ELEMENT_F32, count);
    if (rc != INCLINE_OK)
        return rc;
    const float *got = check->got;
    const double ratio = bounds_worst(got, want, bound, count, &at);
    const int verdict =
        note(check, slot, count, ratio, what, at, (double)got[at], (double)want[at], bound[at]);
    memcpy(want, got, count * sizeof *want);
    return verdict;
}

int check_compare_words(struct check_device *check, enum slot_index slot, struct span span,
                        size_t count, const char *what)
{
    uint32_t *want = twin_words(span);
    size_t at = 0;
    double ratio = 0.0;

    const int rc = fetch(check, span, ELEMENT_U32, count);
    if (rc != INCLINE_OK)
        return rc;
    const uint32_t *got = check->got;
    for (size_t i = count; i-- > 0;)
        if (got[i] != want[i]) {
            at = i;
            ratio = HUGE_VAL;
        }
    const int verdict =
        note(check, slot, count, ratio, what, at, (double)got[at], (double)want[at], 0.0);
    if (ratio > 0.0) {
        const int repaired =
            check->subject->ops->upload(check->subject, of_subject(span), ELEMENT_U32, count, want);
        return verdict != INCLINE_OK ? verdict : repaired;
    }
    return verdict;
}

int check_compare_sum(struct check_device *check, enum slot_index slot, struct span sum,
                      double bound, const char *what)
{
    const int rc = fetch(check, sum, ELEMENT_F32, SUM_WORDS);
    if (rc != INCLINE_OK)
        return rc;
    const float *got = check->got, *want = twin_floats(sum);
    const float got_sum = got[0] + got[1], want_sum = want[0] + want[1];
    size_t at;
    const double ratio = bounds_worst(&got_sum, &want_sum, &bound, 1, &at);
    const int verdict =
        note(check, slot, 1, ratio, what, 0, (double)got_sum, (double)want_sum, bound);
    memcpy(twin_words(sum), got, SUM_WORDS * sizeof *got);
    return verdict;
}

int check_compare_tally(struct check_device *check, enum slot_index slot, struct span tally,
                        double bound)
{
    const struct span counts = {tally.buffer, tally.at + TALLY_CORRECT};
    const int rc = check_compare_sum(check, slot, tally, bound, "sum of losses in the tally");

    return rc != INCLINE_OK
               ? rc
               : check_compare_words(check, slot, counts, TALLY_SQUARES - TALLY_CORRECT,
                                     "counts in the tally");
}

/* Its own subject, and records of its own. */
static int check_another(struct incline_device *dev, struct incline_device **another)
{
    const struct check_device *check = check_of(dev);
    struct incline_device *subject = NULL;
    const int rc = check->subject->ops->another(check->subject, &subject);

    return rc != INCLINE_OK ? rc : check_open(subject, true, check->strict, another);
}

static const struct backend check_backend = {.close = check_close,
                                             .another = check_another,
                                             .buffer_create = check_buffer_create,
                                             .buffer_wrap = check_buffer_wrap,
                                             .buffer_destroy = check_buffer_destroy,
                                             .buffer_done = check_buffer_done,
                                             .buffer_map = check_buffer_map,
                                             .buffer_unmap = check_buffer_unmap,
                                             .upload = check_upload,
                                             .download = check_download,
                                             .snapshot = check_snapshot,
                                             .snapshot_ready = check_snapshot_ready,
                                             .finish = check_finish,
                                             .takes_train_steps = check_takes_train_steps,
                                             .train_steps = check_train_steps,
#define X(slot) .slot = check_##slot,
                                             BACKEND_SLOTS(X)
#undef X
};

/* ---- the device ---- */

const struct check_record *check_records(const struct incline_device *device, size_t *count)
{
    const struct check_device *check = check_of(device);
    *count = check->subject->ops->train_steps != NULL ? SLOT_COUNT : SLOT_train_steps;
    return check->records;
}

void check_reset(struct incline_device *device)
{
    struct check_device *check = check_of(device);
    memset(check->records, 0, sizeof check->records);
#define X(name) check->records[SLOT_##name].slot = #name;
    BACKEND_SLOTS(X)
#undef X
    check->records[SLOT_train_steps].slot = "train_steps";
}

int check_open(struct incline_device *subject, bool owns, bool strict,
               struct incline_device **device)
{
    struct check_device *check = calloc(1, sizeof *check);
    int rc = INCLINE_OK;

    if (check == NULL) {
        rc = FAIL(INCLINE_ENOMEM, "%zu bytes for a lockstep device", sizeof *check);
        goto out;
    }
    TRY(reference_open(&check->reference));
    check->subject = subject;
    check->owns = owns;
    check->strict = strict;
    check->base.ops = &check_backend;
    check->base.info = subject->info;
    check->base.working_bytes = subject->working_bytes;
    check->base.steps_by_layer = subject->steps_by_layer;
    check->base.layered = subject->layered;
    snprintf(check->base.info.id, sizeof check->base.info.id, "check:%.17s", subject->info.id);
    memcpy(check->base.remark, subject->remark, sizeof subject->remark);
    check_reset(&check->base);
    *device = &check->base;
    return INCLINE_OK;
out:
    if (owns)
        subject->ops->close(subject);
    free(check);
    return rc;
}
