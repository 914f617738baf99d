/* Cameras and microphones: what this user sends. Three kinds behind one interface: synthetic (somebody in a room, with
 * a machine-readable frame number, engine/statistics/framecode.h, and a tone), a file played in real time and looped,
 * and a device (libavdevice). Pictures and sound carry the monotonic time at which they were captured. */
#ifndef CALLAPI_ENGINE_CAPTURE_CAPTURE_H
#define CALLAPI_ENGINE_CAPTURE_CAPTURE_H

#include "engine/media/colour.h"
#include "engine/media/media.h"

struct capture;

/* Why a camera gives no pictures. */
enum capture_trouble {
    CAPTURE_WELL,
    CAPTURE_MISSING,   /* it is not there, or was unplugged */
    CAPTURE_BUSY,      /* another program uses it */
    CAPTURE_FORBIDDEN, /* the system does not let this program */
    CAPTURE_UNUSABLE,  /* anything else: it opens and stays dark, an unknown kind */
};

struct capture_config {
    const char *file;    /* any file FFmpeg reads, looped, its sound too; or NULL */
    const char *camera;  /* a libavdevice input ("/dev/video0", "v4l2:/dev/video0"); or NULL */
    const char *audio;   /* "tone", "none", or NULL: the file's sound, else the tone. (Real microphones are a
                            capture of their own: platform/audio/microphone.h.) */
    bool still_once;     /* a picture that does not move comes once, not ten times a second */
    unsigned source;     /* 0 to 15: the source number that the synthetic camera draws */
    bool may_be_missing; /* no such camera, or it cannot be used: it is said on the log, and tried again until it can */
    int width, height, fps; /* of the synthetic camera, wished of a device; 0: 1280, 720, 30 */
};

/* NULL with words for the user in `error` (g_free it), or on the log where `error` is NULL: an unreadable file, no such
 * camera. Opening a file may take some 100 ms: before the loop starts. */
struct capture *capture_open(const struct capture_config *config, char **error);
void capture_destroy(struct capture *capture);

/* Borrowed sinks, each may be NULL; may be set at any time. Without one for pictures a camera stays open and costs next
 * to nothing. */
void capture_set_sinks(struct capture *capture, struct frame_sink *video, struct pcm_sink *audio);

/* Delivers the picture and the sound that are due at `now_us`: at most one picture a call (a late loop skips pictures
 * rather than sending a burst), all sound that is due. */
void capture_poll(struct capture *capture, int64_t now_us);
/* When the next picture or sound is due (g_get_monotonic_time). */
int64_t capture_deadline(const struct capture *capture);

/* Not CAPTURE_WELL: of a camera that may be missing, or was unplugged; it is tried again and again. */
enum capture_trouble capture_trouble(const struct capture *capture);
/* Shape of the pictures: width, height and frame rate (25 to 60 as the file or device has it). */
void capture_format(const struct capture *capture, int *width, int *height, double *fps);
/* Of its first picture. */
struct colour capture_colour(const struct capture *capture);

#endif
