/* test_rng.c - random numbers by their counters, and permutations made of them. */
#include <stdlib.h>
#include <string.h>

#include "host/util/rng.h"
#include "tests/support.h"

Test(rng, philox_gives_the_published_known_answers)
{
    /* Salmon et al. 2011, the known answers for philox4x32-10 that come with Random123: the
     * counter's words are (index, stream), the key's the seed, low word first. */
    static const struct {
        uint64_t seed, stream, index;
        uint32_t want[4];
    } rows[] = {
        {0, 0, 0, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
        {UINT64_MAX, UINT64_MAX, UINT64_MAX, {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
        {0x299f31d0a4093822,
         0x0370734413198a2e,
         0x85a308d3243f6a88,
         {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint32_t got[4];
        rng_block(rows[i].seed, rows[i].stream, rows[i].index, got);
        for (int w = 0; w < 4; w++)
            cr_assert_eq(got[w], rows[i].want[w], "row %zu word %d: %08x expected, %08x found", i,
                         w, rows[i].want[w], got[w]);
    }
}

Test(rng, rng_bits_are_the_words_of_the_blocks)
{
    for (uint64_t index = 0; index < 40; index++) {
        uint32_t block[4];
        rng_block(7, 9, index / 4, block);
        cr_assert_eq(rng_bits(7, 9, index), block[index % 4], "index %d", (int)index);
    }
}

Test(rng, uniform_stays_in_its_range_and_fills_it)
{
    enum { DRAWS = 100000, CELLS = 50 };
    size_t counts[CELLS] = {0};
    double sum = 0.0;

    for (uint64_t i = 0; i < DRAWS; i++) {
        const float u = rng_uniform(3, RNG_STREAM(RNG_TEST, 0), i);
        cr_assert(u >= 0.0f && u < 1.0f, "draw %d is %.9g", (int)i, (double)u);
        cr_assert(u * 0x1p24f == (float)(uint32_t)(u * 0x1p24f), "draw %d, %.9g, is no multiple",
                  (int)i, (double)u);
        counts[(int)(u * CELLS)]++;
        sum += (double)u;
    }
    double chi2 = 0.0;
    for (int c = 0; c < CELLS; c++) {
        const double off = (double)counts[c] - (double)DRAWS / CELLS;
        chi2 += off * off / ((double)DRAWS / CELLS);
    }
    /* 49 degrees of freedom: above 94 or below 19 in less than one of ten thousand draws. */
    cr_assert(chi2 > 19.0 && chi2 < 94.0, "chi-square %g", chi2);
    /* The mean of n draws has a standard deviation of 1 / sqrt(12 n), here 0.0009. */
    cr_assert(sum / DRAWS > 0.496 && sum / DRAWS < 0.504, "mean %g", sum / DRAWS);
}

Test(rng, permutation_visits_each_place_once)
{
    static const uint32_t sizes[] = {1, 2, 3, 4, 5, 10, 16, 17, 63, 64, 65, 1000, 60000};
    for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
        const uint32_t n = sizes[k];
        bool *seen = calloc(n, sizeof *seen);
        cr_assert_not_null(seen);
        for (uint32_t i = 0; i < n; i++) {
            const uint32_t at = rng_permute(11, RNG_STREAM(RNG_SHUFFLE, 4), n, i);
            cr_assert(at < n, "n %u: index %u goes to %u", n, i, at);
            cr_assert(!seen[at], "n %u: place %u is taken twice, again by %u", n, at, i);
            seen[at] = true;
        }
        free(seen);
    }
}

/* Of 1000 places, how many hold the same index in two permutations. */
static uint32_t shared_places(uint64_t seed_a, uint32_t epoch_a, uint64_t seed_b, uint32_t epoch_b)
{
    uint32_t same = 0;
    for (uint32_t i = 0; i < 1000; i++)
        same += rng_permute(seed_a, RNG_STREAM(RNG_SHUFFLE, epoch_a), 1000, i) ==
                rng_permute(seed_b, RNG_STREAM(RNG_SHUFFLE, epoch_b), 1000, i);
    return same;
}

Test(rng, permutations_of_other_seeds_and_epochs_differ)
{
    cr_assert_eq(shared_places(1, 0, 1, 0), 1000);
    /* Two independent permutations share one place on average; 12 or more happen once in 10^9. */
    cr_assert_lt(shared_places(1, 0, 2, 0), 12, "%u shared", shared_places(1, 0, 2, 0));
    cr_assert_lt(shared_places(1, 0, 1, 1), 12, "%u shared", shared_places(1, 0, 1, 1));
    cr_assert_lt(shared_places(1, 0, 1ull << 32 | 1, 0), 12, "%u shared",
                 shared_places(1, 0, 1ull << 32 | 1, 0));
}

Test(rng, permutation_sends_the_first_index_everywhere_alike)
{
    enum { SEEDS = 20000 };
    static const uint32_t sizes[] = {10, 17, 64};
    for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
        const uint32_t n = sizes[k];
        size_t counts[64] = {0};
        for (uint64_t seed = 0; seed < SEEDS; seed++)
            counts[rng_permute(seed, RNG_STREAM(RNG_SHUFFLE, 0), n, 0)]++;
        double chi2 = 0.0;
        const double expected = (double)SEEDS / n;
        for (uint32_t c = 0; c < n; c++)
            chi2 += ((double)counts[c] - expected) * ((double)counts[c] - expected) / expected;
        /* Mean n - 1, variance 2 (n - 1): six standard deviations, rounded up. */
        const double limit = 6.0 * 1.42 * (double)(n - 1) + 10.0;
        cr_assert(chi2 < limit, "n %u: chi-square %g, limit %g", n, chi2, limit);
    }
}
