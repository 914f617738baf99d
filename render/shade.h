/* What darkens an edge of the screen so that text reads there on any picture: drawn once as a strip of a texture and
 * copied from then on, since blending the same colour anew, line by line, is a fifth of a frame in software. */
#ifndef CALLAPI_RENDER_SHADE_H
#define CALLAPI_RENDER_SHADE_H

#include <SDL.h>
#include <stdbool.h>

struct shade {
    SDL_Texture *texture; /* NULL: not drawn yet */
    int height;
    SDL_Color colour;
};

void shade_clear(struct shade *shade); /* before the renderer */

/* The colour's alpha for the first three fifths from one edge of `area` (its top, or its bottom), then fading out.
 * `alpha`: 0 not at all, to 1. */
void shade_draw(struct shade *shade, SDL_Renderer *renderer, const SDL_Rect *area, bool from_top, SDL_Color colour,
                float alpha);

#endif
