#include "render/shade.h"

#include <glib.h>

enum { STRIP = 256 }; /* pixels, as often as the area is wide */

void shade_clear(struct shade *shade)
{
    if (shade->texture)
        SDL_DestroyTexture(shade->texture);
    *shade = (struct shade){ 0 };
}

static void draw_strip(Uint32 *pixels, int height, bool from_top, SDL_Color colour)
{
    int fading = SDL_max(height * 3 / 5, 1); /* the rest has the words */
    for (int y = 0; y < height; y++) {
        int distance = SDL_min(from_top ? height - y : y, fading); /* to the edge where it is transparent */
        float way = (float)distance / (float)fading, share = way * way * (3 - 2 * way); /* smooth at both ends */
        Uint32 pixel = (Uint32)((float)colour.a * share) << 24 | (Uint32)colour.r << 16 | (Uint32)colour.g << 8 |
                       colour.b;
        for (int x = 0; x < STRIP; x++)
            pixels[y * STRIP + x] = pixel;
    }
}

static void make(struct shade *shade, SDL_Renderer *renderer, int height, bool from_top, SDL_Color colour)
{
    shade_clear(shade);
    *shade = (struct shade){
        SDL_CreateTexture(renderer, SDL_PIXELFORMAT_ARGB8888, SDL_TEXTUREACCESS_STATIC, STRIP, height), height, colour
    };
    if (!shade->texture)
        return;
    g_autofree Uint32 *pixels = g_new(Uint32, (gsize)STRIP * (gsize)height);
    draw_strip(pixels, height, from_top, colour);
    SDL_UpdateTexture(shade->texture, NULL, pixels, STRIP * (int)sizeof *pixels);
    SDL_SetTextureBlendMode(shade->texture, SDL_BLENDMODE_BLEND);
}

static bool is_as_before(const struct shade *shade, int height, SDL_Color colour)
{
    return shade->texture && shade->height == height && shade->colour.r == colour.r && shade->colour.g == colour.g &&
           shade->colour.b == colour.b && shade->colour.a == colour.a;
}

void shade_draw(struct shade *shade, SDL_Renderer *renderer, const SDL_Rect *area, bool from_top, SDL_Color colour,
                float alpha)
{
    if (area->h < 1)
        return;
    if (!is_as_before(shade, area->h, colour))
        make(shade, renderer, area->h, from_top, colour);
    if (!shade->texture)
        return;
    SDL_SetTextureAlphaMod(shade->texture, (Uint8)(alpha * 255 + 0.5f));
    for (int x = 0; x < area->w; x += STRIP) {
        SDL_Rect part = { 0, 0, SDL_min(STRIP, area->w - x), area->h };
        SDL_RenderCopy(renderer, shade->texture, &part, &(SDL_Rect){ area->x + x, area->y, part.w, part.h });
    }
}
