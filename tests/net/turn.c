/* Two peers that reach each other through a real TURN server only (coturn): over UDP, TCP and TLS. */
#include "peer_pair.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <stdlib.h>

#include <nice/interfaces.h>

#include "certificate.h"
#include "net/transport/ice_probe.h"

struct server {
    GSubprocess *process;
    struct certificate certificate;
    char *folder, *address;
    int port, tls_port;
};

static int free_port(void)
{
    g_autoptr(GSocketListener) sockets = g_socket_listener_new();
    uint16_t port = g_socket_listener_add_any_inet_port(sockets, NULL, NULL);
    g_assert_cmpint(port, >, 0);
    g_socket_listener_close(sockets);
    return port;
}

static bool answers(const char *address, int port)
{
    g_autoptr(GSocketClient) client = g_socket_client_new();
    g_autoptr(GSocketConnection)
        connection = g_socket_client_connect_to_host(client, address, (uint16_t)port, NULL, NULL);
    return connection != NULL;
}

/* libnice's sockets send through the network card their address belongs to: a server on the loopback is not to be
 * reached from them. */
static char *own_address(void)
{
    GList *addresses = nice_interfaces_get_local_ips(FALSE);
    char *own = NULL;
    for (GList *each = addresses; each && !own; each = each->next)
        if (!strchr(each->data, ':'))
            own = g_strdup(each->data);
    g_list_free_full(addresses, g_free);
    return own ? own : g_strdup("127.0.0.1");
}

static void server_open(struct server *server)
{
    server->folder = g_dir_make_tmp("callapi-turn-XXXXXX", NULL);
    server->certificate = certificate_make("localhost");
    server->address = own_address();
    server->port = free_port();
    server->tls_port = free_port();
    g_autofree char *port = g_strdup_printf("%d", server->port), *tls_port = g_strdup_printf("%d", server->tls_port);
    g_autofree char *log = g_build_filename(server->folder, "log", NULL),
                    *database = g_build_filename(server->folder, "db", NULL);
    g_autofree char *pid = g_build_filename(server->folder, "pid", NULL);
    g_autofree char *listening = g_strdup_printf("--listening-ip=%s", server->address);
    g_autofree char *relay = g_strdup_printf("--relay-ip=%s", server->address);
    g_autoptr(GError) error = NULL;
    server->process = g_subprocess_new(
        G_SUBPROCESS_FLAGS_STDOUT_SILENCE | G_SUBPROCESS_FLAGS_STDERR_SILENCE, &error, "turnserver", "-n", listening,
        "--listening-ip=127.0.0.1", relay, "-p", port, "--tls-listening-port", tls_port, "--cert",
        server->certificate.cert, "--pkey", server->certificate.key, "-u", "anna:secret", "-r", "callapi.test",
        "--lt-cred-mech", "--allow-loopback-peers", "--no-cli", "-l", log, "-b", database, "--pidfile", pid, NULL);
    if (!server->process)
        g_error("%s; './run test' installs it", error->message);
    for (int i = 0; i < 500 && !(answers(server->address, server->port) && answers(server->address, server->tls_port));
         i++)
        g_usleep(20000);
    g_assert_true(answers(server->address, server->tls_port));
}

static void server_close(struct server *server)
{
    g_subprocess_send_signal(server->process, SIGTERM);
    g_subprocess_wait(server->process, NULL, NULL);
    g_object_unref(server->process);
    g_autoptr(GDir) folder = g_dir_open(server->folder, 0, NULL);
    for (const char *name; (name = g_dir_read_name(folder));) {
        g_autofree char *path = g_build_filename(server->folder, name, NULL);
        g_unlink(path);
    }
    g_rmdir(server->folder);
    g_free(server->folder);
    g_free(server->address);
    certificate_remove(&server->certificate);
}

/* Only relayed candidates are told, and media pass both ways. */
static void through(struct server *server, const char *url)
{
    struct pair pair = { .reactor = reactor_create(), .identity = dtls_identity_create(), .before = belongings_now() };
    g_autofree char *error = NULL;
    pair.ice_servers = ice_servers_create(pair.reactor, server->certificate.cert);
    ice_servers_set_relay_only(pair.ice_servers, true);
    g_assert_true(ice_servers_add(pair.ice_servers, url, "anna", "secret", &error));
    wait_until(&pair, ice_servers_at(pair.ice_servers, 0));
    open_agent(&pair, &pair.caller, &pair.callee, true, AV_CODEC_ID_H264);
    open_agent(&pair, &pair.callee, &pair.caller, false, AV_CODEC_ID_H264);
    wait_until(&pair, peer_milestones(pair.caller.peer).gathered_us && peer_milestones(pair.callee.peer).gathered_us);
    g_autofree char *offer = peer_offer(pair.caller.peer);
    g_assert_nonnull(strstr(offer, "typ relay"));
    g_assert_null(strstr(offer, "typ host"));
    g_autofree char *answer = peer_answer(pair.callee.peer, offer, &error);
    g_assert_true(peer_set_answer(pair.caller.peer, answer, &error));
    wait_until(&pair, connected(&pair.caller) && connected(&pair.callee));
    exchange(&pair, &pair.caller, &pair.callee);
    exchange(&pair, &pair.callee, &pair.caller);
    close_pair(&pair);
}

static bool probe(const struct server *server, const char *url, const char *credential)
{
    struct reactor *reactor = reactor_create();
    g_autofree char *detail = NULL;
    bool good = ice_probe(&(struct ice_probe_config){ reactor, url, "anna", credential, server->certificate.cert },
                          &detail);
    g_test_message("%s: %s", url, detail);
    reactor_destroy(reactor);
    return good;
}

static void relays(void)
{
    struct server server;
    server_open(&server);
    g_autofree char *udp = g_strdup_printf("turn:%s:%d", server.address, server.port);
    g_autofree char *udp_said = g_strdup_printf("turn:%s:%d?transport=udp", server.address, server.port);
    g_autofree char *tcp = g_strdup_printf("turn:%s:%d?transport=tcp", server.address, server.port);
    g_autofree char *tls = g_strdup_printf("turns:localhost:%d", server.tls_port);
    const char *urls[] = { udp, udp_said, tcp, tls };
    for (size_t i = 0; i < G_N_ELEMENTS(urls); i++) {
        g_test_message("%s", urls[i]);
        through(&server, urls[i]);
        g_assert_true(probe(&server, urls[i], "secret"));
    }
    g_autofree char *stun = g_strdup_printf("stun:%s:%d", server.address, server.port),
                    *nobody = g_strdup_printf("stun:%s:1", server.address);
    g_assert_true(probe(&server, stun, NULL));
    g_assert_false(probe(&server, nobody, NULL));
    g_assert_false(probe(&server, udp, "wrong"));
    server_close(&server);
}

/* Nothing relayed: no candidate at all, rather than one that would show where we are. */
static void wrong_password(void)
{
    struct server server;
    server_open(&server);
    struct pair pair = { .reactor = reactor_create(), .identity = dtls_identity_create(), .before = belongings_now() };
    g_autofree char *url = g_strdup_printf("turn:%s:%d", server.address, server.port), *error = NULL;
    pair.ice_servers = ice_servers_create(pair.reactor, NULL);
    ice_servers_set_relay_only(pair.ice_servers, true);
    g_assert_true(ice_servers_add(pair.ice_servers, url, "anna", "wrong", &error));
    open_agent(&pair, &pair.caller, &pair.callee, true, AV_CODEC_ID_H264);
    open_agent(&pair, &pair.callee, &pair.caller, false, AV_CODEC_ID_H264);
    wait_until(&pair, peer_milestones(pair.caller.peer).gathered_us);
    g_autofree char *offer = peer_offer(pair.caller.peer);
    g_assert_null(strstr(offer, "a=candidate"));
    close_pair(&pair);
    server_close(&server);
}

static void urls(void)
{
    static const char *const good[] = { "192.0.2.1:3478", "stun:192.0.2.1", "turn:[2001:db8::1]:3478?transport=tcp",
                                        "turn:192.0.2.1" };
    static const char *const bad[] = { "",
                                       "turn:",
                                       "turn:192.0.2.1:99999",
                                       "turn:192.0.2.1?transport=sctp",
                                       "stun:192.0.2.1?transport=tcp",
                                       "turns:192.0.2.1?transport=udp" };
    struct reactor *reactor = reactor_create();
    struct ice_servers *servers = ice_servers_create(reactor, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(good); i++) {
        g_autofree char *error = NULL;
        g_assert_true(ice_servers_add(servers, good[i], "user", "credential", &error));
        g_assert_nonnull(ice_servers_at(servers, (guint)i));
    }
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autofree char *error = NULL;
        g_assert_false(ice_servers_add(servers, bad[i], "user", "credential", &error));
        g_assert_nonnull(error);
    }
    g_autofree char *error = NULL;
    g_assert_false(ice_servers_add(servers, "turn:192.0.2.1", NULL, NULL, &error));
    g_assert_null(ice_servers_at(servers, G_N_ELEMENTS(good)));
    ice_servers_destroy(servers);
    reactor_destroy(reactor);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/turn/urls", urls);
    g_test_add_func("/turn/relays", relays);
    g_test_add_func("/turn/wrong-password", wrong_password);
    return g_test_run();
}
