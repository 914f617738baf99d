/* How good one call was, summed up from its seconds. Pure. */
#ifndef CALLAPI_ENGINE_STATISTICS_CALL_QUALITY_H
#define CALLAPI_ENGINE_STATISTICS_CALL_QUALITY_H

#include "engine/statistics/statistics.h"

/* A sum over the seconds of which a value was known, and how many those were. */
struct call_quality_mean {
    double sum, seconds;
};

/* All zero: no second yet. */
struct call_quality {
    double seconds;
    struct call_quality_mean frozen, lost, round_trip;
};

/* One more second of the call; one without a connection changes nothing. */
void call_quality_add(struct call_quality *quality, const struct statistics_second *second);
/* {"seconds":62,"frozen":0.01,"lost":0.012,"round_trip":0.021}: how long, the shares of the time that the picture stood
 * and of the packets that were lost, and seconds on the way; what was never known is left out. New object, owned by the
 * caller; NULL: there was no second. */
cJSON *call_quality_to_json(const struct call_quality *quality);

#endif
