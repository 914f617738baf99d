#include "engine/audio/playout_codec.h"

#include <string.h>

#include <glib.h>

#include "engine/audio/opus_redundancy.h"

enum { SAMPLE_SIZE = AUDIO_CHANNELS * sizeof(int16_t) };

void playout_codec_init(struct playout_codec *codec)
{
    int error;
    *codec = (struct playout_codec){ .opus = opus_decoder_create(AUDIO_RATE, AUDIO_CHANNELS, &error) };
    if (!codec->opus)
        g_error("opus_decoder_create: %s", opus_strerror(error)); /* out of memory: as GLib's own allocation */
}

void playout_codec_clear(struct playout_codec *codec)
{
    opus_decoder_destroy(codec->opus);
    sound_decoder_destroy(codec->decoder);
}

bool playout_codec_open(struct playout_codec *codec, const AVCodecParameters *parameters)
{
    bool opus = parameters->codec_id == AV_CODEC_ID_OPUS;
    if (opus && !codec->decoder) /* a sender that says it once more */
        return true;
    sound_decoder_destroy(codec->decoder);
    codec->decoder = opus ? NULL : sound_decoder_create(parameters);
    playout_codec_reset(codec);
    return opus || codec->decoder;
}

void playout_codec_reset(struct playout_codec *codec)
{
    opus_decoder_ctl(codec->opus, OPUS_RESET_STATE);
    if (codec->decoder)
        sound_decoder_flush(codec->decoder);
    codec->last_samples = 0;
}

static void receive_opus(const AVPacket *packet, playout_codec_keep keep, void *user_data)
{
    bool timed = packet->time_base.num > 0 && packet->time_base.den > 0;
    AVRational clock = { 1, AUDIO_RATE };
    if (packet->pts != AV_NOPTS_VALUE)
        keep(user_data, packet, timed ? av_rescale_q(packet->pts, packet->time_base, clock) : packet->pts,
             opus_packet_get_nb_samples(packet->data, packet->size, AUDIO_RATE));
}

void playout_codec_receive(struct playout_codec *codec, const AVPacket *packet, playout_codec_keep keep,
                           void *user_data)
{
    if (!codec->decoder) {
        receive_opus(packet, keep, user_data);
        return;
    }
    sound_decoder_push(codec->decoder, packet);
    for (AVPacket *piece; (piece = sound_decoder_take(codec->decoder)); av_packet_free(&piece))
        keep(user_data, piece, piece->pts, (int)piece->duration);
}

int playout_codec_decode(struct playout_codec *codec, const AVPacket *packet, int16_t *pcm)
{
    if (!codec->decoder)
        return opus_decode(codec->opus, packet->data, packet->size, pcm, PLAYOUT_MOST, 0);
    int samples = packet->size / SAMPLE_SIZE;
    memcpy(pcm, packet->data, (size_t)packet->size);
    codec->last_samples = MIN(samples, AUDIO_FRAME);
    memcpy(codec->last, pcm + (samples - codec->last_samples) * AUDIO_CHANNELS,
           (size_t)codec->last_samples * SAMPLE_SIZE);
    return samples;
}

/* The last sound backwards, so that it goes on without a step, and the softer the longer. */
static void mirror(struct playout_codec *codec, int16_t *pcm, int samples)
{
    memset(pcm, 0, (size_t)samples * SAMPLE_SIZE);
    for (int i = 0; i < MIN(samples, codec->last_samples); i++)
        for (int c = 0; c < AUDIO_CHANNELS; c++) {
            int from = codec->last[(codec->last_samples - 1 - i) * AUDIO_CHANNELS + c];
            pcm[i * AUDIO_CHANNELS + c] = (int16_t)(from * (samples - i) / samples);
        }
    codec->last_samples = 0; /* then silence */
}

void playout_codec_make_up(struct playout_codec *codec, int16_t *pcm, int samples)
{
    if (codec->decoder)
        mirror(codec, pcm, samples);
    else if (opus_decode(codec->opus, NULL, 0, pcm, samples, 0) != samples)
        memset(pcm, 0, (size_t)samples * SAMPLE_SIZE);
}

bool playout_codec_restore(struct playout_codec *codec, const AVPacket *next, int16_t *pcm, int samples)
{
    return !codec->decoder && opus_has_redundancy(next->data, next->size) &&
           opus_decode(codec->opus, next->data, next->size, pcm, samples, 1) == samples;
}
