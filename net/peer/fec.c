#include "net/peer/fec.h"

#include <string.h>

#include "net/peer/statistics.h"
#include "net/rtp/fec_policy.h"
#include "net/rtp/red.h"
#include "net/rtp/rtp.h"

/* ---- out ---- */

void peer_fec_negotiated(struct stream *stream, const struct sdp_media *agreed, const struct sdp_media *remote)
{
    struct redundancy *fec = &stream->fec;
    if (stream->type == AVMEDIA_TYPE_AUDIO)
        fec->red = agreed->red;
    if (stream->type != AVMEDIA_TYPE_VIDEO || !agreed->ulpfec)
        return;
    fec->ulpfec = agreed->ulpfec;
    fec->red = agreed->red;
    fec->red_rtx = agreed->red_rtx;
    fec->remote_ssrc = remote ? remote->fec_ssrc : 0;
    fec->decoder = fec_decoder_create();
    fec->in_red = !fec->remote_ssrc;
    if (!fec->in_red || (fec->red && stream->codecs[0].id == AV_CODEC_ID_VP8))
        fec->encoder = fec_encoder_create();
}

void peer_fec_configure(const struct stream *stream, struct rtp_sender_config *config)
{
    const struct redundancy *fec = &stream->fec;
    if (!fec->encoder)
        return;
    config->fec = fec->encoder;
    config->fec_payload_type = fec->ulpfec;
    if (fec->in_red) {
        config->red_payload_type = fec->red;
        config->rtx_payload_type = fec->red_rtx;
    } else {
        config->fec_ssrc = fec->ssrc;
    }
}

void peer_fec_destroy(struct stream *stream)
{
    fec_encoder_destroy(stream->fec.encoder);
    fec_decoder_destroy(stream->fec.decoder);
}

static void on_fec(void *user_data, const uint8_t *payload, size_t size)
{
    struct stream *stream = user_data;
    stream->media->protecting = true;
    rtp_sender_push_fec(stream->sender, payload, size);
    stream->media->protecting = false;
}

/* Of transport-wide feedback where there is some, else of the reports. */
static void take_loss(const struct stream *stream, struct fec_conditions *conditions)
{
    const struct fec_loss *loss = peer_rate_loss(stream->media->rate);
    bool measured = peer_rate_target(stream->media->rate) > 0;
    conditions->loss = measured ? loss->loss : stream->remote.fraction_lost;
    conditions->burst = measured ? fec_loss_burst(loss) : 1;
}

void peer_fec_protect(struct stream *stream, bool key, bool first)
{
    struct redundancy *fec = &stream->fec;
    if (!fec->encoder)
        return;
    struct fec_conditions conditions = {
        .round_trip_us = peer_rtcp_round_trip(stream->media),
        .packets = fec_encoder_count(fec->encoder),
        .key = key,
        .first = first,
    };
    take_loss(stream, &conditions);
    if (fec_policy_waits(&conditions, ++fec->frames))
        return;
    fec->frames = 0;
    struct fec_protection protection = fec_policy_decide(&conditions);
    fec_encoder_finish(fec->encoder, protection.packets, protection.mask, on_fec, stream);
}

/* ---- in ---- */

static const struct sdp_codec *find_codec(const struct stream *stream, uint8_t payload_type)
{
    for (int i = 0; i < stream->n_codecs; i++)
        if (stream->codecs[i].payload_type == payload_type)
            return &stream->codecs[i];
    return NULL;
}

/* What comes back is media in one of the agreed formats, or nothing: RED in it would be redundancy of redundancy. */
static void push_recovered(struct stream *stream)
{
    GBytes *bytes;
    while ((bytes = fec_decoder_take(stream->fec.decoder))) {
        size_t size;
        const uint8_t *packet = g_bytes_get_data(bytes, &size);
        const struct sdp_codec *codec = find_codec(stream, packet[1] & 0x7f);
        if (codec)
            rtp_receiver_push_recovered(stream->receiver, packet, size, codec->id, stream->media->now_us);
        g_bytes_unref(bytes);
    }
}

void peer_fec_media_came(struct stream *stream, const uint8_t *packet, size_t size)
{
    if (!stream->fec.decoder)
        return;
    fec_decoder_add_media(stream->fec.decoder, packet, size);
    push_recovered(stream);
}

/* The packet without RED's header (RFC 2198, 3): a single block, as browsers send it. */
static void receive_block(struct stream *stream, const struct sdp_codec *codec, const uint8_t *packet, size_t size,
                          size_t header)
{
    uint8_t plain[PEER_MAX_PACKET];
    memcpy(plain, packet, header);
    plain[1] = (uint8_t)((packet[1] & 0x80) | codec->payload_type);
    memcpy(plain + header, packet + header + RED_HEADER, size - header - RED_HEADER);
    rtp_receiver_push(stream->receiver, plain, size - RED_HEADER, codec->id, stream->media->now_us);
    peer_fec_media_came(stream, plain, size - RED_HEADER);
}

/* The packet that has this block alone, `back` packets before the one that brought it. */
static size_t unpack(uint8_t *plain, const struct rtp_packet *red, const struct red_block *block, int back)
{
    rtp_write_header(plain, &(struct rtp_packet){ .marker = !back && red->marker,
                                                  .payload_type = block->payload_type,
                                                  .sequence = (uint16_t)(red->sequence - back),
                                                  .timestamp = red->timestamp - block->timestamp_offset,
                                                  .ssrc = red->ssrc });
    memcpy(plain + RTP_HEADER_SIZE, block->data, block->size);
    return RTP_HEADER_SIZE + block->size;
}

/* Senders repeat the packets just before, in their order; the block's time alone would not tell its number. */
static void receive_sound_in_red(struct stream *stream, const struct rtp_packet *red)
{
    struct red_block blocks[RED_MOST_BLOCKS];
    uint8_t plain[PEER_MAX_PACKET];
    int n = red_parse(red->payload, red->payload_size, blocks);
    for (int back = 0; back < n; back++) {
        const struct red_block *block = &blocks[n - 1 - back];
        const struct sdp_codec *codec = find_codec(stream, block->payload_type);
        if (!codec || !block->size)
            continue;
        size_t size = unpack(plain, red, block, back);
        if (!back) {
            rtp_receiver_push(stream->receiver, plain, size, codec->id, stream->media->now_us);
        } else if (rtp_receiver_misses(stream->receiver, (uint16_t)(red->sequence - back))) {
            rtp_receiver_push_recovered(stream->receiver, plain, size, codec->id, stream->media->now_us);
            stream->fec.sound_recovered++;
        }
    }
}

void peer_fec_receive_red(struct stream *stream, const uint8_t *packet, size_t size)
{
    struct rtp_packet red;
    if (stream->type == AVMEDIA_TYPE_AUDIO) {
        if (size <= PEER_MAX_PACKET && rtp_parse(packet, size, &red))
            receive_sound_in_red(stream, &red);
        return;
    }
    if (!stream->fec.decoder || size > PEER_MAX_PACKET || !rtp_parse(packet, size, &red))
        return;
    uint8_t block = red.payload_size ? red.payload[0] : 0;
    const struct sdp_codec *codec = find_codec(stream, block);
    if (codec && red.payload_size > RED_HEADER) {
        receive_block(stream, codec, packet, size, (size_t)(red.payload - packet));
        return;
    }
    rtp_receiver_push_redundancy(stream->receiver, packet, size, stream->media->now_us); /* padding as well */
    if (block != stream->fec.ulpfec || red.payload_size <= RED_HEADER)
        return;
    fec_decoder_add_fec(stream->fec.decoder, red.ssrc, red.payload + RED_HEADER, red.payload_size - RED_HEADER);
    push_recovered(stream);
}

void peer_fec_receive_ulpfec(struct stream *stream, const uint8_t *packet, size_t size)
{
    struct rtp_packet fec;
    if (!stream->fec.decoder || !rtp_parse(packet, size, &fec) || fec.ssrc != stream->fec.remote_ssrc)
        return;
    fec_decoder_add_fec(stream->fec.decoder, rtp_receiver_ssrc(stream->receiver), fec.payload, fec.payload_size);
    push_recovered(stream);
}
