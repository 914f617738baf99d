/* Which hardware decoders and encoders work here, each proved with a real picture, not only listed: a decoder that
 * opens is no proof. One data row for each (VAAPI, V4L2 M2M, DRM PRIME, CUDA, VideoToolbox, D3D11VA; encoders
 * likewise). */
#ifndef CALLAPI_ENGINE_VIDEO_HARDWARE_H
#define CALLAPI_ENGINE_VIDEO_HARDWARE_H

#include <libavcodec/avcodec.h>
#include <stdbool.h>

#include "engine/media/colour.h"

struct hardware_decoder {
    const char *name;           /* "vaapi" */
    enum AVHWDeviceType device; /* AV_HWDEVICE_TYPE_NONE: a decoder of its own, named below */
    const char *path;           /* of the device; NULL: FFmpeg finds it (all but DRM) */
    const char *h264, *vp8;     /* FFmpeg decoder names (for a device: "h264", "vp8"); NULL: does not do it */
};
/* How an open encoder gets another bit rate. */
enum hardware_rate {
    HARDWARE_RATE_BY_OPENING,     /* it has to be opened anew, which begins with a key frame */
    HARDWARE_RATE_WITH_KEY_FRAME, /* as its context says, and begins anew with a key frame */
    HARDWARE_RATE_BY_V4L2,        /* by a control of its device */
};

struct hardware_encoder {
    const char *name; /* an FFmpeg encoder: "h264_vaapi" */
    enum AVCodecID codec;
    enum AVHWDeviceType device; /* that pictures are uploaded to; AV_HWDEVICE_TYPE_NONE: it takes them as they are */
    enum hardware_rate rate;
};

/* Tables in order of preference, ended by a row whose name is NULL. */
const struct hardware_decoder *hardware_decoders(void);
const struct hardware_encoder *hardware_encoders(void);

/* Encodes or decodes real pictures, on a thread of the codec's own, and compares the result: each has to come by
 * itself, without its successor. False with a reason (`why`, g_free it) where it does not work. Takes some 100 ms, and
 * four seconds where it hangs; may write to stderr: at start, never in the loop. */
bool hardware_prove_decoder(const struct hardware_decoder *decoder, enum AVCodecID codec, char **why);
bool hardware_prove_encoder(const struct hardware_encoder *encoder, char **why);

/* The first row that works for this codec, or NULL: software. The first call for a codec proves (see above), later ones
 * do not. */
const struct hardware_decoder *hardware_best_decoder(enum AVCodecID codec);
const struct hardware_encoder *hardware_best_encoder(enum AVCodecID codec);

/* Opens a row's decoder for `codec`: low delay, and its device where it has one. NULL (not logged) where it does not
 * open. */
AVCodecContext *hardware_open_decoder(const struct hardware_decoder *decoder, enum AVCodecID codec);
/* Opens a row's encoder for pictures of `colour`: constrained baseline where it is H.264, key frames on request only,
 * about 100 ms of VBV. Where hw_frames_ctx is set, pictures have to be uploaded first. NULL (not logged) where it does
 * not open. */
AVCodecContext *hardware_open_encoder(const struct hardware_encoder *encoder, int width, int height, double fps,
                                      int64_t bit_rate, struct colour colour);

/* bit/s. An encoder whose row says so follows it while it is open. */
void hardware_set_bit_rate(AVCodecContext *context, int64_t bit_rate);

/* An encoder that failed in use: it is the best one no more in this process, since encoders are opened again and again.
 */
void hardware_give_up_encoder(const struct hardware_encoder *encoder);
/* How many were. */
int hardware_encoders_given_up(void);

#endif
