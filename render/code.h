/* A QR code (ISO/IEC 18004) as a texture, made anew where its text is another. */
#ifndef CALLAPI_RENDER_CODE_H
#define CALLAPI_RENDER_CODE_H

#include <SDL.h>
#include <stdbool.h>

struct code;

struct code *code_create(SDL_Renderer *renderer);
void code_destroy(struct code *code); /* takes NULL; before the renderer */

/* In the middle of `area` (square), each module the same whole number of pixels, with its white margin. False where a
 * camera could not read it: the area is too small, or the text too long. Then nothing is drawn. */
bool code_draw(struct code *code, const char *text, const SDL_Rect *area);

#endif
