/* The last step of a decoder: pictures as its receiver wants them, of square pixels and whole frames, in a format that
 * is shown. */
#ifndef CALLAPI_ENGINE_PICTURE_OUTPUT_H
#define CALLAPI_ENGINE_PICTURE_OUTPUT_H

#include "engine/media/media.h"

struct picture_output;

/* `next`: as video_decoder_create. */
struct picture_output *picture_output_create(struct frame_sink *next);
void picture_output_destroy(struct picture_output *output); /* takes NULL */

/* What follows is of a stream with pixels of this shape. */
void picture_output_open(struct picture_output *output, AVRational pixel_aspect);
/* A picture in main memory, which is changed; false where it cannot be shown. */
bool picture_output_push(struct picture_output *output, AVFrame *frame, AVRational time_base);
/* How long `next` took, all together: microseconds. */
int64_t picture_output_spent_us(const struct picture_output *output);

#endif
