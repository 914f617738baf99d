/* Text, icons and panels, drawn on a window. Sizes are logical points times window_scale. */
#ifndef CALLAPI_RENDER_UI_H
#define CALLAPI_RENDER_UI_H

#include "render/theme.h"
#include "render/window.h"

struct ui;

enum ui_icon {
    UI_ICON_NONE,
    UI_ICON_CALL,
    UI_ICON_HANG_UP,
    UI_ICON_ACCEPT,
    UI_ICON_REJECT,
    UI_ICON_PERSON,
    UI_ICON_LIVE,
    UI_ICON_MICROPHONE,
    UI_ICON_CAMERA,
    UI_ICON_SWITCH_CAMERA,
    UI_ICON_VOLUME,
    UI_ICON_PHONE,
    UI_ICON_SEARCH,
    UI_ICON_PREVIOUS,
    UI_ICON_NEXT,
    UI_ICON_STRIKE
};
enum ui_align { UI_LEFT, UI_CENTRE, UI_RIGHT };

/* `asset_dir` holds the font; the theme is copied. NULL, logged with what to do, where the font cannot be loaded. */
struct ui *ui_create(struct window *window, const char *asset_dir, const struct theme *theme);
const struct theme *ui_theme(const struct ui *ui);
/* Of so many points, at least one. */
int ui_pixels(const struct ui *ui, float points);
void ui_destroy(struct ui *ui);

/* One line of UTF-8 text, cached as texture (the pre-warmed glyphs of its size); cut with an ellipsis at `max_width`
 * pixels (0: none). x, y: of the line's left/centre/right top. Returns its size in pixels through w, h (may be NULL).
 */
void ui_text(struct ui *ui, const char *text, float points, SDL_Color colour, enum ui_align align, int x, int y,
             int max_width, int *w, int *h);
/* The same with nothing drawn. */
void ui_measure(struct ui *ui, const char *text, float points, int *w, int *h);
/* How many texts had letters that no font here has: they were drawn as boxes. */
int ui_lacking(const struct ui *ui);
/* The same for several lines, broken where they are wider than `max_width`; the last of `max_lines` ends with an
 * ellipsis where that is not enough. */
void ui_text_block(struct ui *ui, const char *text, float points, SDL_Color colour, enum ui_align align, int x, int y,
                   int max_width, int max_lines);
void ui_measure_block(struct ui *ui, const char *text, float points, int max_width, int max_lines, int *w, int *h);
/* Filled rounded rectangle, anti-aliased. */
void ui_panel(struct ui *ui, const SDL_Rect *area, float radius, SDL_Color colour);
/* Darkens `area` with the theme's shade: whole for the first three fifths from its edge (its top, or its bottom), so
 * that text reads there on any picture, then fading out. `alpha`: 0 not at all, to 1. */
void ui_shade(struct ui *ui, const SDL_Rect *area, bool from_top, float alpha);
/* A ring inside `area` (square), `width` pixels wide; `part` of it, 0 to 1, clockwise from the top. */
void ui_ring(struct ui *ui, const SDL_Rect *area, int width, float part, SDL_Color colour);
/* The outline of a rounded rectangle, `width` pixels wide, inside `area`. */
void ui_frame(struct ui *ui, const SDL_Rect *area, int radius, int width, SDL_Color colour);
/* A QR code (ISO/IEC 18004) of the text inside `area` (square), black on white with its margin; a phone where there is
 * no room for one that can be read. */
void ui_code(struct ui *ui, const char *text, const SDL_Rect *area);
void ui_draw_icon(struct ui *ui, enum ui_icon icon, const SDL_Rect *area, SDL_Color colour);

#endif
