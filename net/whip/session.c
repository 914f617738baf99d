/* One connection to a media server: its peer, and what becomes of it. */
#include "net/whip/parts.h"

enum {
    GATHER_US = 3000000,         /* a server that takes no later candidates gets what there is by then */
    CONNECT_US = 12000000,       /* from the offer on */
    SILENT_US = 5000000,         /* no media, to a player */
    PLAYER_DEAF_US = 2000000,    /* nothing at all: the path is in doubt */
    PUBLISHER_DEAF_US = 9000000, /* RTCP reports are all that comes, every 5 s or more often (RFC 3550, 6.2) */
    PUBLISHER_LEAST_US = 3000000,
    DEAF_GAPS = 4, /* as many of the longest gaps so far are no accident */
    DOUBT_US = 1500000,
    RESTART_US = 4000000, /* a restart has found a path by then, or it is given up */
};

/* ---- what the peer tells ---- */

static void take_candidate(struct whip *whip, const char *candidate)
{
    struct whip_session *session = &whip->session;
    session->complete |= !candidate;
    if (candidate)
        g_ptr_array_add(session->candidates, g_strdup(candidate));
    if (session->step == SESSION_GATHERING && session->complete) {
        g_free(session->description);
        session->description = peer_offer(session->peer); /* with all of them */
        g_ptr_array_set_size(session->candidates, 0);
        exchange_offer(whip);
    }
    exchange_trickle(whip);
}

static void note_connected(struct whip *whip)
{
    struct whip_session *session = &whip->session;
    session->step = SESSION_CONNECTED;
    session->heard_us = session->media_us = g_get_monotonic_time();
    if (whip->role == WHIP_PUBLISHER)
        whip_flows(whip);
}

static void take_state(struct whip *whip, enum peer_state state, const char *why)
{
    if (state == PEER_CONNECTED)
        note_connected(whip);
    else if (state == PEER_FAILED)
        whip_fails(whip, WHIP_NO_PATH, why, 0);
    else if (state == PEER_CLOSED)
        whip_fails(whip, WHIP_GONE, NULL, 0);
}

static void on_event(void *user_data, const struct peer_event *event)
{
    struct whip *whip = user_data;
    switch (event->type) {
    case PEER_EVENT_CANDIDATE:
        take_candidate(whip, event->candidate);
        break;
    case PEER_EVENT_STATE:
        take_state(whip, event->state, event->why);
        break;
    case PEER_EVENT_RESTARTED:
        whip->session.restarting = false;
        whip->session.heard_us = g_get_monotonic_time();
        break;
    case PEER_EVENT_KEY_FRAME:
    case PEER_EVENT_PAUSED:
    case PEER_EVENT_BIT_RATE:
        if (whip->session.opened && whip->listener && whip->listener->event)
            whip->listener->event(whip->user_data, whip->session.peer, event);
        break;
    case PEER_EVENT_MESSAGE:
        break; /* no server has anything to tell that way */
    }
}

/* ---- begin, end ---- */

static bool open_peer(struct whip *whip, bool offerer)
{
    whip->session.peer = peer_create(whip->reactor,
                                     &(struct peer_config){
                                         .identity = whip->identity,
                                         .offerer = offerer,
                                         .direction = whip->role == WHIP_PUBLISHER ? PEER_SENDONLY : PEER_RECVONLY,
                                         .video_codec = whip->video_codec,
                                         .ice_servers = whip_servers(whip),
                                         .on_event = on_event,
                                         .user_data = whip,
                                     });
    return whip->session.peer != NULL;
}

static void close_peer(struct whip *whip)
{
    steady_source_set(&whip->source, NULL);
    peer_destroy(whip->session.peer);
    whip->session.peer = NULL;
}

static void forget(struct whip_session *session)
{
    g_free(session->description);
    if (session->candidates)
        g_ptr_array_unref(session->candidates);
    *session = (struct whip_session){ 0 };
}

void session_begin(struct whip *whip)
{
    struct whip_session *session = &whip->session;
    forget(session);
    session->candidates = g_ptr_array_new_with_free_func(g_free);
    session->began_us = g_get_monotonic_time();
    if (!open_peer(whip, true)) {
        whip_fails(whip, WHIP_NO_PATH, "no connection can be opened here", 0);
        return;
    }
    session->description = peer_offer(session->peer);
    session->step = SESSION_GATHERING;
    if (!whip->no_trickle)
        exchange_offer(whip);
}

void session_end(struct whip *whip)
{
    struct whip_session *session = &whip->session;
    bool opened = session->opened;
    session->opened = false;
    session->step = SESSION_OVER;
    exchange_end(whip);
    if (opened && whip->listener && whip->listener->closing)
        whip->listener->closing(whip->user_data, session->peer);
    close_peer(whip);
}

/* ---- descriptions ---- */

bool session_take_answer(struct whip *whip, const char *answer, char **error)
{
    if (!peer_set_answer(whip->session.peer, answer, error))
        return false;
    whip->session.step = SESSION_CONNECTING;
    steady_source_set(&whip->source, peer_source(whip->session.peer));
    return true;
}

/* Our own offer is gone, and the peer with it: one that answers takes its place. */
bool session_take_offer(struct whip *whip, const char *offer, char **error)
{
    struct whip_session *session = &whip->session;
    close_peer(whip);
    g_ptr_array_set_size(session->candidates, 0);
    session->complete = false;
    if (!open_peer(whip, false)) {
        *error = g_strdup("no connection can be opened here");
        return false;
    }
    g_free(session->description);
    session->description = peer_answer(session->peer, offer, error);
    if (session->description)
        steady_source_set(&whip->source, peer_source(session->peer));
    return session->description != NULL;
}

/* ---- restart ---- */

void session_restart(struct whip *whip)
{
    struct whip_session *session = &whip->session;
    char *description = session->url && !whip->no_restart ? peer_restart(session->peer) : NULL;
    if (!description) {
        whip_fails(whip, WHIP_NO_PATH, NULL, 0);
        return;
    }
    g_free(session->description);
    session->description = description;
    g_ptr_array_set_size(session->candidates, 0);
    session->complete = false;
    session->restarting = true;
    session->restarted_us = g_get_monotonic_time();
    exchange_restart(whip);
}

/* A publisher learns from the server how often that reports: Janus several times a second. */
static int64_t deaf_us(const struct whip *whip)
{
    return whip->role == WHEP_PLAYER
               ? PLAYER_DEAF_US
               : CLAMP(whip->session.longest_us * DEAF_GAPS, PUBLISHER_LEAST_US, PUBLISHER_DEAF_US);
}

void session_doubt(struct whip *whip)
{
    struct whip_session *session = &whip->session;
    if (session->url && !whip->no_restart) {
        session_restart(whip);
        return;
    }
    int64_t now = g_get_monotonic_time();
    session->media_us = now - SILENT_US + DOUBT_US;
    session->heard_us = now - deaf_us(whip) + DOUBT_US;
}

/* ---- watching over it ---- */

static void listen_to(struct whip_session *session, int64_t now_us)
{
    struct peer_stats stats = peer_stats(session->peer);
    if (stats.packets_received != session->media)
        session->media_us = now_us;
    if (stats.packets_received + stats.reports_received != session->heard) {
        if (session->heard)
            session->longest_us = MAX(session->longest_us, now_us - session->heard_us);
        session->heard_us = now_us;
    }
    session->media = stats.packets_received;
    session->heard = stats.packets_received + stats.reports_received;
}

static void watch_connected(struct whip *whip, int64_t now_us)
{
    struct whip_session *session = &whip->session;
    bool player = whip->role == WHEP_PLAYER;
    listen_to(session, now_us);
    if (player && session->media && !session->opened)
        whip_flows(whip);
    else if (session->restarting && now_us - session->restarted_us > RESTART_US)
        whip_fails(whip, WHIP_NO_PATH, "no other path was found", 0);
    else if (player && now_us - session->media_us > SILENT_US)
        whip_fails(whip, WHIP_SILENT, NULL, 0);
    else if (session->heard && !session->restarting && now_us - session->heard_us > deaf_us(whip))
        session_restart(whip);
}

void session_watch(struct whip *whip, int64_t now_us)
{
    struct whip_session *session = &whip->session;
    if (session->step == SESSION_CONNECTED)
        watch_connected(whip, now_us);
    else if (session->step == SESSION_GATHERING && now_us - session->began_us > GATHER_US)
        take_candidate(whip, NULL);
    else if (now_us - session->began_us > CONNECT_US)
        whip_fails(whip, WHIP_NO_PATH, "no connection was made in time", 0);
}
