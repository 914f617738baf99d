/* report.json: what the viewer saw and when. Tools read it: the names stay. Times in milliseconds of one monotonic
 * clock, from the program's start. */
#ifndef CALLAPI_APP_STATION_REPORT_H
#define CALLAPI_APP_STATION_REPORT_H

#include "app/client/client.h"
#include "app/station/script.h"
#include "net/connection/reactor.h"

struct report_sources {
    struct client *client;
    struct agent *agent;
    const struct script *script; /* NULL: no switches */
    struct reactor *reactor;
    int64_t origin_us;
};

/* All that the options --report and --shots ask for; either may be NULL: report.json; the
 * scenes' pictures, the last call's timeline and, where the client measures, frames.jsonl (every presented picture).
 * False, logged, where something cannot be written. */
bool report_save_all(const struct report_sources *sources, const char *report, const char *shots,
                     const char *asset_dir);
/* One paragraph of it for a person, on stdout. */
void report_print(const struct report_sources *sources);
#endif
