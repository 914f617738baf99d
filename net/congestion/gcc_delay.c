#include "net/congestion/gcc_delay.h"

#include <math.h>
#include <string.h>

#include <glib.h>

enum {
    BURST_US = 5000,           /* sent within: one group (5.2) */
    LONGEST_BURST_US = 100000, /* of packets that arrive at once after something had held them */
    STALE_US = 3000000,        /* nothing for so long: what was known is of no use */
    PERIOD_US = 15000000,      /* of the smallest delay */
    MAX_DELTAS = 60,
};

static const double SMOOTHING = 0.9, GAIN = 4.0; /* of the trend */
static const double FIRST_THRESHOLD = 12.5, LEAST_THRESHOLD = 6, MOST_THRESHOLD = 600;
static const double OVERUSE_TIME_MS = 10;                /* 5.4 */
static const double GAIN_UP = 0.0087, GAIN_DOWN = 0.039; /* of the threshold, per ms */
static const double OUTLIER = 15;                        /* so far above the threshold it does not follow */
static const double QUEUE_SMOOTHING = 0.8;

void gcc_delay_init(struct gcc_delay *delay)
{
    *delay = (struct gcc_delay){ .threshold = FIRST_THRESHOLD, .overuse_ms = -1, .least_us = { INT64_MAX, INT64_MAX } };
}

/* ---- the length of the queues ---- */

static void measure_queue(struct gcc_delay *delay, int64_t sent_us, int64_t arrived_us)
{
    int64_t way_us = arrived_us - sent_us;
    if (sent_us - delay->least_at_us > PERIOD_US) {
        delay->least_us[1] = delay->least_us[0];
        delay->least_us[0] = INT64_MAX;
        delay->least_at_us = sent_us;
    }
    delay->least_us[0] = MIN(delay->least_us[0], way_us);
    double queue_ms = (double)(way_us - MIN(delay->least_us[0], delay->least_us[1])) / 1000;
    delay->queue_ms = QUEUE_SMOOTHING * delay->queue_ms + (1 - QUEUE_SMOOTHING) * queue_ms;
}

/* ---- the trend ---- */

/* The slope of the least-squares line through the points. */
static double slope(const struct gcc_delay *delay)
{
    double mean_x = 0, mean_y = 0, above = 0, below = 0;
    for (int i = 0; i < GCC_TREND_WINDOW; i++) {
        mean_x += delay->points[i].at_ms / GCC_TREND_WINDOW;
        mean_y += delay->points[i].delay_ms / GCC_TREND_WINDOW;
    }
    for (int i = 0; i < GCC_TREND_WINDOW; i++) {
        double x = delay->points[i].at_ms - mean_x;
        above += x * (delay->points[i].delay_ms - mean_y);
        below += x * x;
    }
    return below > 0 ? above / below : 0;
}

static void update_trend(struct gcc_delay *delay, double gained_ms, int64_t arrived_us)
{
    delay->deltas = MIN(delay->deltas + 1, MAX_DELTAS);
    delay->accumulated_ms += gained_ms;
    delay->smoothed_ms = SMOOTHING * delay->smoothed_ms + (1 - SMOOTHING) * delay->accumulated_ms;
    if (!delay->n_points)
        delay->origin_us = arrived_us;
    int at = delay->n_points++ % GCC_TREND_WINDOW;
    if (delay->n_points >= 2 * GCC_TREND_WINDOW)
        delay->n_points -= GCC_TREND_WINDOW;
    delay->points[at].at_ms = (double)(arrived_us - delay->origin_us) / 1000;
    delay->points[at].delay_ms = delay->smoothed_ms;
    if (delay->n_points >= GCC_TREND_WINDOW)
        delay->trend = slope(delay);
}

/* ---- the detector ---- */

static void adapt_threshold(struct gcc_delay *delay, double size, int64_t arrived_us)
{
    double passed_ms = delay->adapted_us ? CLAMP((double)(arrived_us - delay->adapted_us) / 1000, 0, 100) : 0;
    delay->adapted_us = arrived_us;
    if (size > delay->threshold + OUTLIER)
        return;
    double gain = size < delay->threshold ? GAIN_DOWN : GAIN_UP;
    delay->threshold += gain * (size - delay->threshold) * passed_ms;
    delay->threshold = CLAMP(delay->threshold, LEAST_THRESHOLD, MOST_THRESHOLD);
}

static void detect(struct gcc_delay *delay, double sent_apart_ms, int64_t arrived_us)
{
    double modified = delay->deltas * delay->trend * GAIN;
    if (modified > delay->threshold) {
        delay->overuse_ms = delay->overuse_ms < 0 ? sent_apart_ms / 2 : delay->overuse_ms + sent_apart_ms;
        delay->overuses++;
        if (delay->overuse_ms > OVERUSE_TIME_MS && delay->overuses > 1 && delay->trend >= delay->last_trend) {
            delay->overuse_ms = delay->overuses = 0;
            delay->usage = GCC_OVERUSE;
        }
    } else {
        delay->overuse_ms = -1;
        delay->overuses = 0;
        delay->usage = modified < -delay->threshold ? GCC_UNDERUSE : GCC_NORMAL;
    }
    delay->last_trend = delay->trend;
    adapt_threshold(delay, fabs(modified), arrived_us);
}

/* ---- groups ---- */

/* Also what was held back on the way and then came all at once. */
static bool belongs(const struct gcc_group *group, int64_t sent_us, int64_t arrived_us)
{
    if (sent_us - group->first_sent_us <= BURST_US)
        return true;
    int64_t gained_us = (arrived_us - group->arrived_us) - (sent_us - group->sent_us);
    return gained_us < 0 && arrived_us - group->arrived_us <= BURST_US &&
           arrived_us - group->first_arrived_us < LONGEST_BURST_US;
}

static void finish_group(struct gcc_delay *delay)
{
    const struct gcc_group *now = &delay->current, *before = &delay->previous;
    if (!before->begun)
        return;
    double sent_apart_ms = (double)(now->sent_us - before->sent_us) / 1000;
    double arrived_apart_ms = (double)(now->arrived_us - before->arrived_us) / 1000;
    if (arrived_apart_ms < 0)
        return; /* overtaken as a whole: says nothing about queues */
    update_trend(delay, arrived_apart_ms - sent_apart_ms, now->arrived_us);
    detect(delay, sent_apart_ms, now->arrived_us);
}

void gcc_delay_add(struct gcc_delay *delay, int64_t sent_us, int64_t arrived_us)
{
    struct gcc_group *group = &delay->current;
    if (group->begun && sent_us - group->sent_us > STALE_US)
        gcc_delay_init(delay);
    measure_queue(delay, sent_us, arrived_us);
    if (group->begun && sent_us < group->first_sent_us)
        return;
    if (group->begun && belongs(group, sent_us, arrived_us)) {
        group->sent_us = MAX(group->sent_us, sent_us);
        group->arrived_us = MAX(group->arrived_us, arrived_us);
        return;
    }
    if (group->begun) {
        finish_group(delay);
        delay->previous = *group;
    }
    *group = (struct gcc_group){ sent_us, sent_us, arrived_us, arrived_us, true };
}

enum gcc_usage gcc_delay_usage(const struct gcc_delay *delay)
{
    return delay->usage;
}

double gcc_delay_queue_ms(const struct gcc_delay *delay)
{
    return delay->queue_ms;
}
