/* The networks that sockets come from: one IPv4 address each, or 64 bits of an IPv6 address, which is what one house
 * has (RFC 6177). How many sockets each has, and how fast they come, before anything is known of who they are. This
 * machine's own addresses are let through: a proxy on it brings everybody. Pure. */
#ifndef CALLAPI_NET_HUB_NETWORKS_H
#define CALLAPI_NET_HUB_NETWORKS_H

#include <gio/gio.h>
#include <stdint.h>

#include "net/protocol/hub_protocol.h"

struct hub_networks;
struct hub_network;

enum hub_arrival { HUB_ARRIVAL_WELCOME, HUB_ARRIVAL_TOO_MANY, HUB_ARRIVAL_TOO_FAST };

/* `limits`: network_sockets and arrivals of them; borrowed, outlives the networks. */
struct hub_networks *hub_networks_create(const struct hub_limits *limits);
void hub_networks_destroy(struct hub_networks *networks); /* takes NULL */
/* A socket comes from `peer`. Only where it is welcome `network` is set: to what hub_network_leave takes, or to NULL,
 * which it takes as well. `now_us` as for hub_bucket_take. */
enum hub_arrival hub_networks_arrive(struct hub_networks *networks, GInetAddress *peer, int64_t now_us,
                                     struct hub_network **network);
void hub_network_leave(struct hub_network *network);
/* How many are remembered. */
unsigned hub_networks_count(const struct hub_networks *networks);

#endif
