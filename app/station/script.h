/* The main job, played by itself: wait for the live room, go to the next room and the next, call the broadcaster, hang
 * up, be back, and again. */
#ifndef CALLAPI_APP_STATION_SCRIPT_H
#define CALLAPI_APP_STATION_SCRIPT_H

#include "app/client/client.h"

struct script;

struct script_config {
    struct client *client; /* borrowed, like the agent */
    struct agent *agent;
    int rounds;      /* live to call and back counts one */
    int zaps;        /* to the next room, before that */
    double duration; /* seconds for all of it; 0: at its own pace */
    /* Who looks on may press first, and takes over whenever he presses: then it is over, and nothing failed */
    bool invites;
};

/* One change of what the viewer sees. Times of g_get_monotonic_time; 0: did not happen. */
struct script_switch {
    enum script_switch_kind { SCRIPT_TO_CALL, SCRIPT_TO_LIVE, SCRIPT_TO_ROOM } kind;
    bool warm;              /* to a room that was connected already */
    int64_t requested_us;   /* the press: call, hang up, or next room */
    int64_t accepted_us;    /* to the call: when it was accepted there; to a room: when that was asked for its picture;
                               back: as requested */
    int64_t first_frame_us; /* the first picture of it on the screen */
    int64_t until_us;       /* when the next one was requested, or the script ended */
};

struct script *script_create(const struct script_config *config, int64_t now_us);
void script_destroy(struct script *script);
void script_tick(struct script *script, int64_t now_us);
int64_t script_deadline(const struct script *script);
/* Over: all rounds and the duration, somebody took over, or something did not come in time; then script_failure says
 * what. */
bool script_is_over(const struct script *script);
const char *script_failure(const struct script *script); /* NULL: none */
/* When the room's first picture was on the screen (g_get_monotonic_time), 0: not yet. */
int64_t script_first_picture_us(const struct script *script);
/* When the room of that picture was connected. */
int64_t script_connected_us(const struct script *script);
const struct script_switch *script_switches(const struct script *script, int *n);

#endif
