/* interrupt.h - Ctrl-C during training: the first asks for a stop, the second ends at once. */
#ifndef INCLINE_CLI_INTERRUPT_H
#define INCLINE_CLI_INTERRUPT_H

#include "incline.h"

/* From now on SIGINT and SIGTERM stop `trainer`, which outlives interrupt_end(). */
void interrupt_begin(incline_trainer *trainer);

/* Give the signals back. Returns the number of the one that came, 0 if none did. */
int interrupt_end(void);

#endif
