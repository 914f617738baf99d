#include "engine/capture/kind.h"

#include <math.h>
#include <string.h>

#include <glib.h>

#include "engine/audio/tone.h"
#include "engine/synthetic/test_picture.h"

struct synthetic {
    struct capture capture; /* first: the interface */
    struct test_picture *picture;
    struct tone tone;
    bool has_tone;
    int64_t start_us, next; /* picture n is captured at start_us + n / fps */
    double started_at;      /* seconds of the day, for the clock on the wall */
};

static int64_t picture_time(const struct synthetic *synthetic, int64_t number)
{
    return synthetic->start_us + llrint((double)number * 1e6 / synthetic->capture.fps);
}

static void deliver(struct synthetic *synthetic, int64_t number)
{
    if (!synthetic->capture.video)
        return;
    int64_t pts_us = picture_time(synthetic, number);
    AVFrame *frame = test_picture_draw(synthetic->picture, (unsigned)number & 0xFFFFF,
                                       synthetic->started_at + (double)(pts_us - synthetic->start_us) / 1e6);
    if (!frame)
        return;
    capture_deliver_picture(&synthetic->capture, frame, pts_us);
    av_frame_free(&frame);
}

static double seconds_of_today(void)
{
    g_autoptr(GDateTime) now = g_date_time_new_now_local();
    return g_date_time_get_hour(now) * 3600 + g_date_time_get_minute(now) * 60 + g_date_time_get_seconds(now);
}

static void synthetic_poll(struct capture *capture, int64_t now_us)
{
    struct synthetic *synthetic = container_of(capture, struct synthetic, capture);
    if (now_us >= picture_time(synthetic, synthetic->next)) {
        int64_t number = (int64_t)((double)(now_us - synthetic->start_us) * capture->fps / 1e6);
        while (picture_time(synthetic, number + 1) <= now_us) /* rounding left it one behind */
            number++;
        number = MAX(number, synthetic->next);
        synthetic->next = number + 1;
        if (capture->video)
            deliver(synthetic, number);
    }
    if (synthetic->has_tone)
        tone_poll(&synthetic->tone, capture->audio, now_us);
}

static int64_t synthetic_deadline(const struct capture *capture)
{
    const struct synthetic *synthetic = container_of(capture, const struct synthetic, capture);
    int64_t due = picture_time(synthetic, synthetic->next);
    return synthetic->has_tone ? MIN(due, tone_deadline(&synthetic->tone)) : due;
}

static void synthetic_destroy(struct capture *capture)
{
    struct synthetic *synthetic = container_of(capture, struct synthetic, capture);
    test_picture_destroy(synthetic->picture);
    g_free(synthetic);
}

static const struct capture_ops synthetic_ops = {
    .destroy = synthetic_destroy,
    .poll = synthetic_poll,
    .deadline = synthetic_deadline,
};

struct capture *capture_synthetic_open(const struct capture_config *config, struct capture_failure *failure)
{
    int width = config->width > 0 ? config->width & ~1 : 1280, height = config->height > 0 ? config->height & ~1 : 720;
    int fps = config->fps > 0 ? config->fps : 30;
    if (width < 116 || height < 66 || width > 4096 || height > 4096 || fps > 240 || config->source > 15) {
        *failure = capture_unusable(
            "a synthetic camera of %d x %d at %d frames a second, source %u, cannot be made: from "
            "116 x 66 to 4096 x 4096, up to 240 frames a second, source 0 to 15",
            width, height, fps, config->source);
        return NULL;
    }
    struct synthetic *synthetic = g_new0(struct synthetic, 1);
    synthetic->capture = (struct capture){
        .ops = &synthetic_ops, .width = width, .height = height, .fps = fps, .colour = colour_by_height(height)
    };
    synthetic->picture = test_picture_create(width, height, config->source);
    synthetic->start_us = g_get_monotonic_time();
    synthetic->started_at = seconds_of_today();
    synthetic->tone = tone_start(config->source, synthetic->start_us);
    synthetic->has_tone = !config->audio || strcmp(config->audio, "none") != 0;
    return &synthetic->capture;
}
