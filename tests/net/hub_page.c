/* The page that the hub serves beside its signalling: files in folders below it too, each as what it is, and nothing
 * that lies outside. */
#include <gio/gio.h>
#include <stdlib.h>
#include <string.h>

#include "left_behind.h"
#include "net/hub/hub.h"

#define ASSETS SOURCE_DIR "/assets"

enum { PATIENCE_US = 30 * G_USEC_PER_SEC };

struct world {
    struct reactor *reactor;
    struct belongings before;
    struct hub *hub;
};

static void open_world(struct world *world)
{
    char *error = NULL;
    struct hub_config config = { .listen = "127.0.0.1:0", .asset_dir = ASSETS };
    world->reactor = reactor_create();
    world->before = belongings_now();
    world->hub = hub_create(world->reactor, &config, &error);
    if (!world->hub)
        g_error("%s", error);
}

static void close_world(struct world *world)
{
    hub_destroy(world->hub);
    end_reactor(world->reactor, &world->before);
}

static GSocket *connect_to(struct world *world)
{
    guint port = (guint)strtoul(strrchr(hub_url(world->hub), ':') + 1, NULL, 10);
    g_autoptr(GSocketAddress) address = g_inet_socket_address_new_from_string("127.0.0.1", port);
    GSocket *socket = g_socket_new(G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, NULL);
    g_assert_true(g_socket_connect(socket, address, NULL, NULL));
    g_socket_set_blocking(socket, FALSE);
    return socket;
}

/* Head and body, until the hub ends the connection. */
static GString *get(struct world *world, const char *path)
{
    g_autoptr(GSocket) socket = connect_to(world);
    g_autofree char *request = g_strdup_printf("GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n", path);
    GString *answer = g_string_new(NULL);
    int64_t end = g_get_monotonic_time() + PATIENCE_US;
    g_assert_cmpint(g_socket_send(socket, request, strlen(request), NULL, NULL), ==, strlen(request));
    while (g_get_monotonic_time() < end) {
        char bytes[4096];
        g_autoptr(GError) error = NULL;
        gssize n = g_socket_receive(socket, bytes, sizeof bytes, NULL, &error);
        if (n > 0)
            g_string_append_len(answer, bytes, n);
        else if (n == 0 || !g_error_matches(error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
            return answer;
        reactor_wait(world->reactor, g_get_monotonic_time() + 10000);
    }
    g_error("%s: no end of the answer", path);
}

static void check_file(struct world *world, const char *path, const char *file, const char *type)
{
    g_autofree char *name = g_build_filename(ASSETS, file, NULL), *content = NULL;
    gsize length;
    GString *answer = get(world, path);
    const char *body = strstr(answer->str, "\r\n\r\n");
    g_assert_true(g_file_get_contents(name, &content, &length, NULL));
    if (!g_str_has_prefix(answer->str, "HTTP/1.1 200 ") || !body)
        g_error("%s: %.200s", path, answer->str);
    g_autofree char *head = g_strndup(answer->str, (gsize)(body - answer->str));
    g_autofree char *line = g_ascii_strdown(head, -1);
    const char *says = strstr(line, "content-type: ");
    g_assert_nonnull(says);
    g_assert_true(g_str_has_prefix(says + strlen("content-type: "), type));
    g_assert_cmpmem(body + 4, answer->len - (gsize)(body + 4 - answer->str), content, length);
    g_string_free(answer, TRUE);
}

/* What the page shares with the desktop client lies in folders of its own, and nothing else of the assets is served. */
static void every_folder(void)
{
    static const struct {
        const char *path, *file, *type;
    } files[] = {
        { "/", "web/index.html", "text/html" },
        { "/call/engine.js", "web/call/engine.js", "text/javascript" },
        { "/call/rules.inc", "web/call/rules.inc", "text/plain; charset=utf-8" },
        { "/theme/theme.ini", "theme/theme.ini", "text/plain; charset=utf-8" },
        { "/i18n/zh_CN.po", "i18n/zh_CN.po", "text/plain; charset=utf-8" },
        { "/fonts/Inter-Medium.otf", "fonts/Inter-Medium.otf", "font/otf" },
        { "/tones/ring.opus", "tones/ring.opus", "audio/ogg" },
        { "/manifest.webmanifest", "web/manifest.webmanifest", "application/manifest+json" },
    };
    struct world world;
    open_world(&world);
    for (size_t i = 0; i < G_N_ELEMENTS(files); i++)
        check_file(&world, files[i].path, files[i].file, files[i].type);
    close_world(&world);
}

static void nothing_outside(void)
{
    static const char *const paths[] = { "/call/../../kiosk.ini", "/../kiosk.ini", "/call/..%2f..%2fkiosk.ini",
                                         "/call/rules", "/call/none.inc" };
    struct world world;
    open_world(&world);
    for (size_t i = 0; i < G_N_ELEMENTS(paths); i++) {
        GString *answer = get(&world, paths[i]);
        if (g_str_has_prefix(answer->str, "HTTP/1.1 200 "))
            g_error("%s: %.200s", paths[i], answer->str);
        g_string_free(answer, TRUE);
    }
    close_world(&world);
}

/* Scripts and styles in the page itself would be refused; no other page shows it in a frame. */
static void headers(void)
{
    struct world world;
    open_world(&world);
    GString *answer = get(&world, "/");
    g_autofree char *head = g_ascii_strdown(answer->str, -1);
    const char *policy = strstr(head, "content-security-policy: default-src 'none';");
    g_assert_nonnull(policy);
    g_assert_nonnull(strstr(policy, "script-src 'self';"));
    g_assert_nonnull(strstr(policy, "style-src 'self';"));
    g_assert_nonnull(strstr(policy, "frame-ancestors 'none';"));
    g_assert_null(strstr(policy, "unsafe"));
    g_assert_nonnull(strstr(head, "permissions-policy: camera=(self), microphone=(self),"));
    g_assert_nonnull(strstr(head, "x-content-type-options: nosniff"));
    g_assert_nonnull(strstr(head, "referrer-policy: no-referrer"));
    g_assert_null(strstr(head, "set-cookie"));
    g_string_free(answer, TRUE);
    close_world(&world);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/hub/page/every-folder", every_folder);
    g_test_add_func("/hub/page/nothing-outside", nothing_outside);
    g_test_add_func("/hub/page/headers", headers);
    return g_test_run();
}
