/* The STUN and TURN servers that a server names in its answer's Link fields (RFC 8288; RFC 9725, 4.6). */
#ifndef CALLAPI_NET_WHIP_ICE_LINK_H
#define CALLAPI_NET_WHIP_ICE_LINK_H

#include "net/transport/ice_servers.h"

/* Adds each link of the relation "ice-server" in `field`, several separated by commas; others are none of ours, and
 * what is malformed is skipped. How many were added. */
int ice_link_add(struct ice_servers *servers, const char *field);

#endif
