/* noise.c - dropout and noise: several rates, steps and places in a stream. */
#include "host/util/rng.h"
#include "host/util/status.h"
#include "host/verify/verify.h"

int verify_noise(struct incline_device *dev, struct span x, size_t count)
{
    static const float rates[] = {0.2f, 0.5f};
    int rc = INCLINE_OK;

    for (uint32_t i = 0; i < sizeof rates / sizeof rates[0]; i++) {
        const struct draws draws = {.seed = UINT64_C(0x123456789abcdef0) + i,
                                    .stream = RNG_STREAM(RNG_TEST, 7 + i),
                                    .step = 3 * i,
                                    .first = (uint64_t)i * DRAWS_ALIGNMENT * 5};
        TRY(dev->ops->dropout(dev, &(struct dropout){x, count, rates[i], draws}));
        TRY(dev->ops->add_noise(dev, &(struct add_noise){x, count, rates[i], draws}));
    }
out:
    return rc;
}
