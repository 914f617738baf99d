/* Another size, format, matrix or range for a picture: libswscale, told of all four at each end. */
#ifndef CALLAPI_ENGINE_PICTURE_SCALER_H
#define CALLAPI_ENGINE_PICTURE_SCALER_H

#include <libavutil/frame.h>
#include <stdbool.h>

struct picture_scaler;

struct picture_scaler *picture_scaler_create(void);
void picture_scaler_destroy(struct picture_scaler *scaler); /* takes NULL */

/* `to` has its format, size, colour (colour_set) and memory. False where libswscale cannot. */
bool picture_scale(struct picture_scaler *scaler, const AVFrame *from, AVFrame *to);

#endif
