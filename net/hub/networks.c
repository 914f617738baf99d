#include "net/hub/networks.h"

#include <string.h>

/* Those who have left are forgotten once so many are remembered. */
enum { REMEMBERED = 10000 };
enum { IPV4_BYTES = 4, IPV6_PREFIX_BYTES = 8, MAPPED_BYTES = 12 };

struct hub_network {
    int sockets;
    struct hub_bucket arrivals;
};

struct hub_networks {
    const struct hub_limits *limits;
    GHashTable *by_prefix; /* GBytes: struct hub_network */
};

struct hub_networks *hub_networks_create(const struct hub_limits *limits)
{
    struct hub_networks *networks = g_new0(struct hub_networks, 1);
    networks->limits = limits;
    networks->by_prefix = g_hash_table_new_full(g_bytes_hash, g_bytes_equal, (GDestroyNotify)g_bytes_unref, g_free);
    return networks;
}

void hub_networks_destroy(struct hub_networks *networks)
{
    if (!networks)
        return;
    g_hash_table_unref(networks->by_prefix);
    g_free(networks);
}

unsigned hub_networks_count(const struct hub_networks *networks)
{
    return g_hash_table_size(networks->by_prefix);
}

/* Behind ::ffff:0:0/96 is an IPv4 address (RFC 4291 section 2.5.5.2), which a socket for both families tells. */
static const guint8 *mapped(GInetAddress *peer)
{
    static const guint8 prefix[MAPPED_BYTES] = { [10] = 0xff, [11] = 0xff };
    const guint8 *bytes = g_inet_address_to_bytes(peer);
    bool is_mapped = g_inet_address_get_family(peer) == G_SOCKET_FAMILY_IPV6 && !memcmp(bytes, prefix, MAPPED_BYTES);
    return is_mapped ? bytes + MAPPED_BYTES : NULL;
}

static bool is_own(GInetAddress *peer)
{
    const guint8 *ipv4 = mapped(peer);
    return ipv4 ? ipv4[0] == 127 : g_inet_address_get_is_loopback(peer);
}

static GBytes *prefix_of(GInetAddress *peer)
{
    const guint8 *ipv4 = mapped(peer);
    if (ipv4)
        return g_bytes_new(ipv4, IPV4_BYTES);
    bool is_ipv4 = g_inet_address_get_family(peer) == G_SOCKET_FAMILY_IPV4;
    return g_bytes_new(g_inet_address_to_bytes(peer), is_ipv4 ? IPV4_BYTES : IPV6_PREFIX_BYTES);
}

struct moment {
    const struct hub_pace *pace;
    int64_t now_us;
};

/* Nobody is there, and whoever comes finds the whole burst again, as in a network that was never seen. */
static gboolean is_forgettable(gpointer prefix, gpointer data, gpointer user_data)
{
    const struct hub_network *network = data;
    const struct moment *moment = user_data;
    double s = (double)(moment->now_us - network->arrivals.us) / G_USEC_PER_SEC;
    (void)prefix;
    return !network->sockets && network->arrivals.tokens + s * moment->pace->per_second >= moment->pace->burst;
}

static struct hub_network *find(struct hub_networks *networks, GInetAddress *peer, int64_t now_us)
{
    g_autoptr(GBytes) prefix = prefix_of(peer);
    struct hub_network *network = g_hash_table_lookup(networks->by_prefix, prefix);
    if (network)
        return network;
    struct moment moment = { &networks->limits->arrivals, now_us };
    if (g_hash_table_size(networks->by_prefix) >= REMEMBERED)
        g_hash_table_foreach_remove(networks->by_prefix, is_forgettable, &moment);
    network = g_new0(struct hub_network, 1);
    g_hash_table_insert(networks->by_prefix, g_bytes_ref(prefix), network);
    return network;
}

enum hub_arrival hub_networks_arrive(struct hub_networks *networks, GInetAddress *peer, int64_t now_us,
                                     struct hub_network **network)
{
    *network = NULL;
    if (is_own(peer))
        return HUB_ARRIVAL_WELCOME;
    const struct hub_limits *limits = networks->limits;
    struct hub_network *found = find(networks, peer, now_us);
    if (!hub_bucket_take(&found->arrivals, limits->arrivals.burst, limits->arrivals.per_second, now_us))
        return HUB_ARRIVAL_TOO_FAST;
    if (found->sockets >= limits->network_sockets)
        return HUB_ARRIVAL_TOO_MANY;
    found->sockets++;
    *network = found;
    return HUB_ARRIVAL_WELCOME;
}

void hub_network_leave(struct hub_network *network)
{
    if (network)
        network->sockets--;
}
