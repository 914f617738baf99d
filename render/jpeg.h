/* Pictures as JPEG, by FFmpeg's encoder, for sending. */
#ifndef CALLAPI_RENDER_JPEG_H
#define CALLAPI_RENDER_JPEG_H

#include <glib.h>
#include <stdint.h>

/* `argb`: SDL_PIXELFORMAT_ARGB8888 without gaps; made smaller where it is wider than `max_width`, and worse until it
 * has `max_bytes` at the most. NULL, logged, where that cannot be. */
GBytes *jpeg_encode(const uint8_t *argb, int width, int height, int max_width, size_t max_bytes);

#endif
