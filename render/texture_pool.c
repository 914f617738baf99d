#include "render/texture_pool.h"

#include <glib.h>
#include <string.h>

enum { FORMATS = 2, MODES = 3 };

static const Uint32 formats[FORMATS] = { SDL_PIXELFORMAT_IYUV, SDL_PIXELFORMAT_NV12 };
static const SDL_YUV_CONVERSION_MODE modes[MODES] = { SDL_YUV_CONVERSION_BT601, SDL_YUV_CONVERSION_BT709,
                                                      SDL_YUV_CONVERSION_JPEG };

struct slot {
    SDL_Texture *texture;
    int width, height;
};

struct texture_pool {
    SDL_Renderer *renderer;
    struct slot slots[FORMATS][MODES];
    int made;
};

struct texture_pool *texture_pool_create(SDL_Renderer *renderer)
{
    struct texture_pool *pool = g_new0(struct texture_pool, 1);
    pool->renderer = renderer;
    return pool;
}

void texture_pool_destroy(struct texture_pool *pool)
{
    if (!pool)
        return;
    for (int f = 0; f < FORMATS; f++)
        for (int m = 0; m < MODES; m++)
            if (pool->slots[f][m].texture)
                SDL_DestroyTexture(pool->slots[f][m].texture);
    g_free(pool);
}

static struct slot *find_slot(struct texture_pool *pool, Uint32 format, SDL_YUV_CONVERSION_MODE mode)
{
    for (int f = 0; f < FORMATS; f++)
        for (int m = 0; m < MODES; m++)
            if (formats[f] == format && modes[m] == mode)
                return &pool->slots[f][m];
    g_assert_not_reached();
}

SDL_Texture *texture_pool_get(struct texture_pool *pool, Uint32 format, SDL_YUV_CONVERSION_MODE mode, int width,
                              int height)
{
    struct slot *slot = find_slot(pool, format, mode);
    SDL_SetYUVConversionMode(mode);
    if (slot->texture && slot->width == width && slot->height == height)
        return slot->texture;
    SDL_Texture *texture = SDL_CreateTexture(pool->renderer, format, SDL_TEXTUREACCESS_STREAMING, width, height);
    if (!texture) {
        g_warning("no texture of %dx%d: %s", width, height, SDL_GetError());
        return NULL;
    }
    if (slot->texture)
        SDL_DestroyTexture(slot->texture);
    *slot = (struct slot){ texture, width, height };
    pool->made++;
    return texture;
}

static void warm(struct texture_pool *pool, Uint32 format, SDL_YUV_CONVERSION_MODE mode, int width, int height)
{
    SDL_Texture *texture = texture_pool_get(pool, format, mode, width, height);
    int chroma = (width + 1) / 2 * ((height + 1) / 2);
    g_autofree Uint8 *luma = g_malloc0((size_t)width * (size_t)height);
    g_autofree Uint8 *grey = g_malloc((size_t)chroma * 2);
    memset(grey, 128, (size_t)chroma * 2);
    if (!texture)
        return;
    if (format == SDL_PIXELFORMAT_IYUV)
        SDL_UpdateYUVTexture(texture, NULL, luma, width, grey, (width + 1) / 2, grey + chroma, (width + 1) / 2);
    else
        SDL_UpdateNVTexture(texture, NULL, luma, width, grey, (width + 1) / 2 * 2);
    SDL_RenderCopy(pool->renderer, texture, NULL, &(SDL_Rect){ 0, 0, 2, 2 });
}

void texture_pool_warm(struct texture_pool *pool, int width, int height)
{
    for (int f = 0; f < FORMATS; f++)
        for (int m = 0; m < MODES; m++)
            warm(pool, formats[f], modes[m], width, height);
    SDL_RenderFlush(pool->renderer);
}

int texture_pool_made(const struct texture_pool *pool)
{
    return pool->made;
}
