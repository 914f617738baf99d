#include "sfu.h"

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

struct sfu {
    enum sfu_kind kind;
    char *folder, *token;
    int port, endpoint_port;
    GPid pid, endpoint; /* 0: not running */
};

bool sfu_has_janus(void)
{
    g_autofree char *program = g_find_program_in_path("janus"), *system = NULL;
    if (program)
        return true;
    g_file_get_contents("/etc/os-release", &system, NULL, NULL);
    if (system && strstr(system, "VERSION_ID=\"12\""))
        g_error("no janus here; './run test' installs it");
    return false;
}

static int free_port(void)
{
    g_autoptr(GSocketListener) listener = g_socket_listener_new();
    uint16_t port = g_socket_listener_add_any_inet_port(listener, NULL, NULL);
    g_assert_cmpint(port, >, 0);
    g_socket_listener_close(listener);
    return port;
}

static void write_file(const struct sfu *server, const char *name, const char *text)
{
    g_autofree char *file = g_build_filename(server->folder, name, NULL);
    g_assert_true(g_file_set_contents(file, text, -1, NULL));
}

/* The two plugins that are wanted, and HTTP. */
static void write_configuration(const struct sfu *server)
{
    g_autofree char *general = g_strdup_printf(
        "general: { configs_folder = \"%s\"  debug_level = 2  daemonize = false }\n"
        "plugins: { disable = \"libjanus_audiobridge.so,libjanus_duktape.so,libjanus_echotest.so,libjanus_lua.so,"
        "libjanus_nosip.so,libjanus_recordplay.so,libjanus_sip.so,libjanus_textroom.so,libjanus_videocall.so,"
        "libjanus_voicemail.so\" }\n"
        "transports: { disable = \"libjanus_mqtt.so,libjanus_nanomsg.so,libjanus_pfunix.so,libjanus_rabbitmq.so,"
        "libjanus_websockets.so\" }\n",
        server->folder);
    g_autofree char *http = g_strdup_printf(
        "general: { json = \"plain\"  base_path = \"/janus\"  http = true  port = %d  ip = \"127.0.0.1\" }\n"
        "admin: { admin_http = false }\n",
        server->port);
    write_file(server, "janus.jcfg", general);
    write_file(server, "janus.transport.http.jcfg", http);
    write_file(server, "janus.plugin.videoroom.jcfg", "general: { }\n");
    write_file(server, "janus.plugin.streaming.jcfg", "general: { }\n");
}

static bool listens(int port)
{
    g_autoptr(GSocketClient) client = g_socket_client_new();
    g_autoptr(GSocketConnection)
        connection = g_socket_client_connect_to_host(client, "127.0.0.1", (uint16_t)port, NULL, NULL);
    return connection != NULL;
}

/* Between fork and exec: none outlives its test. */
static void die_with_parent(gpointer parent)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != GPOINTER_TO_INT(parent))
        _exit(1);
}

/* Back when it listens on `port`. */
static GPid start(char **arguments, int port)
{
    GPid pid;
    GSpawnFlags flags = G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_SEARCH_PATH | G_SPAWN_STDOUT_TO_DEV_NULL;
    if (!g_getenv("CALLAPI_DEBUG"))
        flags |= G_SPAWN_STDERR_TO_DEV_NULL;
    g_assert_true(g_spawn_async(NULL, arguments, NULL, flags, die_with_parent, GINT_TO_POINTER(getpid()), &pid, NULL));
    for (int i = 0; i < 1500 && !listens(port); i++)
        g_usleep(20000);
    g_assert_true(listens(port));
    return pid;
}

void sfu_restart(struct sfu *server)
{
    g_autofree char *file = g_build_filename(server->folder, "janus.jcfg", NULL);
    g_autofree char *url = g_strdup_printf("http://127.0.0.1:%d/janus", server->port);
    g_autofree char *port = g_strdup_printf("%d", server->endpoint_port);
    char *janus[] = { "janus", "-F", server->folder, "-C", file, NULL };
    char *before_janus[] = {
        "/usr/bin/python3", SOURCE_DIR "/tests/support/janus_endpoint.py", url, port, server->token, NULL
    };
    char *aiortc[] = { "/usr/bin/python3", SOURCE_DIR "/tests/support/webrtc_server.py", port, NULL };
    if (server->kind == JANUS)
        server->pid = start(janus, server->port);
    server->endpoint = start(server->kind == JANUS ? before_janus : aiortc, server->endpoint_port);
}

struct sfu *sfu_start(enum sfu_kind kind, const char *token)
{
    struct sfu *server = g_new0(struct sfu, 1);
    server->kind = kind;
    server->folder = g_dir_make_tmp("callapi-media-server-XXXXXX", NULL);
    server->token = g_strdup(token);
    server->port = free_port();
    server->endpoint_port = free_port();
    write_configuration(server);
    sfu_restart(server);
    return server;
}

static void end(GPid *pid)
{
    if (!*pid)
        return;
    kill(*pid, SIGKILL);
    waitpid(*pid, NULL, 0);
    g_spawn_close_pid(*pid);
    *pid = 0;
}

void sfu_kill(struct sfu *server)
{
    end(&server->endpoint);
    end(&server->pid);
}

void sfu_stop(struct sfu *server)
{
    sfu_kill(server);
    g_autoptr(GDir) folder = g_dir_open(server->folder, 0, NULL);
    for (const char *name; (name = g_dir_read_name(folder));) {
        g_autofree char *path = g_build_filename(server->folder, name, NULL);
        g_unlink(path);
    }
    g_rmdir(server->folder);
    g_free(server->folder);
    g_free(server->token);
    g_free(server);
}

char *sfu_publish_url(const struct sfu *server)
{
    return g_strdup_printf("whip://127.0.0.1:%d/whip%s", server->endpoint_port, server->kind == JANUS ? "/lobby" : "");
}

char *sfu_play_url(const struct sfu *server)
{
    return g_strdup_printf("whep://127.0.0.1:%d/whep%s", server->endpoint_port, server->kind == JANUS ? "/lobby" : "");
}
