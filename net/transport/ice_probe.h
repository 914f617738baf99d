/* Whether a STUN or TURN server does for us what it is named for. For diagnostics: waits, at most some seconds. */
#ifndef CALLAPI_NET_TRANSPORT_ICE_PROBE_H
#define CALLAPI_NET_TRANSPORT_ICE_PROBE_H

#include "net/transport/ice_servers.h"

struct ice_probe_config {
    struct reactor *reactor;
    const char *url, *user, *credential, *ca_file; /* as for ice_servers_add and ice_servers_create */
};

/* `detail`: what it gave, or why not; g_free it. */
bool ice_probe(const struct ice_probe_config *config, char **detail);

#endif
