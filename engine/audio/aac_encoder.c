#include "engine/audio/aac_encoder.h"

#include <glib.h>
#include <libavcodec/avcodec.h>

#include "engine/media/codec_context.h"
#include "engine/media/objects.h"

enum {
    GAP_US = 30000, /* a larger step of the capture's times is a hole, or another device: it is taken as it is */
    SLEW = 32,      /* of a smaller one, a clock's jitter and drift, so manyth part is followed in each frame */
};

struct aac_encoder {
    struct pcm_sink sink;
    struct packet_sink *next; /* borrowed */
    AVCodecContext *context;
    AVFrame *frame; /* that is being filled */
    AVPacket *packet;
    int filled;         /* samples of it */
    double expected_us; /* the time of the next frame's first sample, by those before; < 0: none yet */
};

static int64_t to_us(int64_t samples)
{
    return av_rescale(samples, G_USEC_PER_SEC, AUDIO_RATE);
}

/* The frame's first sample was captured at `begin_us`. Times go on evenly where that jitters, and only grow. */
static int64_t time_of_frame(struct aac_encoder *encoder, int64_t begin_us)
{
    double off = (double)begin_us - encoder->expected_us;
    bool follows = encoder->expected_us >= 0 && off < GAP_US; /* never back */
    double at = !follows ? (double)begin_us : encoder->expected_us + MAX(off, -GAP_US) / SLEW;
    encoder->expected_us = at + (double)to_us(encoder->frame->nb_samples);
    return (int64_t)at;
}

static void encode(struct aac_encoder *encoder, int64_t begin_us)
{
    encoder->frame->pts = time_of_frame(encoder, begin_us);
    if (avcodec_send_frame(encoder->context, encoder->frame) < 0)
        return;
    while (avcodec_receive_packet(encoder->context, encoder->packet) >= 0) {
        encoder->packet->time_base = AV_TIME_BASE_Q;
        encoder->packet->dts = encoder->packet->pts;
        encoder->next->ops->push(encoder->next, encoder->packet);
        av_packet_unref(encoder->packet);
    }
}

static void push(struct pcm_sink *sink, const int16_t *samples, int64_t pts_us)
{
    struct aac_encoder *encoder = container_of(sink, struct aac_encoder, sink);
    AVFrame *frame = encoder->frame;
    for (int i = 0; i < AUDIO_FRAME; i++) {
        if (encoder->filled == 0 && av_frame_make_writable(frame) < 0) /* the encoder may still have the last one */
            return;
        for (int channel = 0; channel < AUDIO_CHANNELS; channel++)
            ((float *)frame->data[channel])[encoder->filled] = (float)samples[i * AUDIO_CHANNELS + channel] / 32768.0f;
        if (++encoder->filled < frame->nb_samples)
            continue;
        encode(encoder, pts_us + to_us(i + 1 - frame->nb_samples));
        encoder->filled = 0;
    }
}

static const struct pcm_sink_ops sink_ops = { .push = push };

static void announce(const struct aac_encoder *encoder)
{
    AVCodecParameters *parameters = parameters_new();
    if (avcodec_parameters_from_context(parameters, encoder->context) >= 0)
        encoder->next->ops->open(encoder->next, parameters);
    avcodec_parameters_free(&parameters);
}

static bool open_context(struct aac_encoder *encoder, int64_t bit_rate)
{
    const AVCodec *codec = avcodec_find_encoder_by_name("aac");
    AVCodecContext *context = encoder->context = codec ? codec_context_create(codec) : NULL;
    if (!context)
        return false;
    context->sample_rate = AUDIO_RATE;
    context->sample_fmt = AV_SAMPLE_FMT_FLTP;
    av_channel_layout_default(&context->ch_layout, AUDIO_CHANNELS);
    context->bit_rate = bit_rate;
    context->time_base = AV_TIME_BASE_Q;
    context->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
    return avcodec_open2(context, codec, NULL) >= 0;
}

static bool prepare_frame(struct aac_encoder *encoder)
{
    AVFrame *frame = encoder->frame = frame_new();
    if (av_channel_layout_copy(&frame->ch_layout, &encoder->context->ch_layout) < 0)
        return false;
    frame->format = encoder->context->sample_fmt;
    frame->sample_rate = AUDIO_RATE;
    frame->nb_samples = encoder->context->frame_size;
    return av_frame_get_buffer(frame, 0) >= 0;
}

struct aac_encoder *aac_encoder_create(int64_t bit_rate, struct packet_sink *next)
{
    struct aac_encoder *encoder = g_new0(struct aac_encoder, 1);
    *encoder = (struct aac_encoder){ .sink = { &sink_ops }, .next = next, .expected_us = -1 };
    encoder->packet = packet_new();
    if (!open_context(encoder, bit_rate) || !prepare_frame(encoder)) {
        g_warning("no AAC encoder opens: what is published has no sound; install the full libavcodec");
        g_clear_pointer(&encoder, aac_encoder_destroy);
        return NULL;
    }
    announce(encoder);
    return encoder;
}

void aac_encoder_destroy(struct aac_encoder *encoder)
{
    if (!encoder)
        return;
    avcodec_free_context(&encoder->context);
    av_frame_free(&encoder->frame);
    av_packet_free(&encoder->packet);
    g_free(encoder);
}

struct pcm_sink *aac_encoder_sink(struct aac_encoder *encoder)
{
    return &encoder->sink;
}
