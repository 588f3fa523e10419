/* data_split.c - incline data split: a data set in a part to train on and one to test. */
#include "data.h"
#include "data_options.h"
#include "json.h"
#include "text.h"

#include <stdio.h>
#include <string.h>

struct split_words {
    const char *data, *output;
    double test, validation;
    uint64_t seed;
    bool json;
    struct data_words table;
};

static void print_part(const char *what, const char *file, uint32_t samples)
{
    if (samples > 0)
        printf("%-10s  %9s samples  %s\n", what, text_count(samples).s, file);
}

static int split(const struct split_words *words)
{
    struct incline_data_options options;
    struct incline_split_info info;
    const struct incline_split_options how = {.output = words->output,
                                              .test = (float)words->test,
                                              .validation = (float)words->validation,
                                              .seed = words->seed};
    int status = CLI_DONE;

    TRY(data_options(&words->table, NULL, &options));
    TRY(cli_check(incline_data_split(words->data, &options, &how, &info)));
    if (info.lost[0] != '\0')
        cli_note("%s: the files of the parts have no place for %s", words->data, info.lost);
    if (words->json)
        return json_print(
            json_pack("{s:o, s:o, s:o, s:b, s:o, s:o, s:o, s:o}", "train", json_count(info.train),
                      "validation", json_count(info.validation), "test", json_count(info.test),
                      "stratified", info.stratified, "train_file", json_text(info.train_file),
                      "validation_file",
                      info.validation > 0 ? json_text(info.validation_file) : json_null(),
                      "test_file", json_text(info.test_file), "lost", json_text(info.lost)),
            false);
    print_part("train", info.train_file, info.train);
    print_part("validation", info.validation_file, info.validation);
    print_part("test", info.test_file, info.test);
    puts(info.stratified ? "of each class its share" : "at random: the samples have no classes");
out:
    return status;
}

static int run(const struct command *command, int argc, char **argv)
{
    struct split_words words = {.data = NULL};
    struct option options[] = {
        {.name = "output",
         .argument = "DIR",
         .kind = OPTION_TEXT,
         .target = &words.output,
         .help = "folder for the parts"},
        {.name = "test",
         .argument = "P",
         .kind = OPTION_REAL,
         .target = &words.test,
         .minimum = 1e-6,
         .maximum = 0.999999,
         .help = "part of the samples to test [0.2]"},
        {.name = "validation",
         .argument = "P",
         .kind = OPTION_REAL,
         .target = &words.validation,
         .minimum = 0,
         .maximum = 0.999999,
         .help = "a third part [0: none]"},
        {.name = "seed",
         .argument = "N",
         .kind = OPTION_UINT64,
         .target = &words.seed,
         .minimum = 1,
         .maximum = OPTION_WHOLE_MAX,
         .help = "which samples [1]"},
        OPTION_JSON_ROW(&words.json),
        DATA_OPTION_ROWS(&words.table),
        {.name = NULL},
    };
    size_t operands;
    int status;

    if (!options_parse(command, options, argc, argv, &operands, &status))
        return status;
    words.data = argv[0];
    if (words.output == NULL)
        return cli_usage("--output DIR says where the parts are to stand");
    return split(&words);
}

const struct command data_split_command = {
    .name = "data split",
    .operands = "DATA",
    .summary = "Split a data set into parts to train on and to test",
    .details = "  DATA  a file, a folder, or digits:6000; of a set that has two parts, that\n"
               "        to train on\n"
               "\n"
               "Of each class each part gets its share; the same seed gives the same parts.\n"
               "Lines of a table are copied as they are, the header to each part; images become\n"
               "IDX files. A file that is there is never replaced.\n" DATA_DETAILS,
    .examples = "  incline data split iris.csv --output iris\n"
                "  incline train iris\n"
                "  incline data split table.tsv.gz --test 0.1 --validation 0.1 --output parts\n",
    .least = 1,
    .most = 1,
    .run = run,
};
