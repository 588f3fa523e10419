/* reference.h - what the reference's files share, and its memory for check.c, which compares with
 * it in place. */
#ifndef INCLINE_BACKEND_REFERENCE_H
#define INCLINE_BACKEND_REFERENCE_H

#include "host/backend/backend.h"

/* The elements of a span of the reference's, `element` wide each. */
void *reference_data(struct span span, enum element element);

/* reference_peak.c: the door's measure_peak(). */
int reference_measure_peak(struct incline_device *dev, double *flops, double *bytes);

#endif
