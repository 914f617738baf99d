/*
 * wan.c - a small user-space WAN emulator between Linux network namespaces.
 *
 * Each host is a network namespace with a TUN device "wan0"; this program reads the IP packets of
 * every TUN and hands them to the TUN of the destination after the conditions of that path: delay,
 * jitter, loss (random or in bursts), duplication, reordering, a rate with a drop-tail queue, cuts
 * and UDP blocking. It needs root, /dev/net/tun and iproute2, and no netem.
 *
 *   two      wan --a-ns A --b-ns B --delay 50 --jitter 5 --loss 2 --rate 5000 --seed 7 -- COMMAND...
 *   three    wan --a-ns A --b-ns B --hub S --delay 20 -- ./test.sh    # "ip netns exec A prog" inside
 *   uneven   wan ... --set "path=A>B loss=5 burst=4" --set "path=B>A rate=800 queue=300"
 *   timed    wan ... --at "t=5 loss=20%" --at "t=10 path=A-B cut=3" --at "t=13 loss=0"
 *   live     wan ... --ctl ./ctl -- ./test.sh        # echo "path=A>S cut=2" > "$WAN_CTL"
 *   TURN     wan ... --hub S --set "udp=0" --turn-port 3478    # udp=0 alone leaves only TCP
 *   handover wan --a-ns A --b-ns B --host A ...     # A has wan0 (10.77.0.1) and wan1 (10.77.0.4)
 *
 * Hosts: --a-ns is 10.77.0.1, --b-ns .2, --hub .3, each --host the next (a namespace named again
 * gets one more device; on paths it is "A.1"). Addresses .N+10, .N+20 ... also reach host N, so that
 * a test may renumber a host. With --ipv6, also fd77::N. An existing namespace is used and kept.
 *
 * Conditions, as options (for every path) or in --set/--at/--ctl lines:
 *   delay=MS jitter=MS    one-way delay; jitter is a normal deviation that keeps the order
 *   loss=% burst=N        mean loss; N > 1: Gilbert-Elliott with N packets as mean stay in the bad
 *   good=% bad=%          state, and the loss in either state (0 and 100 unless given)
 *   dup=% reorder=% late=MS   duplicates; packets held back by MS (20) so that others overtake them
 *   rate=KBIT/S queue=MS  bottleneck of IP bytes, drop-tail queue as time at that rate (200); 0: none
 *   udp=0|1               0 drops UDP except from/to --turn-port
 *   size=BYTES            drops larger IP packets with UDP, and tells nobody; 0: none
 *   nat=BITS              the sender is behind a NAT: her UDP ports are others outside, by exclusive-or
 *                         with BITS; other BITS later: it forgot her. 0: none. path=X>* or X>Y
 *   cut=S                 loses everything for S seconds from now (0 ends a cut)
 *   path=X>Y | X-Y        one way or both; X, Y a namespace or *. Without it: every path.
 *
 * Other options: --seed N, --time S (end), --shared (all paths out of a host share one bottleneck),
 * --mtu N, --turn-port N, --json FILE (else stdout), --spin US (poll that long before a packet is
 * due: more exact, more CPU), --verbose.
 *
 * Repeatable: each path has its own generator, and every packet takes the same number of draws from
 * it, so the fate of packet n of a path depends on the seed, the path, n and the conditions alone.
 * Not repeatable are the times at which programs send, hence the fill of a queue.
 * Lateness: "late_us" is how late packets left against their plan. A high p99 means that the machine
 * (or its hypervisor) withheld the processor: measure again rather than trust such a run.
 * Names: no DNS reaches the namespaces, and a look-up waits for its time-out; use addresses.
 * Exit status: that of COMMAND; 124 when --time ended it; 125 when the set-up failed.
 *
 * This file has the options and the command; wan.h says what the others have.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "wan.h"

enum { STATUS_SET_UP = 125 };

/* --- options */

/* What the command line says beside what goes into struct wan. */
struct settings {
    const char *json, *control;       /* files; NULL: none */
    double limit;                     /* seconds; 0: as long as the command */
    char lines[WAN_EVENTS][WAN_LINE]; /* conditions, as wan_add_event reads them */
    int n_lines;
};

/* Below AT it is a condition: an index into wan_keys. */
enum { AT = 256, ANS, BNS, HUB, HOST, SEED, TIME, SHARED, MTU, TURN, JSON, CTL, SPIN, VERBOSE, IPV6 };

enum { OPTIONS = 40 };

static int usage(const char *why)
{
    fprintf(stderr,
            "wan: %s\nusage: wan --a-ns A --b-ns B [--hub S] [--host H]... [--delay MS] [--jitter MS]"
            " [--loss %%] ... [--set LINE] [--at LINE] -- COMMAND...   (see the top of wan.c)\n",
            why);
    return STATUS_SET_UP;
}

static void list_options(struct option list[OPTIONS])
{
    static const struct option fixed[] = {
        { "at", 1, 0, AT },         { "set", 1, 0, AT },    { "a-ns", 1, 0, ANS },        { "b-ns", 1, 0, BNS },
        { "hub", 1, 0, HUB },       { "host", 1, 0, HOST }, { "seed", 1, 0, SEED },       { "time", 1, 0, TIME },
        { "shared", 0, 0, SHARED }, { "mtu", 1, 0, MTU },   { "turn-port", 1, 0, TURN },  { "json", 1, 0, JSON },
        { "ctl", 1, 0, CTL },       { "spin", 1, 0, SPIN }, { "verbose", 0, 0, VERBOSE }, { "ipv6", 0, 0, IPV6 },
    };
    enum { FIXED = sizeof fixed / sizeof *fixed };
    memcpy(list, fixed, sizeof fixed);
    for (int key = 0; key < wan_n_keys && FIXED + key < OPTIONS - 1; key++)
        list[FIXED + key] = (struct option){ wan_keys[key].name, 1, 0, key };
}

/* NULL, or what is wrong with it. */
static const char *take_condition(struct settings *settings, int key, const char *value)
{
    if (key < 0 || key >= wan_n_keys)
        return "bad option";
    snprintf(settings->lines[settings->n_lines++], WAN_LINE, "%s=%s", wan_keys[key].name, value);
    return NULL;
}

static const char *take_option(struct wan *wan, struct settings *settings, int option, const char *value)
{
    switch (option) {
    case AT:
        snprintf(settings->lines[settings->n_lines++], WAN_LINE, "%s", value);
        return NULL;
    case ANS:
    case BNS:
    case HUB:
    case HOST:
        return wan_add_host(wan, option == HOST ? -1 : option - ANS, value) ? "bad or repeated host" : NULL;
    case SEED:
        wan->seed = strtoull(value, NULL, 0);
        return NULL;
    case TIME:
        settings->limit = atof(value);
        return NULL;
    case SHARED:
        wan->shared = true;
        return NULL;
    case MTU:
        wan->mtu = atoi(value);
        return wan->mtu < 576 || wan->mtu > WAN_SLOT - 48 ? "bad --mtu" : NULL;
    case TURN:
        wan->turn_port = atoi(value);
        return NULL;
    case JSON:
        settings->json = value;
        return NULL;
    case CTL:
        settings->control = value;
        return NULL;
    case SPIN:
        wan->spin = (int64_t)(atof(value) * 1000);
        return NULL;
    case VERBOSE:
        wan->verbose = true;
        return NULL;
    case IPV6:
        wan->ipv6 = true;
        return NULL;
    default:
        return take_condition(settings, option, value);
    }
}

/* NULL, or what is wrong. */
static const char *read_options(struct wan *wan, struct settings *settings, int argc, char **argv)
{
    struct option list[OPTIONS] = { 0 };
    const char *wrong = NULL;
    int option;
    list_options(list);
    while (!wrong && (option = getopt_long(argc, argv, "+", list, NULL)) != -1)
        wrong = settings->n_lines == WAN_EVENTS ? "too many conditions" : take_option(wan, settings, option, optarg);
    return wrong || (wan->hosts[0].ns[0] && wan->hosts[1].ns[0]) ? wrong : "--a-ns and --b-ns are needed";
}

/* NULL, or the line that is wrong. */
static const char *add_conditions(struct wan *wan, const struct settings *settings)
{
    for (int i = 0; i < settings->n_lines; i++)
        if (wan_add_event(wan, settings->lines[i]))
            return settings->lines[i];
    return NULL;
}

/* --- the command */

/* Signals come through a descriptor, so that every way out passes the tear-down. Returns it; `old`: the mask before. */
static int catch_signals(sigset_t *old)
{
    sigset_t set;
    const int caught[] = { SIGINT, SIGTERM, SIGHUP, SIGCHLD };
    sigemptyset(&set);
    for (size_t i = 0; i < sizeof caught / sizeof *caught; i++)
        sigaddset(&set, caught[i]);
    sigprocmask(SIG_BLOCK, &set, old);
    signal(SIGPIPE, SIG_IGN);
    return signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

/* In a group of its own, so that all of it can be ended; 0: there is none. */
static pid_t start_command(char **argv, const sigset_t *mask)
{
    pid_t child = *argv ? fork() : 0;
    if (child || !*argv)
        return child;
    setpgid(0, 0);
    sigprocmask(SIG_SETMASK, mask, NULL);
    signal(SIGPIPE, SIG_DFL);
    execvp(argv[0], argv);
    fprintf(stderr, "wan: %s: %s\n", argv[0], strerror(errno));
    _exit(127);
}

static void end_command(pid_t child)
{
    for (int i = 0; child > 0 && i < 40 && !kill(-child, i < 20 ? SIGTERM : SIGKILL); i++) {
        waitpid(child, NULL, WNOHANG);
        usleep(50000);
    }
}

/* --- from the beginning to the end */

/* Where conditions are written while it runs; -1: nowhere. */
static int open_control(const char *name, int *control)
{
    *control = -1;
    if (!name)
        return 0;
    if (mkfifo(name, 0600) || (*control = open(name, O_RDWR | O_NONBLOCK | O_CLOEXEC)) < 0) {
        fprintf(stderr, "wan: %s: %s\n", name, strerror(errno));
        return -1;
    }
    setenv("WAN_CTL", name, 1);
    return 0;
}

static void write_report(const struct wan *wan, const char *name)
{
    FILE *file = name ? fopen(name, "w") : stdout;
    if (!file)
        return;
    wan_report(wan, file);
    if (name)
        fclose(file);
    else
        fflush(file);
}

static int emulate(struct wan *wan, const struct settings *settings, char **command)
{
    struct wan_watch watch = { .end = INT64_MAX };
    sigset_t mask;
    watch.signals = catch_signals(&mask);
    if (watch.signals < 0 || wan_make_pool(wan))
        return usage("out of resources");
    if (wan_set_up_hosts(wan) || open_control(settings->control, &watch.control)) {
        wan_tear_down(wan);
        return STATUS_SET_UP;
    }
    wan->start = wan_now();
    wan_apply_events(wan, 0);
    watch.child = start_command(command, &mask);
    if (settings->limit > 0)
        watch.end = wan->start + (int64_t)(settings->limit * 1e9);
    int status = wan_run(wan, &watch);
    write_report(wan, settings->json);
    end_command(watch.child);
    wan_tear_down(wan);
    if (settings->control)
        unlink(settings->control);
    return status;
}

int main(int argc, char **argv)
{
    struct wan *wan = calloc(1, sizeof *wan);
    struct settings *settings = calloc(1, sizeof *settings);
    if (!wan || !settings)
        return usage("out of resources");
    wan->seed = 1;
    wan->mtu = 1500;
    for (int i = 0; i < WAN_HOSTS; i++)
        wan->hosts[i].fd = -1;
    const char *wrong = read_options(wan, settings, argc, argv);
    wan_make_paths(wan);
    if (!wrong)
        wrong = add_conditions(wan, settings);
    int status = wrong ? usage(wrong) : emulate(wan, settings, argv + optind);
    free(wan->flight.pool);
    free(settings);
    free(wan);
    return status;
}
