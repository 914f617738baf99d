/* What a signalling backend is: one file, and one row in the table of signal.c. It carries the hub's JSON text
 * (net/protocol/PROTOCOL.md) to a hub and back; logging in, acknowledgements and re-opening of rooms are the front's
 * (signal.c). */
#ifndef CALLAPI_NET_PROTOCOL_SIGNAL_BACKEND_H
#define CALLAPI_NET_PROTOCOL_SIGNAL_BACKEND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/connection/reactor.h"

/* What a backend begins with. */
struct signal_backend {
    const struct signal_backend_ops *ops;
};

/* Where the backend reports. It may do so from anywhere in the reactor, also from within its own functions: the front
 * queues what it is told, so the backend is never destroyed underneath itself. */
struct signal_backend_events {
    void (*up)(void *front);
    /* The connection is gone, or could not be made. The backend goes on trying by itself. */
    void (*down)(void *front, const char *why);
    void (*received)(void *front, const char *text, size_t length);
};

struct signal_backend_config {
    struct reactor *reactor;
    const char *url; /* copied */
    /* copied; as in struct signal_config: for a backend that cannot wait for the login */
    const char *user, *name, *token;
    const struct signal_backend_events *events;
    void *front;
    const char *ca_file; /* as in signal_config; copied */
};

struct signal_backend_ops {
    const char *schemes[2]; /* "ws", and where there is a safe one "wss" */
    /* NULL, logged, on a bad URL. Begins to connect. */
    struct signal_backend *(*create)(const struct signal_backend_config *config);
    void (*destroy)(struct signal_backend *backend);
    /* False where it is not connected or too much is waiting. */
    bool (*send)(struct signal_backend *backend, const char *text, size_t length);
    /* This machine's network changed: a connection that can no longer be is made again at once. `slept`: so did the
     * machine, and whatever connection there was, its other end has given it up, or will not send for a while. */
    void (*network_changed)(struct signal_backend *backend, bool slept);
    /* As in the config, for the connections to come. NULL: the login, which is the front's, has it. */
    void (*set_token)(struct signal_backend *backend, const char *token);
    /* The hub is about to end the connection, for a new start of its own: at some time within so long it is tried
     * again. NULL: there is no such hub. */
    void (*come_back_within)(struct signal_backend *backend, int64_t within_ms);
};

#endif
