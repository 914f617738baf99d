/* Where everything of a scene is on a screen of this size: boxes, in the order in which they are drawn.
 * tests/app/screens.c looks at them: none overlaps another, none leaves the screen, no text is cut. */
#ifndef CALLAPI_APP_SCREEN_LAYOUT_H
#define CALLAPI_APP_SCREEN_LAYOUT_H

#include "app/screen/scene.h"

enum box_kind {
    BOX_SHADE,  /* darkens the picture; value: 0 from the top, 1 from the bottom */
    BOX_CORNER, /* the small picture */
    BOX_TEXT,   /* `lines` of it at the most */
    BOX_BADGE,
    BOX_BARS, /* value: quality */
    BOX_PERSON,
    BOX_RING,  /* initials; value: part of the time left */
    BOX_CODE,  /* a QR code of the text */
    BOX_METER, /* value: level; index: 0 what is heard, 1 what is said */
    BOX_SEARCH,
    BOX_ROW,    /* index: of the scene's rows */
    BOX_MORE,   /* rows are above (value 0) or under (1) those that are seen */
    BOX_BUTTON, /* index: of the scene's buttons */
    BOX_TOAST,
};

struct box {
    enum box_kind kind;
    SDL_Rect area;    /* pixels */
    const char *text; /* of the scene, or NULL */
    enum theme_size size;
    enum theme_colour colour;
    enum ui_align align;
    int lines, index; /* lines: 0 of a button that is its icon alone */
    float value;
    enum command command; /* of a press on it */
    bool fades;           /* goes with the controls */
};

enum { LAYOUT_BOXES = 64 };

enum layout_corner { CORNER_BOTTOM_RIGHT, CORNER_BOTTOM_LEFT, CORNER_TOP_LEFT, CORNER_TOP_RIGHT };

struct layout_screen {
    int width, height;         /* pixels */
    enum layout_corner corner; /* where the small picture is */
    SDL_Point dragged;         /* and how far from there a finger has it now */
};

struct layout {
    struct box boxes[LAYOUT_BOXES];
    int n;
    int rows_shown; /* of the scene's */
};

/* The boxes point into `scene`, which must stay as long. */
void layout_scene(struct layout *layout, const struct scene *scene, struct ui *ui, const struct layout_screen *screen);
/* The topmost box with a command at this point, or NULL. */
const struct box *layout_at(const struct layout *layout, SDL_Point point);
enum layout_corner layout_nearest_corner(SDL_Point point, const struct layout_screen *screen);

#endif
