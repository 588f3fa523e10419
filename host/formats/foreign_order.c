/* foreign_order.c - which layer follows which, by shapes and by numbers in names. */
#include "host/formats/foreign.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "host/formats/quote.h"
#include "host/util/status.h"

/* Trials before layers are said to have no order of their own. */
enum { TRIALS = 100000 };

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* The number at *at, which then stands behind it. */
static uint64_t number_at(const char **at)
{
    uint64_t number = 0;
    for (; is_digit(**at); ++*at)
        number = number < UINT64_MAX / 16 ? 10 * number + (uint64_t)(**at - '0') : number;
    return number;
}

int foreign_compare(const char *a, const char *b)
{
    while (*a != '\0' && *b != '\0') {
        if (is_digit(*a) && is_digit(*b)) {
            const uint64_t x = number_at(&a), y = number_at(&b);
            if (x != y)
                return x < y ? -1 : 1;
        } else if (*a != *b) {
            break;
        } else {
            a++;
            b++;
        }
    }
    return (unsigned char)*a - (unsigned char)*b;
}

bool foreign_alike(const char *a, const char *b)
{
    while (*a != '\0' && *b != '\0') {
        if (is_digit(*a) && is_digit(*b)) {
            (void)number_at(&a);
            (void)number_at(&b);
        } else if (*a++ != *b++) {
            return false;
        }
    }
    return *a == *b;
}

/* Where the module's own name begins: behind the last dot but one. */
static const char *module_of(const char *name)
{
    const char *const last = strrchr(name, '.');
    const char *at = last != NULL ? last : name;
    while (at > name && at[-1] != '.')
        at--;
    return at;
}

bool foreign_steps(const char *a, const char *b, uint64_t *from, uint64_t *to)
{
    const char *x = module_of(a), *y = module_of(b);

    if (x - a != y - b || memcmp(a, b, (size_t)(x - a)) != 0 || !is_digit(*x) || !is_digit(*y))
        return false;
    *from = number_at(&x);
    *to = number_at(&y);
    return *x == '.' && *y == '.';
}

/* A search for an order. */
struct search {
    const struct foreign_layer *layers; /* sorted by name */
    uint32_t count;
    uint32_t order[FOREIGN_LAYERS], found[FOREIGN_LAYERS];
    bool used[FOREIGN_LAYERS];
    uint32_t orders, trials;
};

/* May layer `next` stand at `place`? */
static bool may_follow(const struct search *search, uint32_t place, uint32_t next)
{
    const struct safetensors_tensor *const weight = search->layers[next].weight;

    if (search->used[next] ||
        (place > 0 &&
         search->layers[search->order[place - 1]].weight->shape[0] != weight->shape[1]))
        return false;
    for (uint32_t i = 0; i < next; i++)
        if (!search->used[i] && foreign_alike(search->layers[i].weight->name, weight->name))
            return false;
    return true;
}

static void search_from(struct search *search, uint32_t place)
{
    if (place == search->count) {
        if (search->orders++ == 0)
            memcpy(search->found, search->order, sizeof search->found);
        return;
    }
    for (uint32_t next = 0; next < search->count && search->orders < 2; next++) {
        if (!may_follow(search, place, next))
            continue;
        if (search->trials++ >= TRIALS)
            return;
        search->used[next] = true;
        search->order[place] = next;
        search_from(search, place + 1);
        search->used[next] = false;
    }
}

static int by_name(const void *a, const void *b)
{
    const struct foreign_layer *const x = a, *const y = b;
    return foreign_compare(x->weight->name, y->weight->name);
}

/* The first pair of neighbours by name that does not fit, for a message. */
static int fail_order(const char *path, const struct foreign_layer *layers, uint32_t count)
{
    uint32_t l = 1;
    while (l < count - 1 && layers[l].weight->shape[1] == layers[l - 1].weight->shape[0])
        l++;
    const struct safetensors_tensor *const one = layers[l - 1].weight, *const two =
                                                                           layers[l].weight;
    return FAIL(INCLINE_EFORMAT,
                "%s: its %" PRIu32 " matrices make no chain of layers: \"%s\" is [%" PRIu64
                ", %" PRIu64 "], \"%s\" is [%" PRIu64 ", %" PRIu64
                "], and [outputs, inputs] are expected; save a chain of fully connected layers",
                path, count, quote(one->name).text, one->shape[0], one->shape[1],
                quote(two->name).text, two->shape[0], two->shape[1]);
}

int foreign_order(const char *path, struct foreign_layer *layers, uint32_t count)
{
    struct foreign_layer sorted[FOREIGN_LAYERS];
    struct search search = {.layers = sorted, .count = count};

    qsort(layers, count, sizeof *layers, by_name);
    memcpy(sorted, layers, count * sizeof *layers);
    search_from(&search, 0);
    if (search.orders == 0 && search.trials < TRIALS)
        return fail_order(path, layers, count);
    if (search.orders != 1 || search.trials >= TRIALS) {
        uint32_t l = 1;
        while (l < count - 1 && foreign_alike(layers[l - 1].weight->name, layers[l].weight->name))
            l++;
        return FAIL(INCLINE_EFORMAT,
                    "%s: neither shapes nor names say whether \"%s\" or \"%s\" comes first; number "
                    "the layers in their names, as torch.nn.Sequential does",
                    path, quote(layers[l - 1].weight->name).text,
                    quote(layers[l].weight->name).text);
    }
    for (uint32_t l = 0; l < count; l++)
        layers[l] = sorted[search.found[l]];
    return INCLINE_OK;
}
