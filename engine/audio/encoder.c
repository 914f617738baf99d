#include "engine/audio/encoder.h"

#include <string.h>

#include <glib.h>
#include <libavcodec/avcodec.h>
#include <opus.h>

#include "engine/audio/gain.h"
#include "engine/media/objects.h"

enum {
    COMPLEXITY = 5,   /* of 10: beyond, a Raspberry Pi pays much for little */
    LOSS_PERCENT = 5, /* assumed: without any, the encoder leaves redundancy out */
    MAX_PACKET = 1500,
};

struct audio_encoder {
    struct pcm_sink sink;
    struct packet_sink *next; /* borrowed */
    OpusEncoder *opus;
    AVPacket *packet;
    struct gain gain;
    bool opened; /* the stream is announced to `next` */
};

static void announce(struct audio_encoder *encoder)
{
    AVCodecParameters *parameters = parameters_new();
    parameters->codec_type = AVMEDIA_TYPE_AUDIO;
    parameters->codec_id = AV_CODEC_ID_OPUS;
    parameters->sample_rate = AUDIO_RATE;
    av_channel_layout_default(&parameters->ch_layout, AUDIO_CHANNELS);
    parameters->frame_size = AUDIO_FRAME;
    encoder->next->ops->open(encoder->next, parameters);
    avcodec_parameters_free(&parameters);
    encoder->opened = true;
}

static void send(struct audio_encoder *encoder, const uint8_t *data, int size, int64_t pts_us)
{
    AVPacket *packet = encoder->packet;
    if (av_new_packet(packet, size) < 0)
        return;
    memcpy(packet->data, data, (size_t)size);
    packet->pts = packet->dts = pts_us;
    packet->duration = AUDIO_FRAME_US;
    packet->time_base = (AVRational){ 1, 1000000 };
    packet->flags |= AV_PKT_FLAG_KEY;
    if (!encoder->opened)
        announce(encoder);
    encoder->next->ops->push(encoder->next, packet);
    av_packet_unref(packet);
}

static void encode(struct pcm_sink *sink, const int16_t *samples, int64_t pts_us)
{
    struct audio_encoder *encoder = container_of(sink, struct audio_encoder, sink);
    int16_t pcm[AUDIO_FRAME * AUDIO_CHANNELS];
    memcpy(pcm, samples, sizeof pcm);
    gain_apply(&encoder->gain, pcm, AUDIO_FRAME);
    uint8_t data[MAX_PACKET];
    int size = opus_encode(encoder->opus, pcm, AUDIO_FRAME, data, sizeof data);
    if (size < 0)
        g_debug("opus_encode: %s", opus_strerror(size));
    else
        send(encoder, data, size, pts_us);
}

static const struct pcm_sink_ops sink_ops = { .push = encode };

struct audio_encoder *audio_encoder_create(int bit_rate, struct packet_sink *next)
{
    int error;
    OpusEncoder *opus = opus_encoder_create(AUDIO_RATE, AUDIO_CHANNELS, OPUS_APPLICATION_VOIP, &error);
    if (opus && (error = opus_encoder_ctl(opus, OPUS_SET_BITRATE(bit_rate))) != OPUS_OK) {
        opus_encoder_destroy(opus);
        opus = NULL;
    }
    AVPacket *packet = opus ? packet_new() : NULL;
    if (!packet) {
        g_warning("the sound encoder cannot start at %d bit/s: %s", bit_rate, opus_strerror(error));
        if (opus)
            opus_encoder_destroy(opus);
        return NULL;
    }
    opus_encoder_ctl(opus, OPUS_SET_COMPLEXITY(COMPLEXITY));
    opus_encoder_ctl(opus, OPUS_SET_INBAND_FEC(1));
    opus_encoder_ctl(opus, OPUS_SET_PACKET_LOSS_PERC(LOSS_PERCENT));
    struct audio_encoder *encoder = g_new0(struct audio_encoder, 1);
    *encoder = (struct audio_encoder){
        .sink = { &sink_ops }, .next = next, .opus = opus, .packet = packet, .gain = { GAIN_FULL, GAIN_FULL }
    };
    return encoder;
}

void audio_encoder_destroy(struct audio_encoder *encoder)
{
    if (!encoder)
        return;
    opus_encoder_destroy(encoder->opus);
    av_packet_free(&encoder->packet);
    g_free(encoder);
}

struct pcm_sink *audio_encoder_sink(struct audio_encoder *encoder)
{
    return &encoder->sink;
}

void audio_encoder_set_muted(struct audio_encoder *encoder, bool muted)
{
    encoder->gain.aim = muted ? 0 : GAIN_FULL;
}
