/* Draws a scene that has been laid out. */
#ifndef CALLAPI_APP_SCREEN_PAINT_H
#define CALLAPI_APP_SCREEN_PAINT_H

#include "app/screen/layout.h"
#include "render/video_view.h"

struct paint {
    struct window *window;
    struct ui *ui;
    struct video_view *remote, *preview, *attract;
    SDL_Point pointer; /* outside of the screen where it is not known */
    bool pressed;
    const struct box *focus; /* to be marked, or NULL */
    float dim;               /* of the main picture, 0 to 1: on its way to the scene's */
    float controls;          /* how much of what fades is to be seen, 0 to 1 */
};

/* Returns whether a remote picture that was not on the screen before is there now. */
bool paint_scene(const struct paint *paint, const struct scene *scene, const struct layout *layout);

#endif
