#include "sfu.h"

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "free_port.h"

enum { USUAL_BIT_RATE = 3000000 };

struct sfu {
    enum sfu_kind kind;
    int bit_rate; /* 0: the usual one */
    char *folder, *token;
    int port, janus_port; /* HTTP, and Janus behind it */
    GPid pid;             /* 0: not running */
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

static bool listens(int port)
{
    g_autoptr(GSocketClient) client = g_socket_client_new();
    g_autoptr(GSocketConnection)
        connection = g_socket_client_connect_to_host(client, "127.0.0.1", (uint16_t)port, NULL, NULL);
    return connection != NULL;
}

static void wait_until_listens(int port, bool wanted)
{
    for (int i = 0; i < 1500 && listens(port) != wanted; i++)
        g_usleep(20000);
    g_assert_true(listens(port) == wanted);
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
    wait_until_listens(port, true);
    return pid;
}

static char *write_tokens(const struct sfu *server)
{
    char *file = g_build_filename(server->folder, "allowed", NULL);
    g_autofree char *text = g_strdup_printf("* %s\n", server->token);
    g_assert_true(g_file_set_contents(file, text, -1, NULL));
    return file;
}

static void start_janus(struct sfu *server)
{
    g_autofree char *place = g_strdup_printf("127.0.0.1:%d", server->port), *tokens = NULL;
    g_autofree char *port = g_strdup_printf("%d", server->janus_port);
    g_autofree char *bit_rate = g_strdup_printf("%d", server->bit_rate ? server->bit_rate : USUAL_BIT_RATE);
    char *arguments[] = { "/usr/bin/python3",
                          "-B",
                          SOURCE_DIR "/platform/scale/sfu.py",
                          "--listen",
                          place,
                          "--janus-port",
                          port,
                          "--bitrate",
                          bit_rate,
                          "--folder",
                          server->folder,
                          "--open",
                          NULL,
                          NULL };
    if (server->token) {
        arguments[11] = "--tokens";
        arguments[12] = tokens = write_tokens(server);
    }
    server->pid = start(arguments, server->port);
    wait_until_listens(server->janus_port, true);
}

void sfu_restart(struct sfu *server)
{
    g_autofree char *port = g_strdup_printf("%d", server->port);
    char *aiortc[] = { "/usr/bin/python3", SOURCE_DIR "/tests/support/webrtc_server.py", port, NULL };
    if (server->kind == JANUS)
        start_janus(server);
    else
        server->pid = start(aiortc, server->port);
}

static struct sfu *start_new(enum sfu_kind kind, const char *token, int bit_rate)
{
    struct sfu *server = g_new0(struct sfu, 1);
    server->kind = kind;
    server->bit_rate = bit_rate;
    server->folder = g_dir_make_tmp("callapi-media-server-XXXXXX", NULL);
    server->token = g_strdup(token);
    server->port = free_port();
    server->janus_port = free_port();
    sfu_restart(server);
    return server;
}

struct sfu *sfu_start(enum sfu_kind kind, const char *token)
{
    return start_new(kind, token, 0);
}

struct sfu *sfu_start_narrow(int bit_rate, const char *token)
{
    return start_new(JANUS, token, bit_rate);
}

static void end(struct sfu *server, int how)
{
    if (!server->pid)
        return;
    kill(server->pid, how);
    waitpid(server->pid, NULL, 0);
    g_spawn_close_pid(server->pid);
    server->pid = 0;
}

/* What it started dies with it, and only then its ports are free. */
void sfu_kill(struct sfu *server)
{
    end(server, SIGKILL);
    wait_until_listens(server->port, false);
    if (server->kind == JANUS)
        wait_until_listens(server->janus_port, false);
}

void sfu_stop(struct sfu *server)
{
    end(server, server->kind == JANUS ? SIGTERM : SIGKILL);
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
    return g_strdup_printf("whip://127.0.0.1:%d/whip%s", server->port, server->kind == JANUS ? "/lobby" : "");
}

char *sfu_play_url(const struct sfu *server)
{
    return g_strdup_printf("whep://127.0.0.1:%d/whep%s", server->port, server->kind == JANUS ? "/lobby" : "");
}
