#include "app/outgoing/parts.h"
#include "engine/media/objects.h"

#include <glib.h>
#include <string.h>

enum {
    AAC_BIT_RATE = 128000,
    OPUS_BIT_RATE = 64000,
    LATEST_US = 300000, /* sound that has not come until then comes no more */
};

static void sound_open(struct packet_sink *sink, const AVCodecParameters *parameters)
{
    struct programme_sound *sound = container_of(sink, struct programme_sound, sink);
    sound->announced = avcodec_parameters_copy(sound->parameters, parameters) >= 0;
}

static void sound_push(struct packet_sink *sink, const AVPacket *packet)
{
    struct programme_sound *sound = container_of(sink, struct programme_sound, sink);
    for (guint i = 0; i < sound->outgoing->recipients->len; i++) {
        struct recipient *recipient = outgoing_recipient_at(sound->outgoing, i);
        if (recipient->wants && recipient->publisher->audio_codec == sound->codec)
            outgoing_deliver(&recipient->publisher->audio, &recipient->audio_open, sound->parameters, packet);
    }
}

static const struct packet_sink_ops sound_ops = {
    .open = sound_open,
    .push = sound_push,
    .lose = outgoing_ignore_lose,
};

/* ---- life ---- */

void programme_sound_init(struct outgoing *outgoing)
{
    static const enum AVCodecID codecs[PROGRAMME_SOUNDS] = { AV_CODEC_ID_AAC, AV_CODEC_ID_OPUS };
    for (int i = 0; i < PROGRAMME_SOUNDS; i++)
        outgoing->programme.sounds[i] = (struct programme_sound){
            .sink.ops = &sound_ops,
            .outgoing = outgoing,
            .codec = codecs[i],
            .parameters = parameters_new(),
        };
}

void programme_sound_clear(struct programme *programme)
{
    for (int i = 0; i < PROGRAMME_SOUNDS; i++) {
        aac_encoder_destroy(programme->sounds[i].aac);
        audio_encoder_destroy(programme->sounds[i].opus);
        avcodec_parameters_free(&programme->sounds[i].parameters);
    }
}

static void open_encoder(struct programme_sound *sound)
{
    if (sound->codec == AV_CODEC_ID_AAC && !sound->aac)
        sound->aac = aac_encoder_create(AAC_BIT_RATE, &sound->sink);
    if (sound->codec == AV_CODEC_ID_OPUS && !sound->opus)
        sound->opus = audio_encoder_create(OPUS_BIT_RATE, &sound->sink);
}

void programme_sound_open(struct outgoing *outgoing, const struct recipient *recipient)
{
    struct publisher *publisher = recipient->publisher;
    for (int i = 0; i < PROGRAMME_SOUNDS; i++) {
        struct programme_sound *sound = &outgoing->programme.sounds[i];
        if (sound->codec != publisher->audio_codec)
            continue;
        open_encoder(sound);
        if (sound->announced)
            publisher->audio.ops->open(&publisher->audio, sound->parameters);
    }
}

/* ---- the sound ---- */

static void encode(struct programme *programme, const int16_t *samples, int64_t pts_us)
{
    for (int i = 0; i < PROGRAMME_SOUNDS; i++) {
        const struct programme_sound *sound = &programme->sounds[i];
        struct pcm_sink *encoder = sound->aac    ? aac_encoder_sink(sound->aac)
                                   : sound->opus ? audio_encoder_sink(sound->opus)
                                                 : NULL;
        if (encoder)
            encoder->ops->push(encoder, samples, pts_us);
    }
    programme->sound_end_us = pts_us + AUDIO_FRAME_US;
}

void programme_sound_push(struct outgoing *outgoing, const int16_t *samples, int64_t pts_us)
{
    struct programme *programme = &outgoing->programme;
    bool is_late = pts_us < programme->sound_end_us - AUDIO_FRAME_US / 2; /* there is silence already */
    bool hidden = programme->is_private || pts_us < programme->public_from_us;
    int16_t pcm[AUDIO_FRAME * AUDIO_CHANNELS] = { 0 };
    if (is_late || !programme_is_wanted(outgoing))
        return;
    if (hidden) {
        programme->gain.now = 0;
    } else {
        memcpy(pcm, samples, sizeof pcm);
        programme->gain.aim = outgoing->muted ? 0 : GAIN_FULL;
        gain_apply(&programme->gain, pcm, AUDIO_FRAME);
    }
    encode(programme, pcm, pts_us);
}

void programme_sound_poll(struct outgoing *outgoing, int64_t now_us)
{
    static const int16_t silence[AUDIO_FRAME * AUDIO_CHANNELS];
    struct programme *programme = &outgoing->programme;
    while (programme_sound_due(outgoing) <= now_us)
        encode(programme, silence, programme->sound_end_us);
}

int64_t programme_sound_due(const struct outgoing *outgoing)
{
    return outgoing->programme.sound_end_us + LATEST_US;
}
