/* app.c - the whole of Incline in thirty lines: trains, saves, loads and predicts through
 * the public face alone. */
#include <incline.h>
#include <stdio.h>

#define CHECK(call)           \
    if ((call) != INCLINE_OK) \
    return fprintf(stderr, "%s: %s\n", #call, incline_last_error()), 1

int main(void)
{
    const struct incline_device_options where = {.name = "reference"};
    const struct incline_train_options how = {.epochs = 2, .seed = 7};
    incline_device *device;
    incline_dataset *digits;
    incline_trainer *trainer;
    incline_model *model;
    float trained[10], loaded[10];

    CHECK(incline_device_open(&where, &device));
    CHECK(incline_dataset_open("digits:500", INCLINE_TRAIN, &digits));
    CHECK(incline_trainer_create(device, digits, &how, &trainer));
    CHECK(incline_trainer_run(trainer, NULL, NULL));
    CHECK(incline_model_save(incline_trainer_model(trainer), "model.safetensors"));
    CHECK(incline_model_load("model.safetensors", &model));
    CHECK(incline_predict(incline_trainer_model(trainer), device, digits, 3, 1, trained));
    CHECK(incline_predict(model, device, digits, 3, 1, loaded));
    for (int i = 0; i < 10; i++)
        if (!(loaded[i] == trained[i]))
            return fprintf(stderr, "class %d: %g trained, %g loaded\n", i, trained[i], loaded[i]);
    printf("Incline %s: the loaded model predicts what the trained one did\n", incline_version());

    incline_model_destroy(model);
    incline_trainer_destroy(trainer);
    incline_dataset_close(digits);
    incline_device_close(device);
    return 0;
}
