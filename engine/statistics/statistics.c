#include "engine/statistics/statistics.h"

#include <glib.h>
#include <math.h>

struct statistics {
    uint64_t count;
    struct statistics_snapshot last;
    struct statistics_second history[STATISTICS_HISTORY]; /* [count % STATISTICS_HISTORY] is the next one's place */
};

static const double stall_steps_ms[STATISTICS_STALL_STEPS] = { 1, 2, 4, 8, 16, 33, 66, INFINITY };

double statistics_stall_step_ms(int step)
{
    return stall_steps_ms[step];
}

struct statistics *statistics_create(void)
{
    return g_new0(struct statistics, 1);
}

void statistics_destroy(struct statistics *statistics)
{
    g_free(statistics);
}

/* ---- differences ---- */

/* A counter that is smaller than before has begun anew. */
static double grown(uint64_t now, uint64_t before)
{
    return (double)(now >= before ? now - before : now);
}

static double grown_by_time(double now, double before)
{
    return now >= before ? now - before : now;
}

static double known(double value)
{
    return value > 0 ? value : NAN;
}

void statistics_second_clear(struct statistics_second *second)
{
    *second = (struct statistics_second){ .length = NAN };
    second->round_trip_time = second->fraction_lost = second->remote_fraction_lost = NAN;
    second->available_outgoing_bitrate = second->target_bitrate = NAN;
    second->frames_decoded = second->frames_encoded = NAN;
    second->retransmissions_received = second->retransmissions_sent = second->nacks_sent = second->plis_sent = NAN;
    second->freezes = second->freezes_duration = second->concealed = NAN;
    second->stall_p99_ms = second->stall_max_ms = NAN;
    for (int i = 0; i < STATISTICS_KINDS; i++)
        second->jitter[i] = second->received_bitrate[i] = second->sent_bitrate[i] = NAN;
}

/* What needs no second before it. */
static void take_values(struct statistics_second *second, const struct statistics_snapshot *now)
{
    const struct connection_statistics *connection = &now->connection;
    second->round_trip_time = known(connection->round_trip_time);
    second->available_outgoing_bitrate = known((double)connection->available_outgoing_bitrate);
    if (now->encodes)
        second->target_bitrate = (double)now->encoding.target_bitrate;
    for (int i = 0; i < STATISTICS_KINDS; i++) {
        if (connection->inbound[i].ssrc)
            second->jitter[i] = connection->inbound[i].jitter;
        /* of both streams, the one that suffers more */
        if (connection->remote_inbound[i].reported)
            second->remote_fraction_lost = fmax(second->remote_fraction_lost,
                                                connection->remote_inbound[i].fraction_lost);
    }
}

static void take_losses(struct statistics_second *second, const struct connection_statistics *now,
                        const struct connection_statistics *before)
{
    double received = 0;
    int64_t lost = 0;
    for (int i = 0; i < STATISTICS_KINDS; i++) {
        /* a retransmission is none of the packets that were expected */
        received += grown(now->inbound[i].packets_received, before->inbound[i].packets_received) -
                    grown(now->inbound[i].retransmitted_packets_received,
                          before->inbound[i].retransmitted_packets_received);
        lost += now->inbound[i].packets_lost - before->inbound[i].packets_lost;
    }
    lost = MAX(lost, 0);
    received = fmax(received, 0);
    if (received + (double)lost > 0)
        second->fraction_lost = (double)lost / (received + (double)lost);
}

static void take_traffic(struct statistics_second *second, const struct connection_statistics *now,
                         const struct connection_statistics *before)
{
    const struct inbound_rtp_statistics *in = &now->inbound[STATISTICS_VIDEO],
                                        *in_before = &before->inbound[STATISTICS_VIDEO];
    const struct outbound_rtp_statistics *out = &now->outbound[STATISTICS_VIDEO],
                                         *out_before = &before->outbound[STATISTICS_VIDEO];
    for (int i = 0; i < STATISTICS_KINDS; i++) {
        second->received_bitrate[i] = grown(now->inbound[i].bytes_received, before->inbound[i].bytes_received) * 8 /
                                      second->length;
        second->sent_bitrate[i] = grown(now->outbound[i].bytes_sent, before->outbound[i].bytes_sent) * 8 /
                                  second->length;
    }
    second->retransmissions_received = grown(in->retransmitted_packets_received,
                                             in_before->retransmitted_packets_received) /
                                       second->length;
    second->retransmissions_sent = grown(out->retransmitted_packets_sent, out_before->retransmitted_packets_sent) /
                                   second->length;
    second->nacks_sent = grown(in->nack_count, in_before->nack_count) / second->length;
    second->plis_sent = grown(in->pli_count, in_before->pli_count) / second->length;
    take_losses(second, now, before);
}

static void take_playback(struct statistics_second *second, const struct playback_statistics *now,
                          const struct playback_statistics *before)
{
    second->frames_decoded = grown(now->frames_decoded, before->frames_decoded) / second->length;
    second->freezes = grown(now->freeze_count, before->freeze_count);
    second->freezes_duration = grown_by_time(now->total_freezes_duration, before->total_freezes_duration);
    double samples = grown(now->total_samples_received, before->total_samples_received);
    if (samples > 0)
        second->concealed = fmin(grown(now->concealed_samples, before->concealed_samples) / samples, 1);
}

/* ---- the loop ---- */

static double bucket_edge_ms(int bucket, const struct loop_statistics *now)
{
    return bucket + 1 < STATISTICS_STALLS ? (bucket + 1) / 4.0 : (double)now->max_us / 1000;
}

static int step_of(double ms)
{
    int step = 0;
    while (ms > stall_steps_ms[step])
        step++;
    return step;
}

static void take_stalls(struct statistics_second *second, const struct loop_statistics *now,
                        const struct loop_statistics *before)
{
    uint64_t all = 0, seen = 0;
    for (int i = 0; i < STATISTICS_STALLS; i++)
        all += now->stalls[i] - before->stalls[i]; /* right across a wrap */
    if (!all)
        return;
    for (int i = 0; i < STATISTICS_STALLS; i++) {
        uint32_t some = now->stalls[i] - before->stalls[i];
        if (!some)
            continue;
        double edge_ms = bucket_edge_ms(i, now);
        seen += some;
        second->stalls[step_of(edge_ms)] += some;
        second->stall_max_ms = edge_ms;
        if (isnan(second->stall_p99_ms) && seen * 100 >= all * 99)
            second->stall_p99_ms = edge_ms;
    }
}

/* ---- the keeper ---- */

static void compare(struct statistics_second *second, const struct statistics_snapshot *now,
                    const struct statistics_snapshot *before)
{
    if (now->at_us <= before->at_us)
        return;
    second->length = (double)(now->at_us - before->at_us) / G_USEC_PER_SEC;
    take_stalls(second, &now->loop, &before->loop);
    if (!now->has_connection || !before->has_connection || now->connection.id != before->connection.id)
        return;
    take_traffic(second, &now->connection, &before->connection);
    if (now->plays && before->plays)
        take_playback(second, &now->playback, &before->playback);
    if (now->encodes && before->encodes)
        second->frames_encoded = grown(now->encoding.frames_encoded, before->encoding.frames_encoded) / second->length;
}

void statistics_add(struct statistics *statistics, const struct statistics_snapshot *snapshot)
{
    struct statistics_second *second = &statistics->history[statistics->count % STATISTICS_HISTORY];
    statistics_second_clear(second);
    second->unix_us = snapshot->unix_us;
    second->connected = snapshot->has_connection && snapshot->connection.connected;
    if (snapshot->has_connection)
        take_values(second, snapshot);
    if (statistics->count)
        compare(second, snapshot, &statistics->last);
    statistics->last = *snapshot;
    statistics->count++;
}

uint64_t statistics_count(const struct statistics *statistics)
{
    return statistics->count;
}

const struct statistics_snapshot *statistics_last(const struct statistics *statistics)
{
    return statistics->count ? &statistics->last : NULL;
}

const struct statistics_second *statistics_second(const struct statistics *statistics, int back)
{
    if (back < 0 || back >= STATISTICS_HISTORY || (uint64_t)back >= statistics->count)
        return NULL;
    return &statistics->history[(statistics->count - 1 - (uint64_t)back) % STATISTICS_HISTORY];
}

const char *quality_limitation_name(enum quality_limitation limitation)
{
    static const char *const names[QUALITY_LIMITATIONS] = { "none", "bandwidth", "cpu" };
    return names[limitation];
}
