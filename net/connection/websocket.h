/* What the hub and its client share of libwebsockets: one context in the reactor, and a WebSocket's text both ways. */
#ifndef CALLAPI_NET_CONNECTION_WEBSOCKET_H
#define CALLAPI_NET_CONNECTION_WEBSOCKET_H

#include <glib.h>
#include <libwebsockets.h>
#include <stdbool.h>

#include "net/connection/reactor.h"

/* Fills what every context of ours needs: the reactor's loop, a small table of file descriptors (0: as many as the
 * process may have), pings after ten quiet seconds, no signal handlers. `loops` has one entry, which outlives the
 * creation of the context. */
void websocket_context_info(struct lws_context_creation_info *info, struct reactor *reactor, void *loops[1],
                            int max_fds);

/* A context, and the eventfd that libwebsockets 4.3 (Debian 13 has 4.3.5) opens for it and never closes: it forgets the
 * number when it closes everything else. 4.1 and 4.4 do better. */
struct websocket_context {
    struct lws_context *lws; /* NULL: there is none */
    int eventfd;             /* -1: none to care for */
};
/* False where libwebsockets cannot start. */
bool websocket_context_create(struct websocket_context *context, const struct lws_context_creation_info *info);
/* Takes one that was not created, all zero. */
void websocket_context_destroy(struct websocket_context *context);
/* After the context itself was destroyed in another way. */
void websocket_context_gone(struct websocket_context *context);

/* Without Nagle's algorithm (RFC 896), which holds the second of two messages back until the first is acknowledged: a
 * round trip, and up to 40 ms more. libwebsockets switches it off for clients only. */
void websocket_send_at_once(struct lws *wsi);

struct websocket_outbox {
    GQueue messages; /* struct message */
    size_t bytes;
};

/* False where more than `max` bytes would wait. */
bool websocket_outbox_push(struct websocket_outbox *outbox, const char *text, size_t length, size_t max);
/* As much as the socket takes; asks for the next writable callback while there is more. False: the connection is
 * dead. */
bool websocket_outbox_write(struct websocket_outbox *outbox, struct lws *wsi);
/* The last words before the connection is closed: as much as the socket takes. What has come and was not read is thrown
 * away, for a socket that is closed with it resets the connection, and the other side would lose what it has not read
 * yet. */
void websocket_outbox_finish(struct websocket_outbox *outbox, struct lws *wsi);
void websocket_outbox_clear(struct websocket_outbox *outbox);

enum websocket_inbox_result { WEBSOCKET_MORE, WEBSOCKET_MESSAGE, WEBSOCKET_TOO_LARGE, WEBSOCKET_ENDLESS };

struct websocket_inbox {
    GString *text;  /* NULL before the first */
    bool too_large; /* the rest of this message is skipped */
    size_t skipped; /* of it, bytes */
};

/* One fragment. MESSAGE: a whole one stands in inbox->text until the next call; TOO_LARGE, once at its end: longer than
 * `max`; ENDLESS: so much longer that its end is not to be waited for. */
enum websocket_inbox_result websocket_inbox_add(struct websocket_inbox *inbox, struct lws *wsi, const void *data,
                                                size_t length, size_t max);
void websocket_inbox_clear(struct websocket_inbox *inbox);
/* Of a whole message. libwebsockets (4.1.6) would look at pongs as well, which may hold any bytes. */
bool websocket_inbox_is_utf8(const struct websocket_inbox *inbox);

#endif
