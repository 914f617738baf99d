/* The sound of a media reader, in the house's format and without holes: where the file has none there is silence. */
#ifndef CALLAPI_ENGINE_CAPTURE_SOUND_TRACK_H
#define CALLAPI_ENGINE_CAPTURE_SOUND_TRACK_H

#include <stdint.h>

#include "engine/capture/media_reader.h"

struct sound_track;

/* `reader` is borrowed and has sound. NULL without a decoder for it. */
struct sound_track *sound_track_create(struct media_reader *reader);
void sound_track_destroy(struct sound_track *track);

/* AUDIO_FRAME samples from sample `position` (1/48000 s) of the reader's timeline on. Positions only grow. */
void sound_track_read(struct sound_track *track, int64_t position, int16_t *pcm);

#endif
