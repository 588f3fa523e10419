/* presets.c - named recipes, in the words of the settings: a table, and who reads it. */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "host/util/status.h"
#include "incline.h"

static const struct {
    const char *name, *help;
    const char *settings; /* "name=value name=value" */
} presets[] = {
    {"notebook", "full batch, 500 steps, uniform weights",
     "hidden=10 init-weights=uniform steps=500 batch-size=full learning-rate=0.1 validation=0"},
    {"tiny", "784-10-10 at its best, deskewed images",
     "hidden=10 activation=gelu-tanh optimizer=adam learning-rate=0.007 schedule=cosine "
     "batch-size=128 epochs=200 deskew=yes elastic-alpha=5 dropout-input=0.05 validation=0.05"},
    {"quick", "MNIST to 98 % in seconds: 784-256-10",
     "hidden=256 learning-rate=0.4 schedule=cosine batch-size=32 epochs=5 validation=0"},
    {"dropout", "three layers of 1024, dropout, max-norm",
     "hidden=1024,1024,1024 dropout=0.5 dropout-input=0.2 max-norm=3 optimizer=adam "
     "learning-rate=0.0007 schedule=cosine batch-size=256 epochs=100 validation=0"},
    {"simard", "784-800-10, distorted images (Simard 2003)",
     "hidden=800 optimizer=adam learning-rate=0.001 schedule=cosine batch-size=128 "
     "epochs=100 elastic-alpha=34 elastic-sigma=5 rotate=10 scale=0.1 shear=0.1"},
    {"ciresan", "784-2500-...-10, distorted (Ciresan 2010)",
     "hidden=2500,2000,1500,1000,500 normalize=batch optimizer=adam learning-rate=0.001 "
     "schedule=cosine batch-size=256 epochs=50 validation=0 elastic-alpha=38 elastic-sigma=6 "
     "rotate=10 scale=0.1 shear=0.1"},
    {"tabular", "for tables: 100 neurons, adam, early stopping",
     "hidden=100 optimizer=adam learning-rate=0.002 l2=0.01 ema=0.98 epochs=300 best-by=loss "
     "patience=40"},
};
enum { PRESETS = sizeof presets / sizeof presets[0] };
enum { WORD_BYTES = 64 };

const char *incline_train_preset_name(size_t index, const char **help)
{
    if (index >= PRESETS)
        return NULL;
    if (help != NULL)
        *help = presets[index].help;
    return presets[index].name;
}

/* Set what the words of a recipe say. */
static int apply(const char *words, struct incline_train_options *options)
{
    struct incline_train_options made = {0};
    int rc = INCLINE_OK;

    for (; *words != '\0' && rc == INCLINE_OK; words += strspn(words, " ")) {
        char word[WORD_BYTES];
        const size_t bytes = strcspn(words, " "), name = strcspn(words, "=");
        assert(name < bytes && bytes < sizeof word);
        memcpy(word, words, bytes);
        word[bytes] = word[name] = '\0';
        rc = incline_train_set(&made, word, word + name + 1);
        words += bytes;
    }
    if (rc == INCLINE_OK)
        *options = made;
    return rc;
}

int incline_train_preset(const char *name, struct incline_train_options *options)
{
    char names[256] = "";
    size_t used = 0;

    for (size_t p = 0; p < PRESETS; p++) {
        if (strcmp(presets[p].name, name) == 0)
            return apply(presets[p].settings, options);
        if (used < sizeof names)
            used += (size_t)snprintf(names + used, sizeof names - used, p == 0 ? "%s" : ", %s",
                                     presets[p].name);
    }
    return FAIL(INCLINE_EARG, "no preset \"%s\"; there is: %s", name, names);
}
