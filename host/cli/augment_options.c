/* augment_options.c - from the words of the command line to a way of distorting images. */
#include "augment_options.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define USUAL_PRESET "simard"

/* The first setting of augmentation at or after *index, which moves to it; NULL if none follows. */
static const struct incline_setting *next_setting(size_t *index)
{
    static const char group[] = "Augmentation of images";
    const struct incline_setting *setting;

    while ((setting = incline_train_setting(*index)) != NULL &&
           (setting->group == NULL || strncmp(setting->group, group, sizeof group - 1) != 0))
        ++*index;
    return setting;
}

size_t augment_option_rows(struct augment_words *words, struct option rows[AUGMENT_OPTIONS_MAX])
{
    const struct incline_setting *setting;
    size_t count = 0;

    rows[count++] = (struct option){.name = "augment",
                                    .group = "Distortion of images, as in training",
                                    .kind = OPTION_FLAG,
                                    .target = &words->usual,
                                    .help = "as the preset " USUAL_PRESET " does"};
    for (size_t s = 0; (setting = next_setting(&s)) != NULL; s++) {
        assert(count < AUGMENT_OPTIONS_MAX);
        rows[count] = (struct option){.name = setting->name,
                                      .argument = setting->argument,
                                      .help = setting->help,
                                      .kind = OPTION_SETTING,
                                      .setting = setting,
                                      .target = &words->settings[count - 1]};
        count++;
    }
    return count;
}

bool augment_given(const struct augment_words *words)
{
    bool given = words->usual;
    for (size_t s = 0; s < AUGMENT_SETTINGS_MAX; s++)
        given = given || words->settings[s] != NULL;
    return given;
}

const char *augment_say(const struct incline_augmentation *how, char *text, size_t bytes)
{
    const struct incline_train_options train = {.augmentation = *how};
    const struct incline_setting *setting;
    char value[64];
    size_t used = 0;

    text[0] = '\0';
    for (size_t s = 0; (setting = next_setting(&s)) != NULL && used < bytes; s++)
        if (incline_train_get(&train, setting->name, value, sizeof value) == INCLINE_OK &&
            value[0] != '\0' && strcmp(value, "0") != 0)
            used += (size_t)snprintf(text + used, bytes - used, "%s--%s %s", used > 0 ? " " : "",
                                     setting->name, value);
    return text;
}

int augment_usual(struct incline_augmentation *how)
{
    struct incline_train_options preset = {0};
    const int status = cli_check(incline_train_preset(USUAL_PRESET, &preset));

    if (status == CLI_DONE)
        *how = preset.augmentation;
    return status;
}

int augment_options(const struct augment_words *words, struct incline_augmentation *how)
{
    struct incline_train_options train = {.augmentation = *how};
    const struct incline_setting *setting;
    size_t row = 0;
    int status = CLI_DONE;

    if (words->usual)
        TRY(augment_usual(&train.augmentation));
    for (size_t s = 0; (setting = next_setting(&s)) != NULL; s++, row++)
        if (words->settings[row] != NULL)
            TRY(cli_check(incline_train_set(&train, setting->name, words->settings[row])));
    *how = train.augmentation;
out:
    return status;
}
