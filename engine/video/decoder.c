#include "engine/video/decoder.h"

#include <glib.h>
#include <libavcodec/avcodec.h>

#include "engine/media/codec_context.h"
#include "engine/video/h264.h"
#include "engine/video/hardware.h"
#include "engine/video/picture_filter.h"
#include "engine/video/picture_scaler.h"

enum {
    CODECS = 2,
    MOST_PIXELS = 4096 * 2304, /* a sender that claims more is wrong or wants our memory */
    MOST_UNANSWERED = 30,      /* packets without a picture: a hardware decoder is stuck */
    MOST_BAD_KEYS = 3, /* key frames in a row that give no picture: not damage, but a stream that cannot be decoded */
};

static const enum AVCodecID codec_ids[CODECS] = { AV_CODEC_ID_H264, AV_CODEC_ID_VP8 };

struct engine { /* one open codec */
    AVCodecContext *context;
    const struct hardware_decoder *hardware; /* NULL: software */
};

struct video_decoder {
    struct packet_sink sink;
    struct frame_sink *next;
    struct video_decoder_listener listener;
    struct engine engines[CODECS]; /* open for ever */
    struct engine other;           /* of the current stream, where it is of another codec */
    struct engine *current;        /* of the stream, NULL before its open() */
    AVFrame *frame, *downloaded, *filtered, *converted;
    struct picture_filter *filter; /* of the stream */
    struct picture_scaler *scaler;
    bool waits_for_key;
    int64_t first_pts; /* of the key frame that decoding began with */
    int unanswered;    /* packets since the last picture came out */
    int bad_keys;      /* key frames in a row without a picture */
    char *name;
    int64_t delivered_us; /* spent by others, on pictures that were passed on */
    struct video_decoder_stats stats;
};

/* ---- opening ---- */

/* `parameters`: of a stream whose decoder cannot do without, or NULL. */
static AVCodecContext *open_software(enum AVCodecID id, const AVCodecParameters *parameters)
{
    const AVCodec *codec = avcodec_find_decoder(id);
    AVCodecContext *context = codec ? codec_context_create(codec) : NULL;
    if (!context)
        return NULL;
    if (parameters)
        avcodec_parameters_to_context(context, parameters);
    context->thread_count = 1; /* frame threads would hold a picture back and show old ones after a switch */
    if (!parameters)           /* B-frames of MPEG-2 would come out in the order in which they were sent */
        context->flags |= AV_CODEC_FLAG_LOW_DELAY;
    context->flags2 |= AV_CODEC_FLAG2_FAST;
    context->max_pixels = MOST_PIXELS;
    if (avcodec_open2(context, codec, NULL) < 0)
        avcodec_free_context(&context);
    return context;
}

static void open_engine(struct engine *engine, enum AVCodecID id, bool try_hardware)
{
    engine->hardware = try_hardware ? hardware_best_decoder(id) : NULL;
    engine->context = engine->hardware ? hardware_open_decoder(engine->hardware, id) : NULL;
    if (!engine->context) {
        engine->hardware = NULL;
        engine->context = open_software(id, NULL);
    } else {
        engine->context->max_pixels = MOST_PIXELS;
    }
}

static void set_name(struct video_decoder *decoder, const struct engine *engine)
{
    char *name = g_strdup_printf("%s (%s)", avcodec_get_name(engine->context->codec_id),
                                 engine->hardware ? engine->hardware->name : "software");
    if (!g_strcmp0(name, decoder->name)) { /* who holds the old text may go on */
        g_free(name);
        return;
    }
    g_free(decoder->name);
    decoder->name = name;
}

/* ---- pictures out ---- */

/* 4:2:2, 10 bits, RGB and the like: comes out as YUV420P of limited range. */
static const AVFrame *convert(struct video_decoder *decoder, const AVFrame *frame)
{
    AVFrame *to = decoder->converted;
    struct colour colour = colour_of_picture(frame);
    av_frame_unref(to);
    to->format = AV_PIX_FMT_YUV420P;
    to->width = frame->width;
    to->height = frame->height;
    if (av_frame_get_buffer(to, 0) < 0 || av_frame_copy_props(to, frame) < 0)
        return NULL;
    bool rgb = colour.matrix == AVCOL_SPC_RGB;
    colour_set(to, (struct colour){ rgb ? colour_by_height(frame->height).matrix : colour.matrix, false });
    return picture_scale(decoder->scaler, frame, to) ? to : NULL;
}

static bool is_shown_as_it_is(int format)
{
    return format == AV_PIX_FMT_YUV420P || format == AV_PIX_FMT_YUVJ420P || format == AV_PIX_FMT_NV12;
}

static bool download(struct video_decoder *decoder)
{
    av_frame_unref(decoder->downloaded);
    decoder->downloaded->format = AV_PIX_FMT_NV12;
    if (av_hwframe_transfer_data(decoder->downloaded, decoder->frame, 0) < 0) {
        av_frame_unref(decoder->downloaded);
        if (av_hwframe_transfer_data(decoder->downloaded, decoder->frame, 0) < 0) /* whatever format it gives */
            return false;
    }
    return av_frame_copy_props(decoder->downloaded, decoder->frame) >= 0;
}

/* Displayed before the recovery point that decoding began with, so it refers to pictures that never came. Such pictures
 * leave the decoder before that one; afterwards a clock may start anew. */
static bool is_leading(struct video_decoder *decoder, const AVFrame *frame)
{
    if (decoder->first_pts == AV_NOPTS_VALUE || frame->pts == AV_NOPTS_VALUE)
        return false;
    if (frame->pts < decoder->first_pts)
        return true;
    decoder->first_pts = AV_NOPTS_VALUE;
    return false;
}

static bool hand_on(struct video_decoder *decoder, AVFrame *frame)
{
    colour_set(frame, colour_of_picture(frame));
    const AVFrame *shown = is_shown_as_it_is(frame->format) ? frame : convert(decoder, frame);
    if (!shown)
        return false;
    int64_t began_us = g_get_monotonic_time();
    decoder->next->ops->push(decoder->next, shown);
    decoder->delivered_us += g_get_monotonic_time() - began_us;
    return true;
}

/* False where the picture is not good. */
static bool deliver(struct video_decoder *decoder, AVRational time_base)
{
    AVFrame *frame = decoder->frame;
    if ((frame->flags & AV_FRAME_FLAG_CORRUPT) || frame->decode_error_flags)
        return false;
    if (is_leading(decoder, frame))
        return true;
    if (frame->hw_frames_ctx) {
        if (!download(decoder))
            return false;
        frame = decoder->downloaded;
    }
    decoder->stats.decoded++;
    decoder->stats.unplayable = false;
    decoder->bad_keys = 0;
    bool good = true;
    picture_filter_send(decoder->filter, frame);
    while (picture_filter_receive(decoder->filter, decoder->filtered)) {
        decoder->filtered->time_base = time_base;
        good &= hand_on(decoder, decoder->filtered);
        av_frame_unref(decoder->filtered);
    }
    return good;
}

/* ---- packets in ---- */

static void wait_for_key(struct video_decoder *decoder)
{
    decoder->waits_for_key = true;
}

/* A decoder that has once seen B-frames goes on holding pictures back, flushed or not. */
static void forget(struct engine *engine)
{
    avcodec_flush_buffers(engine->context);
    engine->context->has_b_frames = 0;
}

static struct engine *engine_for(struct video_decoder *decoder, const AVCodecParameters *parameters)
{
    for (int i = 0; i < CODECS; i++)
        if (codec_ids[i] == parameters->codec_id)
            return decoder->engines[i].context ? &decoder->engines[i] : NULL;
    decoder->other.context = open_software(parameters->codec_id, parameters);
    return decoder->other.context ? &decoder->other : NULL;
}

static void open_stream(struct packet_sink *sink, const AVCodecParameters *parameters)
{
    struct video_decoder *decoder = container_of(sink, struct video_decoder, sink);
    struct picture_shape shape = { .pixel_aspect = parameters->sample_aspect_ratio, .turned_later = true };
    avcodec_free_context(&decoder->other.context);
    picture_filter_destroy(decoder->filter);
    decoder->filter = picture_filter_create(&shape);
    decoder->current = engine_for(decoder, parameters);
    decoder->bad_keys = 0;
    decoder->stats.unplayable = !decoder->current;
    if (!decoder->current) {
        g_warning("a stream in %s cannot be decoded here", avcodec_get_name(parameters->codec_id));
        return;
    }
    forget(decoder->current);
    wait_for_key(decoder);
    set_name(decoder, decoder->current);
}

static bool decode(struct video_decoder *decoder, const AVPacket *packet)
{
    AVCodecContext *context = decoder->current->context;
    context->pkt_timebase = packet->time_base;
    /* What is not to be shown, and what nothing refers to, need not be decoded. */
    context->skip_frame = packet->flags & AV_PKT_FLAG_DISCARD ? AVDISCARD_NONREF : AVDISCARD_DEFAULT;
    int result = avcodec_send_packet(context, packet);
    if (result < 0)
        return false;
    decoder->unanswered += !(packet->flags & AV_PKT_FLAG_DISCARD);
    while ((result = avcodec_receive_frame(context, decoder->frame)) >= 0) {
        decoder->unanswered = 0;
        bool good = deliver(decoder, packet->time_base);
        av_frame_unref(decoder->frame);
        if (!good)
            return false;
    }
    return result == AVERROR(EAGAIN);
}

static void fall_back_to_software(struct video_decoder *decoder)
{
    struct engine *engine = decoder->current;
    g_warning("the hardware decoder %s fails on this stream; software takes over", engine->hardware->name);
    AVCodecContext *software = open_software(engine->context->codec_id, NULL);
    if (!software)
        return;
    avcodec_free_context(&engine->context);
    *engine = (struct engine){ .context = software };
    decoder->unanswered = 0;
    set_name(decoder, engine);
}

static void ask_for_key(struct video_decoder *decoder)
{
    decoder->stats.dropped++;
    decoder->listener.key_frame_needed(decoder->listener.user_data);
}

static void count_bad_key(struct video_decoder *decoder)
{
    if (++decoder->bad_keys != MOST_BAD_KEYS)
        return;
    decoder->stats.unplayable = true;
    g_warning("%d key frames in a row gave no picture: the sender's %s cannot be decoded here", MOST_BAD_KEYS,
              avcodec_get_name(decoder->current->context->codec_id));
}

/* The flag is the sender's word; garbage shows that it was wrong. VP8: RFC 6386, 9.1. */
static bool starts_decoding(const struct video_decoder *decoder, const AVPacket *packet)
{
    if (decoder->current->context->codec_id == AV_CODEC_ID_H264)
        return h264_starts_decoding(packet->data, (size_t)packet->size);
    if (decoder->current == &decoder->other)
        return true;
    return packet->size >= 10 && !(packet->data[0] & 1) && packet->data[3] == 0x9D && packet->data[4] == 0x01 &&
           packet->data[5] == 0x2A;
}

static void push(struct packet_sink *sink, const AVPacket *packet)
{
    struct video_decoder *decoder = container_of(sink, struct video_decoder, sink);
    if (!decoder->current)
        return;
    bool key = packet->flags & AV_PKT_FLAG_KEY;
    if (decoder->waits_for_key) {
        if (!key || !starts_decoding(decoder, packet)) {
            if (key)
                count_bad_key(decoder);
            ask_for_key(decoder);
            return;
        }
        decoder->first_pts = packet->pts;
        decoder->waits_for_key = false;
    }
    int64_t began_us = g_get_monotonic_time(), delivered_us = decoder->delivered_us;
    bool good = decode(decoder, packet);
    decoder->stats.decode_us += g_get_monotonic_time() - began_us - (decoder->delivered_us - delivered_us);
    decoder->stats.key_frames += good && key;
    bool stuck = decoder->current->hardware && decoder->unanswered > MOST_UNANSWERED; /* neither pictures nor errors */
    if (good && !stuck)
        return;
    decoder->stats.errors++;
    if (key)
        count_bad_key(decoder);
    forget(decoder->current);
    if (decoder->current->hardware && (key || stuck))
        fall_back_to_software(decoder);
    wait_for_key(decoder);
    ask_for_key(decoder);
}

static void lose(struct packet_sink *sink)
{
    struct video_decoder *decoder = container_of(sink, struct video_decoder, sink);
    if (decoder->current)
        forget(decoder->current);
    wait_for_key(decoder);
}

static const struct packet_sink_ops sink_ops = { .open = open_stream, .push = push, .lose = lose };

/* ---- life ---- */

struct video_decoder *video_decoder_create(bool hardware, struct frame_sink *next,
                                           const struct video_decoder_listener *listener)
{
    struct video_decoder *decoder = g_new0(struct video_decoder, 1);
    decoder->sink.ops = &sink_ops;
    decoder->next = next;
    decoder->listener = *listener;
    decoder->frame = av_frame_alloc();
    decoder->downloaded = av_frame_alloc();
    decoder->filtered = av_frame_alloc();
    decoder->converted = av_frame_alloc();
    decoder->scaler = picture_scaler_create();
    decoder->waits_for_key = true;
    for (int i = 0; i < CODECS; i++)
        open_engine(&decoder->engines[i], codec_ids[i], hardware);
    const struct engine *first = decoder->engines[0].context ? &decoder->engines[0] : &decoder->engines[1];
    if (first->context) {
        set_name(decoder, first);
        return decoder;
    }
    g_warning("this FFmpeg decodes neither H.264 nor VP8; install the full libavcodec");
    video_decoder_destroy(decoder);
    return NULL;
}

void video_decoder_destroy(struct video_decoder *decoder)
{
    if (!decoder)
        return;
    for (int i = 0; i < CODECS; i++)
        avcodec_free_context(&decoder->engines[i].context);
    av_frame_free(&decoder->frame);
    avcodec_free_context(&decoder->other.context);
    picture_filter_destroy(decoder->filter);
    av_frame_free(&decoder->downloaded);
    av_frame_free(&decoder->filtered);
    av_frame_free(&decoder->converted);
    picture_scaler_destroy(decoder->scaler);
    g_free(decoder->name);
    g_free(decoder);
}

struct packet_sink *video_decoder_sink(struct video_decoder *decoder)
{
    return &decoder->sink;
}

void video_decoder_flush(struct video_decoder *decoder)
{
    decoder->bad_keys = 0;
    decoder->stats.unplayable = false;
    if (decoder->current)
        forget(decoder->current);
    wait_for_key(decoder);
}

const char *video_decoder_name(const struct video_decoder *decoder)
{
    return decoder->name;
}

struct video_decoder_stats video_decoder_stats(const struct video_decoder *decoder)
{
    return decoder->stats;
}
