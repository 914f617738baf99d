/* What a loudspeaker beside a microphone needs: echo cancellation, noise suppression and gain control, by a library.
 * Which one is CMake's choice: libwebrtc-audio-processing (either generation), else speexdsp, else none. */
#ifndef CALLAPI_PLATFORM_AUDIO_AUDIO_PROCESSING_H
#define CALLAPI_PLATFORM_AUDIO_AUDIO_PROCESSING_H

#include <stdint.h>

struct audio_processing;

/* The libraries that are built in by name, the best one first; NULL behind the last. */
const char *audio_processing_backend(int index);

/* `backend`: one of these names; NULL: the best one. NULL, said on the log, where there is none or it does not start:
 * the functions below take that, and sound passes through as it is. */
struct audio_processing *audio_processing_create(const char *backend);
void audio_processing_destroy(struct audio_processing *processing);

/* `samples` of each channel (engine/media/media.h's format) go to the speaker and are heard from `heard_us` on
 * (g_get_monotonic_time). Sound that should have been heard after that, and was cleared, is forgotten. */
void audio_processing_play(struct audio_processing *processing, const int16_t *pcm, int samples, int64_t heard_us);

/* AUDIO_FRAME samples of each channel, captured from `captured_us` on: what was heard then is taken out, in place.
 * Becomes mono in both channels. To be called for each frame of the microphone, in order. */
void audio_processing_capture(struct audio_processing *processing, int16_t *pcm, int64_t captured_us);

#endif
