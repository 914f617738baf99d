/* A picture for SDL's software renderer, which goes several times over each pixel of the screen to convert and stretch
 * one: libswscale does both, straight to the size of its place, and the renderer only copies the outcome. */
#ifndef CALLAPI_RENDER_SOFT_PICTURE_H
#define CALLAPI_RENDER_SOFT_PICTURE_H

#include <SDL.h>
#include <libavutil/frame.h>
#include <stdbool.h>

struct soft_picture;

/* What is wanted of a picture: a part of it, in the size of its place, and left for right or not. Pixels. */
struct soft_cut {
    SDL_Rect part;
    int width, height;
    bool mirrored;
};

/* Its texture is there from the beginning, in this size. */
struct soft_picture *soft_picture_create(SDL_Renderer *renderer, int width, int height);
void soft_picture_destroy(struct soft_picture *picture); /* takes NULL */

bool soft_cut_equal(const struct soft_cut *a, const struct soft_cut *b);
/* A texture that has this cut of `frame`, of any format that libswscale reads, in its upper left corner; it is larger.
 * NULL where there is none of it: the one before it stays. Borrowed, until the next. */
SDL_Texture *soft_picture_put(struct soft_picture *picture, const AVFrame *frame, const struct soft_cut *cut);
/* How many textures were made so far: a place of the same size makes none. */
int soft_picture_made(const struct soft_picture *picture);

#endif
