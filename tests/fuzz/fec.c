/* Media packets and redundancy for them (ULPFEC), in any order and of any content. What is recovered is a packet at
 * least, and no more of it than there was redundancy. */
#include "fuzz.h"
#include "net/rtp/fec_decoder.h"
#include "net/rtp/fec_encoder.h"
#include "net/rtp/rtp.h"

#include <string.h>

enum { MEDIA, REDUNDANCY, PROTECT, STEPS, MAX_STEPS = 512, SSRC = 0x01020304 };

struct path {
    struct fec_encoder *encoder;
    struct fec_decoder *decoder;
    uint16_t sequence;
};

static void take(struct path *path)
{
    GBytes *recovered;
    while ((recovered = fec_decoder_take(path->decoder))) {
        size_t size;
        const uint8_t *data = g_bytes_get_data(recovered, &size);
        struct rtp_packet packet;
        g_assert_true(rtp_parse(data, size, &packet));
        g_assert_cmpuint(size, <=, FEC_LARGEST_PACKET);
        g_bytes_unref(recovered);
    }
}

/* A packet with a header of the stream's and what the input has for a payload; or all of it the input's. */
static void media(struct path *path, struct fuzz_input *input)
{
    uint8_t flags = fuzz_byte(input);
    size_t size;
    g_autofree uint8_t *payload = fuzz_piece(input, &size);
    if (flags & 0x80) {
        fec_decoder_add_media(path->decoder, payload, size);
        return;
    }
    size = MIN(size, 1200); /* as our sender's */
    g_autofree uint8_t *packet = g_malloc(RTP_HEADER_SIZE + size);
    rtp_write_header(packet, &(struct rtp_packet){ .sequence = path->sequence++, .payload_type = 96, .ssrc = SSRC });
    memcpy(packet + RTP_HEADER_SIZE, payload, size);
    fec_encoder_add(path->encoder, packet, RTP_HEADER_SIZE + size);
    if (!(flags & 1)) /* else it is lost */
        fec_decoder_add_media(path->decoder, packet, RTP_HEADER_SIZE + size);
}

static void redundancy(struct path *path, struct fuzz_input *input)
{
    uint32_t ssrc = fuzz_byte(input) & 1 ? fuzz_number(input, 4) : SSRC;
    size_t size;
    g_autofree uint8_t *payload = fuzz_piece(input, &size);
    fec_decoder_add_fec(path->decoder, ssrc, payload, size);
}

static void emit(void *user_data, const uint8_t *payload, size_t size)
{
    struct path *path = user_data;
    g_autofree uint8_t *exact = g_memdup2(payload, size);
    fec_decoder_add_fec(path->decoder, SSRC, exact, size);
    take(path);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = { data, size };
    struct path path = { fec_encoder_create(), fec_decoder_create(), (uint16_t)fuzz_number(&input, 2) };
    for (int i = 0; input.size && i < MAX_STEPS; i++) {
        unsigned step = fuzz_byte(&input);
        if (step % STEPS == MEDIA)
            media(&path, &input);
        else if (step % STEPS == REDUNDANCY)
            redundancy(&path, &input);
        else
            fec_encoder_finish(path.encoder, fuzz_byte(&input), step & 0x80 ? FEC_MASK_SINGLE : FEC_MASK_BURST, emit,
                               &path);
        take(&path);
    }
    struct fec_decoder_stats stats = fec_decoder_stats(path.decoder);
    g_assert_cmpuint(stats.recovered + stats.discarded, <=, stats.received);
    g_assert_cmpuint(stats.received - stats.recovered - stats.discarded, <=, FEC_MOST_WAITING);
    fec_encoder_destroy(path.encoder);
    fec_decoder_destroy(path.decoder);
    return 0;
}
