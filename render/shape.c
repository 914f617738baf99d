#include "render/shape.h"

#include <glib.h>
#include <math.h>

enum { CACHED = 64, RING_STEPS = 720 };

struct shapes {
    SDL_Renderer *renderer;
    GHashTable *textures; /* struct key → SDL_Texture */
    struct ring {
        SDL_Texture *texture; /* NULL: none yet */
        int size, width, steps;
    } ring, frame; /* the last ones: they change with time, so they have no place among what is kept */
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
    for (struct ring *ring = &shapes->ring; ring <= &shapes->frame; ring++)
        if (ring->texture)
            SDL_DestroyTexture(ring->texture);
    g_free(shapes);
}

float shape_circle(float x, float y)
{
    return hypotf(x, y) - 1;
}

static SDL_Texture *upload(struct shapes *shapes, const Uint32 *pixels, int size)
{
    SDL_Texture *texture = SDL_CreateTexture(shapes->renderer, SDL_PIXELFORMAT_ARGB8888, SDL_TEXTUREACCESS_STATIC, size,
                                             size);
    if (!texture)
        return NULL;
    SDL_UpdateTexture(texture, NULL, pixels, size * 4);
    SDL_SetTextureBlendMode(texture, SDL_BLENDMODE_BLEND);
    return texture;
}

static SDL_Texture *rasterise(struct shapes *shapes, shape_distance distance, int size)
{
    g_autofree Uint32 *pixels = g_new(Uint32, (size_t)size * (size_t)size);
    for (int row = 0; row < size; row++)
        for (int column = 0; column < size; column++) {
            float x = 2 * ((float)column + 0.5f) / (float)size - 1, y = 2 * ((float)row + 0.5f) / (float)size - 1;
            float coverage = SDL_clamp(0.5f - distance(x, y) * (float)size / 2, 0.0f, 1.0f);
            pixels[row * size + column] = (Uint32)(coverage * 255 + 0.5f) << 24 | 0xFFFFFF;
        }
    return upload(shapes, pixels, size);
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

static void draw_part(struct shapes *shapes, SDL_Texture *texture, const SDL_Rect *from, const SDL_Rect *to,
                      SDL_Color colour)
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

static void fill(struct shapes *shapes, const SDL_Rect *areas, size_t n, SDL_Color colour)
{
    SDL_SetRenderDrawBlendMode(shapes->renderer, SDL_BLENDMODE_BLEND);
    SDL_SetRenderDrawColor(shapes->renderer, colour.r, colour.g, colour.b, colour.a);
    for (size_t i = 0; i < n; i++)
        if (!SDL_RectEmpty(&areas[i])) /* of no height, SDL's software renderer draws a line */
            SDL_RenderFillRect(shapes->renderer, &areas[i]);
}

/* ---- rings ---- */

static SDL_Texture *rasterise_ring(struct shapes *shapes, const struct ring *ring)
{
    g_autofree Uint32 *pixels = g_new(Uint32, (size_t)ring->size * (size_t)ring->size);
    float radius = (float)ring->size / 2, half = (float)ring->width / 2, full = 2 * (float)M_PI;
    float end = full * (float)ring->steps / RING_STEPS;
    for (int row = 0; row < ring->size; row++)
        for (int column = 0; column < ring->size; column++) {
            float x = (float)column + 0.5f - radius, y = (float)row + 0.5f - radius, away = hypotf(x, y);
            float angle = fmodf(atan2f(x, -y) + full, full);
            float across = 0.5f - (fabsf(away - radius + half) - half);
            float along = ring->steps == RING_STEPS ? 1 : 0.5f + (end - angle) * away;
            pixels[row * ring->size + column] = (Uint32)(SDL_clamp(SDL_min(across, along), 0.0f, 1.0f) * 255 + 0.5f)
                                                    << 24 |
                                                0xFFFFFF;
        }
    return upload(shapes, pixels, ring->size);
}

/* `ring` as wanted: as it was, or rasterised now. */
static SDL_Texture *renew(struct shapes *shapes, struct ring *ring, int size, int width, float part)
{
    int steps = (int)(SDL_clamp(part, 0.0f, 1.0f) * RING_STEPS + 0.5f);
    if (ring->texture && ring->size == size && ring->width == width && ring->steps == steps)
        return ring->texture;
    if (ring->texture)
        SDL_DestroyTexture(ring->texture);
    *ring = (struct ring){ NULL, size, width, steps };
    return ring->texture = rasterise_ring(shapes, ring);
}

void shape_ring(struct shapes *shapes, const SDL_Rect *area, int width, float part, SDL_Color colour)
{
    SDL_Texture *texture = area->w > 0 ? renew(shapes, &shapes->ring, area->w, width, part) : NULL;
    if (texture)
        draw_part(shapes, texture, NULL, area, colour);
}

/* The four corners of `area` from a circle of radius r. */
static void draw_corners(struct shapes *shapes, SDL_Texture *circle, const SDL_Rect *area, int r, SDL_Color colour)
{
    for (int corner = 0; corner < 4; corner++) {
        int right = corner & 1, low = corner >> 1;
        SDL_Rect from = { right * r, low * r, r, r };
        SDL_Rect to = { area->x + right * (area->w - r), area->y + low * (area->h - r), r, r };
        draw_part(shapes, circle, &from, &to, colour);
    }
}

void shape_frame(struct shapes *shapes, const SDL_Rect *area, int radius, int width, SDL_Color colour)
{
    int r = SDL_min(radius, SDL_min(area->w, area->h) / 2);
    SDL_Texture *circle = r > width ? renew(shapes, &shapes->frame, 2 * r, width, 1) : NULL;
    if (!circle)
        return;
    SDL_Rect sides[] = {
        { area->x + r, area->y, area->w - 2 * r, width },
        { area->x + r, area->y + area->h - width, area->w - 2 * r, width },
        { area->x, area->y + r, width, area->h - 2 * r },
        { area->x + area->w - width, area->y + r, width, area->h - 2 * r },
    };
    fill(shapes, sides, SDL_arraysize(sides), colour);
    draw_corners(shapes, circle, area, r, colour);
}

void shape_panel(struct shapes *shapes, const SDL_Rect *area, int radius, SDL_Color colour)
{
    int r = SDL_min(radius, SDL_min(area->w, area->h) / 2);
    SDL_Texture *circle = r > 0 ? find(shapes, shape_circle, 2 * r) : NULL;
    SDL_Rect bands[] = {
        /* everything but the four corners, nothing twice: it may be translucent */
        { area->x + r, area->y, area->w - 2 * r, r },
        { area->x, area->y + r, area->w, area->h - 2 * r },
        { area->x + r, area->y + area->h - r, area->w - 2 * r, r },
    };
    fill(shapes, circle ? bands : area, circle ? SDL_arraysize(bands) : 1, colour);
    if (circle)
        draw_corners(shapes, circle, area, r, colour);
}
