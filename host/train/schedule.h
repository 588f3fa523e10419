/* schedule.h - the learning rate of each step: a factor of the run's rate that follows from the
 * number of the step alone, and of a plateau from what a checkpoint keeps, so that a resumed run
 * has the same rates. Units are epochs or steps. */
#ifndef INCLINE_TRAIN_SCHEDULE_H
#define INCLINE_TRAIN_SCHEDULE_H

#include "incline.h"

/* How long a run is, and what its epochs have led to. */
struct schedule_span {
    uint64_t steps, epoch_steps; /* in all; of an epoch, > 0 */
    uint32_t falls;              /* of the rate, by epochs that were no better: a plateau's */
};

/* What a plateau remembers between epochs. */
struct plateau {
    uint32_t falls;
    uint32_t fell_at; /* epochs that were done when the rate fell last */
};

/* "constant", "step": the word that stands in files; NULL for any other number. */
const char *schedule_text(int kind);

/* Has its kind a use for each number that is given? Fails with INCLINE_EARG. */
int schedule_check_numbers(const struct incline_schedule *schedule);

/* Does it fit a run of this length? Fails with INCLINE_EARG: a warm-up as long as the run, a decay
 * that comes after its end or has left nothing at half of it, a cycle without a rise. */
int schedule_check(const struct incline_schedule *schedule, struct schedule_span span);

/* The factor in step `step`, counted from 0. With t units done since the warm-up of w, T units from
 * there to the end, and the numbers as in torch.optim.lr_scheduler of PyTorch 1.13:
 *   warm-up      (units + 1) / (w + 1), LinearLR
 *   constant     1
 *   step         decay ^ floor(t / every), StepLR
 *   exponential  decay ^ t, ExponentialLR; where it is not given, 0.95 ^ epochs, by step with
 *                parts of an epoch
 *   cosine       last + (1 - last) (1 + cos(pi t / T)) / 2, CosineAnnealingLR
 *   one-cycle    from 1/25 up to 1 over the first 30 % of the units and down to 1/250000 with the
 *                last, along cosines: OneCycleLR (Smith and Topin 2018, arXiv:1708.07120)
 *   plateau      decay ^ falls, ReduceLROnPlateau with a threshold of 0 */
double schedule_factor(const struct incline_schedule *schedule, uint64_t step,
                       struct schedule_span span);

/* Of the steps from `step` on, at most `most` >= 1 and within one epoch: how many have its rate. */
uint32_t schedule_same(const struct incline_schedule *schedule, uint64_t step,
                       struct schedule_span span, uint32_t most);

/* `epochs` of a run that began at `rate` have been judged, the best of them is number `best`: the
 * rate of a plateau falls if it is time. That is when `patience` epochs have gone by since the best
 * one, the last fall and the warm-up, and if it falls by more than 1e-8: ReduceLROnPlateau falls
 * then if its patience is one less. */
void plateau_watch(const struct incline_schedule *schedule, struct schedule_span span, float rate,
                   uint32_t epochs, uint32_t best, struct plateau *plateau);

/* As text[PLATEAU_TEXT_BYTES], and back; false if it is something else. */
enum { PLATEAU_TEXT_BYTES = 24 };
void plateau_to_text(const struct plateau *plateau, char text[PLATEAU_TEXT_BYTES]);
bool plateau_from_text(const char *text, struct plateau *plateau);

#endif
