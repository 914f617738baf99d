/* Which of many recipients is so much slower than the rest that it gets pictures of its own, lest
 * all see what the slowest one can. Pure.
 *
 * The measure is the median of what they manage: neither one that claims next to nothing nor one
 * that claims everything moves it. Below a third of it a recipient is slow, and no longer counts
 * for the rest; after a second of that it is set apart. Pictures of half the size have a quarter of
 * the pixels: with a quarter to a third of the bits they are as sharp as the large ones, with more
 * the large ones would be the better choice. It is back after five seconds above half of the
 * median, so that nobody swings between the two. Considered and not taken: the split that serves
 * most (it sets half a room apart for the other half's sake), the fastest as the measure (one fast
 * recipient would make outliers of all the others). */
#ifndef CALLAPI_ENGINE_VIDEO_RATE_OUTLIER_H
#define CALLAPI_ENGINE_VIDEO_RATE_OUTLIER_H

#include <stdbool.h>
#include <stdint.h>

struct rate_outlier { /* of one recipient */
    bool apart;
    int64_t since_us; /* since when it should be otherwise; INT64_MAX: it is as it should be */
};

#define RATE_OUTLIER_NONE ((struct rate_outlier){ .since_us = INT64_MAX })

/* Of at least one; of an even number the upper one. Their order is changed. */
int64_t rate_median(int64_t *rates, int n);
/* What this recipient manages now, and the median of all, bit/s. True where it was set apart, or is
 * back. */
bool rate_outlier_update(struct rate_outlier *outlier, int64_t rate, int64_t median, int64_t now_us);
/* Apart, or about to be: the rest need not heed it. */
bool rate_outlier_is_slow(const struct rate_outlier *outlier);

#endif
