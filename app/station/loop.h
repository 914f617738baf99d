/* The game loop: one thread, one wait. */
#ifndef CALLAPI_APP_STATION_LOOP_H
#define CALLAPI_APP_STATION_LOOP_H

#include "app/station/script.h"
#include "app/station/station.h"
#include "platform/service.h"

struct loop {
    struct reactor *reactor;
    struct station *stations[2];   /* the one with the window first; NULL-ended where shorter */
    struct script *script;         /* NULL: none */
    bool goes_on;                  /* after the script, too */
    struct service *service;       /* NULL: nobody watches */
    bool (*ends)(void *user_data); /* asked once a turn; NULL: no more reasons to end than those below */
    void *user_data;
    int64_t end_us; /* INT64_MAX: until the window is closed or the program is stopped */
};

/* Until the script is over (but `goes_on`), `ends` says so, the end has come, the window is closed, or the program is
 * told to stop. */
void loop_run(const struct loop *loop);

#endif
