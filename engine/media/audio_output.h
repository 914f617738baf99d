/* A speaker, as the engine sees it: a queue of sound that drains by itself (SDL_QueueAudio or a test's model). */
#ifndef CALLAPI_ENGINE_MEDIA_AUDIO_OUTPUT_H
#define CALLAPI_ENGINE_MEDIA_AUDIO_OUTPUT_H

#include <stdint.h>

struct audio_output;

struct audio_output_ops {
    /* Appends `samples` samples of each channel in the house's format (engine/media/media.h). Never blocks. */
    void (*queue)(struct audio_output *output, const int16_t *pcm, int samples);
    /* Samples of each channel queued and not yet heard, what the device itself holds included as far as known. */
    int (*queued)(struct audio_output *output);
    /* Forgets what is queued. Never blocks. */
    void (*clear)(struct audio_output *output);
};

struct audio_output {
    const struct audio_output_ops *ops;
};

#endif
