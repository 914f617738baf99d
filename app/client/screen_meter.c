#include "app/client/screen_meter.h"

struct screen_meter {
    struct screen_report *report;
    uint8_t *grey;
    size_t grey_size;
    GArray *latencies, *skews; /* double */
};

struct screen_meter *screen_meter_create(void)
{
    struct screen_meter *meter = g_new0(struct screen_meter, 1);
    meter->report = screen_report_create();
    meter->latencies = g_array_new(FALSE, FALSE, sizeof(double));
    meter->skews = g_array_new(FALSE, FALSE, sizeof(double));
    return meter;
}

void screen_meter_destroy(struct screen_meter *meter)
{
    if (!meter)
        return;
    screen_report_destroy(meter->report);
    g_array_unref(meter->latencies);
    g_array_unref(meter->skews);
    g_free(meter->grey);
    g_free(meter);
}

void screen_meter_read(struct screen_meter *meter, struct window *window, const SDL_Rect *main, int64_t now_us)
{
    int w, h;
    window_size(window, &w, &h);
    size_t size = (size_t)w * (size_t)h;
    if (size > meter->grey_size) {
        meter->grey = g_realloc(meter->grey, size);
        meter->grey_size = size;
    }
    if (!window_read_grey(window, meter->grey))
        return;
    SDL_Rect where = SDL_RectEmpty(main) ? (SDL_Rect){ 0, 0, w, h } : *main;
    screen_report_push(meter->report, meter->grey, w, h, where.x, where.y, where.w, where.h, now_us);
}

static void add_sample(GArray *samples, int64_t us)
{
    double ms = (double)us / 1000;
    g_array_append_val(samples, ms);
}

void screen_meter_presented(struct screen_meter *meter, const struct player *player, int64_t pts, int64_t now_us)
{
    int64_t us;
    if (player_latency(player, pts, now_us, &us))
        add_sample(meter->latencies, us);
    if (player_av_skew(player, pts, now_us, &us))
        add_sample(meter->skews, us);
}

const struct screen_report *screen_meter_report(const struct screen_meter *meter)
{
    return meter->report;
}

const GArray *screen_meter_latencies(const struct screen_meter *meter)
{
    return meter->latencies;
}

const GArray *screen_meter_skews(const struct screen_meter *meter)
{
    return meter->skews;
}
