/* When the packets of a stream are due that does not come at the pace at which it is to be shown: HLS brings some
 * seconds at once, a file all that one reads. The delay is what the arrival needs: the latest packet of the last half
 * minute is just in time. Pure. */
#ifndef CALLAPI_ENGINE_STREAM_CLOCK_H
#define CALLAPI_ENGINE_STREAM_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

enum { STREAM_CLOCK_MEMORY = 32 }; /* seconds */

struct stream_clock {
    bool adapts; /* the delay may become less again: the sender sets the pace */
    bool started;
    int64_t delay_us;  /* from a packet's time to when it is due */
    int64_t looked_us; /* when it was looked at last */
    struct {
        int64_t second, latest_us; /* how late the latest of this second was */
    } memory[STREAM_CLOCK_MEMORY];
};

/* A packet of that time came at `now_us`. */
void stream_clock_arrive(struct stream_clock *clock, int64_t at_us, int64_t now_us);
/* The delay becomes less by a twentieth of the time that passes, where less is enough; by a jump where that would take
 * a minute: true then, and what is behind is to be left out. */
bool stream_clock_poll(struct stream_clock *clock, int64_t now_us);
int64_t stream_clock_due(const struct stream_clock *clock, int64_t at_us);

#endif
