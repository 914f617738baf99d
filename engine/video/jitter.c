#include "engine/video/jitter.h"

#include <stdlib.h>
#include <string.h>

#include <glib.h>

enum {
    PERIOD_US = 10000000, /* of the fastest one: clocks drift */
    BREAK_US = 600000,    /* what comes so late came after a break, which says nothing about the next picture */
    NOTHING_US = 16000,   /* a smaller delay is none: a screen shows 60 pictures a second */
    LONGEST_US = 450000,
    SHRINK_US = 1500, /* for each picture: pictures a little faster than they were captured, which nobody sees */
    ENOUGH = 8,       /* pictures before there is a delay */
};

static const double SHARE = 0.96; /* of the pictures are in time */

void video_jitter_init(struct video_jitter *jitter)
{
    *jitter = (struct video_jitter){ .least_us = { INT64_MAX, INT64_MAX } };
}

static int64_t lateness(struct video_jitter *jitter, int64_t media_us, int64_t now_us)
{
    int64_t way_us = now_us - media_us;
    if (now_us - jitter->period_at_us > PERIOD_US) {
        jitter->least_us[1] = jitter->least_us[0];
        jitter->least_us[0] = INT64_MAX;
        jitter->period_at_us = now_us;
    }
    jitter->least_us[0] = MIN(jitter->least_us[0], way_us);
    return way_us - MIN(jitter->least_us[0], jitter->least_us[1]);
}

static int compare(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static int64_t wanted(const struct video_jitter *jitter)
{
    int64_t sorted[VIDEO_JITTER_MEMORY];
    unsigned n = MIN(jitter->n, VIDEO_JITTER_MEMORY);
    if (n < ENOUGH)
        return 0;
    memcpy(sorted, jitter->late_us, n * sizeof *sorted);
    qsort(sorted, n, sizeof *sorted, compare);
    int64_t delay_us = sorted[(unsigned)(SHARE * (n - 1))];
    return delay_us < NOTHING_US ? 0 : MIN(delay_us, LONGEST_US);
}

int64_t video_jitter_add(struct video_jitter *jitter, int64_t media_us, int64_t now_us)
{
    int64_t late_us = lateness(jitter, media_us, now_us);
    if (late_us > BREAK_US)
        return now_us;
    jitter->late_us[jitter->n++ % VIDEO_JITTER_MEMORY] = late_us;
    jitter->delay_us = MAX(wanted(jitter), jitter->delay_us - SHRINK_US);
    return MAX(now_us, now_us - late_us + jitter->delay_us);
}

int64_t video_jitter_delay(const struct video_jitter *jitter)
{
    return jitter->delay_us;
}
