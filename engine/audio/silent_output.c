#include "engine/audio/silent_output.h"

#include <glib.h>

#include "engine/media/media.h"

static void queue(struct audio_output *output, const int16_t *pcm, int samples)
{
    (void)pcm;
    struct silent_output *silent = container_of(output, struct silent_output, output);
    silent->empty_us = MAX(silent->empty_us, silent->now_us) + (int64_t)samples * 1000000 / AUDIO_RATE;
}

static int queued(struct audio_output *output)
{
    struct silent_output *silent = container_of(output, struct silent_output, output);
    return (int)(MAX(silent->empty_us - silent->now_us, 0) * AUDIO_RATE / 1000000);
}

static void clear(struct audio_output *output)
{
    container_of(output, struct silent_output, output)->empty_us = 0;
}

static const struct audio_output_ops ops = { .queue = queue, .queued = queued, .clear = clear };

void silent_output_init(struct silent_output *silent)
{
    *silent = (struct silent_output){ .output = { &ops } };
}
