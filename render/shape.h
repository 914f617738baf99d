/* Anti-aliased shapes, rasterised once for each size from their distance functions and kept as textures. */
#ifndef CALLAPI_RENDER_SHAPE_H
#define CALLAPI_RENDER_SHAPE_H

#include <SDL.h>

/* Signed distance of a point to the shape's edge, negative inside; the shape lives in [-1, 1] x [-1, 1], y down. */
typedef float (*shape_distance)(float x, float y);

struct shapes;

struct shapes *shapes_create(SDL_Renderer *renderer);
void shapes_destroy(struct shapes *shapes); /* takes NULL; before the renderer */

/* Fills `area` (square) with the shape in this colour. */
void shape_draw(struct shapes *shapes, shape_distance distance, const SDL_Rect *area, SDL_Color colour);
/* Filled rounded rectangle. */
void shape_panel(struct shapes *shapes, const SDL_Rect *area, int radius, SDL_Color colour);

/* `part` (0 to 1) of a ring inside `area` (square), clockwise from the top; rasterised anew where it differs from the
 * last one. */
void shape_ring(struct shapes *shapes, const SDL_Rect *area, int width, float part, SDL_Color colour);
/* The outline of a rounded rectangle, `width` pixels wide, inside `area`. */
void shape_frame(struct shapes *shapes, const SDL_Rect *area, int radius, int width, SDL_Color colour);

float shape_circle(float x, float y);

#endif
