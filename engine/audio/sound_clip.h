/* A short sound, decoded as a whole: to be repeated while it rings. */
#ifndef CALLAPI_ENGINE_AUDIO_SOUND_CLIP_H
#define CALLAPI_ENGINE_AUDIO_SOUND_CLIP_H

#include <stdint.h>

struct sound_clip {
    int16_t *pcm; /* in the house's format (engine/media/media.h) */
    int samples;  /* of each channel */
};

/* Any file FFmpeg reads, a minute at the most. NULL with words in `error` (g_free it). Blocks: before the loop starts.
 */
struct sound_clip *sound_clip_load(const char *path, char **error);
void sound_clip_free(struct sound_clip *tone); /* takes NULL */

#endif
