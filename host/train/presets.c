/* presets.c - named recipes: a table, and nothing else. */
#include <stdio.h>
#include <string.h>

#include "host/util/status.h"
#include "incline.h"

static const struct {
    const char *name, *help;
    struct incline_train_options options;
} presets[] = {
    {"notebook",
     "full batch, 500 steps, uniform weights",
     {.hidden = {10},
      .hidden_count = 1,
      .init = INCLINE_INIT_UNIFORM,
      .steps = 500,
      .batch = INCLINE_BATCH_FULL,
      .validation = INCLINE_NONE,
      .learning_rate = 0.1f}},
};
enum { PRESETS = sizeof presets / sizeof presets[0] };

const char *incline_train_preset_name(size_t index, const char **help)
{
    if (index >= PRESETS)
        return NULL;
    if (help != NULL)
        *help = presets[index].help;
    return presets[index].name;
}

int incline_train_preset(const char *name, struct incline_train_options *options)
{
    char names[256] = "";
    size_t used = 0;

    for (size_t p = 0; p < PRESETS; p++) {
        if (strcmp(presets[p].name, name) == 0) {
            *options = presets[p].options;
            return INCLINE_OK;
        }
        if (used < sizeof names)
            used += (size_t)snprintf(names + used, sizeof names - used, p == 0 ? "%s" : ", %s",
                                     presets[p].name);
    }
    return FAIL(INCLINE_EARG, "no preset \"%s\"; there is: %s", name, names);
}
