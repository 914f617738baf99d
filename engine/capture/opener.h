/* Opens a camera or file while the loop goes on: a camera may take seconds to its first picture. A thread of its own
 * does it (FFmpeg blocks) and ends with it; all that passes between the two is the opened capture, through the main
 * context. */
#ifndef CALLAPI_ENGINE_CAPTURE_OPENER_H
#define CALLAPI_ENGINE_CAPTURE_OPENER_H

#include <glib.h>

#include "engine/capture/capture.h"

struct capture_opener;

/* From the context's dispatch, once. `capture` is the receiver's; NULL with words for the user in `error` (borrowed).
 * The opener ends itself after it. */
typedef void (*capture_opened)(void *user_data, struct capture *capture, const char *error);

/* The texts of `config` are copied. */
struct capture_opener *capture_opener_start(GMainContext *context, const struct capture_config *config,
                                            capture_opened opened, void *user_data);
/* Takes NULL. Nothing is reported any more; waits until FFmpeg has given up or opened, some seconds at worst. */
void capture_opener_cancel(struct capture_opener *opener);

#endif
