/* An invite to a user rings at all her devices, and each answers its offer. A connection has two ends: so where the signalling says
 * that it rings at several, the offer is withdrawn, and each device that answers is offered a connection of its own ("anew", in the
 * session's place). All are there while it rings; the one to the device that accepts becomes the call's. */
#include "app/agent_parts.h"

#include <string.h>

enum { DEVICES_MAX = 32 };      /* as a hub lets a user have */

static bool is_device(const char *address)
{
    return strchr(address, '/') != NULL;
}

bool agent_rings_at_several(const struct agent *agent, const char *session_id)
{
    return agent->several && !g_strcmp0(session_id, agent->call_session_id);
}

bool agent_is_of_call(const struct agent *agent, struct session *session)
{
    return session == agent->call_session || agent_rings_at_several(agent, session_id(session));
}

static GPtrArray *sessions_of_call(const struct agent *agent)
{
    GPtrArray *found = agent_all_sessions(agent);
    for (guint i = found->len; i-- > 0;)
        if (g_strcmp0(session_id(found->pdata[i]), agent->call_session_id))
            g_ptr_array_remove_index(found, i);
    return found;
}

/* The offer is taken once a device has answered it: then that one keeps it, and only later ones are offered their own. */
static bool offer_is_free(const struct agent *agent)
{
    return agent->call_session && agent->call_session != agent->live && !is_device(session_remote(agent->call_session));
}

void agent_devices_ring(struct agent *agent, const char *call_id, unsigned devices)
{
    bool rings = call_current_state(agent->call) == CALL_CALLING && call_current_role(agent->call) == CALL_ROLE_CALLER;
    if (!rings || strcmp(call_id, call_current_id(agent->call)) || !offer_is_free(agent))
        return;
    g_info("%s: it rings at %u devices", agent->user, devices);
    agent->several = true;
    agent_drop_session(agent, agent->call_session);
}

static void drop_all_but(struct agent *agent, struct session *kept)
{
    g_autoptr(GPtrArray) all = sessions_of_call(agent);
    for (guint i = 0; i < all->len; i++)
        if (all->pdata[i] != kept)
            agent_drop_session(agent, all->pdata[i]);
}

static void take(struct agent *agent, struct session *session)
{
    drop_all_but(agent, session);
    agent->several = false;
    agent->call_session = session;
    if (agent->presends)
        agent_time_send(agent);
}

static void offer(struct agent *agent, const char *device)
{
    g_autoptr(GPtrArray) others = sessions_of_call(agent);
    const char *remote = call_current_remote(agent->call);
    if (!address_same_user(device, remote) || (agent->released && strcmp(device, remote)) || others->len >= DEVICES_MAX)
        return;
    struct session *session = agent_add_session(agent, agent->call_session_id, device, true);
    if (!session)
        return;
    session_offer_anew(session);
    if (agent->released) {
        take(agent, session);
        agent_show_call(agent);
    }
}

/* The offer is another device's already: both have their connections from now on. */
static bool is_taken(const struct agent *agent, const char *device, struct session *session)
{
    return session && session == agent->call_session && session != agent->live && call_current_state(agent->call) == CALL_CALLING &&
           call_current_role(agent->call) == CALL_ROLE_CALLER && is_device(session_remote(session)) && strcmp(session_remote(session), device);
}

bool agent_takes_answer(struct agent *agent, const char *device, struct session *session, const char *session_id)
{
    if (is_taken(agent, device, session)) {
        agent->several = true;
        agent->call_session = session = NULL;
    }
    if (session || !agent_rings_at_several(agent, session_id))
        return false;
    offer(agent, device);
    return true;
}

/* Also where one answered the offer and another one accepts. Who accepts before it has answered is offered its connection then. */
void agent_devices_accepted(struct agent *agent)
{
    const char *device = call_current_remote(agent->call);
    struct session *session = agent->call_session;
    bool others = session && session != agent->live && is_device(session_remote(session)) && strcmp(session_remote(session), device);
    if (others) {
        agent_drop_session(agent, session);
        agent->several = true;
    }
    session = agent->several ? agent_find_session(agent, agent->call_session_id, device) : NULL;
    if (session)
        take(agent, session);
}

void agent_forget_devices(struct agent *agent)
{
    if (agent->several)
        drop_all_but(agent, NULL);
    agent->several = false;
}
