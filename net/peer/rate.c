#include "net/peer/rate.h"

#include <string.h>

#include "net/congestion/gcc.h"
#include "net/congestion/twcc.h"
#include "net/rtp/fec_policy.h"
#include "net/rtp/rtp.h"
#include "net/rtp/sender.h"
#include "net/transport/srtp.h"

enum {
    OVERHEAD = 28 + 16, /* IPv4, UDP and SRTP's tag: what links count too */
    FEEDBACK_US = 50000,
    FIRST_FEEDBACK_US = 20000,
    BURST_US = 5000,          /* packets of so much time leave together */
    PACE_PERCENT = 250,       /* of the target */
    LONGEST_WAIT_US = 100000, /* all that waits has to leave within */
    DRAIN_WAIT_US = 400000,   /* while a queue on the way is full: there it would wait as well */
    MOST_WAITING = 1024,      /* packets */
    SHARES_US = 1000000,      /* over which the shares of the kinds are measured */
    CHANGE_PERCENT = 3,       /* smaller changes of the rate are not told */
};

struct waiting {
    enum peer_rate_kind kind;
    size_t size;
    bool stamped;
    uint8_t packet[];
};

/* What went out in the last period, bytes on the wire. */
struct shares {
    int64_t since_us;
    uint64_t bytes[PEER_RATE_KINDS];
    uint64_t picture_payload;
    double sound;   /* bit/s, of the period before */
    double encoded; /* what of the rest is encoded pictures, 0 to 1 */
};

struct peer_rate {
    const struct peer_rate_listener *listener;
    void *user_data;
    bool started, feedback;
    struct twcc_sent sent;
    struct twcc_arrivals arrivals;
    struct gcc gcc;
    struct fec_loss loss;
    GQueue waiting[PEER_RATE_KINDS]; /* struct waiting */
    size_t waiting_bytes;
    guint waiting_packets;
    int64_t free_at_us;     /* the paced link's */
    int64_t feedback_at_us; /* of the next message out; INT64_MAX: nothing came */
    bool fed_back;          /* one went out */
    struct shares shares;
    int64_t told;              /* the last bit rate that was told */
    int64_t most, most_beyond; /* that we ever want, and that the far end does; bit/s on the wire, 0: not said */
};

struct peer_rate *peer_rate_create(const struct peer_rate_listener *listener, void *user_data)
{
    struct peer_rate *rate = g_new0(struct peer_rate, 1);
    rate->listener = listener;
    rate->user_data = user_data;
    rate->feedback_at_us = INT64_MAX;
    rate->shares.encoded = 0.9;
    twcc_sent_init(&rate->sent, (uint16_t)g_random_int());
    twcc_arrivals_init(&rate->arrivals);
    gcc_init(&rate->gcc, 0);
    return rate;
}

void peer_rate_stop(struct peer_rate *rate)
{
    rate->started = false;
    for (int i = 0; i < PEER_RATE_KINDS; i++)
        g_queue_clear_full(&rate->waiting[i], g_free);
    rate->waiting_bytes = rate->waiting_packets = 0;
}

void peer_rate_destroy(struct peer_rate *rate)
{
    if (!rate)
        return;
    peer_rate_stop(rate);
    g_free(rate);
}

void peer_rate_start(struct peer_rate *rate, bool feedback, int64_t now_us)
{
    rate->started = true;
    rate->feedback = feedback;
    rate->shares.since_us = now_us;
    rate->gcc.probe_at_us = now_us;
}

static void apply_most(struct peer_rate *rate)
{
    int64_t most = rate->most ? rate->most : GCC_MOST;
    gcc_set_max(&rate->gcc, rate->most_beyond ? MIN(most, rate->most_beyond) : most, g_get_monotonic_time());
}

int64_t peer_rate_on_the_wire(int64_t bit_rate)
{
    enum { SOUND = 100000, REPAIR_PERCENT = 110 };
    return bit_rate * REPAIR_PERCENT / 100 + SOUND;
}

void peer_rate_set_max(struct peer_rate *rate, int64_t bit_rate)
{
    rate->most = peer_rate_on_the_wire(bit_rate);
    apply_most(rate);
}

void peer_rate_set_far_max(struct peer_rate *rate, int64_t bit_rate)
{
    rate->most_beyond = bit_rate;
    apply_most(rate);
}

/* ---- out ---- */

static void count(struct peer_rate *rate, enum peer_rate_kind kind, size_t size)
{
    rate->shares.bytes[kind] += size + OVERHEAD;
    if (kind == PEER_RATE_PICTURE)
        rate->shares.picture_payload += size - RTP_HEADER_SIZE - RTP_TRANSPORT_CC;
}

static void leave(struct peer_rate *rate, enum peer_rate_kind kind, const uint8_t *packet, size_t size, bool stamped,
                  int64_t now_us)
{
    uint8_t copy[RTP_MTU + SRTP_OVERHEAD];
    memcpy(copy, packet, size);
    count(rate, kind, size);
    if (rate->feedback && stamped) {
        gcc_sent(&rate->gcc, rate->sent.next, size + OVERHEAD);
        rtp_stamp_transport_cc(copy, twcc_sent_add(&rate->sent, size + OVERHEAD, now_us));
    }
    rate->listener->send(rate->user_data, copy, size);
}

/* bit/s */
static double pace(const struct peer_rate *rate)
{
    bool drains = gcc_drains(&rate->gcc);
    double target = (double)gcc_target(&rate->gcc) * (drains ? 100 : PACE_PERCENT) / 100;
    return MAX(target, (double)rate->waiting_bytes * 8 * G_USEC_PER_SEC / (drains ? DRAIN_WAIT_US : LONGEST_WAIT_US));
}

static void take_time(struct peer_rate *rate, size_t size, int64_t now_us)
{
    double us = (double)(size + OVERHEAD) * 8 * G_USEC_PER_SEC / pace(rate);
    rate->free_at_us = MAX(rate->free_at_us, now_us) + (int64_t)us;
}

/* Less passes than is wanted. */
static bool is_limited(const struct peer_rate *rate)
{
    return rate->feedback && gcc_limited(&rate->gcc);
}

/* A path that is not known to be narrow gets a picture at once: the first one decides how soon a call is seen. */
static bool may_leave(const struct peer_rate *rate, int64_t now_us)
{
    return !is_limited(rate) || rate->free_at_us <= now_us + BURST_US;
}

static struct waiting *next_waiting(struct peer_rate *rate)
{
    for (int i = 0; i < PEER_RATE_KINDS; i++)
        if (rate->waiting[i].length)
            return g_queue_pop_head(&rate->waiting[i]);
    return NULL;
}

static void send_waiting(struct peer_rate *rate, int64_t now_us)
{
    while (rate->waiting_packets && may_leave(rate, now_us)) {
        struct waiting *waiting = next_waiting(rate);
        take_time(rate, waiting->size, now_us);
        rate->waiting_bytes -= waiting->size;
        rate->waiting_packets--;
        leave(rate, waiting->kind, waiting->packet, waiting->size, waiting->stamped, now_us);
        g_free(waiting);
    }
}

static void wait_for_turn(struct peer_rate *rate, enum peer_rate_kind kind, const uint8_t *packet, size_t size,
                          bool stamped)
{
    if (rate->waiting_packets == MOST_WAITING)
        return; /* as lost as on the way: the other side asks for it again */
    struct waiting *waiting = g_malloc(sizeof *waiting + size);
    waiting->kind = kind;
    waiting->size = size;
    waiting->stamped = stamped;
    memcpy(waiting->packet, packet, size);
    g_queue_push_tail(&rate->waiting[kind == PEER_RATE_REDUNDANCY ? PEER_RATE_PICTURE : kind], waiting);
    rate->waiting_bytes += size;
    rate->waiting_packets++;
}

void peer_rate_push(struct peer_rate *rate, enum peer_rate_kind kind, const uint8_t *packet, size_t size, bool stamped,
                    int64_t now_us)
{
    g_assert(size >= RTP_HEADER_SIZE && size <= RTP_MTU);
    if (!rate->started)
        return;
    if (kind == PEER_RATE_SOUND || kind == PEER_RATE_PADDING) { /* padding makes the rate that is probed */
        if (kind == PEER_RATE_SOUND)
            take_time(rate, size, now_us);
        leave(rate, kind, packet, size, stamped, now_us);
        return;
    }
    if (kind != PEER_RATE_PICTURE && gcc_drains(&rate->gcc))
        return; /* what is full gets no fuller by mending what it loses; it is asked for again */
    wait_for_turn(rate, kind, packet, size, stamped);
    send_waiting(rate, now_us);
}

/* ---- what the encoder may use ---- */

static void measure_shares(struct peer_rate *rate, int64_t now_us)
{
    struct shares *shares = &rate->shares;
    int64_t passed_us = now_us - shares->since_us;
    if (passed_us < SHARES_US)
        return;
    uint64_t rest = shares->bytes[PEER_RATE_PICTURE] + shares->bytes[PEER_RATE_REPAIR] +
                    shares->bytes[PEER_RATE_REDUNDANCY];
    shares->sound = (double)shares->bytes[PEER_RATE_SOUND] * 8 * G_USEC_PER_SEC / (double)passed_us;
    if (shares->bytes[PEER_RATE_PICTURE])
        shares->encoded = CLAMP((double)shares->picture_payload / (double)rest, 0.3, 1);
    memset(shares->bytes, 0, sizeof shares->bytes);
    shares->picture_payload = 0;
    shares->since_us = now_us;
}

static void tell_rate(struct peer_rate *rate)
{
    if (!rate->gcc.measured)
        return;
    double bit_rate = ((double)gcc_target(&rate->gcc) - rate->shares.sound) * rate->shares.encoded;
    int64_t now = MAX((int64_t)bit_rate, 1);
    if (ABS(now - rate->told) * 100 < rate->told * CHANGE_PERCENT)
        return;
    rate->told = now;
    g_debug("rate: %.0f kbit/s may be sent, %.0f of it pictures; queue %.0f ms, loss %.0f %%",
            (double)gcc_target(&rate->gcc) / 1000, bit_rate / 1000, gcc_delay_queue_ms(&rate->gcc.delay),
            rate->gcc.loss * 100);
    rate->listener->bit_rate(rate->user_data, now);
}

/* ---- time ---- */

static void probe(struct peer_rate *rate, int64_t now_us)
{
    if (!rate->feedback)
        return;
    size_t due = gcc_probe_due(&rate->gcc, rate->sent.next, now_us);
    if (due)
        rate->listener->pad(rate->user_data, due);
}

void peer_rate_poll(struct peer_rate *rate, int64_t now_us)
{
    if (!rate->started)
        return;
    measure_shares(rate, now_us);
    send_waiting(rate, now_us);
    if (gcc_deadline(&rate->gcc) <= now_us)
        probe(rate, now_us);
}

int64_t peer_rate_deadline(const struct peer_rate *rate)
{
    if (!rate->started)
        return INT64_MAX;
    int64_t next = rate->feedback ? MIN(gcc_deadline(&rate->gcc), rate->feedback_at_us) : rate->feedback_at_us;
    return rate->waiting_packets ? MIN(next, rate->free_at_us - BURST_US) : next;
}

/* ---- feedback ---- */

void peer_rate_received(struct peer_rate *rate, uint16_t number, int64_t now_us)
{
    twcc_arrivals_add(&rate->arrivals, number, now_us);
    if (rate->feedback_at_us == INT64_MAX)
        rate->feedback_at_us = now_us + (rate->fed_back ? FEEDBACK_US : FIRST_FEEDBACK_US);
}

size_t peer_rate_write_feedback(struct peer_rate *rate, uint8_t *out, int64_t now_us)
{
    if (!rate->started || rate->feedback_at_us > now_us)
        return 0;
    size_t size = 0;
    while (!size && twcc_arrivals_pending(&rate->arrivals))
        size = twcc_arrivals_write(&rate->arrivals, out);
    if (size)
        rate->fed_back = true;
    else
        rate->feedback_at_us = INT64_MAX;
    return size;
}

void peer_rate_read_feedback(struct peer_rate *rate, const uint8_t *information, size_t size, int64_t round_trip_us,
                             int64_t now_us)
{
    if (!rate->started || !rate->feedback)
        return;
    g_autoptr(GArray) results = g_array_new(FALSE, FALSE, sizeof(struct twcc_result));
    if (!twcc_sent_feedback(&rate->sent, information, size, results))
        g_debug("malformed transport-wide feedback of %zu bytes", size);
    for (guint i = 0; i < results->len; i++)
        fec_loss_add(&rate->loss, !g_array_index(results, struct twcc_result, i).arrived);
    gcc_feedback(&rate->gcc, (const struct twcc_result *)results->data, results->len, round_trip_us, now_us);
    tell_rate(rate);
}

/* ---- what others ask ---- */

const struct fec_loss *peer_rate_loss(const struct peer_rate *rate)
{
    return &rate->loss;
}

int64_t peer_rate_target(const struct peer_rate *rate)
{
    return rate->feedback && rate->gcc.measured ? gcc_target(&rate->gcc) : 0;
}
