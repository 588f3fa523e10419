/* reference.h - what the reference's files share, and its memory for check.c, which compares with
 * it in place. */
#ifndef INCLINE_BACKEND_REFERENCE_H
#define INCLINE_BACKEND_REFERENCE_H

#include "host/backend/backend.h"

/* The elements of a span of the reference's, `element` wide each. */
void *reference_data(struct span span, enum element element);

/* reference_memory.c: buffers, copies, waiting. */
int reference_buffer_create(struct incline_device *dev, size_t bytes, struct buffer **out);
int reference_buffer_wrap(struct incline_device *dev, const void *memory, size_t bytes,
                          struct buffer **out);
void reference_buffer_destroy(struct incline_device *dev, struct buffer *buffer);
int reference_buffer_done(struct incline_device *dev, struct buffer *buffer);
int reference_buffer_map(struct incline_device *dev, struct buffer *buffer, bool wait,
                         void **memory);
int reference_buffer_unmap(struct incline_device *dev, struct buffer *buffer, void *memory);
int reference_upload(struct incline_device *dev, struct span to, enum element element, size_t count,
                     const void *from);
int reference_download(struct incline_device *dev, struct span from, enum element element,
                       size_t count, void *to);
int reference_snapshot_ready(struct incline_device *dev, bool wait, bool *ready);
int reference_finish(struct incline_device *dev);

/* Add to a sum of SUM_WORDS, compensated. */
void reference_sum_add(struct span sum, double value);

/* reference_losses.c: the targets' part of gather. */
void reference_gather_targets(const struct gather *args);

/* reference_losses.c: slots. */
int reference_weighted_xent(struct incline_device *dev, const struct weighted_xent *args);
int reference_target_loss(struct incline_device *dev, const struct target_loss *args);
int reference_divide(struct incline_device *dev, const struct divide *args);

/* reference_deskew.c: the slot. */
int reference_deskew(struct incline_device *dev, const struct deskew *args);

/* reference_augment.c: the slot. */
int reference_augment(struct incline_device *dev, const struct augment *args);

/* reference_activation.c: the slots of activations. */
int reference_activate(struct incline_device *dev, const struct activate *args);
int reference_activate_gradient(struct incline_device *dev, const struct activate_gradient *args);

/* reference_noise.c: the slots that draw. */
int reference_dropout(struct incline_device *dev, const struct dropout *args);
int reference_add_noise(struct incline_device *dev, const struct add_noise *args);

/* Is element i dropped, and its normal number. */
bool reference_dropped(const struct draws *draws, float rate, size_t i);
double reference_normal(const struct draws *draws, size_t i);

/* reference.c: the product, for dense_update(). */
int reference_dense_backward_weights(struct incline_device *dev,
                                     const struct dense_backward_weights *args);

/* reference_optimizer.c: slots. */
int reference_norm(struct incline_device *dev, const struct norm *args);
int reference_update(struct incline_device *dev, const struct update *args);
int reference_dense_update(struct incline_device *dev, const struct dense_update *args);
int reference_trust_update(struct incline_device *dev, const struct trust_update *args);
int reference_limit_rows(struct incline_device *dev, const struct limit_rows *args);
int reference_average(struct incline_device *dev, const struct average *args);

/* reference_normalize.c: slots. */
int reference_moments(struct incline_device *dev, const struct moments *args);
int reference_normalize(struct incline_device *dev, const struct normalize *args);
int reference_normalize_gradient(struct incline_device *dev, const struct normalize_gradient *args);

/* reference_peak.c: the door's measure_peak(). */
int reference_measure_peak(struct incline_device *dev, double *flops, double *bytes);

#endif
