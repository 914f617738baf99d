/* Lines of UTF-8 text as cached textures, by SDL2_ttf with HarfBuzz; of any scripts and directions, each run in a font
 * that has its letters. */
#ifndef CALLAPI_RENDER_TEXT_H
#define CALLAPI_RENDER_TEXT_H

#include <SDL.h>
#include <stdbool.h>

struct text;

enum text_weight { TEXT_MEDIUM, TEXT_SEMIBOLD };

/* NULL, logged with what to do, where the fonts in ASSET_DIR/fonts cannot be opened. */
struct text *text_create(SDL_Renderer *renderer, const char *asset_dir);
void text_destroy(struct text *text); /* takes NULL; before the renderer */

/* Size in pixels of `line` at `height` pixels (the font's em). */
void text_measure(struct text *text, const char *line, int height, enum text_weight weight, int *w, int *h);
/* Draws with the top left at x, y; cut with an ellipsis where it is wider than `max_width` (0: never). Returns its
 * width. */
int text_draw(struct text *text, const char *line, int height, enum text_weight weight, SDL_Color colour, int x, int y,
              int max_width);

/* How many runs were asked for of which no font here has all letters. */
int text_lacking(const struct text *text);
/* How many drawn lines are kept as textures: those that are on the screen, and were lately. */
int text_kept(const struct text *text);

#endif
