#include "render/text.h"

#include <SDL_ttf.h>
#include <glib.h>

#include "render/fallback.h"

enum { WEIGHTS = 2, CACHED = 96, SIZES = 24, FOUND = 8 };

static const char *const files[WEIGHTS] = { "Inter-Medium.otf", "Inter-SemiBold.otf" };

struct line {                   /* a drawn line, white */
    char *key;
    SDL_Texture *texture;
    int w, h;
};

struct found {                  /* a font of the system's */
    enum text_weight weight;
    char *path;
    long face;
};

struct text {
    SDL_Renderer *renderer;
    char *paths[WEIGHTS];
    GHashTable *fonts;          /* height * WEIGHTS + weight → TTF_Font */
    GHashTable *fallbacks;      /* file, face and height → TTF_Font, of the system */
    GQueue found;               /* struct found: asked before fontconfig is, which takes milliseconds */
    GHashTable *lacking;        /* texts with letters that no font has; the first is said */
    GHashTable *lines;          /* key → GList node in `recent` */
    GQueue recent;              /* struct line, the last used first */
};

static void free_line(struct line *line)
{
    SDL_DestroyTexture(line->texture);
    g_free(line->key);
    g_free(line);
}

static void free_found(struct found *found)
{
    g_free(found->path);
    g_free(found);
}

static TTF_Font *font_of(struct text *text, int height, enum text_weight weight)
{
    gpointer key = GINT_TO_POINTER(height * WEIGHTS + (int)weight);
    TTF_Font *font = g_hash_table_lookup(text->fonts, key);
    if (font)
        return font;
    if (g_hash_table_size(text->fonts) >= SIZES)        /* a window that is being resized passes through many sizes */
        g_hash_table_remove_all(text->fonts);
    font = TTF_OpenFont(text->paths[weight], height);
    if (!font) {
        g_warning("the font %s cannot be opened (%s); --assets names the folder of fonts", text->paths[weight], TTF_GetError());
        return NULL;
    }
    g_hash_table_insert(text->fonts, key, font);
    return font;
}

static bool has_letters(TTF_Font *font, const char *line)
{
    for (const char *at = line; *at; at = g_utf8_next_char(at))
        if (!TTF_GlyphIsProvided32(font, g_utf8_get_char(at)))
            return false;
    return true;
}

static TTF_Font *open_fallback(struct text *text, const char *path, long face, int height)
{
    g_autofree char *key = g_strdup_printf("%d %ld %s", height, face, path);
    TTF_Font *font = g_hash_table_lookup(text->fallbacks, key);
    if (font)
        return font;
    if (g_hash_table_size(text->fallbacks) >= SIZES)
        g_hash_table_remove_all(text->fallbacks);
    font = TTF_OpenFontIndex(path, height, face);
    if (font)
        g_hash_table_insert(text->fallbacks, g_steal_pointer(&key), font);
    return font;
}

static TTF_Font *find_among_found(struct text *text, const char *line, int height, enum text_weight weight)
{
    for (GList *node = text->found.head; node; node = node->next) {
        const struct found *found = node->data;
        TTF_Font *font = found->weight == weight ? open_fallback(text, found->path, found->face, height) : NULL;
        if (font && has_letters(font, line))
            return font;
    }
    return NULL;
}

static TTF_Font *find_in_system(struct text *text, const char *line, int height, enum text_weight weight)
{
    struct found *found = g_new0(struct found, 1);
    found->weight = weight;
    TTF_Font *font = fallback_find(line, weight == TEXT_SEMIBOLD, &found->path, &found->face)
                         ? open_fallback(text, found->path, found->face, height) : NULL;
    if (!font) {
        free_found(found);
        return NULL;
    }
    g_queue_push_head(&text->found, found);
    if (text->found.length > FOUND)
        free_found(g_queue_pop_tail(&text->found));
    return font;
}

static void remember_lacking(struct text *text, const char *line)
{
    if (g_hash_table_size(text->lacking) == 0)
        g_message("no font here has all letters of '%s': install one, fonts-noto-cjk for Chinese", line);
    else if (g_hash_table_size(text->lacking) >= CACHED)
        g_hash_table_remove_all(text->lacking);
    g_hash_table_add(text->lacking, g_strdup(line));
}

/* The font that has all letters of the line: the own one, else one of the system's for the whole line, so that its letters match. */
static TTF_Font *font_for(struct text *text, const char *line, int height, enum text_weight weight)
{
    TTF_Font *own = font_of(text, height, weight);
    if (!own || has_letters(own, line) || g_hash_table_contains(text->lacking, line))
        return own;
    TTF_Font *font = find_among_found(text, line, height, weight);
    if (!font)
        font = find_in_system(text, line, height, weight);
    if (!font)
        remember_lacking(text, line);
    return font ? font : own;
}

struct text *text_create(SDL_Renderer *renderer, const char *asset_dir)
{
    struct text *text = g_new0(struct text, 1);
    TTF_Init();
    text->renderer = renderer;
    for (int i = 0; i < WEIGHTS; i++)
        text->paths[i] = g_build_filename(asset_dir, "fonts", files[i], NULL);
    text->fonts = g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)TTF_CloseFont);
    text->fallbacks = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)TTF_CloseFont);
    text->lacking = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_queue_init(&text->found);
    text->lines = g_hash_table_new(g_str_hash, g_str_equal);
    g_queue_init(&text->recent);
    if (!font_of(text, 16, TEXT_MEDIUM) || !font_of(text, 16, TEXT_SEMIBOLD))
        g_clear_pointer(&text, text_destroy);
    return text;
}

void text_destroy(struct text *text)
{
    if (!text)
        return;
    g_queue_clear_full(&text->recent, (GDestroyNotify)free_line);
    g_hash_table_unref(text->lines);
    g_hash_table_unref(text->fonts);
    g_hash_table_unref(text->fallbacks);
    g_hash_table_unref(text->lacking);
    g_queue_clear_full(&text->found, (GDestroyNotify)free_found);
    for (int i = 0; i < WEIGHTS; i++)
        g_free(text->paths[i]);
    fallback_forget();
    TTF_Quit();
    g_free(text);
}

void text_measure(struct text *text, const char *line, int height, enum text_weight weight, int *w, int *h)
{
    g_autofree char *valid = g_utf8_make_valid(line, -1);
    TTF_Font *font = font_for(text, valid, height, weight);
    *w = 0;
    *h = 0;
    if (font && TTF_SizeUTF8(font, valid, w, h) == 0)
        *h = MAX(*h, TTF_FontLineSkip(font));   /* a glyph that is missing in the font may be higher than the font */
}

/* `line`, or as much of it as fits with an ellipsis behind it. */
static char *cut(TTF_Font *font, const char *line, int max_width)
{
    int width, ellipsis, extent, count;
    TTF_SizeUTF8(font, line, &width, NULL);
    if (!max_width || width <= max_width)
        return g_strdup(line);
    TTF_SizeUTF8(font, "…", &ellipsis, NULL);
    TTF_MeasureUTF8(font, line, MAX(max_width - ellipsis, 0), &extent, &count);
    g_autofree char *kept = g_utf8_substring(line, 0, MIN(count, g_utf8_strlen(line, -1)));
    g_strchomp(kept);
    return g_strconcat(kept, "…", NULL);
}

static struct line *render(struct text *text, TTF_Font *font, const char *words, char *key)
{
    SDL_Surface *surface = TTF_RenderUTF8_Blended(font, words, (SDL_Color){ 255, 255, 255, 255 });
    SDL_Texture *texture = surface ? SDL_CreateTextureFromSurface(text->renderer, surface) : NULL;
    struct line *line = NULL;
    if (texture) {
        line = g_new(struct line, 1);
        *line = (struct line){ .key = key, .texture = texture, .w = surface->w, .h = surface->h };
        g_queue_push_head(&text->recent, line);
        g_hash_table_insert(text->lines, line->key, text->recent.head);
    } else {
        g_free(key);
    }
    SDL_FreeSurface(surface);
    return line;
}

static void forget_oldest(struct text *text)
{
    if (text->recent.length < CACHED)
        return;
    struct line *oldest = g_queue_pop_tail(&text->recent);
    g_hash_table_remove(text->lines, oldest->key);
    free_line(oldest);
}

static struct line *find(struct text *text, const char *words, int height, enum text_weight weight, int max_width)
{
    char *key = g_strdup_printf("%d %d %d %s", height, (int)weight, max_width, words);
    GList *known = g_hash_table_lookup(text->lines, key);
    if (known) {
        g_queue_unlink(&text->recent, known);
        g_queue_push_head_link(&text->recent, known);
        g_free(key);
        return known->data;
    }
    g_autofree char *valid = g_utf8_make_valid(words, -1);
    TTF_Font *font = font_for(text, valid, height, weight);
    if (!font) {
        g_free(key);
        return NULL;
    }
    forget_oldest(text);
    g_autofree char *fitting = cut(font, valid, max_width);
    return render(text, font, fitting, key);
}

int text_draw(struct text *text, const char *words, int height, enum text_weight weight, SDL_Color colour, int x, int y, int max_width)
{
    struct line *line = *words ? find(text, words, height, weight, max_width) : NULL;
    if (!line)
        return 0;
    SDL_SetTextureColorMod(line->texture, colour.r, colour.g, colour.b);
    SDL_SetTextureAlphaMod(line->texture, colour.a);
    SDL_RenderCopy(text->renderer, line->texture, NULL, &(SDL_Rect){ x, y, line->w, line->h });
    return line->w;
}

int text_cached(const struct text *text)
{
    return (int)text->recent.length;
}
