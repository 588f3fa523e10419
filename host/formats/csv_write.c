/* csv_write.c - every weight and bias as a line of CSV: see model_export.h. */
#include <inttypes.h>

#include "host/formats/model_export.h"
#include "host/util/bytes.h"
#include "host/util/decimal.h"

enum { NUMBER_BYTES = 32, BIAS = -1 };

static void add_line(struct bytes *out, uint32_t layer, uint32_t neuron, long input, float value)
{
    char number[NUMBER_BYTES];
    bytes_print(out, "%" PRIu32 ",%" PRIu32 ",%ld,%s\n", layer, neuron, input,
                decimal_text(value, number, sizeof number));
}

int csv_write(const incline_model *model, const char *path,
              const struct incline_export_options *options, struct incline_export_info *info)
{
    const struct net *const net = &model->net;
    struct bytes out = {0};
    int rc = INCLINE_OK;

    (void)options;
    bytes_print(&out, "layer,neuron,input,value\n");
    for (uint32_t l = 0; l < net->layers; l++) {
        const float *const weights = model->params + net_weight_at(net, l);
        const float *const biases = model->params + net_bias_at(net, l);
        const uint32_t inputs = net->widths[l];
        for (uint32_t n = 0; n < net->widths[l + 1]; n++) {
            add_line(&out, l, n, BIAS, biases[n]);
            for (uint32_t i = 0; i < inputs; i++)
                add_line(&out, l, n, (long)i, weights[(size_t)n * inputs + i]);
        }
    }
    TRY(bytes_write(&out, path));
    info->bytes = out.count;
out:
    bytes_clear(&out);
    return rc;
}
