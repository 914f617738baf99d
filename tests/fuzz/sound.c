/* Sound from the network to the speaker, with the timing of its arrival. The first byte says what it is: Opus over a
 * connection, with RED (RFC 2198) or without, or what a stream has (AAC, MP3, G.711). Then packets: a byte of what
 * happens to each, a byte of milliseconds that pass, and its payload.
 *
 * What must hold: the speaker is given no more than 200 ms ahead, nothing but silence while it is muted, and as much as
 * the figures say. */
#include "engine/audio/gain.h"
#include "engine/audio/player.h"
#include "fuzz.h"
#include "net/peer/media.h"
#include "net/sdp/sdp.h"
#include "net/transport/srtp.h"

#include <string.h>

enum { IN_RED = 1, GAP = 2, LEAP = 4, TWICE = 8, MUTED = 16, ANEW = 32, WAITS = 64, MAX_STEPS = 200 };
enum { POLL_US = 10000, MOST_QUEUED = AUDIO_RATE / 5, SSRC = 0x01020304, RTP_HEADER = 12 };

struct speaker {
    struct audio_output output;
    int queued; /* samples */
    uint64_t given;
    bool muted;
    int fade; /* samples until nothing is heard any more */
};

struct listener {
    struct speaker speaker;
    struct audio_player *player;
    struct peer_media *media; /* NULL: a stream's sound */
    uint8_t opus, red;        /* payload types */
    uint16_t sequence;
    uint32_t timestamp;
    int64_t now_us;
};

/* ---- the speaker ---- */

static void speaker_queue(struct audio_output *output, const int16_t *pcm, int samples)
{
    struct speaker *speaker = container_of(output, struct speaker, output);
    g_assert_true(pcm && samples > 0);
    speaker->queued += samples;
    g_assert_cmpint(speaker->queued, <, MOST_QUEUED);
    speaker->given += (uint64_t)samples;
    for (int i = speaker->fade; speaker->muted && i < samples; i++)
        g_assert_true(!pcm[AUDIO_CHANNELS * i] && !pcm[AUDIO_CHANNELS * i + 1]);
    speaker->fade = MAX(speaker->fade - samples, 0);
}

static int speaker_queued(struct audio_output *output)
{
    return container_of(output, struct speaker, output)->queued;
}

static void speaker_clear(struct audio_output *output)
{
    container_of(output, struct speaker, output)->queued = 0;
}

static const struct audio_output_ops SPEAKER = { speaker_queue, speaker_queued, speaker_clear };

/* ---- the connection ---- */

static void on_send(void *user_data, uint8_t *packet, size_t size, bool rtcp)
{
    (void)user_data;
    (void)rtcp;
    memset(packet + size, 0xee, SRTP_OVERHEAD); /* the room that was promised */
}

static void on_event(void *user_data, const struct peer_event *event)
{
    (void)user_data;
    (void)event;
}

static void on_deadline_moved(void *user_data)
{
    (void)user_data;
}

static const struct peer_media_listener LISTENER = { on_send, on_event, on_deadline_moved };

static void connect_media(struct listener *listener)
{
    struct sdp *offer = sdp_offer(AV_CODEC_ID_VP8);
    offer->media[0].ssrc = SSRC;
    listener->opus = offer->media[0].codecs[0].payload_type;
    listener->red = offer->media[0].red;
    listener->media = peer_media_create(&LISTENER, NULL);
    peer_media_describe(listener->media, offer);
    peer_media_negotiated(listener->media, offer, offer, false);
    peer_media_start(listener->media, listener->now_us);
    struct source *source = peer_media_source(listener->media);
    source->ops->start(source, NULL, audio_player_sink(listener->player));
    sdp_free(offer);
}

static void receive_rtp(struct listener *listener, unsigned flags, const uint8_t *payload, size_t size)
{
    g_autofree uint8_t *packet = g_malloc(RTP_HEADER + size);
    uint16_t sequence = listener->sequence;
    uint32_t timestamp = listener->timestamp;
    const uint8_t header[] = { 0x80,
                               flags & IN_RED ? listener->red : listener->opus,
                               (uint8_t)(sequence >> 8),
                               (uint8_t)sequence,
                               (uint8_t)(timestamp >> 24),
                               (uint8_t)(timestamp >> 16),
                               (uint8_t)(timestamp >> 8),
                               (uint8_t)timestamp,
                               SSRC >> 24,
                               SSRC >> 16 & 255,
                               SSRC >> 8 & 255,
                               SSRC & 255 };
    memcpy(packet, header, RTP_HEADER);
    memcpy(packet + RTP_HEADER, payload, size);
    peer_media_receive(listener->media, packet, RTP_HEADER + size, false, listener->now_us);
}

/* ---- a stream ---- */

static void begin_stream(struct listener *listener, unsigned which)
{
    static const enum AVCodecID codecs[] = { AV_CODEC_ID_AAC, AV_CODEC_ID_MP3, AV_CODEC_ID_PCM_MULAW, AV_CODEC_ID_AC3 };
    struct packet_sink *sink = audio_player_sink(listener->player);
    AVCodecParameters *parameters = avcodec_parameters_alloc();
    parameters->codec_type = AVMEDIA_TYPE_AUDIO;
    parameters->codec_id = codecs[which % G_N_ELEMENTS(codecs)];
    parameters->sample_rate = which & 4 ? 44100 : AUDIO_RATE;
    av_channel_layout_default(&parameters->ch_layout, which & 8 ? 1 : 2);
    sink->ops->open(sink, parameters);
    avcodec_parameters_free(&parameters);
}

static void receive_packet(struct listener *listener, const uint8_t *payload, size_t size)
{
    struct packet_sink *sink = audio_player_sink(listener->player);
    AVPacket *packet = av_packet_alloc();
    if (size && av_new_packet(packet, (int)size) == 0) {
        memcpy(packet->data, payload, size);
        packet->pts = packet->dts = listener->timestamp;
        packet->time_base = (AVRational){ 1, AUDIO_RATE };
        sink->ops->push(sink, packet);
    }
    av_packet_free(&packet);
}

/* ---- what happens ---- */

static void pass_time(struct listener *listener, int64_t us)
{
    for (int64_t left = us; left > 0; left -= POLL_US) {
        listener->now_us += POLL_US;
        listener->speaker.queued = MAX(listener->speaker.queued - AUDIO_RATE / (G_USEC_PER_SEC / POLL_US), 0);
        if (listener->media)
            peer_media_poll(listener->media, listener->now_us);
        audio_player_poll(listener->player, listener->now_us);
    }
}

static void set_muted(struct listener *listener, bool muted)
{
    audio_player_set_muted(listener->player, muted);
    if (muted && !listener->speaker.muted)
        listener->speaker.fade = GAIN_FULL;
    listener->speaker.muted = muted;
}

static void step(struct listener *listener, struct fuzz_input *input)
{
    unsigned flags = fuzz_byte(input), ms = fuzz_byte(input);
    size_t size;
    g_autofree uint8_t *payload = fuzz_piece(input, &size);
    if (flags & GAP)
        listener->sequence++;
    listener->timestamp += flags & LEAP ? AUDIO_RATE * ms : AUDIO_FRAME * (flags & GAP ? 2 : 1);
    set_muted(listener, flags & MUTED);
    audio_player_set_delay(listener->player, flags & WAITS ? (int)ms : 0);
    if (flags & ANEW)
        audio_player_reset(listener->player);
    for (int i = 0; i < (flags & TWICE ? 2 : 1); i++) {
        if (listener->media)
            receive_rtp(listener, flags, payload, size);
        else
            receive_packet(listener, payload, size);
    }
    listener->sequence++;
    pass_time(listener, ms * 1000);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = { data, size };
    struct listener listener = { .speaker.output.ops = &SPEAKER, .now_us = 1000000 };
    unsigned which = fuzz_byte(&input);
    g_random_set_seed(1); /* SSRCs, sequence numbers */
    listener.player = audio_player_create(&listener.speaker.output);
    if (which & 0x80)
        begin_stream(&listener, which);
    else
        connect_media(&listener);
    for (int i = 0; input.size && i < MAX_STEPS; i++)
        step(&listener, &input);
    int64_t pts;
    audio_player_position(listener.player, listener.now_us, &pts);
    struct audio_player_stats stats = audio_player_stats(listener.player);
    g_assert_cmpuint(stats.samples, ==, listener.speaker.given);
    g_assert_cmpuint(stats.concealed_samples + stats.inserted_samples, <=, stats.samples);
    if (listener.media)
        peer_media_stop(listener.media);
    peer_media_destroy(listener.media);
    audio_player_destroy(listener.player);
    return 0;
}
