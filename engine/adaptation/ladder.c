#include "engine/adaptation/ladder.h"

#include <glib.h>

enum { DOWN_AFTER_US = 500000, UP_AFTER_US = 3000000, LEAST_LINES = 120, HALF = 2 };

/* Shares of the camera's width and height, and of its frame rate. */
static const struct {
    double scale;
    int divisor;
} steps[] = { { 1, 1 }, { 0.75, 1 }, { 0.5, 1 }, { 0.375, 1 }, { 0.25, 1 }, { 0.25, 2 } };

/* Bits for each pixel: with fewer the fast encoder shows blocks; the next larger step must have more, or it would be
 * left at once. */
static const double LEAST_BITS = 0.022, GOOD_BITS = 0.034;

void video_ladder_init(struct video_ladder *ladder, int width, int height, double fps)
{
    *ladder = (struct video_ladder){ .width = width, .height = height, .fps = fps, .wish_since_us = INT64_MAX };
}

struct video_rung video_ladder_rung_of(const struct video_ladder *ladder, int step)
{
    return (struct video_rung){
        .width = MAX((int)(ladder->width * steps[step].scale) & ~1, 2),
        .height = MAX((int)(ladder->height * steps[step].scale) & ~1, 2),
        .divisor = steps[step].divisor,
    };
}

static double bits_per_pixel(const struct video_ladder *ladder, int step, int64_t bit_rate)
{
    struct video_rung rung = video_ladder_rung_of(ladder, step);
    return (double)bit_rate * rung.divisor / ((double)rung.width * rung.height * ladder->fps);
}

static bool exists(const struct video_ladder *ladder, int step)
{
    return step < (int)G_N_ELEMENTS(steps) && (!step || video_ladder_rung_of(ladder, step).height >= LEAST_LINES);
}

int video_ladder_last(const struct video_ladder *ladder)
{
    int step = 0;
    while (exists(ladder, step + 1))
        step++;
    return step;
}

static int largest_step(const struct video_ladder *ladder)
{
    return MIN(MAX(ladder->largest, ladder->limit), video_ladder_last(ladder));
}

/* The largest step that is good, seen from where we are. */
static int suitable_step(const struct video_ladder *ladder, int64_t bit_rate)
{
    int step = largest_step(ladder);
    while (exists(ladder, step + 1) &&
           bits_per_pixel(ladder, step, bit_rate) < (step < ladder->step ? GOOD_BITS : LEAST_BITS))
        step++;
    return step;
}

void video_ladder_init_small(struct video_ladder *ladder, int width, int height, double fps, int64_t bit_rate)
{
    video_ladder_init(ladder, width, height, fps);
    while (ladder->largest < HALF && exists(ladder, ladder->largest + 1))
        ladder->largest++;
    ladder->step = ladder->largest;
    ladder->step = suitable_step(ladder, bit_rate);
}

bool video_ladder_update(struct video_ladder *ladder, int64_t bit_rate, int64_t now_us)
{
    int step = suitable_step(ladder, bit_rate);
    if (step == ladder->step) {
        ladder->wish_since_us = INT64_MAX;
        return false;
    }
    if (ladder->wish_since_us == INT64_MAX)
        ladder->wish_since_us = now_us;
    if (now_us - ladder->wish_since_us < (step > ladder->step ? DOWN_AFTER_US : UP_AFTER_US))
        return false;
    ladder->step = step;
    ladder->wish_since_us = INT64_MAX;
    return true;
}

bool video_ladder_limit(struct video_ladder *ladder, int step)
{
    ladder->limit = step;
    if (ladder->step >= largest_step(ladder))
        return false;
    ladder->step = largest_step(ladder);
    ladder->wish_since_us = INT64_MAX;
    return true;
}

bool video_ladder_is_limited(const struct video_ladder *ladder)
{
    return ladder->step == largest_step(ladder) && ladder->step > ladder->largest;
}

struct video_rung video_ladder_rung(const struct video_ladder *ladder)
{
    return video_ladder_rung_of(ladder, ladder->step);
}
