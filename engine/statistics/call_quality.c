#include "engine/statistics/call_quality.h"

#include <math.h>

static void add(struct call_quality_mean *mean, double value, double seconds)
{
    if (!isfinite(value))
        return;
    mean->sum += value;
    mean->seconds += seconds;
}

/* A freeze is told in the second in which it ended: of all of them together the share is right. */
void call_quality_add(struct call_quality *quality, const struct statistics_second *second)
{
    double length = second->length;
    if (!second->connected || !isfinite(length))
        return;
    quality->seconds += length;
    add(&quality->frozen, second->freezes_duration, length);
    add(&quality->lost, second->fraction_lost * length, length);
    add(&quality->round_trip, second->round_trip_time * length, length);
}

static void add_mean(cJSON *json, const char *name, const struct call_quality_mean *mean)
{
    if (mean->seconds > 0)
        cJSON_AddNumberToObject(json, name, mean->sum / mean->seconds);
}

cJSON *call_quality_to_json(const struct call_quality *quality)
{
    if (quality->seconds <= 0)
        return NULL;
    cJSON *json = cJSON_CreateObject();
    cJSON_AddNumberToObject(json, "seconds", quality->seconds);
    add_mean(json, "frozen", &quality->frozen);
    add_mean(json, "lost", &quality->lost);
    add_mean(json, "round_trip", &quality->round_trip);
    return json;
}
