/* data_options.c - from the words of the command line to what the library is told of a table
 * or of pictures. */
#include "data_options.h"

#include <string.h>

const struct option_choice data_target_types[] = {{"auto", INCLINE_TARGET_AUTO},
                                                  {"classes", INCLINE_TARGET_CLASSES},
                                                  {"numbers", INCLINE_TARGET_NUMBERS},
                                                  {NULL, 0}};
const struct option_choice data_headers[] = {{"auto", INCLINE_HEADER_AUTO},
                                             {"yes", INCLINE_HEADER_YES},
                                             {"no", INCLINE_HEADER_NO},
                                             {NULL, 0}};

static const struct {
    const char *name;
    char separator;
} separators[] = {
    {"comma", ','}, {"semicolon", ';'}, {"tab", '\t'}, {"bar", '|'}, {"space", ' '},
};

/* A name, or the character itself. */
static int parse_separator(const char *word, char *separator)
{
    for (size_t i = 0; i < sizeof separators / sizeof *separators; i++)
        if (strcmp(word, separators[i].name) == 0 ||
            (word[0] == separators[i].separator && word[1] == '\0')) {
            *separator = separators[i].separator;
            return CLI_DONE;
        }
    return cli_usage("--separator is comma, semicolon, tab, bar or space, not \"%s\"", word);
}

/* One side of an image at *at, which then stands behind its digits; 0 if it is none. */
static uint32_t side(const char **at)
{
    uint32_t value = 0;
    for (; **at >= '0' && **at <= '9' && value < 100000; ++*at)
        value = 10 * value + (uint32_t)(**at - '0');
    return value <= 65535 ? value : 0;
}

static int parse_size(const char *option, const char *word, uint32_t *rows, uint32_t *cols)
{
    const char *at = word;

    *rows = side(&at);
    const bool between = *at == 'x';
    at += between;
    *cols = side(&at);
    if (!between || *at != '\0' || *rows == 0 || *cols == 0)
        return cli_usage("--%s wants height and width, as in 28x28, not \"%s\"", option, word);
    return CLI_DONE;
}

/* "f32:784" or "u8:28x28". */
static int parse_raw(const char *word, struct incline_raw *raw)
{
    const bool bytes = strncmp(word, "u8:", 3) == 0, floats = strncmp(word, "f32:", 4) == 0;
    const char *at = word + (bytes ? 3 : floats ? 4 : 0);

    uint32_t rows = 0, cols = side(&at);
    if (*at == 'x') {
        at++;
        rows = cols;
        cols = rows > 0 ? side(&at) : 0;
    }
    if (!(bytes || floats) || *at != '\0' || cols == 0)
        return cli_usage("--raw wants type and shape of a sample, f32 or u8, as in f32:784 or "
                         "u8:28x28, not \"%s\"",
                         word);
    *raw = (struct incline_raw){rows, cols, bytes};
    return CLI_DONE;
}

int data_options(const struct data_words *words, const char *columns,
                 struct incline_data_options *options)
{
    struct incline_data_options made = {
        .target = words->target,
        .target_type = (enum incline_target_type)words->target_type,
        .categories = words->categories,
        .ignore = words->ignore,
        .header = (enum incline_header)words->header,
        .invert = words->invert,
        .columns = columns != NULL && columns[0] != '\0' ? columns : NULL,
    };
    int status = CLI_DONE;

    if (words->separator != NULL)
        TRY(parse_separator(words->separator, &made.separator));
    if (words->image != NULL)
        TRY(parse_size("image", words->image, &made.image_rows, &made.image_cols));
    if (words->resize != NULL)
        TRY(parse_size("resize", words->resize, &made.resize_rows, &made.resize_cols));
    if (words->raw != NULL)
        TRY(parse_raw(words->raw, &made.raw));
    *options = made;
out:
    return status;
}

int data_options_for(const struct data_words *words, const incline_model *model,
                     struct incline_data_options *options)
{
    const char *const columns = model != NULL ? incline_model_columns(model) : "";
    const char *const said = words->target != NULL                       ? "target"
                             : words->target_type != INCLINE_TARGET_AUTO ? "target-type"
                             : words->categories != NULL                 ? "categories"
                             : words->ignore != NULL                     ? "ignore"
                             : words->image != NULL                      ? "image"
                                                                         : NULL;
    if (columns[0] != '\0' && said != NULL)
        return cli_usage(
            "--%s: the model knows the columns of its table, and reads others by them; "
            "leave it away",
            said);
    return data_options(words, columns, options);
}
