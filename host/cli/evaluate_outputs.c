/* evaluate_outputs.c - RMSE, MAE and R2 of each target, or F1 of each label, as people and programs
 * read them. */
#include "evaluate_outputs.h"
#include "json.h"
#include "terminal.h"
#include "text.h"

#include <inttypes.h>
#include <stdio.h>

enum { NAME_COLUMNS = 20 };

static void print_targets(const incline_model *model, const struct incline_model_info *m,
                          const struct incline_evaluation *e,
                          const struct incline_output_score *scores)
{
    printf("R2        %s%s%s\n", terminal_style(stdout, STYLE_BOLD), text_r2(e->r2).s,
           terminal_style(stdout, STYLE_PLAIN));
    if (m->predictions == 1) { /* of several each has a unit of its own */
        printf("RMSE      %.6g\nMAE       %.6g\n", e->rmse, e->mae);
        return;
    }
    printf("\n%-*s %12s %12s %8s\n", NAME_COLUMNS, "target", "RMSE", "MAE", "R2");
    for (uint32_t o = 0; o < m->predictions; o++)
        printf("%s %12.6g %12.6g %8s\n",
               text_cell(incline_model_class_name(model, o), NAME_COLUMNS).s, scores[o].rmse,
               scores[o].mae, text_r2(scores[o].r2).s);
}

static double part(uint64_t count, uint64_t others)
{
    return (double)count / (double)(count + others); /* NaN of nothing */
}

static void print_labels(const incline_model *model, const struct incline_model_info *m,
                         const struct incline_evaluation *e,
                         const struct incline_output_score *scores)
{
    printf("accuracy  %s%s%s  (all labels right in %s of %s)\nF1        %s\nloss      %s\n",
           terminal_style(stdout, STYLE_BOLD), text_percent(e->accuracy).s,
           terminal_style(stdout, STYLE_PLAIN), text_count(e->correct).s, text_count(e->rows).s,
           text_percent(e->f1).s, text_loss(e->loss).s);
    printf("\n%-*s %9s %8s %8s %8s\n", NAME_COLUMNS, "label", "precision", "recall", "F1",
           "samples");
    for (uint32_t o = 0; o < m->predictions; o++) {
        const struct incline_output_score *s = &scores[o];
        printf("%s %9s %8s %8s %8s\n",
               text_cell(incline_model_class_name(model, o), NAME_COLUMNS).s,
               text_percent(part(s->true_positives, s->false_positives)).s,
               text_percent(part(s->true_positives, s->false_negatives)).s, text_percent(s->f1).s,
               text_count(s->true_positives + s->false_negatives).s);
    }
}

void evaluate_print_outputs(const incline_model *model, const struct incline_evaluation *evaluation,
                            const struct incline_output_score *scores)
{
    struct incline_model_info m;

    incline_model_describe(model, &m);
    if (m.task == INCLINE_TASK_LABELS)
        print_labels(model, &m, evaluation, scores);
    else
        print_targets(model, &m, evaluation, scores);
}

json_t *evaluate_outputs_json(const incline_model *model, const struct incline_output_score *scores)
{
    struct incline_model_info m;
    json_t *list = json_array();

    incline_model_describe(model, &m);
    for (uint32_t o = 0; o < m.predictions; o++) {
        const struct incline_output_score *s = &scores[o];
        json_t *name = json_text(incline_model_class_name(model, o));
        json_array_append_new(
            list,
            m.task == INCLINE_TASK_LABELS
                ? json_pack("{s:o, s:o, s:o, s:o, s:o}", "label", name, "f1", json_number(s->f1),
                            "true_positives", json_count(s->true_positives), "false_positives",
                            json_count(s->false_positives), "false_negatives",
                            json_count(s->false_negatives))
                : json_pack("{s:o, s:o, s:o, s:o}", "target", name, "rmse", json_number(s->rmse),
                            "mae", json_number(s->mae), "r2", json_number(s->r2)));
    }
    return list;
}
