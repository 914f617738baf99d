/* Decoded sound of any rate, format and channels in the house's one format (engine/media/media.h), by libswresample. */
#ifndef CALLAPI_ENGINE_AUDIO_RESAMPLER_H
#define CALLAPI_ENGINE_AUDIO_RESAMPLER_H

#include <glib.h>
#include <libavutil/frame.h>

struct sound_resampler;

struct sound_resampler *sound_resampler_create(void);
void sound_resampler_destroy(struct sound_resampler *resampler); /* takes NULL */

/* An array for what comes out: its elements are samples of all AUDIO_CHANNELS. */
GArray *sound_resampler_pcm(void);

/* Appends `frame` to such an array; what it is may change from frame to frame. NULL: what is still inside, at the end.
 * Returns how many samples were appended, -1 where the frame is none that can be converted. */
int sound_resampler_add(struct sound_resampler *resampler, const AVFrame *frame, GArray *pcm);

#endif
