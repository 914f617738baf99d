#include "net/transport/ice_servers.h"

#include <string.h>

#include <gio/gio.h>

#include "net/connection/dialer.h"
#include "net/transport/turn_tls.h"

enum { STUN_PORT = 3478, STUNS_PORT = 5349, SERVERS_MAX = 16, ADDRESSES_MAX = 4, RETRY_S = 10 };

struct entry {
    struct ice_server server;            /* without its address */
    struct ice_server at[ADDRESSES_MAX]; /* one for each address, only that its own */
    guint n_addresses;                   /* 0: not known (yet) */
    struct ice_servers *servers;         /* borrowed */
    char *named;                         /* its URL, where the hub named it */
    char *host;
    bool tls;
    struct turn_tls *tunnel;
    struct dialer *dialer; /* or NULL */
    GSource *retry;        /* until the next */
    bool complained;
};

struct ice_servers {
    struct reactor *reactor; /* borrowed */
    char *ca_file;
    bool relay_only;
    GPtrArray *entries;             /* struct entry */
    void (*known)(void *user_data); /* or NULL */
    void *user_data;
};

static void entry_free(void *data)
{
    struct entry *entry = data;
    if (entry->retry) {
        g_source_destroy(entry->retry);
        g_source_unref(entry->retry);
    }
    dialer_destroy(entry->dialer);
    turn_tls_destroy(entry->tunnel);
    for (guint i = 0; i < entry->n_addresses; i++)
        g_free(entry->at[i].address);
    g_free(entry->server.user);
    g_free(entry->server.credential);
    g_free(entry->named);
    g_free(entry->host);
    g_free(entry);
}

struct ice_servers *ice_servers_create(struct reactor *reactor, const char *ca_file)
{
    struct ice_servers *servers = g_rc_box_new0(struct ice_servers);
    servers->reactor = reactor;
    servers->ca_file = g_strdup(ca_file);
    servers->entries = g_ptr_array_new_with_free_func(entry_free);
    return servers;
}

static void servers_clear(void *data)
{
    struct ice_servers *servers = data;
    g_ptr_array_unref(servers->entries);
    g_free(servers->ca_file);
}

void ice_servers_destroy(struct ice_servers *servers)
{
    if (servers)
        g_rc_box_release_full(servers, servers_clear);
}

struct ice_servers *ice_servers_keep(struct ice_servers *servers)
{
    return servers ? g_rc_box_acquire(servers) : NULL;
}

static void add_address(struct entry *entry, const char *address)
{
    entry->at[entry->n_addresses] = entry->server;
    entry->at[entry->n_addresses++].address = g_strdup(address);
}

static void open_tunnel(struct entry *entry)
{
    entry->tunnel = turn_tls_create(reactor_context(entry->servers->reactor), entry->host, (uint16_t)entry->server.port,
                                    entry->servers->ca_file);
    if (!entry->tunnel)
        return;
    entry->server.port = turn_tls_port(entry->tunnel);
    add_address(entry, "127.0.0.1");
}

static gboolean on_retry(gpointer user_data)
{
    struct entry *entry = user_data;
    g_clear_pointer(&entry->retry, g_source_unref);
    dialer_look_up(entry->dialer);
    return G_SOURCE_REMOVE;
}

static void retry_later(struct entry *entry)
{
    entry->retry = g_timeout_source_new_seconds(RETRY_S);
    g_source_set_callback(entry->retry, on_retry, entry, NULL);
    g_source_attach(entry->retry, reactor_context(entry->servers->reactor));
}

/* libnice asks one STUN server, and it is IPv4 that is translated: its address goes first. */
static void prefer_ipv4(struct entry *entry)
{
    for (guint i = 1; i < entry->n_addresses && strchr(entry->at[0].address, ':'); i++) {
        struct ice_server first = entry->at[0];
        entry->at[0] = entry->at[i];
        entry->at[i] = first;
    }
}

static void on_looked_up(void *user_data, const char *error)
{
    struct entry *entry = user_data;
    if (error && !entry->complained)
        g_warning("the ICE server %s cannot be used yet: %s", entry->host, error);
    entry->complained |= error != NULL;
    if (error)
        retry_later(entry);
    while (dialer_has_next(entry->dialer) && entry->n_addresses < ADDRESSES_MAX)
        add_address(entry, dialer_next(entry->dialer));
    dialer_finish(entry->dialer);
    prefer_ipv4(entry);
    if (entry->n_addresses && entry->servers->known)
        entry->servers->known(entry->servers->user_data);
}

static void look_up(struct entry *entry)
{
    entry->dialer = dialer_create(reactor_context(entry->servers->reactor), entry->host, 0, on_looked_up, entry);
    dialer_look_up(entry->dialer);
}

/* ---- URLs ---- */

struct scheme {
    const char *prefix;
    enum ice_server_kind kind;
    bool tls;
    uint16_t port;
};

static const struct scheme *scheme_of(const char *url)
{
    static const struct scheme schemes[] = {
        { "stun:", ICE_STUN, false, STUN_PORT },
        { "turn:", ICE_TURN_UDP, false, STUN_PORT },
        { "turns:", ICE_TURN_TCP, true, STUNS_PORT },
        { "", ICE_STUN, false, STUN_PORT },
    };
    const struct scheme *scheme = schemes;
    while (!g_str_has_prefix(url, scheme->prefix))
        scheme++;
    return scheme;
}

/* RFC 7065, 3.1. TLS runs over TCP only: DTLS to a TURN server is hardly found. */
static bool parse_transport(struct entry *entry, const char *query)
{
    if (!query)
        return true;
    bool tcp = g_str_equal(query, "transport=tcp"), udp = g_str_equal(query, "transport=udp");
    if (tcp && entry->server.kind != ICE_STUN)
        entry->server.kind = ICE_TURN_TCP;
    return (tcp || udp) && entry->server.kind != ICE_STUN && !(udp && entry->tls);
}

/* Fills in what the URL says; NULL, or why it says nothing. */
static const char *parse_url(struct entry *entry, const char *url)
{
    const struct scheme *scheme = scheme_of(url);
    g_auto(GStrv) parts = g_strsplit(url + strlen(scheme->prefix), "?", 2);
    g_autoptr(GSocketConnectable) where = *parts && **parts ? g_network_address_parse(*parts, scheme->port, NULL)
                                                            : NULL;
    if (!where)
        return "it wants to be stun:HOST[:PORT], turn:HOST[:PORT][?transport=udp|tcp] or turns:HOST[:PORT]";
    entry->tls = scheme->tls;
    entry->host = g_strdup(g_network_address_get_hostname(G_NETWORK_ADDRESS(where)));
    entry->server.kind = scheme->kind;
    entry->server.port = g_network_address_get_port(G_NETWORK_ADDRESS(where));
    return parse_transport(entry, parts[1]) ? NULL : "its transport is not udp or tcp";
}

static void set_credential(struct entry *entry, const char *user, const char *credential)
{
    g_free(entry->server.user);
    g_free(entry->server.credential);
    entry->server.user = g_strdup(user);
    entry->server.credential = g_strdup(credential);
    for (guint i = 0; i < entry->n_addresses; i++) {
        entry->at[i].user = entry->server.user;
        entry->at[i].credential = entry->server.credential;
    }
}

/* `count`: how many there are already. NULL with words in `error`. */
static struct entry *entry_create(guint count, const char *url, const char *user, const char *credential, char **error)
{
    struct entry *entry = g_new0(struct entry, 1);
    const char *why = count == SERVERS_MAX ? "there are too many already" : parse_url(entry, url);
    if (!why && entry->server.kind != ICE_STUN && !(user && credential))
        why = "a TURN server wants a user and a credential";
    if (why) {
        *error = g_strdup_printf("\"%s\" is no ICE server: %s", url, why);
        g_clear_pointer(&entry, entry_free);
        return NULL;
    }
    set_credential(entry, user, credential);
    return entry;
}

bool ice_servers_check(char *const *urls, const char *user, const char *credential, char **error)
{
    for (guint i = 0; urls && urls[i]; i++) {
        struct entry *entry = entry_create(i, urls[i], user, credential, error);
        if (!entry)
            return false;
        entry_free(entry);
    }
    return true;
}

static struct entry *add(struct ice_servers *servers, const char *url, const char *user, const char *credential,
                         char **error)
{
    struct entry *entry = entry_create(servers->entries->len, url, user, credential, error);
    if (!entry)
        return NULL;
    entry->servers = servers;
    g_ptr_array_add(servers->entries, entry);
    if (entry->tls)
        open_tunnel(entry);
    else if (g_hostname_is_ip_address(entry->host))
        add_address(entry, entry->host);
    else
        look_up(entry);
    return entry;
}

bool ice_servers_add(struct ice_servers *servers, const char *url, const char *user, const char *credential,
                     char **error)
{
    return add(servers, url, user, credential, error);
}

/* ---- those that the hub names ---- */

bool ice_servers_is_url(const char *url)
{
    return g_str_has_prefix(url, "stun:") || g_str_has_prefix(url, "turn:") || g_str_has_prefix(url, "turns:");
}

static struct entry *find_named(const struct ice_servers *servers, const char *url)
{
    for (guint i = 0; i < servers->entries->len; i++) {
        struct entry *entry = servers->entries->pdata[i];
        if (!g_strcmp0(entry->named, url))
            return entry;
    }
    return NULL;
}

static bool is_named(const char *url, const struct ice_server_named *named, guint n)
{
    for (guint i = 0; i < n; i++)
        if (g_str_equal(named[i].url, url))
            return true;
    return false;
}

static void forget_others(struct ice_servers *servers, const struct ice_server_named *named, guint n)
{
    for (guint i = servers->entries->len; i-- > 0;) {
        const struct entry *entry = servers->entries->pdata[i];
        if (!is_named(entry->named, named, n))
            g_ptr_array_remove_index(servers->entries, i);
    }
}

static void add_named(struct ice_servers *servers, const struct ice_server_named *named)
{
    g_autofree char *error = NULL;
    struct entry *known = find_named(servers, named->url),
                 *entry = known || !ice_servers_is_url(named->url)
                              ? known
                              : add(servers, named->url, named->user, named->credential, &error);
    if (!entry)
        g_info("an ICE server of the hub's is left out: %s", error ? error : named->url);
    else if (known)
        set_credential(known, named->user, named->credential);
    else
        entry->named = g_strdup(named->url);
}

void ice_servers_set_named(struct ice_servers *servers, const struct ice_server_named *named, guint n)
{
    const struct entry *first = servers->entries->len ? servers->entries->pdata[0] : NULL;
    if (first && !first->named)
        return;
    forget_others(servers, named, n);
    for (guint i = 0; i < n; i++)
        add_named(servers, &named[i]);
}

void ice_servers_listen(struct ice_servers *servers, void (*known)(void *user_data), void *user_data)
{
    servers->known = known;
    servers->user_data = user_data;
}

void ice_servers_set_relay_only(struct ice_servers *servers, bool relay_only)
{
    servers->relay_only = relay_only;
}

bool ice_servers_relay_only(const struct ice_servers *servers)
{
    return servers && servers->relay_only;
}

const struct ice_server *ice_servers_at(const struct ice_servers *servers, guint i)
{
    for (guint e = 0; servers && e < servers->entries->len; e++) {
        const struct entry *entry = servers->entries->pdata[e];
        if (i < entry->n_addresses)
            return &entry->at[i];
        i -= entry->n_addresses;
    }
    return NULL;
}
