/* The one wait: packets from the hosts, packets that are due, conditions that change, and the end. */
#define _GNU_SOURCE
#include <poll.h>
#include <sched.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "wan.h"

enum { STATUS_TIME = 124 };

int64_t wan_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * WAN_SECOND + now.tv_nsec;
}

struct loop {
    struct wan *wan;
    const struct wan_watch *watch;
    struct pollfd polled[WAN_HOSTS + 2]; /* the hosts' TUNs, then these two */
    int hosts[WAN_HOSTS], n_hosts;
};

static void list_descriptors(struct loop *loop)
{
    const struct wan_host *hosts = loop->wan->hosts;
    int n = 0;
    for (int i = 0; i < WAN_HOSTS; i++)
        if (hosts[i].ns[0]) {
            loop->hosts[n] = i;
            loop->polled[n++] = (struct pollfd){ .fd = hosts[i].fd, .events = POLLIN };
        }
    loop->polled[n] = (struct pollfd){ .fd = loop->watch->signals, .events = POLLIN };
    loop->polled[n + 1] = (struct pollfd){ .fd = loop->watch->control, .events = POLLIN };
    loop->n_hosts = n;
}

/* What comes first: the end, a change of conditions, a packet that is due. */
static int64_t next_deadline(const struct loop *loop)
{
    const struct wan *wan = loop->wan;
    int64_t next = loop->watch->end, due = wan_next_due(wan);
    if (wan->next_event < wan->n_events && wan->start + wan->events[wan->next_event].at < next)
        next = wan->start + wan->events[wan->next_event].at;
    if (due != INT64_MAX && due - wan->spin < next)
        next = due - wan->spin;
    return next;
}

/* The exit status when a signal or the command has ended the run; -1: it goes on. */
static int read_signal(const struct loop *loop)
{
    struct signalfd_siginfo info;
    int status = 0;
    if (read(loop->watch->signals, &info, sizeof info) == sizeof info && info.ssi_signo != SIGCHLD)
        return 128 + (int)info.ssi_signo;
    if (loop->watch->child > 0 && waitpid(loop->watch->child, &status, WNOHANG) == loop->watch->child)
        return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return -1;
}

static void read_control(const struct loop *loop)
{
    char text[1024], *save;
    ssize_t length = read(loop->watch->control, text, sizeof text - 1);
    text[length > 0 ? length : 0] = 0;
    for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
        if (strlen(line) < WAN_LINE)
            wan_apply(loop->wan, line);
}

/* The exit status when it has ended; -1: it goes on. */
static int wait_and_receive(struct loop *loop)
{
    const struct pollfd *signals = &loop->polled[loop->n_hosts], *control = signals + 1;
    int64_t now = wan_now(), next = next_deadline(loop), wait = next > now ? next - now : 0;
    if (now >= loop->watch->end)
        return STATUS_TIME;
    struct timespec timeout = { wait / WAN_SECOND, wait % WAN_SECOND };
    if (ppoll(loop->polled, (nfds_t)loop->n_hosts + 2, &timeout, NULL) <= 0)
        return -1;
    for (int i = 0; i < loop->n_hosts; i++)
        if (loop->polled[i].revents)
            wan_receive(loop->wan, loop->hosts[i]);
    int status = signals->revents ? read_signal(loop) : -1;
    if (status < 0 && control->revents)
        read_control(loop);
    return status;
}

/* Until the command ends, a signal comes or time is up. Returns the exit status. */
static int run(struct loop *loop)
{
    int status = -1;
    list_descriptors(loop);
    while (status < 0) {
        int64_t now = wan_now();
        wan_apply_events(loop->wan, now - loop->wan->start);
        wan_deliver(loop->wan, now);
        status = wait_and_receive(loop);
    }
    return status;
}

/* Exact timers, no page faults, and the processor when we need it (all best effort). */
int wan_run(struct wan *wan, const struct wan_watch *watch)
{
    struct loop loop = { .wan = wan, .watch = watch };
    struct sched_param priority = { .sched_priority = 10 };
    prctl(PR_SET_TIMERSLACK, 1ul);
    sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK, &priority);
    mlockall(MCL_CURRENT | MCL_FUTURE);
    int status = run(&loop);
    priority.sched_priority = 0;
    sched_setscheduler(0, SCHED_OTHER, &priority);
    return status;
}
