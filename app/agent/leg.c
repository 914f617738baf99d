#include "app/agent/leg_parts.h"

#include <string.h>

#include "engine/text/json.h"
#include "platform/deadline.h"

enum {
    GONE_SILENT_US = 2000000,  /* left by the hub's word and silent for so long: gone */
    CUT_US = 5000000,          /* silent for so long before that word: a network, which has its own time to come back.
                                * Where nothing was to come yet, as while it rings, silence says nothing */
    GOODBYE_US = 2000000,      /* a hang-up's longer way through the hub */
    FROM_WITHIN_US = 10000000, /* no picture is so long on its way: the clock there was set after the accept */
};

struct leg *leg_create(const struct leg_config *config)
{
    struct leg *leg = g_new0(struct leg, 1);
    *leg = (struct leg){ .config = *config, .lost_at_us = INT64_MAX };
    return leg;
}

void leg_destroy(struct leg *leg)
{
    if (!leg)
        return;
    g_free(leg->id);
    g_free(leg->shared_offer);
    g_free(leg);
}

/* ---- what is so ---- */

struct session *leg_session(const struct leg *leg)
{
    return leg->session;
}

const char *leg_session_id(const struct leg *leg)
{
    return leg->id;
}

bool leg_is_released(const struct leg *leg)
{
    return leg->released;
}

bool leg_sends(const struct leg *leg)
{
    return leg->released || leg->presends;
}

bool leg_is_own(const struct leg *leg)
{
    return leg->session && leg->session != rooms_live(leg->config.rooms);
}

bool leg_has(const struct leg *leg, const struct session *session)
{
    return session == leg->session || leg_rings_at_several(leg, session_id(session));
}

struct session *leg_find(const struct leg *leg, const char *id, const char *from)
{
    return leg_rings_at_several(leg, id) ? sessions_find(leg->config.sessions, id, from)
                                         : sessions_find_of_user(leg->config.sessions, id, from);
}

bool leg_shows(const struct leg *leg, struct source *source, int64_t pts)
{
    int64_t captured_us;
    if (!leg->session || source != peer_source(session_peer(leg->session)))
        return false;
    if (!leg_is_own(leg) && !leg->released)
        return false; /* still the room */
    return !leg->from_us || !source->ops->capture_time(source, AVMEDIA_TYPE_VIDEO, pts, &captured_us) ||
           captured_us >= leg->from_us || leg->from_us - captured_us > FROM_WITHIN_US;
}

/* ---- from call to call ---- */

void leg_begin(struct leg *leg, struct session *session)
{
    leg->session = session;
}

static struct session *answer(struct leg *leg, const char *id, const char *remote, const char *offer)
{
    if (!leg->shared_offer || strcmp(offer, leg->shared_offer))
        return sessions_answer(leg->config.sessions, id, remote, offer);
    struct session *session = sessions_add(leg->config.sessions, id, remote, false);
    if (session)
        session_ask_offer(session);
    return session;
}

/* The callee's side of "the transport is connected while it rings": answer the invite's offer, or find the room's
 * connection. */
static bool connect_callee(struct leg *leg, const char *remote, const cJSON *media)
{
    const char *id = json_string(media, "session"), *offer = json_string(media, "sdp");
    struct session *session = leg_find(leg, id, remote);
    if (offer && (session || !id || !(session = answer(leg, id, remote, offer))))
        return false;
    if (session) {
        session_take_media(session, media);
        leg->session = session;
    }
    return leg->session;
}

void leg_answer_again(struct leg *leg, const char *remote, const cJSON *media)
{
    const char *id = json_string(media, "session"), *offer = json_string(media, "sdp");
    if (id && offer && leg->session && leg->session == leg_find(leg, id, remote))
        session_answer_again(leg->session, offer);
}

bool leg_connect(struct leg *leg, enum call_role role, const char *remote, const cJSON *media)
{
    if (role == CALL_ROLE_CALLEE && !connect_callee(leg, remote, media))
        return false;
    g_free(leg->id);
    leg->id = g_strdup(leg->session ? session_id(leg->session) : NULL);
    return true;
}

void leg_watch_firsts(struct leg *leg)
{
    outgoing_watch(leg->config.outgoing, session_peer(leg->session));
}

void leg_presend(struct leg *leg)
{
    leg->presends = true;
    leg_watch_firsts(leg);
}

bool leg_release(struct leg *leg, enum call_role role, const cJSON *media)
{
    if (role == CALL_ROLE_CALLER) {
        json_integer(media, "from_us", 0, JSON_INTEGER_MAX, &leg->from_us);
        leg_devices_accepted(leg);
    }
    if (!leg->session && !leg->several)
        return false;
    leg->released = true;
    if (leg->session && !leg->presends)
        leg_watch_firsts(leg);
    return true;
}

struct session *leg_end(struct leg *leg)
{
    leg_drop_devices(leg);
    struct session *session = g_steal_pointer(&leg->session);
    leg->presends = leg->released = false;
    leg->from_us = leg->gone_since_us = 0;
    leg->lost_at_us = INT64_MAX;
    return session;
}

void leg_forget(struct leg *leg, const struct session *session)
{
    if (session != leg->session)
        return;
    outgoing_watch(leg->config.outgoing, NULL);
    leg->session = NULL;
}

/* ---- how it ends by itself ---- */

void leg_note_closed(struct leg *leg)
{
    leg->lost_at_us = g_get_monotonic_time() + GOODBYE_US;
}

static uint64_t packets_received(const struct leg *leg)
{
    return peer_stats(session_peer(leg->session)).packets_received;
}

void leg_note_gone(struct leg *leg)
{
    int64_t now_us = g_get_monotonic_time();
    bool cut = session_has_flowed(leg->session) && session_silence_us(leg->session, now_us) > CUT_US;
    if (leg->gone_since_us || cut)
        return;
    leg->gone_since_us = now_us;
    leg->gone_packets = packets_received(leg);
}

bool leg_is_lost(struct leg *leg, int64_t now_us)
{
    if (now_us < leg->lost_at_us)
        return false;
    leg->lost_at_us = INT64_MAX;
    return true;
}

static int64_t gone_due(const struct leg *leg)
{
    return leg->gone_since_us && leg->session ? leg->gone_since_us + GONE_SILENT_US : INT64_MAX;
}

bool leg_is_gone(struct leg *leg, int64_t now_us)
{
    if (now_us < gone_due(leg))
        return false;
    uint64_t before = leg->gone_packets;
    leg->gone_packets = packets_received(leg);
    leg->gone_since_us = now_us;
    return leg->gone_packets == before;
}

int64_t leg_deadline(const struct leg *leg)
{
    return MIN(leg->lost_at_us, gone_due(leg));
}
