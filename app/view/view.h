/* What the screens say, as plain data: a snapshot of the agent, its media and the window's own state. Scenes read
 * nothing else, so each can be shown without a network. Texts are borrowed until the next tick. */
#ifndef CALLAPI_APP_VIEW_VIEW_H
#define CALLAPI_APP_VIEW_VIEW_H

#include <glib.h>
#include <stdbool.h>

#include "engine/call/safety_code.h"
#include "engine/call_types.h"
#include "engine/capture/capture.h"
#include "engine/stream/trouble.h"
#include "render/theme.h"

enum { VIEW_NAME = 257, VIEW_RECEPTION = 4, VIEW_SEARCH = 64 };

/* What whoever stands before the screen set there; the next one begins anew. */
struct choices {
    int volume; /* per cent */
    guint camera;
    bool swapped, preview_hidden; /* the two pictures of a call; until the next one */
    bool filled;                  /* the main picture fills the screen */
    GPtrArray *calls;             /* struct history_entry, the newest first: are on the screen; NULL: are not */
    char search[VIEW_SEARCH];     /* for people; typed so far, UTF-8; "" for none */
    int first_row;                /* where the list begins on the screen, of people or calls */
};

struct view {
    const struct theme *theme;
    struct choices chosen;
    enum call_party party;
    enum call_state state;
    enum call_role role;
    bool online;
    const char *self, *name;     /* user id, and what others see */
    char remote[VIEW_NAME];      /* what the call's other side is called, "" where none */
    const char *trouble, *to_do; /* what is wrong and what to do about it; NULL where all is well */
    const char *last_call; /* how the last call ended, or why a press did nothing; NULL: not worth a word any more */

    const char *host;                         /* what the broadcaster is called */
    const char *room, *room_state, *going_to; /* "live", "private", "away"; going_to: NULL for nowhere */
    int viewers;
    bool host_muted, host_camera_on; /* what the broadcaster sends */
    bool room_flows;                 /* and it comes */
    bool only_room;                  /* there is no other to go to */
    bool local_room;                 /* a stream that no hub knows, so nobody is counted there */
    bool pulled;                     /* what comes is a stream, whoever sends it */
    bool sound_only;                 /* it has no pictures */
    enum stream_fault room_fault;    /* of its stream */

    bool audio_only, delivered; /* the call is without pictures; it rings at the other side */
    bool muted, camera_on, remote_muted, remote_camera_on, reconnecting;
    enum capture_trouble camera_trouble; /* devices: done without */
    bool microphone_missing, speaker_missing;
    bool can_switch_camera;
    bool has_remote_picture; /* there is one to show */
    bool unplayable;         /* what comes cannot be decoded */
    bool preview_of_caller;  /* who calls is seen before the call is accepted */
    int quality;             /* 1 excellent to 5 nothing comes; 0: not known */
    int call_seconds;
    char safety_code[SAFETY_CODE_SIZE]; /* of the call; "" where there is none */
    int ring_seconds_left;              /* until the time-out, -1: there is none */
    float ring_part_left;               /* of the time-out */
    float level, remote_level;          /* of the sound, 0 to 1 */

    /* Kiosk. */
    bool kiosk;                            /* nobody who stands there may end the program */
    bool setting_up;                       /* it does not know where it belongs */
    bool asks_for_code;                    /* and is told by a set-up code before its camera */
    const char *setup_wrong;               /* with the last one, or its configuration; NULL: nothing */
    bool attracts;                         /* nobody is there: what attracts is shown */
    const char *closed;                    /* until when, in words; NULL: it is open */
    const char *looks_for;                 /* the label of the button that calls one after the other, or NULL */
    const char *reception[VIEW_RECEPTION]; /* labels of such buttons */
    int n_reception;
    bool no_directory;
    bool may_continue;       /* calls may be continued on a phone */
    const char *continue_at; /* this one by this address, which a code shows; NULL: it was not asked for */

    /* Calls there were. */
    bool keeps_calls;
    int missed;

    /* Directory. */
    const GPtrArray *people; /* struct agent_person: those that match the search */
};

struct agent;

/* All but what only the window knows, which is there already. `people`: filled with names that the agent owns. */
void view_of_agent(struct view *view, const struct agent *agent, GPtrArray *people, int64_t now_us);

#endif
