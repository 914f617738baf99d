#include "net/transport/ice.h"

#include <string.h>

#include <gio/gio.h>
#include <nice/agent.h>
#include <nice/interfaces.h>

#include "platform/descriptors.h"

enum {
    COMPONENT = 1,        /* rtcp-mux: there is no other */
    PACING_MS = 5,        /* libnice's 20 adds up over the candidate pairs of a home network */
    CHECKS = 7,           /* of a pair, at 0, 0.5, 1.5, 3.5, 7.5, 15.5 and 31.5 s */
    CLOSING_REQUESTS = 3, /* as libnice has it: a relay that is away is not begged for long to take back what it lent */
    NOMINATION_MS = 30000, /* the side that does not choose the pair waits for the other's choice */
    MAX_REMOTE_CANDIDATES = 64,
    MAX_CANDIDATE_LENGTH = 512,
    MAX_EARLY_TARGETS = 16,
    SPARE_DESCRIPTORS =
        64, /* for one more, and for whoever else needs some: GLib ends the process where it gets none */
};

struct ice {
    NiceAgent *agent;
    struct reactor *reactor;     /* borrowed */
    struct ice_servers *servers; /* borrowed; NULL: none */
    GPtrArray *relays;           /* strings: the TURN servers that libnice was told */
    guint stream;
    int n_remote;      /* remote candidates taken */
    bool skipped_some; /* remote candidates that only a peer-reflexive check can stand in for */
    const struct ice_listener *listener;
    void *user_data;
};

/* ---- what libnice says ---- */

static void on_candidate(NiceAgent *agent, NiceCandidate *candidate, gpointer user_data)
{
    struct ice *ice = user_data;
    g_autofree char *line = nice_agent_generate_local_candidate_sdp(agent, candidate);
    if (line && g_str_has_prefix(line, "a="))
        ice->listener->candidate(ice->user_data, line + 2);
}

static void on_gathered(NiceAgent *agent, guint stream, gpointer user_data)
{
    (void)agent;
    (void)stream;
    struct ice *ice = user_data;
    ice->listener->candidate(ice->user_data, NULL);
}

static void on_state(NiceAgent *agent, guint stream, guint component, guint state, gpointer user_data)
{
    (void)agent;
    (void)stream;
    (void)component;
    struct ice *ice = user_data;
    g_debug("ICE: %s", nice_component_state_to_string((NiceComponentState)state));
    if (state == NICE_COMPONENT_STATE_CONNECTED || state == NICE_COMPONENT_STATE_READY)
        ice->listener->state(ice->user_data, ICE_CONNECTED);
    else if (state == NICE_COMPONENT_STATE_FAILED)
        ice->listener->state(ice->user_data, ICE_FAILED);
    else
        ice->listener->state(ice->user_data, ICE_CHECKING);
}

static void on_receive(NiceAgent *agent, guint stream, guint component, guint size, gchar *data, gpointer user_data)
{
    (void)agent;
    (void)stream;
    (void)component;
    struct ice *ice = user_data;
    ice->listener->receive(ice->user_data, (uint8_t *)data, size);
}

/* ---- create, destroy ---- */

/* Once each: libnice asks as soon as it knows, also one that it is told after it has gathered. */
static void use_relay(struct ice *ice, const struct ice_server *server)
{
    char *key = g_strdup_printf("%d %s %u %s", server->kind, server->address, server->port, server->user);
    if (g_ptr_array_find_with_equal_func(ice->relays, key, g_str_equal, NULL)) {
        g_free(key);
        return;
    }
    g_ptr_array_add(ice->relays, key);
    nice_agent_set_relay_info(ice->agent, ice->stream, COMPONENT, server->address, server->port, server->user,
                              server->credential,
                              server->kind == ICE_TURN_TCP ? NICE_RELAY_TYPE_TURN_TCP : NICE_RELAY_TYPE_TURN_UDP);
}

/* libnice asks one STUN server and any number of TURN servers, each by its address. */
static void use_servers(struct ice *ice, const struct ice_servers *servers)
{
    const struct ice_server *server;
    bool stun = false;
    g_object_set(ice->agent, "force-relay", ice_servers_relay_only(servers), NULL);
    for (guint i = 0; (server = ice_servers_at(servers, i)); i++) {
        if (server->kind != ICE_STUN)
            use_relay(ice, server);
        else if (!stun)
            g_object_set(ice->agent, "stun-server", server->address, "stun-server-port", server->port, NULL);
        stun |= server->kind == ICE_STUN;
    }
}

static gint compare_to_ipv4(gconstpointer address, gconstpointer unused)
{
    (void)unused;
    return strchr(address, ':') != NULL;
}

/* A machine with no network but its own loopback can still call itself, and a TURN server behind a tunnel is reached
 * over the loopback: libnice would leave it out. */
static void add_loopback_when_alone(NiceAgent *agent)
{
    GList *addresses = nice_interfaces_get_local_ips(FALSE);
    if (!g_list_find_custom(addresses, NULL, compare_to_ipv4)) {
        addresses = g_list_append(addresses, g_strdup("127.0.0.1"));
        for (GList *each = addresses; each; each = each->next) {
            NiceAddress address;
            nice_address_init(&address);
            if (nice_address_set_from_string(&address, each->data))
                nice_agent_add_local_address(agent, &address);
        }
    }
    g_list_free_full(addresses, g_free);
}

static bool gather(struct ice *ice, const struct ice_config *config)
{
    ice->stream = nice_agent_add_stream(ice->agent, 1);
    if (!ice->stream)
        return false;
    nice_agent_set_stream_name(ice->agent, ice->stream, "application");
    use_servers(ice, config->servers);
    add_loopback_when_alone(ice->agent);
    return nice_agent_attach_recv(ice->agent, ice->stream, COMPONENT, reactor_context(ice->reactor), on_receive, ice) &&
           nice_agent_gather_candidates(ice->agent, ice->stream);
}

struct ice *ice_create(const struct ice_config *config)
{
    if (!descriptors_are_left(SPARE_DESCRIPTORS)) {
        g_warning("a connection was refused: the file descriptors run out (%d are allowed)", descriptors_allowed());
        return NULL;
    }
    struct ice *ice = g_new0(struct ice, 1);
    ice->reactor = config->reactor;
    ice->servers = config->servers;
    ice->relays = g_ptr_array_new_with_free_func(g_free);
    ice->listener = config->listener;
    ice->user_data = config->user_data;
    /* Aggressive nomination: regular costs a round trip more. The other side's consent (RFC 7675) is asked for by
     * keepalive checks, which are sent again when they are lost: libnice's own "consent freshness" gives up 10 s after
     * the last answer while it asks every 4 to 6 s, once, so that two packets lost in a row, or one at the wrong time,
     * ended a good connection. */
    ice->agent = nice_agent_new_full(reactor_context(config->reactor), NICE_COMPATIBILITY_RFC5245,
                                     NICE_AGENT_OPTION_ICE_TRICKLE);
    g_object_set(ice->agent, "ice-tcp", FALSE, "upnp", FALSE, "stun-pacing-timer", PACING_MS, "controlling-mode",
                 config->controlling, "keepalive-conncheck", TRUE, NULL);
    g_signal_connect(ice->agent, "new-candidate-full", G_CALLBACK(on_candidate), ice);
    g_signal_connect(ice->agent, "candidate-gathering-done", G_CALLBACK(on_gathered), ice);
    g_signal_connect(ice->agent, "component-state-changed", G_CALLBACK(on_state), ice);
    if (!gather(ice, config)) {
        g_warning("ICE cannot gather candidates: no UDP socket can be opened");
        ice_destroy(ice);
        return NULL;
    }
    return ice;
}

/* An agent that gives back what a relay lent it, over the servers' tunnels. */
struct closing {
    struct reactor *reactor;
    struct ice_servers *servers;
};

static void on_closed(GObject *agent, GAsyncResult *result, gpointer user_data)
{
    (void)agent;
    (void)result;
    struct closing *closing = user_data;
    reactor_end_close(closing->reactor);
    ice_servers_destroy(closing->servers);
    g_free(closing);
}

/* The agent lives until on_closed, which is called in what is the thread's default context now. */
static void begin_close(struct ice *ice)
{
    GMainContext *context = reactor_context(ice->reactor);
    struct closing *closing = g_new(struct closing, 1);
    *closing = (struct closing){ ice->reactor, ice_servers_keep(ice->servers) };
    reactor_begin_close(ice->reactor);
    g_object_set(ice->agent, "stun-max-retransmissions", CLOSING_REQUESTS, NULL);
    g_main_context_push_thread_default(context);
    nice_agent_close_async(ice->agent, on_closed, closing);
    g_main_context_pop_thread_default(context);
}

/* Safe inside the agent's own callbacks: it holds a reference on itself meanwhile, and calls us no more. */
void ice_destroy(struct ice *ice)
{
    if (!ice)
        return;
    g_signal_handlers_disconnect_by_data(ice->agent, ice);
    if (ice->stream)
        nice_agent_attach_recv(ice->agent, ice->stream, COMPONENT, reactor_context(ice->reactor), NULL, NULL);
    begin_close(ice);
    g_object_unref(ice->agent);
    g_ptr_array_unref(ice->relays);
    g_free(ice);
}

/* ---- descriptions ---- */

void ice_local_credentials(struct ice *ice, char **ufrag, char **pwd)
{
    if (!nice_agent_get_local_credentials(ice->agent, ice->stream, ufrag, pwd))
        g_assert_not_reached();
}

/* From here on checks are sent for as long as RFC 8489, 6.2.1 has it: libnice would give up after three within two
 * seconds, so that a cut of so long would be the end. (Servers that say nothing are asked as before: gathering waits
 * for them.) Who waits for how long at most is decided above. */
bool ice_set_remote_credentials(struct ice *ice, const char *ufrag, const char *pwd)
{
    g_object_set(ice->agent, "stun-max-retransmissions", CHECKS, "idle-timeout", NOMINATION_MS, NULL);
    return nice_agent_set_remote_credentials(ice->agent, ice->stream, ufrag, pwd);
}

void ice_set_servers(struct ice *ice, struct ice_servers *servers)
{
    ice->servers = servers;
    use_servers(ice, servers);
}

void ice_set_controlling(struct ice *ice)
{
    g_object_set(ice->agent, "controlling-mode", TRUE, NULL);
}

/* RFC 8839, 5.1: foundation, component, transport, ... libnice complains of a TCP candidate without a tcptype (RFC
 * 6544) on its own. */
static bool is_udp(const char *text)
{
    g_auto(GStrv) words = g_strsplit(text, " ", 4);
    return g_strv_length(words) == 4 && !g_ascii_strcasecmp(words[2], "UDP");
}

/* libnice's parser returns NULL for mDNS names and what else it does not know. */
static NiceCandidate *parse_candidate(struct ice *ice, const char *text)
{
    if (!g_str_has_prefix(text, "candidate:") || strnlen(text, MAX_CANDIDATE_LENGTH + 1) > MAX_CANDIDATE_LENGTH ||
        !is_udp(text))
        return NULL;
    g_autofree char *line = g_strconcat("a=", text, NULL);
    g_strchomp(line);
    NiceCandidate *candidate = nice_agent_parse_remote_candidate_sdp(ice->agent, ice->stream, line);
    if (candidate && candidate->component_id == COMPONENT && nice_address_is_valid(&candidate->addr) &&
        nice_address_get_port(&candidate->addr))
        return candidate;
    if (candidate)
        nice_candidate_free(candidate);
    return NULL;
}

bool ice_add_remote_candidate(struct ice *ice, const char *text)
{
    if (ice->n_remote == MAX_REMOTE_CANDIDATES)
        return false;
    NiceCandidate *candidate = parse_candidate(ice, text);
    if (!candidate) {
        ice->skipped_some = true;
        return false;
    }
    GSList list = { .data = candidate };
    bool taken = nice_agent_set_remote_candidates(ice->agent, ice->stream, COMPONENT, &list) > 0;
    nice_candidate_free(candidate);
    ice->n_remote += taken;
    return taken;
}

/* Kept from libnice where candidates were skipped: it would fail as soon as the ones it knows have failed, while a
 * browser behind an mDNS name is still about to reach us. */
void ice_end_of_remote_candidates(struct ice *ice)
{
    if (!ice->skipped_some)
        nice_agent_peer_candidate_gathering_done(ice->agent, ice->stream);
}

/* ---- data ---- */

bool ice_send(struct ice *ice, const uint8_t *data, size_t size)
{
    return nice_agent_send(ice->agent, ice->stream, COMPONENT, (guint)size, (const gchar *)data) == (gint)size;
}

/* From libnice 0.1.22 on, a relay's own connection is among the sockets: a stream, which speaks TURN alone. */
static bool can_send(GSocket *socket, GSocketFamily family)
{
    return g_socket_get_socket_type(socket) == G_SOCKET_TYPE_DATAGRAM && g_socket_get_family(socket) == family;
}

static void send_from_all(GPtrArray *sockets, NiceAddress *to, const uint8_t *data, size_t size)
{
    union {
        struct sockaddr_storage storage;
        struct sockaddr address;
    } native = { 0 };
    nice_address_copy_to_sockaddr(to, &native.address);
    g_autoptr(GSocketAddress) address = g_socket_address_new_from_native(&native, sizeof native);
    for (guint i = 0; address && i < sockets->len; i++) {
        GSocket *socket = g_ptr_array_index(sockets, i);
        if (can_send(socket, g_socket_address_get_family(address)))
            g_socket_send_to(socket, address, (const gchar *)data, size, NULL, NULL);
    }
}

void ice_send_early(struct ice *ice, const uint8_t *data, size_t size)
{
    if (ice_servers_relay_only(ice->servers))
        return; /* it would show where we are */
    g_autoptr(GPtrArray) sockets = nice_agent_get_sockets(ice->agent, ice->stream, COMPONENT);
    GSList *candidates = nice_agent_get_remote_candidates(ice->agent, ice->stream, COMPONENT);
    int targets = 0;
    for (GSList *each = candidates; sockets && each && targets < MAX_EARLY_TARGETS; each = each->next, targets++)
        send_from_all(sockets, &((NiceCandidate *)each->data)->addr, data, size);
    g_slist_free_full(candidates, (GDestroyNotify)nice_candidate_free);
}
