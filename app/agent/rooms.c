#include "app/agent/rooms_parts.h"

#include <string.h>

#include "engine/text/address.h"
#include "engine/text/json.h"

static void room_free(gpointer data)
{
    struct live_room *room = data;
    g_free(room->name);
    g_free(room->state);
    g_free(room->host);
    g_free(room->host_name);
    room_streams_clear(&room->streams);
    g_free(room);
}

struct live_room *rooms_add(struct rooms *rooms, const char *name)
{
    struct live_room *room = g_new0(struct live_room, 1);
    *room = (struct live_room){
        .name = g_strdup(name),
        .state = g_strdup(""),
        .host = g_strdup(""),
        .enter_at_us = INT64_MAX,
        .pull_at_us = INT64_MAX,
        .rooms = rooms,
    };
    rooms_make_local(room);
    g_ptr_array_add(rooms->all, room);
    return room;
}

struct rooms *rooms_create(const struct rooms_config *config)
{
    struct rooms *rooms = g_new0(struct rooms, 1);
    *rooms = (struct rooms){
        .signal = config->signal,
        .sessions = config->sessions,
        .feed = { .reactor = config->reactor, .identity = config->identity, .ice_servers = config->ice_servers },
        .party = config->party,
        .ops = config->ops,
        .user_data = config->user_data,
        .all = g_ptr_array_new_with_free_func(room_free),
        .warm = CLAMP(config->warm, 0, AGENT_MAX_WARM),
        .zap = { .ring = room_ring_create(), .give_up_at_us = INT64_MAX },
    };
    rooms->feed.ca_file = rooms->ca_file = g_strdup(config->ca_file);
    if (config->carried)
        rooms->carried = room_streams_copy(config->carried);
    if (config->streams)
        rooms_open_streams(rooms, config->streams);
    else if (config->watched) {
        rooms->watched = rooms_add(rooms, config->watched);
        rooms->watched->joined = true; /* perhaps: the hub may know this device from before it was started again */
    }
    return rooms;
}

void rooms_destroy(struct rooms *rooms)
{
    if (!rooms)
        return;
    for (guint i = 0; i < rooms->all->len; i++)
        rooms_close_feed(rooms->all->pdata[i]);
    g_ptr_array_unref(rooms->all);
    g_strfreev(rooms->urls);
    g_strfreev(rooms->names);
    room_streams_clear(&rooms->carried);
    g_free(rooms->call);
    g_free(rooms->ca_file);
    g_free(rooms->token);
    room_ring_destroy(rooms->zap.ring);
    g_free(rooms);
}

struct live_room *rooms_find(const struct rooms *rooms, const char *name)
{
    for (guint i = 0; i < rooms->all->len; i++) {
        struct live_room *room = rooms->all->pdata[i];
        if (!g_strcmp0(room->name, name))
            return room;
    }
    return NULL;
}

static struct live_room *room_of(const struct rooms *rooms, const struct session *session)
{
    for (guint i = 0; i < rooms->all->len; i++) {
        struct live_room *room = rooms->all->pdata[i];
        if (room->session == session)
            return room;
    }
    return NULL;
}

const struct live_room *rooms_watched(const struct rooms *rooms)
{
    return rooms->watched;
}

struct session *rooms_live(const struct rooms *rooms)
{
    const struct live_room *room = rooms->watched;
    return room && (room->direct || !room->feed) ? room->session : NULL;
}

bool rooms_is_live(const struct rooms *rooms)
{
    return rooms->watched && rooms->watched->connected_us;
}

bool rooms_are_local(const struct rooms *rooms)
{
    return rooms->urls;
}

struct source *rooms_source(const struct rooms *rooms)
{
    struct session *live = rooms_live(rooms);
    if (live)
        return peer_source(session_peer(live));
    return rooms->watched && rooms->watched->feed ? feed_source(rooms->watched->feed) : NULL;
}

const struct room_streams *rooms_carried(const struct rooms *rooms)
{
    return &rooms->carried;
}

void rooms_network_changed(struct rooms *rooms, bool slept)
{
    for (guint i = 0; i < rooms->all->len; i++) {
        struct live_room *room = rooms->all->pdata[i];
        if (room->feed)
            feed_network_changed(room->feed, slept);
    }
}

/* ---- what is told of them ---- */

static void store(struct live_room *room, const struct signal_room *news)
{
    g_free(room->state);
    g_free(room->host);
    g_free(room->host_name);
    room->state = g_strdup(news->state);
    room->host = g_strdup(news->host);
    room->host_name = g_strdup(news->host_name);
    room->viewers = news->viewers;
}

void rooms_tell_watched(struct rooms *rooms)
{
    const struct live_room *room = rooms->watched;
    struct signal_room news = {
        .room = room->name,
        .host = room->host,
        .host_name = room->host_name,
        .state = room->state,
        .camera_off = room->session && session_remote_media(room->session).camera_off,
        .viewers = room->viewers,
    };
    rooms->ops->news(rooms->user_data, &news);
}

void rooms_note(struct rooms *rooms, const struct signal_room *news)
{
    struct live_room *room = rooms_find(rooms, news->room);
    if (!room)
        return;
    if (room == rooms->watched && *room->state && g_strcmp0(room->state, news->state))
        g_message("the room %s is %s", room->name, news->state);
    store(room, news);
    if (rooms->party == CALL_PARTY_AUDIENCE)
        rooms_take_streams(room, news);
    if (room == rooms->watched)
        rooms->ops->news(rooms->user_data, news);
    else if (!strcmp(news->state, "away") || !strcmp(news->state, "closed"))
        rooms_give_up(rooms, room, "its broadcaster is away");
}

/* ---- entering ---- */

/* One that nobody has opened yet: it is away, and asked for again. */
static void on_missing(struct rooms *rooms, struct live_room *room)
{
    struct signal_room away = { .room = room->name, .host = "", .state = "away" };
    rooms->ops->status(rooms->user_data, AGENT_STATUS_WELL, NULL);
    if (!strcmp(room->state, away.state))
        return;
    g_message("nobody broadcasts in the room %s yet", room->name);
    rooms_note(rooms, &away);
}

static void on_watched_refused(struct rooms *rooms, const cJSON *reply)
{
    if (!g_strcmp0(json_string(reply, "error"), "not-found"))
        on_missing(rooms, rooms->watched);
    else
        rooms->ops->status(rooms->user_data, AGENT_STATUS_ROOM_REFUSED, json_string(reply, "message"));
    rooms->watched->enter_at_us = g_get_monotonic_time() + RETRY_US;
}

static void on_watched_entered(struct rooms *rooms, enum signal_result result, const cJSON *reply)
{
    if (result == SIGNAL_DELIVERED) {
        rooms->own = rooms->party == CALL_PARTY_BROADCASTER ? OWN_ROOM_OPEN : OWN_ROOM_CLOSED;
        rooms->ops->status(rooms->user_data, AGENT_STATUS_WELL, NULL);
    } else if (result == SIGNAL_REFUSED) {
        on_watched_refused(rooms, reply);
    }
}

struct entering {
    struct rooms *rooms;
    char *room;
};

static void on_entered(void *user_data, enum signal_result result, const cJSON *reply)
{
    struct entering *entering = user_data;
    struct rooms *rooms = entering->rooms;
    struct live_room *room = result == SIGNAL_LOST ? NULL : rooms_find(rooms, entering->room);
    const char *words = json_string(reply, "message");
    if (room && room == rooms->watched)
        on_watched_entered(rooms, result, reply);
    else if (room && result != SIGNAL_DELIVERED)
        rooms_give_up(rooms, room, words ? words : "the hub refused it");
    g_free(entering->room);
    g_free(entering);
}

void rooms_enter(struct rooms *rooms, struct live_room *room)
{
    if (rooms->urls) {
        rooms_pull_now(room);
        rooms_pull(room, g_get_monotonic_time());
        return;
    }
    struct entering *entering = g_new(struct entering, 1);
    bool anew = room->joined && !room->session && !room->feed;
    *entering = (struct entering){ rooms, g_strdup(room->name) };
    room->enter_at_us = INT64_MAX;
    room->joined = true;
    if (rooms->party == CALL_PARTY_BROADCASTER) {
        signal_room_open(rooms->signal, room->name, &rooms->carried, on_entered, entering);
        return;
    }
    if (anew) /* so that the broadcaster sees us come, and offers */
        signal_room_leave(rooms->signal, room->name, NULL, NULL);
    signal_room_join(rooms->signal, room->name, on_entered, entering);
}

void rooms_leave(struct rooms *rooms, struct live_room *room)
{
    if (room->session)
        rooms->ops->drop(rooms->user_data, room->session);
    rooms_close_feed(room);
    if (!rooms->urls)
        signal_room_leave(rooms->signal, room->name, NULL, NULL);
    g_ptr_array_remove(rooms->all, room);
}

void rooms_online(struct rooms *rooms)
{
    if (rooms->watched && !rooms->urls)
        rooms_enter(rooms, rooms->watched);
}

void rooms_offline(struct rooms *rooms)
{
    rooms->own = OWN_ROOM_CLOSED;
}

/* ---- their connections ---- */

static bool is_for(const struct live_room *room, const char *from, const char *name)
{
    return address_same_user(from, room->host) && !strcmp(name, room->name);
}

static struct live_room *offered(const struct rooms *rooms, const char *from, const char *name)
{
    if (is_for(rooms->watched, from, name))
        return rooms->watched;
    for (guint i = 0; i < rooms->all->len; i++)
        if (is_for(rooms->all->pdata[i], from, name))
            return rooms->all->pdata[i];
    return NULL;
}

static void connect_room(struct rooms *rooms, struct live_room *room, struct session *session)
{
    struct session *old = room->session;
    room->session = session;
    room->direct = false;
    room->connected_us = room->feed && feed_is_there(room->feed) ? room->connected_us : 0;
    if (old)
        rooms->ops->drop(rooms->user_data, old);
    if (room == rooms->watched)
        rooms->ops->play(rooms->user_data);
}

bool rooms_take_offer(struct rooms *rooms, const char *from, const char *id, const char *offer, const char *name)
{
    bool wanted = name && rooms->party == CALL_PARTY_AUDIENCE && !sessions_find(rooms->sessions, id, NULL);
    struct live_room *room = wanted ? offered(rooms, from, name) : NULL;
    if (!room) {
        g_info("an offer from %s that nobody asked for was ignored", from);
        return false;
    }
    struct session *session = sessions_answer(rooms->sessions, id, from, offer);
    if (session)
        connect_room(rooms, room, session);
    else if (room == rooms->watched)
        rooms->ops->status(rooms->user_data, AGENT_STATUS_ROOM_UNPLAYABLE, NULL);
    return true;
}

void rooms_connected(struct rooms *rooms, struct session *session)
{
    struct live_room *room = room_of(rooms, session);
    if (!room)
        return;
    bool first = !room->direct;
    room->direct = true;
    room->pull_at_us = INT64_MAX;
    if (first)
        room->connected_us = g_get_monotonic_time();
    if (room != rooms->watched) {
        rooms_close_feed(room);
        rooms_beside_connected(rooms, room);
    } else if (first) {
        g_info("live room connected: %s", room->name);
        rooms->ops->play(rooms->user_data); /* a stream goes on until its first picture */
    }
}

void rooms_lost(struct rooms *rooms, const struct session *session)
{
    struct live_room *room = room_of(rooms, session);
    if (room && !room->streams.urls)
        room->enter_at_us = g_get_monotonic_time() + RETRY_US;
}

void rooms_forget(struct rooms *rooms, const struct session *session)
{
    struct live_room *room = room_of(rooms, session);
    if (!room)
        return;
    room->session = NULL;
    room->direct = false;
    room->connected_us = room->feed && feed_is_there(room->feed) ? g_get_monotonic_time() : 0;
    rooms_pull_now(room);
}

/* ---- a broadcaster's own ---- */

void rooms_set_state(struct rooms *rooms, const char *state)
{
    if (rooms->party == CALL_PARTY_BROADCASTER)
        signal_room_set_state(rooms->signal, rooms->watched->name, state, NULL, NULL);
}

/* Who looks for a room is told where no picture is to be had, before it is entered. */
void rooms_set_camera(struct rooms *rooms, bool on)
{
    enum own_room news = on ? OWN_ROOM_CAMERA_ON : OWN_ROOM_CAMERA_OFF;
    if (rooms->own == OWN_ROOM_CLOSED || rooms->own == news)
        return;
    rooms->own = news;
    signal_room_set_camera(rooms->signal, rooms->watched->name, on, NULL, NULL);
}

/* Its own end knows first that the room is no longer in a private call: the hub's word is still on its way. */
void rooms_leave_private(struct rooms *rooms)
{
    rooms_set_state(rooms, "live");
    if (rooms->party != CALL_PARTY_AUDIENCE || strcmp(rooms->watched->state, "private"))
        return;
    g_free(rooms->watched->state);
    rooms->watched->state = g_strdup("live");
}

/* ---- the tick ---- */

void rooms_poll(struct rooms *rooms, int64_t now_us)
{
    rooms_zap_poll(rooms, now_us);
    for (guint i = 0; i < rooms->all->len; i++) {
        struct live_room *room = rooms->all->pdata[i];
        if (now_us >= room->enter_at_us && signal_client_is_online(rooms->signal))
            rooms_enter(rooms, room);
        rooms_pull(room, now_us);
    }
}

int64_t rooms_deadline(const struct rooms *rooms)
{
    int64_t due = rooms_zap_deadline(rooms);
    bool online = signal_client_is_online(rooms->signal);
    for (guint i = 0; i < rooms->all->len; i++) {
        const struct live_room *room = rooms->all->pdata[i];
        due = MIN(due, MIN(online ? room->enter_at_us : INT64_MAX, room->pull_at_us));
    }
    return due;
}
