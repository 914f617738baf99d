#include "platform/audio/microphone.h"

#include <SDL.h>
#include <glib.h>
#include <stdlib.h>

#include "platform/audio/audio_processing.h"
#include "platform/audio/sound_device.h"

enum {
    BYTES = AUDIO_CHANNELS * sizeof(int16_t),
    MAX_WAITING = AUDIO_RATE / 5, /* samples; what is older is of no use in a call */
    MAX_DEVIATION_US = 40000,
    SMOOTHING = 64,
    OVERDUE_US = 4000,
    ABSENT_US = 200000, /* between looks for a device */
};

struct microphone {
    struct sound_device *device;
    struct pcm_sink *sink;               /* borrowed, or NULL */
    struct audio_processing *processing; /* borrowed, or NULL */
    int64_t next_us;                     /* capture time of the next sample, 0: not known yet */
    int64_t polled_us;
    int waiting; /* samples left in SDL's queue by the last poll */
};

struct microphone *microphone_create(const char *device, char **error)
{
    struct sound_device *opened = sound_device_create(device, true, error);
    if (!opened)
        return NULL;
    struct microphone *microphone = g_new0(struct microphone, 1);
    microphone->device = opened;
    return microphone;
}

void microphone_destroy(struct microphone *microphone)
{
    if (!microphone)
        return;
    sound_device_destroy(microphone->device);
    g_free(microphone);
}

void microphone_set_sink(struct microphone *microphone, struct pcm_sink *sink)
{
    microphone->sink = sink;
}

void microphone_set_processing(struct microphone *microphone, struct audio_processing *processing)
{
    microphone->processing = processing;
}

static int samples_waiting(const struct microphone *microphone)
{
    return (int)(SDL_GetQueuedAudioSize(sound_device_id(microphone->device)) / BYTES);
}

static void skip(struct microphone *microphone, int samples)
{
    int16_t pcm[AUDIO_FRAME * AUDIO_CHANNELS];
    for (; samples >= AUDIO_FRAME; samples -= AUDIO_FRAME)
        if (SDL_DequeueAudio(sound_device_id(microphone->device), pcm, sizeof pcm) == 0)
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
    if (sound_device_poll(microphone->device, now_us))
        microphone->next_us = 0;
    int waiting = samples_waiting(microphone);
    if (waiting > MAX_WAITING)
        skip(microphone, waiting - AUDIO_FRAME);
    waiting = samples_waiting(microphone);
    if (waiting >= AUDIO_FRAME)
        correct_clock(microphone, waiting, now_us);
    for (; waiting >= AUDIO_FRAME; waiting -= AUDIO_FRAME) {
        int16_t pcm[AUDIO_FRAME * AUDIO_CHANNELS];
        if (SDL_DequeueAudio(sound_device_id(microphone->device), pcm, sizeof pcm) < sizeof pcm)
            break;
        if (microphone->sink) { /* else there is nobody to be spared the echo */
            audio_processing_capture(microphone->processing, pcm, microphone->next_us);
            microphone->sink->ops->push(microphone->sink, pcm, microphone->next_us);
        }
        microphone->next_us += AUDIO_FRAME_US;
    }
    microphone->waiting = waiting;
    microphone->polled_us = now_us;
}

int64_t microphone_deadline(const struct microphone *microphone)
{
    if (!sound_device_id(microphone->device))
        return microphone->polled_us + ABSENT_US;
    int missing = AUDIO_FRAME - microphone->waiting;
    return microphone->polled_us + MAX((int64_t)missing * 1000000 / AUDIO_RATE, OVERDUE_US);
}

bool microphone_is_there(const struct microphone *microphone)
{
    return sound_device_id(microphone->device);
}
