#include "render/ui.h"

#include <glib.h>

#include "render/icons.h"
#include "render/shape.h"
#include "render/text.h"

enum { TITLE_POINTS = 20 };     /* from here on text is semi-bold */

struct ui {
    struct theme theme;
    struct window *window;
    struct text *text;
    struct shapes *shapes;
};

static const enum theme_colour tones[] = {
    [UI_TONE_NEUTRAL] = THEME_BUTTON, [UI_TONE_CALL] = THEME_BUTTON_CALL, [UI_TONE_DANGER] = THEME_BUTTON_DANGER,
};

struct ui *ui_create(struct window *window, const char *asset_dir, const struct theme *theme)
{
    struct text *text = text_create(window_renderer(window), asset_dir);
    if (!text)
        return NULL;
    struct ui *ui = g_new0(struct ui, 1);
    ui->theme = *theme;
    ui->window = window;
    ui->text = text;
    ui->shapes = shapes_create(window_renderer(window));
    return ui;
}

void ui_destroy(struct ui *ui)
{
    if (!ui)
        return;
    text_destroy(ui->text);
    shapes_destroy(ui->shapes);
    g_free(ui);
}

const struct theme *ui_theme(const struct ui *ui)
{
    return &ui->theme;
}

static int pixels(const struct ui *ui, float points)
{
    return SDL_max((int)(points * window_scale(ui->window) + 0.5f), 1);
}

static enum text_weight weight_of(float points)
{
    return points >= TITLE_POINTS ? TEXT_SEMIBOLD : TEXT_MEDIUM;
}

void ui_measure(struct ui *ui, const char *text, float points, int *w, int *h)
{
    int width, height;
    text_measure(ui->text, text, pixels(ui, points), weight_of(points), &width, &height);
    if (w)
        *w = width;
    if (h)
        *h = height;
}

void ui_text(struct ui *ui, const char *text, float points, SDL_Color colour, enum ui_align align, int x, int y, int max_width, int *w, int *h)
{
    int width, height;
    ui_measure(ui, text, points, &width, &height);
    if (max_width && width > max_width)
        width = max_width;
    if (align == UI_CENTRE)
        x -= width / 2;
    else if (align == UI_RIGHT)
        x -= width;
    text_draw(ui->text, text, pixels(ui, points), weight_of(points), colour, x, y, max_width);
    if (w)
        *w = width;
    if (h)
        *h = height;
}

void ui_panel(struct ui *ui, const SDL_Rect *area, float radius, SDL_Color colour)
{
    shape_panel(ui->shapes, area, (int)radius, colour);
}

void ui_shade(struct ui *ui, const SDL_Rect *area, bool from_top)
{
    enum { STEP = 2 };
    SDL_Renderer *renderer = window_renderer(ui->window);
    SDL_Color colour = ui->theme.colours[THEME_SHADE];
    int fading = SDL_max(area->h * 2 / 5, 1);
    SDL_SetRenderDrawBlendMode(renderer, SDL_BLENDMODE_BLEND);
    for (int y = 0; y < area->h; y += STEP) {
        int distance = SDL_min(from_top ? area->h - y : y, fading);     /* to the edge where it is transparent */
        SDL_SetRenderDrawColor(renderer, colour.r, colour.g, colour.b, (Uint8)(colour.a * distance / fading));
        SDL_RenderFillRect(renderer, &(SDL_Rect){ area->x, area->y + y, area->w, SDL_min(STEP, area->h - y) });
    }
}

void ui_draw_icon(struct ui *ui, enum ui_icon icon, const SDL_Rect *area, SDL_Color colour)
{
    shape_distance shape = icon_shape(icon);
    if (shape)
        shape_draw(ui->shapes, shape, area, colour);
}

/* ---- buttons ---- */

struct button_layout {
    int icon, gap, pad, text_w, text_h, height;
};

static struct button_layout lay_out(struct ui *ui, const struct ui_button *button)
{
    const float *sizes = ui->theme.sizes;
    struct button_layout layout = { .pad = pixels(ui, sizes[THEME_BUTTON_PADDING]), .height = pixels(ui, sizes[THEME_BUTTON_HEIGHT]) };
    text_measure(ui->text, button->label, pixels(ui, sizes[THEME_BUTTON_TEXT]), TEXT_SEMIBOLD, &layout.text_w, &layout.text_h);
    if (button->icon != UI_ICON_NONE) {
        layout.icon = pixels(ui, sizes[THEME_ICON]);
        layout.gap = pixels(ui, 12);
    }
    return layout;
}

void ui_button_size(struct ui *ui, const struct ui_button *button, int *w, int *h)
{
    struct button_layout layout = lay_out(ui, button);
    *w = 2 * layout.pad + layout.icon + layout.gap + layout.text_w;
    *h = layout.height;
}

static SDL_Color shade_of(const struct ui *ui, const struct ui_button *button)
{
    SDL_Color colour = ui->theme.colours[tones[button->tone]];
    int change = button->pressed ? -28 : button->hover ? 18 : 0;
    colour.r = (Uint8)SDL_clamp(colour.r + change, 0, 255);
    colour.g = (Uint8)SDL_clamp(colour.g + change, 0, 255);
    colour.b = (Uint8)SDL_clamp(colour.b + change, 0, 255);
    return colour;
}

void ui_button_draw(struct ui *ui, const struct ui_button *button)
{
    struct button_layout layout = lay_out(ui, button);
    const SDL_Rect *area = &button->area;
    SDL_Rect inner = *area;
    if (button->focus) {
        int ring = pixels(ui, 3);
        shape_panel(ui->shapes, area, area->h / 2, ui->theme.colours[THEME_FOCUS]);
        inner = (SDL_Rect){ area->x + ring, area->y + ring, area->w - 2 * ring, area->h - 2 * ring };
    }
    shape_panel(ui->shapes, &inner, inner.h / 2, shade_of(ui, button));
    int x = area->x + (area->w - layout.icon - layout.gap - layout.text_w) / 2;
    SDL_Rect icon = { x, area->y + (area->h - layout.icon) / 2, layout.icon, layout.icon };
    ui_draw_icon(ui, button->icon, &icon, ui->theme.colours[THEME_TEXT]);
    text_draw(ui->text, button->label, pixels(ui, ui->theme.sizes[THEME_BUTTON_TEXT]), TEXT_SEMIBOLD, ui->theme.colours[THEME_TEXT], x + layout.icon + layout.gap,
              area->y + (area->h - layout.text_h) / 2, SDL_max(area->w - layout.icon - layout.gap, 1));
}
