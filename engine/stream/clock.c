#include "engine/stream/clock.h"

#include <glib.h>

enum {
    SECOND_US = 1000000,
    SPARE_US = 50000, /* beside what was needed */
    FAR_US = 3000000, /* so much too late is made good by a jump */
    SPEED = 20,       /* faster by one in so many */
    LONGEST_LOOK_US = 1000000,
};

void stream_clock_arrive(struct stream_clock *clock, int64_t at_us, int64_t now_us)
{
    int64_t late_us = now_us - at_us, second = now_us / SECOND_US;
    unsigned i = (unsigned)(second % STREAM_CLOCK_MEMORY);
    if (clock->memory[i].second != second) {
        clock->memory[i].second = second;
        clock->memory[i].latest_us = late_us;
    }
    clock->memory[i].latest_us = MAX(clock->memory[i].latest_us, late_us);
    if (!clock->started || late_us > clock->delay_us)
        clock->delay_us = late_us;
    clock->started = true;
}

static int64_t needed_us(const struct stream_clock *clock, int64_t now_us)
{
    int64_t latest_us = INT64_MIN, oldest = now_us / SECOND_US - STREAM_CLOCK_MEMORY;
    for (unsigned i = 0; i < STREAM_CLOCK_MEMORY; i++)
        if (clock->memory[i].second > oldest)
            latest_us = MAX(latest_us, clock->memory[i].latest_us);
    return latest_us == INT64_MIN ? clock->delay_us : latest_us + SPARE_US;
}

bool stream_clock_poll(struct stream_clock *clock, int64_t now_us)
{
    int64_t passed_us = CLAMP(now_us - clock->looked_us, 0, LONGEST_LOOK_US);
    clock->looked_us = now_us;
    if (!clock->started || !clock->adapts)
        return false;
    int64_t spare_us = clock->delay_us - needed_us(clock, now_us);
    bool jumps = spare_us > FAR_US;
    if (spare_us > 0)
        clock->delay_us -= jumps ? spare_us : MIN(spare_us, passed_us / SPEED);
    return jumps;
}

int64_t stream_clock_due(const struct stream_clock *clock, int64_t at_us)
{
    return at_us + clock->delay_us;
}
