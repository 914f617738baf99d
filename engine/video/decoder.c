#include "engine/video/decoder.h"

#include <glib.h>
#include <libavcodec/avcodec.h>

#include "engine/media/codec_context.h"
#include "engine/media/objects.h"
#include "engine/picture/output.h"
#include "engine/video/decoder_work.h"
#include "engine/video/h264.h"
#include "engine/video/packet_keeper.h"
#include "platform/cpu_time.h"

enum {
    CODECS = 2,
    MOST_PIXELS = 4096 * 2304, /* a sender that claims more is wrong or wants our memory */
    MOST_WAITING = 1000,       /* packets before a hardware decoder: a live stream's last seconds come at once */
    MOST_BAD_KEYS = 3, /* key frames in a row that give no picture: not damage, but a stream that cannot be decoded */
};

static const enum AVCodecID codec_ids[CODECS] = { AV_CODEC_ID_H264, AV_CODEC_ID_VP8 };

struct engine { /* one open codec */
    struct video_decoder *decoder;
    enum AVCodecID id;
    AVCodecContext *context;                 /* in software, in the loop; or */
    struct codec_thread *thread;             /* in hardware, on a thread of its own, */
    const struct hardware_decoder *hardware; /* which is its row; NULL: software */
};

struct video_decoder {
    struct packet_sink sink;
    struct video_decoder_listener listener;
    struct engine engines[CODECS]; /* open for ever */
    struct engine other;           /* of the current stream, where it is of another codec */
    struct engine *current;        /* of the stream, NULL before its open() */
    AVFrame *frame;
    struct picture_output *output;
    struct packet_keeper kept; /* of the stream, where hardware decodes it */
    int64_t shown_pts;         /* of its last picture */
    bool waits_for_key;
    int64_t first_pts; /* of the key frame that decoding began with */
    int bad_keys;      /* key frames in a row without a picture */
    char *name;
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

static void on_arrived(void *user_data);

static void open_engine(struct engine *engine, GMainContext *loop)
{
    engine->hardware = loop ? hardware_best_decoder(engine->id) : NULL;
    if (engine->hardware)
        engine->thread = codec_thread_create(&(struct codec_thread_config){
            .ops = &decoder_work_ops,
            .codec = decoder_work_create(engine->hardware, engine->id, MOST_PIXELS),
            .room = MOST_WAITING,
            .loop = loop,
            .arrived = on_arrived,
            .user_data = engine,
        });
    if (engine->thread)
        return;
    engine->hardware = NULL;
    engine->context = open_software(engine->id, NULL);
}

static void close_engine(struct engine *engine)
{
    codec_thread_destroy(g_steal_pointer(&engine->thread));
    engine->hardware = NULL;
    avcodec_free_context(&engine->context);
}

static bool is_open(const struct engine *engine)
{
    return engine->context || engine->thread;
}

static void set_name(struct video_decoder *decoder, const struct engine *engine)
{
    char *name = g_strdup_printf("%s (%s)", avcodec_get_name(engine->id),
                                 engine->hardware ? engine->hardware->name : "software");
    if (!g_strcmp0(name, decoder->name)) { /* who holds the old text may go on */
        g_free(name);
        return;
    }
    g_free(decoder->name);
    decoder->name = name;
}

/* ---- pictures out ---- */

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

/* False where the picture is not good. */
static bool deliver(struct video_decoder *decoder, AVFrame *frame, AVRational time_base)
{
    if ((frame->flags & AV_FRAME_FLAG_CORRUPT) || frame->decode_error_flags)
        return false;
    if (is_leading(decoder, frame))
        return true;
    decoder->stats.decoded++;
    decoder->stats.unplayable = false;
    decoder->bad_keys = 0;
    return picture_output_push(decoder->output, frame, time_base);
}

/* ---- packets in ---- */

static void wait_for_key(struct video_decoder *decoder)
{
    decoder->waits_for_key = true;
}

/* A decoder that has once seen B-frames goes on holding pictures back, flushed or not. */
static void forget(struct engine *engine)
{
    packet_keeper_clear(&engine->decoder->kept);
    if (engine->thread) {
        codec_thread_flush(engine->thread);
        return;
    }
    avcodec_flush_buffers(engine->context);
    engine->context->has_b_frames = 0;
}

static struct engine *engine_for(struct video_decoder *decoder, const AVCodecParameters *parameters)
{
    for (int i = 0; i < CODECS; i++) {
        struct engine *engine = &decoder->engines[i];
        if (codec_ids[i] != parameters->codec_id)
            continue;
        if (!is_open(engine)) /* there was no memory for it then */
            engine->context = open_software(engine->id, NULL);
        return is_open(engine) ? engine : NULL;
    }
    decoder->other = (struct engine){ .decoder = decoder, .id = parameters->codec_id };
    decoder->other.context = open_software(parameters->codec_id, parameters);
    return is_open(&decoder->other) ? &decoder->other : NULL;
}

static void open_stream(struct packet_sink *sink, const AVCodecParameters *parameters)
{
    struct video_decoder *decoder = container_of(sink, struct video_decoder, sink);
    close_engine(&decoder->other);
    picture_output_open(decoder->output, parameters->sample_aspect_ratio);
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
    while ((result = avcodec_receive_frame(context, decoder->frame)) >= 0) {
        bool good = deliver(decoder, decoder->frame, packet->time_base);
        av_frame_unref(decoder->frame);
        if (!good)
            return false;
    }
    return result == AVERROR(EAGAIN);
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
              avcodec_get_name(decoder->current->id));
}

/* The flag is the sender's word; garbage shows that it was wrong. VP8: RFC 6386, 9.1. */
static bool starts_decoding(const struct video_decoder *decoder, const AVPacket *packet)
{
    if (decoder->current->id == AV_CODEC_ID_H264)
        return h264_starts_decoding(packet->data, (size_t)packet->size);
    if (decoder->current == &decoder->other)
        return true;
    return packet->size >= 10 && !(packet->data[0] & 1) && packet->data[3] == 0x9D && packet->data[4] == 0x01 &&
           packet->data[5] == 0x2A;
}

/* What is decoded cannot go on from here. */
static void begin_anew(struct video_decoder *decoder)
{
    decoder->stats.errors++;
    forget(decoder->current);
    wait_for_key(decoder);
    ask_for_key(decoder);
}

static void decode_in_software(struct video_decoder *decoder, const AVPacket *packet)
{
    bool key = packet->flags & AV_PKT_FLAG_KEY;
    int64_t began_us = g_get_monotonic_time(), spent_us = thread_cpu_time_us();
    int64_t shown_us = picture_output_spent_us(decoder->output);
    bool good = decode(decoder, packet);
    shown_us = picture_output_spent_us(decoder->output) - shown_us;
    decoder->stats.decode_us += g_get_monotonic_time() - began_us - shown_us;
    decoder->stats.in_loop_us += thread_cpu_time_us() - spent_us;
    decoder->stats.key_frames += good && key;
    if (good)
        return;
    if (key)
        count_bad_key(decoder);
    begin_anew(decoder);
}

static void decode_in_hardware(struct video_decoder *decoder, const AVPacket *packet)
{
    AVPacket *copy = av_packet_clone(packet);
    if (!copy)
        return;
    packet_keeper_add(&decoder->kept, packet);
    codec_thread_send(decoder->current->thread, codec_item_new(copy, NULL)); /* a fault is told by the loop */
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
        decoder->shown_pts = INT64_MIN;
        decoder->waits_for_key = false;
    }
    if (decoder->current->thread)
        decode_in_hardware(decoder, packet);
    else
        decode_in_software(decoder, packet);
}

static void lose(struct packet_sink *sink)
{
    struct video_decoder *decoder = container_of(sink, struct video_decoder, sink);
    if (decoder->current)
        forget(decoder->current);
    wait_for_key(decoder);
}

static const struct packet_sink_ops sink_ops = { .open = open_stream, .push = push, .lose = lose };

/* ---- hardware: what its thread has to say ---- */

static void take_picture(struct video_decoder *decoder, const struct codec_item *item)
{
    decoder->stats.decode_us += item->spent_us;
    if (!item->frame) {
        begin_anew(decoder);
        return;
    }
    decoder->stats.key_frames += item->key;
    decoder->shown_pts = MAX(decoder->shown_pts, item->frame->pts);
    if (!deliver(decoder, item->frame, item->frame->time_base))
        begin_anew(decoder);
}

/* What is on the screen already is decoded once more for what refers to it, and not shown again. */
static void decode_again(struct video_decoder *decoder, GQueue packets, int64_t shown_pts)
{
    for (AVPacket *packet; (packet = g_queue_pop_head(&packets)); av_packet_free(&packet)) {
        if (packet->pts <= shown_pts)
            packet->flags |= AV_PKT_FLAG_DISCARD;
        push(&decoder->sink, packet);
    }
}

/* Software begins with the last key frame where that is not long ago, else with the next one. */
static void fall_back(struct engine *engine, enum codec_fault fault)
{
    struct video_decoder *decoder = engine->decoder;
    g_warning("the hardware decoder %s (%s) %s; software takes over", engine->hardware->name,
              avcodec_get_name(engine->id), codec_fault_text(fault));
    decoder->stats.fallbacks++;
    decoder->stats.errors++;
    close_engine(engine);
    engine->context = open_software(engine->id, NULL);
    if (engine != decoder->current)
        return;
    if (!engine->context) {
        decoder->current = NULL;
        decoder->stats.unplayable = true;
        return;
    }
    set_name(decoder, engine);
    GQueue packets = packet_keeper_take(&decoder->kept);
    bool waits = decoder->waits_for_key || !packets.length;
    wait_for_key(decoder);
    decode_again(decoder, packets, fault == CODEC_GIVES_WRONG ? INT64_MIN : decoder->shown_pts);
    if (waits)
        ask_for_key(decoder);
}

static void on_arrived(void *user_data)
{
    struct engine *engine = user_data;
    for (struct codec_item *item; (item = codec_thread_take(engine->thread)); codec_item_free(item))
        if (engine == engine->decoder->current)
            take_picture(engine->decoder, item);
    enum codec_fault fault = codec_thread_fault(engine->thread);
    if (fault)
        fall_back(engine, fault);
}

/* ---- life ---- */

struct video_decoder *video_decoder_create(GMainContext *loop, struct frame_sink *next,
                                           const struct video_decoder_listener *listener)
{
    struct video_decoder *decoder = g_new0(struct video_decoder, 1);
    decoder->sink.ops = &sink_ops;
    decoder->listener = *listener;
    decoder->frame = frame_new();
    decoder->output = picture_output_create(next);
    decoder->waits_for_key = true;
    for (int i = 0; i < CODECS; i++) {
        decoder->engines[i] = (struct engine){ .decoder = decoder, .id = codec_ids[i] };
        open_engine(&decoder->engines[i], loop);
    }
    const struct engine *first = is_open(&decoder->engines[0]) ? &decoder->engines[0] : &decoder->engines[1];
    if (is_open(first)) {
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
        close_engine(&decoder->engines[i]);
    close_engine(&decoder->other);
    packet_keeper_clear(&decoder->kept);
    av_frame_free(&decoder->frame);
    picture_output_destroy(decoder->output);
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
