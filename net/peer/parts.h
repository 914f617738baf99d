/* What the files of a peer share: peer.c (life, events, media) and negotiation.c (descriptions, restarts). Private
 * to them. */
#ifndef CALLAPI_NET_PEER_PARTS_H
#define CALLAPI_NET_PEER_PARTS_H

#include <stdint.h>

#include "net/peer/events.h"
#include "net/peer/media.h"
#include "net/peer/peer.h"
#include "net/sdp/sdp.h"
#include "net/transport/transport.h"
#include "platform/deadline.h"

struct peer {
    bool offerer;
    enum AVCodecID preferred;
    enum sdp_direction direction;
    void (*on_event)(void *user_data, const struct peer_event *event); /* NULL: nobody listens */
    void *user_data;
    enum peer_state state;
    struct transport *transport;
    struct peer_media *media;
    struct sdp *local;           /* our description, NULL until it is made */
    struct sdp_transport remote; /* the other side's */
    bool restarting;             /* our offer of a restart is not answered */
    GPtrArray *candidates;       /* ours */
    bool gathered;
    /* Told in two places only: at the end of a datagram and from the timer. Whatever happens elsewhere, in the
     * functions that the program calls above all, moves the timer to now. */
    GQueue events;
    struct deadline *timer;
    int64_t give_up_at_us; /* not connected by then: failed */
    int depth;             /* of calls from the main context */
    bool destroyed;        /* to be deleted when depth is 0 again */
    struct peer_milestones milestones;
};

/* Something is due at another time. */
void peer_schedule(struct peer *peer);
void peer_tell(struct peer *peer, const struct peer_event *event);
void peer_set_state(struct peer *peer, enum peer_state state, const char *why);

#endif
