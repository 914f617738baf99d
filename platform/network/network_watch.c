#include "platform/network/network_watch.h"

#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <gio/gio.h>
#ifdef __linux__
#include <glib-unix.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#endif

#include "platform/deadline.h"

enum { TOGETHER_US = 20000 }; /* one change is many messages: link, address, route */

struct network_watch {
    void (*changed)(void *user_data);
    void *user_data;
    struct deadline *settled;
    bool waiting; /* for the rest of a change */
#ifdef __linux__
    int socket;
    GSource *source;
    GHashTable *addresses; /* GBytes, as address_in has them: those in use */
#else
    GNetworkMonitor *monitor;
#endif
};

static void on_settled(void *user_data)
{
    struct network_watch *watch = user_data;
    watch->waiting = false;
    watch->changed(watch->user_data);
}

static void note_change(struct network_watch *watch)
{
    if (!watch->waiting)
        deadline_set(watch->settled, g_get_monotonic_time() + TOGETHER_US);
    watch->waiting = true;
}

#ifdef __linux__

/* The card's number and the address. */
static GBytes *address_in(const struct nlmsghdr *message)
{
    const struct ifaddrmsg *body = NLMSG_DATA(message);
    int wanted = body->ifa_family == AF_INET ? IFA_LOCAL : IFA_ADDRESS;
    unsigned left = (unsigned)IFA_PAYLOAD(message); /* as its lengths are */
    GByteArray *address = g_byte_array_new();
    g_byte_array_append(address, (const guint8 *)&body->ifa_index, sizeof body->ifa_index);
    for (const struct rtattr *each = IFA_RTA(body); RTA_OK(each, left); each = RTA_NEXT(each, left))
        if (each->rta_type == wanted)
            g_byte_array_append(address, RTA_DATA(each), (guint)RTA_PAYLOAD(each));
    return g_byte_array_free_to_bytes(address);
}

/* Addresses are renewed all the time (IPv6, DHCP), which looks as if they were new. Until nobody else was found to have
 * it (RFC 4862, 5.4), an IPv6 address is of no use. */
static bool is_new_address(struct network_watch *watch, const struct nlmsghdr *message)
{
    if (((const struct ifaddrmsg *)NLMSG_DATA(message))->ifa_flags & IFA_F_TENTATIVE)
        return false;
    bool told_before = message->nlmsg_flags & NLM_F_MULTI; /* one of those that there were when we asked */
    return g_hash_table_add(watch->addresses, address_in(message)) && !told_before;
}

static bool is_lost_address(struct network_watch *watch, const struct nlmsghdr *message)
{
    g_autoptr(GBytes) address = address_in(message);
    return g_hash_table_remove(watch->addresses, address);
}

static bool is_change(struct network_watch *watch, const struct nlmsghdr *message)
{
    switch (message->nlmsg_type) {
    case RTM_NEWADDR:
        return is_new_address(watch, message);
    case RTM_DELADDR:
        return is_lost_address(watch, message);
    case RTM_DELLINK:
        return true;
    case RTM_NEWLINK: /* a cable, a radio: up or down */
        return ((const struct ifinfomsg *)NLMSG_DATA(message))->ifi_change & (IFF_UP | IFF_RUNNING);
    default:
        return false;
    }
}

/* Which addresses there are. */
static bool ask(int socket)
{
    struct {
        struct nlmsghdr header;
        struct ifaddrmsg body;
    } request = {
        .header = { .nlmsg_len = sizeof request, .nlmsg_type = RTM_GETADDR, .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP }
    };
    return send(socket, &request, sizeof request, 0) == sizeof request;
}

static gboolean on_message(gint fd, GIOCondition condition, gpointer user_data)
{
    (void)condition;
    struct network_watch *watch = user_data;
    _Alignas(struct nlmsghdr) char buffer[8192];
    ssize_t size;
    while ((size = recv(fd, buffer, sizeof buffer, MSG_DONTWAIT)) > 0) {
        unsigned left = (unsigned)size; /* as its lengths are */
        for (const struct nlmsghdr *message = (void *)buffer; NLMSG_OK(message, left);
             message = NLMSG_NEXT(message, left))
            if (is_change(watch, message))
                note_change(watch);
    }
    if (size < 0 && errno == ENOBUFS) /* so much that some of it was lost */
        note_change(watch);
    return G_SOURCE_CONTINUE;
}

static bool listen_to_system(struct network_watch *watch, GMainContext *context)
{
    struct sockaddr_nl address = { .nl_family = AF_NETLINK,
                                   .nl_groups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR };
    watch->socket = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
    watch->addresses = g_hash_table_new_full(g_bytes_hash, g_bytes_equal, (GDestroyNotify)g_bytes_unref, NULL);
    if (watch->socket < 0 || bind(watch->socket, (struct sockaddr *)&address, sizeof address) < 0 ||
        !ask(watch->socket))
        return false;
    watch->source = g_unix_fd_source_new(watch->socket, G_IO_IN);
    g_source_set_callback(watch->source, G_SOURCE_FUNC(on_message), watch, NULL);
    g_source_attach(watch->source, context);
    return true;
}

static void stop_listening(struct network_watch *watch)
{
    if (watch->source) {
        g_source_destroy(watch->source);
        g_source_unref(watch->source);
    }
    if (watch->socket >= 0)
        close(watch->socket);
    g_hash_table_unref(watch->addresses);
}

#else

static void on_network_changed(GNetworkMonitor *monitor, gboolean available, gpointer user_data)
{
    (void)monitor;
    (void)available;
    note_change(user_data);
}

static bool listen_to_system(struct network_watch *watch, GMainContext *context)
{
    g_main_context_push_thread_default(context);
    watch->monitor = g_object_ref(g_network_monitor_get_default());
    g_main_context_pop_thread_default(context);
    g_signal_connect(watch->monitor, "network-changed", G_CALLBACK(on_network_changed), watch);
    return true;
}

static void stop_listening(struct network_watch *watch)
{
    g_signal_handlers_disconnect_by_data(watch->monitor, watch);
    g_object_unref(watch->monitor);
}

#endif

struct network_watch *network_watch_create(GMainContext *context, void (*changed)(void *user_data), void *user_data)
{
    struct network_watch *watch = g_new0(struct network_watch, 1);
    watch->changed = changed;
    watch->user_data = user_data;
    watch->settled = deadline_create(context, on_settled, watch);
    if (listen_to_system(watch, context))
        return watch;
    g_info("the system tells nothing of network changes (%s); they show when packets stop", g_strerror(errno));
    network_watch_destroy(watch);
    return NULL;
}

void network_watch_destroy(struct network_watch *watch)
{
    if (!watch)
        return;
    stop_listening(watch);
    deadline_destroy(watch->settled);
    g_free(watch);
}

static bool same_address(const struct sockaddr *a, const struct sockaddr *b)
{
    if (!a || a->sa_family != b->sa_family)
        return false;
    if (a->sa_family == AF_INET)
        return ((const struct sockaddr_in *)a)->sin_addr.s_addr == ((const struct sockaddr_in *)b)->sin_addr.s_addr;
    return a->sa_family == AF_INET6 && !memcmp(&((const struct sockaddr_in6 *)a)->sin6_addr,
                                               &((const struct sockaddr_in6 *)b)->sin6_addr, sizeof(struct in6_addr));
}

bool network_carries(int socket)
{
    struct sockaddr_storage own;
    socklen_t size = sizeof own;
    struct ifaddrs *all = NULL;
    if (getsockname(socket, (struct sockaddr *)&own, &size) || getifaddrs(&all))
        return true; /* who knows */
    bool found = false;
    for (const struct ifaddrs *each = all; each && !found; each = each->ifa_next)
        found = (each->ifa_flags & IFF_UP) && (each->ifa_flags & IFF_RUNNING) &&
                same_address(each->ifa_addr, (struct sockaddr *)&own);
    freeifaddrs(all);
    return found;
}
