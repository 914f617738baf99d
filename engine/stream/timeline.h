/* The times of a live stream, as its container says them, on our own clock, growing whatever the sender does: a start
 * anew, a jump, a counter that wraps. Sound and picture keep what is between them. Pure. */
#ifndef CALLAPI_ENGINE_STREAM_TIMELINE_H
#define CALLAPI_ENGINE_STREAM_TIMELINE_H

#include <stdbool.h>
#include <stdint.h>

enum stream_track { STREAM_VIDEO, STREAM_AUDIO, STREAM_TRACKS };

struct stream_timeline {
    bool paced; /* read ahead of time: what follows a jump follows at once, not when it has come */
    struct {
        bool known;       /* since the last restart */
        int64_t shift_us; /* ours less the container's */
        int64_t last_us;  /* ours, of the last packet; 0: none ever */
        int64_t came_us;  /* when that was */
        int64_t step_us;  /* between the last two */
    } tracks[STREAM_TRACKS];
};

/* The stream begins anew (it was opened again): its times may be any. */
void stream_timeline_restart(struct stream_timeline *timeline);
/* A packet's time of decoding, in microseconds of the container's clock, that came at `now_us` of ours: how much is to
 * be added to it, and to its time of presentation. The very first packet's is made `now_us`. */
int64_t stream_timeline_shift(struct stream_timeline *timeline, enum stream_track track, int64_t dts_us,
                              int64_t now_us);

#endif
