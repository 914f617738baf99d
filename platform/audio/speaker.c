#include "platform/audio/speaker.h"

#include <SDL.h>
#include <glib.h>

#include "engine/media/media.h"
#include "platform/audio/audio_processing.h"
#include "platform/audio/sound_device.h"

struct speaker {
    struct audio_output output;
    struct sound_device *device;
    struct audio_processing *processing; /* borrowed, or NULL */
    int64_t unheard_us;                  /* without a device: when the sound that came would be over */
};

enum { BYTES = AUDIO_CHANNELS * sizeof(int16_t) };

static int waiting(const struct speaker *speaker)
{
    return (int)(SDL_GetQueuedAudioSize(sound_device_id(speaker->device)) / BYTES);
}

static void queue(struct audio_output *output, const int16_t *pcm, int samples)
{
    struct speaker *speaker = container_of(output, struct speaker, output);
    SDL_AudioDeviceID id = sound_device_id(speaker->device);
    int64_t now_us = g_get_monotonic_time();
    if (!id) {
        speaker->unheard_us = MAX(speaker->unheard_us, now_us) + (int64_t)samples * G_USEC_PER_SEC / AUDIO_RATE;
        return;
    }
    int before = waiting(speaker) + sound_device_portion(speaker->device);
    audio_processing_play(speaker->processing, pcm, samples, now_us + (int64_t)before * G_USEC_PER_SEC / AUDIO_RATE);
    if (SDL_QueueAudio(id, pcm, (Uint32)samples * BYTES) < 0)
        g_debug("SDL_QueueAudio: %s", SDL_GetError());
}

/* The device plays what it took last while the rest waits in SDL's queue. */
static int queued(struct audio_output *output)
{
    struct speaker *speaker = container_of(output, struct speaker, output);
    int64_t now_us = g_get_monotonic_time();
    sound_device_poll(speaker->device, now_us);
    if (!sound_device_id(speaker->device))
        return (int)(MAX(speaker->unheard_us - now_us, 0) * AUDIO_RATE / G_USEC_PER_SEC);
    int samples = waiting(speaker);
    return samples > 0 ? samples + sound_device_portion(speaker->device) : 0;
}

static void clear(struct audio_output *output)
{
    struct speaker *speaker = container_of(output, struct speaker, output);
    speaker->unheard_us = 0;
    if (sound_device_id(speaker->device))
        SDL_ClearQueuedAudio(sound_device_id(speaker->device));
}

static const struct audio_output_ops ops = { .queue = queue, .queued = queued, .clear = clear };

struct speaker *speaker_create(const char *device, char **error)
{
    struct sound_device *opened = sound_device_create(device, false, error);
    if (!opened)
        return NULL;
    struct speaker *speaker = g_new0(struct speaker, 1);
    speaker->output.ops = &ops;
    speaker->device = opened;
    return speaker;
}

void speaker_destroy(struct speaker *speaker)
{
    if (!speaker)
        return;
    sound_device_destroy(speaker->device);
    g_free(speaker);
}

void speaker_set_processing(struct speaker *speaker, struct audio_processing *processing)
{
    speaker->processing = processing;
}

bool speaker_is_there(const struct speaker *speaker)
{
    return speaker && sound_device_id(speaker->device);
}

struct audio_output *speaker_output(struct speaker *speaker)
{
    return &speaker->output;
}
