#include "net/congestion/gcc.h"

#include <math.h>
#include <string.h>

#include <glib.h>

enum {
    SLOT_US = 10000, /* of the received rate's window */
    WINDOW_US = 500000,
    LEAST_WINDOW_US = 100000, /* before, the received rate is not known */
    LOSS_WINDOW_US = 500000,
    LOSS_PACKETS = 50,
    BREAK_US = 300000,
    PROBE_US = 15000,
    PROBE_STEP_US = 2000,
    PROBE_PACKETS = 5,   /* that must arrive */
    PROBE_BYTES = 1500,  /* at low rates a probe takes as long as these do */
    SETTLE_US = 3000000, /* after a decrease what is received says less: little may have been sent */
    PROBE_TIMEOUT_US = 1000000,
    PROBE_INTERVAL_US = 1000000,
    LONGEST_PROBE_INTERVAL_US = 3000000,
    CALM_US = 500000, /* since queues last grew: only then is more tried */
    LONG_QUEUE_MS = 40,
    FULL_QUEUE_MS = 250,
    STANDING_QUEUE_MS = 150,
    STANDING_US = 1000000,   /* so long above it, and nothing was decreased */
    OVERFULL_QUEUE_MS = 200, /* more than another way to the other side is longer by */
    HEADROOM = 110,          /* percent of max up to which probes go */
};

static const double BETA = 0.85;                       /* 5.5 */
static const double INCREASE = 1.08;                   /* a second */
static const double LOW_LOSS = 0.02, HIGH_LOSS = 0.10; /* 6 */
static const double DRAIN = 0.5;                       /* of the estimate is sent while queues are full */

void gcc_init(struct gcc *gcc, int64_t now_us)
{
    *gcc = (struct gcc){
        .max = GCC_MOST,
        .estimate = GCC_START,
        .probe_at_us = now_us,
        .probe_rate = 2 * GCC_START,
        .probe_interval_us = PROBE_INTERVAL_US,
    };
    gcc_delay_init(&gcc->delay);
}

void gcc_set_max(struct gcc *gcc, int64_t max, int64_t now_us)
{
    if (max > gcc->max)
        gcc->probe_at_us = MIN(gcc->probe_at_us, now_us);
    gcc->max = MAX(max, GCC_LEAST);
    gcc->estimate = MIN(gcc->estimate, gcc->max);
}

/* ---- what arrives ---- */

static void acknowledge(struct gcc_acknowledged *acknowledged, const struct twcc_result *result)
{
    int64_t slot = result->arrived_us / SLOT_US;
    size_t at = (size_t)((uint64_t)slot % GCC_ARRIVALS);
    if (acknowledged->slots[at].slot != slot) {
        acknowledged->slots[at].slot = slot;
        acknowledged->slots[at].bytes = 0;
    }
    acknowledged->slots[at].bytes += (uint32_t)result->size;
    if (!acknowledged->first_us || result->arrived_us - acknowledged->last_us > WINDOW_US)
        acknowledged->first_us = result->arrived_us;
    acknowledged->last_us = MAX(acknowledged->last_us, result->arrived_us);
}

/* bit/s; 0: not known. */
static double received_rate(const struct gcc_acknowledged *acknowledged)
{
    int64_t window_us = MIN(acknowledged->last_us - acknowledged->first_us, WINDOW_US);
    if (window_us < LEAST_WINDOW_US)
        return 0;
    int64_t last = acknowledged->last_us / SLOT_US, first = last - window_us / SLOT_US;
    double bytes = 0;
    for (int i = 0; i < GCC_ARRIVALS; i++)
        if (acknowledged->slots[i].slot > first && acknowledged->slots[i].slot <= last)
            bytes += acknowledged->slots[i].bytes;
    return bytes * 8 * G_USEC_PER_SEC / (double)window_us;
}

/* ---- probes ---- */

static void plan_probe(struct gcc *gcc, int64_t bit_rate, int64_t at_us)
{
    int64_t most = gcc->max * HEADROOM / 100;
    gcc->probe_rate = MIN(bit_rate, most);
    gcc->probe_at_us = gcc->estimate < gcc->max ? at_us : INT64_MAX;
}

static bool is_calm(const struct gcc *gcc, int64_t now_us)
{
    return gcc->delay.usage != GCC_OVERUSE && gcc->delay.queue_ms < LONG_QUEUE_MS &&
           now_us - gcc->decreased_us > CALM_US;
}

static void begin_probe(struct gcc *gcc, int64_t next, int64_t now_us)
{
    gcc->probe = (struct gcc_probe){
        .running = true,
        .bit_rate = gcc->probe_rate,
        .first = next,
        .last = INT64_MAX,
        .started_us = now_us,
        .step_at_us = now_us,
    };
    gcc->probe_at_us = INT64_MAX;
}

static int64_t probe_us(const struct gcc_probe *probe)
{
    return MAX(PROBE_US, (int64_t)PROBE_BYTES * 8 * G_USEC_PER_SEC / MAX(probe->bit_rate, 1));
}

size_t gcc_probe_due(struct gcc *gcc, int64_t next, int64_t now_us)
{
    struct gcc_probe *probe = &gcc->probe;
    if (!probe->running && gcc->probe_at_us <= now_us) {
        if (gcc->measured && !is_calm(gcc, now_us))
            plan_probe(gcc, 2 * gcc->estimate, now_us + CALM_US);
        else
            begin_probe(gcc, next, now_us);
    }
    if (!probe->running || probe->sent)
        return 0;
    probe->step_at_us = now_us + PROBE_STEP_US;
    int64_t passed_us = MIN(now_us - probe->started_us + PROBE_STEP_US, probe_us(probe));
    size_t due = (size_t)(probe->bit_rate * passed_us / 8 / G_USEC_PER_SEC);
    if (now_us - probe->started_us >= probe_us(probe) && probe->bytes >= due) {
        probe->sent = true;
        probe->last = next - 1;
    }
    return due > probe->bytes ? due - probe->bytes : 0;
}

void gcc_sent(struct gcc *gcc, int64_t sequence, size_t size)
{
    struct gcc_probe *probe = &gcc->probe;
    if (probe->running && !probe->sent && sequence >= probe->first)
        probe->bytes += size;
}

static void note_probe(struct gcc_probe *probe, const struct twcc_result *result)
{
    if (!probe->running || result->sequence < probe->first || result->sequence > probe->last)
        return;
    if (!probe->arrived++) {
        probe->first_size = result->size;
        probe->first_sent_us = result->sent_us;
        probe->first_arrived_us = result->arrived_us;
    }
    probe->arrived_bytes += result->size;
    probe->last_size = result->size;
    probe->last_sent_us = result->sent_us;
    probe->last_arrived_us = MAX(probe->last_arrived_us, result->arrived_us);
}

/* The rate that a probe showed to pass; 0: it showed nothing, as where something had held its packets (a receiver that
 * was busy) and they came all at once. */
static double probed_rate(const struct gcc_probe *probe)
{
    int64_t sent_us = probe->last_sent_us - probe->first_sent_us;
    int64_t arrived_us = probe->last_arrived_us - probe->first_arrived_us;
    if (probe->arrived < PROBE_PACKETS || sent_us <= 0 || arrived_us < sent_us / 2)
        return 0;
    double sent = (double)(probe->arrived_bytes - probe->last_size) * 8 * G_USEC_PER_SEC / (double)sent_us;
    double arrived = (double)(probe->arrived_bytes - probe->first_size) * 8 * G_USEC_PER_SEC / (double)arrived_us;
    return arrived < 0.9 * sent ? 0.95 * arrived : MIN(sent, arrived);
}

/* The first one says what the path is like. Later ones only raise the estimate: more is tried at once where all of it
 * passed, else later and later. */
static void finish_probe(struct gcc *gcc, int64_t now_us)
{
    struct gcc_probe *probe = &gcc->probe;
    probe->running = false;
    double rate = probed_rate(probe);
    bool more = rate > 1.1 * (double)gcc->estimate, first = !gcc->measured && rate > 0;
    if (first || (more && is_calm(gcc, now_us))) {
        gcc->limited = gcc->limited || rate < 0.9 * (double)probe->bit_rate;
        gcc->estimate = MIN((int64_t)rate, gcc->max);
        gcc->link = gcc->link_variance = 0;
        gcc->probe_interval_us = PROBE_INTERVAL_US;
    } else {
        gcc->probe_interval_us = MIN(2 * gcc->probe_interval_us, LONGEST_PROBE_INTERVAL_US);
    }
    bool all = rate > 0.7 * (double)probe->bit_rate;
    plan_probe(gcc, 2 * gcc->estimate, now_us + (more && all ? 0 : gcc->probe_interval_us));
}

static void check_probe(struct gcc *gcc, int64_t newest, int64_t now_us)
{
    struct gcc_probe *probe = &gcc->probe;
    if (!probe->running)
        return;
    if ((probe->sent && newest >= probe->last) || now_us - probe->started_us > PROBE_TIMEOUT_US)
        finish_probe(gcc, now_us);
}

int64_t gcc_deadline(const struct gcc *gcc)
{
    if (!gcc->probe.running)
        return gcc->probe_at_us;
    return gcc->probe.sent ? INT64_MAX : gcc->probe.step_at_us;
}

/* ---- delay: additive and multiplicative increase, multiplicative decrease (5.5) ---- */

static void remember_link(struct gcc *gcc, double kbit)
{
    gcc->link = gcc->link ? 0.95 * gcc->link + 0.05 * kbit : kbit;
    double error = gcc->link - kbit;
    gcc->link_variance = CLAMP(0.95 * gcc->link_variance + 0.05 * error * error / MAX(gcc->link, 1), 0.4, 2.5);
}

static bool is_near_link(const struct gcc *gcc, double kbit)
{
    double deviation = 3 * sqrt(gcc->link_variance * gcc->link);
    return gcc->link && fabs(kbit - gcc->link) < deviation;
}

static void decrease(struct gcc *gcc, double received, int64_t round_trip_us, int64_t now_us)
{
    if (now_us - gcc->decreased_us < MIN(round_trip_us + SLOT_US, WINDOW_US))
        return; /* the last one cannot show yet */
    bool again = gcc->decreased_us && now_us - gcc->decreased_us < SETTLE_US;
    gcc->decreased_us = now_us;
    gcc->limited = true;
    double rate = received > 0 ? BETA * received : (double)gcc->estimate / 2;
    if (again)
        rate = MAX(rate, 0.4 * (double)gcc->estimate);
    if (received > 0)
        remember_link(gcc, received / 1000);
    gcc->estimate = (int64_t)MIN(rate, (double)gcc->estimate);
    gcc->probe_interval_us = PROBE_INTERVAL_US;
    plan_probe(gcc, 2 * gcc->estimate, now_us + PROBE_INTERVAL_US);
}

static void increase(struct gcc *gcc, double received, int64_t round_trip_us, double passed_s)
{
    double rate = (double)gcc->estimate;
    if (gcc->link && received / 1000 > gcc->link + 3 * sqrt(gcc->link_variance * gcc->link))
        gcc->link = 0; /* the path is wider than it was */
    if (is_near_link(gcc, received / 1000)) {
        double response_s = (double)round_trip_us / G_USEC_PER_SEC + 0.1;
        rate += MAX(1200 * 8 / response_s, 4000) * passed_s;
    } else {
        rate *= pow(INCREASE, MIN(passed_s, 1));
    }
    if (received > 0)
        rate = MIN(rate, MAX(1.5 * received + 10000, (double)gcc->estimate));
    gcc->estimate = (int64_t)rate;
}

/* ---- loss (6) ---- */

/* Loss that stays when much less is sent is none of ours, but for what a full queue cuts off. */
static void judge_loss(struct gcc *gcc)
{
    gcc->own_loss = MIN(gcc->own_loss, gcc->loss);
    if (!gcc->before.bit_rate)
        return;
    if (gcc->loss < LOW_LOSS || gcc->delay.queue_ms > LONG_QUEUE_MS) {
        gcc->before.bit_rate = 0;
    } else if (gcc->estimate < gcc->before.bit_rate * 3 / 4) {
        if (gcc->loss > 0.6 * gcc->before.loss)
            gcc->own_loss = gcc->loss;
        gcc->before.bit_rate = 0;
    }
}

static void decrease_by_loss(struct gcc *gcc, double loss)
{
    if (!gcc->before.bit_rate) {
        gcc->before.bit_rate = gcc->estimate;
        gcc->before.loss = gcc->loss;
    }
    gcc->limited = true;
    gcc->estimate = (int64_t)((double)gcc->estimate * (1 - 0.5 * loss));
    plan_probe(gcc, 2 * gcc->estimate, INT64_MAX);
}

/* True where nothing speaks against more. */
static bool heed_loss(struct gcc *gcc, int64_t now_us)
{
    if (now_us - gcc->window.since_us >= LOSS_WINDOW_US && gcc->window.sent >= LOSS_PACKETS) {
        double lost = (double)gcc->window.lost / gcc->window.sent;
        gcc->loss = gcc->loss ? 0.6 * gcc->loss + 0.4 * lost : lost;
        gcc->window.sent = gcc->window.lost = 0;
        gcc->window.since_us = now_us;
        judge_loss(gcc);
        double loss = gcc->loss - gcc->own_loss;
        if (loss > HIGH_LOSS)
            decrease_by_loss(gcc, loss);
        else if (gcc->probe_at_us == INT64_MAX && !gcc->probe.running)
            plan_probe(gcc, 2 * gcc->estimate, now_us + gcc->probe_interval_us);
    }
    return gcc->loss - gcc->own_loss < MAX(LOW_LOSS, 0.3 * gcc->own_loss);
}

/* ---- all together ---- */

static bool queue_stands(struct gcc *gcc, int64_t now_us)
{
    if (gcc->delay.queue_ms < STANDING_QUEUE_MS)
        gcc->full_since_us = 0;
    else if (!gcc->full_since_us)
        gcc->full_since_us = now_us;
    return gcc->full_since_us && now_us - MAX(gcc->full_since_us, gcc->decreased_us) > STANDING_US;
}

/* How many were lost here in a row because the path was gone: nothing at all came for a while. That is no congestion.
 */
static size_t lost_in_break(const struct gcc *gcc, const struct twcc_result *results, size_t n)
{
    size_t lost = 0;
    while (lost < n && !results[lost].arrived)
        lost++;
    int64_t until_us = lost < n ? results[lost].sent_us : results[n - 1].sent_us;
    return gcc->arrived_sent_us && until_us - gcc->arrived_sent_us > BREAK_US ? lost : 0;
}

static void take(struct gcc *gcc, const struct twcc_result *result)
{
    gcc->window.sent++;
    gcc->window.lost += !result->arrived;
    if (!result->arrived)
        return;
    gcc->arrived_sent_us = MAX(gcc->arrived_sent_us, result->sent_us);
    gcc_delay_add(&gcc->delay, result->sent_us, result->arrived_us);
    acknowledge(&gcc->acknowledged, result);
    note_probe(&gcc->probe, result);
}

void gcc_feedback(struct gcc *gcc, const struct twcc_result *results, size_t n, int64_t round_trip_us, int64_t now_us)
{
    if (!n)
        return;
    for (size_t i = 0; i < n; i++) {
        i += lost_in_break(gcc, results + i, n - i);
        if (i < n)
            take(gcc, &results[i]);
    }
    bool calm = heed_loss(gcc, now_us);
    double received = received_rate(&gcc->acknowledged);
    double passed_s = gcc->updated_us ? (double)(now_us - gcc->updated_us) / G_USEC_PER_SEC : 0;
    gcc->updated_us = now_us;
    if (gcc->delay.usage == GCC_OVERUSE || queue_stands(gcc, now_us))
        decrease(gcc, received, round_trip_us, now_us);
    else if (gcc->delay.usage == GCC_NORMAL && calm && gcc->delay.queue_ms < LONG_QUEUE_MS)
        increase(gcc, received, round_trip_us, passed_s);
    check_probe(gcc, results[n - 1].sequence, now_us);
    gcc->measured = gcc->measured || received > 0 || gcc->estimate != GCC_START;
    gcc->estimate = CLAMP(gcc->estimate, GCC_LEAST, gcc->max);
    if (gcc->estimate == gcc->max)
        gcc->limited = false;
}

int64_t gcc_target(const struct gcc *gcc)
{
    double full = (gcc->delay.queue_ms - LONG_QUEUE_MS) / (FULL_QUEUE_MS - LONG_QUEUE_MS);
    double share = gcc->limited ? 1 - DRAIN * CLAMP(full, 0, 1) : 1;
    return MAX((int64_t)((double)gcc->estimate * share), GCC_LEAST);
}

bool gcc_limited(const struct gcc *gcc)
{
    return gcc->limited;
}

bool gcc_drains(const struct gcc *gcc)
{
    return gcc->limited && gcc->delay.queue_ms > OVERFULL_QUEUE_MS;
}
