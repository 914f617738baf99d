#include "platform/network/addresses.h"

#include <gio/gio.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>

static void add(GStrvBuilder *found, const struct ifaddrs *each, GSocketFamily family)
{
    if (!each->ifa_addr || each->ifa_addr->sa_family != (int)family || !(each->ifa_flags & IFF_UP))
        return;
    gsize size = family == G_SOCKET_FAMILY_IPV4 ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6);
    g_autoptr(GSocketAddress) address = g_socket_address_new_from_native(each->ifa_addr, size);
    GInetAddress *number = address ? g_inet_socket_address_get_address(G_INET_SOCKET_ADDRESS(address)) : NULL;
    if (!number || g_inet_address_get_is_loopback(number) || g_inet_address_get_is_link_local(number))
        return;
    g_autofree char *text = g_inet_address_to_string(number);
    g_strv_builder_add(found, text);
}

char **addresses_of_machine(void)
{
    g_autoptr(GStrvBuilder) found = g_strv_builder_new();
    struct ifaddrs *all = NULL;
    if (getifaddrs(&all))
        return g_strv_builder_end(found);
    const GSocketFamily families[] = { G_SOCKET_FAMILY_IPV4, G_SOCKET_FAMILY_IPV6 };
    for (gsize i = 0; i < G_N_ELEMENTS(families); i++)
        for (const struct ifaddrs *each = all; each; each = each->ifa_next)
            add(found, each, families[i]);
    freeifaddrs(all);
    return g_strv_builder_end(found);
}
