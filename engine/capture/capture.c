#include "engine/capture/capture.h"

#include <glib.h>

#include "engine/capture/kind.h"

struct capture *capture_open(const struct capture_config *config, char **error)
{
    struct capture_failure failure = { 0 };
    struct capture *capture = config->file     ? capture_file_open(config, &failure)
                              : config->camera ? capture_returning_open(capture_device_open, config, &failure)
                                               : capture_synthetic_open(config, &failure);
    if (!capture && error)
        *error = g_steal_pointer(&failure.words); /* said by who asked */
    else if (!capture)
        g_warning("%s", failure.words);
    g_free(failure.words);
    return capture;
}

void capture_destroy(struct capture *capture)
{
    if (capture)
        capture->ops->destroy(capture);
}

void capture_set_sinks(struct capture *capture, struct frame_sink *video, struct pcm_sink *audio)
{
    capture->video = video;
    capture->audio = audio;
}

void capture_poll(struct capture *capture, int64_t now_us)
{
    capture->ops->poll(capture, now_us);
}

int64_t capture_deadline(const struct capture *capture)
{
    return capture->ops->deadline(capture);
}

enum capture_trouble capture_trouble(const struct capture *capture)
{
    return capture->ops->trouble ? capture->ops->trouble(capture) : CAPTURE_WELL;
}

void capture_format(const struct capture *capture, int *width, int *height, double *fps)
{
    *width = capture->width;
    *height = capture->height;
    *fps = capture->fps;
}

struct colour capture_colour(const struct capture *capture)
{
    return capture->colour;
}

struct capture_failure capture_unusable(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    struct capture_failure failure = { CAPTURE_UNUSABLE, g_strdup_vprintf(format, arguments) };
    va_end(arguments);
    return failure;
}

void capture_deliver_picture(struct capture *capture, AVFrame *frame, int64_t pts_us)
{
    frame->pts = pts_us;
    frame->time_base = (AVRational){ 1, 1000000 };
    if (capture->video)
        capture->video->ops->push(capture->video, frame);
}
