#include "net/rtp/fec_encoder.h"

#include <assert.h>
#include <glib.h>
#include <string.h>

#include "net/rtp/rtp.h"
#include "net/rtp/sender.h"
#include "net/rtp/ulpfec.h"

struct kept {
    uint16_t size;
    uint8_t data[RTP_MTU];
};

struct fec_encoder {
    struct kept packets[FEC_MAX_GROUP];
    int n;
};

/* Packets that one row of masks covers: all within ULPFEC_LONG of the first one's sequence number. */
struct group {
    const struct kept *packets;
    int n;
};

struct fec_encoder *fec_encoder_create(void)
{
    return g_new0(struct fec_encoder, 1);
}

void fec_encoder_destroy(struct fec_encoder *encoder)
{
    g_free(encoder);
}

void fec_encoder_add(struct fec_encoder *encoder, const uint8_t *packet, size_t size)
{
    assert(size >= RTP_HEADER_SIZE && size <= RTP_MTU);
    if (encoder->n == FEC_MAX_GROUP)
        return;
    struct kept *kept = &encoder->packets[encoder->n++];
    kept->size = (uint16_t)size;
    memcpy(kept->data, packet, size);
}

int fec_encoder_count(const struct fec_encoder *encoder)
{
    return encoder->n;
}

static uint16_t sequence_of(const struct kept *packet)
{
    return rtp_read16(packet->data + 2);
}

/* Whether redundancy `row` of `rows` covers the group's packet `i`. Overlapping: the packets take turns in being
 * covered by one row and by two neighbours, so that most pairs are told apart and a lost row does not matter to half of
 * them. */
static bool covers(enum fec_mask mask, int row, int rows, int i)
{
    if (mask == FEC_MASK_BURST || rows < 2)
        return i % rows == row;
    bool twice = i / rows % 2;
    return i % rows == row || (twice && (i + 1) % rows == row);
}

static void add_packet(uint8_t *fec, size_t level, const struct kept *packet)
{
    const uint8_t *in = packet->data;
    uint16_t length = (uint16_t)(packet->size - RTP_HEADER_SIZE);
    fec[0] ^= in[0] & ULPFEC_RECOVERED_BITS;
    fec[1] ^= in[1];
    for (int i = 4; i < 8; i++)
        fec[i] ^= in[i];
    rtp_write16(fec + 8, rtp_read16(fec + 8) ^ length);
    for (size_t i = 0; i < length; i++)
        fec[level + i] ^= in[RTP_HEADER_SIZE + i];
}

/* Returns the size. */
static size_t write_row(uint8_t *fec, const struct group *group, enum fec_mask mask, int row, int rows)
{
    uint16_t base = sequence_of(&group->packets[0]);
    int span = rtp_sequence_difference(sequence_of(&group->packets[group->n - 1]), base) + 1;
    size_t mask_size = (size_t)(span > ULPFEC_SHORT ? ULPFEC_LONG : ULPFEC_SHORT) / 8;
    size_t level = ULPFEC_HEADER + ULPFEC_LEVEL + mask_size, longest = 0;
    for (int i = 0; i < group->n; i++) {
        if (!covers(mask, row, rows, i))
            continue;
        int bit = rtp_sequence_difference(sequence_of(&group->packets[i]), base);
        fec[ULPFEC_HEADER + ULPFEC_LEVEL + bit / 8] |= (uint8_t)(0x80 >> bit % 8);
        add_packet(fec, level, &group->packets[i]);
        longest = MAX(longest, (size_t)group->packets[i].size - RTP_HEADER_SIZE);
    }
    fec[0] |= span > ULPFEC_SHORT ? ULPFEC_LONG_MASK : 0;
    rtp_write16(fec + 2, base);
    rtp_write16(fec + ULPFEC_HEADER, (uint16_t)longest);
    return level + longest;
}

/* How many of the packets from `first` on go into a group of at most `most`. */
static int group_size(const struct fec_encoder *encoder, int first, int most)
{
    uint16_t base = sequence_of(&encoder->packets[first]);
    int n = 1;
    while (n < most && first + n < encoder->n &&
           rtp_sequence_difference(sequence_of(&encoder->packets[first + n]), base) < ULPFEC_LONG)
        n++;
    return n;
}

int fec_encoder_finish(struct fec_encoder *encoder, int n, enum fec_mask mask,
                       void (*emit)(void *user_data, const uint8_t *payload, size_t size), void *user_data)
{
    int groups = (encoder->n + ULPFEC_LONG - 1) / ULPFEC_LONG, made = 0;
    int most = groups ? (encoder->n + groups - 1) / groups : 0;
    for (int first = 0; n > 0 && first < encoder->n;) {
        struct group group = { &encoder->packets[first], group_size(encoder, first, most) };
        first += group.n;
        /* What is due by now, so that rounding does not add up. */
        int rows = CLAMP((n * first + encoder->n / 2) / encoder->n - made, 1, group.n);
        for (int row = 0; row < rows; row++) {
            uint8_t fec[RTP_MTU + ULPFEC_OVERHEAD] = { 0 };
            emit(user_data, fec, write_row(fec, &group, mask, row, rows));
        }
        made += rows;
    }
    encoder->n = 0;
    return made;
}
