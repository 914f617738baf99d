/* What stands in the public's picture while nothing is shown to it: the last that it saw, dimmed, with words. */
#ifndef CALLAPI_ENGINE_VIDEO_CURTAIN_PICTURE_H
#define CALLAPI_ENGINE_VIDEO_CURTAIN_PICTURE_H

#include <libavutil/frame.h>

/* Of `last`, or black and of this size where that is NULL. `font`: a font file, or NULL: the system's. The caller owns
 * it; NULL: no memory. Takes some 10 ms, most of it for the font. Without words, logged, where libavfilter has no
 * drawtext or no font. */
AVFrame *curtain_picture_draw(const AVFrame *last, int width, int height, const char *words, const char *font);

#endif
