#include "app/agent/match.h"

#include <glib.h>

#include "engine/text/json.h"

void match_clear(struct match *match)
{
    g_clear_pointer(&match->id, g_free);
    g_clear_pointer(&match->with, g_free);
}

void match_await(struct match *match, const char *id, const char *with)
{
    match_clear(match);
    match->id = g_strdup(id);
    match->with = g_strdup(with);
}

/* The id alone would do; that it comes from the device the hub named keeps a leaked one from being used. */
bool match_take(struct match *match, const char *from, const cJSON *invite)
{
    const char *id = json_string(invite, "match");
    if (!id || g_strcmp0(id, match->id) || g_strcmp0(from, match->with))
        return false;
    match_clear(match);
    return true;
}
