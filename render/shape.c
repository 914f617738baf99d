#include "render/shape.h"

#include <glib.h>
#include <math.h>

enum { CACHED = 64 };

struct shapes {
    SDL_Renderer *renderer;
    GHashTable *textures;       /* struct key → SDL_Texture */
};

struct key {
    shape_distance distance;
    int size;
};

static guint hash_key(gconstpointer data)
{
    const struct key *key = data;
    return g_direct_hash((gconstpointer)key->distance) * 31 + (guint)key->size;
}

static gboolean equal_keys(gconstpointer a, gconstpointer b)
{
    const struct key *x = a, *y = b;
    return x->distance == y->distance && x->size == y->size;
}

struct shapes *shapes_create(SDL_Renderer *renderer)
{
    struct shapes *shapes = g_new0(struct shapes, 1);
    shapes->renderer = renderer;
    shapes->textures = g_hash_table_new_full(hash_key, equal_keys, g_free, (GDestroyNotify)SDL_DestroyTexture);
    return shapes;
}

void shapes_destroy(struct shapes *shapes)
{
    if (!shapes)
        return;
    g_hash_table_unref(shapes->textures);
    g_free(shapes);
}

float shape_circle(float x, float y)
{
    return hypotf(x, y) - 1;
}

static SDL_Texture *rasterise(struct shapes *shapes, shape_distance distance, int size)
{
    SDL_Texture *texture = SDL_CreateTexture(shapes->renderer, SDL_PIXELFORMAT_ARGB8888, SDL_TEXTUREACCESS_STATIC, size, size);
    g_autofree Uint32 *pixels = g_new(Uint32, (gsize)size * (gsize)size);
    if (!texture)
        return NULL;
    for (int row = 0; row < size; row++)
        for (int column = 0; column < size; column++) {
            float x = 2 * ((float)column + 0.5f) / (float)size - 1, y = 2 * ((float)row + 0.5f) / (float)size - 1;
            float coverage = SDL_clamp(0.5f - distance(x, y) * (float)size / 2, 0.0f, 1.0f);
            pixels[row * size + column] = (Uint32)(coverage * 255 + 0.5f) << 24 | 0xFFFFFF;
        }
    SDL_UpdateTexture(texture, NULL, pixels, size * 4);
    SDL_SetTextureBlendMode(texture, SDL_BLENDMODE_BLEND);
    return texture;
}

static SDL_Texture *find(struct shapes *shapes, shape_distance distance, int size)
{
    struct key wanted = { distance, size };
    SDL_Texture *texture = g_hash_table_lookup(shapes->textures, &wanted);
    if (texture)
        return texture;
    if (g_hash_table_size(shapes->textures) >= CACHED)
        g_hash_table_remove_all(shapes->textures);
    texture = rasterise(shapes, distance, size);
    if (texture)
        g_hash_table_insert(shapes->textures, g_memdup2(&wanted, sizeof wanted), texture);
    return texture;
}

static void draw_part(struct shapes *shapes, SDL_Texture *texture, const SDL_Rect *from, const SDL_Rect *to, SDL_Color colour)
{
    SDL_SetTextureColorMod(texture, colour.r, colour.g, colour.b);
    SDL_SetTextureAlphaMod(texture, colour.a);
    SDL_RenderCopy(shapes->renderer, texture, from, to);
}

void shape_draw(struct shapes *shapes, shape_distance distance, const SDL_Rect *area, SDL_Color colour)
{
    SDL_Texture *texture = area->w > 0 ? find(shapes, distance, area->w) : NULL;
    if (texture)
        draw_part(shapes, texture, NULL, area, colour);
}

void shape_panel(struct shapes *shapes, const SDL_Rect *area, int radius, SDL_Color colour)
{
    int r = SDL_min(radius, SDL_min(area->w, area->h) / 2);
    SDL_Texture *circle = r > 0 ? find(shapes, shape_circle, 2 * r) : NULL;
    SDL_SetRenderDrawBlendMode(shapes->renderer, SDL_BLENDMODE_BLEND);
    SDL_SetRenderDrawColor(shapes->renderer, colour.r, colour.g, colour.b, colour.a);
    if (!circle) {
        SDL_RenderFillRect(shapes->renderer, area);
        return;
    }
    SDL_Rect bands[] = {        /* everything but the four corners, nothing twice: it may be translucent */
        { area->x + r, area->y, area->w - 2 * r, r },
        { area->x, area->y + r, area->w, area->h - 2 * r },
        { area->x + r, area->y + area->h - r, area->w - 2 * r, r },
    };
    for (int i = 0; i < (int)SDL_arraysize(bands); i++)
        if (!SDL_RectEmpty(&bands[i]))          /* of no height, SDL's software renderer draws a line */
            SDL_RenderFillRect(shapes->renderer, &bands[i]);
    for (int corner = 0; corner < 4; corner++) {
        int right = corner & 1, low = corner >> 1;
        SDL_Rect from = { right * r, low * r, r, r };
        SDL_Rect to = { area->x + right * (area->w - r), area->y + low * (area->h - r), r, r };
        draw_part(shapes, circle, &from, &to, colour);
    }
}
