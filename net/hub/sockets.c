#include "net/hub/sockets.h"

#include "net/hub/networks.h"
#include "platform/network/socket.h"

struct hub_sockets {
    const struct hub_limits *limits;
    struct hub_counts *counts;
    struct hub_networks *networks;
};

struct hub_sockets *hub_sockets_create(const struct hub_limits *limits, struct hub_counts *counts)
{
    struct hub_sockets *sockets = g_new0(struct hub_sockets, 1);
    *sockets = (struct hub_sockets){ .limits = limits, .counts = counts, .networks = hub_networks_create(limits) };
    return sockets;
}

void hub_sockets_destroy(struct hub_sockets *sockets)
{
    if (!sockets)
        return;
    hub_networks_destroy(sockets->networks);
    g_free(sockets);
}

/* Each way to be refused is told the first time: whoever floods does not fill the log as well. */
static void refuse(struct hub_sockets *sockets, enum hub_refusal why, GInetAddress *peer)
{
    static const char *const words[HUB_REFUSALS] = {
        [HUB_REFUSAL_FULL] = "the hub is full (--limit connections)",
        [HUB_REFUSAL_NETWORK_FULL] = "its network has as many sockets as one may have (--limit network-sockets)",
        [HUB_REFUSAL_NETWORK_FAST] = "its network asks too often (--limit arrivals)",
    };
    g_autofree char *address = peer ? g_inet_address_to_string(peer) : g_strdup("somebody");
    if (!sockets->counts->refused[why]++)
        g_message("%s is refused: %s; callapi_connections_refused_total in /metrics counts the next ones", address,
                  words[why]);
}

/* Whether `fd` may come in; `network` as for hub_networks_arrive. */
static bool is_welcome(struct hub_sockets *sockets, GInetAddress *peer, struct hub_network **network)
{
    *network = NULL;
    enum hub_arrival arrival = peer ? hub_networks_arrive(sockets->networks, peer, g_get_monotonic_time(), network)
                                    : HUB_ARRIVAL_WELCOME;
    if (arrival == HUB_ARRIVAL_TOO_MANY)
        refuse(sockets, HUB_REFUSAL_NETWORK_FULL, peer);
    else if (arrival == HUB_ARRIVAL_TOO_FAST)
        refuse(sockets, HUB_REFUSAL_NETWORK_FAST, peer);
    return arrival == HUB_ARRIVAL_WELCOME;
}

/* libwebsockets takes what arrives, and tells of its end also where it cannot take it. */
void hub_sockets_adopt(struct hub_sockets *sockets, struct lws_context *context, int fd)
{
    g_autoptr(GInetAddress) peer = socket_peer(fd);
    struct hub_network *network;
    if (sockets->counts->sockets >= sockets->counts->sockets_max) {
        refuse(sockets, HUB_REFUSAL_FULL, peer);
        socket_close(fd);
        return;
    }
    if (!is_welcome(sockets, peer, &network)) {
        socket_close(fd);
        return;
    }
    sockets->counts->sockets++;
    struct lws *wsi = lws_adopt_socket_vhost(lws_get_vhost_by_name(context, "default"), fd);
    if (wsi) {
        lws_set_opaque_user_data(wsi, network);
        return;
    }
    /* libwebsockets (4.1.6) has closed it where it got no SSL, and closes the number once more when its loop turns: by
     * then it would be the next one's. */
    socket_keep_number(fd);
    hub_network_leave(network);
}

void hub_sockets_end(struct hub_sockets *sockets, struct lws *wsi)
{
    sockets->counts->sockets--;
    hub_network_leave(lws_get_opaque_user_data(wsi));
}
