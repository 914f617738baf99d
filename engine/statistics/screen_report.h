/* What a viewer saw, measured from the pixels that were presented and nothing else: frame numbers
 * (engine/statistics/framecode.h) where the picture has them, a signature of the picture where it has none (a film):
 * then new pictures, black and frozen times are still known, missing source frames are not. */
#ifndef CALLAPI_ENGINE_STATISTICS_SCREEN_REPORT_H
#define CALLAPI_ENGINE_STATISTICS_SCREEN_REPORT_H

#include <stdbool.h>
#include <stdint.h>

struct screen_report;

struct screen_seen { /* of one presented picture */
    bool black;      /* less than 0.1 % of the pixels above 40 */
    bool coded;      /* a frame code was read in the main picture */
    unsigned source, number;
    bool torn;        /* two numbers of one source at once */
    bool new_picture; /* other than the one before */
};

/* What was seen between two instants. */
struct screen_span {
    int presented, black, repeated, torn;
    double longest_freeze_ms;  /* longest time one picture stood, also over the span's edges up to `to_us` */
    int missing_source_frames; /* -1: pictures without numbers */
    int new_pictures;
};

struct screen_report *screen_report_create(void);
void screen_report_destroy(struct screen_report *report);

/* One presented picture, grey (8 bits, width bytes a row), at `now_us`. The main picture is the area x, y, w, h (the
 * rest is controls and previews and is not judged). */
struct screen_seen screen_report_push(struct screen_report *report, const uint8_t *grey, int width, int height, int x,
                                      int y, int w, int h, int64_t now_us);
/* A summary of what was presented from `from_us` to `to_us`. Freezes end at `to_us` at the latest. */
struct screen_span screen_report_span(const struct screen_report *report, int64_t from_us, int64_t to_us);
/* Every presented picture as one JSON line ({"t_ms","source","frame","black","torn","new"}); false, logged, where it
 * cannot be written. */
bool screen_report_save(const struct screen_report *report, const char *path, int64_t origin_us);

#endif
