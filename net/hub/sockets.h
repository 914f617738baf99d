/* The hub's sockets, from their arrival to their end: how many of all, and of each network. libwebsockets gets those
 * that are let in. */
#ifndef CALLAPI_NET_HUB_SOCKETS_H
#define CALLAPI_NET_HUB_SOCKETS_H

#include <libwebsockets.h>

#include "net/hub/hub.h"

struct hub_sockets;

/* `limits`, and `counts` with how many sockets there may be: borrowed, outlive them. */
struct hub_sockets *hub_sockets_create(const struct hub_limits *limits, struct hub_counts *counts);
void hub_sockets_destroy(struct hub_sockets *sockets); /* takes NULL; after libwebsockets' context */
/* Takes `fd`: it is the context's from now on, or closed without a word, which would cost more. */
void hub_sockets_adopt(struct hub_sockets *sockets, struct lws_context *context, int fd);
/* At LWS_CALLBACK_WSI_DESTROY, of each that was adopted. */
void hub_sockets_end(struct hub_sockets *sockets, struct lws *wsi);

#endif
