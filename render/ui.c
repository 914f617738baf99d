#include "render/ui.h"

#include <glib.h>

#include "render/code.h"
#include "render/icons.h"
#include "render/shade.h"
#include "render/shape.h"
#include "render/text.h"
#include "render/wrap.h"

enum { TITLE_POINTS = 20 }; /* from here on text is semi-bold */

struct ui {
    struct theme theme;
    struct window *window;
    struct text *text;
    struct shapes *shapes;
    struct shade shades[2]; /* of the bottom, of the top */
    struct code *code;
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
    ui->code = code_create(window_renderer(window));
    return ui;
}

void ui_destroy(struct ui *ui)
{
    if (!ui)
        return;
    text_destroy(ui->text);
    shapes_destroy(ui->shapes);
    code_destroy(ui->code);
    shade_clear(&ui->shades[false]);
    shade_clear(&ui->shades[true]);
    g_free(ui);
}

const struct theme *ui_theme(const struct ui *ui)
{
    return &ui->theme;
}

int ui_pixels(const struct ui *ui, float points)
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
    text_measure(ui->text, text, ui_pixels(ui, points), weight_of(points), &width, &height);
    if (w)
        *w = width;
    if (h)
        *h = height;
}

void ui_text(struct ui *ui, const char *text, float points, SDL_Color colour, enum ui_align align, int x, int y,
             int max_width, int *w, int *h)
{
    int width, height;
    ui_measure(ui, text, points, &width, &height);
    if (max_width && width > max_width)
        width = max_width;
    if (align == UI_CENTRE)
        x -= width / 2;
    else if (align == UI_RIGHT)
        x -= width;
    text_draw(ui->text, text, ui_pixels(ui, points), weight_of(points), colour, x, y, max_width);
    if (w)
        *w = width;
    if (h)
        *h = height;
}

int ui_lacking(const struct ui *ui)
{
    return text_lacking(ui->text);
}

void ui_panel(struct ui *ui, const SDL_Rect *area, float radius, SDL_Color colour)
{
    shape_panel(ui->shapes, area, (int)radius, colour);
}

void ui_ring(struct ui *ui, const SDL_Rect *area, int width, float part, SDL_Color colour)
{
    shape_ring(ui->shapes, area, width, part, colour);
}

void ui_frame(struct ui *ui, const SDL_Rect *area, int radius, int width, SDL_Color colour)
{
    shape_frame(ui->shapes, area, radius, width, colour);
}

void ui_shade(struct ui *ui, const SDL_Rect *area, bool from_top, float alpha)
{
    shade_draw(&ui->shades[from_top], window_renderer(ui->window), area, from_top, ui->theme.colours[THEME_SHADE],
               alpha);
}

void ui_code(struct ui *ui, const char *text, const SDL_Rect *area)
{
    if (!code_draw(ui->code, text, area))
        ui_draw_icon(ui, UI_ICON_PHONE, area, ui->theme.colours[THEME_TEXT_SOFT]);
}

void ui_draw_icon(struct ui *ui, enum ui_icon icon, const SDL_Rect *area, SDL_Color colour)
{
    shape_distance shape = icon_shape(icon);
    if (shape)
        shape_draw(ui->shapes, shape, area, colour);
}

struct block {
    struct ui *ui;
    float points;
};

static int measure_line(void *user_data, const char *line)
{
    const struct block *block = user_data;
    int width;
    ui_measure(block->ui, line, block->points, &width, NULL);
    return width;
}

void ui_measure_block(struct ui *ui, const char *text, float points, int max_width, int max_lines, int *w, int *h)
{
    struct block block = { ui, points };
    g_autoptr(GPtrArray) lines = wrap_text(text, max_width, max_lines, measure_line, &block);
    int width = 0, height = 0;
    for (guint i = 0; i < lines->len; i++) {
        int line_w, line_h;
        ui_measure(ui, lines->pdata[i], points, &line_w, &line_h);
        width = MAX(width, MIN(line_w, max_width));
        height += line_h;
    }
    if (w)
        *w = width;
    if (h)
        *h = height;
}

void ui_text_block(struct ui *ui, const char *text, float points, SDL_Color colour, enum ui_align align, int x, int y,
                   int max_width, int max_lines)
{
    struct block block = { ui, points };
    g_autoptr(GPtrArray) lines = wrap_text(text, max_width, max_lines, measure_line, &block);
    for (guint i = 0; i < lines->len; i++) {
        int height;
        ui_text(ui, lines->pdata[i], points, colour, align, x, y, max_width, NULL, &height);
        y += height;
    }
}
