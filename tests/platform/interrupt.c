/* Signals as flags for the loop: none is lost, whenever it comes. */
#include "platform/interrupt.h"

#include <glib.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ROUNDS = 400, WITHIN_S = 5, APART_US = 60 };

/* A process of its own, as any that looks for the first time: what it writes to then is not yet its own page of memory,
 * and the kernel delivers signals while it makes it so. */
static void look_until_it_comes(int ready)
{
    interrupt_catch_reload();
    alarm(WITHIN_S);
    if (write(ready, "", 1) != 1)
        _exit(2);
    while (!interrupt_reload_seen()) {}
    _exit(interrupt_reload_seen());
}

static void wait_us(int64_t length_us)
{
    int64_t end_us = g_get_monotonic_time() + length_us;
    while (g_get_monotonic_time() < end_us) {}
}

static void no_reload_is_lost(void)
{
    g_setenv("NOTIFY_SOCKET", "/none", TRUE);
    for (int i = 0; i < ROUNDS; i++) {
        int ready[2], status = -1;
        char byte;
        g_assert_cmpint(pipe(ready), ==, 0);
        pid_t child = fork();
        g_assert_cmpint(child, >=, 0);
        if (!child)
            look_until_it_comes(ready[1]);
        g_assert_cmpint((int)read(ready[0], &byte, 1), ==, 1);
        wait_us(g_test_rand_int_range(0, APART_US));
        kill(child, SIGHUP);
        g_assert_cmpint(waitpid(child, &status, 0), ==, child);
        close(ready[0]);
        close(ready[1]);
        if (status)
            g_error("the child of round %d ended with %x: %s", i, (unsigned)status,
                    WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM ? "it never saw the signal" : "it saw it twice");
    }
}

/* The status of a child that catches signals and does this, and then exits. */
static int end_of(void (*act)(void))
{
    int status = -1;
    pid_t child = fork();
    g_assert_cmpint(child, >=, 0);
    if (!child) {
        interrupt_catch();
        act();
        _exit(interrupt_seen() ? 0 : 1);
    }
    g_assert_cmpint(waitpid(child, &status, 0), ==, child);
    return status;
}

static void get_two_at_once(void)
{
    raise(SIGTERM);
    raise(SIGTERM);
}

static void get_two(void)
{
    raise(SIGTERM);
    g_usleep(600000);
    raise(SIGTERM);
}

/* As timeout(1) sends it: what the program writes when it ends would be lost. */
static void twice_at_once_is_once(void)
{
    g_assert_cmpint(end_of(get_two_at_once), ==, 0);
}

static void a_second_one_ends_at_once(void)
{
    int status = end_of(get_two);
    g_assert_true(WIFSIGNALED(status));
    g_assert_cmpint(WTERMSIG(status), ==, SIGTERM);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/interrupt/reload", no_reload_is_lost);
    g_test_add_func("/interrupt/twice-at-once", twice_at_once_is_once);
    g_test_add_func("/interrupt/second", a_second_one_ends_at_once);
    return g_test_run();
}
