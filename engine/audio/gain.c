#include "engine/audio/gain.h"

#include <string.h>

#include "engine/media/media.h"

void gain_apply(struct gain *gain, int16_t *pcm, int samples)
{
    int i = 0;
    for (; i < samples && gain->now != gain->aim; i++) {
        gain->now += gain->now < gain->aim ? 1 : -1;
        for (int channel = 0; channel < AUDIO_CHANNELS; channel++)
            pcm[AUDIO_CHANNELS * i + channel] = (int16_t)(pcm[AUDIO_CHANNELS * i + channel] * gain->now / GAIN_FULL);
    }
    if (gain->now == 0)
        memset(pcm + AUDIO_CHANNELS * i, 0, sizeof *pcm * AUDIO_CHANNELS * (size_t)(samples - i));
    else if (gain->now < GAIN_FULL)
        for (i *= AUDIO_CHANNELS; i < samples * AUDIO_CHANNELS; i++)
            pcm[i] = (int16_t)(pcm[i] * gain->now / GAIN_FULL);
}
