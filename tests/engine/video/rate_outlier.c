/* Who manages far less than the rest is set apart, and comes back; a dip, and a rest that is as
 * slow, change nothing. */
#include "engine/video/rate_outlier.h"

#include <glib.h>

enum { S = 1000000, K = 1000 };

static int64_t median(int64_t a, int64_t b, int64_t c, int n)
{
    int64_t rates[] = { a, b, c };
    return rate_median(rates, n);
}

static void the_median_of_few(void)
{
    g_assert_cmpint(median(7, 0, 0, 1), ==, 7);
    g_assert_cmpint(median(7, 9000, 0, 2), ==, 9000); /* of two the faster one: the other may be the outlier */
    g_assert_cmpint(median(9000, 7, 0, 2), ==, 9000);
    g_assert_cmpint(median(5000, 1, 9000, 3), ==, 5000);
    g_assert_cmpint(median(INT64_MAX, 1, INT64_MAX, 3), ==, INT64_MAX);
}

static void set_apart_and_back(void)
{
    struct rate_outlier outlier = RATE_OUTLIER_NONE;
    g_assert_false(rate_outlier_update(&outlier, 1 * K, 2000 * K, 0));
    g_assert_true(rate_outlier_is_slow(&outlier) && !outlier.apart); /* it holds nobody up from the first moment */
    g_assert_false(rate_outlier_update(&outlier, 900 * K, 2000 * K, S / 2));
    g_assert_false(rate_outlier_is_slow(&outlier)); /* that was a dip */
    g_assert_false(rate_outlier_update(&outlier, 1 * K, 2000 * K, 1 * S));
    g_assert_false(rate_outlier_update(&outlier, 1 * K, 2000 * K, 1 * S + S / 2));
    g_assert_true(rate_outlier_update(&outlier, 1 * K, 2000 * K, 2 * S));
    g_assert_true(outlier.apart && rate_outlier_is_slow(&outlier));

    g_assert_false(rate_outlier_update(&outlier, 900 * K, 2000 * K, 3 * S)); /* enough to stay, not to come back */
    g_assert_false(rate_outlier_update(&outlier, 900 * K, 2000 * K, 60 * S));
    g_assert_false(rate_outlier_update(&outlier, 1900 * K, 2000 * K, 61 * S));
    g_assert_false(rate_outlier_update(&outlier, 100 * K, 2000 * K, 64 * S)); /* it began to recover, and did not */
    g_assert_false(rate_outlier_update(&outlier, 1900 * K, 2000 * K, 65 * S));
    g_assert_false(rate_outlier_update(&outlier, 1900 * K, 2000 * K, 69 * S));
    g_assert_true(rate_outlier_update(&outlier, 1900 * K, 2000 * K, 70 * S));
    g_assert_false(outlier.apart || rate_outlier_is_slow(&outlier));
}

static void a_slow_room_has_no_outliers(void)
{
    struct rate_outlier outlier = RATE_OUTLIER_NONE;
    for (int64_t s = 0; s < 100; s++)
        g_assert_false(rate_outlier_update(&outlier, 100 * K, 250 * K, s * S));
    g_assert_false(rate_outlier_update(&outlier, 10 * K, 250 * K, 100 * S));
    g_assert_true(rate_outlier_update(&outlier, 10 * K, 250 * K, 101 * S));
    for (int64_t s = 102; s < 107; s++) /* the rest is no faster now */
        g_assert_false(rate_outlier_update(&outlier, 10 * K, 12 * K, s * S));
    g_assert_true(rate_outlier_update(&outlier, 10 * K, 12 * K, 107 * S));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/rate-outlier/median", the_median_of_few);
    g_test_add_func("/rate-outlier/apart", set_apart_and_back);
    g_test_add_func("/rate-outlier/slow-room", a_slow_room_has_no_outliers);
    return g_test_run();
}
