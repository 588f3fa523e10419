/* data_options.c - from the words of the command line to what the library is told of a table. */
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

static int parse_image(const char *word, uint32_t *rows, uint32_t *cols)
{
    const char *at = word;

    *rows = side(&at);
    const bool between = *at == 'x';
    at += between;
    *cols = side(&at);
    if (!between || *at != '\0' || *rows == 0 || *cols == 0)
        return cli_usage("--image wants height and width, as in 28x28, not \"%s\"", word);
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
        .columns = columns != NULL && columns[0] != '\0' ? columns : NULL,
    };
    int status = CLI_DONE;

    if (words->separator != NULL)
        TRY(parse_separator(words->separator, &made.separator));
    if (words->image != NULL)
        TRY(parse_image(words->image, &made.image_rows, &made.image_cols));
    *options = made;
out:
    return status;
}
