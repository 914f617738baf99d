/* The proofs of hardware.h: smooth pictures there and back, through the codec's own thread as in a call. */
#include <libavutil/hwcontext.h>
#include <stdlib.h>
#include <string.h>

#include "engine/media/codec_context.h"
#include "engine/media/objects.h"
#include "engine/video/decoder_work.h"
#include "engine/video/encoder_work.h"
#include "engine/video/hardware.h"

enum {
    FPS = 30,
    BIT_RATE = 1000000,
    PICTURES = 24,   /* until the first comes: a Raspberry Pi's encoder starves its first ten */
    ENOUGH = 3,      /* then each comes by itself */
    DIFFERENCE = 12, /* of 255: the mean error a lossy codec may make on a smooth picture */
    MOST_US = 4000000,
    STEP_US = 40000, /* between pictures until the first comes */
    MOST_PIXELS = 512 * 512,
};

struct size {
    int width, height;
};

static const struct size sent = { 320, 240 };     /* as cameras have it */
static const struct size received = { 328, 248 }; /* no multiple of what drivers align rows to */

static uint8_t luma(struct size size, int x, int y)
{
    return (uint8_t)(40 + (x + y) * 160 / (size.width + size.height));
}

static AVFrame *picture_of(struct size size, int number)
{
    AVFrame *frame = frame_new();
    frame->format = AV_PIX_FMT_YUV420P;
    frame->width = size.width;
    frame->height = size.height;
    if (av_frame_get_buffer(frame, 0) < 0) {
        av_frame_free(&frame);
        return NULL;
    }
    for (int y = 0; y < size.height; y++)
        for (int x = 0; x < size.width; x++)
            frame->data[0][y * frame->linesize[0] + x] = luma(size, x, y);
    for (int plane = 1; plane < 3; plane++)
        memset(frame->data[plane], 128, (size_t)(frame->linesize[plane] * (size.height / 2)));
    frame->pts = (int64_t)number * 1000000 / FPS;
    frame->pict_type = number == 0 ? AV_PICTURE_TYPE_I : AV_PICTURE_TYPE_NONE;
    return frame;
}

/* The luma is the first plane of every format that comes back (YUV420P, NV12). */
static bool looks_right(struct size size, const AVFrame *frame)
{
    if (frame->width != size.width || frame->height != size.height)
        return false;
    int64_t difference = 0;
    for (int y = 0; y < size.height; y++)
        for (int x = 0; x < size.width; x++)
            difference += abs(frame->data[0][y * frame->linesize[0] + x] - luma(size, x, y));
    return difference < (int64_t)DIFFERENCE * size.width * size.height;
}

/* ---- the other side of what is proved: software ---- */

static AVCodecContext *open_plain_encoder(enum AVCodecID id)
{
    const struct hardware_encoder plain = { .name = id == AV_CODEC_ID_VP8 ? "libvpx" : "libx264", .codec = id };
    return hardware_open_encoder(&plain, received.width, received.height, FPS, BIT_RATE,
                                 colour_by_height(received.height));
}

static AVCodecContext *open_plain_decoder(enum AVCodecID id)
{
    const AVCodec *codec = avcodec_find_decoder(id);
    AVCodecContext *context = codec ? codec_context_create(codec) : NULL;
    if (!context)
        return NULL;
    context->flags |= AV_CODEC_FLAG_LOW_DELAY;
    if (avcodec_open2(context, codec, NULL) < 0)
        avcodec_free_context(&context);
    return context;
}

static AVPacket *encode(AVCodecContext *encoder, int number)
{
    AVFrame *picture = picture_of(received, number);
    AVPacket *packet = packet_new();
    if (!picture || avcodec_send_frame(encoder, picture) < 0 || avcodec_receive_packet(encoder, packet) < 0)
        av_packet_free(&packet);
    else
        packet->time_base = encoder->time_base;
    av_frame_free(&picture);
    return packet;
}

static bool decodes_right(AVCodecContext *decoder, const AVPacket *packet)
{
    AVFrame *frame = frame_new();
    bool right = avcodec_send_packet(decoder, packet) >= 0 && avcodec_receive_frame(decoder, frame) >= 0 &&
                 looks_right(sent, frame);
    av_frame_free(&frame);
    return right;
}

/* ---- the proof ---- */

struct proof {
    const struct hardware_decoder *decoder; /* either is proved, */
    const struct hardware_encoder *encoder;
    enum AVCodecID codec;
    AVCodecContext *software; /* its other side */
    struct codec_thread *thread;
    int64_t until_us;
    int right;   /* pictures that came */
    int answers; /* of those that were sent, after the first came: each by itself */
};

static struct codec_item *make(struct proof *proof, int number)
{
    AVPacket *packet = proof->decoder ? encode(proof->software, number) : NULL;
    AVFrame *picture = proof->encoder ? picture_of(sent, number) : NULL;
    if (!packet && !picture)
        return NULL;
    struct codec_item *item = codec_item_new(packet, picture);
    item->bit_rate = BIT_RATE;
    return item;
}

/* A row with a device that quietly decodes in software has proved nothing. */
static bool is_right(struct proof *proof, const struct codec_item *item)
{
    if (item->packet)
        return decodes_right(proof->software, item->packet);
    bool from_hardware = proof->decoder->device == AV_HWDEVICE_TYPE_NONE || item->from_device;
    return from_hardware && looks_right(received, item->frame);
}

static enum codec_fault judge_item(struct proof *proof, const struct codec_item *item)
{
    if (!item->packet && !item->frame)
        return CODEC_FAILS;
    return is_right(proof, item) ? CODEC_WELL : CODEC_GIVES_WRONG;
}

/* What came until `until_us`; until the proof's end, where it has begun to come: a codec that does not give each
 * picture by itself finds that out, unless it hangs. */
static enum codec_fault judge(struct proof *proof, int64_t pts, int64_t until_us)
{
    enum codec_fault fault = CODEC_WELL;
    bool here = false;
    while (!here && !fault && codec_thread_wait(proof->thread, proof->right ? proof->until_us : until_us)) {
        struct codec_item *item = codec_thread_take(proof->thread);
        fault = item ? judge_item(proof, item) : codec_thread_fault(proof->thread);
        here = !fault && (item->packet ? item->packet->pts : item->frame->pts) >= pts;
        proof->right += !fault;
        codec_item_free(item);
    }
    proof->answers += here;
    return fault;
}

/* The codec finds out by itself, unless it hangs. */
static enum codec_fault ask_why(struct proof *proof)
{
    enum codec_fault fault = CODEC_WELL;
    while (!fault && codec_thread_wait(proof->thread, proof->until_us)) {
        struct codec_item *item = codec_thread_take(proof->thread);
        fault = item ? CODEC_WELL : codec_thread_fault(proof->thread);
        codec_item_free(item);
    }
    return fault ? fault : CODEC_HANGS;
}

/* Without draining at the end: what comes out only then would come too late in a call. */
static enum codec_fault prove(struct proof *proof)
{
    enum codec_fault fault = CODEC_WELL;
    for (int i = 0; i < PICTURES && proof->answers < ENOUGH && !fault; i++) {
        struct codec_item *item = make(proof, i);
        if (!item)
            return CODEC_GIVES_NOTHING;
        int64_t pts = item->packet ? item->packet->pts : item->frame->pts;
        codec_thread_send(proof->thread, item);
        fault = judge(proof, pts, g_get_monotonic_time() + STEP_US);
        if (!fault && g_get_monotonic_time() >= proof->until_us)
            fault = CODEC_HANGS;
    }
    return fault || proof->answers >= ENOUGH ? fault : ask_why(proof);
}

static enum codec_fault open_and_prove(struct proof *proof)
{
    if (!codec_thread_wait_open(proof->thread, proof->until_us))
        return CODEC_HANGS;
    enum codec_fault fault = codec_thread_fault(proof->thread);
    if (fault)
        return fault;
    proof->software = proof->decoder ? open_plain_encoder(proof->codec) : open_plain_decoder(proof->codec);
    return proof->software ? prove(proof) : CODEC_GIVES_NOTHING;
}

/* Proving what is not there makes FFmpeg and the drivers complain about it: that is the expected case. */
static bool run(struct proof *proof, const struct codec_ops *ops, void *codec, char **why)
{
    int level = av_log_get_level();
    av_log_set_level(AV_LOG_QUIET);
    proof->until_us = g_get_monotonic_time() + MOST_US;
    proof->thread = codec_thread_create(&(struct codec_thread_config){ .ops = ops, .codec = codec, .room = PICTURES });
    enum codec_fault fault = proof->thread ? open_and_prove(proof) : CODEC_HANGS;
    if (fault == CODEC_HANGS && proof->thread)
        codec_thread_give_up(proof->thread);
    codec_thread_destroy(proof->thread);
    avcodec_free_context(&proof->software);
    av_log_set_level(level);
    if (fault && why)
        *why = g_strdup_printf("it %s", codec_fault_text(fault));
    return !fault;
}

bool hardware_prove_decoder(const struct hardware_decoder *decoder, enum AVCodecID codec, char **why)
{
    struct proof proof = { .decoder = decoder, .codec = codec };
    return run(&proof, &decoder_work_ops, decoder_work_create(decoder, codec, MOST_PIXELS), why);
}

bool hardware_prove_encoder(const struct hardware_encoder *encoder, char **why)
{
    struct proof proof = { .encoder = encoder, .codec = encoder->codec };
    void *work = encoder_work_create(&(struct encoder_work_config){ .row = encoder,
                                                                    .width = sent.width,
                                                                    .height = sent.height,
                                                                    .fps = FPS,
                                                                    .bit_rate = BIT_RATE,
                                                                    .colour = colour_by_height(sent.height) });
    return run(&proof, &encoder_work_ops, work, why);
}
