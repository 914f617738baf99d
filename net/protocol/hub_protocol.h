/* The words of the hub's JSON protocol (net/protocol/PROTOCOL.md): limits, names, parsing of requests, building of
 * replies. Pure. */
#ifndef CALLAPI_NET_PROTOCOL_HUB_PROTOCOL_H
#define CALLAPI_NET_PROTOCOL_HUB_PROTOCOL_H

#include <cjson/cJSON.h>
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#define HUB_SUBPROTOCOL "callapi" /* Sec-WebSocket-Protocol */
#define HUB_CLOSE_RESTART 1012    /* IANA's WebSocket close codes: service restart */

enum {
    HUB_BODY_MAX = 64 * 1024,                /* a message's body, as text */
    HUB_REQUEST_MAX = HUB_BODY_MAX + 1024,   /* with its envelope */
    HUB_REPLY_MAX = 256 * 1024,              /* what the hub sends at most in one message */
    HUB_QUEUE_MAX = 2 * 1024 * 1024,         /* bytes waiting for one reader, where nothing else is set */
    HUB_NAME_MAX = 64,                       /* bytes of a user or room id */
    HUB_DISPLAY_NAME_MAX = 64,               /* characters of what a user is called */
    HUB_ADDRESS_MAX = HUB_NAME_MAX + 1 + 16, /* "user/device" */
    HUB_LIST_MAX = 1000,                     /* entries of a list reply */
    HUB_WATCHERS_MAX = 256,                  /* sessions that watch the directory */
    HUB_CALLS_MAX = 20000,                   /* that ring or go on */
    HUB_CALLS_OF_USER = 32,                  /* of these, begun by one user: one for each device */
    HUB_INVITES_BURST = 60,
    HUB_INVITES_PER_SECOND = 2, /* of one user */
    HUB_JOINS_BURST = 100,
    HUB_JOINS_PER_SECOND = 10, /* of one user */
    HUB_DEVICES_MAX = 32,      /* of one user */
};

/* So much at once, and so much a second after that. */
struct hub_pace {
    double burst, per_second;
};

/* What everybody, one network, one connection and one user may do; HUB_LIMITS are the defaults, and
 * net/hub/service/limits.h their names. */
struct hub_limits {
    int connections;          /* of all users together; fewer where file descriptors are short */
    int network_sockets;      /* of one network (net/hub/networks.h) at once */
    struct hub_pace arrivals; /* sockets of one network */
    size_t request_bytes;     /* of one message to the hub, at most HUB_REQUEST_MAX */
    struct hub_pace requests; /* of one connection */
    size_t queue_bytes;       /* waiting for a reader; who has more is dropped */
    int rooms_open, rooms_joined;
    struct hub_pace invites, joins; /* of one user */
    int quiet_ms, answer_ms;        /* who says nothing for so long is pinged, and given up after so much more */
};

/* A zapper's fast fingers, a row of calls that are refused: far below the paces of one user; a script that does nothing
 * else: above. A call's signalling is some dozens of messages; a broadcaster's first answers to a full room some
 * hundreds. All kiosks of a house come from one network, and after a restart at once; a page has some sockets. */
/* clang-format off */
#define HUB_LIMITS                                                                                                  \
    {                                                                                                               \
        .connections = 10000, .network_sockets = 2000, .arrivals = { 4000, 100 },                                   \
        .request_bytes = HUB_REQUEST_MAX, .requests = { 400, 100 },                                                 \
        .queue_bytes = HUB_QUEUE_MAX, .rooms_open = 4, .rooms_joined = 16,                                          \
        .invites = { HUB_INVITES_BURST, HUB_INVITES_PER_SECOND }, .joins = { HUB_JOINS_BURST, HUB_JOINS_PER_SECOND }, \
        .quiet_ms = 10000, .answer_ms = 5000,                                                                       \
    }
/* clang-format on */

enum hub_error { HUB_OK, HUB_OFFLINE, HUB_NOT_FOUND, HUB_NOT_ALLOWED, HUB_MALFORMED, HUB_TOO_LARGE, HUB_RATE };

/* "not-allowed": the word on the wire. */
const char *hub_error_word(enum hub_error error);

/* 1 to 64 bytes of UTF-8 without '/', control characters and characters that are not seen: a user or room id. NULL is
 * none. */
bool hub_name_is_valid(const char *name);

/* What a user is called on screens: 1 to 64 characters of UTF-8, not all of them spaces, and none that is not seen.
 * NULL is none. */
bool hub_display_name_is_valid(const char *name);
#define HUB_DISPLAY_NAME_RULE "1 to 64 characters of UTF-8, without control and invisible characters"

/* Whether the body of a message is an invite (engine/call/call.h). */
bool hub_is_invite(const cJSON *body);
/* The body as it is delivered: an invite or accept says what its sender is called ("name", NULL: nothing), whatever it
 * said itself, and an invite to how many devices it goes ("devices"). A copy, or the body itself, a reference;
 * cJSON_Delete it. */
cJSON *hub_body_for(const cJSON *body, int devices, const char *name);
/* The object that `text` holds, or NULL where it is not UTF-8, not JSON, or not an object. */
cJSON *hub_parse(const char *text, size_t length);
/* The request's "id", a whole number of 1 to 2^53; 0 where there is none. */
double hub_request_id(const cJSON *request);

/* New objects, owned by the caller. `message` says in words what is wrong. */
cJSON *hub_reply_ok(double id);
/* Of a message: how many devices it reached, and of an invite which ones, and what the addressee is called (NULL: not
 * known). `reached`: array of addresses, borrowed. */
cJSON *hub_reply_delivered(double id, const cJSON *body, const cJSON *reached, const char *name);
/* "name", or another member, where there is one. */
void hub_add_name(cJSON *object, const char *member, const char *name);
cJSON *hub_reply_error(double id, enum hub_error error, const char *message);
cJSON *hub_notice(const char *kind);

/* A token bucket: `burst` at once, `per_second` after that. `us` is any clock; a step back costs nothing. */
struct hub_bucket {
    double tokens;
    int64_t us;
};
bool hub_bucket_take(struct hub_bucket *bucket, double burst, double per_second, int64_t now_us);

#endif
