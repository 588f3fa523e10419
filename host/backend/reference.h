/* reference.h - the reference's memory, for check.c, which compares with it in place. */
#ifndef INCLINE_BACKEND_REFERENCE_H
#define INCLINE_BACKEND_REFERENCE_H

#include "host/backend/backend.h"

/* The elements of a span of the reference's, `element` wide each. */
void *reference_data(struct span span, enum element element);

#endif
