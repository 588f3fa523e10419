/* checkpoint.h - the files of a run folder: config.json, model.safetensors, and
 * checkpoint.safetensors, which holds the model too and everything needed to go on to the bit. */
#ifndef INCLINE_TRAIN_CHECKPOINT_H
#define INCLINE_TRAIN_CHECKPOINT_H

#include "host/backend/backend.h"
#include "host/net/model.h"
#include "host/train/run.h"
#include "host/train/watch.h"

/* What a run keeps beside its model: as many floats as the model has parameters, laid out alike. */
struct checkpoint_block {
    char name[16]; /* "moment1" */
    float *values; /* [param_count]; the checkpoint's */
};
enum { CHECKPOINT_BLOCKS = 8 };

/* Where a run stands. */
struct checkpoint {
    uint64_t step;               /* steps finished */
    uint32_t tally[TALLY_WORDS]; /* of the running epoch, as bits */
    struct best best;            /* of the epochs so far; its parameters are the block "best" */
    bool cut_is_best;            /* the model's own are better, those of an epoch that was cut */
    struct plateau plateau;
    struct checkpoint_block blocks[CHECKPOINT_BLOCKS];
    size_t block_count;
};

/* Add a block with room for `count` floats, *values; fails with INCLINE_ENOMEM. */
int checkpoint_add(struct checkpoint *checkpoint, const char *name, size_t count, float **values);

/* The values of a block; NULL if there is none. */
const float *checkpoint_find(const struct checkpoint *checkpoint, const char *name);

/* Free the blocks. */
void checkpoint_clear(struct checkpoint *checkpoint);

/* Write config.json into the folder. Fails with INCLINE_EIO, INCLINE_ENOMEM, INCLINE_EARG. */
int checkpoint_begin(const char *folder, const struct run *run);

/* Write checkpoint.safetensors, or model.safetensors. Each is replaced whole or not at all. Fail
 * with INCLINE_EIO, INCLINE_ENOMEM. */
int checkpoint_save(const char *folder, const struct run *run, const incline_model *model,
                    const struct checkpoint *checkpoint);
int checkpoint_save_model(const char *folder, const incline_model *model);

/* Is there a checkpoint in the folder? */
bool checkpoint_is_there(const char *folder);

/* Read checkpoint.safetensors; the caller clears the checkpoint. Fails with INCLINE_EIO,
 * INCLINE_EFORMAT, INCLINE_ENOMEM. */
int checkpoint_load(const char *folder, struct run *run, incline_model **model,
                    struct checkpoint *checkpoint);

#endif
