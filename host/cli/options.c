/* options.c - finding options in their table, the rules between them, and --help. */
#include "options.h"
#include "nearest.h"
#include "values.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

enum { HELP_COLUMN = 24 };

static struct option *find(struct option *options, const char *name, size_t length)
{
    for (struct option *o = options; o->name != NULL; o++)
        if (strlen(o->name) == length && memcmp(o->name, name, length) == 0)
            return o;
    return NULL;
}

bool options_given(const struct option *options, const char *name)
{
    const struct option *o = options;
    while (o->name != NULL && strcmp(o->name, name) != 0)
        o++;
    assert(o->name != NULL);
    return o->given;
}

static int unknown(const struct option *options, const char *name, size_t length)
{
    char word[64];
    snprintf(word, sizeof word, "%.*s", (int)(length < 63 ? length : 63), name);
    struct nearest search = {.word = word};
    for (const struct option *o = options; o->name != NULL; o++)
        nearest_offer(&search, o->name);
    nearest_offer(&search, "help");
    if (search.best == NULL)
        return cli_usage("unknown option \"--%s\"", word);
    return cli_usage("unknown option \"--%s\"; did you mean \"--%s\"?", word, search.best);
}

/* argv[*at] is "--name" or "--name=value". Moves *at to the last word it used. */
static int parse_option(struct option *options, int argc, char **argv, int *at)
{
    const char *name = argv[*at] + 2;
    const char *equals = strchr(name, '=');
    const size_t length = equals != NULL ? (size_t)(equals - name) : strlen(name);
    struct option *option = find(options, name, length);

    if (option == NULL)
        return unknown(options, name, length);
    if (option->given)
        return cli_usage("--%s is given twice", option->name);
    option->given = true;
    if (option->kind == OPTION_SETTING && option->argument == NULL)
        return value_parse(option, equals != NULL ? equals + 1 : "yes");
    if (option->kind == OPTION_FLAG) {
        if (equals != NULL)
            return cli_usage("--%s takes no argument", option->name);
        *(bool *)option->target = true;
        return CLI_DONE;
    }
    if (equals != NULL)
        return value_parse(option, equals + 1);
    /* What begins with two dashes is the next option; --name=--value says otherwise. */
    if (*at + 1 >= argc || strncmp(argv[*at + 1], "--", 2) == 0)
        return cli_usage("--%s needs its argument: --%s %s", option->name, option->name,
                         option->argument);
    return value_parse(option, argv[++*at]);
}

static int check_conflicts(const struct option *options)
{
    for (const struct option *o = options; o->name != NULL; o++)
        for (size_t i = 0; i < sizeof o->not_with / sizeof *o->not_with; i++)
            if (o->given && o->not_with[i] != NULL && options_given(options, o->not_with[i]))
                return cli_usage("--%s cannot stand beside --%s", o->name, o->not_with[i]);
    return CLI_DONE;
}

/* A help text of one line or several, each in its column. */
static void print_lines(const char *help)
{
    for (const char *end = strchr(help, '\n'); end != NULL; end = strchr(help, '\n')) {
        printf("%.*s\n%*s", (int)(end - help), help, HELP_COLUMN, "");
        help = end + 1;
    }
    fputs(help, stdout);
}

static void print_option(const struct option *o)
{
    const int used = printf("  --%s%s%s", o->name, o->argument != NULL ? " " : "",
                            o->argument != NULL ? o->argument : "");
    printf("%*s", used < HELP_COLUMN ? HELP_COLUMN - used : 1, "");
    print_lines(o->help);
    if (o->initial != NULL)
        printf(" [%s]", o->initial);
    putchar('\n');
}

static void print_help(const struct command *command, const struct option *options)
{
    const char *group = "Options";

    printf("Usage: incline %s [OPTION]...%s%s\n\n%s.\n\n%s", command->name,
           command->operands[0] != '\0' ? " " : "", command->operands, command->summary,
           command->details);
    if (options->group == NULL)
        printf("%s%s:\n", command->details[0] != '\0' ? "\n" : "", group);
    for (const struct option *o = options; o->name != NULL; o++) {
        if (o->group != NULL && strcmp(o->group, group) != 0) {
            group = o->group;
            printf("\n%s:\n", group);
        }
        print_option(o);
    }
    printf("%-*s%s\n\nExamples:\n%s", HELP_COLUMN, "  --help", "this text", command->examples);
}

static int check_operands(const struct command *command, size_t count, char **operands)
{
    if (count < command->least)
        return cli_usage("%s missing: incline %s %s",
                         count == 0 ? "an operand is" : "one more operand is", command->name,
                         command->operands);
    if (count > command->most && command->most == 0)
        return cli_usage("takes no operand, \"%s\" is one", operands[0]);
    if (count > command->most)
        return cli_usage("one operand too many: \"%s\"", operands[command->most]);
    return CLI_DONE;
}

bool options_parse(const struct command *command, struct option *options, int argc, char **argv,
                   size_t *operands, int *status)
{
    bool open = true;
    *operands = 0;
    *status = CLI_DONE;
    for (int i = 0; i < argc; i++) {
        if (!open || argv[i][0] != '-' || argv[i][1] == '\0') {
            argv[(*operands)++] = argv[i];
        } else if (strcmp(argv[i], "--") == 0) {
            open = false;
        } else if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            print_help(command, options);
            return false;
        } else if (argv[i][1] != '-') {
            *status = cli_usage("unknown option \"%s\"; options are whole words: --NAME", argv[i]);
        } else {
            *status = parse_option(options, argc, argv, &i);
        }
        if (*status != CLI_DONE)
            return false;
    }
    *status = check_conflicts(options);
    if (*status == CLI_DONE)
        *status = check_operands(command, *operands, argv);
    return *status == CLI_DONE;
}

const struct incline_setting *option_setting(const char *name)
{
    size_t s = 0;
    while (strcmp(incline_train_setting(s)->name, name) != 0)
        s++;
    return incline_train_setting(s);
}
