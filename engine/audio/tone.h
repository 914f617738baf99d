/* A soft tone in 20 ms frames, paced by the clock: the sound of the synthetic camera. Or silence, that of a film that
 * has none. */
#ifndef CALLAPI_ENGINE_AUDIO_TONE_H
#define CALLAPI_ENGINE_AUDIO_TONE_H

#include "engine/media/media.h"

struct tone {
    int frequency;            /* Hz; 0: silence */
    int64_t start_us, frames; /* frame n is captured from start_us + n * AUDIO_FRAME_US */
};

/* 440 Hz and 20 Hz more for each source number, so that one hears and tests can measure who speaks. */
struct tone tone_start(unsigned source, int64_t start_us);
struct tone tone_silence(int64_t start_us);
/* Every frame that is complete at `now_us` goes to `sink`, which may be NULL. After a long stall what was missed is
 * left out rather than sent late. */
void tone_poll(struct tone *tone, struct pcm_sink *sink, int64_t now_us);
int64_t tone_deadline(const struct tone *tone);

#endif
