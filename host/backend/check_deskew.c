/* check_deskew.c - upright images in lockstep. */
#include <stdio.h>

#include "host/backend/bounds_deskew.h"
#include "host/backend/check_room.h"
#include "host/util/status.h"

static struct deskew map_deskew(struct deskew args, struct span (*map)(struct span))
{
    args.x = map(args.x);
    args.background = map(args.background);
    return args;
}

int check_deskew(struct incline_device *dev, const struct deskew *args)
{
    struct check_device *check = check_of(dev);
    const struct deskew subject_args = map_deskew(*args, of_subject);
    const struct deskew twin_args = map_deskew(*args, of_twin);
    const size_t count = (size_t)args->rows * args->image_rows * args->image_cols;
    char what[64];
    int rc = INCLINE_OK;

    double *bound = check_bounds_room(check, count, &rc);
    if (bound == NULL)
        return rc;
    TRY(bounds_deskew(args, twin_floats(args->x), *twin_floats(args->background), bound));
    RUN_BOTH(deskew);
    snprintf(what, sizeof what, "x[%u] of %ux%u", args->rows, args->image_rows, args->image_cols);
    TRY(check_compare_floats(check, SLOT_deskew, args->x, count, bound, what));
out:
    return rc;
}
