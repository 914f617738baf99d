/* The events of a peer that wait to be told. Private to net/peer/. */
#ifndef CALLAPI_NET_PEER_EVENTS_H
#define CALLAPI_NET_PEER_EVENTS_H

#include "net/peer/peer.h"

/* Copies the event, its text included, to the end of the queue. Where one event says no more than two, the later takes
 * the place of the earlier: of a restart, a request for a key frame and a pause, which tell that something is to be
 * looked at, and of a bit rate, whose latest counts. Of messages no more than a few wait: the far end may send any
 * number of them. */
void peer_events_push(GQueue *events, const struct peer_event *event);
/* The oldest, NULL: none; peer_event_free it. */
struct peer_event *peer_events_pop(GQueue *events);
/* Forgets all of that type. */
void peer_events_drop(GQueue *events, enum peer_event_type type);
void peer_event_free(struct peer_event *event);

#endif
