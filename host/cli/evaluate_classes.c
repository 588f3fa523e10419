/* evaluate_classes.c - precision, recall and F1 of each class and the confusion matrix, as people
 * and programs read them. */
#include "evaluate_classes.h"
#include "json.h"
#include "terminal.h"
#include "text.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* The matrix is printed up to so many classes, and up to so many columns of a file. */
enum { CLASSES_SHOWN = 100, FILE_COLUMNS = 132, NAME_COLUMNS = 32, CELL_LEAST = 4 };

/* Of one class, or their mean; NaN where there is nothing to divide by. */
struct scores {
    double precision, recall, f1;
    uint64_t samples, predicted; /* of the class; predicted to be of it */
};

static double ratio(uint64_t part, uint64_t whole)
{
    return whole > 0 ? (double)part / (double)whole : (double)NAN;
}

static struct scores class_scores(const uint64_t *confusion, uint32_t classes, uint32_t c)
{
    struct scores s = {.samples = 0};

    for (uint32_t i = 0; i < classes; i++) {
        s.samples += confusion[(size_t)c * classes + i];
        s.predicted += confusion[(size_t)i * classes + c];
    }
    const uint64_t hit = confusion[(size_t)c * classes + c];
    s.precision = ratio(hit, s.predicted);
    s.recall = ratio(hit, s.samples);
    s.f1 = ratio(2 * hit, s.samples + s.predicted);
    return s;
}

/* Mean over the classes that occur, in the samples or in what is predicted; there an undefined
 * precision or recall counts as 0: what scikit-learn's macro average is. */
static struct scores macro_average(const uint64_t *confusion, uint32_t classes)
{
    struct scores mean = {.samples = 0};
    uint32_t occurring = 0;

    for (uint32_t c = 0; c < classes; c++) {
        const struct scores s = class_scores(confusion, classes, c);
        mean.samples += s.samples;
        if (s.samples + s.predicted == 0)
            continue;
        occurring++;
        mean.precision += s.predicted > 0 ? s.precision : 0.0;
        mean.recall += s.samples > 0 ? s.recall : 0.0;
        mean.f1 += s.f1;
    }
    mean.precision /= occurring; /* NaN of nothing */
    mean.recall /= occurring;
    mean.f1 /= occurring;
    return mean;
}

static void print_scores(const char *name, size_t width, const struct scores *s)
{
    printf("%s %9s %8s %8s %8s\n", text_cell(name, width).s, text_percent(s->precision).s,
           text_percent(s->recall).s, text_percent(s->f1).s, text_count(s->samples).s);
}

static size_t name_width(const incline_model *model, uint32_t classes)
{
    size_t width = strlen("class");

    for (uint32_t c = 0; c < classes; c++) {
        const size_t columns = text_columns(incline_model_class_name(model, c));
        width = columns > width ? columns : width;
    }
    return width < NAME_COLUMNS ? width : (size_t)NAME_COLUMNS;
}

/* True if two of the names are the same once they are cut to so many columns. */
static bool look_alike(const incline_model *model, uint32_t classes, size_t columns)
{
    for (uint32_t a = 1; a < classes; a++) {
        const struct text name = text_cell(incline_model_class_name(model, a), columns);
        for (uint32_t b = 0; b < a; b++)
            if (strcmp(name.s, text_cell(incline_model_class_name(model, b), columns).s) == 0)
                return true;
    }
    return false;
}

/* The columns stand below the names of their classes, or where these would be cut to look alike
 * below numbers, which then stand before the names of the lines, too. */
static void print_confusion(const incline_model *model, const uint64_t *confusion, uint32_t classes,
                            size_t names)
{
    int cell = CELL_LEAST;

    for (size_t i = 0; i < (size_t)classes * classes; i++) {
        const int digits = snprintf(NULL, 0, "%" PRIu64, confusion[i]);
        cell = digits + 1 > cell ? digits + 1 : cell;
    }
    const bool shown = classes <= CLASSES_SHOWN;
    const bool numbered = shown && look_alike(model, classes, (size_t)cell - 1);
    const int number = numbered ? CELL_LEAST : 0;
    const size_t width = (size_t)number + names + (size_t)cell * classes;
    if (!shown || width > (terminal_live(stdout) ? terminal_columns(stdout) : FILE_COLUMNS)) {
        printf("\nThe confusion matrix of %" PRIu32 " classes needs %zu columns; --json has it.\n",
               classes, width);
        return;
    }
    const char *good = terminal_style(stdout, STYLE_GOOD), *dim = terminal_style(stdout, STYLE_DIM);
    const char *plain = terminal_style(stdout, STYLE_PLAIN);
    printf("\nConfusion: true class down, predicted class across\n%*s", number + (int)names, "");
    for (uint32_t c = 0; c < classes; c++)
        if (numbered)
            printf("%*" PRIu32, cell, c);
        else
            printf(" %s", text_cell_right(incline_model_class_name(model, c), (size_t)cell - 1).s);
    putchar('\n');
    for (uint32_t t = 0; t < classes; t++) {
        if (numbered)
            printf("%*" PRIu32 " ", number - 1, t);
        fputs(text_cell(incline_model_class_name(model, t), names).s, stdout);
        for (uint32_t p = 0; p < classes; p++) {
            const uint64_t n = confusion[(size_t)t * classes + p];
            const char *style = t == p ? good : n == 0 ? dim : "";
            printf("%s%*" PRIu64 "%s", style, cell, n, style[0] != '\0' ? plain : "");
        }
        putchar('\n');
    }
}

void evaluate_print_classes(const incline_model *model, const uint64_t *confusion, uint32_t classes,
                            const struct incline_evaluation *e)
{
    const size_t names = name_width(model, classes);

    printf("accuracy  %s%s%s  (%s of %s)\n", terminal_style(stdout, STYLE_BOLD),
           text_percent(e->accuracy).s, terminal_style(stdout, STYLE_PLAIN),
           text_count(e->correct).s, text_count(e->rows).s);
    printf("loss      %s\n", text_loss(e->loss).s);
    printf("\n%-*s %9s %8s %8s %8s\n", (int)names, "class", "precision", "recall", "F1", "samples");
    for (uint32_t c = 0; c < classes; c++) {
        const struct scores s = class_scores(confusion, classes, c);
        print_scores(incline_model_class_name(model, c), names, &s);
    }
    const struct scores mean = macro_average(confusion, classes);
    print_scores("mean", names, &mean);
    print_confusion(model, confusion, classes, names);
}

static json_t *scores_json(const struct scores *s)
{
    return json_pack("{s:o, s:o, s:o}", "precision", json_number(s->precision), "recall",
                     json_number(s->recall), "f1", json_number(s->f1));
}

json_t *evaluate_classes_json(const incline_model *model, const uint64_t *confusion,
                              uint32_t classes)
{
    json_t *rows = json_array(), *each = json_array();

    for (uint32_t t = 0; t < classes; t++) {
        json_t *row = json_array();
        for (uint32_t p = 0; p < classes; p++)
            json_array_append_new(row, json_count(confusion[(size_t)t * classes + p]));
        json_array_append_new(rows, row);
        const struct scores s = class_scores(confusion, classes, t);
        json_t *entry = scores_json(&s);
        json_object_set_new(entry, "class", json_text(incline_model_class_name(model, t)));
        json_object_set_new(entry, "samples", json_count(s.samples));
        json_array_append_new(each, entry);
    }
    const struct scores mean = macro_average(confusion, classes);
    return json_pack("{s:o, s:o, s:o}", "macro", scores_json(&mean), "classes", each, "confusion",
                     rows);
}
