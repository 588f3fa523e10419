/* augment_options.h - the options that say how images are distorted, for commands other than
 * train: the same ones, taken from its settings. */
#ifndef INCLINE_CLI_AUGMENT_OPTIONS_H
#define INCLINE_CLI_AUGMENT_OPTIONS_H

#include "options.h"

enum { AUGMENT_SETTINGS_MAX = 12, AUGMENT_OPTIONS_MAX = AUGMENT_SETTINGS_MAX + 1 };

/* What the command line said. */
struct augment_words {
    bool usual;
    const char *settings[AUGMENT_SETTINGS_MAX];
};

/* Fill rows of a command's table, --augment first; returns how many. */
size_t augment_option_rows(struct augment_words *words, struct option rows[AUGMENT_OPTIONS_MAX]);

/* True if one of them was given. */
bool augment_given(const struct augment_words *words);

/* What is not zero, as options say it, into text[bytes]: "--rotate 10 --scale 0.1", "" for nothing.
 * Returns text. */
const char *augment_say(const struct incline_augmentation *how, char *text, size_t bytes);

/* What --augment stands for: the distortions of the preset simard. */
int augment_usual(struct incline_augmentation *how);

/* From words to numbers: what *how holds, or with --augment the usual, and over it what else is
 * said. CLI_DONE, or another status with a message. */
int augment_options(const struct augment_words *words, struct incline_augmentation *how);

#endif
