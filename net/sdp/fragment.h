/* Fragments of a session description that carry ICE alone (application/trickle-ice-sdpfrag, RFC 8840): what WHIP and
 * WHEP send after the offer. */
#ifndef CALLAPI_NET_SDP_FRAGMENT_H
#define CALLAPI_NET_SDP_FRAGMENT_H

#include <glib.h>
#include <stdbool.h>

/* Of our own `description` (sdp_write's): its credentials, the m-line that all are bundled with, and `candidates`
 * (strings, "candidate:..."; NULL: those in the description). `complete`: no more will come. Never NULL; g_free it. */
char *sdp_fragment_write(const char *description, const GPtrArray *candidates, bool complete);
/* The fragment as a description that sdp_parse reads, for a restart; g_free it. What is wrong with it is said there. */
char *sdp_fragment_describe(const char *fragment);

#endif
