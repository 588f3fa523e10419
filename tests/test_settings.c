/* test_settings.c - the table of settings: its rows, their values as text and as JSON, what is
 * refused, and the files of earlier versions. */
#include <stdio.h>
#include <stdlib.h>

#include "host/net/optimizer.h"
#include "host/train/run.h"
#include "host/train/settings.h"
#include "host/util/decimal.h"
#include "tests/support.h"

enum { TEXT_BYTES = 1024 };

static struct incline_train_options set(const char *name, const char *text)
{
    struct incline_train_options options = {0};
    require_ok(incline_train_set(&options, name, text));
    return options;
}

static const char *get(const struct incline_train_options *options, const char *name)
{
    static char text[TEXT_BYTES];
    require_ok(incline_train_get(options, name, text, sizeof text));
    return text;
}

Test(settings, each_preset_says_what_is_in_range_and_is_explained)
{
    const char *name, *help;

    for (size_t p = 0; (name = incline_train_preset_name(p, &help)) != NULL; p++) {
        struct incline_train_options options = {.epochs = 7, .patience = 7};
        require_ok(incline_train_preset(name, &options));
        require_ok(settings_check(&options));
        cr_expect(options.patience != 7, "%s: what it does not say stays as it was", name);
        cr_expect(options.hidden_count > 0 && options.learning_rate > 0.0f, "%s", name);
        cr_expect(strlen(help) <= 45, "%s: a help of %zu columns", name, strlen(help));
    }
}

Test(settings, each_row_is_whole_and_its_default_can_be_set)
{
    size_t count = 0;

    for (const struct incline_setting *s; (s = incline_train_setting(count)) != NULL; count++) {
        struct incline_train_options options = {0};
        cr_assert(s->name != NULL && s->group != NULL && s->help != NULL, "row %zu", count);
        cr_expect(s->argument != NULL || s->initial == NULL || strcmp(s->initial, "no") == 0,
                  "%s is a flag whose default is %s", s->name, s->initial);
        const char *line = s->help;
        for (size_t length; (length = strcspn(line, "\n")) != strlen(line); line += length + 1)
            cr_expect(length <= 56, "%s: a line of %zu columns", s->name, length);
        const size_t last = strlen(line) + (s->initial != NULL ? strlen(s->initial) + 3 : 0);
        cr_expect(last <= 56, "%s: a last line of %zu columns", s->name, last);
        cr_expect(setting_find(s->name) == setting_find(s->name) &&
                      &setting_find(s->name)->info == s,
                  "%s is not found, or stands twice", s->name);
        if (s->follows != NULL)
            cr_expect(setting_find(s->follows) != NULL &&
                          setting_find(s->follows)->kind == SETTING_CHOICE,
                      "%s follows %s, which is no choice", s->name, s->follows);
        if (s->instead_of != NULL)
            cr_expect(setting_find(s->instead_of) != NULL, "%s: no %s", s->name, s->instead_of);
        if (s->initial == NULL)
            continue;
        require_ok(incline_train_set(&options, s->name, s->initial));
        cr_expect_str_eq(get(&options, s->name), s->initial);
        require_ok(settings_check(&options));
    }
    cr_expect(count >= 8, "%zu settings", count);
}

Test(settings, defaults_fill_what_is_zero_and_nothing_else)
{
    struct incline_train_options options = {.batch = 7, .learning_rate = 0.25f};

    incline_train_defaults(&options);
    cr_expect(options.batch == 7 && options.learning_rate == 0.25f && options.epochs == 10 &&
                  options.steps == 0 && options.seed == 1 && options.hidden_count == 1 &&
                  options.hidden[0] == 10,
              "batch %u, rate %g, %u epochs", options.batch, (double)options.learning_rate,
              options.epochs);
    options = (struct incline_train_options){.steps = 5, .epochs = 3, .no_hidden = true};
    incline_train_defaults(&options);
    cr_expect(options.steps == 5 && options.epochs == 0 && options.hidden_count == 0,
              "%u epochs, %llu steps, %zu hidden layers", options.epochs,
              (unsigned long long)options.steps, options.hidden_count);
}

Test(settings, texts_come_back_as_they_were_set)
{
    static const char *const rows[][2] = {
        {"hidden", "8:tanh,9"},
        {"init-weights", "orthogonal"},
        {"hidden", "800,800"},
        {"hidden", "none"},
        {"activation", "linear"},
        {"epochs", "4294967295"},
        {"steps", "9007199254740991"},
        {"batch-size", "full"},
        {"batch-size", "1"},
        {"learning-rate", "0.1"},
        {"learning-rate", "1e-30"},
        {"validation", "0"},
        {"validation", "0.25"},
        {"seed", "42"},
        {"patience", "0"},
        {"patience", "7"},
        {"init-weights", "uniform"},
        {"class-weights", "balanced"},
        {"class-weights", "1"},
        {"class-weights", "1,0.1,0,1e-05,1e+06"},
    };

    for (size_t r = 0; r < sizeof rows / sizeof rows[0]; r++) {
        const struct incline_train_options options = set(rows[r][0], rows[r][1]);
        cr_expect_str_eq(get(&options, rows[r][0]), rows[r][1]);
    }
    const struct incline_train_options none = {0};
    cr_expect_str_eq(get(&none, "learning-rate"), "");
    cr_expect_str_eq(get(&none, "hidden"), "");
}

Test(settings, zero_can_be_said_where_it_stands_for_a_default)
{
    static const char *const names[] = {"momentum", "beta1", "beta2", "weight-decay", "validation"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct incline_train_options options = set(names[i], "0");
        cr_expect_str_eq(get(&options, names[i]), "0", "%s", names[i]);
        require_ok(settings_check(&options));
    }
    for (int kind = 0; optimizer_text(kind) != NULL; kind++) {
        struct incline_train_options options = {
            .optimizer = {.kind = (enum incline_optimizer_kind)kind,
                          .momentum = INCLINE_NONE,
                          .beta1 = INCLINE_NONE,
                          .beta2 = INCLINE_NONE,
                          .weight_decay = INCLINE_NONE}};
        require_ok(optimizer_check(&options.optimizer, 0.1f));
        incline_train_defaults(&options);
        incline_train_defaults(&options); /* they stay */
        const struct incline_optimizer exact = optimizer_exact(&options.optimizer);
        cr_expect(exact.momentum == 0.0f && exact.beta1 == 0.0f && exact.beta2 == 0.0f &&
                      exact.weight_decay == 0.0f,
                  "%s", optimizer_text(kind));
    }
}

Test(settings, no_text_sets_the_default_again)
{
    struct incline_train_options options = {
        .learning_rate = 0.3f, .hidden = {8}, .hidden_count = 1};
    const struct incline_train_options none = {.hidden = {8}};

    require_ok(incline_train_set(&options, "learning-rate", NULL));
    require_ok(incline_train_set(&options, "hidden", NULL));
    cr_expect(memcmp(&options, &none, sizeof options) == 0, "something is left");
    require_fails(incline_train_set(&options, "rate", NULL), INCLINE_EARG, "rate is no setting");
}

/* 0.999f is more than 0.999, and 1e-6f less than 1e-6. */
Test(settings, the_limits_of_each_range_lie_within_it)
{
    char text[TEXT_BYTES];

    for (const struct setting *s = setting_next(NULL); s != NULL; s = setting_next(s)) {
        const double limits[] = {s->least, s->most};
        for (size_t i = 0; s->kind == SETTING_REAL && i < 2; i++) {
            snprintf(text, sizeof text, "%.16g", limits[i]);
            const struct incline_train_options options = set(s->info.name, text);
            require_ok(settings_check(&options));
        }
    }
}

Test(settings, one_of_two_that_cannot_stand_beside_each_other_gives_way)
{
    struct incline_train_options options = set("steps", "9");

    require_ok(incline_train_set(&options, "epochs", "2"));
    cr_expect(options.steps == 0 && options.epochs == 2);
    require_ok(incline_train_set(&options, "steps", "9"));
    cr_expect(options.steps == 9 && options.epochs == 0);
}

Test(settings, what_is_refused_leaves_the_options_alone)
{
    static const char *const rows[][3] = {
        {"epochs", "0", "epochs wants a whole number from 1 to 4294967295, not \"0\""},
        {"epochs", "1e3", "epochs wants a whole number"},
        {"learning-rate", "0,1", "decimals follow a point"},
        {"learning-rate", "nan", "learning-rate wants a number"},
        {"hidden", "10,", "hidden wants widths"},
        {"hidden", "0", "hidden wants widths"},
        {"hidden", "8:tank", "behind ':', not \"tank\""},
        {"activation", "liner", "or sigmoid, not \"liner\""},
        {"rate", "1", "rate is no setting"},
    };
    struct incline_train_options options = {.epochs = 3, .steps = 4}, before = options;

    for (size_t r = 0; r < sizeof rows / sizeof rows[0]; r++)
        require_fails(incline_train_set(&options, rows[r][0], rows[r][1]), INCLINE_EARG,
                      rows[r][2]);
    cr_expect(memcmp(&options, &before, sizeof options) == 0, "the options were changed");
}

/* ---- JSON ---- */

static const struct run example = {
    .options = {.hidden = {12, 7},
                .hidden_count = 2,
                .activation = INCLINE_LINEAR,
                .epochs = 3,
                .batch = INCLINE_BATCH_FULL,
                .learning_rate = 0.1f,
                .seed = UINT64_C(9007199254740991),
                .validation = INCLINE_NONE,
                .checkpoint_minutes = 0.2f},
    .widths = {5, 12, 7, 3},
    .width_count = 4,
    .rows = 60,
    .samples = UINT64_C(0xfedcba9876543210),
    .kept = "{\"target\":\"price\"}",
    .dataset = "digits:60",
    .source = "built in",
};

Test(settings, a_run_as_json_gives_the_same_run)
{
    for (int indented = 0; indented < 2; indented++) {
        struct run read = {0};
        char *text = NULL;
        require_ok(run_to_json(&example, indented != 0, &text));
        cr_expect(strstr(text, "0.1,") != NULL || strstr(text, "0.1}") != NULL,
                  "a rate of 0.1 expected in %s", text);
        require_ok(run_from_json(text, &read));
        free(text);
        cr_expect(memcmp(&read, &example, sizeof read) == 0, "another run came back");
    }
}

Test(settings, runs_of_earlier_versions_are_read)
{
    static const char text[] =
        "{\"dataset\": \"mnist\", \"source\": \"data/mnist\", \"rows\": 60000, "
        "\"widths\": [784, 10], \"activation\": \"relu\", \"init\": \"uniform\", \"epochs\": 0, "
        "\"steps\": 500, \"batch_size\": \"full\", \"learning_rate\": 0.10000000149011612, "
        "\"seed\": \"1\"}";
    struct run run;

    require_ok(run_from_json(text, &run));
    cr_expect(run.options.no_hidden && run.options.init == INCLINE_INIT_UNIFORM &&
                  run.options.steps == 500 && run.options.epochs == 0 &&
                  run.options.batch == INCLINE_BATCH_FULL && run.options.learning_rate == 0.1f &&
                  run.options.validation == INCLINE_NONE && run.validation == 0 &&
                  run.options.seed == 1 && run.rows == 60000 && run.width_count == 2,
              "another run came back");
}

Test(settings, a_file_of_settings_is_read_and_names_what_is_wrong_with_it)
{
    static const struct {
        const char *text, *says;
    } refused[] = {
        {"{\"epochs\": 3", "line 1"},
        {"[1]", "between { and }"},
        {"{\"epochs\": 3, \"epochs\": 4}", "duplicate"},
        {"{\"epoch\": 3}", "\"epoch\" is no setting"},
        {"{\"epochs\": 0}", "epochs wants a whole number"},
        {"{\"epochs\": 2.5}", "epochs wants a whole number"},
        {"{\"epochs\": null}", "epochs wants a whole number"},
        {"{\"epochs\": 3, \"steps\": 4}", "cannot stand beside"},
        {"{\"hidden\": [10, \"x\"]}", "hidden wants widths"},
        {"{\"hidden\": [10, -1]}", "hidden wants widths"},
        {"{\"learning_rate\": -1}", "learning-rate wants a number"},
        {"{\"activation\": true}", "activation is"},
        {"{\"dataset\": 3}", "\"dataset\" is no text"},
        {"{\"options\": {\"target\": 3}}", "\"target\" is no text"},
        {"{\"options\": []}", "\"options\" stand between { and }"},
        {"{\"samples\": \"x\"}", "\"samples\" is no hexadecimal number"},
    };
    static const char good[] = "{\"hidden\": [], \"learning_rate\": 1, \"seed\": 5,\n"
                               " \"steps\": 8, \"batch_size\": 32, \"dataset\": \"digits:60\",\n"
                               " \"options\": {\"target\": \"price\"}}\n";
    const char *path = test_path("settings.json");
    struct incline_train_options options = {0};
    struct incline_run_info info;

    for (size_t r = 0; r < sizeof refused / sizeof refused[0]; r++) {
        test_write(path, refused[r].text, strlen(refused[r].text));
        require_fails(incline_train_config(path, &options, &info), INCLINE_EFORMAT,
                      refused[r].says);
        require_fails(incline_train_config(path, &options, &info), INCLINE_EFORMAT,
                      "settings.json");
    }
    require_fails(incline_train_config(test_path("none.json"), &options, NULL), INCLINE_EIO,
                  "none.json");
    test_write(path, good, sizeof good - 1);
    require_ok(incline_train_config(path, &options, &info));
    cr_expect(options.no_hidden && options.learning_rate == 1.0f && options.seed == 5 &&
              options.steps == 8 && options.epochs == 0 && options.batch == 32);
    cr_expect_str_eq(info.data, "digits:60");
    cr_expect_str_eq(info.kept, "{\"target\":\"price\"}");
}

/* ---- decimal numbers ---- */

Test(settings, every_float_comes_back_from_its_shortest_text)
{
    char text[32];
    double value;

    for (uint32_t bits = 1; bits < 0x7f800000; bits += 100003) {
        float x;
        memcpy(&x, &bits, sizeof x);
        cr_assert(decimal_real(decimal_text(x, text, sizeof text), &value) && (float)value == x,
                  "%s for %.9g", text, (double)x);
    }
    cr_expect_str_eq(decimal_text(0.1f, text, sizeof text), "0.1");
    cr_expect_str_eq(decimal_text(1e6f, text, sizeof text), "1e+06");
}
