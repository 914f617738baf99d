#include "engine/statistics/screen_report.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <glib.h>

#include "engine/statistics/framecode.h"

enum {
    MAX_PRESENTS = 1000000, /* over four hours at 60 Hz; then the oldest tenth is forgotten */
    MAX_CODES = 8,
    BRIGHT = 40,
    GRID_X = 64,
    GRID_Y = 36,
};

struct present {
    int64_t at_us;
    uint32_t number : 20, source : 4, black : 1, coded : 1, torn : 1, new_picture : 1;
};

struct screen_report {
    GArray *presents;      /* struct present, in order of time */
    uint64_t signature;    /* of the last picture, if it had no code */
    bool near_known;       /* both strips were read last time, so the next are looked for there */
    struct framecode near; /* within the main picture */
};

struct area {
    const uint8_t *grey;
    int width, height, stride;
};

struct screen_report *screen_report_create(void)
{
    struct screen_report *report = g_new0(struct screen_report, 1);
    report->presents = g_array_new(FALSE, FALSE, sizeof(struct present));
    return report;
}

void screen_report_destroy(struct screen_report *report)
{
    if (!report)
        return;
    g_array_free(report->presents, TRUE);
    g_free(report);
}

/* ---- one picture ---- */

/* Black pictures are rare: a picture that is not shows it in its first bright pixels. */
static bool is_black(const struct area *area)
{
    int64_t limit = (int64_t)area->width * area->height / 1000, bright = 0;
    for (int y = 0; y < area->height; y++) {
        const uint8_t *row = area->grey + (ptrdiff_t)y * area->stride;
        for (int x = 0; x < area->width; x++)
            bright += row[x] > BRIGHT;
        if (bright > limit)
            return false;
    }
    return bright == 0 || bright * 1000 < (int64_t)area->width * area->height;
}

/* A hash (FNV-1a) of the light in a coarse grid. The pixels are the renderer's own, so a picture that stands is the
 * same to the bit, and one that moves anywhere near a grid's point is not. */
static uint64_t signature_of(const struct area *area)
{
    uint64_t hash = 14695981039346656037u;
    for (int j = 0; j < GRID_Y; j++)
        for (int i = 0; i < GRID_X; i++) {
            int x = (2 * i + 1) * area->width / (2 * GRID_X), y = (2 * j + 1) * area->height / (2 * GRID_Y);
            const uint8_t *at = area->grey + (ptrdiff_t)y * area->stride + x;
            int right = x + 1 < area->width, below = y + 1 < area->height ? area->stride : 0;
            unsigned light = (unsigned)(at[0] + at[right] + at[below] + at[below + right]);
            hash = (hash ^ light) * 1099511628211u;
        }
    return hash;
}

/* Where both strips were a moment ago. Half of the picture's width, two thirds of its height: a third of the work. */
static int find_near(const struct screen_report *report, const struct area *area, struct framecode *found)
{
    const struct framecode *near = &report->near;
    int margin = (int)(near->width / 16) + 2;
    int left = MAX((int)near->x - margin, 0), top = MAX((int)near->y - margin, 0);
    int right = MIN((int)(near->x + near->width) + margin, area->width);
    if (left >= right || top >= area->height)
        return 0;
    int count = framecode_find(area->grey + (ptrdiff_t)top * area->stride + left, right - left, area->height - top,
                               area->stride, found, MAX_CODES);
    for (int i = 0; i < count; i++) {
        found[i].x += left;
        found[i].y += top;
    }
    return count > 0 && (found[0].copies == 2 || count > 1) ? count : 0;
}

static bool torn(const struct framecode *found, int count)
{
    return count > 1 && found[0].source == found[1].source && found[0].number != found[1].number &&
           fabs(found[0].width - found[1].width) < 0.05 * found[0].width;
}

/* Reads the main picture's code: the widest that is there. */
static void read_code(struct screen_report *report, const struct area *area, struct screen_seen *seen)
{
    struct framecode found[MAX_CODES];
    int count = report->near_known ? find_near(report, area, found) : 0;
    if (!count)
        count = framecode_find(area->grey, area->width, area->height, area->stride, found, MAX_CODES);
    report->near_known = count > 0 && found[0].copies == 2;
    if (report->near_known)
        report->near = found[0];
    if (!count)
        return;
    seen->coded = true;
    seen->torn = torn(found, count);
    seen->source = found[0].source;
    seen->number = seen->torn ? MAX(found[0].number, found[1].number) : found[0].number;
}

static bool differs_from_last(const struct screen_report *report, const struct screen_seen *seen, uint64_t signature)
{
    if (report->presents->len == 0)
        return true;
    const struct present *last = &g_array_index(report->presents, struct present, report->presents->len - 1);
    if (last->black || seen->black || last->coded != seen->coded)
        return last->black != seen->black || last->coded != seen->coded;
    if (seen->coded)
        return last->source != seen->source || last->number != seen->number;
    return signature != report->signature;
}

static void remember(struct screen_report *report, const struct screen_seen *seen, int64_t now_us)
{
    if (report->presents->len >= MAX_PRESENTS)
        g_array_remove_range(report->presents, 0, MAX_PRESENTS / 10);
    struct present present = { .at_us = now_us,
                               .number = seen->number & 0xfffff,
                               .source = seen->source & 15,
                               .black = seen->black,
                               .coded = seen->coded,
                               .torn = seen->torn,
                               .new_picture = seen->new_picture };
    g_array_append_val(report->presents, present);
}

struct screen_seen screen_report_push(struct screen_report *report, const uint8_t *grey, int width, int height, int x,
                                      int y, int w, int h, int64_t now_us)
{
    int left = CLAMP(x, 0, width), top = CLAMP(y, 0, height);
    struct area area = { grey + (ptrdiff_t)top * width + left, CLAMP(x + w, left, width) - left,
                         CLAMP(y + h, top, height) - top, width };
    struct screen_seen seen = { .black = is_black(&area) };
    uint64_t signature = 0;
    if (!seen.black)
        read_code(report, &area, &seen);
    if (!seen.black && !seen.coded)
        signature = signature_of(&area);
    seen.new_picture = differs_from_last(report, &seen, signature);
    report->signature = signature;
    remember(report, &seen, now_us);
    return seen;
}

/* ---- spans ---- */

/* Index of the first picture presented at or after `at_us`. */
static guint first_at(const struct screen_report *report, int64_t at_us)
{
    guint low = 0, high = report->presents->len;
    while (low < high) {
        guint middle = low + (high - low) / 2;
        if (g_array_index(report->presents, struct present, middle).at_us < at_us)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* When the picture that stood just before index `at` came: a freeze counts from there, though the span begins later. */
static int64_t shown_since(const struct screen_report *report, guint at, int64_t otherwise)
{
    while (at-- > 0) {
        const struct present *present = &g_array_index(report->presents, struct present, at);
        if (present->new_picture)
            return present->at_us;
        otherwise = present->at_us;
    }
    return otherwise;
}

static void note_freeze(struct screen_span *span, int64_t from_us, int64_t to_us)
{
    span->longest_freeze_ms = MAX(span->longest_freeze_ms, (double)(to_us - from_us) / 1000);
}

/* Numbers left out between two pictures that follow each other. Backwards is a loop or a restart, not a loss. */
static int skipped(const struct present *before, const struct present *after)
{
    if (!before || before->source != after->source || after->number <= before->number)
        return 0;
    return (int)(after->number - before->number) - 1;
}

struct screen_span screen_report_span(const struct screen_report *report, int64_t from_us, int64_t to_us)
{
    struct screen_span span = { .missing_source_frames = -1 };
    guint first = first_at(report, from_us), end = first_at(report, to_us + 1);
    const struct present *coded = NULL;
    int64_t since = shown_since(report, first, from_us);
    bool any = first > 0;
    for (guint i = first; i < end; i++) {
        const struct present *present = &g_array_index(report->presents, struct present, i);
        span.presented++;
        span.black += present->black;
        span.torn += present->torn;
        if (present->new_picture) {
            if (any)
                note_freeze(&span, since, present->at_us);
            since = present->at_us;
            span.new_pictures++;
        } else {
            span.repeated++;
        }
        any = true;
        if (present->coded) {
            span.missing_source_frames = MAX(span.missing_source_frames, 0) + skipped(coded, present);
            coded = present;
        }
    }
    if (any)
        note_freeze(&span, since, to_us);
    return span;
}

/* ---- on disk ---- */

static void write_present(FILE *file, const struct present *present, int64_t origin_us)
{
    char time[G_ASCII_DTOSTR_BUF_SIZE]; /* JSON wants a point, whatever the locale says */
    g_ascii_formatd(time, sizeof time, "%.3f", (double)(present->at_us - origin_us) / 1000);
    fprintf(file, "{\"t_ms\":%s,", time);
    if (present->coded)
        fprintf(file, "\"source\":%u,\"frame\":%u,", present->source, present->number);
    else
        fputs("\"source\":null,\"frame\":null,", file);
    fprintf(file, "\"black\":%s,\"torn\":%s,\"new\":%s}\n", present->black ? "true" : "false",
            present->torn ? "true" : "false", present->new_picture ? "true" : "false");
}

bool screen_report_save(const struct screen_report *report, const char *path, int64_t origin_us)
{
    FILE *file = fopen(path, "w");
    if (!file) {
        g_warning("the report cannot be written to %s: %s", path, g_strerror(errno));
        return false;
    }
    for (guint i = 0; i < report->presents->len; i++)
        write_present(file, &g_array_index(report->presents, struct present, i), origin_us);
    bool written = !ferror(file);
    written = fclose(file) == 0 && written;
    if (!written)
        g_warning("the report in %s is incomplete: %s", path, g_strerror(errno));
    return written;
}
