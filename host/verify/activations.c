/* activations.c - the activations that stand behind a layer's product, forward and backward. */
#include "host/util/status.h"
#include "host/verify/verify.h"

int verify_activate(struct incline_device *dev, struct span z, struct span d, size_t count)
{
    int rc = INCLINE_OK;

    for (int which = 0; which < INCLINE_ACTIVATION_COUNT; which++) {
        const enum incline_activation activation = (enum incline_activation)which;
        TRY(dev->ops->activate(dev, &(struct activate){z, d, count, activation}));
        TRY(dev->ops->activate_gradient(dev, &(struct activate_gradient){z, d, count, activation}));
    }
out:
    return rc;
}
