/* Which part of a stream is heard: what was queued into a speaker, remembered until it has been played. */
#ifndef CALLAPI_ENGINE_AUDIO_CLOCK_H
#define CALLAPI_ENGINE_AUDIO_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

enum { AUDIO_CLOCK_SEGMENTS = 64 }; /* more than any speaker queue holds */

struct audio_clock {
    struct {
        int64_t at, pts; /* first sample: counted from the start, and in the stream */
        int samples;
        bool advances; /* false: sound made up while the stream stands still */
    } segments[AUDIO_CLOCK_SEGMENTS];
    int count;     /* of segments ever, so the newest is at count - 1 */
    int64_t total; /* samples queued since the start */
};

void audio_clock_add(struct audio_clock *clock, int64_t pts, int samples, bool advances);
/* The pts of the sample that is heard while `queued` are still to come. False before anything was queued. */
bool audio_clock_read(const struct audio_clock *clock, int queued, int64_t *pts);

#endif
