/* export.c - incline export: a model as a file for other programs. */
#include "options.h"
#include "text.h"

#include <stdio.h>
#include <sys/stat.h>

enum { FORMATS_MAX = 16 };

/* The formats as choices of --format; choices[FORMATS_MAX], ended by a name of NULL. */
static void list_formats(struct option_choice *choices)
{
    int format = 1;
    for (; format < FORMATS_MAX; format++) {
        choices[format - 1].name = incline_export_format_text((enum incline_export_format)format);
        choices[format - 1].value = format;
        if (choices[format - 1].name == NULL)
            return;
    }
    choices[format - 1].name = NULL;
}

static int export(const char *path, const char *to, const struct incline_export_options *how)
{
    incline_model *model = NULL;
    struct incline_model_info info;
    struct stat file;
    int status = CLI_DONE;

    TRY(cli_open_model(path, &model));
    incline_model_describe(model, &info);
    TRY(cli_check(incline_model_export(model, to, how)));
    if (stat(to, &file) != 0)
        return cli_fail("%s: written, but gone again", to);
    printf("network  %s, %s parameters\n", text_widths(info.widths, info.layers + 1).s,
           text_count(info.parameters).s);
    printf("file     %s (%s)\n", to, text_bytes((uint64_t)file.st_size).s);
out:
    incline_model_destroy(model);
    return status;
}

static int run(const struct command *command, int argc, char **argv)
{
    struct option_choice formats[FORMATS_MAX];
    const char *to = NULL;
    int format = INCLINE_EXPORT_BY_NAME;
    struct option options[] = {
        {.name = "to",
         .argument = "FILE",
         .kind = OPTION_TEXT,
         .target = &to,
         .help = "where to write; its ending names the format"},
        {.name = "format",
         .argument = "F",
         .kind = OPTION_CHOICE,
         .target = &format,
         .choices = formats,
         .help = "the format, where the ending does not name it"},
        {.name = NULL},
    };
    size_t operands;
    int status;

    list_formats(formats);
    if (!options_parse(command, options, argc, argv, &operands, &status))
        return status;
    if (to == NULL)
        return cli_usage("--to is missing: incline export MODEL --to FILE.onnx");
    const struct incline_export_options how = {.format = (enum incline_export_format)format};
    return export(argv[0], to, &how);
}

const struct command export_command = {
    .name = "export",
    .operands = "MODEL",
    .summary = "Write a model for other programs",
    .details = "  MODEL  a model file, or a run folder\n"
               "\n"
               "Formats by the ending of FILE:\n"
               "  .safetensors  as train writes it; PyTorch reads it\n"
               "  .onnx         ONNX, opset 13: raw values in, probabilities out\n",
    .examples = "  incline export runs/first --to digits.onnx\n"
                "  incline export model.safetensors --to net --format onnx\n",
    .least = 1,
    .most = 1,
    .run = run,
};
