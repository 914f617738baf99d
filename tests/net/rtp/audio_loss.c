/* Sound over a path that loses packets in bursts, both ways: RTP sender, wire, receiver, its requests, player and
 * speaker. Time is made up, the losses are seeded. */
#include "rtp_link.h"

#include <math.h>

#include "engine/audio/encoder.h"
#include "engine/audio/player.h"

enum { SEEDS = 5 }; /* a burst more or less is much in half a minute */

enum {
    TICK_US = 5 * MS,
    ONE_WAY_US = 30 * MS,
    SECONDS = 50,
    PACKETS = SECONDS * 50,
    SETTLE_US = 10000 * MS, /* the buffer learns what the path is like */
    PICTURES = 4,           /* packets of pictures on the same path, for each of sound */
};

struct conditions {
    uint32_t seed;
    double share, length; /* of packets that are lost, and in a row on average; both ways */
    bool asks;            /* lost packets are asked for */
    int others;           /* packets of others on the same path, for each of ours */
    int uneven_ms;        /* packets take up to so much longer, and overtake each other */
    double twice;         /* share of packets that come twice */
    uint16_t sequence;    /* the first packet's numbers */
    uint32_t timestamp;
};

/* Lost or not, packet by packet, as tests/support/wan/paths.c does it: a burst ends after `length` packets on average.
 */
struct losses {
    GRand *random;
    double share, length;
    bool bad;
};

static bool loses(struct losses *losses)
{
    if (losses->bad)
        losses->bad = g_rand_double(losses->random) >= 1 / losses->length;
    else
        losses->bad = g_rand_double(losses->random) < losses->share / (1 - losses->share) / losses->length;
    return losses->bad;
}

struct on_the_way {
    int64_t arrival_us;
    GBytes *packet;    /* forth */
    uint16_t sequence; /* back: asked for */
};

struct speaker {
    struct audio_output output;
    int queued;
    uint64_t played, silent; /* samples; silent: asked for, and none were there */
};

struct path {
    struct packet_sink encoded;
    struct rtp_sender *sender;
    struct rtp_receiver *receiver;
    struct audio_encoder *encoder;
    struct audio_player *player;
    struct speaker speaker;
    struct losses forth, back;
    GRand *unevenness;
    GQueue there, answers; /* struct on_the_way * */
    int64_t now_us;
    struct conditions conditions;
    bool began;        /* the sender's first numbers are known */
    uint16_t sequence; /* added to its numbers */
    uint32_t timestamp;
};

static void speaker_queue(struct audio_output *output, const int16_t *pcm, int samples)
{
    (void)pcm;
    container_of(output, struct speaker, output)->queued += samples;
}

static int speaker_queued(struct audio_output *output)
{
    return container_of(output, struct speaker, output)->queued;
}

static void speaker_clear(struct audio_output *output)
{
    container_of(output, struct speaker, output)->queued = 0;
}

static void speaker_play(struct speaker *speaker, int samples)
{
    int there = MIN(samples, speaker->queued);
    speaker->queued -= there;
    speaker->played += (uint64_t)there;
    speaker->silent += (uint64_t)(samples - there);
}

static const struct audio_output_ops speaker_ops = { speaker_queue, speaker_queued, speaker_clear };

static void encoder_open(struct packet_sink *sink, const AVCodecParameters *parameters)
{
    (void)sink, (void)parameters;
}

static void encoder_push(struct packet_sink *sink, const AVPacket *packet)
{
    rtp_sender_push(container_of(sink, struct path, encoded)->sender, packet->data, (size_t)packet->size, true,
                    packet->pts);
}

static const struct packet_sink_ops encoder_ops = { .open = encoder_open, .push = encoder_push };

static gint compare_arrivals(gconstpointer a, gconstpointer b, gpointer unused)
{
    const struct on_the_way *left = a, *right = b;
    (void)unused;
    return (left->arrival_us > right->arrival_us) - (left->arrival_us < right->arrival_us);
}

static void put_on_wire(struct path *path, const uint8_t *packet, size_t size)
{
    struct on_the_way *item = g_new(struct on_the_way, 1);
    int64_t uneven_us = path->conditions.uneven_ms
                            ? g_rand_int_range(path->unevenness, 0, path->conditions.uneven_ms * MS)
                            : 0;
    *item = (struct on_the_way){ path->now_us + ONE_WAY_US + uneven_us, g_bytes_new(packet, size), 0 };
    g_queue_insert_sorted(&path->there, item, compare_arrivals, NULL);
}

/* The numbers begin where the test wants them. */
static void renumber(struct path *path, uint8_t *packet)
{
    if (!path->began) {
        path->began = true;
        path->sequence = (uint16_t)(path->conditions.sequence - rtp_read16(packet + 2));
        path->timestamp = path->conditions.timestamp - rtp_read32(packet + 4);
    }
    rtp_write16(packet + 2, (uint16_t)(rtp_read16(packet + 2) + path->sequence));
    rtp_write32(packet + 4, rtp_read32(packet + 4) + path->timestamp);
}

static void on_the_wire(void *user_data, const uint8_t *packet, size_t size, bool retransmission)
{
    struct path *path = user_data;
    g_autofree uint8_t *copy = g_memdup2(packet, size);
    renumber(path, copy);
    bool lost = loses(&path->forth);
    for (int i = 0; i < (retransmission ? 0 : path->conditions.others); i++)
        loses(&path->forth);
    if (lost)
        return;
    put_on_wire(path, copy, size);
    if (g_rand_double(path->unevenness) < path->conditions.twice)
        put_on_wire(path, copy, size);
}

static struct path *path_open(const struct conditions *conditions)
{
    struct path *path = g_new0(struct path, 1);
    path->now_us = 1000000;
    path->conditions = *conditions;
    path->unevenness = g_rand_new_with_seed(conditions->seed + 2);
    path->encoded.ops = &encoder_ops;
    path->speaker.output.ops = &speaker_ops;
    path->forth = (struct losses){ g_rand_new_with_seed(conditions->seed), conditions->share, conditions->length,
                                   false };
    path->back = (struct losses){ g_rand_new_with_seed(conditions->seed + 1), conditions->share, conditions->length,
                                  false };
    path->sender = rtp_sender_create(&(struct rtp_sender_config){ .codec = AV_CODEC_ID_OPUS,
                                                                  .payload_type = 111,
                                                                  .ssrc = SSRC,
                                                                  .clock_rate = 48000,
                                                                  .send = on_the_wire,
                                                                  .user_data = path });
    path->receiver = rtp_receiver_create(48000);
    path->encoder = audio_encoder_create(48000, &path->encoded);
    path->player = audio_player_create(&path->speaker.output);
    rtp_receiver_set_sink(path->receiver, audio_player_sink(path->player));
    return path;
}

static void free_item(gpointer data)
{
    struct on_the_way *item = data;
    g_clear_pointer(&item->packet, g_bytes_unref);
    g_free(item);
}

static void path_close(struct path *path)
{
    audio_encoder_destroy(path->encoder);
    rtp_sender_destroy(path->sender);
    rtp_receiver_destroy(path->receiver);
    audio_player_destroy(path->player);
    g_queue_clear_full(&path->there, free_item);
    g_queue_clear_full(&path->answers, free_item);
    g_rand_free(path->forth.random);
    g_rand_free(path->back.random);
    g_rand_free(path->unevenness);
    g_free(path);
}

static void speak(struct path *path, int frame)
{
    int16_t pcm[AUDIO_FRAME * AUDIO_CHANNELS];
    for (int i = 0; i < AUDIO_FRAME * AUDIO_CHANNELS; i++) {
        double s = (frame * AUDIO_FRAME + i / AUDIO_CHANNELS) / (double)AUDIO_RATE;
        pcm[i] = (int16_t)(3000 * sin(2 * G_PI * 220 * s) * (1 + sin(2 * G_PI * 4 * s)));
    }
    struct pcm_sink *sink = audio_encoder_sink(path->encoder);
    sink->ops->push(sink, pcm, path->now_us);
}

static struct on_the_way *take_due(GQueue *queue, int64_t now_us)
{
    struct on_the_way *first = g_queue_peek_head(queue);
    return first && first->arrival_us <= now_us ? g_queue_pop_head(queue) : NULL;
}

static void ask_back(struct path *path)
{
    struct rtp_feedback feedback;
    rtp_receiver_poll(path->receiver, path->now_us, 2 * ONE_WAY_US, &feedback);
    if (!path->conditions.asks || !feedback.nacks || loses(&path->back))
        return;
    for (int i = 0; i < feedback.nacks; i++) {
        struct on_the_way *item = g_new(struct on_the_way, 1);
        *item = (struct on_the_way){ path->now_us + ONE_WAY_US, NULL, feedback.nack[i] };
        g_queue_push_tail(&path->answers, item);
    }
}

static void tick(struct path *path)
{
    struct on_the_way *item;
    path->now_us += TICK_US;
    speaker_play(&path->speaker, TICK_US * 48 / 1000);
    while ((item = take_due(&path->there, path->now_us))) {
        size_t size;
        const uint8_t *data = g_bytes_get_data(item->packet, &size);
        rtp_receiver_push(path->receiver, data, size, AV_CODEC_ID_OPUS, path->now_us);
        free_item(item);
    }
    while ((item = take_due(&path->answers, path->now_us))) {
        rtp_sender_retransmit(path->sender, (uint16_t)(item->sequence - path->sequence), path->now_us, 2 * ONE_WAY_US);
        free_item(item);
    }
    ask_back(path);
    audio_player_poll(path->player, path->now_us);
}

/* What came of the sound, once the buffer knows the path. */
struct result {
    struct audio_player_stats stats; /* of all of it */
    struct rtp_receiver_stats received;
    double made_up; /* share of it, silence for want of sound included, in % */
    int delay_ms;   /* mean */
};

static struct result listen(struct path *path)
{
    struct audio_player_stats before = { 0 };
    struct speaker early = { 0 };
    double delay = 0;
    for (int frame = 0; frame < PACKETS; frame++) {
        speak(path, frame);
        for (int i = 0; i < AUDIO_FRAME_US / TICK_US; i++)
            tick(path);
        if (frame == SETTLE_US / AUDIO_FRAME_US) {
            before = audio_player_stats(path->player);
            early = path->speaker;
        }
        delay += audio_player_stats(path->player).delay_ms;
    }
    struct audio_player_stats stats = audio_player_stats(path->player);
    uint64_t silent = path->speaker.silent - early.silent,
             made_up = stats.concealed_samples - before.concealed_samples + silent;
    return (struct result){
        .stats = stats,
        .received = rtp_receiver_stats(path->receiver),
        .delay_ms = (int)(delay / PACKETS),
        .made_up = 100.0 * (double)made_up / (double)(path->speaker.played - early.played + silent),
    };
}

static struct result measure(const struct conditions *conditions)
{
    struct path *path = path_open(conditions);
    struct result result = listen(path);
    g_test_message("seed %u: %.0f %% lost in bursts of %.0f, %s, %d others: %.2f %% made up, delay %d ms",
                   conditions->seed, 100 * conditions->share, conditions->length,
                   conditions->asks ? "asked for" : "not asked for", conditions->others, result.made_up,
                   result.delay_ms);
    path_close(path);
    return result;
}

/* ---- the tests ---- */

static void random_loss(void)
{
    g_assert_cmpfloat(
        measure(&(struct conditions){ .seed = 1, .share = 0.1, .length = 1, .asks = true, .others = PICTURES }).made_up,
        <, 1);
}

static double mean_made_up(const struct conditions *conditions)
{
    double sum = 0;
    struct conditions one = *conditions;
    for (one.seed = 1; one.seed <= SEEDS; one.seed++)
        sum += measure(&one).made_up;
    return sum / SEEDS;
}

/* In a call with pictures, and with sound alone: there a burst is a hole of 80 ms, often of 200. */
static void bursts(void)
{
    struct conditions conditions = { .share = 0.1, .length = 4, .asks = true, .others = PICTURES };
    g_assert_cmpfloat(mean_made_up(&conditions), <, 1);
    conditions.others = 0;
    g_assert_cmpfloat(mean_made_up(&conditions), <, 2);
    conditions.asks = false;
    g_assert_cmpfloat(mean_made_up(&conditions), >, 4); /* it is the asking that helps */
}

/* Numbers and time stamps that wrap in the middle change nothing, neither do they with losses, packets that overtake
 * and duplicates. */
static void wrap(void)
{
    for (int lossy = 0; lossy <= 1; lossy++) {
        struct conditions conditions = { .seed = 1,
                                         .share = lossy ? 0.1 : 0,
                                         .length = 2,
                                         .asks = true,
                                         .uneven_ms = 50,
                                         .twice = 0.2,
                                         .sequence = 1000,
                                         .timestamp = 5000 };
        struct result plain = measure(&conditions);
        conditions.sequence = (uint16_t)(65536 - PACKETS / 2);
        conditions.timestamp = 0u - (uint32_t)(PACKETS / 2 * AUDIO_FRAME);
        struct result wrapped = measure(&conditions);
        g_assert_cmpuint(plain.stats.samples, ==, wrapped.stats.samples);
        g_assert_cmpuint(plain.stats.concealed_samples, ==, wrapped.stats.concealed_samples);
        g_assert_cmpuint(plain.stats.inserted_samples, ==, wrapped.stats.inserted_samples);
        g_assert_cmpuint(plain.stats.removed_samples, ==, wrapped.stats.removed_samples);
        g_assert_cmpuint(plain.received.packets, ==, wrapped.received.packets);
        g_assert_cmpuint(plain.received.duplicate, ==, wrapped.received.duplicate);
        g_assert_cmpuint(plain.received.late, ==, wrapped.received.late);
        g_assert_cmpuint(plain.received.lost, ==, wrapped.received.lost);
        g_assert_cmpint(plain.delay_ms, ==, wrapped.delay_ms);
        g_assert_cmpfloat(plain.made_up, ==, wrapped.made_up);
        g_assert_cmpuint(plain.received.duplicate, >, PACKETS / 10);
        g_assert_cmpfloat(plain.made_up, <, 1);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/audio_loss/random", random_loss);
    g_test_add_func("/audio_loss/bursts", bursts);
    g_test_add_func("/audio_loss/wrap", wrap);
    return g_test_run();
}
