#include "engine/statistics/picture_times.h"

/* The newest first: that is the one that is asked for. -1: not there. */
static int find(const struct picture_times *times, int64_t key)
{
    for (guint back = 1; back <= MIN(times->n, PICTURE_TIMES); back++) {
        guint i = (times->n - back) % PICTURE_TIMES;
        if (times->pictures[i].key == key)
            return (int)i;
    }
    return -1;
}

void picture_times_mark(struct picture_times *times, int64_t key, enum picture_stage stage, int64_t at_us)
{
    int i = find(times, key);
    if (i < 0) {
        i = (int)(times->n++ % PICTURE_TIMES);
        times->pictures[i].key = key;
        for (int k = 0; k < PICTURE_STAGES; k++)
            times->pictures[i].at_us[k] = 0;
    }
    times->pictures[i].at_us[stage] = at_us;
}

int64_t picture_times_at(const struct picture_times *times, int64_t key, enum picture_stage stage)
{
    int i = find(times, key);
    return i < 0 ? 0 : times->pictures[i].at_us[stage];
}

void picture_times_hops(const struct picture_times *times, enum picture_stage from, enum picture_stage to, GArray *ms)
{
    for (guint i = 0; i < MIN(times->n, PICTURE_TIMES); i++) {
        const int64_t *at_us = times->pictures[i].at_us;
        double hop = (double)(at_us[to] - at_us[from]) / 1000;
        if (at_us[from] && at_us[to])
            g_array_append_val(ms, hop);
    }
}
