/* interrupt.h - Ctrl-C during training, or a terminal that hangs up: the first signal asks for a
 * stop, one that comes a second later or more ends at once; and where there is nothing to save. */
#ifndef INCLINE_CLI_INTERRUPT_H
#define INCLINE_CLI_INTERRUPT_H

#include "incline.h"

/* From now on SIGINT, SIGTERM and SIGHUP stop `trainer`, which outlives interrupt_end(). NULL: who
 * began asks interrupt_caught() often and stops what runs. */
void interrupt_begin(incline_trainer *trainer);

/* The number of the signal that came, 0 so far. */
int interrupt_caught(void);

/* From now on they end the program at once, with `words` said; `words` outlives it. */
void interrupt_quit(const char *words);

/* Give the signals back. Returns the number of the one that came, 0 if none did. */
int interrupt_end(void);

#endif
