#include "media_server.h"

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "free_port.h"

struct media_server {
    enum media_server_kind kind;
    char *folder, *url, *recording;
    int port;
    GPid pid; /* 0: not running */
};

/* One process, which is the one that is killed. */
static void write_nginx_configuration(const struct media_server *server, const char *path)
{
    g_autofree char *text = g_strdup_printf("load_module /usr/lib/nginx/modules/ngx_rtmp_module.so;\n"
                                            "daemon off; master_process off; pid %s/pid; error_log %s/errors;\n"
                                            "events { }\n"
                                            "rtmp { access_log off; server { listen 127.0.0.1:%d; application live {\n"
                                            "live on; record all; record_path %s; record_suffix .flv; } } }\n",
                                            server->folder, server->folder, server->port, server->folder);
    g_assert_true(g_file_set_contents(path, text, -1, NULL));
}

static char **arguments_of(const struct media_server *server)
{
    g_autoptr(GStrvBuilder) all = g_strv_builder_new();
    g_autofree char *configuration = g_build_filename(server->folder, "nginx.conf", NULL),
                    *port = g_strdup_printf("%d", server->port),
                    *listener = g_strdup_printf("srt://127.0.0.1:%d?mode=listener", server->port);
    switch (server->kind) {
    case MEDIA_SERVER_RTMP:
        write_nginx_configuration(server, configuration);
        g_strv_builder_add_many(all, "/usr/sbin/nginx", "-p", server->folder, "-c", configuration, NULL);
        break;
    case MEDIA_SERVER_SRT:
        g_strv_builder_add_many(all, "ffmpeg", "-v", "error", "-nostdin", "-i", listener, "-map", "0", "-c", "copy",
                                "-flush_packets", "1", "-y", server->recording, NULL);
        break;
    case MEDIA_SERVER_RTSP:
        g_strv_builder_add_many(all, SOURCE_DIR "/tests/support/rtsp_recorder.py", port, server->recording, NULL);
        break;
    }
    return g_strv_builder_end(all);
}

/* Ends with the test, however that ends. */
static void before_exec(gpointer user_data)
{
    (void)user_data;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
}

void media_server_restart(struct media_server *server)
{
    g_auto(GStrv) arguments = arguments_of(server);
    g_autoptr(GError) error = NULL;
    g_unlink(server->recording);
    g_spawn_async(NULL, arguments, NULL,
                  G_SPAWN_SEARCH_PATH | G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_STDOUT_TO_DEV_NULL |
                      G_SPAWN_STDERR_TO_DEV_NULL,
                  before_exec, NULL, &server->pid, &error);
    g_assert_no_error(error);
}

struct media_server *media_server_start(enum media_server_kind kind)
{
    static const struct {
        const char *url, *recording; /* printf's, of the port; in the folder */
    } kinds[] = {
        [MEDIA_SERVER_RTMP] = { "rtmp://127.0.0.1:%d/live/" MEDIA_SERVER_KEY, MEDIA_SERVER_KEY ".flv" },
        [MEDIA_SERVER_SRT] = { "srt://127.0.0.1:%d?streamid=" MEDIA_SERVER_KEY, "srt.ts" },
        [MEDIA_SERVER_RTSP] = { "rtsp://127.0.0.1:%d/" MEDIA_SERVER_KEY, "rtsp.flv" },
    };
    struct media_server *server = g_new0(struct media_server, 1);
    server->kind = kind;
    server->port = free_port();
    server->folder = g_dir_make_tmp("callapi-media-XXXXXX", NULL);
    g_assert_nonnull(server->folder);
    g_autoptr(GString) url = g_string_new(kinds[kind].url);
    g_autofree char *port = g_strdup_printf("%d", server->port);
    g_string_replace(url, "%d", port, 1);
    server->url = g_strdup(url->str);
    server->recording = g_build_filename(server->folder, kinds[kind].recording, NULL);
    media_server_restart(server);
    return server;
}

void media_server_kill(struct media_server *server)
{
    if (!server->pid)
        return;
    kill(server->pid, SIGKILL);
    waitpid(server->pid, NULL, 0);
    g_spawn_close_pid(server->pid);
    server->pid = 0;
}

void media_server_freeze(struct media_server *server)
{
    kill(server->pid, SIGSTOP);
}

static void remove_folder(const char *path)
{
    g_autoptr(GDir) folder = g_dir_open(path, 0, NULL);
    for (const char *name; folder && (name = g_dir_read_name(folder));) {
        g_autofree char *inside = g_build_filename(path, name, NULL);
        if (g_file_test(inside, G_FILE_TEST_IS_DIR))
            remove_folder(inside);
        else
            g_unlink(inside);
    }
    g_rmdir(path);
}

void media_server_stop(struct media_server *server)
{
    if (!server)
        return;
    media_server_kill(server);
    remove_folder(server->folder);
    g_free(server->folder);
    g_free(server->url);
    g_free(server->recording);
    g_free(server);
}

const char *media_server_url(const struct media_server *server)
{
    return server->url;
}

const char *media_server_recording(const struct media_server *server)
{
    return server->recording;
}
