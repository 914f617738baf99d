/* Streaming textures for video, kept open: one for each pixel format and colour matrix, made again only when the size
 * changes. A texture that was warmed under the wrong matrix stays wrong in GL, hence one for each. */
#ifndef CALLAPI_RENDER_TEXTURE_POOL_H
#define CALLAPI_RENDER_TEXTURE_POOL_H

#include <SDL.h>

struct texture_pool;

struct texture_pool *texture_pool_create(SDL_Renderer *renderer);
void texture_pool_destroy(struct texture_pool *pool); /* takes NULL */

/* SDL_PIXELFORMAT_IYUV or _NV12 under BT601, BT709 or JPEG; sets the conversion mode for what follows with it (upload
 * and copy). NULL, logged, where the renderer cannot make it. Borrowed. */
SDL_Texture *texture_pool_get(struct texture_pool *pool, Uint32 format, SDL_YUV_CONVERSION_MODE mode, int width,
                              int height);
/* Creates, fills with black and draws each variant once, invisibly small: a renderer's first use of one costs tens of
 * milliseconds. */
void texture_pool_warm(struct texture_pool *pool, int width, int height);
/* How many textures were made so far. */
int texture_pool_made(const struct texture_pool *pool);

#endif
