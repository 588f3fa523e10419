/* fuzz_model.c - readers of models on arbitrary bytes: safetensors of Incline and of others, and
 * ONNX; a model or a sentence, nothing else.
 *
 * Built with clang and -D INCLINE_FUZZ=ON for libFuzzer; otherwise as a program that reads the
 * files it is given. */
#include "tests/fuzz/replay.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    incline_model *model = NULL;

    fuzz_says(incline_model_load(fuzz_file(data, bytes), &model));
    incline_model_destroy(model);
    return 0;
}
