/* An echo canceller compares two streams, and all that it does not know of their timing makes it worse. So the far
 * end's sound is kept by the time at which it is heard, not by the order in which it came: the speaker is filled in
 * bursts, runs empty and is cleared. Each 10 ms of the microphone then meet what was heard AHEAD later. That is early
 * enough for the echo never to come before its cause, although both clocks are read through device buffers, and late
 * enough to be in the speaker's queue by then. What a device holds back beyond SDL's knowledge only adds to the delay,
 * which the libraries find by themselves. */
#include "platform/audio/audio_processing.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <glib.h>

#include "engine/media/media.h"
#include "platform/audio/audio_processing_backend.h"

enum {
    BLOCK = AUDIO_PROCESSING_BLOCK,
    MEMORY = AUDIO_RATE, /* samples of the far end */
    AHEAD = AUDIO_RATE / 100,
    TOLERANCE = AUDIO_RATE / 100, /* samples: less is the unevenness of the devices' portions, and followed slowly */
    PLAY_TOLERANCE = AUDIO_RATE * 3 / 100,
    SMOOTHING = 64,
};

G_STATIC_ASSERT((int)AUDIO_RATE == (int)AUDIO_PROCESSING_RATE && AUDIO_FRAME % AUDIO_PROCESSING_BLOCK == 0);

struct audio_processing {
    const struct audio_processing_backend *backend;
    void *state;
    int16_t far[MEMORY]; /* mono; sample number n at n % MEMORY */
    int64_t end, end_us; /* number of the sample behind the newest, and when that would be heard; 0: none yet */
    int64_t next;        /* far sample that the next block begins with */
};

static const struct audio_processing_backend *const backends[] = {
#ifdef HAVE_WEBRTC_AUDIO_PROCESSING
    &audio_processing_webrtc,
#endif
#ifdef HAVE_SPEEXDSP
    &audio_processing_speex,
#endif
    NULL
};

const char *audio_processing_backend(int index)
{
    return index >= 0 && index < (int)G_N_ELEMENTS(backends) && backends[index] ? backends[index]->name : NULL;
}

struct audio_processing *audio_processing_create(const char *backend)
{
    int i = 0;
    while (backend && backends[i] && strcmp(backends[i]->name, backend))
        i++;
    void *state = backends[i] ? backends[i]->create() : NULL;
    if (!state) {
        g_warning("no echo cancellation: %s; the others may hear themselves unless headphones are worn",
                  backends[i] ? "the library does not start" : "built without libwebrtc-audio-processing and speexdsp");
        return NULL;
    }
    struct audio_processing *processing = g_new0(struct audio_processing, 1);
    processing->backend = backends[i];
    processing->state = state;
    return processing;
}

void audio_processing_destroy(struct audio_processing *processing)
{
    if (!processing)
        return;
    processing->backend->destroy(processing->state);
    g_free(processing);
}

static int64_t in_samples(int64_t us)
{
    return us * AUDIO_RATE / G_USEC_PER_SEC;
}

static int16_t mix(const int16_t *pcm)
{
    return (int16_t)((pcm[0] + pcm[1]) / 2);
}

/* ---- far end ---- */

/* Moves the end of what is known to where the next sound begins: behind a silence, or back over what was cleared. */
static void move_end(struct audio_processing *processing, int64_t heard_us)
{
    int64_t gap = CLAMP(in_samples(heard_us - processing->end_us), -MEMORY, MEMORY);
    for (int64_t n = processing->end; n < processing->end + gap; n++)
        processing->far[n % MEMORY] = 0;
    processing->end = MAX(processing->end + gap, 0);
    processing->end_us = heard_us;
}

void audio_processing_play(struct audio_processing *processing, const int16_t *pcm, int samples, int64_t heard_us)
{
    if (!processing)
        return;
    int64_t deviation_us = heard_us - processing->end_us;
    if (!processing->end_us || llabs(in_samples(deviation_us)) > PLAY_TOLERANCE)
        move_end(processing, heard_us);
    else
        processing->end_us += deviation_us / SMOOTHING;
    for (int i = 0; i < samples; i++)
        processing->far[processing->end++ % MEMORY] = mix(pcm + i * AUDIO_CHANNELS);
    processing->end_us += (int64_t)samples * G_USEC_PER_SEC / AUDIO_RATE;
}

static void play_block(struct audio_processing *processing)
{
    int16_t block[BLOCK] = { 0 };
    for (int i = 0; i < BLOCK; i++) {
        int64_t n = processing->next + i;
        if (n >= 0 && n < processing->end && n >= processing->end - MEMORY)
            block[i] = processing->far[n % MEMORY];
    }
    processing->backend->play(processing->state, block);
    processing->next += BLOCK;
}

/* ---- near end ---- */

/* Chooses the far end's next block for one captured at `captured_us`. How long after that it is heard, in ms. */
static int align(struct audio_processing *processing, int64_t captured_us)
{
    int64_t heard = processing->end - in_samples(processing->end_us - captured_us); /* the sample of that time */
    if (llabs(processing->next - heard - AHEAD) > TOLERANCE)
        processing->next = heard + AHEAD;
    if (processing->next + BLOCK > processing->end) /* the speaker's queue is short, or was not filled on */
        processing->next = MAX(heard, processing->end - BLOCK);
    return (int)((processing->next - heard) * 1000 / AUDIO_RATE);
}

static void process_block(struct audio_processing *processing, int16_t *pcm, int64_t captured_us)
{
    int16_t block[BLOCK];
    for (int i = 0; i < BLOCK; i++)
        block[i] = mix(pcm + i * AUDIO_CHANNELS);
    int delay_ms = align(processing, captured_us);
    play_block(processing);
    processing->backend->capture(processing->state, block, MAX(delay_ms, 0));
    for (int i = 0; i < BLOCK * AUDIO_CHANNELS; i++)
        pcm[i] = block[i / AUDIO_CHANNELS];
}

void audio_processing_capture(struct audio_processing *processing, int16_t *pcm, int64_t captured_us)
{
    if (!processing)
        return;
    for (int at = 0; at < AUDIO_FRAME; at += BLOCK)
        process_block(processing, pcm + at * AUDIO_CHANNELS, captured_us + (int64_t)at * G_USEC_PER_SEC / AUDIO_RATE);
}
