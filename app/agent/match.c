#include "app/agent/parts.h"

#include <string.h>

#include "engine/text/json.h"

static void call_match(struct agent *agent, const char *match, const char *with)
{
    bool on_screen = rooms_is_live(agent->rooms) && !strcmp(session_remote(rooms_live(agent->rooms)), with);
    g_autofree char *id = g_strdup(match);
    agent->match_call = id;
    enum call_error error = agent_call(agent, on_screen ? NULL : with);
    agent->match_call = NULL;
    if (error)
        g_warning("%s cannot be called for the application's server: %s", with, call_error_text(error));
}

void agent_on_match(void *user_data, const char *match, const char *with, bool caller, const char *room)
{
    struct agent *agent = user_data;
    const struct live_room *watched = rooms_watched(agent->rooms);
    if (room && (!watched || strcmp(room, watched->name))) {
        g_info("%s: a match in room %s, which is not ours, was ignored", agent->user, room);
        return;
    }
    if (caller) {
        call_match(agent, match, with);
        return;
    }
    g_free(agent->match_id);
    g_free(agent->match_with);
    agent->match_id = g_strdup(match);
    agent->match_with = g_strdup(with);
}

void agent_on_hang_up(void *user_data)
{
    struct agent *agent = user_data;
    enum call_state state = call_current_state(agent->call);
    if (state == CALL_CALLING && call_current_role(agent->call) == CALL_ROLE_CALLER)
        agent_cancel(agent);
    else if (state == CALL_CALLING)
        agent_reject(agent);
    else if (state == CALL_CONNECTING || state == CALL_CONNECTED)
        agent_hang_up(agent);
}

/* The id alone would do; that it comes from the device the hub named keeps a leaked one from being used. */
void agent_accept_match(struct agent *agent, const char *from, const cJSON *body)
{
    const char *match = json_string(body, "match");
    if (!match || g_strcmp0(match, agent->match_id) || g_strcmp0(from, agent->match_with))
        return;
    g_clear_pointer(&agent->match_id, g_free);
    g_clear_pointer(&agent->match_with, g_free);
    if (call_current_state(agent->call) == CALL_CALLING && call_current_role(agent->call) == CALL_ROLE_CALLEE)
        agent->accept_at_us = g_get_monotonic_time();
}
