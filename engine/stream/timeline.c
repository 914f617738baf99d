#include "engine/stream/timeline.h"

#include <glib.h>

enum {
    BACK_US = 1000000,  /* a smaller step back is a sender's disorder */
    AHEAD_US = 3000000, /* a step ahead that is so much larger than the time that has passed is a jump */
    TOGETHER_US = 3000000,
    LEAST_STEP_US = 1000,
};

typedef __typeof__(((struct stream_timeline *)0)->tracks[0]) track_times;

void stream_timeline_restart(struct stream_timeline *timeline)
{
    for (int i = 0; i < STREAM_TRACKS; i++)
        timeline->tracks[i].known = false;
}

static bool continues(const track_times *track, int64_t at_us, int64_t now_us)
{
    int64_t step_us = at_us - track->last_us;
    return step_us > -BACK_US && step_us < MAX(now_us - track->came_us, 0) + AHEAD_US;
}

/* Where the track goes on after a jump, and where it begins. */
static int64_t next_us(const struct stream_timeline *timeline, const track_times *track, int64_t now_us)
{
    int64_t follows_us = track->last_us + MAX(track->step_us, LEAST_STEP_US);
    if (!track->last_us)
        return now_us;
    return timeline->paced ? follows_us : MAX(follows_us, track->last_us + now_us - track->came_us);
}

/* The other track may have made the same jump before. */
static int64_t find_shift(const struct stream_timeline *timeline, const track_times *track, const track_times *other,
                          int64_t dts_us, int64_t now_us)
{
    int64_t next = next_us(timeline, track, now_us);
    if (other->known && ABS(dts_us + other->shift_us - next) < TOGETHER_US)
        return other->shift_us;
    if (other->known && !track->last_us)
        return other->shift_us;
    return next - dts_us;
}

int64_t stream_timeline_shift(struct stream_timeline *timeline, enum stream_track which, int64_t dts_us, int64_t now_us)
{
    track_times *track = &timeline->tracks[which];
    const track_times *other = &timeline->tracks[which == STREAM_VIDEO ? STREAM_AUDIO : STREAM_VIDEO];
    if (!track->known || !continues(track, dts_us + track->shift_us, now_us))
        track->shift_us = find_shift(timeline, track, other, dts_us, now_us);
    int64_t at_us = dts_us + track->shift_us;
    if (track->known && at_us > track->last_us)
        track->step_us = MIN(at_us - track->last_us, BACK_US);
    track->known = true;
    track->last_us = at_us;
    track->came_us = now_us;
    return track->shift_us;
}
