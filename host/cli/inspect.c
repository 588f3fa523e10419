/* inspect.c - incline inspect: tells what a file or a name is, and hands it to its printer. */
#include "inspect.h"
#include "options.h"
#include "text.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum thing { THING_MODEL, THING_DATA, THING_OTHER };

/* A regular file is known by its first bytes: safetensors has its JSON header after 8 bytes
 * of length, IDX two zero bytes and a type from 8 to 14, gzip its magic number. */
static enum thing look(FILE *file)
{
    unsigned char head[9] = {0};
    const size_t bytes = fread(head, 1, sizeof head, file);
    if (bytes == sizeof head && head[8] == '{')
        return THING_MODEL;
    if (bytes == sizeof head && head[0] == 0x08 && head[1] != 0)
        return THING_MODEL; /* ONNX: the first field is the version */
    if (bytes >= 4 && head[0] == 0 && head[1] == 0 && head[2] >= 0x08 && head[2] <= 0x0e)
        return THING_DATA;
    if (bytes >= 2 && head[0] == 0x1f && head[1] == 0x8b)
        return THING_DATA;
    return THING_OTHER;
}

static int inspect(const char *name, bool json)
{
    struct stat info;
    char inside[4096];

    if (cli_in_folder(name, "model.safetensors", inside, sizeof inside))
        return inspect_model(inside, json);
    if (stat(name, &info) != 0 || S_ISDIR(info.st_mode))
        return inspect_data(name, false, json);
    FILE *file = fopen(name, "rb");
    if (file == NULL)
        return cli_fail("%s: %s", name, strerror(errno));
    const enum thing thing = look(file);
    fclose(file);
    if (thing == THING_MODEL)
        return inspect_model(name, json);
    if (thing == THING_DATA)
        return inspect_data(name, true, json);
    return cli_fail("%s: neither a model (safetensors, ONNX) nor a data set (IDX, plain or gzip)", name);
}

static int run(const struct command *command, int argc, char **argv)
{
    bool json = false;
    struct option options[] = {OPTION_JSON_ROW(&json), {.name = NULL}};
    size_t operands;
    int status;

    if (!options_parse(command, options, argc, argv, &operands, &status))
        return status;
    return inspect(argv[0], json);
}

const struct command inspect_command = {
    .name = "inspect",
    .operands = "FILE",
    .summary = "Say what a model or a data set is",
    .details = "  FILE  a model file, a run folder, a data set by name or folder, or an IDX file\n",
    .examples = "  incline inspect runs/first\n"
                "  incline inspect mnist --json\n",
    .least = 1,
    .most = 1,
    .run = run,
};
