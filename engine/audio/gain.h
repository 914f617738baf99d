/* Volume and muting without a click: it goes to its aim over 10 ms. */
#ifndef CALLAPI_ENGINE_AUDIO_GAIN_H
#define CALLAPI_ENGINE_AUDIO_GAIN_H

#include <stdbool.h>
#include <stdint.h>

enum { GAIN_FULL = 480 }; /* steps from silence to full volume: samples in 10 ms */

struct gain {
    int now, aim; /* 0 to GAIN_FULL */
};

/* In place, interleaved stereo. */
void gain_apply(struct gain *gain, int16_t *pcm, int samples);

#endif
