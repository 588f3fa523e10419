/* test_public.c - the library as a stranger uses it: incline.h and nothing else of the house. */
#include <math.h>

#include "support.h"

Test(public, train_save_load_and_predict_through_incline_h_alone)
{
    enum { CLASSES = 10 };
    incline_device *device = test_device();
    incline_dataset *train = NULL, *test = NULL;
    incline_trainer *trainer = NULL;
    incline_model *model = NULL;
    struct incline_evaluation trained, loaded;
    float probabilities[3 * CLASSES];
    const uint32_t rows = test_quick() ? 20 : 1000;
    const struct incline_train_options options = {.batch = test_quick() ? 9 : 20,
                                                  .epochs = test_quick() ? 1 : 10};

    require_ok(
        incline_dataset_open(rows == 20 ? "digits:20" : "digits:1000", INCLINE_TRAIN, &train));
    require_ok(incline_dataset_open(rows == 20 ? "digits:20" : "digits:300", INCLINE_TEST, &test));
    require_ok(incline_trainer_create(device, train, &options, &trainer));
    require_ok(incline_trainer_run(trainer, NULL, NULL));
    require_ok(incline_model_save(incline_trainer_model(trainer), test_path("model.safetensors")));
    require_ok(incline_evaluate(incline_trainer_model(trainer), device, test, NULL, &trained));
    require_ok(incline_model_load(test_path("model.safetensors"), &model));
    require_ok(incline_evaluate(model, device, test, NULL, &loaded));
    require_ok(incline_predict(model, device, test, 0, 3, probabilities));

    cr_expect(trained.correct == loaded.correct && trained.loss == loaded.loss,
              "%u right, loss %g before; %u right, loss %g after loading", trained.correct,
              trained.loss, loaded.correct, loaded.loss);
    cr_expect(rows == 20 || loaded.accuracy > 0.6, "accuracy above 0.6 expected, %g found",
              loaded.accuracy);
    for (int r = 0; r < 3; r++) {
        double sum = 0.0;
        for (int c = 0; c < CLASSES; c++)
            sum += (double)probabilities[r * CLASSES + c];
        cr_expect(fabs(sum - 1.0) < 1e-5, "row %d: a sum of 1 expected, %.9g found", r, sum);
    }
    incline_model_destroy(model);
    incline_trainer_destroy(trainer);
    incline_dataset_close(test);
    incline_dataset_close(train);
    incline_device_close(device);
}
