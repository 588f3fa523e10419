/* plan_loss.h - the loss of a plan's method, for those who add up its gradients. */
#ifndef INCLINE_NET_PLAN_LOSS_H
#define INCLINE_NET_PLAN_LOSS_H

#include "host/net/plan.h"

/* Make what the loss needs on the device: the drawing in plan.h says what. plan->method, net and
 * rows are set. Fails with INCLINE_ENOMEM, or as the device fails. */
int plan_loss_create(struct plan *plan);

/* Are gradients divided by the weights of a batch's labels, which only the device knows? They must
 * be added up in plan->grads then. */
bool plan_loss_weighs(const struct plan *plan);

/* Before the first pass of a batch: forget the weights of the last; and after its last pass: make
 * plan->grads, which were added up with plan->scale, those of the loss's own mean. */
int plan_loss_begin(struct plan *plan);
int plan_loss_mean(struct plan *plan);

#endif
