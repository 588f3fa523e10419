/* loss.c - tasks, their losses and their names. */
#include "host/net/loss.h"

#include <stddef.h>

struct loss loss_of_task(enum incline_task task)
{
    switch (task) {
    case INCLINE_TASK_BINARY:
    case INCLINE_TASK_LABELS:
        return (struct loss){.kind = INCLINE_LOSS_SIGMOID};
    case INCLINE_TASK_REGRESSION:
        return (struct loss){.kind = INCLINE_LOSS_MSE};
    case INCLINE_TASK_CLASSES:
        break;
    }
    return (struct loss){.kind = INCLINE_LOSS_SOFTMAX};
}

const char *loss_text(int kind)
{
    static const char *const names[] = {
        [INCLINE_LOSS_AUTO] = "auto",       [INCLINE_LOSS_SOFTMAX] = "softmax",
        [INCLINE_LOSS_SIGMOID] = "sigmoid", [INCLINE_LOSS_MSE] = "mse",
        [INCLINE_LOSS_MAE] = "mae",         [INCLINE_LOSS_HUBER] = "huber",
    };
    return kind >= 0 && kind < (int)(sizeof names / sizeof names[0]) ? names[kind] : NULL;
}

const char *loss_task_text(enum incline_task task)
{
    switch (task) {
    case INCLINE_TASK_CLASSES:
        return "classes";
    case INCLINE_TASK_BINARY:
        return "binary";
    case INCLINE_TASK_LABELS:
        return "labels";
    case INCLINE_TASK_REGRESSION:
        return "regression";
    }
    return NULL;
}
