/* What the kinds of capture have in common, for capture.c and the kinds themselves: engine/capture/synthetic.c and
 * engine/capture/media.c. */
#ifndef CALLAPI_ENGINE_CAPTURE_KIND_H
#define CALLAPI_ENGINE_CAPTURE_KIND_H

#include <glib.h>

#include "engine/capture/capture.h"

struct capture_ops {
    void (*destroy)(struct capture *capture);
    void (*poll)(struct capture *capture, int64_t now_us);
    int64_t (*deadline)(const struct capture *capture);
    /* Nothing more will come, the device is gone. NULL: never. */
    bool (*ended)(const struct capture *capture);
    /* NULL: never any. */
    enum capture_trouble (*trouble)(const struct capture *capture);
};

/* Embedded first in each kind, which fills all but the sinks. */
struct capture {
    const struct capture_ops *ops;
    struct frame_sink *video; /* borrowed, or NULL */
    struct pcm_sink *audio;
    int width, height;
    double fps;
    struct colour colour;
};

/* What stopped an opening. */
struct capture_failure {
    enum capture_trouble trouble;
    char *words; /* for the user; g_free it */
};

/* CAPTURE_UNUSABLE, with words as printf makes them. */
struct capture_failure capture_unusable(const char *format, ...) G_GNUC_PRINTF(1, 2);

/* Each returns NULL after it has filled `failure`. */
struct capture *capture_synthetic_open(const struct capture_config *config, struct capture_failure *failure);
struct capture *capture_file_open(const struct capture_config *config, struct capture_failure *failure);
struct capture *capture_device_open(const struct capture_config *config, struct capture_failure *failure);

/* What `open` opens (any of the above), and opens again once it has ended, on a thread, until that succeeds: a camera
 * that is unplugged and plugged in again. */
typedef struct capture *(*capture_opening)(const struct capture_config *config, struct capture_failure *failure);
struct capture *capture_returning_open(capture_opening open, const struct capture_config *config,
                                       struct capture_failure *failure);

/* The kinds' way to hand over a picture: sets its time, borrowed by the sink. */
void capture_deliver_picture(struct capture *capture, AVFrame *frame, int64_t pts_us);

#endif
