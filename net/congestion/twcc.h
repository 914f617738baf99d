/* Transport-wide congestion control feedback (draft-holmer-rmcat-transport-wide-cc-extensions-01): every packet of a
 * connection carries a number, the receiver tells when each arrived. Pure: time is passed in. */
#ifndef CALLAPI_NET_CONGESTION_TWCC_H
#define CALLAPI_NET_CONGESTION_TWCC_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    TWCC_WINDOW = 1024,        /* arrivals that are remembered */
    TWCC_HISTORY = 4096,       /* sent packets that are remembered */
    TWCC_MAX_STATUSES = 400,   /* in one feedback message that we write */
    TWCC_FEEDBACK_SIZE = 1024, /* room for one */
};

/* ---- what arrived ---- */

struct twcc_arrivals {
    bool started;
    int64_t first, highest; /* extended sequence numbers; first: not reported yet */
    uint8_t count;          /* of feedback messages */
    struct {
        int64_t sequence, arrived_us;
    } packets[TWCC_WINDOW]; /* [sequence % TWCC_WINDOW] */
};

void twcc_arrivals_init(struct twcc_arrivals *arrivals);
void twcc_arrivals_add(struct twcc_arrivals *arrivals, uint16_t sequence, int64_t now_us);
/* Something came that was not reported. */
bool twcc_arrivals_pending(const struct twcc_arrivals *arrivals);
/* The feedback control information of the next message (section 3.1), padded to 32 bits; 0: there is nothing to say.
 * Where more is left, twcc_arrivals_pending stays true. */
size_t twcc_arrivals_write(struct twcc_arrivals *arrivals, uint8_t out[TWCC_FEEDBACK_SIZE]);

/* ---- what was sent ---- */

struct twcc_result { /* of one sent packet */
    int64_t sequence, sent_us;
    int64_t arrived_us; /* on the receiver's clock: only differences mean something */
    size_t size;
    bool arrived; /* false: lost so far; it may still be reported as arrived */
};

struct twcc_sent {
    int64_t next;            /* extended sequence number */
    bool referenced;         /* a feedback came: the next two are known */
    uint32_t last_reference; /* 24 bits */
    int64_t reference;       /* unwrapped, in 64 ms */
    struct {
        int64_t sequence, sent_us;
        uint32_t size;
        bool known, arrived, lost;
    } packets[TWCC_HISTORY]; /* [sequence % TWCC_HISTORY] */
};

void twcc_sent_init(struct twcc_sent *sent, uint16_t first);
/* The number that the packet carries. */
uint16_t twcc_sent_add(struct twcc_sent *sent, size_t size, int64_t now_us);
/* Appends a twcc_result for each packet that the message says something new about, in order of sequence. False, with
 * nothing appended, where it is malformed. */
bool twcc_sent_feedback(struct twcc_sent *sent, const uint8_t *data, size_t size, GArray *results);

#endif
