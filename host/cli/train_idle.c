/* train_idle.c - words of incline train that would do nothing, since what they act on is not there.
 * What a preset or a file of settings says may do nothing; nobody chose it. */
#include "train_idle.h"

typedef bool (*idle_fn)(const struct incline_train_options *recipe,
                        const struct incline_dataset_info *data);

static bool has_no_hidden(const struct incline_train_options *recipe,
                          const struct incline_dataset_info *data)
{
    (void)data;
    return recipe->no_hidden;
}

static bool is_not_elastic(const struct incline_train_options *recipe,
                           const struct incline_dataset_info *data)
{
    (void)data;
    return recipe->augmentation.elastic_alpha == 0.0f;
}

static bool keeps_its_rate(const struct incline_train_options *recipe,
                           const struct incline_dataset_info *data)
{
    (void)data;
    return recipe->schedule.kind == INCLINE_CONSTANT && recipe->schedule.warmup == 0;
}

/* Other schedules are refused by the library. */
static bool is_short_cosine(const struct incline_train_options *recipe,
                            const struct incline_dataset_info *data)
{
    (void)data;
    return recipe->schedule.kind == INCLINE_COSINE && recipe->schedule.by == INCLINE_BY_EPOCH &&
           recipe->epochs == 1;
}

static bool predicts_numbers(const struct incline_train_options *recipe,
                             const struct incline_dataset_info *data)
{
    return data->classes == 0 && recipe->loss != INCLINE_LOSS_SIGMOID;
}

static bool has_no_accuracy(const struct incline_train_options *recipe,
                            const struct incline_dataset_info *data)
{
    return recipe->best == INCLINE_BEST_ACCURACY && predicts_numbers(recipe, data);
}

static bool predicts_classes(const struct incline_train_options *recipe,
                             const struct incline_dataset_info *data)
{
    return !predicts_numbers(recipe, data);
}

int train_check_idle(const struct train_words *words, const struct incline_train_options *recipe,
                     const incline_dataset *data)
{
    static const struct {
        const char *word;
        idle_fn is_idle;
        const char *because;
    } rows[] = {
        {"dropout", has_no_hidden, "there are no hidden layers"},
        {"normalize", has_no_hidden, "there are no hidden layers"},
        {"activation", has_no_hidden, "there are no hidden layers"},
        {"elastic-sigma", is_not_elastic, "without --elastic-alpha nothing is distorted"},
        {"schedule-by", keeps_its_rate, "without --schedule or --warmup the rate stays as it is"},
        {"schedule", is_short_cosine,
         "the rate changes by epoch (not with --schedule-by step), "
         "and there is only one"},
        {"best-by", has_no_accuracy, "numbers have no accuracy, and are judged by their loss"},
        {"target-scaling", predicts_classes, "only numbers to predict are scaled"},
    };
    struct incline_dataset_info info;

    incline_dataset_describe(data, &info);
    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++)
        if (train_word(words, rows[r].word) != NULL && rows[r].is_idle(recipe, &info))
            return cli_fail("--%s would do nothing: %s; leave it away", rows[r].word,
                            rows[r].because);
    return CLI_DONE;
}
