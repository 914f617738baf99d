#include "render/code.h"

#include <glib.h>
#include <qrencode.h>

enum {
    MARGIN = 4,       /* modules: the quiet zone */
    LEAST_PIXELS = 2, /* of a module */
};

struct code {
    SDL_Renderer *renderer;
    char *text;           /* that the texture has; NULL: none yet */
    SDL_Texture *texture; /* a pixel for each module; NULL: there is none for this text */
    int modules;          /* of a side, with the margins */
};

struct code *code_create(SDL_Renderer *renderer)
{
    struct code *code = g_new0(struct code, 1);
    code->renderer = renderer;
    return code;
}

static void clear(struct code *code)
{
    if (code->texture)
        SDL_DestroyTexture(code->texture);
    code->texture = NULL;
    g_clear_pointer(&code->text, g_free);
}

void code_destroy(struct code *code)
{
    if (!code)
        return;
    clear(code);
    g_free(code);
}

static uint32_t *make_pixels(const QRcode *symbol, int modules)
{
    uint32_t *pixels = g_new(uint32_t, (gsize)modules * (gsize)modules);
    for (int i = 0; i < modules * modules; i++) {
        int x = i % modules - MARGIN, y = i / modules - MARGIN;
        bool inside = x >= 0 && y >= 0 && x < symbol->width && y < symbol->width;
        bool dark = inside && symbol->data[y * symbol->width + x] & 1;
        pixels[i] = dark ? 0xff000000 : 0xffffffff;
    }
    return pixels;
}

static void make(struct code *code, const char *text)
{
    QRcode *symbol = QRcode_encodeString8bit(text, 0, QR_ECLEVEL_M);
    code->text = g_strdup(text);
    if (!symbol)
        return;
    code->modules = symbol->width + 2 * MARGIN;
    code->texture = SDL_CreateTexture(code->renderer, SDL_PIXELFORMAT_ARGB8888, SDL_TEXTUREACCESS_STATIC, code->modules,
                                      code->modules);
    if (code->texture) {
        g_autofree uint32_t *pixels = make_pixels(symbol, code->modules);
        SDL_UpdateTexture(code->texture, NULL, pixels, code->modules * (int)sizeof *pixels);
        SDL_SetTextureScaleMode(code->texture, SDL_ScaleModeNearest);
    }
    QRcode_free(symbol);
}

bool code_draw(struct code *code, const char *text, const SDL_Rect *area)
{
    if (g_strcmp0(code->text, text)) {
        clear(code);
        make(code, text);
    }
    int pixels = code->texture ? area->w / code->modules : 0;
    if (pixels < LEAST_PIXELS)
        return false;
    int size = pixels * code->modules;
    SDL_Rect place = { area->x + (area->w - size) / 2, area->y + (area->h - size) / 2, size, size };
    SDL_RenderCopy(code->renderer, code->texture, NULL, &place);
    return true;
}
