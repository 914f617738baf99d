#include "net/transport/ice_probe.h"

#include <gio/gio.h>
#include <string.h>
#include <stun/usages/bind.h>

#include "net/transport/ice.h"

enum { PATIENCE_US = 8 * G_USEC_PER_SEC };

struct probe {
    char *relayed; /* the candidate; NULL: none yet */
    bool done;
};

static void on_candidate(void *user_data, const char *candidate)
{
    struct probe *probe = user_data;
    if (!candidate)
        probe->done = true;
    else if (strstr(candidate, " typ relay") && !probe->relayed)
        probe->relayed = g_strdup(candidate);
}

static void on_state(void *user_data, enum ice_state state)
{
    (void)user_data;
    (void)state;
}

static void on_receive(void *user_data, uint8_t *data, size_t size)
{
    (void)user_data;
    (void)data;
    (void)size;
}

static const struct ice_server *resolved(struct reactor *reactor, const struct ice_servers *servers, int64_t end_us)
{
    while (!ice_servers_at(servers, 0) && g_get_monotonic_time() < end_us)
        reactor_wait(reactor, MIN(end_us, g_get_monotonic_time() + G_USEC_PER_SEC / 10));
    return ice_servers_at(servers, 0);
}

/* Gathering alone would not tell: what a STUN server sees is no candidate of its own where no NAT lies between. */
static bool bind_address(const struct ice_server *server, char **detail)
{
    struct sockaddr_storage native, seen = { 0 };
    socklen_t size = sizeof seen;
    g_autoptr(GSocketAddress) address = g_inet_socket_address_new_from_string(server->address, server->port);
    g_socket_address_to_native(address, &native, sizeof native, NULL);
    if (stun_usage_bind_run((const struct sockaddr *)&native, (socklen_t)g_socket_address_get_native_size(address),
                            &seen, &size) != STUN_USAGE_BIND_RETURN_SUCCESS) {
        *detail = g_strdup("it does not answer a STUN request");
        return false;
    }
    g_autoptr(GSocketAddress) mapped = g_socket_address_new_from_native(&seen, size);
    *detail = mapped ? g_socket_connectable_to_string(G_SOCKET_CONNECTABLE(mapped)) : NULL;
    return mapped != NULL;
}

static bool allocate(struct reactor *reactor, struct ice_servers *servers, int64_t end_us, char **detail)
{
    static const struct ice_listener listener = { on_candidate, on_state, on_receive };
    struct probe probe = { 0 };
    struct ice_config config = {
        .reactor = reactor, .controlling = true, .servers = servers, .listener = &listener, .user_data = &probe
    };
    struct ice *ice = ice_create(&config);
    while (ice && !probe.done && !probe.relayed && g_get_monotonic_time() < end_us)
        reactor_wait(reactor, MIN(end_us, g_get_monotonic_time() + G_USEC_PER_SEC / 10));
    ice_destroy(ice);
    bool good = probe.relayed != NULL;
    *detail = g_strdup(good ? "it relays"
                            : "it lends no relay: it is not there, or does not take --ice-user and --ice-credential");
    g_free(probe.relayed);
    return good;
}

bool ice_probe(const struct ice_probe_config *config, char **detail)
{
    int64_t end_us = g_get_monotonic_time() + PATIENCE_US;
    struct ice_servers *servers = ice_servers_create(config->reactor, config->ca_file);
    bool good = ice_servers_add(servers, config->url, config->user, config->credential, detail);
    const struct ice_server *server = good ? resolved(config->reactor, servers, end_us) : NULL;
    ice_servers_set_relay_only(servers, true);
    if (good && !server)
        *detail = g_strdup("its name cannot be looked up");
    if (!server)
        good = false;
    else
        good = server->kind == ICE_STUN ? bind_address(server, detail)
                                        : allocate(config->reactor, servers, end_us, detail);
    ice_servers_destroy(servers);
    return good;
}
