/* What a service manager hears: a socket of our own in its place. */
#include "platform/service.h"

#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

struct manager {
    char *folder, *path;
    int socket;
};

static void set_up(struct manager *manager, gconstpointer data)
{
    (void)data;
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    manager->folder = g_dir_make_tmp("service-XXXXXX", NULL);
    manager->path = g_build_filename(manager->folder, "notify", NULL);
    manager->socket = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    g_strlcpy(address.sun_path, manager->path, sizeof address.sun_path);
    g_assert_cmpint(bind(manager->socket, (const struct sockaddr *)&address, sizeof address), ==, 0);
    g_setenv("NOTIFY_SOCKET", manager->path, TRUE);
}

static void tear_down(struct manager *manager, gconstpointer data)
{
    (void)data;
    g_unsetenv("NOTIFY_SOCKET");
    g_unsetenv("WATCHDOG_USEC");
    close(manager->socket);
    g_unlink(manager->path);
    g_rmdir(manager->folder);
    g_free(manager->path);
    g_free(manager->folder);
}

static void assert_hears(const struct manager *manager, const char *said)
{
    char text[256] = "";
    ssize_t length = recv(manager->socket, text, sizeof text - 1, 0);
    if (!said) {
        g_assert_cmpint((int)length, <, 0);
        return;
    }
    g_assert_cmpstr(text, ==, said);
}

static void test_life(struct manager *manager, gconstpointer data)
{
    (void)data;
    g_setenv("WATCHDOG_USEC", "9000000", TRUE);
    struct service *service = service_create();
    assert_hears(manager, NULL);
    service_ready(service);
    assert_hears(manager, "READY=1\nWATCHDOG=1");
    service_alive(service, 100);
    assert_hears(manager, "WATCHDOG=1");
    service_alive(service, 1000099);
    assert_hears(manager, NULL);
    g_assert_cmpint(service_deadline(service), ==, 1000100);
    service_alive(service, 1000100);
    assert_hears(manager, "WATCHDOG=1");
    service_destroy(service);
    assert_hears(manager, "STOPPING=1");
}

/* What opens everything anew has the watchdog's whole time for it. */
static void test_reload(struct manager *manager, gconstpointer data)
{
    (void)data;
    struct service *service = service_create();
    char text[256] = "";
    service_reloading(service);
    g_assert_cmpint((int)recv(manager->socket, text, sizeof text - 1, 0), >, 0);
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    g_assert_true(g_strv_contains((const char *const *)lines, "RELOADING=1"));
    g_assert_true(g_strv_contains((const char *const *)lines, "WATCHDOG=1"));
    g_assert_nonnull(strstr(text, "MONOTONIC_USEC="));
    service_destroy(service); /* the next program of this process goes on */
    assert_hears(manager, NULL);
    service = service_create();
    service_ready(service);
    assert_hears(manager, "READY=1\nWATCHDOG=1");
    service_destroy(service);
    assert_hears(manager, "STOPPING=1");
}

static void test_nobody_watches(struct manager *manager, gconstpointer data)
{
    (void)data;
    struct service *service = service_create();
    g_assert_cmpint(service_deadline(service), ==, INT64_MAX);
    service_alive(service, 1000);
    assert_hears(manager, NULL);
    service_destroy(service);
    assert_hears(manager, "STOPPING=1");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add("/service/life", struct manager, NULL, set_up, test_life, tear_down);
    g_test_add("/service/reload", struct manager, NULL, set_up, test_reload, tear_down);
    g_test_add("/service/nobody-watches", struct manager, NULL, set_up, test_nobody_watches, tear_down);
    return g_test_run();
}
