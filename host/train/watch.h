/* watch.h - validation during a run: rows that are kept apart, judged after each epoch, and the
 * best weights so far. */
#ifndef INCLINE_TRAIN_WATCH_H
#define INCLINE_TRAIN_WATCH_H

#include "host/data/split.h"
#include "host/net/model.h"
#include "host/net/plan.h"
#include "host/train/feed.h"

/* What the validation rows say of one set of weights. */
struct verdict {
    double loss, accuracy; /* mean; part predicted right, NaN where numbers are predicted */
};

/* The best epoch so far. */
struct best {
    uint32_t epoch; /* counted from 1; 0: none yet, or none is looked for */
    struct verdict verdict;
    float *params; /* [net.param_count] after that epoch; owned; NULL while there is none */
};

/* Is `now` better than the best so far, if there is one? More samples predicted right, of equal
 * numbers the smaller loss; by INCLINE_BEST_LOSS the smaller loss; never by INCLINE_BEST_LAST. A
 * loss that is NaN is larger than any. */
bool best_is_beaten(const struct best *best, const struct verdict *now, enum incline_best by);

/* Keep these weights, params[count], as the best. Fails with INCLINE_ENOMEM. */
int best_keep(struct best *best, uint32_t epoch, const struct verdict *verdict, const float *params,
              size_t count);
void best_clear(struct best *best);

/* Epoch and verdict as text[BEST_TEXT_BYTES], to the bit, and back; false if it is something else.
 */
enum { BEST_TEXT_BYTES = 64 };
void best_to_text(const struct best *best, char text[BEST_TEXT_BYTES]);
bool best_from_text(const char *text, struct best *best);

/* Validation on a device: a plan of its own for the forward pass, and a view of the data set that
 * lies there for training. */
struct judge {
    struct plan plan;
    struct feed view;
};

/* Make one for the rows list[count] of the data set that `feed` has. Numbers are judged by `loss`,
 * by which the model is trained, classes and labels by cross-entropy without weights and smoothing.
 * The device is certified for it. Model and feed must outlive it, and the list too. Fails as the
 * device fails. */
int judge_open(struct judge *judge, const incline_model *model, const struct loss *loss,
               const struct feed *feed, const uint32_t *list, uint32_t count);
void judge_close(struct judge *judge);

/* Judge a model of the same network. Waits for the device. */
int judge_model(struct judge *judge, const incline_model *model, struct verdict *verdict);

#endif
