/* training.c - real training, step by step in lockstep with the reference; and a model that goes
 * to a file and back. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/backend/check.h"
#include "host/data/dataset.h"
#include "host/net/model.h"
#include "host/util/file.h"
#include "host/util/status.h"
#include "host/verify/verify.h"

enum { TRAINING_SAMPLES = 3000 };

/* The worst record of all slots, and how much was compared. */
static void worst_of_all(const struct verification *v, uint64_t *checks, double *worst, char *where,
                         size_t bytes)
{
    size_t slots;
    const struct check_record *records = check_records(v->check, &slots);

    *checks = 0;
    *worst = 0.0;
    where[0] = '\0';
    for (size_t s = 0; s < slots; s++) {
        *checks += records[s].values;
        if (records[s].values > 0 && !(records[s].worst <= *worst)) {
            *worst = records[s].worst;
            snprintf(where, bytes, "%s: %.150s", records[s].slot, records[s].where);
        }
    }
}

static int train_in_lockstep(struct verification *v, const incline_dataset *digits,
                             const struct incline_train_options *options, const char *name)
{
    incline_trainer *trainer = NULL;
    uint64_t checks;
    double worst;
    char where[256];

    check_reset(v->check);
    int rc = incline_trainer_create(v->check, digits, options, &trainer);
    if (rc == INCLINE_OK)
        rc = incline_trainer_run(trainer, NULL, NULL);
    incline_trainer_destroy(trainer);
    if (rc != INCLINE_OK) {
        verify_failure(v, "training", name);
        return rc == INCLINE_ENOMEM ? rc : INCLINE_OK;
    }
    worst_of_all(v, &checks, &worst, where, sizeof where);
    verify_row(v, "training", name, checks, worst, where);
    return INCLINE_OK;
}

/* Training at each batch size; `layered` goes through every single operation where the device would
 * rather do a step at once. */
static int verify_batches(struct verification *v, const incline_dataset *digits, bool layered)
{
    static const uint32_t full[] = {1, 7, 64, 127, 128, 1000}, quick[] = {1, 7, 33};
    const uint32_t *batches = v->quick ? quick : full;
    const size_t count = v->quick ? sizeof quick / sizeof quick[0] : sizeof full / sizeof full[0];
    char name[64];
    int rc = INCLINE_OK;

    v->check->layered = layered;
    for (size_t b = 0; b < count && rc == INCLINE_OK; b++) {
        const struct incline_train_options options = {
            .hidden = {10},
            .hidden_count = 1,
            .batch = batches[b],
            .validation = INCLINE_NONE,
            .steps = v->quick ? 2 : 200,
        };
        snprintf(name, sizeof name, "%u-10-10 batch %u, %u steps%s", digits->info.features,
                 batches[b], (unsigned)options.steps, layered ? " by layers" : "");
        rc = train_in_lockstep(v, digits, &options, name);
    }
    v->check->layered = false;
    return rc;
}

/* Most of what a run can be asked for, at once. */
static int verify_methods(struct verification *v, const incline_dataset *digits)
{
    const struct incline_train_options options = {
        .hidden = {16, 10},
        .hidden_count = 2,
        .activation = INCLINE_GELU,
        .hidden_activation = {[1] = 1 + INCLINE_RELU},
        .normalization = INCLINE_NORMALIZE_BATCH,
        .noise = {.dropout = 0.2f, .dropout_input = 0.1f, .input_noise = 0.05f},
        .augmentation =
            {.shift = 1.0f, .rotate = 10.0f, .scale = 0.1f, .elastic_alpha = 4.0f, .cutout = 2},
        .deskew = true,
        .optimizer = {.kind = INCLINE_ADAMW, .clip_norm = 1.0f, .ema = 0.9f},
        .label_smoothing = 0.1f,
        .class_weights = INCLINE_WEIGHTS_BALANCED,
        .batch = v->quick ? 7 : 64,
        .validation = INCLINE_NONE,
        .steps = v->quick ? 2 : 50,
    };
    char name[64];

    snprintf(name, sizeof name, "%u-16-10-10 batch %u, %u steps, methods", digits->info.features,
             options.batch, (unsigned)options.steps);
    return train_in_lockstep(v, digits, &options, name);
}

/* A temporary file's path. */
static int temporary_path(char *path, size_t bytes)
{
    const char *folder = getenv("TMPDIR");
    snprintf(path, bytes, "%s/incline-verify-XXXXXX",
             folder != NULL && folder[0] != '\0' ? folder : "/tmp");
    const int file = mkstemp(path);
    if (file < 0)
        return FAIL(INCLINE_EIO, "%s: no temporary file can be made; set TMPDIR", path);
    close(file);
    return INCLINE_OK;
}

/* Train a little, save, load: the file must give the same bits, and the device the same
 * probabilities from them. */
static int round_trip(struct verification *v, const incline_dataset *digits, uint64_t *checks,
                      double *worst)
{
    const struct incline_train_options options = {
        .batch = v->quick ? 7 : 64, .steps = 3, .validation = INCLINE_NONE};
    const uint32_t rows = 10, classes = digits->info.classes;
    incline_trainer *trainer = NULL;
    incline_model *loaded = NULL;
    float *before = malloc(2 * (size_t)rows * classes * sizeof *before);
    float *after = before + (size_t)rows * classes;
    char path[FILE_PATH_MAX] = "";
    int rc = INCLINE_OK;

    if (before == NULL)
        return FAIL(INCLINE_ENOMEM, "no memory for predictions");
    TRY(incline_trainer_create(v->dev, digits, &options, &trainer));
    TRY(incline_trainer_run(trainer, NULL, NULL));
    const incline_model *model = incline_trainer_model(trainer);
    TRY(temporary_path(path, sizeof path));
    TRY(incline_model_save(model, path));
    TRY(incline_model_load(path, &loaded));
    TRY(incline_predict(model, v->dev, digits, 0, rows, before));
    TRY(incline_predict(loaded, v->dev, digits, 0, rows, after));
    *checks = model->net.param_count + (uint64_t)rows * classes;
    *worst = memcmp(model->params, loaded->params,
                    model->net.param_count * sizeof *model->params) == 0 &&
                     memcmp(before, after, (size_t)rows * classes * sizeof *before) == 0
                 ? 0.0
                 : HUGE_VAL;
out:
    if (path[0] != '\0')
        unlink(path);
    incline_trainer_destroy(trainer);
    incline_model_destroy(loaded);
    free(before);
    return rc;
}

/* Every fourth pixel of every fourth row of a few digits: enough for a simulator. */
static int small_digits(incline_dataset **small)
{
    enum { ROWS = 128, SIDE = 28, EVERY = 4, SMALL = SIDE / EVERY, FEATURES = SMALL * SMALL };
    unsigned char bytes[ROWS * FEATURES];
    incline_dataset *digits = NULL;

    int rc = digits_create(ROWS, 1, &digits);
    if (rc != INCLINE_OK)
        return rc;
    const unsigned char *from = digits->values;
    for (size_t i = 0; i < sizeof bytes; i++) {
        const size_t row = i / FEATURES, y = i % FEATURES / SMALL, x = i % SMALL;
        bytes[i] = from[row * SIDE * SIDE + EVERY * (y * SIDE + x)];
    }
    rc = incline_dataset_create(&(struct incline_samples){.rows = ROWS,
                                                          .features = FEATURES,
                                                          .classes = digits->info.classes,
                                                          .image_rows = SMALL,
                                                          .image_cols = SMALL,
                                                          .bytes = bytes,
                                                          .labels = digits->labels},
                                small);
    incline_dataset_close(digits);
    return rc;
}

int verify_training(struct verification *v)
{
    incline_dataset *digits = NULL;
    uint64_t checks = 0;
    double worst = HUGE_VAL;

    int rc = v->quick ? small_digits(&digits) : digits_create(TRAINING_SAMPLES, 1, &digits);
    if (rc != INCLINE_OK)
        return rc;
    rc = verify_batches(v, digits, true);
    if (rc == INCLINE_OK && verify_offers_steps(v))
        rc = verify_batches(v, digits, false);
    if (rc == INCLINE_OK)
        rc = verify_methods(v, digits);
    if (rc == INCLINE_OK) {
        rc = round_trip(v, digits, &checks, &worst);
        if (rc == INCLINE_OK)
            verify_row(v, "model", "save, load, predict", checks, worst,
                       worst > 0.0 ? "the loaded model differs" : "equal bits");
        else
            verify_failure(v, "model", "save, load, predict");
        rc = rc == INCLINE_ENOMEM ? rc : INCLINE_OK;
    }
    incline_dataset_close(digits);
    return rc;
}
