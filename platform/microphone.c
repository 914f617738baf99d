#include "platform/microphone.h"

#include <SDL.h>
#include <glib.h>
#include <stdlib.h>

enum {
    DEVICE_SAMPLES = 480,               /* wished: the device delivers 10 ms at a time */
    BYTES = AUDIO_CHANNELS * sizeof(int16_t),
    MAX_WAITING = AUDIO_RATE / 5,       /* samples; what is older is of no use in a call */
    MAX_DEVIATION_US = 40000,
    SMOOTHING = 64,
    OVERDUE_US = 4000,
};

struct microphone {
    SDL_AudioDeviceID device;
    struct pcm_sink *sink;              /* borrowed, or NULL */
    int64_t next_us;                    /* capture time of the next sample, 0: not known yet */
    int64_t polled_us;
    int waiting;                        /* samples left in SDL's queue by the last poll */
    bool lost;
};

static bool open_device(struct microphone *microphone, const char *device)
{
    SDL_AudioSpec wanted = { .freq = AUDIO_RATE, .format = AUDIO_S16SYS, .channels = AUDIO_CHANNELS,
                             .samples = DEVICE_SAMPLES }, got;
    microphone->device = SDL_OpenAudioDevice(device, 1, &wanted, &got, 0);
    return microphone->device != 0;
}

struct microphone *microphone_create(const char *device, char **error)
{
    struct microphone *microphone = g_new0(struct microphone, 1);
    bool started = SDL_InitSubSystem(SDL_INIT_AUDIO) == 0;
    if (started && open_device(microphone, device)) {
        SDL_PauseAudioDevice(microphone->device, 0);
        return microphone;
    }
    g_autofree char *words = g_strdup_printf("the far end hears nothing: the microphone %s%s%s cannot be opened: %s",
                                             device ? "\"" : "", device ? device : "(default)", device ? "\"" : "",
                                             SDL_GetError());
    g_warning("%s", words);
    if (error)
        *error = g_steal_pointer(&words);
    if (started)
        SDL_QuitSubSystem(SDL_INIT_AUDIO);
    g_free(microphone);
    return NULL;
}

void microphone_destroy(struct microphone *microphone)
{
    if (!microphone)
        return;
    SDL_CloseAudioDevice(microphone->device);
    SDL_QuitSubSystem(SDL_INIT_AUDIO);
    g_free(microphone);
}

void microphone_set_sink(struct microphone *microphone, struct pcm_sink *sink)
{
    microphone->sink = sink;
}

static void notice_loss(struct microphone *microphone)
{
    if (microphone->lost || SDL_GetAudioDeviceStatus(microphone->device) != SDL_AUDIO_STOPPED)
        return;
    microphone->lost = true;
    g_warning("the microphone is gone: plug it in and start the program again");
}

static int samples_waiting(const struct microphone *microphone)
{
    return (int)(SDL_GetQueuedAudioSize(microphone->device) / BYTES);
}

static void skip(struct microphone *microphone, int samples)
{
    int16_t pcm[AUDIO_FRAME * AUDIO_CHANNELS];
    for (; samples >= AUDIO_FRAME; samples -= AUDIO_FRAME)
        if (SDL_DequeueAudio(microphone->device, pcm, sizeof pcm) == 0)
            return;
    microphone->next_us = 0;
}

/* The sound that waits says when its first sample was taken, but only as exactly as the device's portions and this poll
 * are. The samples themselves are a better clock: it is followed, and corrected slowly. */
static void correct_clock(struct microphone *microphone, int waiting, int64_t now_us)
{
    int64_t measured_us = now_us - (int64_t)waiting * 1000000 / AUDIO_RATE;
    int64_t deviation_us = measured_us - microphone->next_us;
    if (microphone->next_us == 0 || llabs(deviation_us) > MAX_DEVIATION_US)
        microphone->next_us = measured_us;
    else
        microphone->next_us += deviation_us / SMOOTHING;
}

void microphone_poll(struct microphone *microphone, int64_t now_us)
{
    notice_loss(microphone);
    int waiting = samples_waiting(microphone);
    if (waiting > MAX_WAITING)
        skip(microphone, waiting - AUDIO_FRAME);
    waiting = samples_waiting(microphone);
    if (waiting >= AUDIO_FRAME)
        correct_clock(microphone, waiting, now_us);
    for (; waiting >= AUDIO_FRAME; waiting -= AUDIO_FRAME) {
        int16_t pcm[AUDIO_FRAME * AUDIO_CHANNELS];
        if (SDL_DequeueAudio(microphone->device, pcm, sizeof pcm) < sizeof pcm)
            break;
        if (microphone->sink)
            microphone->sink->ops->push(microphone->sink, pcm, microphone->next_us);
        microphone->next_us += AUDIO_FRAME_US;
    }
    microphone->waiting = waiting;
    microphone->polled_us = now_us;
}

int64_t microphone_deadline(const struct microphone *microphone)
{
    int missing = AUDIO_FRAME - microphone->waiting;
    return microphone->polled_us + MAX((int64_t)missing * 1000000 / AUDIO_RATE, OVERDUE_US);
}
