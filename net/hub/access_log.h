/* The access log: a line for each request to the HTTP API, login, logout and call, as key=value pairs with the time in
 * front (UTC), by GLib's log under the domain "access". Its levels: debug: who asks for /healthz and /metrics, and is
 * answered; info: everything else that goes well; message: what was refused. */
#ifndef CALLAPI_NET_HUB_ACCESS_LOG_H
#define CALLAPI_NET_HUB_ACCESS_LOG_H

#include <stddef.h>

#include "net/hub/service/calls.h"

/* `peer`: the address at the other end of the socket, a proxy's where there is one. */
void access_log_request(const char *peer, const char *method, const char *path, int status, size_t bytes,
                        int64_t took_us);
void access_log_login(const char *peer, const char *address);
/* `why`: the hub's reason, or "closed". */
void access_log_logout(const char *peer, const char *address, int64_t lasted_us, const char *why);
/* A hub_call_seen's. */
void access_log_call(enum hub_call_event event, const struct hub_call *call, int64_t now_us);

#endif
