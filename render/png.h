/* Pictures as PNG files, by FFmpeg's encoder. */
#ifndef CALLAPI_RENDER_PNG_H
#define CALLAPI_RENDER_PNG_H

#include <stdbool.h>
#include <stdint.h>

/* `argb`: SDL_PIXELFORMAT_ARGB8888, `pitch` bytes a row; alpha is ignored. False, logged, where it cannot be written.
 */
bool png_save(const char *path, const uint8_t *argb, int width, int height, int pitch);

#endif
