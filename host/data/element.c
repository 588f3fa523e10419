/* element.c - one number as files of arrays hold it: integers and floats, either byte order. */
#include <string.h>

#include "host/data/room.h"
#include "host/util/half.h"

double element_value(const struct element *element, const unsigned char *at)
{
    uint64_t bits = 0;
    float single;
    double number;

    for (unsigned i = 0; i < element->width; i++)
        bits |= (uint64_t)at[i] << 8 * (element->big ? element->width - 1 - i : i);
    switch (element->kind) {
    case 'f':
        if (element->width == 2)
            return half_value((uint16_t)bits);
        if (element->width == 4) {
            const uint32_t low = (uint32_t)bits;
            memcpy(&single, &low, sizeof single);
            return (double)single;
        }
        memcpy(&number, &bits, sizeof number);
        return number;
    case 'i': {
        const unsigned unused = 64 - 8 * element->width;
        const uint64_t top = bits << unused; /* the sign foremost */
        return top >> 63 == 0 ? (double)bits : -(double)((~top + 1) >> unused);
    }
    default:
        return (double)bits;
    }
}
