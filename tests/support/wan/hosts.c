/* Hosts: network namespaces, each with a TUN device through which its packets come here. */
#define _GNU_SOURCE
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <sched.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "wan.h"

/* A command of the shell. 0: it went well. */
static int __attribute__((format(printf, 1, 2))) sh(const char *format, ...)
{
    char command[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(command, sizeof command, format, arguments);
    va_end(arguments);
    return system(command);
}

/* The name goes into commands. */
static bool is_name(const char *ns)
{
    for (const char *p = ns; *p; p++)
        if (!isalnum((unsigned char)*p) && !strchr("_.-", *p))
            return false;
    return *ns && *ns != '-' && strlen(ns) <= 60;
}

int wan_add_host(struct wan *wan, int slot, const char *ns)
{
    int unit = 0;
    if (slot < 0)
        for (slot = 3; slot < WAN_HOSTS && wan->hosts[slot].ns[0]; slot++)
            ;
    if (!is_name(ns) || slot >= WAN_HOSTS || wan->hosts[slot].ns[0])
        return -1;
    for (int i = 0; i < WAN_HOSTS; i++)
        unit += !strcmp(wan->hosts[i].ns, ns);
    struct wan_host *host = &wan->hosts[slot];
    snprintf(host->name, sizeof host->name, unit ? "%s.%d" : "%s", ns, unit);
    snprintf(host->ns, sizeof host->ns, "%s", ns);
    host->unit = unit;
    return 0;
}

/* Goes into the host's namespace, which is made where there is none. */
static int enter(struct wan_host *host)
{
    char file[128];
    snprintf(file, sizeof file, "/run/netns/%.63s", host->ns);
    if (access(file, F_OK)) {
        if (sh("ip netns add %s", host->ns))
            return -1;
        host->made = true;
    }
    int ns = open(file, O_RDONLY | O_CLOEXEC);
    if (ns < 0)
        return -1;
    int wrong = setns(ns, CLONE_NEWNET);
    close(ns);
    return wrong;
}

/* Without IPv6 on it, unless it is asked for: else the kernel sends packets of its own. */
static int silence_ipv6(const char *device)
{
    char file[128];
    snprintf(file, sizeof file, "/proc/sys/net/ipv6/conf/%s/disable_ipv6", device);
    int fd = open(file, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return 0; /* the kernel has none */
    bool written = write(fd, "1", 1) == 1;
    close(fd);
    return written ? 0 : -1;
}

/* In the namespace that we are in. */
static int open_device(const struct wan *wan, struct wan_host *host, const char *device)
{
    struct ifreq request = { .ifr_flags = IFF_TUN | IFF_NO_PI };
    snprintf(request.ifr_name, sizeof request.ifr_name, "%s", device);
    host->fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (host->fd < 0 || ioctl(host->fd, TUNSETIFF, &request))
        return -1;
    return wan->ipv6 ? 0 : silence_ipv6(device);
}

/* The rule sends what bears this device's address out by this device, for hosts with several. */
static int configure(const struct wan *wan, int i, const char *device)
{
    const struct wan_host *host = &wan->hosts[i];
    if (sh("n='ip -n %s' d=%s a=10.77.0.%d t=%d; $n link set lo up && "
           "$n link set $d mtu %d txqueuelen 4096 up && $n addr add $a/24 dev $d && "
           "$n route add default dev $d metric %d && $n route add default dev $d table $t && "
           "$n rule add from $a lookup $t",
           host->ns, device, i + 1, 100 + i, wan->mtu, 10 + host->unit))
        return -1;
    return wan->ipv6 ? sh("ip -n %s addr add fd77::%d/64 dev %s nodad", host->ns, i + 1, device) : 0;
}

static int set_up(struct wan *wan, int i, int home)
{
    struct wan_host *host = &wan->hosts[i];
    char device[16];
    snprintf(device, sizeof device, "wan%d", host->unit);
    if (enter(host))
        return -1;
    int wrong = open_device(wan, host, device);
    if (setns(home, CLONE_NEWNET))
        return -1;
    return wrong ? wrong : configure(wan, i, device);
}

int wan_set_up_hosts(struct wan *wan)
{
    int home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC), wrong = home < 0;
    for (int i = 0; i < WAN_HOSTS && !wrong; i++) {
        wrong = wan->hosts[i].ns[0] && set_up(wan, i, home);
        if (wrong)
            fprintf(stderr, "wan: cannot set up %s: %s\n", wan->hosts[i].name, strerror(errno));
    }
    return wrong ? -1 : 0;
}

static void end_processes(const char *ns)
{
    for (int i = 0; i < 20; i++) {
        const char *signal = i < 10 ? "TERM" : "KILL";
        if (sh("p=$(ip netns pids %s) && [ -n \"$p\" ] && kill -%s $p 2>/dev/null", ns, signal))
            return; /* there are none */
        usleep(100000);
    }
}

void wan_tear_down(struct wan *wan)
{
    for (int i = 0; i < WAN_HOSTS; i++) {
        const struct wan_host *host = &wan->hosts[i];
        if (host->fd >= 0)
            close(host->fd);
        if (!host->made)
            continue;
        end_processes(host->ns);
        sh("ip netns del %s", host->ns);
    }
}
