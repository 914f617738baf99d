#include "engine/adaptation/capacity.h"

#include <glib.h>
#include <string.h>

enum {
    PERIOD_US = 500000,
    PAUSE_US = 4 * PERIOD_US,
    DOWN_AFTER_US = 1000000,
    RECEIVED_DOWN_AFTER_US = 3000000, /* once what is sent was made smaller, if that helps */
    UP_AFTER_US = 10000000,
    UP_AFTER_MOST_US = 16 * UP_AFTER_US,
    PROBATION_US = 30000000, /* a larger step that is left within this time was too much */
};

/* Shares of the time: more is too much; a smaller step has to leave free what is beyond the second; a larger one is
 * tried where it would take less than the third. */
static const double LATE = 0.75, COMFORTABLE = 0.6, FREE = 0.5;
/* With less for encoding a smaller picture helps nobody. */
static const double WORTH = 0.15;
static const double SMOOTHING = 0.5;

void capacity_init(struct capacity *capacity, enum capacity_work scaled)
{
    *capacity = (struct capacity){
        .scaled = scaled, .since_us = INT64_MAX, .raised_us = INT64_MIN, .patience_us = UP_AFTER_US
    };
}

/* Pixels a picture of the camera, on average. */
static double pixels(const struct video_ladder *ladder, int step)
{
    struct video_rung rung = video_ladder_rung_of(ladder, step);
    return (double)rung.width * rung.height / rung.divisor;
}

static double scaled_at(const struct capacity *capacity, const struct video_ladder *ladder, int step)
{
    return capacity->load[capacity->scaled] * pixels(ladder, step) / pixels(ladder, capacity->measured_step);
}

double capacity_total(const struct capacity *capacity)
{
    double total = 0;
    for (int i = 0; i < CAPACITY_WORKS; i++)
        total += capacity->load[i];
    return total;
}

static double total_at(const struct capacity *capacity, const struct video_ladder *ladder, int step)
{
    return capacity_total(capacity) - capacity->load[capacity->scaled] + scaled_at(capacity, ladder, step);
}

static bool is_worth_less(const struct capacity *capacity, const struct video_ladder *ladder, int step)
{
    return step < video_ladder_last(ladder) && scaled_at(capacity, ladder, step) > WORTH;
}

/* From `step` on. */
static int comfortable_step(const struct capacity *capacity, const struct video_ladder *ladder, int step)
{
    while (is_worth_less(capacity, ladder, step) && total_at(capacity, ladder, step) > COMFORTABLE)
        step++;
    return step;
}

/* ---- measuring ---- */

void capacity_begin(struct capacity *capacity, const struct video_ladder *ladder, const double cost_us[CAPACITY_WORKS])
{
    capacity->measured_step = 0;
    for (int i = 0; i < CAPACITY_WORKS; i++)
        capacity->load[i] = cost_us[i] * ladder->fps / G_USEC_PER_SEC;
    capacity->step = comfortable_step(capacity, ladder, 0);
}

void capacity_spend(struct capacity *capacity, enum capacity_work work, int64_t took_us)
{
    capacity->spent_us[work] += MAX(took_us, 0);
}

static void begin_period(struct capacity *capacity, int64_t now_us)
{
    memset(capacity->spent_us, 0, sizeof capacity->spent_us);
    capacity->pictures = 0;
    capacity->since_us = now_us;
}

/* Of what was measured nothing is of use any more. */
static void begin_anew(struct capacity *capacity, const struct video_ladder *ladder, int64_t now_us)
{
    begin_period(capacity, now_us);
    capacity->measured_step = ladder->step;
    capacity->known = false;
    capacity->wish = 0;
}

/* Another size is sent since then. */
static void follow_ladder(struct capacity *capacity, const struct video_ladder *ladder)
{
    capacity->load[capacity->scaled] = scaled_at(capacity, ladder, ladder->step);
    capacity->measured_step = ladder->step;
}

static double measured_load(const struct capacity *capacity, enum capacity_work work, double fps, int64_t elapsed_us)
{
    bool by_pictures = work == CAPACITY_ENCODING && capacity->scaled == CAPACITY_ENCODING;
    double time_us = by_pictures ? capacity->pictures * G_USEC_PER_SEC / fps : (double)elapsed_us;
    return (double)capacity->spent_us[work] / time_us;
}

/* False: the period is not over, or was of no use. */
static bool take_period(struct capacity *capacity, const struct video_ladder *ladder, int64_t now_us)
{
    int64_t elapsed_us = now_us - capacity->since_us;
    if (capacity->since_us == INT64_MAX || elapsed_us > PAUSE_US) {
        begin_anew(capacity, ladder, now_us);
        return false;
    }
    capacity->pictures++;
    if (ladder->step != capacity->measured_step) {
        follow_ladder(capacity, ladder);
        begin_period(capacity, now_us);
        return false;
    }
    if (elapsed_us < PERIOD_US)
        return false;
    if (!capacity->spent_us[capacity->scaled]) { /* there are no pictures: that it is idle says nothing of a call */
        begin_anew(capacity, ladder, now_us);
        return false;
    }
    for (int i = 0; i < CAPACITY_WORKS; i++) {
        double load = measured_load(capacity, (enum capacity_work)i, ladder->fps, elapsed_us);
        capacity->load[i] += (capacity->known ? SMOOTHING : 1) * (load - capacity->load[i]);
    }
    capacity->known = true;
    begin_period(capacity, now_us);
    return true;
}

/* ---- deciding ---- */

static int wish(const struct capacity *capacity, const struct video_ladder *ladder)
{
    if (capacity_total(capacity) > LATE)
        return is_worth_less(capacity, ladder, MAX(capacity->step, ladder->step));
    double enough = capacity->wish < 0 ? COMFORTABLE : FREE;
    return capacity->step > 0 && total_at(capacity, ladder, capacity->step - 1) < enough ? -1 : 0;
}

static void take_smaller(struct capacity *capacity, const struct video_ladder *ladder, int64_t now_us)
{
    bool too_early = capacity->raised_us != INT64_MIN && now_us - capacity->raised_us < PROBATION_US;
    capacity->patience_us = too_early ? MIN(2 * capacity->patience_us, UP_AFTER_MOST_US) : UP_AFTER_US;
    capacity->step = comfortable_step(capacity, ladder, capacity->step + 1);
}

static void take_larger(struct capacity *capacity, int64_t now_us)
{
    capacity->step--;
    capacity->raised_us = now_us;
}

static int64_t down_after_us(const struct capacity *capacity)
{
    return capacity->scaled == CAPACITY_ENCODING ? DOWN_AFTER_US : RECEIVED_DOWN_AFTER_US;
}

bool capacity_update(struct capacity *capacity, const struct video_ladder *ladder, int64_t now_us)
{
    if (!take_period(capacity, ladder, now_us))
        return false;
    int now = wish(capacity, ladder);
    if (now != capacity->wish)
        capacity->wish_since_us = now_us;
    capacity->wish = now;
    if (!now || now_us - capacity->wish_since_us < (now > 0 ? down_after_us(capacity) : capacity->patience_us))
        return false;
    if (now > 0)
        take_smaller(capacity, ladder, now_us);
    else
        take_larger(capacity, now_us);
    capacity->wish = 0;
    return true;
}
