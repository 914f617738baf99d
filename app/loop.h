/* The game loop: one thread, one wait. */
#ifndef CALLAPI_APP_LOOP_H
#define CALLAPI_APP_LOOP_H

#include "app/script.h"
#include "app/station.h"

struct loop {
    struct reactor *reactor;
    struct station *stations[2];        /* the one with the window first; NULL-ended where shorter */
    struct script *script;              /* NULL: none */
    int64_t end_us;                     /* INT64_MAX: until the window is closed or the program is stopped */
};

/* Until the script is over, the end has come, the window is closed, or the program is told to stop. */
void loop_run(const struct loop *loop);

#endif
