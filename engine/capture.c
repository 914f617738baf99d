#include "engine/capture.h"

#include <glib.h>

#include "engine/capture_kind.h"

struct capture *capture_open(const struct capture_config *config, char **error)
{
    g_autofree char *words = NULL;
    struct capture *capture = config->file     ? capture_file_open(config, &words)
                              : config->camera ? capture_returning_open(capture_device_open, config, &words)
                                               : capture_synthetic_open(config, &words);
    if (!capture && error)
        *error = g_steal_pointer(&words);       /* said by who asked */
    else if (!capture)
        g_warning("%s", words);
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

bool capture_is_there(const struct capture *capture)
{
    return !capture->ops->is_there || capture->ops->is_there(capture);
}

void capture_format(const struct capture *capture, int *width, int *height, double *fps)
{
    *width = capture->width;
    *height = capture->height;
    *fps = capture->fps;
}

void capture_deliver_picture(struct capture *capture, AVFrame *frame, int64_t pts_us)
{
    frame->pts = pts_us;
    frame->time_base = (AVRational){ 1, 1000000 };
    if (capture->video)
        capture->video->ops->push(capture->video, frame);
}
