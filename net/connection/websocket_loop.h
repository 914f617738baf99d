/* A server's sockets in the reactor. GLib looks at each of its sources, and poll() at each socket, on every turn: with
 * ten thousand connections that alone costs milliseconds. So these sockets live in a libuv loop, which libwebsockets
 * knows and which waits with epoll or kqueue, and the whole loop is one source with one file descriptor in the one
 * wait. */
#ifndef CALLAPI_NET_CONNECTION_WEBSOCKET_LOOP_H
#define CALLAPI_NET_CONNECTION_WEBSOCKET_LOOP_H

#include <libwebsockets.h>

#include "net/connection/reactor.h"

struct websocket_loop;

/* NULL where libuv has no loop to give. */
struct websocket_loop *websocket_loop_create(struct reactor *reactor);
/* Makes `info` use this loop in place of the reactor's own. */
void websocket_loop_use(struct websocket_loop *loop, struct lws_context_creation_info *info, void *loops[1]);
/* Takes NULL. Destroys `*context` (or NULL) before, whose info.pcontext was `context`: it ends when its handles are
 * closed. */
void websocket_loop_destroy(struct websocket_loop *loop, struct lws_context **context);

#endif
