/* open.c - models and devices, opened as every command opens them. */
#include "cli.h"
#include "terminal.h"
#include "text.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

bool cli_in_folder(const char *folder, const char *name, char *path, size_t bytes)
{
    struct stat info;
    if (stat(folder, &info) != 0 || !S_ISDIR(info.st_mode))
        return false;
    const int length = snprintf(path, bytes, "%s/%s", folder, name);
    return length > 0 && (size_t)length < bytes && stat(path, &info) == 0 && S_ISREG(info.st_mode);
}

bool cli_is_file(const char *name)
{
    struct stat info;
    return strcmp(name, "-") == 0 || (stat(name, &info) == 0 && !S_ISDIR(info.st_mode));
}

bool cli_was_piped(const char *name)
{
    return strcmp(name, INCLINE_STANDARD_INPUT) == 0 && !cli_is_file(name);
}

static bool has_parts(const char *name, const incline_dataset *data)
{
    struct incline_dataset_info info;

    incline_dataset_describe(data, &info);
    return info.two_parts || (!info.undivided && !cli_is_file(name));
}

const char *cli_part(const char *name, const incline_dataset *data, int split)
{
    return !has_parts(name, data) ? "all" : split == INCLINE_TRAIN ? "train" : "test";
}

const char *cli_part_words(const char *name, const incline_dataset *data, int split)
{
    return !has_parts(name, data) ? "all" : split == INCLINE_TRAIN ? "train part" : "test part";
}

void cli_note_remarks(const incline_dataset *data)
{
    const char *at = incline_dataset_remarks(data);

    for (size_t length; *at != '\0'; at += length + (at[length] == '\n')) {
        length = strcspn(at, "\n");
        cli_note("%.*s", (int)length, at);
    }
}

int cli_open_data(const char *name, int split, const struct incline_data_options *options,
                  incline_dataset **data)
{
    const int rc = incline_dataset_open_with(name, (enum incline_split)split, options, data);

    if (rc == INCLINE_OK)
        cli_note_remarks(*data);
    return cli_check(rc);
}

void cli_note_seen(const char *name, const incline_dataset *data, const char *trained_on)
{
    struct incline_dataset_info info;

    incline_dataset_describe(data, &info);
    if (!has_parts(name, data) && !cli_was_piped(info.name) && strcmp(info.name, trained_on) == 0)
        cli_note("the model was trained on a file of this name, %s: if on this one, these figures "
                 "do not tell how good it is on samples that it has not seen",
                 text_clean(info.name).s);
}

int cli_open_model(const char *path, const char *activation, incline_model **model)
{
    struct incline_train_options chosen = {0};
    struct incline_model_info info;
    incline_model *made = NULL;
    char inside[INCLINE_PATH_MAX], quoted[INCLINE_PATH_MAX];
    int status = CLI_DONE;

    if (cli_in_folder(path, "summary.json", inside, sizeof inside) &&
        !cli_in_folder(path, "model.safetensors", inside, sizeof inside))
        return cli_fail("%s holds the runs of several seeds; name one of them, or all: incline "
                        "ensemble %s/seed-*",
                        path, text_shell(path, quoted, sizeof quoted));
    if (cli_in_folder(path, "model.safetensors", inside, sizeof inside))
        path = inside;
    else if (cli_in_folder(path, "checkpoint.safetensors", inside, sizeof inside))
        return cli_fail("%s is a run that has no model yet; go on with it: incline train --resume "
                        "%s, or name its checkpoint, %s",
                        path, text_shell(path, quoted, sizeof quoted), inside);
    TRY(cli_check(incline_model_load(path, &made)));
    if (activation != NULL) {
        TRY(cli_check(incline_train_set(&chosen, "activation", activation)));
        if (incline_model_set_activation(made, chosen.activation) != INCLINE_OK) {
            status = cli_usage("--activation %s: %s", activation, incline_last_error());
            goto out;
        }
    }
    incline_model_describe(made, &info);
    if (info.activation_assumed)
        cli_note("%s does not say what its hidden layers do: relu is taken, --activation names "
                 "another",
                 path);
    *model = made;
    made = NULL;
out:
    incline_model_destroy(made);
    return status;
}

int cli_open_device(const struct incline_device_options *options, bool quiet,
                    incline_device **device)
{
    if (!quiet)
        terminal_note("opening the device ...");
    const int rc = incline_device_open(options, device);
    terminal_line_clear();
    if (rc != INCLINE_OK)
        return cli_check(rc);
    struct incline_device_info info;
    const char *remark = incline_device_remark(*device);
    incline_device_describe(*device, &info);
    if (!quiet && remark[0] != '\0' && info.type == INCLINE_DEVICE_REFERENCE)
        cli_note("%s", remark);
    return CLI_DONE;
}

int cli_open_device_for(const incline_model *model, const char *name, int gemm, bool quiet,
                        incline_device **device)
{
    struct incline_model_info info;

    incline_model_describe(model, &info);
    return cli_open_device(&(struct incline_device_options){.name = name,
                                                            .gemm = (enum incline_gemm)gemm,
                                                            .widths = info.widths,
                                                            .width_count = info.layers + 1},
                           quiet, device);
}
