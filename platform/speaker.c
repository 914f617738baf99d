#include "platform/speaker.h"

#include <SDL.h>
#include <glib.h>

#include "engine/media.h"

enum { DEVICE_SAMPLES = 480 };          /* wished: the device asks for 10 ms at a time */

struct speaker {
    struct audio_output output;
    SDL_AudioDeviceID device;
    int device_samples;
};

enum { BYTES = AUDIO_CHANNELS * sizeof(int16_t) };

static void queue(struct audio_output *output, const int16_t *pcm, int samples)
{
    struct speaker *speaker = container_of(output, struct speaker, output);
    if (SDL_QueueAudio(speaker->device, pcm, (Uint32)samples * BYTES) < 0)
        g_debug("SDL_QueueAudio: %s", SDL_GetError());
}

/* The device plays what it took last while the rest waits in SDL's queue. */
static int queued(struct audio_output *output)
{
    struct speaker *speaker = container_of(output, struct speaker, output);
    int waiting = (int)(SDL_GetQueuedAudioSize(speaker->device) / BYTES);
    return waiting > 0 ? waiting + speaker->device_samples : 0;
}

static void clear(struct audio_output *output)
{
    SDL_ClearQueuedAudio(container_of(output, struct speaker, output)->device);
}

static const struct audio_output_ops ops = { .queue = queue, .queued = queued, .clear = clear };

static bool open_device(struct speaker *speaker, const char *device)
{
    SDL_AudioSpec wanted = { .freq = AUDIO_RATE, .format = AUDIO_S16SYS, .channels = AUDIO_CHANNELS,
                             .samples = DEVICE_SAMPLES }, got;
    speaker->device = SDL_OpenAudioDevice(device, 0, &wanted, &got, 0);     /* SDL converts to what the device has */
    speaker->device_samples = got.samples;
    return speaker->device != 0;
}

struct speaker *speaker_create(const char *device, char **error)
{
    struct speaker *speaker = g_new0(struct speaker, 1);
    speaker->output.ops = &ops;
    bool started = SDL_InitSubSystem(SDL_INIT_AUDIO) == 0;
    if (started && open_device(speaker, device)) {
        SDL_PauseAudioDevice(speaker->device, 0);
        return speaker;
    }
    g_autofree char *words = g_strdup_printf("no sound: the speaker %s%s%s cannot be opened: %s", device ? "\"" : "",
                                             device ? device : "(default)", device ? "\"" : "", SDL_GetError());
    g_warning("%s", words);
    if (error)
        *error = g_steal_pointer(&words);
    if (started)
        SDL_QuitSubSystem(SDL_INIT_AUDIO);
    g_free(speaker);
    return NULL;
}

void speaker_destroy(struct speaker *speaker)
{
    if (!speaker)
        return;
    SDL_CloseAudioDevice(speaker->device);
    SDL_QuitSubSystem(SDL_INIT_AUDIO);
    g_free(speaker);
}

struct audio_output *speaker_output(struct speaker *speaker)
{
    return &speaker->output;
}
