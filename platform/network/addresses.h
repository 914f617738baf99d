/* The addresses by which others on its networks reach this machine. */
#ifndef CALLAPI_PLATFORM_NETWORK_ADDRESSES_H
#define CALLAPI_PLATFORM_NETWORK_ADDRESSES_H

/* As numbers, without a port, IPv4 first; neither loopback nor link-local. NULL-terminated, g_strfreev it; empty where
 * there are none, or the system does not tell. */
char **addresses_of_machine(void);

#endif
