/* What goes to the speaker: the remote sound and, while it rings, a tone, both at the volume that was chosen. Stands
 * between the audio player and the speaker, as the speaker for the one and the player for the other: it takes no time
 * of its own. */
#ifndef CALLAPI_ENGINE_AUDIO_MIXER_H
#define CALLAPI_ENGINE_AUDIO_MIXER_H

#include <stdbool.h>

#include "engine/audio/gain.h"
#include "engine/audio/sound_clip.h"
#include "engine/media/audio_output.h"

struct audio_mixer {
    struct audio_output output; /* for the audio player */

    /* Private. */
    struct audio_output *speaker; /* borrowed */
    struct gain volume, ring;
    int percent;
    bool rings;                    /* the tone is to be heard; else it fades out */
    const struct sound_clip *tone; /* borrowed; NULL: none, once `ring` has faded out */
    int at;                        /* sample of it that comes next */
    int64_t fed_us;                /* when the player brought something, the last time */
    float level;                   /* of the remote sound, before the volume */
};

void audio_mixer_init(struct audio_mixer *mixer, struct audio_output *speaker);
/* 0 to 100: of the loudness that is felt, so half is a quarter of the amplitude. */
void audio_mixer_set_volume(struct audio_mixer *mixer, int percent);
/* From its beginning, again and again, until it is another one or NULL; the remote sound is turned down meanwhile.
 * Borrowed until it is taken back and the mixer has been polled for 20 ms, or is gone. */
void audio_mixer_ring(struct audio_mixer *mixer, const struct sound_clip *tone);
bool audio_mixer_is_ringing(const struct audio_mixer *mixer); /* or fading out */
/* Once a tick: a tone needs no remote sound. */
void audio_mixer_poll(struct audio_mixer *mixer, int64_t now_us);
/* How loud the remote sound is, falling over some 100 ms: audioLevel of webrtc-stats, 0 to 1, linear. */
float audio_mixer_level(const struct audio_mixer *mixer);

#endif
