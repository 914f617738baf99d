#include "app/agent.h"

#include <string.h>

#include "app/session.h"

enum {
    RETRY_US = 1000000,         /* between attempts to get (back) into the room */
    GONE_SILENT_US = 2000000,   /* left by the hub's word and silent for so long: gone */
    GOODBYE_US = 1000000,       /* a connection closed by the other side: its hang-up may still be on the longer way through the hub */
};

struct agent {
    struct reactor *reactor;
    const struct dtls_identity *identity;
    struct outgoing *outgoing;
    struct player *player;
    char *user, *room, *stun_server, *call_to;
    enum call_party party;
    enum AVCodecID video_codec;
    int auto_accept_ms;
    const struct agent_listener *listener;
    void *user_data;

    struct signal_client *signal;
    struct call *call;
    GHashTable *sessions;               /* id → struct session, owned */
    struct session *live;               /* audience: the room's connection; in sessions */
    struct session *call_session;       /* connection of the current call; in sessions; may be `live` */
    char *call_session_id;              /* of the current or last call */
    bool released;                      /* both accepted: the call gets our media */
    int64_t call_from_us;               /* sender's wall clock of its first picture for the call; 0: any picture */

    char *room_state, *room_host;
    int room_viewers;
    int64_t live_connected_us;
    int64_t join_at_us;                 /* when to ask for the room again; INT64_MAX: not needed */
    int64_t accept_at_us;               /* auto-accept; INT64_MAX: none due */
    int64_t lost_at_us;                 /* when the call's closed connection counts as lost; INT64_MAX: it does not */
    int64_t gone_since_us;              /* the hub said that the call's other side left; 0: it did not */
    guint64 gone_packets;               /* what had been received then */
    int64_t milestones[AGENT_MILESTONES];
};

static const char *const milestone_names[AGENT_MILESTONES] = {
    [AGENT_CALL_STARTED] = "call_started",
    [AGENT_DELIVERED] = "delivered",
    [AGENT_ACCEPTED] = "accepted",
    [AGENT_ACCEPT_SEEN] = "accept_seen",
    [AGENT_ICE_CONNECTED] = "ice_connected",
    [AGENT_DTLS_DONE] = "dtls_done",
    [AGENT_FIRST_PACKET_SENT] = "first_packet_sent",
    [AGENT_FIRST_PACKET_RECEIVED] = "first_packet_received",
    [AGENT_FIRST_FRAME_RECEIVED] = "first_frame_received",
    [AGENT_FIRST_FRAME_PRESENTED] = "first_frame_presented",
    [AGENT_CONNECTED] = "connected",
    [AGENT_ENDED] = "ended",
};

const char *agent_milestone_name(enum agent_milestone milestone)
{
    return milestone_names[milestone];
}

static int64_t now_ms(const struct agent *agent)
{
    return signal_client_now_ms(agent->signal);
}

static void say(struct agent *agent, const char *text)
{
    if (agent->listener->status)
        agent->listener->status(agent->user_data, text);
}

static void pass(struct agent *agent, enum agent_milestone milestone)
{
    if (!agent->milestones[milestone])
        agent->milestones[milestone] = g_get_monotonic_time();
}

/* ---- sessions: who is connected, and who gets our media ---- */

/* The one place that decides it. A call in progress gets everything; else the broadcaster's viewers do. */
static bool wants_media(const struct agent *agent, struct session *session)
{
    if (agent->released)
        return session == agent->call_session;
    return agent->party == CALL_PARTY_BROADCASTER && peer_current_state(session_peer(session)) == PEER_CONNECTED;
}

static void update_recipients(struct agent *agent)
{
    GHashTableIter iter;
    gpointer session;
    g_hash_table_iter_init(&iter, agent->sessions);
    while (g_hash_table_iter_next(&iter, NULL, &session))
        outgoing_set_recipient(agent->outgoing, session_peer(session), wants_media(agent, session));
}

static void play(struct agent *agent, struct session *session)
{
    player_attach(agent->player, session ? peer_source(session_peer(session)) : NULL);
}

static void drop_session(struct agent *agent, struct session *session)
{
    if (player_source(agent->player) == peer_source(session_peer(session)))
        player_attach(agent->player, NULL);
    outgoing_set_recipient(agent->outgoing, session_peer(session), false);
    if (agent->live == session) {
        agent->live = NULL;
        agent->live_connected_us = 0;
    }
    if (agent->call_session == session)
        agent->call_session = NULL;
    g_hash_table_remove(agent->sessions, session_id(session));
}

static void live_connected(struct agent *agent, struct session *session)
{
    if (session != agent->live || agent->live_connected_us)
        return;
    agent->live_connected_us = g_get_monotonic_time();
    g_info("%s: live room connected", agent->user);
}

static void on_session_state(void *user_data, struct session *session, enum peer_state state, const char *why)
{
    struct agent *agent = user_data;
    if (state == PEER_CONNECTED) {
        live_connected(agent, session);
        update_recipients(agent);
    }
    if (state != PEER_FAILED && state != PEER_CLOSED)
        return;
    g_info("%s: the connection to %s is gone: %s", agent->user, session_remote(session), why);
    bool lost_room = session == agent->live, lost_call = session == agent->call_session;
    drop_session(agent, session);
    if (lost_call && state == PEER_CLOSED)
        agent->lost_at_us = g_get_monotonic_time() + GOODBYE_US;
    else if (lost_call)
        call_media_lost(agent->call, now_ms(agent));
    if (lost_room)
        agent->join_at_us = g_get_monotonic_time() + RETRY_US;
}

static void on_key_frame_requested(void *user_data, struct session *session)
{
    struct agent *agent = user_data;
    if (wants_media(agent, session))
        outgoing_request_key_frame(agent->outgoing);
}

static void on_remote_bit_rate(void *user_data, struct session *session, int64_t bit_rate)
{
    struct agent *agent = user_data;
    outgoing_limit_bit_rate(agent->outgoing, session_peer(session), bit_rate);
}

static const struct session_listener session_events = {
    .state = on_session_state,
    .key_frame_requested = on_key_frame_requested,
    .remote_bit_rate = on_remote_bit_rate,
};

static struct session *add_session(struct agent *agent, const char *id, const char *remote, bool offerer)
{
    struct session_config config = {
        .reactor = agent->reactor, .signal = agent->signal, .identity = agent->identity, .id = id, .remote = remote,
        .offerer = offerer, .video_codec = agent->video_codec, .stun_server = agent->stun_server,
        .listener = &session_events, .user_data = agent,
    };
    struct session *session = session_create(&config);
    if (session)
        g_hash_table_insert(agent->sessions, (gpointer)session_id(session), session);
    return session;
}

static struct session *find_session(const struct agent *agent, const char *id)
{
    return id ? g_hash_table_lookup(agent->sessions, id) : NULL;
}

static struct session *find_session_to(const struct agent *agent, const char *address)
{
    GHashTableIter iter;
    gpointer session;
    g_hash_table_iter_init(&iter, agent->sessions);
    while (g_hash_table_iter_next(&iter, NULL, &session))
        if (!strcmp(session_remote(session), address))
            return session;
    return NULL;
}

/* ---- the live room ---- */

static void store_room(struct agent *agent, const struct signal_room *room)
{
    g_free(agent->room_state);
    g_free(agent->room_host);
    agent->room_state = g_strdup(room->state);
    agent->room_host = g_strdup(room->host);
    agent->room_viewers = room->viewers;
}

static void on_room(void *user_data, const struct signal_room *room)
{
    struct agent *agent = user_data;
    if (!g_strcmp0(room->room, agent->room))
        store_room(agent, room);
}

static void on_room_result(void *user_data, enum signal_result result, const cJSON *reply)
{
    struct agent *agent = user_data;
    if (result == SIGNAL_DELIVERED) {
        say(agent, NULL);
    } else if (result == SIGNAL_REFUSED) {
        const char *words = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(reply, "message"));
        say(agent, words ? words : "The hub refused the room");
        agent->join_at_us = g_get_monotonic_time() + RETRY_US;
    }
}

static void enter_room(struct agent *agent)
{
    agent->join_at_us = INT64_MAX;
    if (agent->party == CALL_PARTY_BROADCASTER) {
        signal_room_open(agent->signal, agent->room, on_room_result, agent);
    } else {
        if (!agent->live)               /* so that the broadcaster sees us come, and offers */
            signal_room_leave(agent->signal, agent->room, NULL, NULL);
        signal_room_join(agent->signal, agent->room, on_room_result, agent);
    }
}

static void offer_live(struct agent *agent, const char *viewer)
{
    struct session *known = find_session_to(agent, viewer);
    if (known && peer_current_state(session_peer(known)) < PEER_FAILED)
        return;                         /* only the signalling was away */
    struct session *session = add_session(agent, NULL, viewer, true);
    if (session && !session_send_offer(session))
        drop_session(agent, session);
}

static void viewer_left(struct agent *agent, const char *viewer)
{
    struct session *session = find_session_to(agent, viewer);
    if (!session)
        return;
    if (session != agent->call_session) {
        drop_session(agent, session);
        return;
    }
    agent->gone_since_us = g_get_monotonic_time();      /* perhaps only her signalling broke: the call goes on while media come */
    agent->gone_packets = peer_stats(session_peer(session)).packets_received;
}

static void on_viewer(void *user_data, const char *room, const char *viewer, bool joined)
{
    struct agent *agent = user_data;
    if (g_strcmp0(room, agent->room))
        return;
    if (joined)
        offer_live(agent, viewer);
    else
        viewer_left(agent, viewer);
}

static void accept_live_offer(struct agent *agent, const char *from, const char *id, const char *offer)
{
    if (agent->party != CALL_PARTY_AUDIENCE || !agent->room_host || !address_same_user(from, agent->room_host) ||
        find_session(agent, id)) {
        g_info("%s: an offer from %s that nobody asked for was ignored", agent->user, from);
        return;
    }
    struct session *session = add_session(agent, id, from, false);
    g_autofree char *error = NULL;
    if (!session)
        return;
    if (!session_answer(session, offer, &error)) {
        g_warning("the broadcaster's offer cannot be answered: %s", error);
        say(agent, "This room's video cannot be played here");
        drop_session(agent, session);
        return;
    }
    struct session *old = agent->live;
    agent->live = session;
    agent->live_connected_us = 0;
    if (old && old != agent->call_session)
        drop_session(agent, old);
    if (!agent->call_session) {
        play(agent, session);
        player_set_muted(agent->player, false);
    }
}

/* ---- the call: what the state machine wants ---- */

struct sent {                   /* a call message on its way */
    struct agent *agent;
    char call_id[CALL_ID_SIZE];
    uint32_t sequence;
    char *closes;               /* the session to close should this hang-up not arrive; else NULL */
};

/* A hang-up that the signalling cannot deliver is said by the connection itself: closing it is seen at once. */
static void close_instead(struct agent *agent, const char *id)
{
    struct session *session = find_session(agent, id);
    if (!session || session == agent->call_session)
        return;
    bool lost_room = session == agent->live;
    drop_session(agent, session);
    if (lost_room)
        agent->join_at_us = g_get_monotonic_time() + RETRY_US;
}

static void on_sent(void *user_data, enum signal_result result, const cJSON *reply)
{
    struct sent *sent = user_data;
    if (result == SIGNAL_REFUSED)
        g_warning("the hub refused a call message: %s",
                  cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(reply, "message")));
    if (sent->agent->call) {            /* else: it is being destroyed */
        if (sent->closes && result != SIGNAL_DELIVERED)
            close_instead(sent->agent, sent->closes);
        call_delivered(sent->agent->call, sent->call_id, sent->sequence, result == SIGNAL_DELIVERED, now_ms(sent->agent));
    }
    g_free(sent->closes);
    g_free(sent);
}

static void call_send(void *user_data, const char *to, const struct call_message *message)
{
    struct agent *agent = user_data;
    struct sent *sent = g_new0(struct sent, 1);
    sent->agent = agent;
    g_strlcpy(sent->call_id, message->call_id, sizeof sent->call_id);
    sent->sequence = message->sequence;
    if (message->action == CALL_HANG_UP)
        sent->closes = g_strdup(agent->call_session_id);
    cJSON *json = call_message_to_json(message);
    signal_send(agent->signal, to, json, on_sent, sent);
    cJSON_Delete(json);
}

/* The callee's side of "the transport is connected while it rings": answer the invite's offer, or find the room's connection. */
static bool connect_callee(struct agent *agent, const char *remote, const cJSON *media)
{
    const char *id = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(media, "session"));
    const char *offer = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(media, "sdp"));
    struct session *session = find_session(agent, id);
    if (!offer) {
        if (session && address_same_user(session_remote(session), remote))
            agent->call_session = session;
        return agent->call_session != NULL;
    }
    if (session || !id || !(session = add_session(agent, id, remote, false)))
        return false;
    g_autofree char *error = NULL;
    if (!session_answer(session, offer, &error)) {
        g_warning("the call of %s cannot be answered: %s", remote, error);
        drop_session(agent, session);
        return false;
    }
    agent->call_session = session;
    return true;
}

static void connect_media(struct agent *agent, enum call_role role, const char *remote, const cJSON *media)
{
    if (role == CALL_ROLE_CALLEE && !connect_callee(agent, remote, media)) {
        g_warning("the call of %s names no connection that can be used", remote);
        call_media_lost(agent->call, now_ms(agent));
        return;
    }
    g_free(agent->call_session_id);
    agent->call_session_id = g_strdup(agent->call_session ? session_id(agent->call_session) : NULL);
    if (!agent->live) {                 /* nothing else is on the screen: be ready before the first packet */
        player_set_muted(agent->player, true);
        play(agent, agent->call_session);
    }
}

static void set_room_state(struct agent *agent, const char *state)
{
    if (agent->party == CALL_PARTY_BROADCASTER)
        signal_room_set_state(agent->signal, agent->room, state, NULL, NULL);
}

static void release_media(struct agent *agent, enum call_role role, const cJSON *media)
{
    const cJSON *from = cJSON_GetObjectItemCaseSensitive(media, "from_us");
    if (role == CALL_ROLE_CALLER && cJSON_IsNumber(from))
        agent->call_from_us = (int64_t)from->valuedouble;
    if (!agent->call_session)
        return;                         /* its loss is queued behind this */
    agent->released = true;
    update_recipients(agent);
    outgoing_request_key_frame(agent->outgoing);
    player_set_muted(agent->player, true);
    play(agent, agent->call_session);
    set_room_state(agent, "private");
}

/* Copied from the connection while it lives; a connection that was there before the call has no first packets of the call. */
static void take_peer_milestones(struct agent *agent)
{
    if (!agent->call_session)
        return;
    struct peer_milestones at = peer_milestones(session_peer(agent->call_session));
    int64_t *to = agent->milestones;
    to[AGENT_ICE_CONNECTED] = at.ice_connected_us;
    to[AGENT_DTLS_DONE] = at.dtls_done_us;
    if (at.created_us < to[AGENT_CALL_STARTED] - GONE_SILENT_US)
        return;
    to[AGENT_FIRST_PACKET_SENT] = at.first_packet_sent_us;
    to[AGENT_FIRST_PACKET_RECEIVED] = at.first_packet_received_us;
    to[AGENT_FIRST_FRAME_RECEIVED] = at.first_frame_received_us;
}

static void log_stats(const struct agent *agent)
{
    if (!agent->call_session)
        return;
    struct peer_stats stats = peer_stats(session_peer(agent->call_session));
    g_info("%s: sent %" G_GUINT64_FORMAT " packets, received %" G_GUINT64_FORMAT " (%" G_GUINT64_FORMAT " lost), %" G_GUINT64_FORMAT
           " frames, asked for %" G_GUINT64_FORMAT " key frames", agent->user, stats.packets_sent, stats.packets_received,
           stats.packets_lost, stats.frames_received, stats.plis_sent);
}

static void stop_media(struct agent *agent)
{
    log_stats(agent);
    take_peer_milestones(agent);
    struct session *session = agent->call_session;
    bool was_released = agent->released;
    agent->call_session = NULL;
    agent->released = false;
    agent->call_from_us = 0;
    agent->lost_at_us = INT64_MAX;
    agent->gone_since_us = 0;
    if (session && agent->party == CALL_PARTY_ANYONE)
        drop_session(agent, session);
    else if (session && agent->party == CALL_PARTY_AUDIENCE && session != agent->live)
        drop_session(agent, session);
    update_recipients(agent);
    play(agent, agent->live);
    player_set_muted(agent->player, !agent->live);
    if (was_released) {
        outgoing_request_key_frame(agent->outgoing);
        set_room_state(agent, "live");
    }
}

static void call_media(void *user_data, enum call_media_command command, enum call_role role, const char *call_id,
                       const char *remote, const cJSON *media)
{
    (void)call_id;
    struct agent *agent = user_data;
    switch (command) {
    case CALL_MEDIA_CONNECT: connect_media(agent, role, remote, media); break;
    case CALL_MEDIA_RELEASE: release_media(agent, role, media); break;
    case CALL_MEDIA_PRESENT: player_set_muted(agent->player, false); break;
    case CALL_MEDIA_STOP: stop_media(agent); break;
    }
}

static void take_notice_milestones(struct agent *agent, const struct call_notice *notice)
{
    bool began = notice->state == CALL_CALLING && notice->previous != CALL_CALLING;
    bool ended = notice->previous > CALL_PREPARED && (notice->state <= CALL_PREPARED || notice->state == CALL_FAILED);
    if (began) {
        memset(agent->milestones, 0, sizeof agent->milestones);
        pass(agent, AGENT_CALL_STARTED);
    }
    if (notice->event == CALL_EVENT_DELIVERED)
        pass(agent, AGENT_DELIVERED);
    if (notice->state == CALL_CONNECTING && notice->previous == CALL_CALLING)
        pass(agent, notice->role == CALL_ROLE_CALLER ? AGENT_ACCEPT_SEEN : AGENT_ACCEPTED);
    if (notice->state == CALL_CONNECTED && notice->previous != CALL_CONNECTED) {
        pass(agent, AGENT_CONNECTED);
        take_peer_milestones(agent);
    }
    if (ended)
        pass(agent, AGENT_ENDED);
}

static void call_notify(void *user_data, const struct call_notice *notice)
{
    struct agent *agent = user_data;
    take_notice_milestones(agent, notice);
    bool rings_here = notice->state == CALL_CALLING && notice->role == CALL_ROLE_CALLEE;
    if (!rings_here)
        agent->accept_at_us = INT64_MAX;
    else if (agent->auto_accept_ms >= 0 && notice->previous != CALL_CALLING)
        agent->accept_at_us = g_get_monotonic_time() + (int64_t)agent->auto_accept_ms * 1000;
    if (agent->listener->call)
        agent->listener->call(agent->user_data, notice);
}

static const struct call_ops call_events = { .send = call_send, .media = call_media, .notify = call_notify };

/* ---- what the signalling brings ---- */

static void call_at_start(struct agent *agent)
{
    g_autofree char *to = g_steal_pointer(&agent->call_to);
    enum call_error error = agent_call(agent, to);
    if (error)
        g_warning("%s cannot be called: %s", to, call_error_text(error));
}

static void on_online(void *user_data)
{
    struct agent *agent = user_data;
    say(agent, NULL);
    if (agent->call_to)
        call_at_start(agent);
    if (!agent->room)
        return;
    enter_room(agent);
    if (agent->released)
        set_room_state(agent, "private");
}

static void on_offline(void *user_data, const char *why)
{
    struct agent *agent = user_data;
    g_autofree char *text = g_strdup_printf("No connection to the hub (%s); trying again", why);
    say(agent, text);
}

static void receive_call(struct agent *agent, const char *from, const cJSON *body)
{
    struct call_message message;
    const char *error;
    if (!call_message_from_json(body, &message, &error)) {
        g_warning("a call message from %s was ignored: %s", from, error);
        return;
    }
    if (message.action == CALL_ACCEPT && !strcmp(message.call_id, call_current_id(agent->call)) &&
        !agent->milestones[AGENT_ACCEPTED])
        agent->milestones[AGENT_ACCEPTED] =
            g_get_monotonic_time() - CLAMP(now_ms(agent) - message.sent_at_ms, 0, message.lifetime_ms) * 1000;
    call_receive(agent->call, from, &message, now_ms(agent));
}

static void receive_media(struct agent *agent, const char *from, const cJSON *body)
{
    const char *id = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(body, "session"));
    const char *kind = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(body, "kind"));
    const char *sdp = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(body, "sdp"));
    struct session *session = find_session(agent, id);
    if (!g_strcmp0(kind, "offer") && id && sdp)
        accept_live_offer(agent, from, id, sdp);
    else if (session && !g_strcmp0(kind, "bye") && address_same_user(from, session_remote(session)))
        on_session_state(agent, session, PEER_CLOSED, "the other side said goodbye");
    else if (session)
        session_receive(session, from, body);
}

static void on_message(void *user_data, const char *from, const cJSON *body)
{
    struct agent *agent = user_data;
    const char *type = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(body, "type"));
    if (!g_strcmp0(type, "call"))
        receive_call(agent, from, body);
    else if (!g_strcmp0(type, "media"))
        receive_media(agent, from, body);
    else
        g_info("%s: a message of an unknown type from %s was ignored", agent->user, from);
}

static const struct signal_listener signal_events = {
    .online = on_online, .offline = on_offline, .message = on_message, .room = on_room, .viewer = on_viewer,
};

/* ---- life ---- */

struct agent *agent_create(const struct agent_config *config)
{
    struct agent *agent = g_new0(struct agent, 1);
    *agent = (struct agent){
        .reactor = config->reactor, .identity = config->identity, .outgoing = config->outgoing, .player = config->player,
        .user = g_strdup(config->user), .room = g_strdup(config->room), .stun_server = g_strdup(config->stun_server), .call_to = g_strdup(config->call_to),
        .party = config->party, .video_codec = config->video_codec, .auto_accept_ms = config->auto_accept_ms,
        .listener = config->listener, .user_data = config->user_data,
        .room_state = g_strdup(""), .room_host = g_strdup(""),
        .join_at_us = INT64_MAX, .accept_at_us = INT64_MAX, .lost_at_us = INT64_MAX,
        .sessions = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, (GDestroyNotify)session_destroy),
    };
    struct signal_config signal = {
        .url = config->hub_url, .user = config->user, .listener = &signal_events, .user_data = agent,
    };
    struct call_config call = {
        .user = config->user, .party = config->party, .timeout_ms = config->timeout_ms, .wait_first_frame = true,
        .ops = &call_events, .user_data = agent,
    };
    agent->signal = signal_client_create(config->reactor, &signal);
    if (!agent->signal) {
        agent_destroy(agent);
        return NULL;
    }
    agent->call = call_create(&call);
    call_prepare(agent->call, now_ms(agent));
    return agent;
}

void agent_destroy(struct agent *agent)
{
    if (!agent)
        return;
    if (agent->call && call_current_state(agent->call) > CALL_PREPARED)
        agent_hang_up(agent);
    call_destroy(agent->call);
    agent->call = NULL;
    player_attach(agent->player, NULL);
    GHashTableIter iter;
    gpointer session;
    g_hash_table_iter_init(&iter, agent->sessions);
    while (g_hash_table_iter_next(&iter, NULL, &session))
        outgoing_set_recipient(agent->outgoing, session_peer(session), false);
    g_hash_table_unref(agent->sessions);
    signal_client_destroy(agent->signal);
    g_free(agent->user);
    g_free(agent->room);
    g_free(agent->stun_server);
    g_free(agent->call_to);
    g_free(agent->call_session_id);
    g_free(agent->room_state);
    g_free(agent->room_host);
    g_free(agent);
}

/* ---- the five operations ---- */

static enum call_error start_call(struct agent *agent, const char *to, struct session *session, char *offer)
{
    cJSON *media = cJSON_CreateObject();
    cJSON_AddStringToObject(media, "session", session_id(session));
    if (offer)
        cJSON_AddStringToObject(media, "sdp", offer);
    agent->call_session = session;
    enum call_error error = call_start(agent->call, to, true, media, NULL, now_ms(agent));
    cJSON_Delete(media);
    return error;
}

enum call_error agent_call(struct agent *agent, const char *to)
{
    if (call_current_state(agent->call) != CALL_PREPARED)
        return call_start(agent->call, to ? to : call_current_remote(agent->call), true, NULL, NULL, now_ms(agent));     /* done already, or refused by the table */
    if (!to) {
        if (!agent->live || !agent->live_connected_us)
            return CALL_ERROR_STATE;
        enum call_error error = start_call(agent, session_remote(agent->live), agent->live, NULL);
        if (error)
            agent->call_session = NULL;
        return error;
    }
    struct session *session = add_session(agent, NULL, to, true);
    g_autofree char *offer = session ? session_offer(session) : NULL;
    enum call_error error = offer ? start_call(agent, to, session, offer) : CALL_ERROR_STATE;
    if (error && session)
        drop_session(agent, session);
    return error;
}

enum call_error agent_cancel(struct agent *agent)
{
    return call_cancel(agent->call, now_ms(agent));
}

enum call_error agent_accept(struct agent *agent)
{
    if (call_current_state(agent->call) != CALL_CALLING || !agent->call_session)
        return call_accept(agent->call, NULL, now_ms(agent));
    cJSON *media = cJSON_CreateObject();
    cJSON_AddStringToObject(media, "session", session_id(agent->call_session));
    /* Pictures captured from now on are the call's: on a connection that showed the room before, nothing else tells them apart. */
    cJSON_AddNumberToObject(media, "from_us", (double)g_get_real_time());
    enum call_error error = call_accept(agent->call, media, now_ms(agent));
    cJSON_Delete(media);
    return error;
}

enum call_error agent_reject(struct agent *agent)
{
    return call_reject(agent->call, CALL_REASON_LOCAL_REJECTED, now_ms(agent));
}

enum call_error agent_hang_up(struct agent *agent)
{
    return call_hang_up(agent->call, CALL_REASON_LOCAL_HANGUP, now_ms(agent));
}

/* ---- the tick ---- */

static bool is_call_picture(const struct agent *agent, int64_t pts)
{
    struct source *source = player_source(agent->player);
    int64_t captured_us;
    if (!agent->call_session || source != peer_source(session_peer(agent->call_session)))
        return false;
    if (agent->call_session == agent->live && !agent->released)
        return false;                   /* still the room */
    return !agent->call_from_us || !source->ops->capture_time(source, AVMEDIA_TYPE_VIDEO, pts, &captured_us) ||
           captured_us >= agent->call_from_us;
}

void agent_presented(struct agent *agent, int64_t pts, int64_t now_us)
{
    enum call_state state = call_current_state(agent->call);
    if ((state != CALL_CALLING && state != CALL_CONNECTING) || !is_call_picture(agent, pts))
        return;
    if (!agent->milestones[AGENT_FIRST_FRAME_PRESENTED])
        agent->milestones[AGENT_FIRST_FRAME_PRESENTED] = now_us;
    call_first_frame(agent->call, now_ms(agent));
}

static void check_gone(struct agent *agent, int64_t now_us)
{
    if (!agent->gone_since_us || !agent->call_session || now_us < agent->gone_since_us + GONE_SILENT_US)
        return;
    guint64 packets = peer_stats(session_peer(agent->call_session)).packets_received;
    if (packets == agent->gone_packets) {
        on_session_state(agent, agent->call_session, PEER_FAILED, "the other side left and is silent");
        return;
    }
    agent->gone_packets = packets;
    agent->gone_since_us = now_us;
}

void agent_poll(struct agent *agent, int64_t now_us)
{
    outgoing_poll(agent->outgoing, now_us);
    player_poll(agent->player, now_us);
    if (now_us >= agent->accept_at_us) {
        agent->accept_at_us = INT64_MAX;
        agent_accept(agent);
    }
    if (now_us >= agent->join_at_us && signal_client_is_online(agent->signal))
        enter_room(agent);
    check_gone(agent, now_us);
    if (now_us >= agent->lost_at_us) {
        agent->lost_at_us = INT64_MAX;
        call_media_lost(agent->call, now_ms(agent));
    }
    if (call_deadline(agent->call) <= now_ms(agent))
        call_poll(agent->call, now_ms(agent));
}

int64_t agent_deadline(const struct agent *agent)
{
    int64_t due = MIN(outgoing_deadline(agent->outgoing), player_deadline(agent->player));
    due = MIN(due, MIN(agent->accept_at_us, agent->lost_at_us));
    if (signal_client_is_online(agent->signal))
        due = MIN(due, agent->join_at_us);
    if (agent->gone_since_us)
        due = MIN(due, agent->gone_since_us + GONE_SILENT_US);
    int64_t call_due = call_deadline(agent->call);
    if (call_due != INT64_MAX)
        due = MIN(due, g_get_monotonic_time() + MAX(call_due - now_ms(agent), 0) * 1000);
    return due;
}

/* ---- what is so ---- */

enum call_state agent_call_state(const struct agent *agent)
{
    return call_current_state(agent->call);
}

enum call_role agent_call_role(const struct agent *agent)
{
    return call_current_role(agent->call);
}

char *agent_remote_user(const struct agent *agent)
{
    return address_user(call_current_remote(agent->call));
}

int64_t agent_milestone_us(const struct agent *agent, enum agent_milestone milestone)
{
    return agent->milestones[milestone];
}

const char *agent_room_state(const struct agent *agent)
{
    return agent->room_state;
}

const char *agent_room_host(const struct agent *agent)
{
    return agent->room_host;
}

int agent_room_viewers(const struct agent *agent)
{
    return agent->room_viewers;
}

bool agent_is_online(const struct agent *agent)
{
    return signal_client_is_online(agent->signal);
}

struct player *agent_player(const struct agent *agent)
{
    return agent->player;
}

struct outgoing *agent_outgoing(const struct agent *agent)
{
    return agent->outgoing;
}

const char *agent_user(const struct agent *agent)
{
    return agent->user;
}

enum call_party agent_party(const struct agent *agent)
{
    return agent->party;
}

const char *agent_room(const struct agent *agent)
{
    return agent->room;
}

int64_t agent_live_connected_us(const struct agent *agent)
{
    return agent->live_connected_us;
}
