/* When the packets of one connection leave and how many of them may, both ways: numbers on what is sent, feedback about
 * what arrives (net/congestion/twcc.h), the estimate (net/congestion/gcc.h), and the pacer, which lets the sound go
 * first and, on a path that is known to be narrow, spreads pictures over time. Where the other side does not speak
 * transport-wide feedback everything goes out at once. */
#ifndef CALLAPI_NET_PEER_RATE_H
#define CALLAPI_NET_PEER_RATE_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fec_loss;
struct peer_rate;

/* In the order in which they leave. */
enum peer_rate_kind {
    PEER_RATE_SOUND,
    PEER_RATE_REPAIR, /* retransmissions */
    PEER_RATE_PICTURE,
    PEER_RATE_REDUNDANCY, /* leaves in its turn among the pictures */
    PEER_RATE_PADDING,
    PEER_RATE_KINDS,
};

struct peer_rate_listener {
    /* One packet leaves; `packet` has SRTP_OVERHEAD bytes of room behind it. */
    void (*send)(void *user_data, uint8_t *packet, size_t size);
    /* `size` bytes of padding are wanted: to be pushed from within, as PEER_RATE_PADDING. */
    void (*pad)(void *user_data, size_t size);
    /* What the encoder of the pictures may use, bit/s: sound, repair and headers are taken off. */
    void (*bit_rate)(void *user_data, int64_t bit_rate);
};

struct peer_rate *peer_rate_create(const struct peer_rate_listener *listener, void *user_data);
void peer_rate_destroy(struct peer_rate *rate); /* takes NULL */

/* Connected. `feedback`: transport-wide feedback was agreed upon. */
void peer_rate_start(struct peer_rate *rate, bool feedback, int64_t now_us);
/* What is waiting is dropped. */
void peer_rate_stop(struct peer_rate *rate);
/* What a connection sends whose pictures are encoded with so much, bit/s: sound, repair and headers with it. */
int64_t peer_rate_on_the_wire(int64_t bit_rate);
/* The most that pictures are ever encoded with, bit/s. */
void peer_rate_set_max(struct peer_rate *rate, int64_t bit_rate);
/* The most that the far end wants on the wire (its REMB), whatever the path takes; 0: it does not say. */
void peer_rate_set_far_max(struct peer_rate *rate, int64_t bit_rate);

/* One RTP packet of at most RTP_MTU bytes, copied; it leaves now or from peer_rate_poll. `stamped`: it keeps a place
 * for its number (rtp_reserve_transport_cc). */
void peer_rate_push(struct peer_rate *rate, enum peer_rate_kind kind, const uint8_t *packet, size_t size, bool stamped,
                    int64_t now_us);
void peer_rate_poll(struct peer_rate *rate, int64_t now_us);
int64_t peer_rate_deadline(const struct peer_rate *rate);

/* A packet with this number arrived. */
void peer_rate_received(struct peer_rate *rate, uint16_t number, int64_t now_us);
/* Feedback is due: the information of one RTCP message into `out` (TWCC_FEEDBACK_SIZE), its size; 0: none. To be called
 * until then. */
size_t peer_rate_write_feedback(struct peer_rate *rate, uint8_t *out, int64_t now_us);
/* The information of a message that came. */
void peer_rate_read_feedback(struct peer_rate *rate, const uint8_t *information, size_t size, int64_t round_trip_us,
                             int64_t now_us);

/* What gets lost on the way out, of all that is numbered. */
const struct fec_loss *peer_rate_loss(const struct peer_rate *rate);
/* bit/s, everything included; 0: there is no estimate of our own. */
int64_t peer_rate_target(const struct peer_rate *rate);

#endif
