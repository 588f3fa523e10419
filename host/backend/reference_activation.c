/* reference_activation.c - activations behind a linear layer, element by element, in double. */
#include "host/backend/activation.h"
#include "host/backend/reference.h"

int reference_activate(struct incline_device *dev, const struct activate *args)
{
    (void)dev;
    const float *z = reference_data(args->z, ELEMENT_F32);
    float *a = reference_data(args->a, ELEMENT_F32);

    for (size_t i = 0; i < args->count; i++)
        a[i] = (float)activation_value(args->activation, (double)z[i]);
    return INCLINE_OK;
}

int reference_activate_gradient(struct incline_device *dev, const struct activate_gradient *args)
{
    (void)dev;
    const float *z = reference_data(args->z, ELEMENT_F32);
    float *d = reference_data(args->d, ELEMENT_F32);

    for (size_t i = 0; i < args->count; i++)
        d[i] = (float)((double)d[i] * activation_derivative(args->activation, (double)z[i]));
    return INCLINE_OK;
}
