#include "engine/statistics/picture_meter.h"

#include <glib.h>
#include <string.h>

enum { LEAST_FREEZE_US = 150000 }; /* beyond the usual interval */

void picture_meter_restart(struct picture_meter *meter)
{
    meter->last_us = 0;
    meter->intervals = 0;
    meter->window_us = 0;
    memset(meter->window, 0, sizeof meter->window);
}

/* webrtc-stats: an interval longer than the greater of three usual ones and a usual one + 150 ms. */
static bool is_freeze(const struct picture_meter *meter, int64_t interval_us)
{
    if (!meter->intervals)
        return false;
    int64_t usual_us = meter->window_us / MIN(meter->intervals, PICTURE_METER_WINDOW);
    return interval_us > MAX(3 * usual_us, usual_us + LEAST_FREEZE_US);
}

static void remember(struct picture_meter *meter, int64_t interval_us)
{
    int64_t *place = &meter->window[meter->intervals++ % PICTURE_METER_WINDOW];
    meter->window_us += interval_us - *place;
    *place = interval_us;
    if (meter->intervals == 2 * PICTURE_METER_WINDOW)
        meter->intervals = PICTURE_METER_WINDOW;
}

void picture_meter_add(struct picture_meter *meter, int width, int height, int64_t now_us)
{
    struct picture_meter_stats *stats = &meter->stats;
    int64_t interval_us = now_us - meter->last_us;
    if (meter->last_us) {
        stats->intervals_us += interval_us;
        stats->squared_intervals += (double)interval_us * (double)interval_us / 1e12;
        if (is_freeze(meter, interval_us)) {
            stats->freezes++;
            stats->freezes_us += interval_us;
        }
        remember(meter, interval_us);
    }
    meter->last_us = now_us;
    stats->pictures++;
    stats->width = width;
    stats->height = height;
}

static void push(struct frame_sink *sink, const AVFrame *frame)
{
    struct picture_meter *meter = container_of(sink, struct picture_meter, sink);
    picture_meter_add(meter, frame->width, frame->height, g_get_monotonic_time());
    meter->next->ops->push(meter->next, frame);
}

static const struct frame_sink_ops sink_ops = { .push = push };

void picture_meter_init(struct picture_meter *meter, struct frame_sink *next)
{
    *meter = (struct picture_meter){ .sink.ops = &sink_ops, .next = next };
}
