/* The embedded signalling server: WebSocket (RFC 6455) with JSON, by libwebsockets, in the reactor's one wait. Users
 * log in and are seen online; live rooms are opened, listed, joined and left; messages are delivered or answered
 * "offline" at once, each acknowledged. It also serves the web client (assets/web) over HTTP. The protocol stands in
 * net/protocol/PROTOCOL.md. */
#ifndef CALLAPI_NET_HUB_HUB_H
#define CALLAPI_NET_HUB_HUB_H

#include <stdint.h>

#include "net/connection/reactor.h"
#include "net/protocol/hub_protocol.h"

struct hub;

struct hub_config {
    const char *listen;              /* "127.0.0.1:8080", "[::1]:0", "0.0.0.0:8080"; port 0: any free one */
    const char *asset_dir;           /* with the web client in its folder web, or NULL: none is served */
    const struct hub_limits *limits; /* or NULL: HUB_LIMITS */
    const char *tls_cert, *tls_key;  /* files, PEM: the certificate chain and its key; NULL: no TLS */
    const char *token_secret;        /* text that signs tokens (HS256), or NULL */
    const char *webhook;             /* http:// or https:// address that is told of calls, or NULL */
    const char *webhook_secret;      /* text that signs what it is told, or NULL */
    /* Of pages that may connect beside our own, "https://calls.example"; NULL at the end; or NULL */
    char **origins;
    /* Named to who logs in (net/hub/service/relays.h): URLs, NULL at the end; a credential of all, or the secret that
     * is shared with the TURN server. Each or all may be NULL. */
    char **ice_servers;
    const char *ice_user, *ice_credential, *turn_secret;
    int turn_valid_s;      /* of a credential that is made with turn_secret; 0: a day */
    const char *token_key; /* PEM text of the public key of tokens (RS256), or NULL. Both NULL: whoever comes logs in */
};

/* Why a socket is not let in: there are too many, of all or of its network, or they come too fast. */
enum hub_refusal { HUB_REFUSAL_FULL, HUB_REFUSAL_NETWORK_FULL, HUB_REFUSAL_NETWORK_FAST, HUB_REFUSALS };

/* Since the hub began. */
struct hub_counts {
    int connections;          /* now */
    int connections_max;      /* as configured, or as file descriptors allow */
    int sockets, sockets_max; /* with HTTP's, and who has asked nothing yet */
    uint64_t refused[HUB_REFUSALS];
    uint64_t slow_readers; /* dropped, since too much waited for them */
    uint64_t dropped;      /* for any reason, slow readers included */
};

/* Listens before it returns. NULL where it cannot: `error` (g_free it) says so in words ("port 8080 is in use ..."). */
struct hub *hub_create(struct reactor *reactor, const struct hub_config *config, char **error);
/* Certificate, tokens' keys and the webhook's secret as they are now, without ending a connection: what is new counts
 * from the next handshake, login and event on. All else in `config` stays as it was. False with `error` (g_free it)
 * where one is no good; then nothing changes. */
bool hub_reload(struct hub *hub, const struct hub_config *config, char **error);
/* Before the end: it listens no more, tells everyone connected that it starts anew (PROTOCOL.md, "restart"), and closes
 * each connection as soon as that is sent. Calls go on meanwhile. */
void hub_retire(struct hub *hub);
/* Whether after that all are gone, and the webhook has been told what it was to be told. */
bool hub_has_retired(const struct hub *hub);
void hub_destroy(struct hub *hub); /* takes NULL; drops everyone */
/* "ws://127.0.0.1:43121", or wss:// with TLS: what a client on this machine connects to. */
const char *hub_url(const struct hub *hub);
const struct hub_counts *hub_counts(const struct hub *hub);

#endif
