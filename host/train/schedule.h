/* schedule.h - the learning rate of each step: a factor of the run's rate that follows from the
 * number of the step alone, so that a resumed run has the same rates. Units are epochs or steps. */
#ifndef INCLINE_TRAIN_SCHEDULE_H
#define INCLINE_TRAIN_SCHEDULE_H

#include "incline.h"

/* How long a run is. */
struct schedule_span {
    uint64_t steps, epoch_steps; /* in all; of an epoch, > 0 */
};

/* "constant", "step": the word that stands in files; NULL for any other number. */
const char *schedule_text(int kind);

/* Does it fit a run of this length? Fails with INCLINE_EARG: a warm-up as long as the run, a
 * decay that comes after its end. */
int schedule_check(const struct incline_schedule *schedule, struct schedule_span span);

/* The factor in step `step`, counted from 0. With t units done since the warm-up of w, T units from
 * there to the end, and the numbers as in torch.optim.lr_scheduler of PyTorch 1.13:
 *   warm-up      (units + 1) / (w + 1), LinearLR
 *   constant     1
 *   step         decay ^ floor(t / every), StepLR
 *   exponential  decay ^ t, ExponentialLR
 *   cosine       last + (1 - last) (1 + cos(pi t / T)) / 2, CosineAnnealingLR
 *   one-cycle    from 1/25 up to 1 over the first 30 % of the units and down to 1/250000 with the
 *                last, along cosines: OneCycleLR (Smith and Topin 2018, arXiv:1708.07120) */
double schedule_factor(const struct incline_schedule *schedule, uint64_t step,
                       struct schedule_span span);

/* Of the steps from `step` on, at most `most` >= 1 and within one epoch: how many have its rate. */
uint32_t schedule_same(const struct incline_schedule *schedule, uint64_t step,
                       struct schedule_span span, uint32_t most);

#endif
