/* What is seen and touched: the window with its views, when it is drawn anew, and what a hand does there. It shows the
 * scenes that it is given, and knows nobody's calls. */
#ifndef CALLAPI_APP_CLIENT_STAGE_H
#define CALLAPI_APP_CLIENT_STAGE_H

#include "app/client/client.h"
#include "app/client/shots.h"
#include "app/screen/input.h"
#include "app/screen/overlay.h"
#include "render/video_view.h"

struct stage {
    struct window *window;
    struct video_view *views[PICTURE_ATTRACT + 1]; /* by their picture; NULL: there is none of it */
    struct overlay *overlay;
    struct screen_meter *meter; /* NULL: not measured */
    struct shots *shots;        /* NULL: not wanted */
    struct input input;
    struct scene scene; /* as it was drawn last, with its layout */
    struct layout layout;
    int64_t uploaded_us;  /* when its pictures were on their textures */
    int64_t presented_us; /* when it was presented, 0: never */
    int64_t drew_us;      /* what drawing and presenting it took of the processor */
    bool dirty;           /* set from outside: there may be something else to be seen, at once */

    /* Private. */
    struct ui *ui;
    struct layout_screen screen;
    int64_t looked_us; /* last look whether there is */
    struct {
        float from, to, painted;
        int64_t since_us;
    } dim;                              /* of the main picture, on its way */
    bool new_remote;                    /* drawn, and not on the screen before */
    int64_t first_new_us, new_since_us; /* first new remote picture after new_since_us, 0: none yet */
};

/* NULL with words for the user in `error` (g_free it) where no window can be opened. */
struct stage *stage_create(const struct client_config *config, char **error);
void stage_destroy(struct stage *stage); /* takes NULL */

const struct theme *stage_theme(const struct stage *stage);
/* What a person set by hand here is as it was at first; `figures`: as overlay_show. */
void stage_forget(struct stage *stage, bool figures);

/* What the event means; it may be changed. */
struct input_press stage_handle(struct stage *stage, SDL_Event *event, int64_t now_us);
/* As input_poll. */
enum command stage_poll(struct stage *stage, int64_t now_us);

/* When the next look is due. */
int64_t stage_due(const struct stage *stage);
/* Then: draws the scene with these figures over it, unless all is as it was (false). Its pixels can be read until it is
 * presented. */
bool stage_draw(struct stage *stage, const struct scene *scene, const struct statistics *statistics, int64_t now_us);
/* What was drawn at `now_us` is on the screen; true: with a remote picture that was not there before. */
bool stage_present(struct stage *stage, int64_t now_us);
/* As client_first_new_picture_us. */
int64_t stage_first_new_us(struct stage *stage, int64_t since_us);

#endif
