#include "app/agent/parts.h"

#include <string.h>

#include "engine/text/address.h"
#include "engine/text/json.h"
#include "net/protocol/hub_protocol.h"

int64_t agent_now_ms(const struct agent *agent)
{
    return signal_client_now_ms(agent->signal);
}

void agent_say(struct agent *agent, enum agent_status status, const char *why)
{
    if (agent->listener->status)
        agent->listener->status(agent->user_data, status, why);
}

/* ---- what the signalling brings ---- */

static void call_at_start(struct agent *agent)
{
    g_autofree char *to = g_steal_pointer(&agent->call_to);
    enum call_error error = agent_call_with(agent,
                                            &(struct agent_target){ .user = to, .audio_only = agent->call_audio_only });
    if (error)
        g_warning("%s cannot be called: %s", to, call_error_text(error));
}

static void on_online(void *user_data)
{
    struct agent *agent = user_data;
    agent_say(agent, AGENT_STATUS_WELL, NULL);
    agent_tell_link(agent, AGENT_LINK_SIGNALLING_BACK, "");
    call_signalling_restored(agent->call, agent_now_ms(agent));
    agent_signalling_restored(agent);
    agent_watch_directory(agent);
    if (agent->call_to)
        call_at_start(agent);
    if (!agent->room)
        return;
    agent_enter_room(agent);
    if (agent->released)
        agent_set_room_state(agent, "private");
}

static void on_offline(void *user_data, const char *why)
{
    struct agent *agent = user_data;
    agent_forget_directory(agent);
    agent->room_open = false;
    agent_say(agent, signal_client_is_refused(agent->signal) ? AGENT_STATUS_NOT_ADMITTED : AGENT_STATUS_OFFLINE, why);
    agent_tell_link(agent, AGENT_LINK_SIGNALLING_LOST, why);
    call_signalling_lost(agent->call, agent_now_ms(agent));
}

void agent_receive_call(struct agent *agent, const char *from, const cJSON *body)
{
    struct call_message message;
    const char *error;
    if (!call_message_from_json(body, &message, &error)) {
        complain(&agent->complaints, "a call message from %s was ignored: %s", from, error);
        return;
    }
    if (!hub_display_name_is_valid(message.name)) /* over MQTT nobody has looked at it */
        message.name[0] = 0;
    if (message.action == CALL_INVITE)
        agent_note_shared_offer(agent, body);
    if (message.action == CALL_ACCEPT && !strcmp(message.call_id, call_current_id(agent->call)))
        agent_time_remote_accept(agent, &message);
    call_receive(agent->call, from, &message, agent_now_ms(agent));
    if (message.action == CALL_INVITE && !strcmp(message.call_id, call_current_id(agent->call)))
        agent_accept_match(agent, from, body);
}

static void receive_media(struct agent *agent, const char *from, const cJSON *body)
{
    const char *id = json_string(body, "session");
    const char *kind = json_string(body, "kind");
    const char *sdp = json_string(body, "sdp");
    struct session *session = agent_find_session(agent, id, from);
    bool asks = !g_strcmp0(kind, "ready");
    if ((asks || !g_strcmp0(kind, "answer")) && agent_takes_answer(agent, from, asks, session, id))
        return;
    if (!g_strcmp0(kind, "offer") && id && sdp && !session)
        agent_accept_live_offer(agent, from, id, sdp, json_string(body, "room"));
    else if (session && !g_strcmp0(kind, "bye") && address_same_user(from, session_remote(session)))
        agent_session_state(agent, session, PEER_CLOSED, "the other side said goodbye");
    else if (session && !g_strcmp0(kind, "state") && address_same_user(from, session_remote(session)))
        agent_receive_media_state(agent, session, body);
    else if (session)
        session_receive(session, from, body);
}

static void on_token_expires(void *user_data, int seconds)
{
    struct agent *agent = user_data;
    if (agent->listener->token_expires)
        agent->listener->token_expires(agent->user_data, seconds);
    else
        g_warning("%s: the token ends in %d s; without a new one the hub ends the connection", agent->user, seconds);
}

static void on_message(void *user_data, const char *from, const cJSON *body)
{
    struct agent *agent = user_data;
    const char *type = json_string(body, "type");
    if (!g_strcmp0(type, "call"))
        agent_receive_call(agent, from, body);
    else if (!g_strcmp0(type, "media"))
        receive_media(agent, from, body);
    else if (!g_strcmp0(type, "manage") && agent->listener->manage)
        agent->listener->manage(agent->user_data, from, body);
    else if (!g_strcmp0(type, "timing"))
        agent_time_receive(agent, from, body);
    else
        g_info("%s: a message of an unknown type from %s was ignored", agent->user, from);
}

static const struct signal_listener signal_events = {
    .online = on_online,
    .offline = on_offline,
    .message = on_message,
    .room = agent_on_room,
    .viewer = agent_on_viewer,
    .token_expires = on_token_expires,
    .user = agent_on_user,
    .gone = agent_on_gone,
    .match = agent_on_match,
    .hang_up = agent_on_hang_up,
};

/* ---- life ---- */

struct agent *agent_create(const struct agent_config *config)
{
    struct agent *agent = g_new0(struct agent, 1);
    *agent = (struct agent){
        .reactor = config->reactor,
        .identity = config->identity,
        .outgoing = config->outgoing,
        .player = config->player,
        .user = g_strdup(config->user),
        .name = g_strdup(config->name),
        .room = g_strdup(config->room),
        .ice_servers = config->ice_servers,
        .call_to = g_strdup(config->call_to),
        .party = config->party,
        .video_codec = config->video_codec,
        .auto_accept_ms = config->auto_accept_ms,
        .listener = config->listener,
        .user_data = config->user_data,
        .directory = config->directory,
        .call_audio_only = config->call_audio_only,
        .people = g_ptr_array_new(),
        .persons = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, agent_person_free),
        .timeout_ms = config->timeout_ms,
        .room_state = g_strdup(""),
        .room_host = g_strdup(""),
        .join_at_us = INT64_MAX,
        .accept_at_us = INT64_MAX,
        .lost_at_us = INT64_MAX,
        .zap = agent_zap_create(config->warm),
        .statistics = statistics_create(),
        .statistics_at_us = g_get_monotonic_time(),
        .sessions = g_hash_table_new_full(NULL, NULL, (GDestroyNotify)session_destroy, NULL),
    };
    struct signal_config signal = {
        .url = config->hub_url,
        .user = config->user,
        .name = config->name,
        .listener = &signal_events,
        .user_data = agent,
        .token = config->token,
        .token_file = config->token_file,
        .ca_file = config->ca_file,
    };
    struct call_config call = {
        .user = config->user,
        .party = config->party,
        .timeout_ms = config->timeout_ms,
        .wait_first_frame = !config->skip_first_frame,
        .do_not_disturb = config->do_not_disturb,
        .first_frame_timeout_ms = config->first_frame_timeout_ms,
        .ops = &agent_call_events,
        .user_data = agent,
    };
    agent->signal = signal_client_create(config->reactor, &signal);
    if (!agent->signal) {
        agent_destroy(agent);
        return NULL;
    }
    agent->network = network_watch_create(reactor_context(config->reactor), agent_network_changed, agent);
    agent->call = call_create(&call);
    call_prepare(agent->call, agent_now_ms(agent));
    return agent;
}

void agent_destroy(struct agent *agent)
{
    if (!agent)
        return;
    if (agent->call)
        call_fail(agent->call, CALL_REASON_DESTROYED, agent_now_ms(agent));
    call_destroy(agent->call);
    agent->call = NULL;
    network_watch_destroy(agent->network);
    player_attach(agent->player, NULL);
    GHashTableIter iter;
    gpointer session;
    g_hash_table_iter_init(&iter, agent->sessions);
    while (g_hash_table_iter_next(&iter, NULL, &session))
        outgoing_set_recipient(agent->outgoing, session_peer(session), OUTGOING_NOTHING, NULL);
    g_hash_table_unref(agent->sessions);
    signal_client_destroy(agent->signal);
    agent_zap_free(agent->zap);
    statistics_destroy(agent->statistics);
    g_free(agent->user);
    g_free(agent->name);
    g_free(agent->remote_name);
    g_free(agent->room);
    g_free(agent->call_to);
    g_free(agent->match_id);
    g_free(agent->match_with);
    g_free(agent->call_session_id);
    g_free(agent->timed_with);
    g_free(agent->shared_offer);
    g_ptr_array_unref(agent->people);
    g_hash_table_unref(agent->persons);
    g_free(agent->room_state);
    g_free(agent->room_host);
    g_free(agent->room_host_name);
    g_free(agent);
}

/* ---- the five operations ---- */

static enum call_error start_call(struct agent *agent, const char *to, struct session *session, const char *offer,
                                  const struct agent_target *target)
{
    cJSON *media = cJSON_CreateObject();
    cJSON_AddStringToObject(media, "session", session_id(session));
    if (offer)
        cJSON_AddStringToObject(media, "sdp", offer);
    session_media_to_json(agent_own_media(agent), media);
    agent->call_session = session;
    enum call_error error = call_start(agent->call, to, !target->audio_only, media, target->extension,
                                       agent_now_ms(agent));
    cJSON_Delete(media);
    return error;
}

static enum call_error call_broadcaster(struct agent *agent, const struct agent_target *target)
{
    if (!agent->live || !agent->live_connected_us)
        return CALL_ERROR_STATE;
    enum call_error error = start_call(agent, session_remote(agent->live), agent->live, NULL, target);
    if (error)
        agent->call_session = NULL;
    return error;
}

static enum call_error call_user(struct agent *agent, const struct agent_target *target)
{
    if (!agent_is_online(agent)) /* before the first login, too */
        return CALL_ERROR_SIGNALLING_LOST;
    struct session *session = agent_add_session(agent, NULL, target->user, true);
    g_autofree char *offer = session ? session_offer(session) : NULL;
    enum call_error error = offer ? start_call(agent, target->user, session, offer, target) : CALL_ERROR_STATE;
    if (error && session)
        agent_drop_session(agent, session);
    return error;
}

enum call_error agent_call_with(struct agent *agent, const struct agent_target *target)
{
    const char *to = target->user ? target->user : call_current_remote(agent->call);
    if (call_current_state(agent->call) != CALL_PREPARED) /* done already, or refused by the table */
        return call_start(agent->call, to, !target->audio_only, NULL, target->extension, agent_now_ms(agent));
    return target->user ? call_user(agent, target) : call_broadcaster(agent, target);
}

enum call_error agent_call(struct agent *agent, const char *to)
{
    return agent_call_with(agent, &(struct agent_target){ .user = to });
}

enum call_error agent_cancel(struct agent *agent)
{
    return call_cancel(agent->call, agent_now_ms(agent));
}

enum call_error agent_accept(struct agent *agent)
{
    cJSON *media = cJSON_CreateObject();
    if (agent->call_session) /* else the policy makes it with the accept */
        cJSON_AddStringToObject(media, "session", session_id(agent->call_session));
    session_media_to_json(agent_own_media(agent), media);
    /* Pictures captured from now on are the call's: on a connection that showed the room before, nothing else tells
     * them apart. */
    cJSON_AddNumberToObject(media, "from_us", (double)g_get_real_time());
    enum call_error error = call_accept(agent->call, media, agent_now_ms(agent));
    cJSON_Delete(media);
    return error;
}

enum call_error agent_reject_because(struct agent *agent, enum call_reason reason)
{
    return call_reject(agent->call, reason, agent_now_ms(agent));
}

enum call_error agent_reject(struct agent *agent)
{
    return agent_reject_because(agent, CALL_REASON_NONE);
}

enum call_error agent_hang_up_because(struct agent *agent, enum call_reason reason)
{
    return call_hang_up(agent->call, reason, agent_now_ms(agent));
}

enum call_error agent_hang_up(struct agent *agent)
{
    return agent_hang_up_because(agent, CALL_REASON_NONE);
}

void agent_set_do_not_disturb(struct agent *agent, bool on)
{
    call_set_do_not_disturb(agent->call, on);
}

void agent_send(struct agent *agent, const char *to, const cJSON *body, signal_done done, void *user_data)
{
    signal_send(agent->signal, to, body, done, user_data);
}

void agent_renew_token(struct agent *agent, const char *token, signal_done done, void *user_data)
{
    signal_renew_token(agent->signal, token, done, user_data);
}

/* ---- the tick ---- */

static bool is_call_picture(const struct agent *agent, int64_t pts)
{
    struct source *source = player_source(agent->player);
    int64_t captured_us;
    if (!agent->call_session || source != peer_source(session_peer(agent->call_session)))
        return false;
    if (agent->call_session == agent->live && !agent->released)
        return false; /* still the room */
    return !agent->call_from_us || !source->ops->capture_time(source, AVMEDIA_TYPE_VIDEO, pts, &captured_us) ||
           captured_us >= agent->call_from_us;
}

void agent_presented(struct agent *agent, int64_t pts, int64_t now_us)
{
    enum call_state state = call_current_state(agent->call);
    agent_zap_presented(agent, pts, now_us);
    if ((state != CALL_CALLING && state != CALL_CONNECTING) || !is_call_picture(agent, pts))
        return;
    agent_time_presented(agent, pts, now_us);
    call_first_frame(agent->call, agent_now_ms(agent));
}

static void check_gone(struct agent *agent, int64_t now_us)
{
    if (!agent->gone_since_us || !agent->call_session || now_us < agent->gone_since_us + GONE_SILENT_US)
        return;
    guint64 packets = peer_stats(session_peer(agent->call_session)).packets_received;
    if (packets == agent->gone_packets) {
        agent_session_state(agent, agent->call_session, PEER_FAILED, "the other side left and is silent");
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
        agent_enter_room(agent);
    agent_room_poll(agent);
    agent_zap_poll(agent, now_us);
    check_gone(agent, now_us);
    agent_hear_first(agent);
    agent_time_poll(agent, now_us);
    agent_link_poll(agent, now_us);
    agent_statistics_poll(agent, now_us);
    if (now_us >= agent->lost_at_us) {
        agent->lost_at_us = INT64_MAX;
        call_media_lost(agent->call, agent_now_ms(agent));
    }
    if (call_deadline(agent->call) <= agent_now_ms(agent))
        call_poll(agent->call, agent_now_ms(agent));
}

int64_t agent_deadline(const struct agent *agent)
{
    int64_t due = MIN(outgoing_deadline(agent->outgoing), player_deadline(agent->player));
    due = MIN(due, MIN(agent->accept_at_us, agent->lost_at_us));
    due = MIN(due, MIN(agent_link_deadline(agent), agent_zap_deadline(agent)));
    due = MIN(due, agent->statistics_at_us);
    if (signal_client_is_online(agent->signal))
        due = MIN(due, agent->join_at_us);
    if (agent->gone_since_us)
        due = MIN(due, agent->gone_since_us + GONE_SILENT_US);
    int64_t call_due = call_deadline(agent->call);
    if (call_due != INT64_MAX)
        due = MIN(due, g_get_monotonic_time() + MAX(call_due - agent_now_ms(agent), 0) * 1000);
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

bool agent_call_is_audio_only(const struct agent *agent)
{
    enum call_state state = call_current_state(agent->call);
    return state >= CALL_CALLING && state <= CALL_CONNECTED && !call_current_video(agent->call);
}

int64_t agent_ring_left_ms(const struct agent *agent)
{
    int64_t deadline_ms = call_deadline(agent->call);
    int64_t left_ms = deadline_ms - agent_now_ms(agent); /* once: MAX takes it twice, and time goes on between */
    return deadline_ms == INT64_MAX ? -1 : MAX(left_ms, 0);
}

int64_t agent_ring_ms(const struct agent *agent)
{
    return agent->timeout_ms;
}

const char *agent_call_id(const struct agent *agent)
{
    return call_current_id(agent->call);
}

char *agent_remote_user(const struct agent *agent)
{
    return address_user(call_current_remote(agent->call));
}

const char *agent_remote_name(const struct agent *agent)
{
    struct agent *mutable = (struct agent *)agent; /* only what it lends */
    char *user = agent_remote_user(agent);
    const char *said = call_current_name(agent->call), *known = *said ? said : agent_known_name(agent, user);
    g_free(mutable->remote_name);
    mutable->remote_name = known ? g_strdup(known) : g_steal_pointer(&user);
    g_free(user);
    return agent->remote_name;
}

const struct call_timing *agent_timing(const struct agent *agent)
{
    return &agent->timing;
}

const struct call_timing *agent_remote_timing(const struct agent *agent)
{
    return agent->remote_timing.call_id[0] ? &agent->remote_timing : NULL;
}

const char *agent_room_state(const struct agent *agent)
{
    return agent->room_state;
}

const char *agent_room_host(const struct agent *agent)
{
    return agent->room_host;
}

const char *agent_room_host_name(const struct agent *agent)
{
    return agent->room_host_name ? agent->room_host_name : agent->room_host;
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

const char *agent_name(const struct agent *agent)
{
    const char *seen = signal_client_name(agent->signal), *name = seen ? seen : agent->name;
    return name ? name : agent->user;
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
