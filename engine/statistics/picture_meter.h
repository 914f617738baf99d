/* Stands before the screen and notes when its pictures change: frame rate, freezes (webrtc-stats, freezeCount), size.
 */
#ifndef CALLAPI_ENGINE_STATISTICS_PICTURE_METER_H
#define CALLAPI_ENGINE_STATISTICS_PICTURE_METER_H

#include "engine/media/media.h"

enum { PICTURE_METER_WINDOW = 30 }; /* pictures that the usual interval is the mean of */

struct picture_meter_stats {
    uint64_t pictures, freezes;
    int64_t freezes_us, intervals_us; /* sums */
    double squared_intervals;         /* sum, s² */
    int width, height;                /* of the last one, 0: none yet */
};

struct picture_meter {
    struct frame_sink sink;                          /* pictures pass through it to `next` */
    struct frame_sink *next;                         /* borrowed */
    int64_t last_us;                                 /* 0: the next picture begins anew */
    int64_t window[PICTURE_METER_WINDOW], window_us; /* the last intervals, a ring, and their sum */
    unsigned intervals;
    struct picture_meter_stats stats;
};

void picture_meter_init(struct picture_meter *meter, struct frame_sink *next);
/* Another stream follows: the time until its first picture is no freeze. */
void picture_meter_restart(struct picture_meter *meter);
/* A picture is shown; the sink does it by itself. */
void picture_meter_add(struct picture_meter *meter, int width, int height, int64_t now_us);

#endif
