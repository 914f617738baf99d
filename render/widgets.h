/* What a person touches and reads at a glance: buttons, avatars, bars. Sizes are the theme's. `alpha`: 0 not to be
 * seen, to 1. */
#ifndef CALLAPI_RENDER_WIDGETS_H
#define CALLAPI_RENDER_WIDGETS_H

#include "render/ui.h"

enum ui_tone { UI_TONE_NEUTRAL, UI_TONE_CALL, UI_TONE_DANGER, UI_TONE_OFF }; /* translucent dark, green, red, light */

struct ui_button {
    const char *label; /* beside the icon of a pill, under a round one */
    enum ui_icon icon;
    enum ui_tone tone;
    bool round;
    const char *other_label; /* that it has at other times: it is as wide as both, so that nothing moves; or NULL */
    bool disabled;           /* keeps its place, and a press does nothing */
    bool bare;               /* the icon of a round one alone: no room for words */
    bool struck;             /* a bar through the icon: this is off */
};

struct ui_touch {
    bool hover, focus, pressed;
}; /* as pointer and keyboard have it */

/* Pixels, with the label: under a round button it takes two lines of the caption at the most. */
void ui_button_size(struct ui *ui, const struct ui_button *button, int *w, int *h);
void ui_button_draw(struct ui *ui, const struct ui_button *button, const SDL_Rect *area, struct ui_touch touch,
                    float alpha);
/* A circle in the person's colour with the initials, inside `area` (square). */
void ui_avatar(struct ui *ui, const char *name, const SDL_Rect *area);
/* Four bars of which 5 - `level` are lit: 1 excellent to 5 none. */
void ui_quality_bars(struct ui *ui, int level, const SDL_Rect *area, float alpha);
/* How loud: 0 to 1. */
void ui_level_meter(struct ui *ui, float level, const SDL_Rect *area);
/* A frame of focus around `area`, its corners rounded by `radius` pixels. */
void ui_focus(struct ui *ui, const SDL_Rect *area, int radius);

#endif
