/* evaluate_copies.h - distorted copies that an evaluation takes the mean over: the options that ask
 * for them, and what is said of them. */
#ifndef INCLINE_CLI_EVALUATE_COPIES_H
#define INCLINE_CLI_EVALUATE_COPIES_H

#include "augment_options.h"

#include <jansson.h>

/* What the command line said. */
struct copies_words {
    uint32_t copies;
    uint64_t seed;
    struct augment_words augment;
};

enum { COPIES_OPTIONS = AUGMENT_OPTIONS_MAX + 2 };

/* Fill rows of a command's table; returns how many. */
size_t copies_option_rows(struct copies_words *words, struct option rows[COPIES_OPTIONS]);

/* From words to options. Where no distortion is named it is that of the run in whose folder the
 * model lies, if that had one, else what --augment stands for. CLI_DONE, or another status with a
 * message. */
int copies_options(const struct copies_words *words, const char *model,
                   struct incline_mean_options *options);

/* What is said of the copies and of the samples as they are, as people and as programs read it. */
void copies_print(const struct incline_mean_options *options,
                  const struct incline_evaluation *plain);
json_t *copies_json(const struct incline_mean_options *options,
                    const struct incline_evaluation *plain);

#endif
