/* How loud a sound is: its root mean square, 0 to 1 of full scale (audioLevel of webrtc-stats, RFC 6464's measure),
 * that rises at once and falls slowly, as meters do. */
#ifndef CALLAPI_ENGINE_AUDIO_SOUND_LEVEL_H
#define CALLAPI_ENGINE_AUDIO_SOUND_LEVEL_H

#include <stdint.h>

/* The level after these samples, where it was `before`. */
float sound_level(float before, const int16_t *pcm, int samples);

#endif
