/* Video encoder: one picture in, one access unit out, no delay. libx264 (zerolatency) or libvpx through FFmpeg, whose
 * packets come out of the same call; or a hardware encoder that hardware.h has proved, on a thread of its own. Where
 * that fails or hangs, software takes over, with one line on the log and for the rest of the process. */
#ifndef CALLAPI_ENGINE_VIDEO_ENCODER_H
#define CALLAPI_ENGINE_VIDEO_ENCODER_H

#include <glib.h>

#include "engine/media/colour.h"
#include "engine/media/media.h"

struct video_encoder;

struct video_encoder_config {
    enum AVCodecID codec; /* AV_CODEC_ID_H264 (constrained baseline) or AV_CODEC_ID_VP8 */
    const char *name;     /* an FFmpeg encoder by name, or NULL: the best that was proved, software otherwise */
    GMainContext *loop;   /* borrowed: hardware's packets come from its dispatch; NULL: software alone */
    int width, height;    /* of the stream; pictures of another size are scaled, aspect kept with bars. Even. */
    double fps;
    /* H.264: no slice has more bytes, for packetization mode 0; 0: as it comes. By libx264 alone:
     * the interfaces of hardware have no such limit in common, so that it is not used then */
    int max_slice;
    struct colour colour; /* of the pictures that will come, so that the first does not open it anew */
    int64_t bit_rate;     /* bit/s */
    struct packet_sink
        *next; /* borrowed, outlives the encoder; packets in 1/1000000, pts = the picture's capture time */
};

/* NULL, logged with what to do, where no encoder opens. */
struct video_encoder *video_encoder_create(const struct video_encoder_config *config);
void video_encoder_destroy(struct video_encoder *encoder);

/* Pictures to encode: any format and size, pts in microseconds of the monotonic clock. Picture that cannot be encoded
 * are dropped with one log line. */
struct frame_sink *video_encoder_sink(struct video_encoder *encoder);
/* The next picture becomes an IDR (H.264, with SPS and PPS in it) or key frame, kept small: about 100 ms of the bit
 * rate. */
void video_encoder_request_key_frame(struct video_encoder *encoder);
/* bit/s, between 50 000 and 20 000 000 (clamped). Takes effect on the fly; where the encoder cannot, it is re-opened
 * for large changes. */
void video_encoder_set_bit_rate(struct video_encoder *encoder, int64_t bit_rate);
const char *video_encoder_name(const struct video_encoder *encoder);
bool video_encoder_in_hardware(const struct video_encoder *encoder);

#endif
