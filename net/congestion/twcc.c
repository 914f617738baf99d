#include "net/congestion/twcc.h"

#include <string.h>

#include "net/rtp/rtp.h"

enum symbol { MISSING, SMALL_DELTA, LARGE_DELTA, RESERVED };

enum {
    FIXED = 8, /* base, status count, reference time, feedback count */
    REFERENCE_US = 64000,
    TICK_US = 250,
    MAX_RUN = 0x1fff,
    ONE_BIT_SYMBOLS = 14,
    TWO_BIT_SYMBOLS = 7,
};

static int64_t extend(int64_t near, uint16_t sequence)
{
    return near + rtp_sequence_difference(sequence, (uint16_t)near);
}

static int64_t floor_divide(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

static size_t slot(int64_t sequence, size_t slots)
{
    return (size_t)((uint64_t)sequence % slots);
}

/* ---- what arrived ---- */

void twcc_arrivals_init(struct twcc_arrivals *arrivals)
{
    memset(arrivals, 0, sizeof *arrivals);
}

static void restart(struct twcc_arrivals *arrivals, int64_t sequence)
{
    for (size_t i = 0; i < TWCC_WINDOW; i++)
        arrivals->packets[i].sequence = INT64_MIN;
    arrivals->started = true;
    arrivals->first = sequence;
    arrivals->highest = sequence;
}

/* A late one is reported once more together with all behind it, since the message before called it missing. */
void twcc_arrivals_add(struct twcc_arrivals *arrivals, uint16_t number, int64_t now_us)
{
    int64_t sequence = arrivals->started ? extend(arrivals->highest, number) : number;
    if (!arrivals->started || sequence - arrivals->highest >= TWCC_WINDOW)
        restart(arrivals, sequence);
    if (arrivals->highest - sequence >= TWCC_WINDOW / 2)
        return;
    size_t at = slot(sequence, TWCC_WINDOW);
    if (arrivals->packets[at].sequence == sequence)
        return; /* a duplicate: its first arrival counts */
    arrivals->packets[at].sequence = sequence;
    arrivals->packets[at].arrived_us = now_us;
    arrivals->highest = MAX(arrivals->highest, sequence);
    arrivals->first = MAX(MIN(arrivals->first, sequence), arrivals->highest - TWCC_WINDOW + 1);
}

bool twcc_arrivals_pending(const struct twcc_arrivals *arrivals)
{
    return arrivals->started && arrivals->first <= arrivals->highest;
}

/* One message in the making. */
struct message {
    uint8_t symbols[TWCC_MAX_STATUSES];
    int n;
    uint8_t deltas[2 * TWCC_MAX_STATUSES];
    size_t deltas_size;
    int64_t ticks; /* of the last arrival */
    int64_t reference;
};

/* False where the distance to the one before does not fit: the message ends before it. */
static bool add_arrival(struct message *message, int64_t arrived_us)
{
    int64_t ticks = floor_divide(arrived_us, TICK_US);
    if (!message->ticks) {
        message->reference = floor_divide(arrived_us, REFERENCE_US);
        message->ticks = message->reference * (REFERENCE_US / TICK_US);
    }
    int64_t delta = ticks - message->ticks;
    if (delta < INT16_MIN || delta > INT16_MAX)
        return false;
    message->ticks = ticks;
    bool small = delta >= 0 && delta <= UINT8_MAX;
    message->symbols[message->n++] = small ? SMALL_DELTA : LARGE_DELTA;
    uint8_t *out = message->deltas + message->deltas_size;
    if (small)
        *out = (uint8_t)delta;
    else
        rtp_write16(out, (uint16_t)delta);
    message->deltas_size += small ? 1 : 2;
    return true;
}

static void collect(const struct twcc_arrivals *arrivals, struct message *message)
{
    int64_t last = MIN(arrivals->highest, arrivals->first + TWCC_MAX_STATUSES - 1);
    for (int64_t sequence = arrivals->first; sequence <= last; sequence++) {
        size_t at = slot(sequence, TWCC_WINDOW);
        if (arrivals->packets[at].sequence != sequence)
            message->symbols[message->n++] = MISSING;
        else if (!add_arrival(message, arrivals->packets[at].arrived_us))
            return;
    }
}

static int run_length(const struct message *message, int from)
{
    int end = from + 1;
    while (end < message->n && end - from < MAX_RUN && message->symbols[end] == message->symbols[from])
        end++;
    return end - from;
}

/* The chunk for the symbols from `from` on (section 3.1.1 to 3.1.4); returns how many it covers. */
static int write_chunk(const struct message *message, int from, uint8_t out[2])
{
    int run = run_length(message, from);
    int left = MIN(message->n - from, ONE_BIT_SYMBOLS);
    bool large = memchr(message->symbols + from, LARGE_DELTA, (size_t)left) != NULL;
    int covered = MIN(left, large ? TWO_BIT_SYMBOLS : ONE_BIT_SYMBOLS);
    if (run >= covered) {
        rtp_write16(out, (uint16_t)(message->symbols[from] << 13 | run));
        return run;
    }
    uint16_t chunk = 0x8000 | (large ? 0x4000 : 0);
    for (int i = 0; i < covered; i++)
        chunk |= (uint16_t)(message->symbols[from + i] << (large ? 12 - 2 * i : 13 - i));
    rtp_write16(out, chunk);
    return covered;
}

size_t twcc_arrivals_write(struct twcc_arrivals *arrivals, uint8_t out[TWCC_FEEDBACK_SIZE])
{
    if (!twcc_arrivals_pending(arrivals))
        return 0;
    struct message message = { .n = 0 };
    collect(arrivals, &message);
    int64_t first = arrivals->first;
    arrivals->first += message.n;
    if (!message.deltas_size)
        return 0;
    rtp_write16(out, (uint16_t)first);
    rtp_write16(out + 2, (uint16_t)message.n);
    rtp_write32(out + 4, (uint32_t)message.reference << 8 | arrivals->count++);
    size_t size = FIXED;
    for (int i = 0; i < message.n; size += 2)
        i += write_chunk(&message, i, out + size);
    memcpy(out + size, message.deltas, message.deltas_size);
    size += message.deltas_size;
    while (size % 4)
        out[size++] = 0;
    return size;
}

/* ---- what was sent ---- */

void twcc_sent_init(struct twcc_sent *sent, uint16_t first)
{
    memset(sent, 0, sizeof *sent);
    sent->next = first;
}

uint16_t twcc_sent_add(struct twcc_sent *sent, size_t size, int64_t now_us)
{
    size_t at = slot(sent->next, TWCC_HISTORY);
    memset(&sent->packets[at], 0, sizeof sent->packets[at]);
    sent->packets[at].known = true;
    sent->packets[at].sequence = sent->next;
    sent->packets[at].sent_us = now_us;
    sent->packets[at].size = (uint32_t)size;
    return (uint16_t)sent->next++;
}

static int read_chunk(uint16_t chunk, uint8_t *symbols, int room)
{
    bool vector = chunk & 0x8000, two_bits = chunk & 0x4000;
    int n = !vector ? chunk & MAX_RUN : two_bits ? TWO_BIT_SYMBOLS : ONE_BIT_SYMBOLS;
    n = MIN(n, room);
    for (int i = 0; i < n; i++)
        symbols[i] = (uint8_t)(!vector    ? chunk >> 13 & 3
                               : two_bits ? chunk >> (12 - 2 * i) & 3
                                          : chunk >> (13 - i) & 1);
    return n;
}

/* Where the deltas begin, 0: malformed. An empty run would never end. */
static size_t read_symbols(const uint8_t *data, size_t size, uint8_t *symbols, int n)
{
    size_t at = FIXED, deltas = 0;
    for (int i = 0; i < n; at += 2) {
        int read = at + 2 <= size ? read_chunk(rtp_read16(data + at), symbols + i, n - i) : 0;
        if (!read)
            return 0;
        i += read;
    }
    for (int i = 0; i < n; i++) {
        if (symbols[i] == RESERVED)
            return 0;
        deltas += symbols[i]; /* their value is their size */
    }
    return at + deltas <= size ? at : 0;
}

/* 24 bits of 64 ms each wrap every twelve days. */
static int64_t unwrap_reference(struct twcc_sent *sent, uint32_t reference)
{
    int32_t ahead = (int32_t)((reference - sent->last_reference) << 8) >> 8;
    sent->reference = sent->referenced ? sent->reference + ahead : reference;
    sent->last_reference = reference;
    sent->referenced = true;
    return sent->reference * REFERENCE_US;
}

static void report(struct twcc_sent *sent, int64_t sequence, bool arrived, int64_t arrived_us, GArray *results)
{
    size_t at = slot(sequence, TWCC_HISTORY);
    if (!sent->packets[at].known || sent->packets[at].sequence != sequence || sent->packets[at].arrived)
        return;
    if (!arrived && sent->packets[at].lost)
        return;
    sent->packets[at].arrived = arrived;
    sent->packets[at].lost = !arrived;
    struct twcc_result result = {
        .sequence = sequence,
        .sent_us = sent->packets[at].sent_us,
        .arrived_us = arrived_us,
        .size = sent->packets[at].size,
        .arrived = arrived,
    };
    g_array_append_val(results, result);
}

bool twcc_sent_feedback(struct twcc_sent *sent, const uint8_t *data, size_t size, GArray *results)
{
    if (size < FIXED)
        return false;
    int n = rtp_read16(data + 2);
    g_autofree uint8_t *symbols = g_malloc((size_t)n + 1);
    size_t at = read_symbols(data, size, symbols, n);
    if (!n || !at)
        return false;
    int64_t sequence = extend(sent->next, rtp_read16(data));
    int64_t arrived_us = unwrap_reference(sent, rtp_read32(data + 4) >> 8);
    for (int i = 0; i < n; i++, sequence++) {
        if (symbols[i] == SMALL_DELTA)
            arrived_us += data[at] * TICK_US;
        else if (symbols[i] == LARGE_DELTA)
            arrived_us += (int16_t)rtp_read16(data + at) * TICK_US;
        at += symbols[i];
        report(sent, sequence, symbols[i] != MISSING, symbols[i] != MISSING ? arrived_us : 0, results);
    }
    return true;
}
