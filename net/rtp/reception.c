#include "net/rtp/reception.h"

#include <stdlib.h>
#include <string.h>

#include <glib.h>

enum { MAX_CUMULATIVE = 0x7fffff, MIN_CUMULATIVE = -0x800000 };

static uint32_t transit_of(const struct rtp_reception *reception, const struct rtp_packet *packet, int64_t now_us)
{
    int64_t seconds = now_us / G_USEC_PER_SEC, rest = now_us % G_USEC_PER_SEC;
    uint64_t arrival = (uint64_t)seconds * reception->clock_rate;
    arrival += (uint64_t)(rest * reception->clock_rate / G_USEC_PER_SEC);
    return (uint32_t)arrival - packet->timestamp;
}

static uint64_t *seen_word(struct rtp_reception *reception, int64_t sequence)
{
    return &reception->seen[(uint64_t)sequence % RTP_WINDOW / 64];
}

static uint64_t seen_bit(int64_t sequence)
{
    return (uint64_t)1 << ((uint64_t)sequence % 64);
}

void rtp_reception_start(struct rtp_reception *reception, uint32_t clock_rate, const struct rtp_packet *packet,
                         int64_t now_us)
{
    *reception = (struct rtp_reception){
        .clock_rate = clock_rate,
        .base = packet->sequence,
        .highest = packet->sequence,
        .received = 1,
        .resume = -1,
    };
    reception->transit = transit_of(reception, packet, now_us);
    *seen_word(reception, packet->sequence) |= seen_bit(packet->sequence);
}

/* A.8, for packets in order only: what was sent again says nothing about the path. */
static void update_jitter(struct rtp_reception *reception, const struct rtp_packet *packet, int64_t now_us)
{
    uint32_t transit = transit_of(reception, packet, now_us);
    uint64_t difference = (uint64_t)llabs(rtp_timestamp_difference(transit, reception->transit));
    reception->transit = transit;
    reception->jitter += difference - ((reception->jitter + 8) >> 4);
}

enum rtp_arrival rtp_reception_add(struct rtp_reception *reception, const struct rtp_packet *packet, int64_t now_us,
                                   int64_t *sequence)
{
    int ahead = rtp_sequence_difference(packet->sequence, (uint16_t)reception->highest);
    if (abs(ahead) > RTP_MAX_JUMP) {
        bool confirmed = packet->sequence == reception->resume;
        reception->resume = (uint16_t)(packet->sequence + 1);
        return confirmed ? RTP_JUMPED : RTP_SUSPECT;
    }
    reception->resume = -1;
    reception->received++;
    reception->skipped = MAX(ahead - 1, 0);
    *sequence = reception->highest + ahead;
    for (; reception->highest < *sequence; reception->highest++)
        *seen_word(reception, reception->highest + 1) &= ~seen_bit(reception->highest + 1);
    if (*seen_word(reception, *sequence) & seen_bit(*sequence))
        return RTP_DUPLICATE;
    *seen_word(reception, *sequence) |= seen_bit(*sequence);
    if (ahead > 0)
        update_jitter(reception, packet, now_us);
    return RTP_NEW;
}

bool rtp_reception_has(const struct rtp_reception *reception, uint16_t sequence)
{
    int ahead = rtp_sequence_difference(sequence, (uint16_t)reception->highest);
    int64_t extended = reception->highest + ahead;
    return ahead <= 0 && ahead > -RTP_WINDOW &&
           reception->seen[(uint64_t)extended % RTP_WINDOW / 64] & seen_bit(extended);
}

void rtp_reception_expect_lost(struct rtp_reception *reception)
{
    reception->received--;
}

static uint64_t expected(const struct rtp_reception *reception)
{
    return (uint64_t)(reception->highest - reception->base + 1);
}

int64_t rtp_reception_lost(const struct rtp_reception *reception)
{
    return (int64_t)(expected(reception) - reception->received);
}

void rtp_reception_report(struct rtp_reception *reception, struct rtp_report *report)
{
    int64_t expected_interval = (int64_t)(expected(reception) - reception->expected_prior);
    int64_t lost_interval = expected_interval - (int64_t)(reception->received - reception->received_prior);
    reception->expected_prior = expected(reception);
    reception->received_prior = reception->received;
    *report = (struct rtp_report){
        .cumulative_lost = (int32_t)CLAMP(rtp_reception_lost(reception), MIN_CUMULATIVE, MAX_CUMULATIVE),
        .highest_sequence = (uint32_t)reception->highest,
        .jitter = (uint32_t)(reception->jitter >> 4),
    };
    if (expected_interval > 0 && lost_interval > 0)
        report->fraction_lost = (uint8_t)MIN(lost_interval * 256 / expected_interval, 255);
}
