/* How a loss is mended, and how much redundancy that asks for. There are four ways, from the cheapest on:
 *
 * - wait: a packet that others have overtaken is not lost yet; 5 ms or two packets behind it (net/rtp/nack_list.c);
 * - retransmit: costs what was lost and no more, but a round trip each time, and requests and answers get lost as well:
 *   requests are repeated (net/rtp/nack_list.c), and what has to go out a second time goes out twice. Below a round
 * trip of 40 ms a second attempt is here before anybody sees a freeze: it is the only way that is taken there;
 * - redundancy: costs all the time, lost or not, and mends at once. It is sent while packets get lost and a
 *   retransmission would be seen: as much as leaves so few frames unmended (10 % of them, 5 % from 100 ms on, 3 % from
 *   200 ms on) that they can be left to retransmission, at most half of the frame's packets; below 3 % of loss none.
 *   Bursts take small frames together with their redundancy: there it begins at 100 ms, for several frames together;
 * - key frame: costs the most, and some frames of good picture. It is asked for only when a packet cannot come in time
 *   any more (five round trips, 250 ms at least, see net/rtp/nack_list.c) or too much is missing at once
 *   (net/rtp/receiver.c).
 *
 * Key frames are protected at all times, since all that follows needs them, and the first one of a connection or after
 * a switch twice as much: it decides when the first picture is seen. Pure. */
#ifndef CALLAPI_NET_RTP_FEC_POLICY_H
#define CALLAPI_NET_RTP_FEC_POLICY_H

#include <stdbool.h>
#include <stdint.h>

#include "net/rtp/fec_encoder.h"

/* What gets lost on the way out, of the last hundred or so packets. Zeroed at first. */
struct fec_loss {
    double loss; /* 0 to 1 */
    double runs; /* of losses in a row, each packet counting as much as for `loss` */
    bool last_lost;
};

/* What became of the next packet. */
void fec_loss_add(struct fec_loss *loss, bool lost);
/* How many are lost in a row, on average; 1 where none are. */
double fec_loss_burst(const struct fec_loss *loss);

struct fec_conditions {
    double loss, burst;
    int64_t round_trip_us;
    int packets; /* that are to be protected together */
    bool key;
    bool first; /* key frame of a connection, or after a switch */
};

struct fec_protection {
    int packets; /* of redundancy */
    enum fec_mask mask;
};

struct fec_protection fec_policy_decide(const struct fec_conditions *conditions);

/* Whether what was sent so far, `frames` frames, is better protected together with the next frame: for one packet alone
 * redundancy is a second copy of it, and bursts take small frames with their redundancy. */
bool fec_policy_waits(const struct fec_conditions *conditions, int frames);

#endif
