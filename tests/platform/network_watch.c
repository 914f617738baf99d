/* The system tells of network changes, and whether a socket's address is still there. In a network of its own; where
 * this user may not have one the test is skipped. */
#define _GNU_SOURCE
#include "platform/network/network_watch.h"

#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { PATIENCE_US = 30 * G_USEC_PER_SEC };

static void count(void *user_data)
{
    ++*(int *)user_data;
}

static void set_loopback(bool up)
{
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    struct ifreq request = { .ifr_name = "lo" };
    g_assert_cmpint(ioctl(fd, SIOCGIFFLAGS, &request), ==, 0);
    request.ifr_flags = (short)(up ? request.ifr_flags | IFF_UP : request.ifr_flags & ~IFF_UP);
    g_assert_cmpint(ioctl(fd, SIOCSIFFLAGS, &request), ==, 0);
    close(fd);
}

static void wait_for(GMainContext *context, const int *changes, int wanted)
{
    int64_t end_us = g_get_monotonic_time() + PATIENCE_US;
    while (*changes < wanted && g_get_monotonic_time() < end_us) {
        g_main_context_iteration(context, FALSE);
        g_usleep(1000);
    }
    g_assert_cmpint(*changes, ==, wanted);
}

static bool is_alone(void)
{
    if (!unshare(CLONE_NEWNET) || !unshare(CLONE_NEWUSER | CLONE_NEWNET))
        return true;
    g_test_skip("no network of our own");
    return false;
}

static void tells_of_changes(void)
{
    if (!is_alone())
        return;
    g_autoptr(GMainContext) context = g_main_context_new();
    int changes = 0;
    struct network_watch *watch = network_watch_create(context, count, &changes);
    g_assert_nonnull(watch);
    set_loopback(true);
    wait_for(context, &changes, 1);
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    g_assert_cmpint(bind(fd, (struct sockaddr *)&address, sizeof address), ==, 0);
    g_assert_true(network_carries(fd));
    set_loopback(false);
    wait_for(context, &changes, 2);
    g_assert_false(network_carries(fd));
    close(fd);
    network_watch_destroy(watch);
    set_loopback(true);
    g_assert_false(g_main_context_iteration(context, FALSE));
    g_assert_cmpint(changes, ==, 2);
}

static void ip(const char *words)
{
    g_autofree char *command = g_strdup_printf("ip %s", words);
    int status = 0;
    g_assert_true(g_spawn_command_line_sync(command, NULL, NULL, &status, NULL));
    g_assert_cmpint(status, ==, 0);
}

/* Nothing is told for a while. */
static void assert_quiet(GMainContext *context, const int *changes)
{
    int before = *changes;
    for (int64_t end_us = g_get_monotonic_time() + G_USEC_PER_SEC / 5; g_get_monotonic_time() < end_us; g_usleep(1000))
        g_main_context_iteration(context, FALSE);
    g_assert_cmpint(*changes, ==, before);
}

/* The address comes long after the link (DHCP), and is renewed from time to time. */
static void tells_of_addresses(void)
{
    if (!is_alone())
        return;
    ip("link set lo up");
    ip("address add 10.1.2.3/32 dev lo");
    g_autoptr(GMainContext) context = g_main_context_new();
    int changes = 0;
    struct network_watch *watch = network_watch_create(context, count, &changes);
    g_assert_nonnull(watch);
    ip("address change 10.1.2.3/32 dev lo valid_lft 1000 preferred_lft 1000"); /* was there */
    assert_quiet(context, &changes);
    ip("address add 10.1.2.4/32 dev lo");
    wait_for(context, &changes, 1);
    ip("address change 10.1.2.4/32 dev lo valid_lft 1000 preferred_lft 1000");
    assert_quiet(context, &changes);
    ip("address add fd00::1/64 dev lo nodad");
    wait_for(context, &changes, 2);
    ip("address change fd00::1/64 dev lo valid_lft 1000 preferred_lft 1000");
    assert_quiet(context, &changes);
    ip("address del 10.1.2.4/32 dev lo");
    wait_for(context, &changes, 3);
    ip("address add 10.1.2.4/32 dev lo");
    wait_for(context, &changes, 4);
    network_watch_destroy(watch);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/network-watch/changes", tells_of_changes);
    g_test_add_func("/network-watch/addresses", tells_of_addresses);
    return g_test_run();
}
