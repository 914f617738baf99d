/* Pictures of any size and format in a stream's: aspect kept, in the middle, black bars around them. */
#ifndef CALLAPI_ENGINE_PICTURE_FIT_H
#define CALLAPI_ENGINE_PICTURE_FIT_H

#include <libavutil/frame.h>

#include "engine/media/colour.h"

struct picture_fit;

/* Even. */
struct picture_fit *picture_fit_create(int width, int height);
void picture_fit_destroy(struct picture_fit *fit); /* takes NULL */

/* YUV420P of that size and colour: `frame` itself where it is so; else valid until the next call, and a reference that
 * somebody keeps of it stays as it is. NULL: libswscale cannot, or there is no memory. */
const AVFrame *picture_fit(struct picture_fit *fit, const AVFrame *frame, struct colour colour);

#endif
