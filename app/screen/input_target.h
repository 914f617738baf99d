/* What a press or the focus is on; and what has been on the screen for long enough to be meant by a press. */
#ifndef CALLAPI_APP_SCREEN_INPUT_TARGET_H
#define CALLAPI_APP_SCREEN_INPUT_TARGET_H

#include "app/screen/layout.h"

/* People come and go meanwhile: a line of a list is who stands there, not where. */
struct input_target {
    enum command command; /* COMMAND_NONE: nothing */
    int index;
    char user[SCENE_TEXT]; /* of a line, else "" */
};

struct input_target input_target_of(const struct scene *scene, const struct box *box); /* `box` may be NULL */
/* The same button; the same person, who may stand in another line now. */
bool input_target_is(const struct input_target *target, const struct scene *scene, const struct box *box);

struct input_seen {
    struct {
        struct input_target target;
        SDL_Rect area; /* empty: of the key that goes back */
        int64_t since_us;
    } all[LAYOUT_BOXES + 1];
    int n;
    struct input_target last; /* what was pressed last */
    int64_t last_us;
};

/* After each presenting: what is on the screen now. `visible`: what fades is there, too. */
void input_seen_update(struct input_seen *seen, const struct scene *scene, const struct layout *layout, bool visible,
                       int64_t now_us);
/* It has stood there for half a second: what comes under the second tap of two was not meant. */
bool input_seen_long_enough(const struct input_seen *seen, const struct input_target *target, const SDL_Rect *area,
                            int64_t now_us);
/* Of a press: the same one came a moment ago, as from a finger that trembles. */
bool input_seen_again(struct input_seen *seen, struct input_target target, int64_t now_us);

#endif
