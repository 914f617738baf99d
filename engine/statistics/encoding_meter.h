/* How the encoder does, and what keeps its pictures from being better (webrtc-stats, qualityLimitationReason). Pure. */
#ifndef CALLAPI_ENGINE_STATISTICS_ENCODING_METER_H
#define CALLAPI_ENGINE_STATISTICS_ENCODING_METER_H

#include "engine/statistics/statistics.h"

struct encoding_meter {
    struct encoding_statistics statistics; /* frames, time, limitation and durations; the rest is its owner's */
    double load;                           /* share of a picture's interval that encoding takes, smoothed */
    int64_t since_us;                      /* when the durations were brought up to date; 0: never */
};

/* A picture was encoded in `took_us`, and the next one comes `interval_us` after it. */
void encoding_meter_add(struct encoding_meter *meter, int64_t took_us, int64_t interval_us);
/* The encoder works since the last call, and has been given less than it could use where `narrow`, smaller pictures for
 * the machine's sake where `slow`. A machine that needs nearly all the time between two pictures to encode one is the
 * limit before the path is. */
void encoding_meter_judge(struct encoding_meter *meter, bool narrow, bool slow, int64_t now_us);
/* Nothing is encoded: that is no limit, and no time passes. */
void encoding_meter_pause(struct encoding_meter *meter);

#endif
