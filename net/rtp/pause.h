/* Pausing of one stream (RFC 7728, between two: "nowait"), each side's half. Pauses are numbered, and a number that is
 * over changes nothing, so that requests may be repeated, lost and overtaken. Pure. */
#ifndef CALLAPI_NET_RTP_PAUSE_H
#define CALLAPI_NET_RTP_PAUSE_H

#include <stdbool.h>
#include <stdint.h>

/* Who sends the stream. Zeroed at first. */
struct rtp_pause_sender {
    bool paused;
    uint16_t id; /* of this pause; of the next one while none is */
};

/* Who receives it. Zeroed at first. */
struct rtp_pause_receiver {
    enum { RTP_PAUSE_FLOWING, RTP_PAUSE_ASKED, RTP_PAUSE_PAUSED, RTP_PAUSE_RESUMING } state;
    uint16_t id; /* of the last pause that was asked for */
};

/* A request came. True where it changed `paused`; a pause that is asked for and is, is to be confirmed (PAUSED). */
bool rtp_pause_sender_pause(struct rtp_pause_sender *sender, uint16_t id);
bool rtp_pause_sender_resume(struct rtp_pause_sender *sender, uint16_t id);

/* True where something is to be asked for; again until it is there. */
bool rtp_pause_receiver_want(struct rtp_pause_receiver *receiver, bool paused);
void rtp_pause_receiver_confirmed(struct rtp_pause_receiver *receiver, uint16_t id);
/* Media came. */
void rtp_pause_receiver_flows(struct rtp_pause_receiver *receiver);

#endif
