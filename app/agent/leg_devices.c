/* An invite to a user rings at all her devices, and has one offer. A connection has two ends: so where the invite says
 * that it rings at several, each asks for an offer of its own ("ready"), and gets it, as where a connection is made
 * anew. All are there while it rings; the one to the device that accepts becomes the call's. A device that answers the
 * invite's offer all the same is helped likewise. */
#include "app/agent/leg_parts.h"

#include <string.h>

#include "engine/text/address.h"
#include "engine/text/json.h"

enum { DEVICES_MAX = 32 }; /* as a hub lets a user have */

bool leg_rings_at_several(const struct leg *leg, const char *session_id)
{
    return leg->several && !g_strcmp0(session_id, leg->id);
}

static guint devices_connected(const struct leg *leg)
{
    const GPtrArray *all = sessions_all(leg->config.sessions);
    guint n = 0;
    for (guint i = 0; i < all->len; i++)
        n += !g_strcmp0(session_id(all->pdata[i]), leg->id);
    return n;
}

/* The offer is taken once a device has answered it: then that one keeps it, and only later ones are offered their own.
 */
static bool is_taken(const struct leg *leg)
{
    return leg_is_own(leg) && address_device(session_remote(leg->session));
}

/* The first that answered the offer keeps what it has. */
static void begin_several(struct leg *leg)
{
    struct session *session = leg->session;
    leg->several = true;
    if (address_device(session_remote(session)))
        leg->session = NULL;
    else
        sessions_drop(leg->config.sessions, session);
}

void leg_note_devices(struct leg *leg, const char *call_id, unsigned devices)
{
    bool rings = call_current_state(leg->config.call) == CALL_CALLING &&
                 call_current_role(leg->config.call) == CALL_ROLE_CALLER;
    if (!rings || strcmp(call_id, call_current_id(leg->config.call)) || !leg_is_own(leg) || is_taken(leg))
        return;
    g_info("it rings at %u devices", devices);
    begin_several(leg);
}

void leg_send_beside(const struct leg *leg, const char *to, const cJSON *message)
{
    const GPtrArray *all = sessions_all(leg->config.sessions);
    bool to_all = leg_rings_at_several(leg, leg->id) && !address_device(to);
    struct session *one = to_all ? NULL : leg_find(leg, leg->id, to);
    if (one)
        session_send_beside(one, message);
    for (guint i = 0; to_all && i < all->len; i++)
        if (!g_strcmp0(session_id(all->pdata[i]), leg->id))
            session_send_beside(all->pdata[i], message);
}

static void drop_all_but(struct leg *leg, const struct session *kept)
{
    const GPtrArray *all = sessions_all(leg->config.sessions);
    for (guint i = all->len; i-- > 0;)
        if (all->pdata[i] != kept && !g_strcmp0(session_id(all->pdata[i]), leg->id))
            sessions_drop(leg->config.sessions, all->pdata[i]);
}

static void take(struct leg *leg, struct session *session)
{
    drop_all_but(leg, session);
    leg->several = false;
    leg->session = session;
    if (leg_sends(leg))
        leg_watch_firsts(leg);
}

static void offer(struct leg *leg, const char *device)
{
    const char *remote = call_current_remote(leg->config.call);
    if (!address_same_user(device, remote) || (leg->released && strcmp(device, remote)) ||
        devices_connected(leg) >= DEVICES_MAX)
        return;
    struct session *session = sessions_add(leg->config.sessions, leg->id, device, true);
    if (!session)
        return;
    session_offer_anew(session);
    if (leg->released) {
        take(leg, session);
        leg->config.shown(leg->config.user_data);
    }
}

void leg_note_invite(struct leg *leg, const cJSON *invite)
{
    const cJSON *devices = json_member(invite, "devices");
    const cJSON *media = json_member(invite, "media");
    const char *offer = json_string(media, "sdp");
    g_free(leg->shared_offer);
    leg->shared_offer = cJSON_IsNumber(devices) && devices->valueint > 1 ? g_strdup(offer) : NULL;
}

bool leg_takes_answer(struct leg *leg, const char *device, bool asks, struct session *session, const char *session_id)
{
    bool ours = session && session == leg->session && leg_is_own(leg) &&
                call_current_role(leg->config.call) == CALL_ROLE_CALLER;
    bool another = ours && is_taken(leg) && strcmp(session_remote(session), device);
    if (another && leg->released && strcmp(device, call_current_remote(leg->config.call)))
        return true; /* too late: not the one that accepted */
    if (another || (ours && asks && !is_taken(leg))) {
        begin_several(leg);
        session = NULL;
    }
    if (session || !leg_rings_at_several(leg, session_id))
        return asks;
    offer(leg, device);
    return true;
}

/* Also where one answered the offer and another one accepts. Who accepts before it has answered is offered its
 * connection then. */
void leg_devices_accepted(struct leg *leg)
{
    const char *device = call_current_remote(leg->config.call);
    if (is_taken(leg) && strcmp(session_remote(leg->session), device)) {
        sessions_drop(leg->config.sessions, leg->session);
        leg->several = true;
    }
    struct session *session = leg->several ? sessions_find(leg->config.sessions, leg->id, device) : NULL;
    if (session)
        take(leg, session);
}

void leg_drop_devices(struct leg *leg)
{
    if (leg->several)
        drop_all_but(leg, leg->session);
    leg->several = false;
}
