/* inspect.c - incline inspect: tells what a file or a name is, and hands it to its printer. */
#include "inspect.h"
#include "options.h"
#include "text.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* A model is known by its first bytes: of safetensors 8 bytes of length, then the header in JSON;
 * of ONNX the first field, its version. */
static bool is_model(FILE *file)
{
    unsigned char head[9] = {0};
    const size_t bytes = fread(head, 1, sizeof head, file);
    const bool safetensors = head[8] == '{' && head[7] == 0, onnx = head[0] == 0x08 && head[1] != 0;
    return bytes == sizeof head && (safetensors || onnx);
}

static int inspect(const char *name, const struct data_words *words, bool json)
{
    struct stat info;
    char inside[4096];

    if (cli_in_folder(name, "model.safetensors", inside, sizeof inside))
        return inspect_model(inside, json);
    if (stat(name, &info) != 0 || !S_ISREG(info.st_mode))
        return inspect_data(name, cli_is_file(name), words, json);
    FILE *file = fopen(name, "rb");
    if (file == NULL)
        return cli_fail("%s: %s", name, strerror(errno));
    const bool model = is_model(file);
    fclose(file);
    return model ? inspect_model(name, json) : inspect_data(name, true, words, json);
}

static int run(const struct command *command, int argc, char **argv)
{
    bool json = false;
    struct data_words words = {0};
    struct option options[] = {OPTION_JSON_ROW(&json), DATA_OPTION_ROWS(&words), {.name = NULL}};
    size_t operands;
    int status;

    if (!options_parse(command, options, argc, argv, &operands, &status))
        return status;
    return inspect(argv[0], &words, json);
}

const struct command inspect_command = {
    .name = "inspect",
    .operands = "FILE",
    .summary = "Say what a model or a data set is",
    .details =
        "  FILE  a model file, a run folder, a data set by name or folder, an IDX file,\n"
        "        a picture, a table\n"
        "\n"
        "Of data: ranges, classes and their shares, missing values, columns that never\n"
        "change, samples that come twice, and test samples that are trained on.\n" DATA_DETAILS,
    .examples = "  incline inspect runs/first\n"
                "  incline inspect mnist --json\n",
    .least = 1,
    .most = 1,
    .run = run,
};
