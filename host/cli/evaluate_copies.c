/* evaluate_copies.c - which distorted copies an evaluation takes the mean over. */
#include "evaluate_copies.h"
#include "json.h"
#include "text.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { COPIES_MAX = 10000, WORDS_BYTES = 512, PATH_BYTES = 4096 };

size_t copies_option_rows(struct copies_words *words, struct option rows[COPIES_OPTIONS])
{
    size_t count = 0;

    rows[count++] = (struct option){.name = "augment-copies",
                                    .argument = "N",
                                    .kind = OPTION_UINT32,
                                    .target = &words->copies,
                                    .minimum = 1,
                                    .maximum = COPIES_MAX,
                                    .help = "mean over each image and N distorted copies of it"};
    rows[count++] = (struct option){.name = "seed",
                                    .argument = "S",
                                    .kind = OPTION_UINT64,
                                    .target = &words->seed,
                                    .minimum = 1,
                                    .maximum = OPTION_WHOLE_MAX,
                                    .help = "of their distortion [1]"};
    return count + augment_option_rows(&words->augment, rows + count);
}

/* The distortion of the run that a model lies in the folder of; *how stays where there is none. */
static void find_run(const char *model, struct incline_augmentation *how)
{
    struct incline_train_options train = {0};
    const char *slash = strrchr(model, '/');
    char folder[PATH_BYTES], path[PATH_BYTES];

    snprintf(folder, sizeof folder, "%.*s", slash != NULL ? (int)(slash - model + 1) : 1,
             slash != NULL ? model : ".");
    if ((cli_in_folder(model, "config.json", path, sizeof path) ||
         cli_in_folder(folder, "config.json", path, sizeof path)) &&
        incline_train_config(path, &train, NULL) == INCLINE_OK)
        *how = train.augmentation;
}

static bool is_on(const struct incline_augmentation *how)
{
    char words[WORDS_BYTES];
    return augment_say(how, words, sizeof words)[0] != '\0';
}

int copies_options(const struct copies_words *words, const char *model,
                   struct incline_mean_options *options)
{
    struct incline_mean_options made = {.copies = words->copies, .seed = words->seed};
    int status = CLI_DONE;

    if (made.copies == 0 && (augment_given(&words->augment) || words->seed > 0))
        return cli_usage("distortions are of copies; say how many with --augment-copies");
    if (made.copies > 0 && !augment_given(&words->augment)) {
        find_run(model, &made.augmentation);
        if (!is_on(&made.augmentation))
            TRY(augment_usual(&made.augmentation));
    }
    TRY(augment_options(&words->augment, &made.augmentation));
    *options = made;
out:
    return status;
}

void copies_print(const struct incline_mean_options *options,
                  const struct incline_evaluation *plain)
{
    char words[WORDS_BYTES];

    if (options->copies == 0)
        return;
    printf("mean of   each image and %s distorted copies: %s\n", text_count(options->copies).s,
           augment_say(&options->augmentation, words, sizeof words));
    if (isnan(plain->accuracy))
        printf("without   R2 %s\n", text_r2(plain->r2).s);
    else
        printf("without   %s  (%s of %s)\n", text_percent(plain->accuracy).s,
               text_count(plain->correct).s, text_count(plain->rows).s);
}

json_t *copies_json(const struct incline_mean_options *options,
                    const struct incline_evaluation *plain)
{
    char words[WORDS_BYTES];

    if (options->copies == 0)
        return json_null();
    return json_pack("{s:o, s:o, s:s, s:o}", "count", json_count(options->copies), "seed",
                     json_count(options->seed > 0 ? options->seed : 1), "distortion",
                     augment_say(&options->augmentation, words, sizeof words), "without",
                     json_evaluation(plain));
}
