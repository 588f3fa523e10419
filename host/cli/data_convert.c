/* data_convert.c - incline data convert: a data set in another format. */
#include "data.h"
#include "data_options.h"
#include "json.h"
#include "text.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

struct convert_words {
    const char *data, *to;
    int split;
    bool json;
    struct data_words table;
};

/* Say what was written. */
static int tell(const struct incline_save_info *saved, bool json)
{
    if (saved->lost[0] != '\0')
        cli_note("%s: %s has no place for %s", saved->file, saved->format, saved->lost);
    if (json)
        return json_print(
            json_pack("{s:o, s:o, s:s, s:o, s:o, s:o}", "file", json_text(saved->file), "labels",
                      saved->labels[0] != '\0' ? json_text(saved->labels) : json_null(), "format",
                      saved->format, "samples", json_count(saved->samples), "bytes",
                      json_count(saved->bytes), "lost", json_text(saved->lost)),
            true);
    printf("%s: %s, %s samples, %s\n", saved->file, saved->format, text_count(saved->samples).s,
           text_bytes(saved->bytes).s);
    if (saved->labels[0] != '\0')
        printf("%s: their labels\n", saved->labels);
    return CLI_DONE;
}

/* True of standard input, and of a pipe that has a name. */
static bool reads_once(const char *name)
{
    struct stat about;
    return strcmp(name, "-") == 0 || (stat(name, &about) == 0 && S_ISFIFO(about.st_mode));
}

/* Both parts of a set, the test part where there is one. */
static int convert_parts(const struct convert_words *words)
{
    incline_dataset *train = NULL, *test = NULL;
    struct incline_data_options options;
    struct incline_dataset_info info;
    struct incline_save_info saved[2];
    int status = CLI_DONE;

    TRY(data_options(&words->table, NULL, &options));
    TRY(cli_check(incline_dataset_open_with(words->data, INCLINE_TRAIN, &options, &train)));
    incline_dataset_describe(train, &info);
    if (info.two_parts && reads_once(words->data)) {
        status = cli_usage("%s has two parts and is read once; choose one with --split and a file "
                           "to write, or name the archive",
                           info.name);
        goto out;
    }
    TRY(data_options(&words->table, incline_dataset_columns(train), &options));
    const int rc = info.undivided || (cli_is_file(words->data) && !info.two_parts)
                       ? INCLINE_ENODATA
                       : incline_dataset_open_with(words->data, INCLINE_TEST, &options, &test);
    if (rc != INCLINE_OK && rc != INCLINE_ENODATA)
        TRY(cli_check(rc));
    TRY(cli_check(incline_dataset_save_parts(train, test, words->to, saved)));
    for (int part = 0; part < 2 && status == CLI_DONE; part++)
        if (saved[part].format != NULL)
            status = tell(&saved[part], words->json);
out:
    incline_dataset_close(test);
    incline_dataset_close(train);
    return status;
}

static int convert_part(const struct convert_words *words)
{
    incline_dataset *data = NULL;
    struct incline_data_options options;
    struct incline_save_info saved;
    int status = CLI_DONE;

    TRY(data_options(&words->table, NULL, &options));
    TRY(cli_check(
        incline_dataset_open_with(words->data, (enum incline_split)words->split, &options, &data)));
    const char *const part = cli_part(words->data, data, words->split);
    if (strcmp(part, "all") == 0 && words->split == INCLINE_TEST) {
        status = cli_usage("%s has no parts, so no test part; leave --split out", words->data);
        goto out;
    }
    TRY(cli_check(incline_dataset_save(data, words->to, &saved)));
    if (strcmp(part, "all") != 0)
        cli_note("%s: that is its %s part", words->data, part);
    status = tell(&saved, words->json);
out:
    incline_dataset_close(data);
    return status;
}

static int run(const struct command *command, int argc, char **argv)
{
    struct convert_words words = {.split = INCLINE_TRAIN};
    struct option options[] = {
        {.name = "to",
         .argument = "FILE",
         .kind = OPTION_TEXT,
         .target = &words.to,
         .help = "file to write; a folder, \"DIR/\", and .npz get both parts"},
        {.name = "split",
         .argument = "PART",
         .kind = OPTION_CHOICE,
         .target = &words.split,
         .choices = option_split,
         .help = "train or test part alone [train; of .npz both]"},
        OPTION_JSON_ROW(&words.json),
        DATA_OPTION_ROWS(&words.table),
        {.name = NULL},
    };
    size_t operands;
    int status;

    if (!options_parse(command, options, argc, argv, &operands, &status))
        return status;
    words.data = argv[0];
    if (words.to == NULL)
        return cli_usage("--to FILE says what to write, and by its ending in which format");
    const bool chosen = options_given(options, "split");
    if (chosen && words.to[0] != '\0' && words.to[strlen(words.to) - 1] == '/')
        return cli_usage("--split %s: a folder gets both parts; name a file",
                         option_split[words.split].name);
    return incline_save_takes_parts(words.to) && !chosen ? convert_parts(&words)
                                                         : convert_part(&words);
}

const struct command data_convert_command = {
    .name = "data convert",
    .operands = "DATA",
    .summary = "Write a data set in another format",
    .details = "  DATA  mnist, digits:6000, a folder, or a file of any format\n"
               "\n"
               "The name of the file says the format: .csv, .tsv, .npy and .npz (NumPy), .svm or\n"
               ".libsvm, or that of an IDX file, as train-images-idx3-ubyte, beside which stand\n"
               "its labels; with .gz behind it is compressed. A folder gets both parts, IDX files\n"
               "of images, or train.csv and test.csv; so does .npz, all other files one. Numbers\n"
               "are those of the data, to the bit; what a format has no place for is said. A file\n"
               "that is there is never replaced.\n" DATA_DETAILS,
    .examples = "  incline data convert digits:6000 --to drawn/\n"
                "  incline data convert mnist --split test --to mnist-test.csv.gz\n"
                "  incline data convert mnist --to mnist.npz\n"
                "  incline data convert iris.csv --target 5 --to iris.npy\n",
    .least = 1,
    .most = 1,
    .run = run,
};
