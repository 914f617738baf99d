/* What audio_processing.c wants of a library: 10 ms at a time, 48 kHz, mono. */
#ifndef CALLAPI_PLATFORM_AUDIO_AUDIO_PROCESSING_BACKEND_H
#define CALLAPI_PLATFORM_AUDIO_AUDIO_PROCESSING_BACKEND_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#pragma GCC visibility push(                                                                                           \
    hidden) /* the C compiler's default here; in C++ the library's templates have to stay visible */
#endif

enum { AUDIO_PROCESSING_RATE = 48000, AUDIO_PROCESSING_BLOCK = 480 };

struct audio_processing_backend {
    const char *name;
    /* NULL where the library refuses. */
    void *(*create)(void);
    void (*destroy)(void *state);
    /* Always both in turn. `delay_ms`: so long after the beginning of `pcm` the block that was just played begins to be
     * heard; the device may add to that. */
    void (*play)(void *state, const int16_t *pcm);
    void (*capture)(void *state, int16_t *pcm, int delay_ms);
};

extern const struct audio_processing_backend audio_processing_webrtc, audio_processing_speex;

#ifdef __cplusplus
#pragma GCC visibility pop
}
#endif

#endif
