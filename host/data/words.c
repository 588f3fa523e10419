/* words.c - different texts, numbered as they come; found again by hashing. */
#include <stdlib.h>
#include <string.h>

#include "host/data/table.h"
#include "host/util/status.h"

enum { FIRST_SLOTS = 64 };

/* FNV-1a (Fowler, Noll, Vo). */
static uint32_t hash(const char *text, size_t length)
{
    uint32_t h = 2166136261u;
    for (size_t i = 0; i < length; i++)
        h = (h ^ (unsigned char)text[i]) * 16777619u;
    return h;
}

void words_clear(struct words *words)
{
    for (uint32_t i = 0; i < words->count; i++)
        free(words->texts[i]);
    free(words->texts);
    free(words->slots);
    memset(words, 0, sizeof *words);
}

/* The slot of a text, or the empty one where it would stand; slot_count > 0. */
static uint32_t *slot_of(const struct words *words, const char *text, size_t length)
{
    uint32_t at = hash(text, length) & (words->slot_count - 1);

    while (words->slots[at] != 0) {
        const char *const there = words->texts[words->slots[at] - 1];
        if (strncmp(there, text, length) == 0 && there[length] == '\0')
            break;
        at = (at + 1) & (words->slot_count - 1);
    }
    return &words->slots[at];
}

/* Twice the slots, at most half of them taken. */
static bool grow(struct words *words)
{
    const uint32_t count = words->slot_count > 0 ? 2 * words->slot_count : (uint32_t)FIRST_SLOTS;
    uint32_t *const slots = calloc(count, sizeof *slots);
    char **const texts = realloc(words->texts, count / 2 * sizeof *texts);

    if (texts != NULL)
        words->texts = texts;
    if (slots == NULL || texts == NULL) {
        free(slots);
        return false;
    }
    free(words->slots);
    words->slots = slots;
    words->slot_count = count;
    words->room = count / 2;
    for (uint32_t i = 0; i < words->count; i++)
        *slot_of(words, texts[i], strlen(texts[i])) = i + 1;
    return true;
}

uint32_t words_find(const struct words *words, const char *text, size_t length)
{
    const uint32_t *const slot = words->slot_count > 0 ? slot_of(words, text, length) : NULL;
    return slot != NULL && *slot != 0 ? *slot - 1 : UINT32_MAX;
}

int words_add(struct words *words, const char *text, size_t length, uint32_t *number)
{
    const uint32_t known = words_find(words, text, length);

    if (known != UINT32_MAX || words->count >= words->most) {
        *number = known;
        return INCLINE_OK;
    }
    char *copy = NULL;
    if (words->count < words->room || grow(words))
        copy = malloc(length + 1);
    if (copy == NULL)
        return FAIL(INCLINE_ENOMEM, "no memory for %u different texts; close other programs",
                    words->count + 1);
    memcpy(copy, text, length);
    copy[length] = '\0';
    words->texts[words->count] = copy;
    *slot_of(words, text, length) = words->count + 1;
    *number = words->count++;
    return INCLINE_OK;
}
