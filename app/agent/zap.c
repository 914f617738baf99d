/* From room to room. The rooms beside the one that is watched are joined like that; connected, they are paused at the
 * sender (RFC 7728), so that going there costs one key frame. A room that is gone to and not connected yet is a
 * neighbour until it is: the old room plays on, and no press ever leaves the screen without a picture. */
#include "app/agent/parts.h"

#include <string.h>

#include "app/agent/room_ring.h"
#include "engine/text/address.h"
#include "engine/text/json.h"

enum {
    LIST_US = 10000000,   /* between looks at the list of rooms while neighbours are kept warm */
    FRESH_US = 5000000,   /* without: a list older than this is asked for again at a press */
    TARGET_US = 10000000, /* a room that is not there by then is given up */
};

struct neighbour {
    char *room, *state, *host, *host_name; /* the last: or NULL */
    int viewers;
    struct session *session; /* in agent->sessions; NULL: none (yet) */
    int64_t connected_us;    /* 0: not */
    int64_t enter_at_us;     /* joined again then; INT64_MAX: not needed */
    bool joined;
};

struct agent_zap {
    int warm;
    GPtrArray *neighbours;        /* struct neighbour, owned */
    struct room_ring *ring;       /* what is live, to step around in */
    int64_t listed_us;            /* when that was told; 0: never */
    bool listing;                 /* asked for, not yet told */
    int steps;                    /* pressed, and waiting for the list */
    bool backwards;               /* the last press */
    char *target;                 /* gone to, not yet there, a neighbour; NULL: none */
    int64_t give_up_at_us;        /* the target; INT64_MAX: none */
    struct agent_zap_times times; /* of the last press */
};

static void neighbour_free(gpointer data)
{
    struct neighbour *neighbour = data;
    g_free(neighbour->room);
    g_free(neighbour->state);
    g_free(neighbour->host);
    g_free(neighbour->host_name);
    g_free(neighbour);
}

struct agent_zap *agent_zap_create(int warm)
{
    struct agent_zap *zap = g_new0(struct agent_zap, 1);
    zap->warm = CLAMP(warm, 0, AGENT_MAX_WARM);
    zap->neighbours = g_ptr_array_new_with_free_func(neighbour_free);
    zap->ring = room_ring_create();
    zap->give_up_at_us = INT64_MAX;
    return zap;
}

void agent_zap_free(struct agent_zap *zap)
{
    if (!zap)
        return;
    g_ptr_array_unref(zap->neighbours);
    room_ring_destroy(zap->ring);
    g_free(zap->target);
    g_free(zap);
}

/* ---- neighbours ---- */

static struct neighbour *find_neighbour(const struct agent *agent, const char *room)
{
    GPtrArray *neighbours = agent->zap->neighbours;
    for (guint i = 0; room && i < neighbours->len; i++) {
        struct neighbour *neighbour = neighbours->pdata[i];
        if (!strcmp(neighbour->room, room))
            return neighbour;
    }
    return NULL;
}

static struct neighbour *neighbour_of(const struct agent *agent, const struct session *session)
{
    GPtrArray *neighbours = agent->zap->neighbours;
    for (guint i = 0; i < neighbours->len; i++) {
        struct neighbour *neighbour = neighbours->pdata[i];
        if (neighbour->session == session)
            return neighbour;
    }
    return NULL;
}

static bool is_target(const struct agent *agent, const struct neighbour *neighbour)
{
    return !g_strcmp0(neighbour->room, agent->zap->target);
}

static void forget_target(struct agent *agent)
{
    g_clear_pointer(&agent->zap->target, g_free);
    agent->zap->give_up_at_us = INT64_MAX;
}

static void leave(struct agent *agent, struct neighbour *neighbour)
{
    if (is_target(agent, neighbour))
        forget_target(agent);
    if (neighbour->session)
        agent_drop_session(agent, neighbour->session);
    signal_room_leave(agent->signal, neighbour->room, NULL, NULL);
    g_ptr_array_remove(agent->zap->neighbours, neighbour);
}

static void forget_room(struct agent *agent, const char *room)
{
    room_ring_remove(agent->zap->ring, room);
    agent->zap->listed_us = g_get_monotonic_time() - LIST_US + RETRY_US; /* there may be others */
}

static void go_beyond(struct agent *agent, const char *room);

/* Who was on the way to it goes on to the one behind it. */
static void give_up(struct agent *agent, struct neighbour *neighbour, const char *why)
{
    g_autofree char *room = g_strdup(neighbour->room);
    bool target = is_target(agent, neighbour);
    forget_room(agent, room);
    leave(agent, neighbour);
    if (!target)
        return;
    g_message("room “%s” cannot be watched: %s", room, why);
    go_beyond(agent, room);
}

struct joining {
    struct agent *agent;
    char *room;
};

static void on_joined(void *user_data, enum signal_result result, const cJSON *reply)
{
    struct joining *joining = user_data;
    struct neighbour *neighbour = result == SIGNAL_LOST ? NULL : find_neighbour(joining->agent, joining->room);
    const char *words = json_string(reply, "message");
    if (neighbour && result != SIGNAL_DELIVERED)
        give_up(joining->agent, neighbour, words ? words : "the hub refused it");
    g_free(joining->room);
    g_free(joining);
}

/* So that the broadcaster sees us come, and offers. */
static void enter(struct agent *agent, struct neighbour *neighbour)
{
    struct joining *joining = g_new(struct joining, 1);
    *joining = (struct joining){ agent, g_strdup(neighbour->room) };
    neighbour->enter_at_us = INT64_MAX;
    if (neighbour->joined)
        signal_room_leave(agent->signal, neighbour->room, NULL, NULL);
    neighbour->joined = true;
    signal_room_join(agent->signal, neighbour->room, on_joined, joining);
}

static struct neighbour *add_neighbour(struct agent *agent, const char *room)
{
    struct neighbour *neighbour = g_new0(struct neighbour, 1);
    *neighbour = (struct neighbour){ .room = g_strdup(room), .state = g_strdup(""), .host = g_strdup("") };
    g_ptr_array_add(agent->zap->neighbours, neighbour);
    enter(agent, neighbour);
    return neighbour;
}

/* The `i`th one to keep warm: right, left, second to the right ... NULL: there is no other room. */
static const char *near_room(const struct agent *agent, int i)
{
    const char *room = room_ring_beside(agent->zap->ring, agent->room, i % 2 ? -(i / 2 + 1) : i / 2 + 1);
    return room && strcmp(room, agent->room) ? room : NULL;
}

static bool is_near(const struct agent *agent, const char *room)
{
    for (int i = 0; i < agent->zap->warm; i++)
        if (!g_strcmp0(near_room(agent, i), room))
            return true;
    return false;
}

static void choose_neighbours(struct agent *agent)
{
    struct agent_zap *zap = agent->zap;
    for (guint i = zap->neighbours->len; i-- > 0;) {
        struct neighbour *neighbour = zap->neighbours->pdata[i];
        if (!is_target(agent, neighbour) && !is_near(agent, neighbour->room))
            leave(agent, neighbour);
    }
    for (int i = 0; i < zap->warm; i++) {
        const char *room = near_room(agent, i);
        if (room && !find_neighbour(agent, room))
            add_neighbour(agent, room);
    }
}

/* ---- going ---- */

/* The room that was watched takes the neighbour's place. */
static void exchange(struct agent *agent, struct neighbour *neighbour)
{
    struct neighbour left = {
        .room = agent->room,
        .state = agent->room_state,
        .host = agent->room_host,
        .host_name = agent->room_host_name,
        .viewers = agent->room_viewers,
        .session = agent->live,
        .connected_us = agent->live_connected_us,
        .joined = true,
        .enter_at_us = agent->live ? INT64_MAX : agent->join_at_us,
    };
    agent->room = neighbour->room;
    agent->room_state = neighbour->state;
    agent->room_host = neighbour->host;
    agent->room_host_name = neighbour->host_name;
    agent->room_viewers = neighbour->viewers;
    agent->live = neighbour->session;
    agent->live_connected_us = neighbour->connected_us;
    agent->join_at_us = INT64_MAX;
    *neighbour = left;
}

static void go(struct agent *agent, struct neighbour *neighbour)
{
    struct session *left = agent->live;
    exchange(agent, neighbour);
    forget_target(agent);
    agent->zap->times.gone_us = g_get_monotonic_time();
    peer_set_paused(session_peer(agent->live), false);
    agent_play(agent, agent->live); /* asks for the key frame */
    player_set_muted(agent->player, false);
    if (left)
        peer_set_paused(session_peer(left), true);
    g_info("%s: now in room %s", agent->user, agent->room);
    choose_neighbours(agent);
    agent_say(agent, AGENT_STATUS_WELL, NULL);
    struct signal_room room = {
        .room = agent->room,
        .host = agent->room_host,
        .host_name = agent->room_host_name,
        .state = agent->room_state,
        .camera_off = !agent_host_camera_is_on(agent),
        .viewers = agent->room_viewers,
    };
    if (agent->listener->room)
        agent->listener->room(agent->user_data, &room);
}

static void go_to(struct agent *agent, const char *room)
{
    struct agent_zap *zap = agent->zap;
    forget_target(agent);
    zap->target = g_strdup(room);
    zap->give_up_at_us = g_get_monotonic_time() + TARGET_US;
    struct neighbour *neighbour = find_neighbour(agent, room);
    zap->times.warm = neighbour && neighbour->connected_us;
    if (zap->times.warm) {
        go(agent, neighbour);
        return;
    }
    if (!neighbour)
        add_neighbour(agent, room);
    else if (!neighbour->session)
        enter(agent, neighbour);
    choose_neighbours(agent);
}

static void step(struct agent *agent)
{
    struct agent_zap *zap = agent->zap;
    const char *from = zap->target ? zap->target : agent->room;
    g_autofree char *to = g_strdup(room_ring_beside(zap->ring, from, zap->steps));
    zap->steps = 0;
    if (!to || !strcmp(to, from))
        return;
    if (strcmp(to, agent->room)) {
        go_to(agent, to);
    } else { /* back again before it was left */
        forget_target(agent);
        choose_neighbours(agent);
    }
}

static bool may_zap(const struct agent *agent)
{
    return agent->party == CALL_PARTY_AUDIENCE && !agent->call_session &&
           call_current_state(agent->call) == CALL_PREPARED;
}

static void go_beyond(struct agent *agent, const char *room)
{
    g_autofree char *to = may_zap(agent)
                              ? g_strdup(room_ring_beside(agent->zap->ring, room, agent->zap->backwards ? -1 : 1))
                              : NULL;
    if (to && strcmp(to, agent->room))
        go_to(agent, to);
}

static void on_list(void *user_data, enum signal_result result, const cJSON *reply)
{
    struct agent *agent = user_data;
    struct agent_zap *zap = agent->zap;
    zap->listing = false;
    zap->listed_us = g_get_monotonic_time(); /* a failure is no reason to ask more often */
    if (result != SIGNAL_DELIVERED) {
        zap->steps = 0;
        return;
    }
    room_ring_set(zap->ring, reply);
    if (!may_zap(agent))
        zap->steps = 0;
    else if (zap->steps)
        step(agent);
    choose_neighbours(agent);
}

static void ask_for_list(struct agent *agent)
{
    if (agent->zap->listing)
        return;
    agent->zap->listing = true;
    signal_room_list(agent->signal, on_list, agent);
}

bool agent_go_to_room_beside(struct agent *agent, int steps)
{
    struct agent_zap *zap = agent->zap;
    int64_t now_us = g_get_monotonic_time();
    if (!may_zap(agent) || !signal_client_is_online(agent->signal))
        return false;
    zap->times = (struct agent_zap_times){ .pressed_us = now_us };
    zap->backwards = steps < 0;
    zap->steps = CLAMP(zap->steps + steps, -AGENT_MAX_STEPS, AGENT_MAX_STEPS);
    if (zap->listed_us && (zap->warm || now_us < zap->listed_us + FRESH_US))
        step(agent);
    else
        ask_for_list(agent);
    return true;
}

bool agent_go_to_room(struct agent *agent, const char *room)
{
    if (!may_zap(agent) || !signal_client_is_online(agent->signal))
        return false;
    agent->zap->times = (struct agent_zap_times){ .pressed_us = g_get_monotonic_time() };
    agent->zap->steps = 0;
    if (strcmp(room, agent->room))
        go_to(agent, room);
    return true;
}

/* ---- what happens to them ---- */

bool agent_zap_expects(const struct agent *agent, const char *from, const char *room)
{
    GPtrArray *neighbours = agent->zap->neighbours;
    for (guint i = 0; i < neighbours->len; i++) {
        struct neighbour *neighbour = neighbours->pdata[i];
        if (address_same_user(from, neighbour->host) && (!room || !strcmp(room, neighbour->room)))
            return true;
    }
    return false;
}

void agent_zap_answered(struct agent *agent, struct session *session, const char *from, const char *room)
{
    GPtrArray *neighbours = agent->zap->neighbours;
    for (guint i = 0; i < neighbours->len; i++) {
        struct neighbour *neighbour = neighbours->pdata[i];
        if (!address_same_user(from, neighbour->host) || (room && strcmp(room, neighbour->room)))
            continue;
        if (neighbour->session)
            agent_drop_session(agent, neighbour->session);
        neighbour->session = session;
        neighbour->connected_us = 0;
        return;
    }
}

void agent_zap_room(struct agent *agent, const struct signal_room *room)
{
    struct neighbour *neighbour = find_neighbour(agent, room->room);
    if (!neighbour)
        return;
    g_free(neighbour->state);
    g_free(neighbour->host);
    g_free(neighbour->host_name);
    neighbour->state = g_strdup(room->state);
    neighbour->host = g_strdup(room->host);
    neighbour->host_name = g_strdup(room->host_name);
    neighbour->viewers = room->viewers;
    if (!strcmp(room->state, "away") || !strcmp(room->state, "closed"))
        give_up(agent, neighbour, "its broadcaster is away");
}

void agent_zap_connected(struct agent *agent, struct session *session)
{
    struct neighbour *neighbour = neighbour_of(agent, session);
    if (!neighbour)
        return;
    neighbour->connected_us = g_get_monotonic_time();
    if (is_target(agent, neighbour) && may_zap(agent))
        go(agent, neighbour);
    else if (peer_can_pause(session_peer(session)))
        peer_set_paused(session_peer(session), true);
    else
        agent_drop_session(agent, session); /* it would send all the time: made again when it is gone to */
}

void agent_zap_forget(struct agent *agent, const struct session *session)
{
    struct neighbour *neighbour = neighbour_of(agent, session);
    if (!neighbour)
        return;
    neighbour->session = NULL;
    neighbour->connected_us = 0;
}

void agent_zap_lost(struct agent *agent, const struct session *session)
{
    struct neighbour *neighbour = neighbour_of(agent, session);
    if (neighbour)
        neighbour->enter_at_us = g_get_monotonic_time() + RETRY_US;
}

void agent_zap_presented(struct agent *agent, int64_t pts, int64_t now_us)
{
    struct agent_zap_times *times = &agent->zap->times;
    if (times->gone_us && !times->first_picture_us &&
        player_decoded_us(agent->player, pts)) /* forgets what was before */
        times->first_picture_us = now_us;
}

/* ---- the tick ---- */

static bool wants_list(const struct agent *agent)
{
    return agent->zap->warm && agent->live_connected_us && !agent->zap->listing &&
           signal_client_is_online(agent->signal);
}

void agent_zap_poll(struct agent *agent, int64_t now_us)
{
    struct agent_zap *zap = agent->zap;
    if (agent->party != CALL_PARTY_AUDIENCE)
        return;
    if (wants_list(agent) && (!zap->listed_us || now_us >= zap->listed_us + LIST_US))
        ask_for_list(agent);
    if (now_us >= zap->give_up_at_us)
        give_up(agent, find_neighbour(agent, zap->target), "it does not answer");
    for (guint i = 0; i < zap->neighbours->len; i++) {
        struct neighbour *neighbour = zap->neighbours->pdata[i];
        if (now_us >= neighbour->enter_at_us && signal_client_is_online(agent->signal))
            enter(agent, neighbour);
    }
}

int64_t agent_zap_deadline(const struct agent *agent)
{
    const struct agent_zap *zap = agent->zap;
    int64_t due = zap->give_up_at_us;
    if (wants_list(agent))
        due = MIN(due, zap->listed_us ? zap->listed_us + LIST_US : 0);
    for (guint i = 0; i < zap->neighbours->len && signal_client_is_online(agent->signal); i++)
        due = MIN(due, ((struct neighbour *)zap->neighbours->pdata[i])->enter_at_us);
    return due;
}

/* ---- what is so ---- */

bool agent_is_in_only_room(const struct agent *agent)
{
    const char *next = room_ring_beside(agent->zap->ring, agent->room ? agent->room : "", 1);
    return agent->zap->listed_us && (!next || !g_strcmp0(next, agent->room));
}

const char *agent_room_gone_to(const struct agent *agent)
{
    return agent->zap->target;
}

struct agent_zap_times agent_zap_times(const struct agent *agent)
{
    return agent->zap->times;
}

int agent_warm_rooms(const struct agent *agent)
{
    int n = 0;
    for (guint i = 0; i < agent->zap->neighbours->len; i++)
        n += ((struct neighbour *)agent->zap->neighbours->pdata[i])->connected_us != 0;
    return n;
}
