/* An invite to a user rings at all her devices, and has one offer. A connection has two ends: so where the invite says
 * that it rings at several, each asks for an offer of its own ("ready"), and gets it, as where a connection is made
 * anew. All are there while it rings; the one to the device that accepts becomes the call's. A device that answers the
 * invite's offer all the same is helped likewise. */
#include "app/agent/parts.h"

#include <string.h>

#include "engine/text/address.h"
#include "engine/text/json.h"

enum { DEVICES_MAX = 32 }; /* as a hub lets a user have */

bool agent_rings_at_several(const struct agent *agent, const char *session_id)
{
    return agent->several && !g_strcmp0(session_id, agent->call_session_id);
}

bool agent_is_of_call(const struct agent *agent, struct session *session)
{
    return session == agent->call_session || agent_rings_at_several(agent, session_id(session));
}

static guint devices_connected(const struct agent *agent)
{
    const GPtrArray *all = sessions_all(agent->sessions);
    guint n = 0;
    for (guint i = 0; i < all->len; i++)
        n += !g_strcmp0(session_id(all->pdata[i]), agent->call_session_id);
    return n;
}

/* The offer is taken once a device has answered it: then that one keeps it, and only later ones are offered their own.
 */
static bool offer_is_free(const struct agent *agent)
{
    return agent->call_session && agent->call_session != rooms_live(agent->rooms) &&
           !address_device(session_remote(agent->call_session));
}

/* The first that answered the offer keeps what it has. */
static void begin_several(struct agent *agent)
{
    struct session *session = agent->call_session;
    agent->several = true;
    if (address_device(session_remote(session)))
        agent->call_session = NULL;
    else
        sessions_drop(agent->sessions, session);
}

void agent_devices_ring(struct agent *agent, const char *call_id, unsigned devices)
{
    bool rings = call_current_state(agent->call) == CALL_CALLING && call_current_role(agent->call) == CALL_ROLE_CALLER;
    if (!rings || strcmp(call_id, call_current_id(agent->call)) || !offer_is_free(agent))
        return;
    g_info("%s: it rings at %u devices", agent->user, devices);
    begin_several(agent);
}

static void drop_all_but(struct agent *agent, const struct session *kept)
{
    const GPtrArray *all = sessions_all(agent->sessions);
    for (guint i = all->len; i-- > 0;)
        if (all->pdata[i] != kept && !g_strcmp0(session_id(all->pdata[i]), agent->call_session_id))
            sessions_drop(agent->sessions, all->pdata[i]);
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
    const char *remote = call_current_remote(agent->call);
    if (!address_same_user(device, remote) || (agent->released && strcmp(device, remote)) ||
        devices_connected(agent) >= DEVICES_MAX)
        return;
    struct session *session = sessions_add(agent->sessions, agent->call_session_id, device, true);
    if (!session)
        return;
    session_offer_anew(session);
    if (agent->released) {
        take(agent, session);
        agent_show_call(agent);
    }
}

void agent_note_shared_offer(struct agent *agent, const cJSON *invite)
{
    const cJSON *devices = json_member(invite, "devices");
    const cJSON *media = json_member(invite, "media");
    const char *offer = json_string(media, "sdp");
    g_free(agent->shared_offer);
    agent->shared_offer = cJSON_IsNumber(devices) && devices->valueint > 1 ? g_strdup(offer) : NULL;
}

static bool is_ours(const struct agent *agent, const struct session *session)
{
    return session && session == agent->call_session && session != rooms_live(agent->rooms) &&
           call_current_role(agent->call) == CALL_ROLE_CALLER;
}

bool agent_takes_answer(struct agent *agent, const char *device, bool asks, struct session *session,
                        const char *session_id)
{
    bool ours = is_ours(agent, session), taken = ours && address_device(session_remote(session));
    bool another = taken && strcmp(session_remote(session), device);
    if (another && agent->released && strcmp(device, call_current_remote(agent->call)))
        return true; /* too late: not the one that accepted */
    if (another || (ours && asks && !taken)) {
        begin_several(agent);
        session = NULL;
    }
    if (session || !agent_rings_at_several(agent, session_id))
        return asks;
    offer(agent, device);
    return true;
}

/* Also where one answered the offer and another one accepts. Who accepts before it has answered is offered its
 * connection then. */
void agent_devices_accepted(struct agent *agent)
{
    const char *device = call_current_remote(agent->call);
    struct session *session = agent->call_session;
    bool others = session && session != rooms_live(agent->rooms) && address_device(session_remote(session)) &&
                  strcmp(session_remote(session), device);
    if (others) {
        sessions_drop(agent->sessions, session);
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
