/* activations.h - what each activation computes, for formats that must recognise or spell it. */
#ifndef INCLINE_FORMATS_ACTIVATIONS_H
#define INCLINE_FORMATS_ACTIVATIONS_H

#include "incline.h"

/* The activation of z, in double, by the formulas in incline.h; NaN for one that is not known. */
double activation_value(enum incline_activation activation, double z);

/* The same as an expression of C99 in the float v; NULL for the linear one and unknown ones. */
const char *activation_in_c(enum incline_activation activation);

#endif
