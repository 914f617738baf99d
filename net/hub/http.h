/* The hub's HTTP API, on the port of its WebSockets (net/hub/openapi.yaml describes it). It wants a token with
 * "server":true; a hub without keys answers programs on its own machine only. /healthz answers everybody. */
#ifndef CALLAPI_NET_HUB_HTTP_H
#define CALLAPI_NET_HUB_HTTP_H

#include <libwebsockets.h>

#include "net/hub/hub.h"
#include "net/hub/service/service.h"
#include "net/hub/sockets.h"
#include "net/protocol/hub_token.h"

struct hub_http;

/* All borrowed; `keys` may be NULL, `origins` as in hub_config; `counts` are read for the metrics, and
 * `sockets` told of each socket that ends while it speaks HTTP. */
struct hub_http *hub_http_create(struct hub_service *service, const struct hub_keys *keys, char *const *origins,
                                 const struct hub_counts *counts, struct hub_sockets *sockets);
void hub_http_destroy(struct hub_http *http); /* takes NULL; after libwebsockets' context */

/* The address at the other end of the socket; g_free it. */
char *hub_http_peer(struct lws *wsi);
/* A header's text, or NULL; g_free it. */
char *hub_http_header(struct lws *wsi, enum lws_token_indexes token);
/* What goes into the context's tables. `next`: the mounts behind ours. */
struct lws_protocols hub_http_protocol(struct hub_http *http);
const struct lws_http_mount *hub_http_mounts(struct hub_http *http, const struct lws_http_mount *next);

#endif
