#include "engine/audio/clock.h"

#include <glib.h>

void audio_clock_add(struct audio_clock *clock, int64_t pts, int samples, bool advances)
{
    int i = clock->count++ % AUDIO_CLOCK_SEGMENTS;
    clock->segments[i].at = clock->total;
    clock->segments[i].pts = pts;
    clock->segments[i].samples = samples;
    clock->segments[i].advances = advances;
    clock->total += samples;
    if (clock->count >= 2 * AUDIO_CLOCK_SEGMENTS)
        clock->count -= AUDIO_CLOCK_SEGMENTS;
}

bool audio_clock_read(const struct audio_clock *clock, int queued, int64_t *pts)
{
    int64_t heard = clock->total - queued;
    int oldest = MAX(clock->count - AUDIO_CLOCK_SEGMENTS, 0);
    for (int i = clock->count - 1; i >= oldest; i--) {
        int at = i % AUDIO_CLOCK_SEGMENTS;
        if (clock->segments[at].at > heard && i > oldest)
            continue;
        int64_t offset = CLAMP(heard - clock->segments[at].at, 0, clock->segments[at].samples);
        *pts = clock->segments[at].pts + (clock->segments[at].advances ? offset : 0);
        return true;
    }
    return false;
}
