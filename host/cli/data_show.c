/* data_show.c - incline data show: samples as pictures, and as training distorts them. */
#include "augment_options.h"
#include "data.h"
#include "data_options.h"
#include "draw.h"
#include "text.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { COUNT_MAX = 10000, COPIES_MAX = 100, PNG_COPIES = 9 };

struct show_words {
    const char *data, *device, *png;
    uint32_t count, first, copies;
    uint64_t seed;
    int split;
    bool in_order, deskew;
    struct augment_words augment;
    struct data_words table;
};

/* What is shown: of each sample the image as it is, then distorted copies. */
struct show {
    incline_dataset *data;
    struct incline_dataset_info info;
    uint32_t count, copies;
    uint32_t *rows;            /* [count] samples of the set */
    float *levels;             /* [1 + copies, count, features] */
    struct draw_image *images; /* [count, 1 + copies] */
};

static int open_data(const struct show_words *words, struct show *show)
{
    struct incline_data_options options;
    int status = CLI_DONE;

    TRY(data_options(&words->table, NULL, &options));
    TRY(cli_check(incline_dataset_open_with(words->data, (enum incline_split)words->split, &options,
                                            &show->data)));
    incline_dataset_describe(show->data, &show->info);
    if (show->info.image_rows == 0)
        return cli_fail("the samples of %s are no images; of a table whose rows are pixels --image "
                        "says height and width, and incline inspect tells of any set",
                        text_clean(show->info.name).s);
out:
    return status;
}

/* Which samples: those from --first on, or some at random. */
static int choose_rows(const struct show_words *words, struct show *show)
{
    const uint32_t rows = show->info.rows;

    if (words->in_order && words->first >= rows)
        return cli_fail("--first %" PRIu32 ": %s has samples 0 to %" PRIu32, words->first,
                        text_clean(show->info.name).s, rows - 1);
    const uint32_t most = words->in_order ? rows - words->first : rows;
    show->count = words->count < most ? words->count : most;
    show->rows = calloc(show->count, sizeof *show->rows);
    if (show->rows == NULL)
        return cli_fail("not enough memory for %" PRIu32 " samples", show->count);
    for (uint32_t i = 0; words->in_order && i < show->count; i++)
        show->rows[i] = words->first + i;
    return words->in_order ? CLI_DONE
                           : cli_check(incline_dataset_choose(show->data, words->seed, show->count,
                                                              show->rows));
}

/* Copies that stand beside a sample, if none are asked for: as many as there is room for, one where
 * all would be alike, none where they would be like the sample. */
static uint32_t usual_copies(const struct show_words *words, const struct show *show)
{
    if (!augment_given(&words->augment))
        return words->deskew ? 1 : 0;
    const struct draw_sheet sheet = {.rows = show->info.image_rows, .cols = show->info.image_cols};
    const size_t room = words->png != NULL ? 1 + PNG_COPIES : draw_room(stdout, &sheet);
    return room > COPIES_MAX ? COPIES_MAX : room > 1 ? (uint32_t)room - 1 : 1;
}

static int make_room(struct show *show)
{
    const size_t images = (size_t)show->count * (1 + show->copies);

    show->levels = calloc(images, show->info.features * sizeof *show->levels);
    show->images = calloc(images, sizeof *show->images);
    if (show->levels == NULL || show->images == NULL)
        return cli_fail("not enough memory for %zu images of %" PRIu32 "x%" PRIu32
                        "; ask for fewer",
                        images, show->info.image_rows, show->info.image_cols);
    return CLI_DONE;
}

/* Fill levels with inputs of a network: samples, and copies as a run's steps 0, 1, ... draw them.
 */
static int take_inputs(const struct show_words *words, struct show *show)
{
    struct incline_image_options options = {.seed = words->seed, .deskew = words->deskew};
    const size_t block = (size_t)show->count * show->info.features;
    incline_device *device = NULL;
    int status = CLI_DONE;

    for (uint32_t i = 0; i < show->count; i++)
        TRY(cli_check(incline_dataset_sample(
            show->data, show->rows[i], show->levels + (size_t)i * show->info.features, NULL)));
    if (show->copies == 0)
        goto out;
    TRY(augment_options(&words->augment, &options.augmentation));
    TRY(cli_open_device(&(struct incline_device_options){.name = words->device}, false, &device));
    for (uint32_t copy = 0; copy < show->copies; copy++) {
        options.step = copy;
        TRY(cli_check(incline_augment_images(device, show->data, &options, show->rows, show->count,
                                             show->levels + (copy + 1) * block)));
    }
out:
    incline_device_close(device);
    return status;
}

/* From inputs to levels: the least of all becomes black, the greatest white. */
static void stretch(struct show *show)
{
    const size_t count = (size_t)show->count * (1 + show->copies) * show->info.features;
    float least = INFINITY, most = -INFINITY;

    for (size_t i = 0; i < count; i++)
        if (isfinite(show->levels[i])) {
            least = fminf(least, show->levels[i]);
            most = fmaxf(most, show->levels[i]);
        }
    for (size_t i = 0; i < count; i++) {
        const float level = (show->levels[i] - least) / (most - least);
        show->levels[i] = level >= 0.0f ? fminf(level, 1.0f) : 0.0f; /* NaN is black */
    }
}

/* "1234: trouser", the first of the targets, or the number alone. */
static int write_caption(const struct show *show, uint32_t row, char *caption)
{
    const struct incline_dataset_info *info = &show->info;
    char number[16];
    uint32_t label;
    float *targets = NULL;
    int status = cli_check(incline_dataset_sample(show->data, row, NULL, &label));

    if (status != CLI_DONE)
        return status;
    snprintf(number, sizeof number, "%" PRIu32, label);
    if (label != UINT32_MAX) {
        const char *name = incline_dataset_class_name(show->data, label);
        snprintf(caption, DRAW_CAPTION_BYTES, "%" PRIu32 ": %s", row,
                 name[0] != '\0' ? text_clean(name).s : number);
    } else if (info->outputs > 0) {
        targets = calloc(info->outputs, sizeof *targets);
        if (targets == NULL)
            return cli_fail("not enough memory for %" PRIu32 " targets", info->outputs);
        TRY(cli_check(incline_dataset_targets(show->data, row, targets)));
        snprintf(caption, DRAW_CAPTION_BYTES, "%" PRIu32 ": %.6g%s", row, (double)targets[0],
                 info->outputs > 1 ? ", ..." : "");
    } else {
        snprintf(caption, DRAW_CAPTION_BYTES, "%" PRIu32, row);
    }
out:
    free(targets);
    return status;
}

static int set_images(struct show *show)
{
    const size_t across = 1 + show->copies;
    int status = CLI_DONE;

    for (uint32_t i = 0; i < show->count; i++) {
        struct draw_image *images = show->images + i * across;
        TRY(write_caption(show, show->rows[i], images->caption));
        for (size_t copy = 0; copy < across; copy++)
            images[copy].levels =
                show->levels + (copy * show->count + i) * (size_t)show->info.features;
    }
out:
    return status;
}

/* The file shows no captions; they stand here, a line each. */
static int write_png(const char *path, const struct show *show, const struct draw_sheet *sheet)
{
    const int status = draw_png(path, sheet);

    for (uint32_t i = 0; i < show->count && status == CLI_DONE; i++)
        puts(sheet->images[i * (1 + show->copies)].caption);
    return status;
}

static int show_samples(const struct show_words *words)
{
    struct show show = {0};
    int status = CLI_DONE;

    TRY(open_data(words, &show));
    TRY(choose_rows(words, &show));
    show.copies = words->copies > 0 ? words->copies : usual_copies(words, &show);
    TRY(make_room(&show));
    TRY(take_inputs(words, &show));
    stretch(&show);
    TRY(set_images(&show));
    const struct draw_sheet sheet = {.images = show.images,
                                     .count = (size_t)show.count * (1 + show.copies),
                                     .across = show.copies > 0 ? 1 + show.copies : 0,
                                     .rows = show.info.image_rows,
                                     .cols = show.info.image_cols};
    if (words->png != NULL)
        status = write_png(words->png, &show, &sheet);
    else
        draw_print(stdout, &sheet);
out:
    free(show.images);
    free(show.levels);
    free(show.rows);
    incline_dataset_close(show.data);
    return status;
}

static int run(const struct command *command, int argc, char **argv)
{
    struct show_words words = {
        .data = "mnist", .device = "reference", .count = 10, .seed = 1, .split = INCLINE_TRAIN};
    const struct option own[] = {
        {.name = "count",
         .argument = "N",
         .kind = OPTION_UINT32,
         .target = &words.count,
         .minimum = 1,
         .maximum = COUNT_MAX,
         .help = "samples to show [10]"},
        {.name = "first",
         .argument = "N",
         .kind = OPTION_UINT32,
         .target = &words.first,
         .maximum = UINT32_MAX,
         .help = "those from N on, counted from 0 [some at random]"},
        {.name = "seed",
         .argument = "S",
         .kind = OPTION_UINT64,
         .target = &words.seed,
         .minimum = 1,
         .maximum = OPTION_WHOLE_MAX,
         .help = "which samples, and which distortions [1]"},
        {.name = "split",
         .argument = "PART",
         .kind = OPTION_CHOICE,
         .target = &words.split,
         .choices = option_split,
         .help = "train or test part of the data set [train]"},
        {.name = "copies",
         .argument = "N",
         .kind = OPTION_UINT32,
         .target = &words.copies,
         .minimum = 1,
         .maximum = COPIES_MAX,
         .help = "distorted copies beside a sample [as many as fit]"},
        {.name = "deskew",
         .kind = OPTION_FLAG,
         .target = &words.deskew,
         .help = "copies as a network trained with --deskew sees them"},
        {.name = "png",
         .argument = "FILE",
         .kind = OPTION_TEXT,
         .target = &words.png,
         .help = "a PNG file instead, with 9 copies; captions to stdout"},
        {.name = "device",
         .argument = "D",
         .kind = OPTION_TEXT,
         .target = &words.device,
         .help = "where copies are drawn; auto, opencl:N [reference]"},
    };
    const struct option table[] = {DATA_OPTION_ROWS(&words.table), {.name = NULL}};
    enum { OWN = sizeof own / sizeof *own, TABLE = sizeof table / sizeof *table };
    struct option options[OWN + AUGMENT_OPTIONS_MAX + TABLE];
    size_t operands;
    int status;

    memcpy(options, own, sizeof own);
    const size_t augment = augment_option_rows(&words.augment, options + OWN);
    memcpy(options + OWN + augment, table, sizeof table);
    if (!options_parse(command, options, argc, argv, &operands, &status))
        return status;
    words.in_order = options_given(options, "first");
    if (words.copies > 0 && !augment_given(&words.augment))
        return cli_usage("--copies wants a way to distort them: --augment, or --rotate 10");
    if (words.png != NULL && strcmp(words.png, "-") == 0)
        return cli_usage("--png wants the name of a file to write");
    if (operands > 0)
        words.data = argv[0];
    return show_samples(&words);
}

const struct command data_show_command = {
    .name = "data show",
    .operands = "[DATA]",
    .summary = "Draw samples in the terminal, and as training distorts them",
    .details =
        "  DATA  a data set of images: mnist, digits:100, a folder or a file [mnist]\n" DATA_DETAILS
        "\n"
        "Above each image stand its number and its class. With a distortion, copies\n"
        "stand beside it as the first steps of a run with this seed would draw them.\n",
    .examples = "  incline data show mnist --count 4\n"
                "  incline data show digits --first 0 --rotate 10 --elastic-alpha 34\n"
                "  incline data show fashion-mnist --augment --png sheet.png\n",
    .most = 1,
    .run = run,
};
