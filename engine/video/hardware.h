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
struct hardware_encoder {
    const char *name; /* an FFmpeg encoder: "h264_vaapi" */
    enum AVCodecID codec;
    enum AVHWDeviceType device;
};

/* Tables in order of preference, ended by a row whose name is NULL. */
const struct hardware_decoder *hardware_decoders(void);
const struct hardware_encoder *hardware_encoders(void);

/* Encodes or decodes real pictures and compares the result. False with a reason (`why`, g_free it) where it does not
 * work. Takes up to some 100 ms and may write to stderr: at start, never in the loop. */
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

#endif
