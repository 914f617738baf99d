#include "engine/adaptation/reception.h"

#include <glib.h>
#include <stdlib.h>

enum { FPS = 30 }; /* is taken to be the far side's */

/* For each pixel of the wanted size: what a sender with that ladder keeps it with, and leaves a larger one; and what it
 * comes back to it with from a smaller one. Both have room for a sender that reckons a fifth more or less of the whole
 * rate to be pictures. */
static const double KEEPS = 0.03, COMES_BACK = 0.045;

void reception_init(struct reception *reception)
{
    *reception = (struct reception){ .ladder.width = 0 };
    capacity_init(&reception->capacity, CAPACITY_DECODING);
}

void reception_spend(struct reception *reception, enum capacity_work work, int64_t took_us)
{
    capacity_spend(&reception->capacity, work, took_us);
}

/* Which of its sizes that is. */
static int step_of(const struct video_ladder *ladder, int height)
{
    int best = 0;
    for (int step = 1; step <= video_ladder_last(ladder); step++)
        if (abs(video_ladder_rung_of(ladder, step).height - height) <=
            abs(video_ladder_rung_of(ladder, best).height - height))
            best = step;
    return best;
}

bool reception_update(struct reception *reception, int width, int height, int64_t now_us)
{
    struct video_ladder *ladder = &reception->ladder;
    if (!width || !height)
        return false;
    if (height > ladder->height)
        video_ladder_init(ladder, width, height, FPS);
    ladder->step = step_of(ladder, height);
    return capacity_update(&reception->capacity, ladder, now_us);
}

int64_t reception_bit_rate(const struct reception *reception)
{
    int step = reception->capacity.step;
    if (!step)
        return 0;
    struct video_rung rung = video_ladder_rung_of(&reception->ladder, step);
    double bits = reception->ladder.step > step ? COMES_BACK : KEEPS;
    return (int64_t)(bits * rung.width * rung.height * FPS / rung.divisor);
}
