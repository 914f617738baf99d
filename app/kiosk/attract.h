/* What a kiosk shows while nobody is there: a film, or the films and pictures of a folder in turn, in the order of
 * their names. Open only while it is shown: one decoder, and none in a call. */
#ifndef CALLAPI_APP_KIOSK_ATTRACT_H
#define CALLAPI_APP_KIOSK_ATTRACT_H

#include <glib.h>

#include "engine/media/media.h"

struct attract;

/* `path`: a film, a picture or a folder. NULL with words in `error` (g_free it) where there is nothing to show. `sink`
 * and `context` are borrowed and outlive it: files are opened beside the loop, and come to it through `context`. */
struct attract *attract_create(const char *path, int64_t each_us, GMainContext *context, struct frame_sink *sink,
                               char **error);
void attract_destroy(struct attract *attract); /* takes NULL */
void attract_show(struct attract *attract, bool on);
/* No longer, too, where none of the files could be opened. */
bool attract_is_shown(const struct attract *attract);
void attract_poll(struct attract *attract, int64_t now_us);
int64_t attract_deadline(const struct attract *attract);

#endif
