/* What stands in the public's picture while nothing is shown to it: the last that it saw, dimmed, with words. */
#ifndef CALLAPI_ENGINE_PICTURE_CURTAIN_H
#define CALLAPI_ENGINE_PICTURE_CURTAIN_H

#include <libavutil/frame.h>

/* The words, white on black, to be laid over pictures of any size. `font`: a font file, or NULL: the system's. Fonts
 * take some 10 ms, for the first time 60: before the loop starts. The caller owns it. NULL, logged, where libavfilter
 * has no drawtext or no font. */
AVFrame *curtain_words_draw(const char *words, const char *font);

/* Of `last`, or black and of this size where that is NULL. `words` may be NULL. The caller owns it; NULL: no memory.
 * Some milliseconds. */
AVFrame *curtain_picture_draw(const AVFrame *last, int width, int height, const AVFrame *words);

#endif
