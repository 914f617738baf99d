/* What the hub does, without sockets: sessions log in, ask, and are answered. The WebSocket server (hub.c) and the
 * loopback backend (net/signal/loopback.c) are two ways to carry its text, so that both behave alike. */
#ifndef CALLAPI_NET_HUB_SERVICE_SERVICE_H
#define CALLAPI_NET_HUB_SERVICE_SERVICE_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/protocol/hub_protocol.h"

struct hub_keys;
struct hub_relays;
struct hub_service;
struct hub_session; /* one connection */

/* Neither may call back into the service. */
struct hub_service_ops {
    /* Queues `text` (copy it) for the connection. False where it will not be carried. */
    bool (*send)(void *connection, const char *text, size_t length);
    /* The connection is to be closed, for the reason in words; hub_session_close follows later from its owner. */
    void (*drop)(void *connection, const char *reason);
};

struct hub_counters {
    uint64_t requests, bytes;       /* received */
    uint64_t handling_us;           /* spent on the requests */
    uint64_t messages;              /* delivered to at least one device */
    uint64_t refused[HUB_RATE + 1]; /* by enum hub_error */
};

struct hub_service *hub_service_create(const struct hub_service_ops *ops, GMainContext *context);
/* For all connections, now and later; before it is said, HUB_LIMITS. `connections` and `queue_bytes` are the carrier's.
 */
void hub_service_limit(struct hub_service *service, const struct hub_limits *limits);
void hub_service_destroy(struct hub_service *service); /* takes NULL; all sessions are closed before */

/* From now on a login needs a token that `keys` (borrowed, outlives the service) finds good; who has none is refused.
 * The ends of the tokens are awaited in `context`. Before the first session. */
void hub_service_require_tokens(struct hub_service *service, const struct hub_keys *keys, GMainContext *context);

/* From now on who logs in is told of them, and again before a credential ends; borrowed, outlives the service. NULL:
 * there are none. */
void hub_service_name_relays(struct hub_service *service, const struct hub_relays *relays);

struct hub_session *hub_session_open(struct hub_service *service, void *connection);
/* Nothing is heard from it, so it is to be closed: whom it has calls with is told later than of one that ended. */
void hub_session_fell_silent(struct hub_session *session);
/* Takes NULL. Tells everyone whom it concerns. */
void hub_session_close(struct hub_session *session);
/* "alice/3f2a91"; NULL: not logged in. Borrowed until the session hears or ends. */
const char *hub_session_address(const struct hub_session *session);
/* One message from the connection. `now_us`: microseconds since 1970. */
void hub_session_receive(struct hub_session *session, const char *text, size_t length, int64_t now_us);
/* A message that was longer than the limit; its text was not kept. */
void hub_session_refuse_too_large(struct hub_session *session, int64_t now_us);

#endif
