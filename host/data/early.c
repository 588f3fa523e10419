/* early.c - a data set whose values are still being read: a thread reads them while the caller does
 * something else, and whoever needs them waits. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/data/room.h"
#include "host/util/status.h"

struct early {
    pthread_t thread;
    pthread_mutex_t lock; /* of `running` */
    bool running;         /* not joined yet */
    char *path;
    struct idx_file file; /* stays in place while it is open */
    bool open;
    incline_dataset *dataset; /* that the values are for; it owns this */
    int status;
    char message[1024];
};

int early_open(const char *path, struct early **out, const struct idx_file **file)
{
    struct early *early = calloc(1, sizeof *early);
    int rc = INCLINE_OK;

    if (early == NULL || pthread_mutex_init(&early->lock, NULL) != 0) {
        free(early);
        return FAIL(INCLINE_ENOMEM, "%s: no memory to read it; close other programs", path);
    }
    early->path = strdup(path);
    if (early->path == NULL) {
        rc = FAIL(INCLINE_ENOMEM, "%s: no memory to read it; close other programs", path);
        goto out;
    }
    TRY(idx_open(early->path, IDX_IMAGES, &early->file));
    early->open = true;
    *file = &early->file;
    *out = early;
    return INCLINE_OK;
out:
    early_close(early);
    return rc;
}

static void *read_values(void *argument)
{
    struct early *early = argument;
    void *values = NULL;

    early->status = idx_can_be_mapped(&early->file)
                        ? idx_map(&early->file, &early->dataset->mapped, &values)
                        : idx_values(&early->file, &values);
    if (early->status == INCLINE_OK)
        early->dataset->values = values;
    else
        snprintf(early->message, sizeof early->message, "%s", incline_last_error());
    idx_close(&early->file);
    early->open = false;
    return NULL;
}

void early_begin(struct early *early, incline_dataset *dataset)
{
    dataset->early = early;
    early->dataset = dataset;
    early->running = pthread_create(&early->thread, NULL, read_values, early) == 0;
    if (!early->running)
        (void)read_values(early);
}

static void wait_for(struct early *early)
{
    pthread_mutex_lock(&early->lock);
    if (early->running)
        pthread_join(early->thread, NULL);
    early->running = false;
    pthread_mutex_unlock(&early->lock);
}

void early_close(struct early *early)
{
    if (early == NULL)
        return;
    wait_for(early);
    if (early->open)
        idx_close(&early->file);
    pthread_mutex_destroy(&early->lock);
    free(early->path);
    free(early);
}

int incline_dataset_ready(const incline_dataset *dataset)
{
    struct early *early = dataset->early;

    if (early == NULL)
        return INCLINE_OK;
    wait_for(early);
    return early->status == INCLINE_OK ? INCLINE_OK : FAIL(early->status, "%s", early->message);
}
