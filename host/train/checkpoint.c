/* checkpoint.c - a checkpoint is a model file with some texts and tensors more:
 *
 *   incline.run       the run as JSON, see run_json.c
 *   incline.step      steps finished, decimal
 *   checkpoint.tally  U32 [TALLY_WORDS]
 *   incline.best      the best epoch and its verdict, see watch.h; only where there is one
 *   incline.cut       "best"; only where the run ended inside an epoch that is better still
 *   incline.plateau   how often the learning rate fell, see schedule.h; only where it did
 *   checkpoint.NAME   F32 [parameters], for each block: moments of the optimizer; "params", the
 *                     parameters themselves, where the model is their moving average; and "best",
 *                     those of the best epoch
 *
 * The order of samples and all random numbers follow from the seed and the step. */
#include "host/train/checkpoint.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/formats/model_file.h"
#include "host/util/file.h"
#include "host/util/status.h"

#define CHECKPOINT_FILE "checkpoint.safetensors"
#define MODEL_FILE "model.safetensors"

/* Before the names of tensors that are no part of the model. */
#define BLOCK_PREFIX "checkpoint."
enum { NAME_BYTES = sizeof BLOCK_PREFIX + sizeof((struct checkpoint_block *)0)->name };

int checkpoint_begin(const char *folder, const struct run *run)
{
    char path[FILE_PATH_MAX], *text = NULL;
    int rc = INCLINE_OK;

    TRY(file_join(folder, "config.json", path));
    TRY(run_to_json(run, true, &text));
    const struct file_part parts[] = {{text, strlen(text)}, {"\n", 1}};
    TRY(file_write(path, parts, 2));
out:
    free(text);
    return rc;
}

int checkpoint_add(struct checkpoint *checkpoint, const char *name, size_t count, float **values)
{
    struct checkpoint_block *block = &checkpoint->blocks[checkpoint->block_count];

    assert(checkpoint->block_count < CHECKPOINT_BLOCKS && strlen(name) < sizeof block->name);
    block->values = malloc(count * sizeof *block->values);
    if (block->values == NULL)
        return FAIL(INCLINE_ENOMEM, "%zu bytes for a block of the checkpoint",
                    count * sizeof *block->values);
    strcpy(block->name, name);
    checkpoint->block_count++;
    *values = block->values;
    return INCLINE_OK;
}

const float *checkpoint_find(const struct checkpoint *checkpoint, const char *name)
{
    for (size_t b = 0; b < checkpoint->block_count; b++)
        if (strcmp(checkpoint->blocks[b].name, name) == 0)
            return checkpoint->blocks[b].values;
    return NULL;
}

void checkpoint_clear(struct checkpoint *checkpoint)
{
    for (size_t b = 0; b < checkpoint->block_count; b++)
        free(checkpoint->blocks[b].values);
    checkpoint->block_count = 0;
}

/* The tensors that a checkpoint adds to the model's, into tensors[1 + CHECKPOINT_BLOCKS]; their
 * names go into `names`. Returns how many. */
static size_t describe_state(const struct checkpoint *checkpoint, size_t params,
                             struct safetensors_tensor *tensors,
                             char names[CHECKPOINT_BLOCKS][NAME_BYTES])
{
    size_t count = 0;

    tensors[count++] = (struct safetensors_tensor){.name = BLOCK_PREFIX "tally",
                                                   .dtype = "U32",
                                                   .dims = 1,
                                                   .shape = {TALLY_WORDS},
                                                   .data = checkpoint->tally,
                                                   .bytes = sizeof checkpoint->tally};
    for (size_t b = 0; b < checkpoint->block_count; b++) {
        snprintf(names[b], NAME_BYTES, BLOCK_PREFIX "%s", checkpoint->blocks[b].name);
        tensors[count++] = (struct safetensors_tensor){.name = names[b],
                                                       .dtype = "F32",
                                                       .dims = 1,
                                                       .shape = {params},
                                                       .data = checkpoint->blocks[b].values,
                                                       .bytes = params * sizeof(float)};
    }
    return count;
}

static int write_checkpoint(const char *path, const struct run *run, const incline_model *model,
                            const struct checkpoint *checkpoint)
{
    struct model_layout layout = {0};
    struct safetensors_tensor *tensors = NULL;
    struct safetensors_text texts[MODEL_TEXTS + 5];
    char names[CHECKPOINT_BLOCKS][NAME_BYTES], step[24], best[BEST_TEXT_BYTES],
        plateau[PLATEAU_TEXT_BYTES], *json = NULL;
    int rc = INCLINE_OK;

    TRY(model_layout_init(&layout, model));
    TRY(run_to_json(run, false, &json));
    const size_t most = layout.tensor_count + 1 + CHECKPOINT_BLOCKS;
    tensors = malloc(most * sizeof *tensors);
    if (tensors == NULL) {
        rc = FAIL(INCLINE_ENOMEM, "no memory to describe %zu tensors", most);
        goto out;
    }
    memcpy(tensors, layout.tensors, layout.tensor_count * sizeof *tensors);
    const size_t count = layout.tensor_count + describe_state(checkpoint, model->net.param_count,
                                                              tensors + layout.tensor_count, names);
    memcpy(texts, layout.texts, layout.text_count * sizeof *texts);
    snprintf(step, sizeof step, "%" PRIu64, checkpoint->step);
    size_t text_count = layout.text_count;
    texts[text_count++] = (struct safetensors_text){"incline.run", json};
    texts[text_count++] = (struct safetensors_text){"incline.step", step};
    if (checkpoint->best.epoch > 0) {
        best_to_text(&checkpoint->best, best);
        texts[text_count++] = (struct safetensors_text){"incline.best", best};
    }
    if (checkpoint->cut_is_best)
        texts[text_count++] = (struct safetensors_text){"incline.cut", "best"};
    if (checkpoint->plateau.falls > 0) {
        plateau_to_text(&checkpoint->plateau, plateau);
        texts[text_count++] = (struct safetensors_text){"incline.plateau", plateau};
    }
    TRY(safetensors_write(path, tensors, count, texts, text_count));
out:
    model_layout_clear(&layout);
    free(tensors);
    free(json);
    return rc;
}

int checkpoint_save(const char *folder, const struct run *run, const incline_model *model,
                    const struct checkpoint *checkpoint)
{
    char path[FILE_PATH_MAX];

    const int rc = file_join(folder, CHECKPOINT_FILE, path);
    return rc != INCLINE_OK ? rc : write_checkpoint(path, run, model, checkpoint);
}

bool checkpoint_is_there(const char *folder)
{
    char path[FILE_PATH_MAX];

    return file_join(folder, CHECKPOINT_FILE, path) == INCLINE_OK && file_exists(path);
}

int checkpoint_save_model(const char *folder, const incline_model *model)
{
    char path[FILE_PATH_MAX];

    const int rc = file_join(folder, MODEL_FILE, path);
    return rc != INCLINE_OK ? rc : incline_model_save(model, path);
}

static int damaged(const char *path, const char *what)
{
    return FAIL(INCLINE_EFORMAT,
                "%s: %s; it is no checkpoint of this version or is damaged, train anew", path,
                what);
}

/* What the texts and the tally say, checked against each other and the model. */
static int read_state(const struct safetensors *file, const char *path, const incline_model *model,
                      struct run *run, struct checkpoint *checkpoint)
{
    const struct safetensors_tensor *tally = safetensors_find(file, "checkpoint.tally");
    const char *run_json = safetensors_text(file, "incline.run");
    const char *step = safetensors_text(file, "incline.step");
    char *end;

    if (run_json == NULL || step == NULL || step[0] < '0' || step[0] > '9')
        return damaged(path, "incline.run or incline.step is missing");
    /* Earlier versions kept the sum of losses and the counts. */
    const size_t least = TALLY_SQUARES * sizeof checkpoint->tally[0];
    if (tally == NULL || strcmp(tally->dtype, "U32") != 0 ||
        (tally->bytes != sizeof checkpoint->tally && tally->bytes != least))
        return damaged(path, "checkpoint.tally is missing or has another shape");
    if (run_from_json(run_json, run) != INCLINE_OK)
        return status_context(INCLINE_EFORMAT, "%s: incline.run", path);
    checkpoint->step = strtoull(step, &end, 10);
    memset(checkpoint->tally, 0, sizeof checkpoint->tally);
    memcpy(checkpoint->tally, tally->data, tally->bytes);
    if (*end != '\0')
        return damaged(path, "incline.step is no number");
    if (run->width_count != model->net.layers + 1 ||
        memcmp(run->widths, model->net.widths, run->width_count * sizeof *run->widths) != 0)
        return damaged(path, "the run's widths are not the model's");
    return INCLINE_OK;
}

/* Every block of floats; each is as long as the model's parameters. */
static int read_blocks(const struct safetensors *file, const char *path, size_t params,
                       struct checkpoint *checkpoint)
{
    const size_t prefix = strlen(BLOCK_PREFIX);
    int rc = INCLINE_OK;

    for (size_t t = 0; t < safetensors_count(file); t++) {
        const struct safetensors_tensor *tensor = safetensors_at(file, t);
        float *values = NULL;
        if (strncmp(tensor->name, BLOCK_PREFIX, prefix) != 0 || strcmp(tensor->dtype, "F32") != 0)
            continue;
        if (checkpoint->block_count == CHECKPOINT_BLOCKS ||
            strlen(tensor->name + prefix) >= sizeof checkpoint->blocks[0].name ||
            tensor->bytes != params * sizeof *values)
            return damaged(path, "a block is not as long as the parameters, or not known");
        TRY(checkpoint_add(checkpoint, tensor->name + prefix, params, &values));
        memcpy(values, tensor->data, tensor->bytes);
    }
out:
    return rc;
}

/* Which epoch was the best, where there is one, and where a plateau stands. */
static int read_best(const struct safetensors *file, const char *path,
                     struct checkpoint *checkpoint)
{
    const char *text = safetensors_text(file, "incline.best");

    if ((text != NULL) != (checkpoint_find(checkpoint, "best") != NULL) ||
        (text != NULL && !best_from_text(text, &checkpoint->best)))
        return damaged(path, "what it says of the best epoch is not whole");
    checkpoint->cut_is_best = safetensors_text(file, "incline.cut") != NULL;
    const char *plateau = safetensors_text(file, "incline.plateau");
    if (plateau != NULL && !plateau_from_text(plateau, &checkpoint->plateau))
        return damaged(path, "what it says of the learning rate's falls is not whole");
    return INCLINE_OK;
}

int checkpoint_load(const char *folder, struct run *run, incline_model **model,
                    struct checkpoint *out)
{
    struct checkpoint checkpoint = {0};
    struct safetensors *file = NULL;
    incline_model *read = NULL;
    struct run read_run = {0};
    char path[FILE_PATH_MAX];
    int rc = INCLINE_OK;

    TRY(file_join(folder, CHECKPOINT_FILE, path));
    if (!file_exists(path)) {
        rc = FAIL(INCLINE_EIO,
                  "%s: there is no checkpoint; name the folder of a run (the last "
                  "line of incline train shows it)",
                  path);
        goto out;
    }
    TRY(safetensors_read(path, &file));
    TRY(model_from_safetensors(file, path, &read));
    TRY(read_state(file, path, read, &read_run, &checkpoint));
    TRY(read_blocks(file, path, read->net.param_count, &checkpoint));
    TRY(read_best(file, path, &checkpoint));
    *out = checkpoint;
    checkpoint.block_count = 0;
    *run = read_run;
    *model = read;
    read = NULL;
out:
    checkpoint_clear(&checkpoint);
    incline_model_destroy(read);
    safetensors_close(file);
    return rc;
}

int incline_run_describe(const char *folder, struct incline_run_info *info)
{
    struct run run = {0};
    struct checkpoint checkpoint;
    incline_model *model = NULL;

    const int rc = checkpoint_load(folder, &run, &model, &checkpoint);
    if (rc != INCLINE_OK)
        return rc;
    run_describe(&run, info);
    checkpoint_clear(&checkpoint);
    incline_model_destroy(model);
    return INCLINE_OK;
}
