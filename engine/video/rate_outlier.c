#include "engine/video/rate_outlier.h"

#include <assert.h>
#include <stdlib.h>

enum { APART_AFTER_US = 1000000, BACK_AFTER_US = 5000000 };
enum { APART_BELOW = 3, BACK_ABOVE = 2 }; /* a third, half of the median */

static int compare(const void *a, const void *b)
{
    int64_t first = *(const int64_t *)a, second = *(const int64_t *)b;
    return (first > second) - (first < second);
}

int64_t rate_median(int64_t *rates, int n)
{
    assert(n > 0);
    qsort(rates, (size_t)n, sizeof *rates, compare);
    return rates[n / 2];
}

bool rate_outlier_update(struct rate_outlier *outlier, int64_t rate, int64_t median, int64_t now_us)
{
    bool change = outlier->apart ? rate > median / BACK_ABOVE : rate < median / APART_BELOW;
    if (!change)
        outlier->since_us = INT64_MAX;
    else if (outlier->since_us == INT64_MAX)
        outlier->since_us = now_us;
    if (!change || now_us - outlier->since_us < (outlier->apart ? BACK_AFTER_US : APART_AFTER_US))
        return false;
    outlier->apart = !outlier->apart;
    outlier->since_us = INT64_MAX;
    return true;
}

bool rate_outlier_is_slow(const struct rate_outlier *outlier)
{
    return outlier->apart || outlier->since_us != INT64_MAX;
}
