/* settings.h - what may be set of a training run: one table, from which the options of the command
 * line, config.json, the defaults and the range checks come.
 *
 * To add a setting: a field in struct incline_train_options (zero: its default), a line in one of
 * the table's two parts, settings_run.c and settings_method.c. */
#ifndef INCLINE_TRAIN_SETTINGS_H
#define INCLINE_TRAIN_SETTINGS_H

#include <jansson.h>
#include <stddef.h>

#include "incline.h"

/* What a setting's value is, and the field that keeps it. */
enum setting_kind {
    SETTING_FLAG,   /* bool */
    SETTING_CHOICE, /* an enum that is counted from 0 */
    SETTING_WHOLE,  /* uint32_t in [least, most] */
    SETTING_LONG,   /* uint64_t in [least, most] */
    SETTING_REAL,   /* float in [least, most] */
    SETTING_BATCH,  /* uint32_t in [least, most], or INCLINE_BATCH_FULL: "full" */
    SETTING_HIDDEN, /* hidden, hidden_count and no_hidden: "128,64", "none" */
    SETTING_WEIGHTS /* class_weights, or class_weight and its count: "balanced", "1,2,0.5" */
};

struct setting {
    struct incline_setting info;
    enum setting_kind kind;
    size_t at;                  /* offset of the field in struct incline_train_options */
    double least, most;         /* of numbers */
    bool or_none;               /* of reals: 0 may be said, and is kept as INCLINE_NONE */
    const char *older;          /* its name in files of earlier versions; NULL */
    const struct setting *more; /* after the last, whose name is NULL: where the table goes on */
};

/* The table's parts: the network and its run, and what happens in a step. */
extern const struct setting settings_run[], settings_method[];

/* Where a setting keeps its value. */
#define SETTING_AT(field) offsetof(struct incline_train_options, field)

/* The table's first setting, for NULL, or the one after; NULL past the last. */
const struct setting *setting_next(const struct setting *setting);

/* The setting of a name; NULL if there is none. */
const struct setting *setting_find(const char *name);

/* True where a field is zero: its default holds. */
bool setting_is_zero(const struct setting *setting, const struct incline_train_options *options);

/* Make it zero. */
void setting_clear(const struct setting *setting, struct incline_train_options *options);

/* Set or get one as text; see incline_train_set() and incline_train_get(). */
int setting_set(const struct setting *setting, struct incline_train_options *options,
                const char *text);
void setting_get(const struct setting *setting, const struct incline_train_options *options,
                 char *text, size_t bytes);

/* Those of them that are lists: settings_list.c. */
int setting_set_hidden(const struct setting *setting, struct incline_train_options *options,
                       const char *text);
void setting_get_hidden(const struct incline_train_options *options, char *text, size_t bytes);
int setting_check_hidden(const struct incline_train_options *options);
int setting_set_weights(const struct setting *setting, struct incline_train_options *options,
                        const char *text);
void setting_get_weights(const struct incline_train_options *options, char *text, size_t bytes);
int setting_check_weights(const struct setting *setting,
                          const struct incline_train_options *options);

/* Is every field in its range? Zeros are. Fails with INCLINE_EARG. */
int settings_check(const struct incline_train_options *options);

/* Put all that is not zero into a JSON object; false without memory. */
bool settings_to_json(const struct incline_train_options *options, json_t *object);

/* Set what an object names; `also` are keys that are no settings, until NULL. Fails with
 * INCLINE_EFORMAT. */
int settings_from_json(const json_t *object, const char *const *also,
                       struct incline_train_options *options);

#endif
