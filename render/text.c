#include "render/text.h"

#include <SDL_ttf.h>
#include <glib.h>

#include "render/bidi.h"
#include "render/fallback.h"

enum { WEIGHTS = 2, CACHED = 96, MEASURED = 256, SIZES = 24, FOUND = 8 };
enum { STALE = 1000 }; /* a line that is not among so many that were drawn last stands on no screen any more */

static const char *const files[WEIGHTS] = { "Inter-Medium.otf", "Inter-SemiBold.otf" };

struct line { /* a drawn line, white */
    char *key;
    SDL_Texture *texture;
    int w, h;
    uint64_t drawn; /* the last time, as `drawn` of all counts */
};

struct found { /* a font of the system's */
    enum text_weight weight;
    char *path;
    long face;
};

struct text {
    SDL_Renderer *renderer;
    char *paths[WEIGHTS];
    GHashTable *fonts;         /* height * WEIGHTS + weight → TTF_Font */
    GHashTable *fallbacks;     /* file, face and height → TTF_Font, of the system */
    struct fallback *fallback; /* NULL: no text has wanted one yet */
    GQueue found;              /* struct found: asked before fontconfig is, which takes milliseconds */
    GHashTable *lacking;       /* texts with letters that no font has; the first is said */
    GHashTable *lines;         /* key → GList node in `recent` */
    GQueue recent;             /* struct line, the last used first */
    uint64_t drawn;            /* lines in all */
    /* key → SDL_Point: a screen is laid out anew for each picture, and shaping costs more */
    GHashTable *sizes;
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
    if (g_hash_table_size(text->fonts) >= SIZES) /* a window that is being resized passes through many sizes */
        g_hash_table_remove_all(text->fonts);
    font = TTF_OpenFont(text->paths[weight], height);
    if (!font) {
        g_warning("the font %s cannot be opened (%s); --assets names the folder of fonts", text->paths[weight],
                  TTF_GetError());
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
    if (!text->fallback)
        text->fallback = fallback_create();
    TTF_Font *font = fallback_find(text->fallback, line, weight == TEXT_SEMIBOLD, &found->path, &found->face)
                         ? open_fallback(text, found->path, found->face, height)
                         : NULL;
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

/* The font that has all letters of the run: the own one, else one of the system's. */
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
    text->sizes = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
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
    g_hash_table_unref(text->sizes);
    g_hash_table_unref(text->fonts);
    g_hash_table_unref(text->fallbacks);
    g_hash_table_unref(text->lacking);
    g_queue_clear_full(&text->found, (GDestroyNotify)free_found);
    fallback_destroy(text->fallback);
    for (int i = 0; i < WEIGHTS; i++)
        g_free(text->paths[i]);
    TTF_Quit();
    g_free(text);
}

/* ---- runs: of one direction and one font each ---- */

struct styled {
    struct text *text;
    TTF_Font *own;
    int height;
    enum text_weight weight;
};

/* What the own font has stays in it, and spaces belong to what is before them. */
static bool same_font(void *user_data, gunichar a, gunichar b)
{
    const struct styled *styled = user_data;
    return g_unichar_isspace(b) || !TTF_GlyphIsProvided32(styled->own, a) == !TTF_GlyphIsProvided32(styled->own, b);
}

static TTF_Font *prepare(const struct styled *styled, const struct bidi_run *run)
{
    TTF_Font *font = font_for(styled->text, run->text, styled->height, styled->weight);
    TTF_SetFontDirection(font, run->right_to_left ? TTF_DIRECTION_RTL : TTF_DIRECTION_LTR);
    TTF_SetFontScriptName(font, run->script);
    return font;
}

/* Ascent and descent are the largest of its fonts, and never less than the own one's. */
static void measure_runs(const struct styled *styled, const GPtrArray *runs, int *w, int *ascent, int *h)
{
    int descent = TTF_FontLineSkip(styled->own) - TTF_FontAscent(styled->own);
    *w = 0;
    *ascent = TTF_FontAscent(styled->own);
    for (guint i = 0; i < runs->len; i++) {
        const struct bidi_run *run = runs->pdata[i];
        TTF_Font *font = prepare(styled, run);
        int width = 0, height = 0;
        TTF_SizeUTF8(font, run->text, &width, &height);
        *w += width;
        *ascent = MAX(*ascent, TTF_FontAscent(font));
        descent = MAX(descent, MAX(height, TTF_FontLineSkip(font)) - TTF_FontAscent(font));
    }
    *h = *ascent + descent;
}

static int width_of(const struct styled *styled, const char *line)
{
    g_autoptr(GPtrArray) runs = bidi_runs(line, same_font, (void *)styled);
    int w, ascent, h;
    measure_runs(styled, runs, &w, &ascent, &h);
    return w;
}

static SDL_Point measure(struct text *text, const char *line, int height, enum text_weight weight)
{
    g_autofree char *valid = g_utf8_make_valid(line, -1);
    struct styled styled = { text, font_of(text, height, weight), height, weight };
    SDL_Point size = { 0 };
    int ascent;
    if (!styled.own)
        return size;
    g_autoptr(GPtrArray) runs = bidi_runs(valid, same_font, &styled);
    measure_runs(&styled, runs, &size.x, &ascent, &size.y);
    return size;
}

void text_measure(struct text *text, const char *line, int height, enum text_weight weight, int *w, int *h)
{
    g_autofree char *key = g_strdup_printf("%d %d %s", height, (int)weight, line);
    const SDL_Point *known = g_hash_table_lookup(text->sizes, key);
    SDL_Point size = known ? *known : measure(text, line, height, weight);
    *w = size.x;
    *h = size.y;
    if (known)
        return;
    if (g_hash_table_size(text->sizes) >= MEASURED)
        g_hash_table_remove_all(text->sizes);
    g_hash_table_insert(text->sizes, g_steal_pointer(&key), g_memdup2(&size, sizeof size));
}

/* `n` letters of the line, and no mark without its letter, with an ellipsis behind them. */
static char *shortened(const char *line, glong n)
{
    const char *end = g_utf8_offset_to_pointer(line, n);
    while (end > line && g_unichar_ismark(g_utf8_get_char(end)))
        end = g_utf8_prev_char(end);
    g_autofree char *kept = g_strchomp(g_strndup(line, (size_t)(end - line)));
    return g_strconcat(kept, "…", NULL);
}

/* `line`, or as much of it as fits with an ellipsis. */
static char *cut(const struct styled *styled, const char *line, int max_width)
{
    if (!max_width || width_of(styled, line) <= max_width)
        return g_strdup(line);
    glong fits = 0, too_many = g_utf8_strlen(line, -1);
    while (too_many - fits > 1) {
        glong middle = (fits + too_many) / 2;
        g_autofree char *candidate = shortened(line, middle);
        if (width_of(styled, candidate) <= max_width)
            fits = middle;
        else
            too_many = middle;
    }
    return shortened(line, fits);
}

static SDL_Surface *draw_runs(const struct styled *styled, const char *words)
{
    g_autoptr(GPtrArray) runs = bidi_runs(words, same_font, (void *)styled);
    int w, ascent, h, x = 0;
    measure_runs(styled, runs, &w, &ascent, &h);
    SDL_Surface *line = SDL_CreateRGBSurfaceWithFormat(0, MAX(w, 1), MAX(h, 1), 32, SDL_PIXELFORMAT_ARGB8888);
    for (guint i = 0; line && i < runs->len; i++) {
        const struct bidi_run *run = runs->pdata[i];
        TTF_Font *font = prepare(styled, run);
        SDL_Surface *piece = TTF_RenderUTF8_Blended(font, run->text, (SDL_Color){ 255, 255, 255, 255 });
        if (!piece)
            continue;
        SDL_SetSurfaceBlendMode(piece, SDL_BLENDMODE_NONE);
        SDL_BlitSurface(piece, NULL, line, &(SDL_Rect){ x, ascent - TTF_FontAscent(font), 0, 0 });
        x += piece->w;
        SDL_FreeSurface(piece);
    }
    return line;
}

static struct line *render(const struct styled *styled, const char *words, char *key)
{
    struct text *text = styled->text;
    SDL_Surface *surface = draw_runs(styled, words);
    SDL_Texture *texture = surface ? SDL_CreateTextureFromSurface(text->renderer, surface) : NULL;
    struct line *line = NULL;
    if (texture) {
        line = g_new(struct line, 1);
        *line = (struct line){ .key = key, .texture = texture, .w = surface->w, .h = surface->h, .drawn = text->drawn };
        SDL_SetTextureBlendMode(texture, SDL_BLENDMODE_BLEND);
        g_queue_push_head(&text->recent, line);
        g_hash_table_insert(text->lines, line->key, text->recent.head);
    } else {
        g_free(key);
    }
    SDL_FreeSurface(surface);
    return line;
}

/* So that one more has its place. */
static void forget_old(struct text *text)
{
    const struct line *oldest;
    while ((oldest = g_queue_peek_tail(&text->recent)) &&
           (text->recent.length >= CACHED || text->drawn - oldest->drawn > STALE)) {
        g_hash_table_remove(text->lines, oldest->key);
        free_line(g_queue_pop_tail(&text->recent));
    }
}

static struct line *find(struct text *text, const char *words, int height, enum text_weight weight, int max_width)
{
    char *key = g_strdup_printf("%d %d %d %s", height, (int)weight, max_width, words);
    GList *known = g_hash_table_lookup(text->lines, key);
    text->drawn++;
    if (known) {
        ((struct line *)known->data)->drawn = text->drawn;
        g_queue_unlink(&text->recent, known);
        g_queue_push_head_link(&text->recent, known);
        g_free(key);
        return known->data;
    }
    g_autofree char *valid = g_utf8_make_valid(words, -1);
    struct styled styled = { text, font_of(text, height, weight), height, weight };
    if (!styled.own) {
        g_free(key);
        return NULL;
    }
    forget_old(text);
    g_autofree char *fitting = cut(&styled, valid, max_width);
    return render(&styled, fitting, key);
}

int text_draw(struct text *text, const char *words, int height, enum text_weight weight, SDL_Color colour, int x, int y,
              int max_width)
{
    struct line *line = *words ? find(text, words, height, weight, max_width) : NULL;
    if (!line)
        return 0;
    SDL_SetTextureColorMod(line->texture, colour.r, colour.g, colour.b);
    SDL_SetTextureAlphaMod(line->texture, colour.a);
    SDL_RenderCopy(text->renderer, line->texture, NULL, &(SDL_Rect){ x, y, line->w, line->h });
    return line->w;
}

int text_lacking(const struct text *text)
{
    return (int)g_hash_table_size(text->lacking);
}

int text_kept(const struct text *text)
{
    return (int)text->recent.length;
}
