/* settings.c - the table of settings, and what is found in it. */
#include "host/train/settings.h"

#include <stddef.h>
#include <string.h>

#include "host/net/loss.h"
#include "host/net/net.h"
#include "host/net/optimizer.h"
#include "host/train/schedule.h"
#include "host/util/status.h"

#define AT(field) offsetof(struct incline_train_options, field)
#define WHOLE_MOST 4294967294.0      /* one less than INCLINE_BATCH_FULL */
#define LONG_MOST 9007199254740991.0 /* every JSON reader keeps these exact */
#define CHANCE_MOST 0.999
#define RATE_LEAST 1e-30
#define RATE_MOST 1e6
#define DECAY_MOST 0.999999
#define PENALTY_MOST 1e6
#define CLIP_MOST 1e30

static const char *activation(int number)
{
    return net_activation_text((enum incline_activation)number);
}

static const char *weights(int number)
{
    static const char *const names[] = {
        [INCLINE_WEIGHTS_EQUAL] = "equal",
        [INCLINE_WEIGHTS_BALANCED] = "balanced",
    };
    return number >= 0 && number < (int)(sizeof names / sizeof names[0]) ? names[number] : NULL;
}

static const char *target_scaling(int number)
{
    static const char *const names[] = {
        [INCLINE_TARGETS_STANDARD] = "standard",
        [INCLINE_TARGETS_RAW] = "none",
    };
    return number >= 0 && number < (int)(sizeof names / sizeof names[0]) ? names[number] : NULL;
}

static const char *schedule_unit(int number)
{
    static const char *const names[] = {
        [INCLINE_BY_EPOCH] = "epoch",
        [INCLINE_BY_STEP] = "step",
    };
    return number >= 0 && number < (int)(sizeof names / sizeof names[0]) ? names[number] : NULL;
}

static const char *best_by(int number)
{
    static const char *const names[] = {
        [INCLINE_BEST_ACCURACY] = "accuracy",
        [INCLINE_BEST_LOSS] = "loss",
    };
    return number >= 0 && number < (int)(sizeof names / sizeof names[0]) ? names[number] : NULL;
}

const struct setting settings[] = {
    {.info = {.name = "hidden",
              .argument = "LIST",
              .group = "Network",
              .help = "widths, \"128,64:tanh\", or none",
              .initial = "10",
              .network = true},
     .kind = SETTING_HIDDEN,
     .at = AT(hidden),
     .least = 1,
     .most = 1 << 20},
    {.info = {.name = "activation",
              .argument = "F",
              .group = "Network",
              .help = "of the hidden layers: linear, relu, leaky-relu, elu,\n"
                      "selu, gelu, gelu-tanh, silu, mish, softplus, tanh,\n"
                      "scaled-tanh or sigmoid",
              .initial = "relu",
              .choice = activation,
              .network = true},
     .kind = SETTING_CHOICE,
     .at = AT(activation)},
    {.info = {.name = "init-weights",
              .argument = "KIND",
              .group = "Network",
              .help = "he, glorot, lecun, orthogonal, uniform or zero",
              .initial = "he",
              .choice = net_init_text,
              .network = true},
     .kind = SETTING_CHOICE,
     .at = AT(init),
     .older = "init"},
    {.info = {.name = "epochs",
              .argument = "N",
              .group = "Training",
              .help = "times through the training data",
              .initial = "10",
              .extends = true},
     .kind = SETTING_WHOLE,
     .at = AT(epochs),
     .least = 1,
     .most = UINT32_MAX},
    {.info = {.name = "steps",
              .argument = "N",
              .group = "Training",
              .help = "stop after N steps instead",
              .instead_of = "epochs",
              .extends = true},
     .kind = SETTING_LONG,
     .at = AT(steps),
     .least = 1,
     .most = LONG_MOST},
    {.info = {.name = "batch-size",
              .argument = "N",
              .group = "Training",
              .help = "samples in a step, or full for all of them",
              .initial = "64"},
     .kind = SETTING_BATCH,
     .at = AT(batch),
     .least = 1,
     .most = WHOLE_MOST},
    {.info = {.name = "seed",
              .argument = "N",
              .group = "Training",
              .help = "of the weights and the order of samples",
              .initial = "1"},
     .kind = SETTING_LONG,
     .at = AT(seed),
     .least = 1,
     .most = LONG_MOST},
    {.info = {.name = "validation",
              .argument = "PART",
              .group = "Validation",
              .help = "of the training set kept apart to judge it; or 0",
              .initial = "0.1"},
     .kind = SETTING_REAL,
     .at = AT(validation),
     .least = 0.001,
     .most = 0.9,
     .or_none = true},
    {.info = {.name = "best-by",
              .argument = "WHAT",
              .group = "Validation",
              .help = "the best epoch's weights are kept: accuracy or\nloss",
              .initial = "accuracy",
              .choice = best_by},
     .kind = SETTING_CHOICE,
     .at = AT(best)},
    {.info = {.name = "patience",
              .argument = "N",
              .group = "Validation",
              .help = "stop after N epochs without a better one [never]"},
     .kind = SETTING_WHOLE,
     .at = AT(patience),
     .least = 1,
     .most = UINT32_MAX},
    {.info = {.name = "checkpoint-epochs",
              .argument = "N",
              .group = "Checkpoints",
              .help = "save every N epochs, too"},
     .kind = SETTING_WHOLE,
     .at = AT(checkpoint_epochs),
     .least = 1,
     .most = UINT32_MAX},
    {.info = {.name = "checkpoint-minutes",
              .argument = "M",
              .group = "Checkpoints",
              .help = "save every M minutes",
              .initial = "0.2"},
     .kind = SETTING_REAL,
     .at = AT(checkpoint_minutes),
     .least = 0.001,
     .most = 1e6},
    {.info = {.name = "learning-rate",
              .argument = "A",
              .group = "Learning rate",
              .help = "size of a step [sgd 0.1; adam, adamw, lamb 0.001,\n"
                      "adamax 0.002, others 0.01]"},
     .kind = SETTING_REAL,
     .at = AT(learning_rate),
     .least = RATE_LEAST,
     .most = RATE_MOST},
    {.info = {.name = "schedule",
              .argument = "S",
              .group = "Learning rate",
              .help = "step, exponential, cosine, one-cycle",
              .initial = "constant",
              .choice = schedule_text},
     .kind = SETTING_CHOICE,
     .at = AT(schedule.kind)},
    {.info = {.name = "schedule-by",
              .argument = "UNIT",
              .group = "Learning rate",
              .help = "the rate changes with every epoch or step",
              .initial = "epoch",
              .choice = schedule_unit},
     .kind = SETTING_CHOICE,
     .at = AT(schedule.by)},
    {.info = {.name = "warmup",
              .argument = "N",
              .group = "Learning rate",
              .help = "rise linearly over the first N of these [0]"},
     .kind = SETTING_WHOLE,
     .at = AT(schedule.warmup),
     .least = 0,
     .most = UINT32_MAX},
    {.info = {.name = "decay-every",
              .argument = "N",
              .group = "Learning rate",
              .help = "step: fall after N of these [a third of the run]"},
     .kind = SETTING_WHOLE,
     .at = AT(schedule.decay_every),
     .least = 1,
     .most = UINT32_MAX},
    {.info = {.name = "decay",
              .argument = "X",
              .group = "Learning rate",
              .help = "step, exponential: to X times the rate [0.1, 0.95]"},
     .kind = SETTING_REAL,
     .at = AT(schedule.decay),
     .least = 1e-6,
     .most = 1},
    {.info = {.name = "last-rate",
              .argument = "X",
              .group = "Learning rate",
              .help = "cosine: end at X times the learning rate [0]"},
     .kind = SETTING_REAL,
     .at = AT(schedule.last),
     .least = 0,
     .most = 1},
    {.info = {.name = "dropout",
              .argument = "P",
              .group = "Regularization",
              .help = "chance of a hidden neuron to be left out of a step"},
     .kind = SETTING_REAL,
     .at = AT(noise.dropout),
     .least = 0.0,
     .most = CHANCE_MOST},
    {.info = {.name = "dropout-input",
              .argument = "P",
              .group = "Regularization",
              .help = "chance of an input to be left out of a step"},
     .kind = SETTING_REAL,
     .at = AT(noise.dropout_input),
     .least = 0.0,
     .most = CHANCE_MOST},
    {.info = {.name = "input-noise",
              .argument = "S",
              .group = "Regularization",
              .help = "standard deviation of noise added to inputs"},
     .kind = SETTING_REAL,
     .at = AT(noise.input_noise),
     .least = 0.0,
     .most = 1e6},
    {.info = {.name = "optimizer",
              .argument = "NAME",
              .group = "Optimizer",
              .help = "sgd, momentum, nesterov, adagrad, rmsprop, adam, adamw,\n"
                      "adamax or lamb",
              .initial = "sgd",
              .choice = optimizer_text},
     .kind = SETTING_CHOICE,
     .at = AT(optimizer.kind)},
    {.info = {.name = "momentum",
              .argument = "M",
              .group = "Optimizer",
              .help = "of momentum and nesterov [0.9]"},
     .kind = SETTING_REAL,
     .at = AT(optimizer.momentum),
     .most = DECAY_MOST},
    {.info = {.name = "beta1",
              .argument = "B",
              .group = "Optimizer",
              .help = "decay of the mean gradient in adam and its kin [0.9]"},
     .kind = SETTING_REAL,
     .at = AT(optimizer.beta1),
     .most = DECAY_MOST},
    {.info = {.name = "beta2",
              .argument = "B",
              .group = "Optimizer",
              .help = "decay of its mean square [0.999; rmsprop 0.99]"},
     .kind = SETTING_REAL,
     .at = AT(optimizer.beta2),
     .most = DECAY_MOST},
    {.info = {.name = "epsilon",
              .argument = "E",
              .group = "Optimizer",
              .help = "added to its root [1e-8; adagrad 1e-10, lamb 1e-6]"},
     .kind = SETTING_REAL,
     .at = AT(optimizer.epsilon),
     .most = 1},
    {.info = {.name = "weight-decay",
              .argument = "D",
              .group = "Optimizer",
              .help = "weights shrink by rate * D a step [0; adamw 0.01]"},
     .kind = SETTING_REAL,
     .at = AT(optimizer.weight_decay),
     .most = PENALTY_MOST},
    {.info = {.name = "l2",
              .argument = "L",
              .group = "Optimizer",
              .help = "penalty L/2 * sum of squared weights [0]\n"
                      "(weight_decay of PyTorch's optimizers but adamw)"},
     .kind = SETTING_REAL,
     .at = AT(optimizer.l2),
     .most = PENALTY_MOST},
    {.info = {.name = "l1",
              .argument = "L",
              .group = "Optimizer",
              .help = "penalty L * sum of absolute weights [0]"},
     .kind = SETTING_REAL,
     .at = AT(optimizer.l1),
     .most = PENALTY_MOST},
    {.info = {.name = "clip-norm",
              .argument = "N",
              .group = "Optimizer",
              .help = "longest gradient, all parameters together [0: any]"},
     .kind = SETTING_REAL,
     .at = AT(optimizer.clip_norm),
     .most = CLIP_MOST},
    {.info = {.name = "clip-value",
              .argument = "V",
              .group = "Optimizer",
              .help = "largest gradient of a parameter, after that [0: any]"},
     .kind = SETTING_REAL,
     .at = AT(optimizer.clip_value),
     .most = CLIP_MOST},
    {.info = {.name = "max-norm",
              .argument = "N",
              .group = "Optimizer",
              .help = "longest row of weights into a neuron [0: any]"},
     .kind = SETTING_REAL,
     .at = AT(optimizer.max_norm),
     .most = CLIP_MOST},
    {.info = {.name = "ema",
              .argument = "D",
              .group = "Optimizer",
              .help = "the model is an average with decay D, say 0.999 [0]"},
     .kind = SETTING_REAL,
     .at = AT(optimizer.ema),
     .most = DECAY_MOST},
    {.info = {.name = "loss",
              .argument = "KIND",
              .group = "Loss",
              .help = "auto, softmax, sigmoid, mse, mae or huber",
              .initial = "auto",
              .choice = loss_text},
     .kind = SETTING_CHOICE,
     .at = AT(loss)},
    {.info = {.name = "label-smoothing",
              .argument = "S",
              .group = "Loss",
              .help = "part of a label that all classes share"},
     .kind = SETTING_REAL,
     .at = AT(label_smoothing),
     .least = 0,
     .most = 0.999},
    {.info = {.name = "class-weights",
              .argument = "KIND",
              .group = "Loss",
              .help = "equal, or balanced: rare ones weigh more",
              .initial = "equal",
              .choice = weights},
     .kind = SETTING_CHOICE,
     .at = AT(class_weights)},
    {.info = {.name = "huber-delta",
              .argument = "D",
              .group = "Loss",
              .help = "distance from which huber grows linearly [1]"},
     .kind = SETTING_REAL,
     .at = AT(huber_delta),
     .least = 1e-6,
     .most = 1e6},
    {.info = {.name = "target-scaling",
              .argument = "KIND",
              .group = "Loss",
              .help = "of numbers to predict: standard or none",
              .initial = "standard",
              .choice = target_scaling},
     .kind = SETTING_CHOICE,
     .at = AT(target_scaling)},
    {.info = {.name = "shift",
              .argument = "N",
              .group = "Augmentation of images, anew in each step",
              .help = "move by up to N pixels"},
     .kind = SETTING_REAL,
     .at = AT(augmentation.shift),
     .least = 0,
     .most = 1000},
    {.info = {.name = "rotate",
              .argument = "N",
              .group = "Augmentation of images, anew in each step",
              .help = "rotate by up to N degrees"},
     .kind = SETTING_REAL,
     .at = AT(augmentation.rotate),
     .least = 0,
     .most = 180},
    {.info = {.name = "scale",
              .argument = "A",
              .group = "Augmentation of images, anew in each step",
              .help = "make larger or smaller, 0.1: by up to 10 %"},
     .kind = SETTING_REAL,
     .at = AT(augmentation.scale),
     .least = 0,
     .most = 0.9},
    {.info = {.name = "shear",
              .argument = "A",
              .group = "Augmentation of images, anew in each step",
              .help = "slant by up to A, the tangent of the angle"},
     .kind = SETTING_REAL,
     .at = AT(augmentation.shear),
     .least = 0,
     .most = 10},
    {.info = {.name = "elastic-alpha",
              .argument = "A",
              .group = "Augmentation of images, anew in each step",
              .help = "elastic distortion (Simard 2003); 34 suits 28x28"},
     .kind = SETTING_REAL,
     .at = AT(augmentation.elastic_alpha),
     .least = 0,
     .most = 1000},
    {.info = {.name = "elastic-sigma",
              .argument = "A",
              .group = "Augmentation of images, anew in each step",
              .help = "pixels over which it is smooth [4]"},
     .kind = SETTING_REAL,
     .at = AT(augmentation.elastic_sigma),
     .least = 1,
     .most = 100},
    {.info = {.name = "cutout",
              .argument = "N",
              .group = "Augmentation of images, anew in each step",
              .help = "fill a square of N pixels with background"},
     .kind = SETTING_WHOLE,
     .at = AT(augmentation.cutout),
     .least = 0,
     .most = 1 << 20},
    {.info = {.name = NULL}},
};

const struct incline_setting *incline_train_setting(size_t index)
{
    return index < sizeof settings / sizeof settings[0] - 1 ? &settings[index].info : NULL;
}

const struct setting *setting_find(const char *name)
{
    for (const struct setting *s = settings; s->info.name != NULL; s++)
        if (strcmp(s->info.name, name) == 0)
            return s;
    return NULL;
}

static int unknown(const char *name)
{
    return FAIL(INCLINE_EARG, "%s is no setting; incline train --help lists them", name);
}

/* Does one that is set stand instead of `setting`? */
static bool ruled_out(const struct setting *setting, const struct incline_train_options *options)
{
    for (const struct setting *s = settings; s->info.name != NULL; s++)
        if (s->info.instead_of != NULL && strcmp(s->info.instead_of, setting->info.name) == 0 &&
            !setting_is_zero(s, options))
            return true;
    return false;
}

/* What cannot stand beside a setting that was set now gives way to it. */
static void give_way(const struct setting *now, struct incline_train_options *options)
{
    for (const struct setting *s = settings; s->info.name != NULL; s++)
        if ((now->info.instead_of != NULL && strcmp(now->info.instead_of, s->info.name) == 0) ||
            (s->info.instead_of != NULL && strcmp(s->info.instead_of, now->info.name) == 0))
            setting_clear(s, options);
}

int incline_train_set(struct incline_train_options *options, const char *name, const char *text)
{
    const struct setting *setting = setting_find(name);

    if (setting == NULL)
        return unknown(name);
    const int rc = setting_set(setting, options, text);
    if (rc == INCLINE_OK)
        give_way(setting, options);
    return rc;
}

int incline_train_get(const struct incline_train_options *options, const char *name, char *text,
                      size_t bytes)
{
    const struct setting *setting = setting_find(name);

    if (setting == NULL)
        return unknown(name);
    setting_get(setting, options, text, bytes);
    return INCLINE_OK;
}

void incline_train_defaults(struct incline_train_options *options)
{
    for (const struct setting *s = settings; s->info.name != NULL; s++)
        if (ruled_out(s, options))
            setting_clear(s, options);
        else if (s->info.initial != NULL && setting_is_zero(s, options))
            (void)setting_set(s, options, s->info.initial); /* a test sets each of them */
    options->optimizer = optimizer_filled(&options->optimizer);
    if (options->learning_rate == 0.0f)
        options->learning_rate = optimizer_default_rate(options->optimizer.kind);
}
