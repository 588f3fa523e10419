/* test_chunks.c - data sets that do not fit on the device: which samples an epoch presents and in
 * what order, from memory and from a file, and that training, stopping and evaluating know no
 * difference. */
#include <math.h>

#include "host/backend/check.h"
#include "host/train/feed.h"
#include "runs.h"

/* A block of 256 KiB holds 16 samples, and a chunk 20. Kernels get fewer features to work on. */
enum { ROWS = 203, FEATURES = 16384, FEW = 20, BLOCK = 16, CHUNK = 20, PASS = 5, CLASSES = 7 };

/* Sample r begins with the two bytes of r. */
static void fill(unsigned char *values, size_t features)
{
    for (size_t r = 0; r < ROWS; r++)
        for (size_t i = 0; i < features; i++)
            values[r * features + i] = (unsigned char)(i < 2 ? r >> 8 * i : (r * 31 + i * 7) % 251);
}

/* ROWS samples in memory, or with `mapped` in a file; `classes` labels in turn. */
static incline_dataset *make_set(bool mapped, uint32_t features, uint32_t classes)
{
    unsigned char *values = rig_room((size_t)ROWS * features);
    uint32_t labels[ROWS];
    incline_dataset *made = NULL;

    fill(values, features);
    for (uint32_t r = 0; r < ROWS; r++)
        labels[r] = r % classes;
    require_ok(incline_dataset_create(&(struct incline_samples){.rows = ROWS,
                                                                .features = features,
                                                                .classes = classes,
                                                                .bytes = values,
                                                                .labels = labels},
                                      &made));
    free(values);
    if (mapped) {
        const char *path = test_path("values");
        const size_t bytes = (size_t)ROWS * features;
        FILE *file = fopen(path, "w+b");
        cr_assert(file != NULL && fwrite("head", 1, 4, file) == 4 &&
                      fwrite(made->values, 1, bytes, file) == bytes && fflush(file) == 0,
                  "%s: %zu bytes cannot be written", path, bytes);
        require_ok(mapped_open(path, fileno(file), bytes + 4, &made->mapped));
        fclose(file);
        free(made->values);
        made->values = (unsigned char *)made->mapped.base + 4;
    }
    return made;
}

/* Room for chunks of CHUNK samples, with their labels, and a few bytes more. */
static void take_memory(incline_device *dev, uint32_t features)
{
    dev->info.global_bytes = (uint64_t)16 * CHUNK * (features + 4);
}

/* order[feed->count]: the samples as an epoch presents them; each must bring its own values. */
static void present_all(struct feed *feed, uint64_t epoch, bool in_order, uint32_t *order)
{
    incline_device *dev = feed->dev;
    unsigned char *values = rig_room((size_t)feed->samples.rows * FEATURES);
    uint32_t places[ROWS];
    struct span at;

    require_ok(feed_epoch(feed, 3, epoch, in_order));
    for (uint32_t first = 0, rows; first < feed->count; first += rows) {
        const uint32_t run = feed_run(feed, first);
        rows = run < PASS ? run : PASS;
        require_ok(feed_present(feed, first, rows, &at));
        require_ok(dev->ops->download(dev, at, ELEMENT_U32, rows, places));
        require_ok(dev->ops->download(dev, feed->samples.values, ELEMENT_U8,
                                      (size_t)feed->samples.rows * FEATURES, values));
        for (uint32_t r = 0; r < rows; r++) {
            cr_assert(places[r] < feed->samples.rows, "place %u of %u", places[r],
                      feed->samples.rows);
            const unsigned char *sample = values + (size_t)places[r] * FEATURES;
            uint32_t label;
            order[first + r] = sample[0] | (uint32_t)sample[1] << 8;
            cr_assert(sample[1000] == (order[first + r] * 31 + 7000) % 251, "sample %u is torn",
                      order[first + r]);
            require_ok(dev->ops->download(
                dev,
                (struct span){feed->samples.labels.buffer, feed->samples.labels.at + places[r]},
                ELEMENT_U32, 1, &label));
            cr_assert(label == order[first + r], "sample %u has the label of %u", order[first + r],
                      label);
        }
    }
    free(values);
}

static void open_feed(struct feed *feed, incline_device *dev, const incline_dataset *dataset)
{
    require_ok(feed_open(feed, dev, dataset, &(struct feed_view){.scale = 1.0f}, PASS));
}

static void expect_each_once(const uint32_t *order, const uint32_t *list, uint32_t count)
{
    uint32_t seen[ROWS] = {0};

    for (uint32_t i = 0; i < count; i++)
        seen[order[i]]++;
    for (uint32_t i = 0; i < count; i++)
        cr_expect(seen[list != NULL ? list[i] : i] == 1, "sample %u came %u times",
                  list != NULL ? list[i] : i, seen[list != NULL ? list[i] : i]);
}

/* Every third sample stays away. */
static uint32_t make_list(uint32_t *list)
{
    uint32_t count = 0;
    for (uint32_t r = 0; r < ROWS; r++)
        if (r % 3 != 1)
            list[count++] = r;
    return count;
}

Test(chunks, each_epoch_presents_every_sample_once)
{
    incline_device *dev = test_device();
    uint32_t order[ROWS], before[ROWS], list[ROWS];
    const uint32_t count = make_list(list);

    take_memory(dev, FEATURES);
    for (int mapped = 0; mapped < 2; mapped++) {
        incline_dataset *dataset = make_set(mapped, FEATURES, ROWS);
        struct feed feed = {0}, part = {0};
        open_feed(&feed, dev, dataset);
        cr_expect(!feed.resident && feed.samples.rows == CHUNK, "chunks of %d expected, %u found",
                  CHUNK, feed.samples.rows);
        present_all(&feed, 0, false, before);
        expect_each_once(before, NULL, ROWS);
        present_all(&feed, 1, false, order);
        expect_each_once(order, NULL, ROWS);
        cr_expect(memcmp(order, before, sizeof order) != 0, "two epochs in the same order");
        present_all(&feed, 0, false, order);
        cr_expect(memcmp(order, before, sizeof order) == 0, "an epoch again, in another order");
        require_ok(feed_share(&part, &feed, list, count, PASS));
        present_all(&part, 5, false, order);
        expect_each_once(order, list, count);
        present_all(&part, 5, true, order);
        cr_expect(memcmp(order, list, count * sizeof *list) == 0, "not in order");
        feed_close(&part);
        feed_close(&feed);
        incline_dataset_close(dataset);
    }
    incline_device_close(dev);
}

Test(chunks, a_set_in_memory_has_the_order_of_one_that_fits)
{
    incline_device *dev = test_device();
    incline_dataset *dataset = make_set(false, FEATURES, ROWS);
    uint32_t order[2][ROWS];

    for (int small = 0; small < 2; small++) {
        struct feed feed = {0};
        if (small)
            take_memory(dev, FEATURES);
        open_feed(&feed, dev, dataset);
        cr_expect(feed.resident == !small, "resident: %d", feed.resident);
        present_all(&feed, 2, false, order[small]);
        feed_close(&feed);
    }
    cr_expect(memcmp(order[0], order[1], sizeof order[0]) == 0, "two orders");
    incline_dataset_close(dataset);
    incline_device_close(dev);
}

/* A chunk has few blocks, so it is read in long runs; but its samples do not come as they lie, and
 * another epoch cuts the blocks elsewhere. */
Test(chunks, a_set_in_a_file_is_drawn_by_blocks_and_shuffled_in_chunks)
{
    incline_device *dev = test_device();
    incline_dataset *dataset = make_set(true, FEATURES, ROWS);
    struct feed feed = {0};
    uint32_t order[ROWS];

    take_memory(dev, FEATURES);
    open_feed(&feed, dev, dataset);
    for (uint64_t epoch = 0; epoch < 3; epoch++) {
        uint32_t neighbours = 0;
        present_all(&feed, epoch, false, order);
        for (uint32_t first = 0; first < ROWS; first += CHUNK) {
            const uint32_t rows = ROWS - first < CHUNK ? ROWS - first : CHUNK;
            bool here[ROWS + 1] = {false};
            uint32_t runs = 0;
            for (uint32_t i = first; i < first + rows; i++) {
                here[order[i]] = true;
                neighbours += i > first && order[i] == order[i - 1] + 1;
            }
            for (uint32_t r = 0; r < ROWS; r++)
                runs += here[r] && !here[r + 1];
            cr_expect(runs <= rows / BLOCK + 3, "epoch %u: %u samples in %u runs", (unsigned)epoch,
                      rows, runs);
        }
        cr_expect(neighbours < ROWS / 8, "epoch %u: %u samples follow their neighbour",
                  (unsigned)epoch, neighbours);
    }
    feed_close(&feed);
    incline_dataset_close(dataset);
    incline_device_close(dev);
}

Test(chunks, a_stopped_run_goes_on_to_the_same_bits)
{
    incline_device *dev = test_device();
    incline_dataset *dataset = make_set(true, FEW, CLASSES);
    const char *whole = test_path("whole"), *cut = test_path("cut");
    struct incline_train_options options = {
        .hidden = {2}, .hidden_count = 1, .batch = PASS, .epochs = 2, .output = whole};
    incline_trainer *trainer = NULL;
    size_t bytes[2];

    take_memory(dev, FEW);
    run_through(dev, dataset, &options, NULL, NULL, 0);
    options.output = cut;
    options.epochs = 0;
    options.steps = 11; /* within a chunk */
    run_through(dev, dataset, &options, NULL, NULL, 0);
    require_ok(incline_trainer_resume(dev, dataset, cut, 2, 0, &trainer));
    require_ok(incline_trainer_run(trainer, NULL, NULL));
    incline_trainer_destroy(trainer);
    unsigned char *a = read_whole(whole, "model.safetensors", &bytes[0]);
    unsigned char *b = read_whole(cut, "model.safetensors", &bytes[1]);
    cr_expect(bytes[0] == bytes[1] && memcmp(a, b, bytes[0]) == 0, "another model");
    free(a);
    free(b);
    incline_dataset_close(dataset);
    incline_device_close(dev);
}

/* Batches larger than a pass, whose ends lie anywhere in a chunk. Gradients add up pass by pass, so
 * in another order than where all samples lie on the device. */
Test(chunks, batches_of_several_passes_train_alike)
{
    enum { PARAMS = 2 * (FEW + 1) + CLASSES * 3 };
    static const uint32_t batches[] = {51, 45, INCLINE_BATCH_FULL, 17};

    for (size_t b = 0; b < COUNT(batches); b++) {
        float params[2][PARAMS];
        const struct incline_train_options options = {
            .hidden = {2}, .hidden_count = 1, .batch = batches[b], .epochs = 2};
        for (int small = 0; small < 2; small++) {
            incline_device *dev = test_device();
            incline_dataset *dataset = make_set(false, FEW, CLASSES);
            if (small)
                take_memory(dev, FEW);
            dev->info.max_alloc_bytes = 8192; /* so that a pass is small */
            run_through(dev, dataset, &options, NULL, params[small], PARAMS);
            incline_dataset_close(dataset);
            incline_device_close(dev);
        }
        for (size_t p = 0; p < PARAMS; p++)
            cr_expect(fabsf(params[0][p] - params[1][p]) <= 1e-4f,
                      "batch %u, parameter %zu: %g, %g", batches[b], p, (double)params[0][p],
                      (double)params[1][p]);
    }
}

/* The list of those that take part need not rise. */
Test(chunks, any_list_is_presented_as_it_stands)
{
    static const uint32_t list[] = {5, 7, 6, 40, 41, 43, 42, 9, 9, 11, 12, 200, 3};
    incline_device *dev = test_device();
    incline_dataset *dataset = make_set(true, FEATURES, ROWS);
    struct feed feed = {0}, part = {0};
    uint32_t order[ROWS];

    take_memory(dev, FEATURES);
    open_feed(&feed, dev, dataset);
    require_ok(feed_share(&part, &feed, list, COUNT(list), PASS));
    present_all(&part, 0, true, order);
    cr_expect(memcmp(order, list, sizeof list) == 0, "not as it stands");
    feed_close(&part);
    feed_close(&feed);
    incline_dataset_close(dataset);
    incline_device_close(dev);
}

/* The reference beside the device gets the same chunks. */
Test(chunks, every_operation_agrees_with_the_reference)
{
    incline_device *dev = test_device(), *check = NULL;
    incline_dataset *dataset = make_set(true, FEW, CLASSES);

    require_ok(check_open(dev, true, true, &check));
    take_memory(check, FEW);
    run_through(check, dataset,
                &(struct incline_train_options){
                    .hidden = {2}, .hidden_count = 1, .batch = PASS, .epochs = 1},
                NULL, NULL, 0);
    incline_dataset_close(dataset);
    incline_device_close(check);
}

Test(chunks, predictions_are_those_of_a_set_that_fits)
{
    incline_device *dev = test_device();
    const uint32_t widths[] = {FEW, 3, CLASSES};
    incline_model *model = NULL;
    float predictions[2][ROWS * CLASSES] = {{0}};

    require_ok(incline_model_create(
        &(struct incline_model_options){.widths = widths, .width_count = 3, .seed = 9}, &model));
    for (int small = 0; small < 2; small++) {
        incline_dataset *dataset = make_set(small, FEW, CLASSES);
        if (small)
            take_memory(dev, FEW);
        require_ok(incline_predict(model, dev, dataset, 3, ROWS - 3, predictions[small]));
        incline_dataset_close(dataset);
    }
    cr_expect(memcmp(predictions[0], predictions[1], sizeof predictions[0]) == 0,
              "other probabilities, the first %.9g and %.9g", (double)predictions[0][0],
              (double)predictions[1][0]);
    incline_model_destroy(model);
    incline_device_close(dev);
}
