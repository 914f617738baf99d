/* Where sockets come from (net/hub/networks.h): what is one network, how many of it, and how fast. */
#include "net/hub/networks.h"

enum { S = G_USEC_PER_SEC, NOW = S };

struct world {
    struct hub_limits limits;
    struct hub_networks *networks;
};

static void set_up(struct world *world, gconstpointer data)
{
    (void)data;
    world->limits = (struct hub_limits){ .network_sockets = 2, .arrivals = { 3, 1 } };
    world->networks = hub_networks_create(&world->limits);
}

static void tear_down(struct world *world, gconstpointer data)
{
    (void)data;
    hub_networks_destroy(world->networks);
}

static enum hub_arrival arrive(struct world *world, const char *from, int64_t now_us, struct hub_network **network)
{
    g_autoptr(GInetAddress) peer = g_inet_address_new_from_string(from);
    g_assert_nonnull(peer);
    return hub_networks_arrive(world->networks, peer, now_us, network);
}

static void too_many(struct world *world, gconstpointer data)
{
    (void)data;
    struct hub_network *one, *two, *more;
    g_assert_cmpint(arrive(world, "192.0.2.1", NOW, &one), ==, HUB_ARRIVAL_WELCOME);
    g_assert_cmpint(arrive(world, "192.0.2.1", NOW, &two), ==, HUB_ARRIVAL_WELCOME);
    g_assert_cmpint(arrive(world, "192.0.2.1", NOW, &more), ==, HUB_ARRIVAL_TOO_MANY);
    g_assert_null(more);
    g_assert_cmpint(arrive(world, "192.0.2.2", NOW, &more), ==, HUB_ARRIVAL_WELCOME);
    hub_network_leave(one);
    g_assert_cmpint(arrive(world, "192.0.2.1", NOW + S, &one), ==, HUB_ARRIVAL_WELCOME);
}

/* One that comes and goes is refused by its pace alone, and may come again. */
static void too_fast(struct world *world, gconstpointer data)
{
    (void)data;
    struct hub_network *network;
    for (int i = 0; i < 3; i++) {
        g_assert_cmpint(arrive(world, "192.0.2.1", NOW, &network), ==, HUB_ARRIVAL_WELCOME);
        hub_network_leave(network);
    }
    g_assert_cmpint(arrive(world, "192.0.2.1", NOW, &network), ==, HUB_ARRIVAL_TOO_FAST);
    g_assert_cmpint(arrive(world, "192.0.2.1", NOW + S, &network), ==, HUB_ARRIVAL_WELCOME);
    hub_network_leave(network);
    g_assert_cmpint(arrive(world, "192.0.2.1", NOW + S, &network), ==, HUB_ARRIVAL_TOO_FAST);
}

/* The same network, and another one. */
static void prefixes(struct world *world, gconstpointer data)
{
    (void)data;
    static const char *const same[] = { "2001:db8:1:2::1", "2001:db8:1:2:ffff::2", "2001:db8:1:2:3::" };
    struct hub_network *network;
    for (int i = 0; i < 2; i++)
        g_assert_cmpint(arrive(world, same[i], NOW, &network), ==, HUB_ARRIVAL_WELCOME);
    g_assert_cmpint(arrive(world, same[2], NOW, &network), ==, HUB_ARRIVAL_TOO_MANY);
    g_assert_cmpint(arrive(world, "2001:db8:1:3::1", NOW, &network), ==, HUB_ARRIVAL_WELCOME);
    g_assert_cmpint(arrive(world, "192.0.2.1", NOW, &network), ==, HUB_ARRIVAL_WELCOME);
    g_assert_cmpint(arrive(world, "::ffff:192.0.2.1", NOW, &network), ==, HUB_ARRIVAL_WELCOME);
    g_assert_cmpint(arrive(world, "::ffff:192.0.2.1", NOW, &network), ==, HUB_ARRIVAL_TOO_MANY);
    g_assert_cmpint(arrive(world, "::ffff:192.0.2.2", NOW, &network), ==, HUB_ARRIVAL_WELCOME);
}

static void own_machine(struct world *world, gconstpointer data)
{
    (void)data;
    static const char *const own[] = { "127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1" };
    struct hub_network *network;
    for (int i = 0; i < 100; i++) {
        g_assert_cmpint(arrive(world, own[i % 4], NOW, &network), ==, HUB_ARRIVAL_WELCOME);
        hub_network_leave(network);
    }
    g_assert_cmpuint(hub_networks_count(world->networks), ==, 0);
}

/* Of a whole internet of networks that came once nothing is kept, but of who is there or comes fast. */
static void forgotten(struct world *world, gconstpointer data)
{
    (void)data;
    enum { NETWORKS = 100000 };
    struct hub_network *stays, *network;
    int64_t now_us = NOW;
    g_assert_cmpint(arrive(world, "192.0.2.1", now_us, &stays), ==, HUB_ARRIVAL_WELCOME);
    g_assert_cmpint(arrive(world, "192.0.2.1", now_us, &network), ==, HUB_ARRIVAL_WELCOME);
    for (int i = 0; i < NETWORKS; i++) {
        g_autofree char *from = g_strdup_printf("10.%d.%d.%d", i >> 16, i >> 8 & 255, i & 255);
        g_assert_cmpint(arrive(world, from, now_us += S / 1000, &network), ==, HUB_ARRIVAL_WELCOME);
        hub_network_leave(network);
    }
    g_assert_cmpuint(hub_networks_count(world->networks), <, NETWORKS / 5);
    g_assert_cmpint(arrive(world, "192.0.2.1", now_us, &network), ==, HUB_ARRIVAL_TOO_MANY);
    hub_network_leave(stays);
}

#define TEST(name, path) g_test_add("/hub_networks/" path, struct world, NULL, set_up, name, tear_down)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    TEST(too_many, "too-many");
    TEST(too_fast, "too-fast");
    TEST(prefixes, "prefixes");
    TEST(own_machine, "own-machine");
    TEST(forgotten, "forgotten");
    return g_test_run();
}
