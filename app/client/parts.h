/* What the files of the window share: client.c (life, drawing), client_news.c (what the agent tells), client_press.c
 * (what a person does). Private to them. */
#ifndef CALLAPI_APP_CLIENT_PARTS_H
#define CALLAPI_APP_CLIENT_PARTS_H

#include "app/client/client.h"
#include "app/client/shots.h"
#include "app/kiosk/attract.h"
#include "app/kiosk/history.h"
#include "app/kiosk/kiosk.h"
#include "app/kiosk/manage.h"
#include "app/screen/input.h"
#include "app/screen/overlay.h"
#include "platform/audio/speaker.h"
#include "platform/speech.h"
#include "render/video_view.h"

struct client {
    struct window *window;
    struct ui *ui;
    struct overlay *overlay;
    struct video_view *remote, *preview;
    struct video_view *attract_view;
    struct attract *attract; /* NULL: nothing attracts */
    struct manage *manage;   /* NULL: nobody may */
    struct kiosk *kiosk;     /* NULL: it is none; borrowed */
    const struct speaker *speaker;
    struct speech *speech;           /* NULL: nothing is said aloud */
    char *spoken;                    /* the last thing that was, or NULL */
    struct history *history;         /* NULL: nobody keeps one; borrowed */
    char **cameras;                  /* names; NULL: none to choose from */
    guint camera;                    /* the one that is used */
    int camera_width, camera_height; /* wished; 0: the usual */
    int mouse_moved;                 /* points, since something attracts */
    bool figures_shown;              /* from the beginning on */
    char *start_room;                /* where a kiosk returns to, or NULL */
    struct agent *agent;
    struct scene scene;
    struct layout layout;
    struct layout_screen screen;
    struct input input;
    GPtrArray *people;   /* struct agent_person, the agent's: those that match the search */
    GPtrArray *calls;    /* struct history_entry: the calls are on the screen; else NULL */
    GPtrArray *no_calls; /* empty: they could be */
    int first_row;
    enum agent_status status;
    char *why;  /* of the status, or NULL */
    char *word; /* how the last call ended, why a press did nothing; NULL: nothing to be said */
    int64_t word_until_us;
    int volume;
    bool swapped, preview_hidden, filled, preview_of_caller;
    bool own_picture_shown; /* or was, at the last drawing */
    bool dirty, quit;
    int64_t quit_asked_us; /* when it was last to be quit by a key; 0: never */
    int64_t looked_us;     /* last look at the scene */
    int64_t uploaded_us;   /* when the pictures of the last drawing were on their textures */
    struct {
        float from, to, painted;
        int64_t since_us;
    } dim;                              /* of the main picture, on its way */
    int64_t presented_us;               /* last present, 0: none */
    int64_t first_new_us, new_since_us; /* first new remote picture after new_since_us, 0: none yet */
    struct screen_meter *meter;         /* NULL: not measured */
    struct shots *shots;                /* NULL: not wanted */
};

const struct theme *client_theme(const struct client *client);
/* How much of what fades is to be seen, 0 to 1. */
float client_controls(const struct client *client, int64_t now_us);

/* ---- client_news.c ---- */

/* A short word over the buttons; takes the text; NULL: nothing more to be said. */
void client_say(struct client *client, char *words);

/* ---- client_press.c ---- */

void client_scroll(struct client *client, int lines);
/* What attracts comes, in silence, or goes. */
void client_show_attract(struct client *client, bool shown);
void client_handle(struct client *client, SDL_Event *event, int64_t now_us);
void client_execute(struct client *client, enum command command, int index);
/* Heard and seen again, by the first camera. */
void client_forget_media(struct client *client);
/* Nobody is there any more. */
void client_go_to_start(struct client *client);

#endif
