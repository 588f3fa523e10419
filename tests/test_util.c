/* test_util.c - statuses, the text of the last error, and sizes. */
#include <string.h>

#include "host/util/size.h"
#include "host/util/status.h"
#include "tests/support.h"

/* ---- status ---- */

Test(util, status_has_a_text_for_each_number_and_for_no_other)
{
#define X(name, value, text)                                                            \
    cr_assert_str_eq(incline_status_text(INCLINE_##name), text, "status %d: %s", value, \
                     incline_status_text(value));
    INCLINE_STATUS_LIST(X)
#undef X
    cr_assert_str_eq(incline_status_text(-1), "unknown status");
    cr_assert_str_eq(incline_status_text(1000), "unknown status");
}

Test(util, last_error_keeps_the_text_of_the_last_failure)
{
    cr_assert_str_eq(incline_last_error(), "");
    cr_assert_eq(FAIL(INCLINE_EARG, "batch of %d rows", 7), INCLINE_EARG);
    cr_assert_str_eq(incline_last_error(), "batch of 7 rows");
    cr_assert_eq(status_context(INCLINE_EIO, "layer %d", 2), INCLINE_EIO);
    cr_assert_str_eq(incline_last_error(), "layer 2: batch of 7 rows");
    /* The text may be built from the old one. */
    cr_assert_eq(FAIL(INCLINE_EARG, "<%s>", incline_last_error()), INCLINE_EARG);
    cr_assert_str_eq(incline_last_error(), "<layer 2: batch of 7 rows>");
}

Test(util, last_error_is_cut_not_overrun)
{
    char longer[3000];
    memset(longer, 'x', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    FAIL(INCLINE_EARG, "%s", longer);
    cr_assert_eq(strlen(incline_last_error()), 1023, "%zu characters kept",
                 strlen(incline_last_error()));
    status_context(INCLINE_EARG, "%s", longer);
    cr_assert_eq(strlen(incline_last_error()), 1023, "%zu characters kept",
                 strlen(incline_last_error()));
}

/* ---- sizes ---- */

Test(util, size_mul_refuses_what_does_not_fit)
{
    size_t product = 42;
    cr_assert(size_mul(6, 7, &product) && product == 42);
    cr_assert(size_mul(0, SIZE_MAX, &product) && product == 0);
    cr_assert(size_mul(SIZE_MAX, 1, &product) && product == SIZE_MAX);
    product = 5;
    cr_assert(!size_mul(SIZE_MAX / 2 + 1, 2, &product));
    cr_assert(!size_mul(2, SIZE_MAX / 2 + 1, &product));
    cr_assert_eq(product, 5, "a refused product wrote %zu", product);
    cr_assert_eq(size_round_up(0, 8), 0);
    cr_assert_eq(size_round_up(1, 8), 8);
    cr_assert_eq(size_round_up(8, 8), 8);
    cr_assert_eq(size_round_up(9, 8), 16);
}
