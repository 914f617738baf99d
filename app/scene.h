/* What is on the screen, as data: a scene says which pictures, words and buttons, app/client.c draws it. A scene is one file
 * with one function that describes the agent's present state. */
#ifndef CALLAPI_APP_SCENE_H
#define CALLAPI_APP_SCENE_H

#include "app/agent.h"
#include "app/words.h"
#include "render/ui.h"

enum command {
    COMMAND_NONE,
    COMMAND_CALL, COMMAND_CANCEL, COMMAND_ACCEPT, COMMAND_REJECT, COMMAND_HANG_UP,
    COMMAND_MUTE, COMMAND_CAMERA,       /* each on and off */
    COMMAND_NEXT_ROOM, COMMAND_PREVIOUS_ROOM,
    COMMAND_FULLSCREEN, COMMAND_QUIT,
};

enum { SCENE_BUTTONS = 3, SCENE_TEXT = 192 };

enum scene_picture { PICTURE_REMOTE, PICTURE_PREVIEW };

struct scene {
    const char *name;                   /* of its picture in --shots */
    enum scene_picture main;            /* fills the screen */
    bool preview;                       /* the own picture, mirrored, in the corner */
    float dim;                          /* of the main picture, 0 to 1 */
    char badge[SCENE_TEXT];             /* small and coloured, top left; "" for none */
    bool badge_live;                    /* red, else dark */
    char title[SCENE_TEXT], subtitle[SCENE_TEXT];       /* top left */
    char notice[SCENE_TEXT];            /* large, in the middle */
    char detail[SCENE_TEXT];            /* under the notice */
    struct {
        struct ui_button button;
        enum command command;
    } buttons[SCENE_BUTTONS];           /* bottom centre */
    int n_buttons;
    enum command enter, escape;         /* what these keys do; enter COMMAND_NONE: the first button */
};

struct scene_context {
    const struct agent *agent;
    struct words_trouble trouble;       /* what the user should know */
    const char *last_call;              /* how the last call ended, or NULL */
    bool has_remote_picture;
    int64_t now_us;
    const struct theme *theme;
};

/* The right one for the agent's state. */
void scene_describe(struct scene *scene, const struct scene_context *context);

void scene_live(struct scene *scene, const struct scene_context *context);          /* watching a room */
void scene_broadcast(struct scene *scene, const struct scene_context *context);     /* sending a room */
void scene_home(struct scene *scene, const struct scene_context *context);          /* pure 1v1, nobody calls */
void scene_ringing(struct scene *scene, const struct scene_context *context);       /* calling, either way */
void scene_call(struct scene *scene, const struct scene_context *context);          /* connecting and connected */

/* Switches for what we send, that say what a press does. */
void scene_add_mute(struct scene *scene, const struct agent *agent);
void scene_add_camera(struct scene *scene, const struct agent *agent);
/* `pattern`, a translation, with `name` in place of its %s, into a text of SCENE_TEXT bytes. */
void scene_say(char *text, const char *pattern, const char *name);
/* How many watch the room, in words; g_free it. */
char *scene_watching(const struct agent *agent);
/* What is wrong and what to do, in the middle of the screen; false: nothing is. */
bool scene_describe_trouble(struct scene *scene, const struct scene_context *context);
void scene_add_button(struct scene *scene, enum command command, const char *label, enum ui_icon icon, enum ui_tone tone);

#endif
