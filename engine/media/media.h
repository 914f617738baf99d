/* The interfaces between the stages of the media pipeline. A stage embeds an interface struct and knows only the
 * next stage's; app/ wires them. Everything runs on the loop's thread.
 *
 *   source → packet_sink (decoder of the player) → frame_sink (video view)
 *   camera → frame_sink (encoder) → packet_sink (fan-out to peers) */
#ifndef CALLAPI_ENGINE_MEDIA_MEDIA_H
#define CALLAPI_ENGINE_MEDIA_MEDIA_H

#include <libavcodec/codec_par.h>
#include <libavcodec/packet.h>
#include <libavutil/frame.h>
#include <stdbool.h>
#include <stdint.h>

/* Down-cast from an embedded interface to the struct that embeds it. */
/* clang-format off */
#define container_of(pointer, type, member) ((type *)((char *)(pointer) - offsetof(type, member)))
/* clang-format on */

/* ---- encoded packets ---- */

struct packet_sink;

struct packet_sink_ops {
    /* What follows is a stream of this codec (AV_CODEC_ID_H264, _VP8, _OPUS; width and height where known). Comes
     * before the first packet and again at each change. The sink copies what it keeps. */
    void (*open)(struct packet_sink *sink, const AVCodecParameters *parameters);

    /* One complete access unit: H.264 as Annex B, one VP8 frame, one Opus packet; AV_PKT_FLAG_KEY on key frames.
     * packet->pts is in packet->time_base: the RTP clock (1/90000, 1/48000; unwrapped, so it only grows) from a
     * network source, and microseconds of g_get_monotonic_time() from an encoder (the capture time).
     * Borrowed during the call: av_packet_ref to keep. */
    void (*push)(struct packet_sink *sink, const AVPacket *packet);

    /* Something before the next packet was lost for good: a video decoder must not show what refers to it. */
    void (*lose)(struct packet_sink *sink);
};

struct packet_sink {
    const struct packet_sink_ops *ops;
};

/* ---- decoded or captured pictures ---- */

struct frame_sink;

struct frame_sink_ops {
    /* One picture: any AVPixelFormat from a camera; from a decoder AV_PIX_FMT_YUV420P, _YUVJ420P or _NV12.
     * frame->pts as in packet_sink_ops.push, in frame->time_base. Borrowed during the call: av_frame_ref to keep. */
    void (*push)(struct frame_sink *sink, const AVFrame *frame);
};

struct frame_sink {
    const struct frame_sink_ops *ops;
};

/* ---- captured sound ---- */

/* The house's one format of uncompressed sound: 48 kHz, stereo, interleaved 16-bit. */
enum {
    AUDIO_RATE = 48000,
    AUDIO_CHANNELS = 2,
    AUDIO_FRAME = 960, /* samples of each channel in 20 ms, the unit of capture and of Opus */
    AUDIO_FRAME_US = 20000,
};

struct pcm_sink;

struct pcm_sink_ops {
    /* AUDIO_FRAME samples of each channel, captured at `pts_us` (first sample, g_get_monotonic_time). Borrowed. */
    void (*push)(struct pcm_sink *sink, const int16_t *samples, int64_t pts_us);
};

struct pcm_sink {
    const struct pcm_sink_ops *ops;
};

/* ---- where remote media come from ---- */

struct source;

struct source_ops {
    /* Delivers packets to the sinks (either may be NULL) until stop(). The first video packet may be any packet of
     * the stream: the sink waits for a key frame and the caller asks for one. At most one start at a time. */
    void (*start)(struct source *source, struct packet_sink *video, struct packet_sink *audio);
    void (*stop)(struct source *source);

    /* Asks the sender for a key frame; repeats itself until one has come, within its own limits. */
    void (*request_key_frame)(struct source *source);

    /* The sender's wall clock (microseconds since 1970, as g_get_real_time there) at which `pts` of that stream was
     * captured, from RTCP sender reports (RFC 3550, 6.4.1). False as long as no report has come. Both streams of one
     * source share the clock, so differences between video and audio are exact; the absolute value is comparable
     * with ours only as far as the two machines' clocks agree. */
    bool (*capture_time)(struct source *source, enum AVMediaType type, int64_t pts, int64_t *time_us);

    /* NULL: nobody can be asked. The sender should encode its pictures with so many bit/s at most, since this machine
     * does not manage more; 0: with what it likes. It need not heed it. */
    void (*limit_bit_rate)(struct source *source, int64_t bit_rate);
};

struct source {
    const struct source_ops *ops;
};

#endif
