/* The page that the hub serves beside its signalling: files in folders below it too, each as what it is, and nothing
 * that lies outside. */
#include "hub_request.h"
#include "left_behind.h"
#include "net/hub/hub.h"

#define ASSETS SOURCE_DIR "/assets"

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

/* Head and body. */
static GString *get(struct world *world, const char *path)
{
    g_autoptr(GSocket) socket = connect_to_hub(hub_url(world->hub));
    g_autofree char *request = g_strdup_printf("GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n", path);
    GString *answer = g_string_new(NULL);
    converse(world->reactor, socket, request, NULL, answer);
    return answer;
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
