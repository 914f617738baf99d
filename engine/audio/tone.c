#include "engine/audio/tone.h"

#include <math.h>

#include <glib.h>

#define AMPLITUDE (0.1 * G_MAXINT16) /* -20 dB */
enum { MAX_LATE_FRAMES = 25 };

struct tone tone_start(unsigned source, int64_t start_us)
{
    return (struct tone){ .frequency = 440 + 20 * (int)source, .start_us = start_us };
}

struct tone tone_silence(int64_t start_us)
{
    return (struct tone){ .start_us = start_us };
}

/* The phase follows from the sample's number, so frames that were left out do not shift it. */
static void make_frame(const struct tone *tone, int16_t *samples)
{
    int64_t first = tone->frames * AUDIO_FRAME;
    for (int i = 0; i < AUDIO_FRAME; i++) {
        int64_t cycles = (first + i) % AUDIO_RATE * tone->frequency % AUDIO_RATE;
        int16_t value = (int16_t)lrint(AMPLITUDE * sin(2 * G_PI * (double)cycles / AUDIO_RATE));
        samples[2 * i] = samples[2 * i + 1] = value;
    }
}

void tone_poll(struct tone *tone, struct pcm_sink *sink, int64_t now_us)
{
    int64_t complete = (now_us - tone->start_us) / AUDIO_FRAME_US;
    if (complete - tone->frames > MAX_LATE_FRAMES)
        tone->frames = complete - 1;
    for (; tone->frames < complete; tone->frames++) {
        int16_t samples[AUDIO_FRAME * AUDIO_CHANNELS];
        if (!sink)
            continue;
        make_frame(tone, samples);
        sink->ops->push(sink, samples, tone->start_us + tone->frames * AUDIO_FRAME_US);
    }
}

int64_t tone_deadline(const struct tone *tone)
{
    return tone->start_us + (tone->frames + 1) * AUDIO_FRAME_US;
}
