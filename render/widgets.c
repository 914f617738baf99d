#include "render/widgets.h"

#include <glib.h>
#include <math.h>

enum { HOVER = 18, PRESSED = -28 }; /* how much lighter or darker */
#define DISABLED 0.4f               /* of its colours */

static const enum theme_colour tones[] = {
    [UI_TONE_NEUTRAL] = THEME_BUTTON,
    [UI_TONE_CALL] = THEME_BUTTON_CALL,
    [UI_TONE_DANGER] = THEME_BUTTON_DANGER,
    [UI_TONE_OFF] = THEME_BUTTON_OFF,
};

static float size_of(const struct ui *ui, enum theme_size size)
{
    return ui_theme(ui)->sizes[size];
}

static SDL_Color colour_of(const struct ui *ui, enum theme_colour colour, float alpha)
{
    SDL_Color found = ui_theme(ui)->colours[colour];
    found.a = (Uint8)((float)found.a * alpha + 0.5f);
    return found;
}

/* ---- buttons ---- */

static SDL_Color ground_of(const struct ui *ui, const struct ui_button *button, struct ui_touch touch, float alpha)
{
    SDL_Color colour = colour_of(ui, tones[button->tone], alpha);
    int change = touch.pressed ? PRESSED : touch.hover ? HOVER : 0;
    colour.r = (Uint8)SDL_clamp(colour.r + change, 0, 255);
    colour.g = (Uint8)SDL_clamp(colour.g + change, 0, 255);
    colour.b = (Uint8)SDL_clamp(colour.b + change, 0, 255);
    return colour;
}

static SDL_Color ink_of(const struct ui *ui, const struct ui_button *button, float alpha)
{
    return colour_of(ui, button->tone == UI_TONE_OFF ? THEME_TEXT_ON_LIGHT : THEME_TEXT, alpha);
}

static void measure_label(struct ui *ui, const struct ui_button *button, enum theme_size size, int *w, int *h)
{
    int other = 0;
    ui_measure(ui, button->label, size_of(ui, size), w, h);
    if (button->other_label)
        ui_measure(ui, button->other_label, size_of(ui, size), &other, NULL);
    *w = SDL_max(*w, other);
}

static void size_round(struct ui *ui, const struct ui_button *button, int *w, int *h)
{
    int text_w, text_h, ball = ui_pixels(ui, size_of(ui, THEME_BUTTON_HEIGHT));
    *w = *h = ball;
    if (button->bare)
        return;
    measure_label(ui, button, THEME_CAPTION, &text_w, &text_h);
    *w = SDL_max(ball, text_w);
    *h = ball + ui_pixels(ui, 6) + text_h;
}

void ui_button_size(struct ui *ui, const struct ui_button *button, int *w, int *h)
{
    if (button->round) {
        size_round(ui, button, w, h);
        return;
    }
    int text_w, text_h;
    measure_label(ui, button, THEME_BUTTON_TEXT, &text_w, &text_h);
    int icon = button->icon == UI_ICON_NONE ? 0 : ui_pixels(ui, size_of(ui, THEME_ICON)) + ui_pixels(ui, 12);
    *w = 2 * ui_pixels(ui, size_of(ui, THEME_BUTTON_PADDING)) + icon + text_w;
    *h = ui_pixels(ui, size_of(ui, THEME_BUTTON_HEIGHT));
}

void ui_focus(struct ui *ui, const SDL_Rect *area, int radius)
{
    int gap = ui_pixels(ui, 3), line = ui_pixels(ui, 3), out = gap + line;
    SDL_Color colour = colour_of(ui, THEME_FOCUS, 1);
    SDL_Rect frame = { area->x - out, area->y - out, area->w + 2 * out, area->h + 2 * out };
    ui_frame(ui, &frame, radius + out, line, colour);
}

static void draw_icon(struct ui *ui, const struct ui_button *button, const SDL_Rect *area, float alpha)
{
    SDL_Color colour = ink_of(ui, button, alpha);
    ui_draw_icon(ui, button->icon, area, colour);
    if (button->struck)
        ui_draw_icon(ui, UI_ICON_STRIKE, area, colour);
}

static void draw_round(struct ui *ui, const struct ui_button *button, const SDL_Rect *area, struct ui_touch touch,
                       float alpha)
{
    int size = ui_pixels(ui, size_of(ui, THEME_BUTTON_HEIGHT)), icon = ui_pixels(ui, size_of(ui, THEME_ICON));
    SDL_Rect ball = { area->x + (area->w - size) / 2, area->y, size, size };
    SDL_Rect middle = { ball.x + (size - icon) / 2, ball.y + (size - icon) / 2, icon, icon };
    if (touch.focus)
        ui_focus(ui, &ball, size / 2);
    ui_panel(ui, &ball, (float)size / 2, ground_of(ui, button, touch, alpha));
    draw_icon(ui, button, &middle, alpha);
    if (button->bare)
        return;
    ui_text(ui, button->label, size_of(ui, THEME_CAPTION), colour_of(ui, THEME_TEXT, alpha), UI_CENTRE,
            area->x + area->w / 2, ball.y + size + ui_pixels(ui, 6), area->w, NULL, NULL);
}

static void draw_pill(struct ui *ui, const struct ui_button *button, const SDL_Rect *area, struct ui_touch touch,
                      float alpha)
{
    int text_w, text_h, icon = button->icon == UI_ICON_NONE ? 0 : ui_pixels(ui, size_of(ui, THEME_ICON)),
                        gap = icon ? ui_pixels(ui, 12) : 0;
    ui_measure(ui, button->label, size_of(ui, THEME_BUTTON_TEXT), &text_w, &text_h);
    if (touch.focus)
        ui_focus(ui, area, area->h / 2);
    ui_panel(ui, area, (float)area->h / 2, ground_of(ui, button, touch, alpha));
    text_w = SDL_min(text_w, area->w - icon - gap - area->h / 2);
    SDL_Rect place = { area->x + (area->w - icon - gap - text_w) / 2, area->y + (area->h - icon) / 2, icon, icon };
    if (icon)
        draw_icon(ui, button, &place, alpha);
    ui_text(ui, button->label, size_of(ui, THEME_BUTTON_TEXT), ink_of(ui, button, alpha), UI_LEFT, place.x + icon + gap,
            area->y + (area->h - text_h) / 2, SDL_max(text_w, 1), NULL, NULL);
}

void ui_button_draw(struct ui *ui, const struct ui_button *button, const SDL_Rect *area, struct ui_touch touch,
                    float alpha)
{
    if (button->disabled)
        alpha *= DISABLED;
    if (button->round)
        draw_round(ui, button, area, touch, alpha);
    else
        draw_pill(ui, button, area, touch, alpha);
}

/* ---- people ---- */

static bool parts_words(gunichar c)
{
    return g_unichar_isspace(c) || c == '.' || c == '-' || c == '_';
}

/* "Anna Berg", "anna.berg", "anna-berg" → "AB", "anna" → "A", "王小明" → "王"; to is of 16 bytes. */
static void make_initials(const char *name, char *to)
{
    int n = 0;
    bool begins = true;
    char *end = to;
    for (const char *at = name; *at && n < 2 && g_utf8_get_char_validated(at, -1) < 0x110000;
         at = g_utf8_next_char(at)) {
        gunichar c = g_utf8_get_char(at);
        if (begins && g_unichar_isalnum(c)) {
            end += g_unichar_to_utf8(g_unichar_toupper(c), end);
            n = g_unichar_iswide(c) ? 2 : n + 1; /* one of these says as much as a word */
        }
        begins = parts_words(c);
    }
    *end = 0;
}

void ui_avatar(struct ui *ui, const char *name, const SDL_Rect *area)
{
    char initials[16];
    int text_h;
    float points = (float)area->h * 0.4f / (float)ui_pixels(ui, 100) * 100;
    make_initials(name, initials);
    ui_panel(ui, area, (float)area->h / 2, colour_of(ui, THEME_AVATAR_1 + g_str_hash(name) % 6, 1));
    ui_measure(ui, initials, points, NULL, &text_h);
    ui_text(ui, initials, points, colour_of(ui, THEME_TEXT, 1), UI_CENTRE, area->x + area->w / 2,
            area->y + (area->h - text_h) / 2, area->w, NULL, NULL);
}

/* ---- bars ---- */

void ui_quality_bars(struct ui *ui, int level, const SDL_Rect *area, float alpha)
{
    enum { BARS = 4 };
    int lit = SDL_clamp(5 - level, 0, BARS), step = area->w / BARS;
    enum theme_colour colour = lit >= 3 ? THEME_GOOD : lit == 2 ? THEME_FAIR : THEME_POOR;
    for (int i = 0; i < BARS; i++) {
        int height = area->h * (i + 2) / (BARS + 1);
        SDL_Rect bar = { area->x + i * step, area->y + area->h - height, SDL_max(step * 2 / 3, 2), height };
        ui_panel(ui, &bar, (float)bar.w / 3, colour_of(ui, i < lit ? colour : THEME_TRACK, alpha));
    }
}

/* In decibels, from -50 on: what an ear takes as even steps. */
void ui_level_meter(struct ui *ui, float level, const SDL_Rect *area)
{
    float loud = level > 0 ? SDL_clamp(1 + 20 * log10f(level) / 50, 0.0f, 1.0f) : 0;
    SDL_Rect lit = { area->x, area->y, (int)((float)area->w * loud), area->h };
    ui_panel(ui, area, (float)area->h / 2, colour_of(ui, THEME_TRACK, 1));
    if (lit.w >= lit.h)
        ui_panel(ui, &lit, (float)lit.h / 2, colour_of(ui, loud > 0.9f ? THEME_FAIR : THEME_GOOD, 1));
}
