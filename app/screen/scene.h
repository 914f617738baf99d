/* What is on the screen, as data: a scene says which pictures, words and buttons, app/screen/layout.h where,
 * app/screen/paint.h how. A scene is one file with one function that describes the present view. */
#ifndef CALLAPI_APP_SCREEN_SCENE_H
#define CALLAPI_APP_SCREEN_SCENE_H

#include "app/view/view.h"
#include "render/widgets.h"

enum command {
    COMMAND_NONE,
    COMMAND_CALL,
    COMMAND_CALL_PERSON,
    COMMAND_RECEPTION, /* the last two: which one is the press's index */
    COMMAND_CANCEL,
    COMMAND_ACCEPT,
    COMMAND_REJECT,
    COMMAND_HANG_UP,
    COMMAND_MUTE,
    COMMAND_CAMERA, /* each on and off */
    COMMAND_SWITCH_CAMERA,
    COMMAND_PHONE, /* show the code by which the call is continued there, and no more */
    COMMAND_VOLUME,
    COMMAND_VOLUME_UP,
    COMMAND_VOLUME_DOWN,
    COMMAND_SWAP,
    COMMAND_PREVIEW,
    COMMAND_FILL, /* own picture large, in its corner, the main one cut to fill the screen; or not */
    COMMAND_SCROLL_UP,
    COMMAND_SCROLL_DOWN,
    COMMAND_HISTORY,
    COMMAND_NEXT_ROOM,
    COMMAND_PREVIOUS_ROOM,
    COMMAND_FIGURES,
    COMMAND_FRAME_TIMES,
    COMMAND_FULLSCREEN,
    COMMAND_QUIT,
};

enum { SCENE_BUTTONS = 7, SCENE_ROWS = 24, SCENE_TEXT = 320 };

enum scene_picture { PICTURE_NONE, PICTURE_REMOTE, PICTURE_PREVIEW, PICTURE_ATTRACT };

struct scene_button {
    struct ui_button button;
    enum command command;
    int index;  /* of several with this command */
    bool aside; /* alone at the right, where there is room: the others stay in the middle */
    bool flank; /* at a side of the others; where there are but two columns, above them */
    bool away;  /* not there now; its place stays free, so that nothing moves when it comes */
};

struct scene_row { /* a line of a list: a person to press on */
    char name[SCENE_TEXT], detail[SCENE_TEXT];
    char user[SCENE_TEXT]; /* whose it is: two may be called alike */
    enum ui_icon icon;
    enum command command;
};

struct scene {
    const char *name;          /* of its picture in --shots */
    enum scene_picture main;   /* fills the screen */
    enum scene_picture corner; /* small, in a corner; the own one is mirrored in either place */
    bool fill;                 /* the main picture fills the screen and is cut; else it is seen whole */
    float dim;                 /* of the main picture, 0 to 1 */
    char badge[SCENE_TEXT];    /* small and coloured, top right; "" for none */
    bool badge_live;           /* red, else dark */
    int quality;               /* bars beside it, as in view; 0 for none */
    char title[SCENE_TEXT], subtitle[SCENE_TEXT]; /* top left */
    bool subtitle_whole;                          /* in several lines where it is too long for one, else it is cut */
    char person[SCENE_TEXT];                      /* whose initials stand in the middle; "" for nobody's */
    float ring;                                   /* part of the time left, drawn around them; negative: none */
    char code[SCENE_TEXT];                        /* a QR code of this in their place; "" for none */
    float levels[2];                              /* remote and own sound, under them; negative: none */
    char notice[SCENE_TEXT];                      /* large, in the middle */
    char detail[SCENE_TEXT];                      /* under the notice */
    char toast[SCENE_TEXT];                       /* a short word over the buttons */
    bool toast_stays;                             /* where they fade */
    bool list; /* rows stand in the middle instead, under a field with what is searched for, where there is a hint to */
    char search[SCENE_TEXT], search_hint[SCENE_TEXT];
    struct scene_row rows[SCENE_ROWS];
    int n_rows, rows_before, rows_in_all;
    struct scene_button buttons[SCENE_BUTTONS]; /* bottom centre */
    int n_buttons;
    enum command enter;  /* which of them has the focus first; COMMAND_NONE: the first */
    enum command escape; /* what this key does */
    bool fading;         /* buttons and heading go after some seconds without a touch */
    bool zaps;           /* arrow keys and swipes go from room to room */
};

/* The right one for the view. */
void scene_describe(struct scene *scene, const struct view *view);
/* They look alike, and presses mean the same. */
bool scene_equals(const struct scene *a, const struct scene *b);
bool scene_shows(const struct scene *scene, enum scene_picture picture);

void scene_setup(struct scene *scene, const struct view *view);     /* nobody has said where it belongs */
void scene_attract(struct scene *scene, const struct view *view);   /* nobody is there */
void scene_live(struct scene *scene, const struct view *view);      /* watching a room */
void scene_broadcast(struct scene *scene, const struct view *view); /* sending a room */
void scene_directory(struct scene *scene, const struct view *view); /* pure 1v1, nobody calls */
void scene_history(struct scene *scene, const struct view *view);   /* the calls there were */
void scene_ringing(struct scene *scene, const struct view *view);   /* calling, either way */
void scene_call(struct scene *scene, const struct view *view);      /* connecting and connected */

/* Buttons that look for somebody; and whether calls can be made at all now, which is said where they cannot. */
void scene_add_reception(struct scene *scene, const struct view *view);
bool scene_is_open(struct scene *scene, const struct view *view);
/* Switches for what we send, that say what a press does: always there, so that nothing moves where a device comes and
 * goes. */
void scene_add_mute(struct scene *scene, const struct view *view);
void scene_add_camera(struct scene *scene, const struct view *view);
void scene_add_volume(struct scene *scene, const struct view *view);
/* Where nobody is called yet: of the room, and of what rings */
void scene_add_volume_aside(struct scene *scene, const struct view *view);
/* `pattern`, a translation, with `name` in place of its %s, into a text of SCENE_TEXT bytes. */
void scene_say(char *text, const char *pattern, const char *name);
/* `text`, NULL for "". */
void scene_set(char *to, const char *text);
/* How many watch the room, in words; g_free it. */
char *scene_watching(const struct view *view);
/* What is wrong and what to do, in the middle of the screen; false: nothing is. */
bool scene_describe_trouble(struct scene *scene, const struct view *view);
/* The last one, for what else there is to set. */
struct ui_button *scene_add_button(struct scene *scene, enum command command, const char *label, enum ui_icon icon,
                                   enum ui_tone tone);
struct ui_button *scene_add_round(struct scene *scene, enum command command, const char *label, enum ui_icon icon,
                                  enum ui_tone tone);

#endif
