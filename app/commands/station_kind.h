/* host, watch, call and kiosk: where they differ, and what of the options goes with which. */
#ifndef CALLAPI_APP_COMMANDS_STATION_KIND_H
#define CALLAPI_APP_COMMANDS_STATION_KIND_H

#include "app/options/options.h"
#include "engine/call_types.h"

struct station_kind {
    const char *name;
    enum call_party party;
    bool room;  /* needs --room */
    bool kiosk; /* in a room: its audience */
};

/* NULL, or what is wrong with options that were read, a line each; g_free it. */
char *station_kind_find_wrong(const struct station_kind *kind, const struct options *options);
/* Reads the options as they are said now. NULL, or what is wrong with them, a line each; g_free it. options_clear in
 * any case. */
char *station_kind_read(const struct station_kind *kind, struct options *options, int argc, char **argv);

#endif
