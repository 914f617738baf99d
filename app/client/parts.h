/* What the files of the window share: client.c (life, what is on the stage), news.c (what the agent tells), press.c
 * (what a person does). Private to them. */
#ifndef CALLAPI_APP_CLIENT_PARTS_H
#define CALLAPI_APP_CLIENT_PARTS_H

#include "app/client/stage.h"
#include "app/kiosk/attract.h"
#include "app/kiosk/history.h"
#include "app/kiosk/kiosk.h"
#include "platform/audio/speaker.h"
#include "platform/devices/speech.h"

struct client {
    struct stage *stage;
    struct attract *attract; /* NULL: nothing attracts */
    struct manage *manage;   /* NULL: nobody may */
    struct kiosk *kiosk;     /* NULL: it is none; borrowed */
    struct history *history; /* NULL: nobody keeps one; borrowed */
    const struct speaker *speaker;
    struct agent *agent;
    struct speech *speech;           /* NULL: nothing is said aloud */
    char *spoken;                    /* the last thing that was, or NULL */
    char **cameras;                  /* names; NULL: none to choose from */
    int camera_width, camera_height; /* wished; 0: the usual */
    char *start_room;                /* where a kiosk returns to, or NULL */
    bool figures_shown;              /* from the beginning on */
    bool preview_of_caller;
    struct choices chosen;
    enum agent_status status;
    char *why;  /* of the status, or NULL */
    char *word; /* how the last call ended, why a press did nothing; NULL: nothing to be said */
    int64_t word_until_us;
    bool continued;         /* the call that is about to end goes on elsewhere */
    bool own_picture_shown; /* or was, at the last drawing */
    int mouse_moved;        /* points, since something attracts */
    bool quit;
    int64_t quit_asked_us; /* when it was last to be quit by a key; 0: never */
};

/* ---- news.c ---- */

/* A short word over the buttons; takes the text; NULL: nothing more to be said. */
void client_say(struct client *client, char *words);

/* ---- press.c ---- */

/* The nearest that a list of so many rows can begin with. */
int client_first_row(const struct client *client, int row, int rows);
/* As a visitor finds it who has chosen nothing yet. */
void client_forget_choices(struct client *client);
/* What attracts comes, in silence, or goes. */
void client_show_attract(struct client *client, bool shown);
void client_handle(struct client *client, SDL_Event *event, int64_t now_us);
void client_execute(struct client *client, enum command command, int index);
/* Heard and seen again, by the first camera. */
void client_forget_media(struct client *client);
/* Nobody is there any more. */
void client_go_to_start(struct client *client);

#endif
