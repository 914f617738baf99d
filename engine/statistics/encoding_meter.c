#include "engine/statistics/encoding_meter.h"

#include <glib.h>

#define SMOOTHING 0.05 /* the last second counts */
#define BUSY 0.9       /* no time is left for the rest of the loop */

void encoding_meter_add(struct encoding_meter *meter, int64_t took_us, int64_t interval_us)
{
    meter->statistics.frames_encoded++;
    meter->statistics.total_encode_time += (double)took_us / G_USEC_PER_SEC;
    if (interval_us > 0)
        meter->load += SMOOTHING * ((double)took_us / (double)interval_us - meter->load);
}

void encoding_meter_judge(struct encoding_meter *meter, bool narrow, bool slow, int64_t now_us)
{
    struct encoding_statistics *statistics = &meter->statistics;
    if (meter->since_us)
        statistics->limitation_durations[statistics->limitation] += (double)(now_us - meter->since_us) / G_USEC_PER_SEC;
    meter->since_us = now_us;
    statistics->limitation = slow || meter->load > BUSY ? QUALITY_LIMITATION_CPU
                             : narrow                   ? QUALITY_LIMITATION_BANDWIDTH
                                                        : QUALITY_LIMITATION_NONE;
}

void encoding_meter_pause(struct encoding_meter *meter)
{
    meter->since_us = 0;
    meter->statistics.limitation = QUALITY_LIMITATION_NONE;
}
