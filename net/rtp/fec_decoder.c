#include "net/rtp/fec_decoder.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "net/rtp/rtp.h"
#include "net/rtp/ulpfec.h"

enum { MAX_JUMP = 1000 }; /* of sequence numbers; a larger one is a restart */

struct kept {
    bool here;
    uint16_t sequence, size;
    uint8_t data[FEC_LARGEST_PACKET];
};

struct redundancy {
    uint16_t base;
    uint64_t mask;        /* bit i: base + i */
    const uint8_t *level; /* what is XORed, in `data` */
    size_t protected;     /* its size */
    bool used;
    uint8_t data[]; /* from the FEC header on */
};

struct fec_decoder {
    bool started;
    uint32_t ssrc;
    uint16_t newest;     /* sequence number of media */
    struct kept *window; /* [sequence % FEC_WINDOW] */
    GQueue waiting;      /* struct redundancy, the oldest first */
    GQueue recovered;    /* GBytes */
    struct fec_decoder_stats stats;
};

struct fec_decoder *fec_decoder_create(void)
{
    struct fec_decoder *decoder = g_new0(struct fec_decoder, 1);
    decoder->window = g_new0(struct kept, FEC_WINDOW);
    return decoder;
}

static void forget(struct fec_decoder *decoder)
{
    for (int i = 0; i < FEC_WINDOW; i++)
        decoder->window[i].here = false;
    decoder->stats.discarded += decoder->waiting.length;
    g_queue_clear_full(&decoder->waiting, g_free);
}

void fec_decoder_destroy(struct fec_decoder *decoder)
{
    if (!decoder)
        return;
    forget(decoder);
    g_queue_clear_full(&decoder->recovered, (GDestroyNotify)g_bytes_unref);
    g_free(decoder->window);
    g_free(decoder);
}

static struct kept *find(const struct fec_decoder *decoder, uint16_t sequence)
{
    struct kept *kept = &decoder->window[sequence % FEC_WINDOW];
    return kept->here && kept->sequence == sequence ? kept : NULL;
}

/* ---- recovery ---- */

static int64_t age(const struct fec_decoder *decoder, uint16_t sequence)
{
    return rtp_sequence_difference(decoder->newest, sequence);
}

/* How many of the packets that it covers are missing; the last one of them goes to `sequence`. */
static int count_missing(const struct fec_decoder *decoder, const struct redundancy *redundancy, uint16_t *sequence)
{
    int missing = 0;
    for (uint64_t rest = redundancy->mask; rest; rest &= rest - 1) {
        uint16_t covered = (uint16_t)(redundancy->base + __builtin_ctzll(rest));
        if (!find(decoder, covered)) {
            *sequence = covered;
            missing++;
        }
    }
    return missing;
}

static void add_packet(uint8_t *out, const struct redundancy *redundancy, const struct kept *kept, uint16_t *length)
{
    size_t payload = (size_t)kept->size - RTP_HEADER_SIZE, n = MIN(payload, redundancy->protected);
    out[0] ^= kept->data[0];
    out[1] ^= kept->data[1];
    for (int i = 4; i < 8; i++)
        out[i] ^= kept->data[i];
    *length ^= (uint16_t)payload;
    for (size_t i = 0; i < n; i++)
        out[RTP_HEADER_SIZE + i] ^= kept->data[RTP_HEADER_SIZE + i];
}

/* The packet `sequence`, the only one missing of those that `redundancy` covers; returns its size, 0 where that cannot
 * be. */
static size_t rebuild(const struct fec_decoder *decoder, const struct redundancy *redundancy, uint16_t sequence,
                      uint8_t *out)
{
    const uint8_t *fec = redundancy->data;
    uint16_t length = rtp_read16(fec + 8);
    memcpy(out, fec, 8);
    memcpy(out + RTP_HEADER_SIZE, redundancy->level, redundancy->protected);
    for (uint64_t rest = redundancy->mask; rest; rest &= rest - 1) {
        const struct kept *kept = find(decoder, (uint16_t)(redundancy->base + __builtin_ctzll(rest)));
        if (kept)
            add_packet(out, redundancy, kept, &length);
    }
    out[0] = (uint8_t)(2 << 6 | (out[0] & ULPFEC_RECOVERED_BITS));
    rtp_write16(out + 2, sequence);
    rtp_write32(out + 8, decoder->ssrc);
    struct rtp_packet packet;
    bool sound = length <= redundancy->protected && rtp_parse(out, RTP_HEADER_SIZE + (size_t)length, &packet);
    return sound ? RTP_HEADER_SIZE + (size_t)length : 0;
}

static void keep(struct fec_decoder *decoder, uint16_t sequence, const uint8_t *packet, size_t size)
{
    struct kept *kept = &decoder->window[sequence % FEC_WINDOW];
    kept->here = true;
    kept->sequence = sequence;
    kept->size = (uint16_t)size;
    memcpy(kept->data, packet, size);
}

static bool use(struct fec_decoder *decoder, struct redundancy *redundancy, uint16_t sequence)
{
    uint8_t packet[FEC_LARGEST_PACKET];
    size_t size = rebuild(decoder, redundancy, sequence, packet);
    if (!size)
        return false;
    redundancy->used = true;
    keep(decoder, sequence, packet, size);
    g_queue_push_tail(&decoder->recovered, g_bytes_new(packet, size));
    decoder->stats.recovered++;
    return true;
}

static void drop(struct fec_decoder *decoder, GList *link)
{
    struct redundancy *redundancy = link->data;
    decoder->stats.discarded += !redundancy->used;
    g_free(redundancy);
    g_queue_delete_link(&decoder->waiting, link);
}

/* Each packet that comes back may complete what others cover. Every turn but the last one takes a packet of redundancy
 * off the queue, so it ends. */
static void recover(struct fec_decoder *decoder)
{
    bool again = true;
    while (again) {
        again = false;
        for (GList *link = decoder->waiting.head, *next; link; link = next) {
            struct redundancy *redundancy = link->data;
            uint16_t sequence = 0;
            next = link->next;
            int missing = count_missing(decoder, redundancy, &sequence);
            if (missing > 1 && age(decoder, redundancy->base) < FEC_WINDOW)
                continue;
            again |= missing == 1 && use(decoder, redundancy, sequence);
            drop(decoder, link);
        }
    }
}

/* ---- what came ---- */

/* Packets of another source, or far from all others, have nothing to do with what is kept. */
static bool follow(struct fec_decoder *decoder, uint32_t ssrc, uint16_t sequence)
{
    int ahead = rtp_sequence_difference(sequence, decoder->newest);
    if (!decoder->started || decoder->ssrc != ssrc || abs(ahead) > MAX_JUMP) {
        forget(decoder);
        decoder->started = true;
        decoder->ssrc = ssrc;
        decoder->newest = sequence;
        return true;
    }
    if (ahead > 0)
        decoder->newest = sequence;
    return ahead > -FEC_WINDOW;
}

void fec_decoder_add_media(struct fec_decoder *decoder, const uint8_t *packet, size_t size)
{
    if (size < RTP_HEADER_SIZE || size > FEC_LARGEST_PACKET)
        return;
    uint16_t sequence = rtp_read16(packet + 2);
    if (!follow(decoder, rtp_read32(packet + 8), sequence) || find(decoder, sequence))
        return;
    keep(decoder, sequence, packet, size);
    if (decoder->waiting.length)
        recover(decoder);
}

static uint64_t read_mask(const uint8_t *mask, int bits)
{
    uint64_t value = 0;
    for (int i = 0; i < bits; i++)
        if (mask[i / 8] & 0x80 >> i % 8)
            value |= (uint64_t)1 << i;
    return value;
}

/* NULL where it is malformed. */
static struct redundancy *parse(const uint8_t *payload, size_t size)
{
    if (size < ULPFEC_HEADER)
        return NULL;
    int bits = payload[0] & ULPFEC_LONG_MASK ? ULPFEC_LONG : ULPFEC_SHORT;
    size_t level = (size_t)(ULPFEC_HEADER + ULPFEC_LEVEL + bits / 8);
    if (size < level)
        return NULL;
    size_t protected = rtp_read16(payload + ULPFEC_HEADER);
    uint64_t mask = read_mask(payload + ULPFEC_HEADER + ULPFEC_LEVEL, bits);
    if (!mask || protected > size - level || protected > FEC_LARGEST_PACKET - RTP_HEADER_SIZE)
        return NULL;
    struct redundancy *redundancy = g_malloc(sizeof *redundancy + level + protected);
    *redundancy = (struct redundancy){ .base = rtp_read16(payload + 2), .mask = mask, .protected = protected };
    memcpy(redundancy->data, payload, level + protected);
    redundancy->level = redundancy->data + level;
    return redundancy;
}

void fec_decoder_add_fec(struct fec_decoder *decoder, uint32_t ssrc, const uint8_t *payload, size_t size)
{
    decoder->stats.received++;
    struct redundancy *redundancy = parse(payload, size);
    bool in_reach = redundancy && decoder->started && decoder->ssrc == ssrc &&
                    llabs(age(decoder, redundancy->base)) < FEC_WINDOW - ULPFEC_LONG;
    if (!in_reach) {
        g_free(redundancy);
        decoder->stats.discarded++;
        return;
    }
    if (decoder->waiting.length == FEC_MOST_WAITING)
        drop(decoder, decoder->waiting.head);
    g_queue_push_tail(&decoder->waiting, redundancy);
    recover(decoder);
}

GBytes *fec_decoder_take(struct fec_decoder *decoder)
{
    return g_queue_pop_head(&decoder->recovered);
}

struct fec_decoder_stats fec_decoder_stats(const struct fec_decoder *decoder)
{
    return decoder->stats;
}
