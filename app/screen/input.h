/* Mouse, touch, keyboard and remote control: events in, commands out. Keeps what a finger and the keyboard's focus are
 * doing between events. */
#ifndef CALLAPI_APP_SCREEN_INPUT_H
#define CALLAPI_APP_SCREEN_INPUT_H

#include "app/screen/input_target.h"

struct input {
    SDL_Point pointer; /* pixels; outside of the screen: not known */
    bool pressed;
    bool by_keys; /* the focus is marked: keys were used last */
    struct input_target focus;
    int64_t touched_us; /* the last event of a person */
    int64_t mouse_us;   /* the last one of a mouse; 0: there was none, or a finger since */
    char *search;       /* what is typed goes there: VIEW_SEARCH bytes, borrowed */

    /* Private. */
    struct input_seen seen;
    SDL_Point press_at;
    int64_t press_us;           /* 0: none, or it was used already */
    struct input_target target; /* what was under it when it began */
    bool unseen;                /* it had not been there for long enough */
    bool woke;                  /* the press only brought the controls back */
    bool drags;                 /* the small picture */
    int scrolled;               /* lines that it has moved the list by */
    SDL_Point dragged;
};

struct input_press {
    enum command command;
    int index;                 /* of COMMAND_CALL_PERSON: the scene's row; of scrolling: lines */
    bool quits;                /* the screen is gone */
    bool closes;               /* the window was closed, by its button or Alt+F4 */
    bool changed;              /* something looks different now */
    enum layout_corner corner; /* where the small picture belongs, if `moved` */
    bool moved;
};

/* What the event means on this screen. Positions are pixels already. `visible`: the controls are there to be pressed.
 */
struct input_press input_handle(struct input *input, const SDL_Event *event, const struct scene *scene,
                                const struct layout *layout, const struct layout_screen *screen,
                                const struct theme *theme, bool visible, int64_t now_us);
/* Once a tick: a finger that stays where there is nothing to press. */
enum command input_poll(struct input *input, const struct theme *theme, int64_t now_us);
/* The box that has the focus, or NULL; with nothing chosen yet the scene's choice, else the first button or line of a
 * list. */
const struct box *input_focus(const struct input *input, const struct scene *scene, const struct layout *layout);

#endif
