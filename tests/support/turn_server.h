/* A real TURN server (coturn) for a test: on free ports, in a folder of its own; its user is "anna" with the credential
 * "secret", or whoever has one that was made with the secret it shares with a hub. */
#ifndef CALLAPI_TESTS_TURN_SERVER_H
#define CALLAPI_TESTS_TURN_SERVER_H

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <nice/interfaces.h>

#include "certificate.h"
#include "free_port.h"

enum { TURN_SERVER_TRIES = 5, TURN_SERVER_READY_S = 5 };

struct turn_server {
    GSubprocess *process;
    struct certificate certificate;
    const char *shared_secret; /* NULL: none */
    char *folder, *address;
    int port, tls_port;
};

static inline bool answers(const char *address, int port)
{
    g_autoptr(GSocketClient) client = g_socket_client_new();
    g_autoptr(GSocketConnection)
        connection = g_socket_client_connect_to_host(client, address, (uint16_t)port, NULL, NULL);
    return connection != NULL;
}

/* libnice's sockets send through the network card their address belongs to: a server on the loopback is not to be
 * reached from them. */
static inline char *own_address(void)
{
    GList *addresses = nice_interfaces_get_local_ips(FALSE);
    char *own = NULL;
    for (GList *each = addresses; each && !own; each = each->next)
        if (!strchr(each->data, ':'))
            own = g_strdup(each->data);
    g_list_free_full(addresses, g_free);
    return own ? own : g_strdup("127.0.0.1");
}

/* Between fork and exec: it does not outlive its test, even one that aborts. */
static inline void turn_server_dies_with_parent(gpointer parent)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != GPOINTER_TO_INT(parent))
        _exit(1);
}

/* A STUN binding request (RFC 8489) and any answer to it: coturn takes its UDP port some time after the TCP one, which
 * may be a minute where something holds it. */
static inline bool answers_udp(const char *address, int port)
{
    static const guint8 request[20] = { 0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42, 't', 'e', 's', 't' };
    g_autoptr(GSocket) socket = g_socket_new(G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_DATAGRAM, G_SOCKET_PROTOCOL_UDP, NULL);
    g_autoptr(GSocketAddress) to = g_inet_socket_address_new_from_string(address, (guint)port);
    char answer[512];
    g_socket_send_to(socket, to, (const char *)request, sizeof request, NULL, NULL);
    return g_socket_condition_timed_wait(socket, G_IO_IN, 100000, NULL, NULL) &&
           g_socket_receive(socket, answer, sizeof answer, NULL, NULL) >= (gssize)sizeof request;
}

static inline bool turn_server_is_ready(const struct turn_server *server)
{
    return answers(server->address, server->port) && answers(server->address, server->tls_port) &&
           answers_udp(server->address, server->port);
}

/* On other ports each time. False: it is not ready in time. */
static inline bool turn_server_try(struct turn_server *server)
{
    server->port = free_port();
    server->tls_port = free_port();
    g_autofree char *port = g_strdup_printf("%d", server->port), *tls_port = g_strdup_printf("%d", server->tls_port);
    g_autofree char *log = g_build_filename(server->folder, "log", NULL),
                    *database = g_build_filename(server->folder, "db", NULL);
    g_autofree char *pid = g_build_filename(server->folder, "pid", NULL);
    g_autofree char *listening = g_strdup_printf("--listening-ip=%s", server->address);
    g_autofree char *relay = g_strdup_printf("--relay-ip=%s", server->address);
    g_autoptr(GError) error = NULL;
    g_autoptr(GSubprocessLauncher)
        launcher = g_subprocess_launcher_new(G_SUBPROCESS_FLAGS_STDOUT_SILENCE | G_SUBPROCESS_FLAGS_STDERR_SILENCE);
    g_subprocess_launcher_set_child_setup(launcher, turn_server_dies_with_parent, GINT_TO_POINTER(getpid()), NULL);
    g_autofree char *who = server->shared_secret ? g_strdup_printf("--static-auth-secret=%s", server->shared_secret)
                                                 : g_strdup("--user=anna:secret");
    server->process = g_subprocess_launcher_spawn(
        launcher, &error, "turnserver", "-n", listening, "--listening-ip=127.0.0.1", relay, "-p", port,
        "--tls-listening-port", tls_port, "--cert", server->certificate.cert, "--pkey", server->certificate.key, who,
        "-r", "callapi.test", server->shared_secret ? "--use-auth-secret" : "--lt-cred-mech", "--allow-loopback-peers",
        "--no-cli", "--no-rfc5780", "-l", log, "-b", database, "--pidfile", pid, NULL);
    if (!server->process)
        g_error("%s; './run test' installs it", error->message);
    int64_t limit = g_get_monotonic_time() + TURN_SERVER_READY_S * G_USEC_PER_SEC;
    while (!turn_server_is_ready(server) && g_get_monotonic_time() < limit)
        g_usleep(20000);
    return turn_server_is_ready(server);
}

static inline void turn_server_end(struct turn_server *server)
{
    g_subprocess_force_exit(server->process);
    g_subprocess_wait(server->process, NULL, NULL);
    g_object_unref(server->process);
}

/* `shared_secret`: NULL, or that instead of "anna". */
static inline void turn_server_open(struct turn_server *server, const char *shared_secret)
{
    server->shared_secret = shared_secret;
    server->folder = g_dir_make_tmp("callapi-turn-XXXXXX", NULL);
    server->certificate = certificate_make("localhost");
    server->address = own_address();
    int tries = 1;
    for (; !turn_server_try(server) && tries < TURN_SERVER_TRIES; tries++)
        turn_server_end(server);
    g_assert_true(turn_server_is_ready(server));
}

static inline void turn_server_close(struct turn_server *server)
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

#endif
