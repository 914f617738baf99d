/* From room to room: which ones are kept beside the watched one, and going there. */
#include "app/agent/rooms_parts.h"

#include <string.h>

enum {
    LIST_US = 10000000,   /* between looks at the list of rooms while some are kept beside */
    FRESH_US = 5000000,   /* without: a list older than this is asked for again at a press */
    TARGET_US = 10000000, /* a room that is not there by then is given up */
};

static void forget_target(struct rooms *rooms)
{
    rooms->zap.target = NULL;
    rooms->zap.give_up_at_us = INT64_MAX;
}

/* ---- beside ---- */

/* The `i`th one to keep warm: right, left, second to the right ... NULL: there is no other room. */
static const char *near_room(const struct rooms *rooms, int i)
{
    const char *watched = rooms->watched->name;
    const char *room = room_ring_beside(rooms->zap.ring, watched, i % 2 ? -(i / 2 + 1) : i / 2 + 1);
    return room && strcmp(room, watched) ? room : NULL;
}

static bool is_near(const struct rooms *rooms, const char *name)
{
    for (int i = 0; i < rooms->warm; i++)
        if (!g_strcmp0(near_room(rooms, i), name))
            return true;
    return false;
}

static bool is_wanted(const struct rooms *rooms, const struct live_room *room)
{
    return room == rooms->watched || room == rooms->zap.target || room == rooms->zap.left || is_near(rooms, room->name);
}

void rooms_choose_beside(struct rooms *rooms)
{
    for (guint i = rooms->all->len; i-- > 0;)
        if (!is_wanted(rooms, rooms->all->pdata[i]))
            rooms_leave(rooms, rooms->all->pdata[i]);
    for (int i = 0; i < rooms->warm; i++) {
        const char *name = near_room(rooms, i);
        if (name && !rooms_find(rooms, name))
            rooms_enter(rooms, rooms_add(rooms, name));
    }
}

/* ---- going ---- */

static bool may_go(const struct rooms *rooms)
{
    return rooms->party == CALL_PARTY_AUDIENCE && rooms->ops->may_go(rooms->user_data);
}

static void watch(struct rooms *rooms, struct live_room *room)
{
    struct live_room *left = rooms->watched;
    rooms->watched = room;
    forget_target(rooms);
    rooms->zap.times.gone_us = g_get_monotonic_time();
    if (room->session)
        peer_set_paused(session_peer(room->session), false);
    rooms->zap.left = left->feed ? left : NULL;
    rooms->ops->play(rooms->user_data); /* asks for the key frame */
    if (left->session)
        peer_set_paused(session_peer(left->session), true);
    g_info("now in room %s", room->name);
    rooms_choose_beside(rooms);
    rooms->ops->status(rooms->user_data, AGENT_STATUS_WELL, NULL);
    rooms_tell_watched(rooms);
}

static void go_to(struct rooms *rooms, const char *name)
{
    struct zap *zap = &rooms->zap;
    struct live_room *known = rooms_find(rooms, name);
    zap->target = known ? known : rooms_add(rooms, name);
    zap->give_up_at_us = g_get_monotonic_time() + TARGET_US;
    zap->times.warm = zap->target->connected_us;
    if (zap->times.warm) {
        watch(rooms, zap->target);
        return;
    }
    if (!zap->target->session && !zap->target->feed)
        rooms_enter(rooms, zap->target);
    rooms_choose_beside(rooms);
}

static void step(struct rooms *rooms)
{
    struct zap *zap = &rooms->zap;
    const char *from = zap->target ? zap->target->name : rooms->watched->name;
    g_autofree char *to = g_strdup(room_ring_beside(zap->ring, from, zap->steps));
    zap->steps = 0;
    if (!to || !strcmp(to, from))
        return;
    if (strcmp(to, rooms->watched->name)) {
        go_to(rooms, to);
    } else { /* back again before it was left */
        forget_target(rooms);
        rooms_choose_beside(rooms);
    }
}

static void go_beyond(struct rooms *rooms, const char *name)
{
    int direction = rooms->zap.backwards ? -1 : 1;
    g_autofree char *to = may_go(rooms) ? g_strdup(room_ring_beside(rooms->zap.ring, name, direction)) : NULL;
    if (to && strcmp(to, rooms->watched->name))
        go_to(rooms, to);
}

/* Who was on the way to it goes on to the one behind it. */
void rooms_give_up(struct rooms *rooms, struct live_room *room, const char *why)
{
    g_autofree char *name = g_strdup(room->name);
    bool target = room == rooms->zap.target;
    if (!rooms->urls) /* a stream may be there another time */
        room_ring_remove(rooms->zap.ring, name);
    rooms->zap.listed_us = g_get_monotonic_time() - LIST_US + RETRY_US; /* there may be others */
    if (target)
        forget_target(rooms);
    rooms_leave(rooms, room);
    if (!target)
        return;
    g_message("room “%s” cannot be watched: %s", name, why);
    go_beyond(rooms, name);
}

void rooms_beside_connected(struct rooms *rooms, struct live_room *room)
{
    struct peer *peer = room->session ? session_peer(room->session) : NULL;
    if (room == rooms->zap.target && may_go(rooms))
        watch(rooms, room);
    else if (!peer)
        return; /* a stream is read on, and not decoded */
    else if (peer_can_pause(peer))
        peer_set_paused(peer, true);
    else
        rooms->ops->drop(rooms->user_data, room->session); /* it would send all the time: made again when gone to */
}

/* ---- the list ---- */

static void on_list(void *user_data, enum signal_result result, const cJSON *reply)
{
    struct rooms *rooms = user_data;
    struct zap *zap = &rooms->zap;
    zap->listing = false;
    zap->listed_us = g_get_monotonic_time(); /* a failure is no reason to ask more often */
    if (result != SIGNAL_DELIVERED) {
        zap->steps = 0;
        return;
    }
    room_ring_set(zap->ring, reply);
    if (!may_go(rooms))
        zap->steps = 0;
    else if (zap->steps)
        step(rooms);
    rooms_choose_beside(rooms);
}

static void ask_for_list(struct rooms *rooms)
{
    if (rooms->zap.listing)
        return;
    rooms->zap.listing = true;
    signal_room_list(rooms->signal, on_list, rooms);
}

static int64_t list_due(const struct rooms *rooms)
{
    bool wanted = !rooms->urls && rooms->warm && rooms_is_live(rooms) && !rooms->zap.listing &&
                  signal_client_is_online(rooms->signal);
    if (!wanted)
        return INT64_MAX;
    return rooms->zap.listed_us ? rooms->zap.listed_us + LIST_US : 0;
}

/* ---- the press, and what comes of it ---- */

static bool can_go(const struct rooms *rooms)
{
    return may_go(rooms) && (rooms->urls || signal_client_is_online(rooms->signal));
}

bool rooms_go_beside(struct rooms *rooms, int steps)
{
    struct zap *zap = &rooms->zap;
    int64_t now_us = g_get_monotonic_time();
    if (!can_go(rooms))
        return false;
    zap->times = (struct agent_zap_times){ .pressed_us = now_us };
    zap->backwards = steps < 0;
    zap->steps = CLAMP(zap->steps + steps, -AGENT_MAX_STEPS, AGENT_MAX_STEPS);
    if (rooms->urls || (zap->listed_us && (rooms->warm || now_us < zap->listed_us + FRESH_US)))
        step(rooms);
    else
        ask_for_list(rooms);
    return true;
}

bool rooms_go(struct rooms *rooms, const char *name)
{
    if (!can_go(rooms))
        return false;
    rooms->zap.times = (struct agent_zap_times){ .pressed_us = g_get_monotonic_time() };
    rooms->zap.steps = 0;
    if (strcmp(name, rooms->watched->name))
        go_to(rooms, name);
    return true;
}

void rooms_presented(struct rooms *rooms, int64_t now_us)
{
    struct agent_zap_times *times = &rooms->zap.times;
    if (times->gone_us && !times->first_picture_us)
        times->first_picture_us = now_us;
    if (rooms->watched && rooms->watched->direct)
        rooms_close_feed(rooms->watched); /* its connection's picture stands where the stream's was */
    if (times->first_picture_us && rooms->zap.left) {
        rooms->zap.left = NULL;
        rooms_choose_beside(rooms);
    }
}

const char *rooms_gone_to(const struct rooms *rooms)
{
    return rooms->zap.target ? rooms->zap.target->name : NULL;
}

bool rooms_has_others(const struct rooms *rooms)
{
    const char *watched = rooms->watched ? rooms->watched->name : "";
    const char *next = room_ring_beside(rooms->zap.ring, watched, 1);
    return (!rooms->urls && !rooms->zap.listed_us) || (next && strcmp(next, watched));
}

int rooms_warm(const struct rooms *rooms)
{
    int n = 0;
    for (guint i = 0; i < rooms->all->len; i++) {
        const struct live_room *room = rooms->all->pdata[i];
        n += room != rooms->watched && room->connected_us;
    }
    return n;
}

struct agent_zap_times rooms_zap_times(const struct rooms *rooms)
{
    return rooms->zap.times;
}

void rooms_zap_poll(struct rooms *rooms, int64_t now_us)
{
    if (now_us >= list_due(rooms))
        ask_for_list(rooms);
    if (now_us >= rooms->zap.give_up_at_us)
        rooms_give_up(rooms, rooms->zap.target, "it does not answer");
}

int64_t rooms_zap_deadline(const struct rooms *rooms)
{
    return MIN(rooms->zap.give_up_at_us, list_due(rooms));
}
