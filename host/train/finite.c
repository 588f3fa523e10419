/* finite.c - what to say of a run whose numbers are no longer finite. */
#include "host/train/finite.h"

#include <math.h>
#include <stdio.h>

#include "host/util/status.h"

enum { PLACE_BYTES = 96 };

/* Where the first parameter lies that is not finite; false if all are. */
static bool find(const struct net *net, const float *params, char place[PLACE_BYTES])
{
    static const char *const norms[NET_NORMS] = {[NET_GAIN] = "gain",
                                                 [NET_SHIFT] = "shift",
                                                 [NET_MEAN] = "running mean",
                                                 [NET_VARIANCE] = "running variance"};
    size_t at = 0;

    while (at < net->param_count && isfinite(params[at]))
        at++;
    snprintf(place, PLACE_BYTES, "parameter %zu", at);
    for (uint32_t l = 0; l < net->layers; l++) {
        const size_t weight = net_weight_at(net, l), bias = net_bias_at(net, l);
        const uint32_t inputs = net->widths[l], outputs = net->widths[l + 1];
        if (at >= weight && at - weight < (size_t)inputs * outputs)
            snprintf(place, PLACE_BYTES, "weight [%zu, %zu] of layer %u (%u x %u)",
                     (at - weight) / inputs, (at - weight) % inputs, l, outputs, inputs);
        else if (at >= bias && at - bias < outputs)
            snprintf(place, PLACE_BYTES, "bias %zu of layer %u (%u x %u)", at - bias, l, outputs,
                     inputs);
    }
    for (uint32_t l = 0; net_normalizes(net, l); l++)
        for (uint32_t which = 0; which < net_norms(net); which++) {
            const size_t norm = net_norm_at(net, l, (enum net_norm)which);
            if (at >= norm && at - norm < net->widths[l + 1])
                snprintf(place, PLACE_BYTES, "%s %zu of the normalisation of layer %u",
                         norms[which], at - norm, l);
        }
    return at < net->param_count;
}

enum { ADVICE_BYTES = 128 };

/* Noise that drowns inputs is to blame before the rate is. */
static const char *advice(const struct incline_train_options *options, char text[ADVICE_BYTES])
{
    const double noise = (double)options->noise.input_noise;

    if (noise > 1.0)
        snprintf(text, ADVICE_BYTES, "less input noise than %g, or a smaller learning rate", noise);
    else
        snprintf(text, ADVICE_BYTES, "a smaller learning rate than %g, or a warm-up",
                 (double)options->learning_rate);
    return text;
}

static const char *stays(bool saved)
{
    return saved ? "; the last checkpoint stays" : "";
}

int finite_params(const struct net *net, const float *params, const struct run *run, uint64_t step,
                  bool saved)
{
    char place[PLACE_BYTES], text[ADVICE_BYTES];

    if (!find(net, params, place))
        return INCLINE_OK;
    return FAIL(INCLINE_EDIVERGED, "%s is not finite after step %llu; take %s%s", place,
                (unsigned long long)step, advice(&run->options, text), stays(saved));
}

int finite_loss(double loss, const struct net *net, const float *params, const struct run *run,
                uint64_t step, bool saved)
{
    char place[PLACE_BYTES], text[ADVICE_BYTES];

    if (isfinite(loss))
        return INCLINE_OK;
    const bool found = find(net, params, place);
    return FAIL(INCLINE_EDIVERGED,
                "the loss of epoch %llu is not finite, after step %llu%s%s; take %s%s",
                (unsigned long long)((step - 1) / run_epoch_steps(run) + 1),
                (unsigned long long)step, found ? ", and so is " : ", though all weights are",
                found ? place : "", advice(&run->options, text), stays(saved));
}
