/* A source that is read on while nobody plays it, such as a media server's whose viewer is in a call: its pictures
 * since the last key frame are kept, so that who plays it again has the newest one at once, and no key frame has to be
 * made for her, which a server may not be able to do. */
#ifndef CALLAPI_ENGINE_STREAM_KEPT_SOURCE_H
#define CALLAPI_ENGINE_STREAM_KEPT_SOURCE_H

#include <glib.h>

#include "engine/media/media.h"

struct kept_source;

/* Starts `source` (borrowed, outlives it), whose packets come in the thread of `context`. */
struct kept_source *kept_source_create(GMainContext *context, struct source *source);
/* Stops it. Takes NULL. */
void kept_source_destroy(struct kept_source *kept);
struct source *kept_source_source(struct kept_source *kept);

#endif
