#include "engine/audio/mixer.h"

#include <string.h>

#include <glib.h>

#include "engine/audio/sound_level.h"
#include "engine/media/media.h"

enum {
    PORTION = AUDIO_FRAME,   /* of a tone alone */
    AHEAD = AUDIO_RATE / 25, /* so much of it waits in the speaker */
    ALONE_US = 200000,       /* without remote sound for so long, the tone feeds the speaker itself */
    DUCKED = 30,             /* per cent of the volume, beside a tone */
};

static int gain_of(int percent)
{
    return GAIN_FULL * percent * percent / 10000;
}

static void aim(struct audio_mixer *mixer)
{
    int percent = mixer->rings ? mixer->percent * DUCKED / 100 : mixer->percent;
    mixer->volume.aim = gain_of(percent);
    mixer->ring.aim = mixer->rings ? gain_of(mixer->percent) : 0;
}

/* Adds the tone to what is there. */
static void add_tone(struct audio_mixer *mixer, int16_t *pcm, int samples)
{
    int16_t part[PORTION * AUDIO_CHANNELS];
    while (samples > 0 && mixer->tone) {
        int n = MIN(MIN(samples, PORTION), mixer->tone->samples - mixer->at);
        memcpy(part, mixer->tone->pcm + mixer->at * AUDIO_CHANNELS, (size_t)n * AUDIO_CHANNELS * sizeof *part);
        gain_apply(&mixer->ring, part, n);
        for (int i = 0; i < n * AUDIO_CHANNELS; i++)
            pcm[i] = (int16_t)CLAMP(pcm[i] + part[i], INT16_MIN, INT16_MAX);
        mixer->at = (mixer->at + n) % mixer->tone->samples;
        pcm += n * AUDIO_CHANNELS;
        samples -= n;
        if (!mixer->rings && !mixer->ring.now)
            mixer->tone = NULL;
    }
}

static void queue(struct audio_output *output, const int16_t *pcm, int samples)
{
    struct audio_mixer *mixer = container_of(output, struct audio_mixer, output);
    int16_t mixed[PORTION * AUDIO_CHANNELS];
    mixer->fed_us = g_get_monotonic_time();
    while (samples > 0) {
        int n = MIN(samples, PORTION);
        memcpy(mixed, pcm, (size_t)n * AUDIO_CHANNELS * sizeof *mixed);
        mixer->level = sound_level(mixer->level, mixed, n);
        gain_apply(&mixer->volume, mixed, n);
        add_tone(mixer, mixed, n);
        mixer->speaker->ops->queue(mixer->speaker, mixed, n);
        pcm += n * AUDIO_CHANNELS;
        samples -= n;
    }
}

static int queued(struct audio_output *output)
{
    struct audio_mixer *mixer = container_of(output, struct audio_mixer, output);
    return mixer->speaker->ops->queued(mixer->speaker);
}

static void clear(struct audio_output *output)
{
    struct audio_mixer *mixer = container_of(output, struct audio_mixer, output);
    mixer->speaker->ops->clear(mixer->speaker);
}

static const struct audio_output_ops ops = { .queue = queue, .queued = queued, .clear = clear };

void audio_mixer_init(struct audio_mixer *mixer, struct audio_output *speaker)
{
    *mixer = (struct audio_mixer){
        .output.ops = &ops, .speaker = speaker, .volume = { GAIN_FULL, GAIN_FULL }, .percent = 100
    };
}

void audio_mixer_set_volume(struct audio_mixer *mixer, int percent)
{
    mixer->percent = CLAMP(percent, 0, 100);
    aim(mixer);
}

void audio_mixer_ring(struct audio_mixer *mixer, const struct sound_clip *tone)
{
    if (tone && tone != mixer->tone) {
        mixer->tone = tone;
        mixer->at = 0;
    }
    mixer->rings = tone != NULL;
    aim(mixer);
}

bool audio_mixer_is_ringing(const struct audio_mixer *mixer)
{
    return mixer->tone != NULL;
}

void audio_mixer_poll(struct audio_mixer *mixer, int64_t now_us)
{
    if (now_us < mixer->fed_us + ALONE_US)
        return;
    mixer->level = 0;
    while (mixer->tone && mixer->speaker->ops->queued(mixer->speaker) < AHEAD) {
        int16_t pcm[PORTION * AUDIO_CHANNELS] = { 0 };
        add_tone(mixer, pcm, PORTION);
        mixer->speaker->ops->queue(mixer->speaker, pcm, PORTION);
    }
}

float audio_mixer_level(const struct audio_mixer *mixer)
{
    return mixer->level;
}
