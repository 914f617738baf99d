#include "engine/audio/sound_level.h"

#include <glib.h>
#include <math.h>

#include "engine/media/media.h"

#define FALL_S 0.12f /* to a third */

float sound_level(float before, const int16_t *pcm, int samples)
{
    double sum = 0;
    for (int i = 0; i < samples * AUDIO_CHANNELS; i++)
        sum += (double)pcm[i] * pcm[i];
    float now = samples > 0 ? (float)sqrt(sum / (samples * AUDIO_CHANNELS)) / 32768 : 0;
    return MAX(now, before * expf(-(float)samples / AUDIO_RATE / FALL_S));
}
