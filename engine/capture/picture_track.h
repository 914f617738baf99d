/* The pictures of a media reader, decoded one ahead, upright and of square pixels (engine/picture/filter.h). */
#ifndef CALLAPI_ENGINE_CAPTURE_PICTURE_TRACK_H
#define CALLAPI_ENGINE_CAPTURE_PICTURE_TRACK_H

#include <libavutil/frame.h>

#include "engine/capture/media_reader.h"

struct picture_track;

/* `reader` is borrowed. NULL without a decoder for its pictures. */
struct picture_track *picture_track_create(struct media_reader *reader);
void picture_track_destroy(struct picture_track *track);

/* The next picture: pts in the reader's microseconds, growing, at most 60 a second. NULL: none yet, or no more. It
 * stays the track's until it is taken; a taken one is the caller's. */
const AVFrame *picture_track_peek(struct picture_track *track);
AVFrame *picture_track_take(struct picture_track *track);

#endif
