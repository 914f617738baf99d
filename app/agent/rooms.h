/* The live rooms of an agent, be they a hub's or streams that stand for themselves. One is on the screen: the watched
 * one, a broadcaster's own. The others are beside it, for the audience: joined like it and, once connected, paused at
 * the sender (RFC 7728), so that going there costs one key frame. A room that is gone to and not connected yet stays
 * beside until it is: the old one plays on, and no press ever leaves the screen without a picture. Private to
 * app/agent. */
#ifndef CALLAPI_APP_AGENT_ROOMS_H
#define CALLAPI_APP_AGENT_ROOMS_H

#include "app/agent/facts.h"
#include "app/agent/feed.h"
#include "app/session/sessions.h"
#include "engine/call/call.h"

struct rooms;

struct live_room {
    char *name;
    char *state;            /* as in signal_room; "" before it was seen */
    char *host, *host_name; /* host: "" where there is none; its name: or NULL */
    int viewers;
    bool joined;
    struct session *session;     /* in the sessions; NULL: none (yet), or the room is our own */
    bool direct;                 /* and that is connected */
    struct room_streams streams; /* by which it can be watched as well, or only */
    guint stream;                /* the one of them that is tried */
    struct feed *feed;           /* of that; NULL: not opened */
    struct rooms *rooms;
    int64_t connected_us; /* 0: not, and no stream of it is there */
    int64_t enter_at_us;  /* asked for again then */
    int64_t pull_at_us;   /* a stream is opened then, or another one tried */
    int64_t asked_us;     /* for a connection, where no stream plays; 0: never */
};

struct rooms_ops {
    bool (*may_go)(void *user_data); /* nothing else wants the screen */
    void (*play)(void *user_data);   /* rooms_source is another than before */
    /* It is about to be destroyed. */
    void (*detach)(void *user_data, const struct source *source);
    /* No room's any more. */
    void (*drop)(void *user_data, struct session *session);
    /* As in agent_listener. */
    void (*status)(void *user_data, enum agent_status status, const char *why);
    void (*news)(void *user_data, const struct signal_room *room); /* of the watched one */
};

struct rooms_config {
    struct signal_client *signal; /* borrowed; gone before the rooms are destroyed */
    struct sessions *sessions;    /* borrowed */
    enum call_party party;
    const char *watched;                 /* its name, copied; NULL: none, ever */
    const struct agent_streams *streams; /* rooms that are no hub's, instead of `watched`; NULL: none */
    const struct room_streams *carried;  /* by which a broadcaster's own may be watched; NULL: none */
    const char *ca_file;                 /* of streams, as in agent_config; copied */
    struct reactor *reactor;             /* these are borrowed */
    const struct dtls_identity *identity;
    struct ice_servers *ice_servers;
    int warm; /* as in agent_config */
    const struct rooms_ops *ops;
    void *user_data;
};

struct rooms *rooms_create(const struct rooms_config *config);
void rooms_destroy(struct rooms *rooms); /* takes NULL */

/* NULL: pure 1v1. Borrowed until another is watched. */
const struct live_room *rooms_watched(const struct rooms *rooms);
struct session *rooms_live(const struct rooms *rooms); /* what the watched one shows, or will; or NULL: a stream */
bool rooms_is_live(const struct rooms *rooms);         /* and that is connected, or its stream is there */
bool rooms_are_local(const struct rooms *rooms);       /* streams that no hub knows */
/* What the watched one shows: its connection's or its stream's; NULL: nothing yet. */
struct source *rooms_source(const struct rooms *rooms);
void rooms_network_changed(struct rooms *rooms, bool slept);

/* The signalling is there: the watched room is joined, or opened; it is gone. */
void rooms_online(struct rooms *rooms);
void rooms_offline(struct rooms *rooms);
void rooms_note(struct rooms *rooms, const struct signal_room *news);
/* An offer: for the room `name`, or NULL: none, as a restart of what is over here. False: nobody asked for it. */
bool rooms_take_offer(struct rooms *rooms, const char *from, const char *id, const char *offer, const char *name);
/* A connection, of a room or not: it was made; is lost; is about to be dropped. */
void rooms_connected(struct rooms *rooms, struct session *session);
void rooms_lost(struct rooms *rooms, const struct session *session);
void rooms_forget(struct rooms *rooms, const struct session *session);

/* A broadcaster's own: by what it may be watched beside a connection; what is told to those who look for a room. */
const struct room_streams *rooms_carried(const struct rooms *rooms);
void rooms_set_state(struct rooms *rooms, const char *state);
void rooms_set_camera(struct rooms *rooms, bool on); /* as often as one likes */
void rooms_leave_private(struct rooms *rooms);       /* the call in the room is over */

/* As agent_go_to_room_beside and agent_go_to_room. */
bool rooms_go_beside(struct rooms *rooms, int steps);
bool rooms_go(struct rooms *rooms, const char *name);
/* A picture of the watched room was presented. */
void rooms_presented(struct rooms *rooms, int64_t now_us);
const char *rooms_gone_to(const struct rooms *rooms); /* not there yet; or NULL */
bool rooms_has_others(const struct rooms *rooms);     /* or nobody knows yet */
int rooms_warm(const struct rooms *rooms);            /* connected beside the watched one */
struct agent_zap_times rooms_zap_times(const struct rooms *rooms);

void rooms_poll(struct rooms *rooms, int64_t now_us);
int64_t rooms_deadline(const struct rooms *rooms);

#endif
