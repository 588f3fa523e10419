/* method.c - what whole steps at once can do. */
#include "host/net/method.h"

#include <stddef.h>

#include "host/backend/augmentation.h"
#include "host/net/noise.h"
#include "host/net/optimizer.h"

bool method_is_plain(const struct method *method)
{
    return method == NULL ||
           (optimizer_is_plain(&method->optimizer) && loss_is_plain(&method->loss) &&
            !augment_is_on(&method->augmentation) && noise_is_none(&method->noise) &&
            method->deskew == 0);
}
