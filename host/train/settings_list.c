/* settings_list.c - the settings that are lists: widths of layers, weights of classes. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "host/train/settings.h"
#include "host/util/decimal.h"
#include "host/util/status.h"

/* ---- hidden layers ---- */

/* The number of an activation by its name[length], or -1. */
static int find_activation(const char *name, size_t length)
{
    for (int a = 0; a < INCLINE_ACTIVATION_COUNT; a++) {
        const char *text = incline_activation_text((enum incline_activation)a);
        if (strlen(text) == length && strncmp(text, name, length) == 0)
            return a;
    }
    return -1;
}

int setting_set_hidden(const struct setting *s, struct incline_train_options *options,
                       const char *text)
{
    struct incline_train_options read = {.no_hidden = strcmp(text, "none") == 0};

    for (const char *at = text; !read.no_hidden; at++) {
        const size_t length = strcspn(at, ","), digits = strcspn(at, ",:");
        const int activation =
            digits < length ? find_activation(at + digits + 1, length - digits - 1) : -1;
        uint64_t width;
        if (!decimal_whole(at, digits, &width) || (double)width < s->least ||
            (double)width > s->most)
            return FAIL(INCLINE_EARG,
                        "%s wants widths from %.16g to %.16g, as in \"128,64\", or \"none\"; not "
                        "\"%s\"",
                        s->info.name, s->least, s->most, text);
        if (read.hidden_count == INCLINE_HIDDEN_MAX)
            return FAIL(INCLINE_EARG, "%s takes at most %d layers", s->info.name,
                        INCLINE_HIDDEN_MAX);
        if (digits < length && activation < 0)
            return FAIL(INCLINE_EARG, "%s wants an activation behind ':', not \"%.*s\"",
                        s->info.name, (int)(length - digits - 1), at + digits + 1);
        read.hidden_activation[read.hidden_count] = (uint8_t)(activation + 1);
        read.hidden[read.hidden_count++] = (uint32_t)width;
        at += length;
        if (*at == '\0')
            break;
    }
    memcpy(options->hidden, read.hidden, sizeof options->hidden);
    memcpy(options->hidden_activation, read.hidden_activation, sizeof options->hidden_activation);
    options->hidden_count = read.hidden_count;
    options->no_hidden = read.no_hidden;
    return INCLINE_OK;
}

void setting_get_hidden(const struct incline_train_options *options, char *text, size_t bytes)
{
    size_t used = 0;

    if (options->no_hidden)
        snprintf(text, bytes, "none");
    for (size_t l = 0; l < options->hidden_count && used < bytes; l++) {
        const int activation = options->hidden_activation[l] - 1;
        used += (size_t)snprintf(
            text + used, bytes - used, "%s%" PRIu32 "%s%s", l == 0 ? "" : ",", options->hidden[l],
            activation < 0 ? "" : ":",
            activation < 0 ? "" : incline_activation_text((enum incline_activation)activation));
    }
}

int setting_check_hidden(const struct incline_train_options *options)
{
    if (options->hidden_count > 0 && options->no_hidden)
        return FAIL(INCLINE_EARG, "hidden layers are both given and ruled out");
    if (options->hidden_count > INCLINE_HIDDEN_MAX)
        return FAIL(INCLINE_EARG, "%zu hidden layers; a network that is trained has at most %d",
                    options->hidden_count, INCLINE_HIDDEN_MAX);
    for (size_t l = 0; l < options->hidden_count; l++)
        if (options->hidden_activation[l] > INCLINE_ACTIVATION_COUNT)
            return FAIL(INCLINE_EARG, "activation %d of hidden layer %zu is not known",
                        options->hidden_activation[l] - 1, l + 1);
    return INCLINE_OK;
}

/* ---- weights of classes ---- */

static const char *weights_text(enum incline_class_weights weights)
{
    static const char *const names[] = {
        [INCLINE_WEIGHTS_EQUAL] = "equal",
        [INCLINE_WEIGHTS_BALANCED] = "balanced",
    };
    return (size_t)weights < sizeof names / sizeof names[0] ? names[weights] : NULL;
}

static int set_weight_list(const struct setting *s, struct incline_train_options *options,
                           const char *text)
{
    char number[64];
    double weight;

    for (const char *at = text;; at++) {
        const size_t length = strcspn(at, ",");
        if (options->class_weight_count == INCLINE_CLASS_WEIGHTS_MAX)
            return FAIL(INCLINE_EARG, "%s takes at most %d numbers", s->info.name,
                        INCLINE_CLASS_WEIGHTS_MAX);
        snprintf(number, sizeof number, "%.*s", length < sizeof number ? (int)length : 0, at);
        if (!decimal_real(number, &weight))
            return FAIL(INCLINE_EARG,
                        "%s is equal, balanced, or a number for each class, as in \"1,2,0.5\"; not "
                        "\"%s\"",
                        s->info.name, text);
        if (!(weight >= s->least && weight <= s->most))
            return FAIL(INCLINE_EARG, "%s: %s is no weight; each lies between %g and %g",
                        s->info.name, number, s->least, s->most);
        options->class_weight[options->class_weight_count++] = (float)weight;
        at += length;
        if (*at == '\0')
            return INCLINE_OK;
    }
}

int setting_set_weights(const struct setting *s, struct incline_train_options *options,
                        const char *text)
{
    struct incline_train_options read = {.class_weight_count = 0};
    int rc = INCLINE_OK;

    if (strcmp(text, weights_text(INCLINE_WEIGHTS_BALANCED)) == 0)
        read.class_weights = INCLINE_WEIGHTS_BALANCED;
    else if (strcmp(text, weights_text(INCLINE_WEIGHTS_EQUAL)) != 0)
        TRY(set_weight_list(s, &read, text));
    TRY(setting_check_weights(s, &read));
    options->class_weights = read.class_weights;
    options->class_weight_count = read.class_weight_count;
    memcpy(options->class_weight, read.class_weight, sizeof options->class_weight);
out:
    return rc;
}

void setting_get_weights(const struct incline_train_options *options, char *text, size_t bytes)
{
    size_t used = 0;

    if (options->class_weight_count == 0)
        snprintf(text, bytes, "%s", weights_text(options->class_weights));
    for (size_t c = 0; c < options->class_weight_count && used < bytes; c++) {
        char number[32];
        decimal_text(options->class_weight[c], number, sizeof number);
        used += (size_t)snprintf(text + used, bytes - used, "%s%s", c == 0 ? "" : ",", number);
    }
}

int setting_check_weights(const struct setting *s, const struct incline_train_options *options)
{
    const size_t count = options->class_weight_count;
    bool all_zero = true;

    if (weights_text(options->class_weights) == NULL)
        return FAIL(INCLINE_EARG, "%s %d is not known; incline.h lists what there is", s->info.name,
                    (int)options->class_weights);
    if (count > INCLINE_CLASS_WEIGHTS_MAX)
        return FAIL(INCLINE_EARG, "%zu class weights; at most %d can be given", count,
                    INCLINE_CLASS_WEIGHTS_MAX);
    if (count > 0 && options->class_weights != INCLINE_WEIGHTS_EQUAL)
        return FAIL(INCLINE_EARG, "class weights are both given and %s",
                    weights_text(options->class_weights));
    for (size_t c = 0; c < count; c++) {
        const double weight = (double)options->class_weight[c];
        if (!(weight >= s->least && weight <= s->most))
            return FAIL(INCLINE_EARG,
                        "%s: %g of class %zu is no weight; each lies between %g and "
                        "%g",
                        s->info.name, weight, c, s->least, s->most);
        all_zero = all_zero && weight == 0.0;
    }
    if (count > 0 && all_zero)
        return FAIL(INCLINE_EARG,
                    "%s: all %zu are 0, so that no sample would count; give one more "
                    "than 0",
                    s->info.name, count);
    return INCLINE_OK;
}
