/* images.c - images as training shows them to a network, to be looked at. */
#include "host/backend/augmentation.h"
#include "host/net/plan.h"
#include "host/train/feed.h"
#include "host/util/status.h"

static int check(const incline_dataset *dataset, const struct incline_image_options *options,
                 const uint32_t *rows, uint32_t count)
{
    const struct incline_dataset_info *info = &dataset->info;

    if (info->image_rows == 0)
        return FAIL(INCLINE_ESHAPE,
                    "the samples of %s are no images; of a table whose rows are pixels --image "
                    "says height and width",
                    info->name);
    if (count == 0 || count > info->rows)
        return FAIL(INCLINE_EARG, "%u samples of %s, which has %u", count, info->name, info->rows);
    for (uint32_t i = 0; i < count; i++)
        if (rows[i] >= info->rows)
            return FAIL(INCLINE_EARG, "sample %u of %s; there are %u, counted from 0", rows[i],
                        info->name, info->rows);
    return augment_check(&options->augmentation);
}

/* The smallest network that takes such images: its plan brings a batch to the input as every
 * network's does, and goes no further. */
static int open_plan(struct plan *plan, struct net *net, incline_device *device,
                     const incline_dataset *dataset, const struct feed_view *view,
                     const struct incline_image_options *options, uint32_t count)
{
    const struct incline_dataset_info *info = &dataset->info;
    const struct method method = {.seed = options->seed > 0 ? options->seed : 1,
                                  .augmentation = options->augmentation,
                                  .image_rows = info->image_rows,
                                  .image_cols = info->image_cols,
                                  .deskew = options->deskew};
    int rc = INCLINE_OK;

    TRY(feed_view_takes(view, &method, dataset));
    TRY(net_init(net, (const uint32_t[]){info->features, 1}, 2, INCLINE_LINEAR));
    TRY(plan_create(plan, device, net, &method, count));
    plan->step = options->step;
out:
    return rc;
}

int incline_augment_images(incline_device *device, const incline_dataset *dataset,
                           const struct incline_image_options *options, const uint32_t *rows,
                           uint32_t count, float *images)
{
    static const struct incline_image_options defaults = {0};
    const struct incline_image_options *wanted = options != NULL ? options : &defaults;
    const struct incline_dataset_info *info = &dataset->info;
    const struct feed_view view = {
        .scale = info->scale, .shift = info->shift, .scales = info->scales, .shifts = info->shifts};
    struct net net = {0};
    struct plan plan = {0};
    struct feed feed = {0};
    int rc = INCLINE_OK;

    TRY(check(dataset, wanted, rows, count));
    TRY(open_plan(&plan, &net, device, dataset, &view, wanted, count));
    TRY(feed_open(&feed, device, dataset, &view, plan.rows));
    TRY(feed_restrict(&feed, rows, count));
    TRY(feed_epoch(&feed, 0, 0, true));
    for (uint32_t done = 0; done < count;) {
        const uint32_t pass = count - done < plan.rows ? count - done : plan.rows;
        TRY(feed_batch(&feed, &plan, done, pass));
        TRY(plan_augment(&plan, &feed.samples, done, pass));
        TRY(device->ops->download(device, plan_input(&plan), ELEMENT_F32,
                                  (size_t)pass * info->features,
                                  images + (size_t)done * info->features));
        done += pass;
    }
out:
    feed_close(&feed);
    plan_destroy(&plan);
    net_clear(&net);
    return rc;
}
