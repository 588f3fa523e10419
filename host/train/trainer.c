/* trainer.c - making a trainer, from options or from a checkpoint, and what it is made of.
 * The loop itself is in loop.c. */
#include "host/train/trainer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/net/certify.h"
#include "host/net/normalize.h"
#include "host/net/optimizer.h"
#include "host/train/scaling.h"
#include "host/train/validate.h"
#include "host/util/file.h"
#include "host/util/status.h"

void incline_trainer_destroy(incline_trainer *trainer)
{
    if (trainer == NULL)
        return;
    judge_close(&trainer->judge);
    plan_destroy(&trainer->plan);
    feed_close(&trainer->feed);
    missing_clear(&trainer->filled);
    incline_model_destroy(trainer->model);
    split_clear(&trainer->split);
    best_clear(&trainer->best);
    free(trainer->class_weights);
    free(trainer->folder);
    free(trainer);
}

const incline_model *incline_trainer_model(const incline_trainer *trainer)
{
    return trainer->model;
}

void incline_trainer_stop(incline_trainer *trainer)
{
    atomic_store(&trainer->stop, true);
}

/* The model to start from: a copy of the one given, or fresh weights. */
static int initial_model(const struct run *run, const struct incline_train_options *options,
                         const incline_dataset *dataset, incline_model **out)
{
    incline_model *model = NULL;
    char have[128];
    int rc = INCLINE_OK;

    if (options->model != NULL) {
        const struct net *net = &options->model->net;
        if (net->widths[0] != dataset->info.features ||
            net->widths[net->layers] != run->task.outputs)
            return FAIL(INCLINE_ESHAPE,
                        "the model is %s, but %s has %u features and %u %s; take a model "
                        "that fits, or start from fresh weights",
                        net_text(net, have, sizeof have), dataset->info.name,
                        dataset->info.features, run->task.outputs,
                        run->task.kind == INCLINE_TASK_CLASSES ? "classes" : "outputs to predict");
        TRY(model_copy(options->model, &model));
    } else {
        enum incline_activation activations[INCLINE_HIDDEN_MAX];
        for (size_t l = 0; l < run->options.hidden_count; l++)
            activations[l] = run->options.hidden_activation[l] > 0
                                 ? (enum incline_activation)(run->options.hidden_activation[l] - 1)
                                 : run->options.activation;
        TRY(model_create(run->widths, run->width_count, run->options.activation, &model));
        TRY(net_set_activations(&model->net, activations));
        TRY(model_set_normalization(model, run->options.normalization));
        model->deskew = run->options.deskew;
        TRY(model_init(model, &(struct model_initial){run->options.init, run->options.init_value,
                                                      run->options.init_bias, run->options.seed}));
    }
    TRY(task_adopt(model, &run->task, dataset));
    *out = model;
    return INCLINE_OK;
out:
    incline_model_destroy(model);
    return rc;
}

/* Choose the samples to train on, once. */
static int make_split(incline_trainer *trainer)
{
    return trainer->split.train > 0 ? INCLINE_OK
                                    : split_make(trainer->dataset, trainer->run.validation,
                                                 trainer->run.options.seed, &trainer->split);
}

/* What stands for numbers that are missing; a model by whose columns the data were read has it. */
static int fill_missing(incline_trainer *trainer, const incline_model *initial)
{
    const bool known = initial != NULL && strcmp(incline_model_columns(initial),
                                                 incline_dataset_columns(trainer->dataset)) == 0;
    int rc = INCLINE_OK;

    if (trainer->dataset->columns != NULL && !known) {
        TRY(make_split(trainer));
        TRY(missing_work_out(trainer->model, trainer->dataset, &trainer->split));
    }
    TRY(missing_fill(trainer->model, trainer->dataset, &trainer->filled, &trainer->dataset));
out:
    return rc;
}

/* The scalings that depend on the samples trained on. Weights that are given go with what the model
 * has, or with data as they are: so it is evaluated, too. */
static int scale(incline_trainer *trainer, const incline_model *initial)
{
    const struct incline_train_options *options = &trainer->run.options;
    int rc = INCLINE_OK;

    if (initial != NULL || !scaling_asks_samples(trainer->model, options, trainer->dataset))
        return INCLINE_OK;
    TRY(make_split(trainer));
    TRY(scaling_work_out(trainer->model, options, trainer->dataset, &trainer->split));
out:
    return rc;
}

/* What the options say of the loss; class weights are kept in the trainer. */
static int choose_loss(incline_trainer *trainer, struct loss *loss)
{
    const struct incline_train_options *options = &trainer->run.options;
    int rc = INCLINE_OK;

    *loss = (struct loss){.kind = options->loss,
                          .smoothing = options->label_smoothing,
                          .delta = options->huber_delta > 0.0f ? options->huber_delta : 1.0f};
    const bool weighs =
        options->loss == INCLINE_LOSS_SOFTMAX &&
        (options->class_weights == INCLINE_WEIGHTS_BALANCED || options->class_weight_count > 0);
    if (trainer->model->task != INCLINE_TASK_REGRESSION && !weighs)
        return INCLINE_OK;
    TRY(make_split(trainer));
    if (trainer->model->task == INCLINE_TASK_REGRESSION)
        return task_variance(trainer->model, trainer->dataset, &trainer->split,
                             &trainer->target_variance);
    trainer->class_weights = malloc(trainer->dataset->info.classes * sizeof(float));
    if (trainer->class_weights == NULL)
        return FAIL(INCLINE_ENOMEM, "no memory for the weights of %u classes",
                    trainer->dataset->info.classes);
    TRY(task_weigh(options, trainer->dataset, &trainer->split, trainer->class_weights));
    loss->class_weights = trainer->class_weights;
out:
    return rc;
}

/* All but the loss. */
static void say_method(const incline_trainer *trainer, struct method *method)
{
    const struct incline_train_options *options = &trainer->run.options;

    memset(method, 0, sizeof *method); /* hashed as a whole */
    method->seed = options->seed;
    method->optimizer = options->optimizer;
    method->noise = options->noise;
    method->augmentation = options->augmentation;
    method->image_rows = trainer->dataset->info.image_rows;
    method->image_cols = trainer->dataset->info.image_cols;
    method->deskew = trainer->model->deskew;
}

/* Take network, data and parameters to the device. `trainer` has model and run. */
static int go_to_device(incline_trainer *trainer)
{
    const uint32_t batch = run_batch_rows(&trainer->run);
    const struct net *net = &trainer->model->net;
    const enum element element = feed_element(trainer->dataset);
    const struct feed_view view = feed_view_of(trainer->model, trainer->dataset);
    struct method method;
    int rc = INCLINE_OK;

    TRY(normalize_check_size(net, batch));
    say_method(trainer, &method);
    TRY(feed_view_takes(&view, &method, trainer->dataset));
    TRY(choose_loss(trainer, &method.loss));
    TRY(plan_create(&trainer->plan, trainer->dev, net, &method, batch));
    TRY(normalize_check_batch(&trainer->plan, batch));
    TRY(certify_steps(trainer->dev, net, &method, element, trainer->plan.rows));
    TRY(feed_open(&trainer->feed, trainer->dev, trainer->dataset, &view, trainer->plan.rows));
    TRY(make_split(trainer));
    if (trainer->split.validation > 0)
        TRY(feed_restrict(&trainer->feed, trainer->split.rows, trainer->split.train));
    /* A batch that is sent in several passes goes layer by layer on every device. */
    if (!trainer->feed.resident && batch > trainer->plan.rows)
        TRY(certify(trainer->dev, net, &method, CERTIFY_LAYERED_STEPS, element,
                    trainer->plan.rows));
    TRY(plan_set_params(&trainer->plan, trainer->model->params));
out:
    return rc;
}

static int set_folder(incline_trainer *trainer, const char *folder)
{
    if (folder == NULL)
        return INCLINE_OK;
    trainer->folder = malloc(strlen(folder) + 1);
    if (trainer->folder == NULL)
        return FAIL(INCLINE_ENOMEM, "no memory for the name of the run folder");
    strcpy(trainer->folder, folder);
    return file_make_folder(folder);
}

static incline_trainer *trainer_new(incline_device *device, const incline_dataset *dataset)
{
    incline_trainer *trainer = calloc(1, sizeof *trainer);
    if (trainer != NULL) {
        trainer->dev = device;
        trainer->dataset = dataset;
        atomic_init(&trainer->stop, false);
    }
    return trainer;
}

int incline_trainer_create(incline_device *device, const incline_dataset *dataset,
                           const struct incline_train_options *options, incline_trainer **out)
{
    static const struct incline_train_options defaults = {0};
    const struct incline_train_options *wanted = options != NULL ? options : &defaults;
    incline_trainer *trainer = trainer_new(device, dataset);
    int rc = INCLINE_OK;

    if (trainer == NULL)
        return FAIL(INCLINE_ENOMEM, "no memory for a trainer");
    TRY(run_init(&trainer->run, wanted, dataset));
    TRY(initial_model(&trainer->run, wanted, dataset, &trainer->model));
    TRY(fill_missing(trainer, wanted->model));
    TRY(scale(trainer, wanted->model));
    TRY(go_to_device(trainer));
    if (wanted->output != NULL)
        TRY(samples_hash(dataset, &trainer->run.samples));
    TRY(set_folder(trainer, wanted->output));
    *out = trainer;
    return INCLINE_OK;
out:
    incline_trainer_destroy(trainer);
    return rc;
}

const char *incline_trainer_done(const incline_trainer *trainer)
{
    return trainer->done;
}

/* Note what the loop will find. */
static void note_done(incline_trainer *trainer)
{
    const struct run *const run = &trainer->run;
    const uint64_t step = trainer->plan.step, epoch_steps = run_epoch_steps(run);

    if (step >= run_total_steps(run))
        snprintf(trainer->done, sizeof trainer->done,
                 "all %llu steps of the run are done; ask for more epochs or steps to go on",
                 (unsigned long long)step);
    else if (step % epoch_steps == 0 && validate_gives_up(trainer, step / epoch_steps))
        snprintf(trainer->done, sizeof trainer->done,
                 "the run stopped early at epoch %llu, by its patience of %u; a new one can begin "
                 "from its model",
                 (unsigned long long)(step / epoch_steps), run->options.patience);
}

/* The samples must be those that the run began with: in number, in shape, by columns, and by what
 * they are, where the checkpoint says that. */
static int fits_dataset(incline_trainer *trainer)
{
    const struct incline_dataset_info *info = &trainer->dataset->info;
    const incline_model *model = trainer->model;
    const bool targets =
        model->task == INCLINE_TASK_LABELS || model->task == INCLINE_TASK_REGRESSION;
    const uint32_t classes = model_classes(model);
    uint64_t samples;
    int rc = INCLINE_OK;

    if (info->rows != trainer->run.rows || info->features != model->net.widths[0] ||
        (targets ? info->outputs : info->classes) != classes)
        return FAIL(INCLINE_ESHAPE,
                    "the run was on %s with %u samples, %u features and %u %s; %s has %u, %u and "
                    "%u; a run goes on with the data it began with",
                    trainer->run.dataset, trainer->run.rows, model->net.widths[0], classes,
                    targets ? "targets" : "classes", info->name, info->rows, info->features,
                    targets ? info->outputs : info->classes);
    if (!missing_same_columns(incline_model_columns(model),
                              incline_dataset_columns(trainer->dataset)))
        return FAIL(INCLINE_ESHAPE,
                    "%s has other columns or texts than %s had, which the run was on, or is read "
                    "in another way; a run goes on with the data it began with",
                    info->name, trainer->run.dataset);
    TRY(samples_hash(trainer->dataset, &samples));
    if (trainer->run.samples != 0 && trainer->run.samples != samples)
        return FAIL(INCLINE_ESHAPE,
                    "%s has other samples than %s had, which the run was on; a run goes on with "
                    "the data it began with, and with others a new one can begin from its model",
                    info->name, trainer->run.dataset);
    trainer->run.samples = samples;
    run_locate(&trainer->run, info);
out:
    return rc;
}

/* What the optimizer kept, to the device. */
static int give_back_blocks(incline_trainer *trainer, const struct checkpoint *checkpoint)
{
    struct optimizer_block blocks[OPTIMIZER_BLOCKS];
    const size_t count = optimizer_blocks(&trainer->plan, blocks);
    int rc = INCLINE_OK;

    for (size_t b = 0; b < count; b++) {
        const float *values = checkpoint_find(checkpoint, blocks[b].name);
        if (values == NULL)
            return FAIL(INCLINE_EFORMAT,
                        "the checkpoint has no checkpoint.%s, which %s needs; it is damaged, train "
                        "anew",
                        blocks[b].name, optimizer_text((int)trainer->run.options.optimizer.kind));
        TRY(trainer->dev->ops->upload(trainer->dev, (struct span){blocks[b].buffer, 0}, ELEMENT_F32,
                                      trainer->plan.net->param_count, values));
    }
out:
    return rc;
}

int incline_trainer_resume(incline_device *device, const incline_dataset *dataset,
                           const char *folder, uint32_t epochs, uint64_t steps,
                           incline_trainer **out)
{
    incline_trainer *trainer = trainer_new(device, dataset);
    struct checkpoint checkpoint = {0};
    int rc = INCLINE_OK;

    if (trainer == NULL)
        return FAIL(INCLINE_ENOMEM, "no memory for a trainer");
    TRY(checkpoint_load(folder, &trainer->run, &trainer->model, &checkpoint));
    TRY(fits_dataset(trainer));
    TRY(run_extend(&trainer->run, checkpoint.step, epochs, steps));
    TRY(missing_fill(trainer->model, dataset, &trainer->filled, &trainer->dataset));
    TRY(go_to_device(trainer));
    trainer->plan.step = checkpoint.step;
    trainer->plateau = checkpoint.plateau;
    trainer->cut_is_best = checkpoint.cut_is_best;
    TRY(device->ops->upload(device, plan_tally(&trainer->plan), ELEMENT_U32, TALLY_WORDS,
                            checkpoint.tally));
    TRY(give_back_blocks(trainer, &checkpoint));
    if (checkpoint.best.epoch > 0)
        TRY(best_keep(&trainer->best, checkpoint.best.epoch, &checkpoint.best.verdict,
                      checkpoint_find(&checkpoint, "best"), trainer->model->net.param_count));
    TRY(set_folder(trainer, folder));
    note_done(trainer);
    checkpoint_clear(&checkpoint);
    *out = trainer;
    return INCLINE_OK;
out:
    checkpoint_clear(&checkpoint);
    incline_trainer_destroy(trainer);
    return rc;
}
