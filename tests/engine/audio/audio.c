/* Sound from the encoder through a made-up network to the player and a made-up speaker. Time is the test's own. */
#include "engine/audio/buffer.h"
#include "engine/audio/encoder.h"
#include "engine/audio/player.h"

#include <math.h>
#include <string.h>

#include <glib.h>
#include <libavcodec/avcodec.h>

enum { TICK_US = 10000, START_US = 5000000, LOST = -1, FRAMES = 250 };

/* ---- a speaker ---- */

struct speaker {
    struct audio_output output;
    GArray *queue, *heard; /* int16_t, the left channel */
    double rate, owed;     /* of its clock against ours */
    bool started;
    int underruns; /* samples of silence after the first sound */
};

static void speaker_queue(struct audio_output *output, const int16_t *pcm, int samples)
{
    struct speaker *speaker = container_of(output, struct speaker, output);
    for (int i = 0; i < samples; i++)
        g_array_append_val(speaker->queue, pcm[2 * i]);
}

static int speaker_queued(struct audio_output *output)
{
    return (int)container_of(output, struct speaker, output)->queue->len;
}

static void speaker_clear(struct audio_output *output)
{
    g_array_set_size(container_of(output, struct speaker, output)->queue, 0);
}

static const struct audio_output_ops speaker_ops = { speaker_queue, speaker_queued, speaker_clear };

static void speaker_init(struct speaker *speaker, double rate)
{
    *speaker = (struct speaker){
        { &speaker_ops }, g_array_new(FALSE, FALSE, sizeof(int16_t)), g_array_new(FALSE, FALSE, sizeof(int16_t)), rate
    };
}

static void speaker_finish(struct speaker *speaker)
{
    g_array_free(speaker->queue, TRUE);
    g_array_free(speaker->heard, TRUE);
}

static void speaker_play(struct speaker *speaker, int us)
{
    speaker->owed += us * 0.048 * speaker->rate;
    guint wanted = (guint)speaker->owed, there = MIN(wanted, speaker->queue->len);
    speaker->owed -= wanted;
    g_array_append_vals(speaker->heard, speaker->queue->data, there);
    g_array_remove_range(speaker->queue, 0, there);
    speaker->started |= there > 0;
    if (speaker->started)
        speaker->underruns += (int)(wanted - there);
    static const int16_t silence = 0;
    for (guint i = there; i < wanted; i++)
        g_array_append_val(speaker->heard, silence);
}

/* ---- a sender ---- */

struct sender {
    struct packet_sink sink;
    GPtrArray *packets; /* AVPacket, pts in 1/48000 */
    int opened;
};

static void sender_open(struct packet_sink *sink, const AVCodecParameters *parameters)
{
    g_assert_cmpint(parameters->codec_id, ==, AV_CODEC_ID_OPUS);
    g_assert_cmpint(parameters->sample_rate, ==, 48000);
    container_of(sink, struct sender, sink)->opened++;
}

static void sender_push(struct packet_sink *sink, const AVPacket *packet)
{
    struct sender *sender = container_of(sink, struct sender, sink);
    g_assert_cmpint(packet->time_base.den, ==, 1000000);
    g_assert_cmpint(packet->pts, ==, START_US + (int64_t)sender->packets->len * AUDIO_FRAME_US);
    AVPacket *kept = av_packet_clone(packet);
    kept->pts = (int64_t)sender->packets->len * AUDIO_FRAME;
    kept->time_base = (AVRational){ 1, AUDIO_RATE };
    g_ptr_array_add(sender->packets, kept);
}

static const struct packet_sink_ops sender_ops = { .open = sender_open, .push = sender_push };

static void free_packet(gpointer packet)
{
    av_packet_free((AVPacket **)&packet);
}

/* A steady tone, or one that swells as syllables do: Opus gives redundancy only to what might be speech. */
static void make_sound(int16_t *samples, int first, bool syllables)
{
    for (int i = 0; i < AUDIO_FRAME; i++) {
        double seconds = (double)(first + i) / AUDIO_RATE;
        double value = 3000 * sin(2 * G_PI * 400 * seconds);
        if (syllables)
            value *= 1 + sin(2 * G_PI * 4 * seconds);
        samples[2 * i] = samples[2 * i + 1] = (int16_t)lrint(value);
    }
}

static void sender_init(struct sender *sender, bool muted, bool syllables)
{
    *sender = (struct sender){ { &sender_ops }, g_ptr_array_new_with_free_func(free_packet), 0 };
    struct audio_encoder *encoder = audio_encoder_create(64000, &sender->sink);
    audio_encoder_set_muted(encoder, muted);
    struct pcm_sink *sink = audio_encoder_sink(encoder);
    for (int i = 0; i < FRAMES; i++) {
        int16_t samples[AUDIO_FRAME * AUDIO_CHANNELS];
        make_sound(samples, i * AUDIO_FRAME, syllables);
        sink->ops->push(sink, samples, START_US + (int64_t)i * AUDIO_FRAME_US);
    }
    g_assert_cmpint(sender->opened, ==, 1);
    g_assert_cmpuint(sender->packets->len, ==, FRAMES);
    audio_encoder_destroy(encoder);
}

/* ---- a call ---- */

struct call {
    struct sender sender;
    struct speaker speaker;
    struct audio_player *player;
    int64_t now_us;
    int64_t arrival_us[FRAMES]; /* LOST, or when the packet comes; taken back once pushed */
    int64_t last_position;
    int positions;
    bool may_jump;
    int64_t delay_sum;
};

static struct call *call_create_with(double speaker_rate, bool syllables)
{
    struct call *call = g_new0(struct call, 1);
    sender_init(&call->sender, false, syllables);
    speaker_init(&call->speaker, speaker_rate);
    call->player = audio_player_create(&call->speaker.output);
    call->now_us = START_US;
    for (int i = 0; i < FRAMES; i++)
        call->arrival_us[i] = START_US + (int64_t)(i + 1) * AUDIO_FRAME_US + 3000;
    return call;
}

static struct call *call_create(double speaker_rate)
{
    return call_create_with(speaker_rate, false);
}

static void call_destroy(struct call *call)
{
    audio_player_destroy(call->player);
    speaker_finish(&call->speaker);
    g_ptr_array_free(call->sender.packets, TRUE);
    g_free(call);
}

static void deliver(struct call *call)
{
    struct packet_sink *sink = audio_player_sink(call->player);
    for (int i = 0; i < FRAMES; i++)
        if (call->arrival_us[i] != LOST && call->arrival_us[i] <= call->now_us) {
            sink->ops->push(sink, g_ptr_array_index(call->sender.packets, i));
            call->arrival_us[i] = LOST;
        }
}

static void check_position(struct call *call)
{
    int64_t pts;
    if (!audio_player_position(call->player, call->now_us, &pts))
        return;
    if (call->positions++ && !call->may_jump)
        g_assert_cmpint(pts, >=, call->last_position);
    call->last_position = pts;
    call->delay_sum += (call->now_us - START_US) * 48 / 1000 - pts;
}

static void run(struct call *call, int ms)
{
    for (int64_t until = call->now_us + ms * 1000; call->now_us < until;) {
        call->now_us += TICK_US;
        speaker_play(&call->speaker, TICK_US);
        deliver(call);
        audio_player_poll(call->player, call->now_us);
        check_position(call);
        g_assert_cmpuint(call->speaker.queue->len, <=, 48 * 200);
    }
}

/* Power of the tone against all the rest, in dB, over part of what was heard. */
static double tone_over_noise(const struct call *call, int from, int count, double frequency)
{
    const int16_t *pcm = (const int16_t *)(void *)call->speaker.heard->data + from;
    g_assert_cmpuint(call->speaker.heard->len, >=, from + count);
    double sine = 0, cosine = 0, power = 0;
    for (int i = 0; i < count; i++) {
        double phase = 2 * G_PI * frequency * i / AUDIO_RATE;
        sine += pcm[i] * sin(phase);
        cosine += pcm[i] * cos(phase);
        power += (double)pcm[i] * pcm[i];
    }
    double tone = 2 * (sine * sine + cosine * cosine) / count;
    return 10 * log10(tone / MAX(power - tone, 1e-9));
}

static double loudness(const struct call *call, int from, int count)
{
    const int16_t *pcm = (const int16_t *)(void *)call->speaker.heard->data + from;
    double power = 0;
    for (int i = 0; i < count; i++)
        power += (double)pcm[i] * pcm[i];
    return sqrt(power / count);
}

static void report(const struct call *call, const char *name)
{
    struct audio_player_stats stats = audio_player_stats(call->player);
    g_test_message("%s: played %u concealed %u recovered %u dropped %u, delay %d ms now, %.0f ms mean; %d ms silent",
                   name, (unsigned)stats.played, (unsigned)stats.concealed, (unsigned)stats.recovered,
                   (unsigned)stats.dropped, stats.delay_ms,
                   call->positions ? (double)call->delay_sum / call->positions / 48 : 0, call->speaker.underruns / 48);
}

static void clean_network(void)
{
    struct call *call = call_create(1);
    run(call, 4500);
    report(call, "clean");
    struct audio_player_stats stats = audio_player_stats(call->player);
    g_assert_cmpuint(stats.concealed + stats.recovered + stats.dropped, ==, 0);
    g_assert_cmpint(call->speaker.underruns, ==, 0);
    g_assert_cmpint(stats.delay_ms, <=, 80);
    double snr = tone_over_noise(call, 48000, 96000, 400);
    g_test_message("tone %.1f dB over the rest", snr);
    g_assert_cmpfloat(snr, >, 20);
    g_assert_cmpfloat(tone_over_noise(call, 48000, 96000, 440), <, 0);
    call_destroy(call);
}

/* A server begins with two seconds at once, and a packet before: the newest is heard, and the burst is no measure of
 * what follows. */
static void burst_at_the_start(void)
{
    enum { BURST = 100, COMES_US = 150000 };
    struct call *call = call_create(1);
    call->may_jump = true;
    for (int i = 1; i < FRAMES; i++)
        call->arrival_us[i] = START_US + COMES_US + MAX(i - BURST + 1, 0) * AUDIO_FRAME_US;
    run(call, 1000);
    report(call, "burst");
    g_assert_cmpint(audio_player_stats(call->player).delay_ms, <=, 80);
    struct audio_player_stats early = audio_player_stats(call->player);
    run(call, 1500);
    struct audio_player_stats stats = audio_player_stats(call->player);
    g_assert_cmpuint(stats.concealed + stats.dropped, ==, early.concealed + early.dropped);
    g_assert_cmpfloat(tone_over_noise(call, 48 * 1000, 48 * 1000, 400), >, 20);
    call_destroy(call);
}

static void loss_is_recovered(void)
{
    uint32_t seed = g_test_rand_int();
    g_test_message("seed %u", seed);
    g_autoptr(GRand) random = g_rand_new_with_seed(seed);
    struct call *call = call_create_with(1, true);
    guint lost = 0;
    for (int i = 20; i < FRAMES - 20; i++)
        if (g_rand_int_range(random, 0, 10) == 0 && call->arrival_us[i - 1] != LOST) {
            call->arrival_us[i] = LOST;
            lost++;
        }
    run(call, 4500);
    report(call, "loss");
    struct audio_player_stats stats = audio_player_stats(call->player);
    g_test_message("%u lost", lost);
    g_assert_cmpuint(stats.recovered, >=, lost * 6 / 10);
    g_assert_cmpint(call->speaker.underruns, ==, 0);
    g_assert_cmpint(stats.delay_ms, <=, 120);
    call_destroy(call);
}

static void jitter_is_borne(void)
{
    uint32_t seed = g_test_rand_int();
    g_test_message("seed %u", seed);
    g_autoptr(GRand) random = g_rand_new_with_seed(seed);
    struct call *call = call_create(1);
    for (int i = 0; i < FRAMES; i++) /* also out of order */
        call->arrival_us[i] += g_rand_int_range(random, 0, 60000);
    run(call, 2000);
    struct audio_player_stats early = audio_player_stats(call->player);
    run(call, 2800);
    report(call, "jitter");
    struct audio_player_stats stats = audio_player_stats(call->player);
    g_assert_cmpuint(stats.concealed + stats.recovered - early.concealed - early.recovered, <=, 12);
    g_assert_cmpint(stats.delay_ms, <=, 200);
    call_destroy(call);
}

static void drift_is_followed(void)
{
    for (int direction = -1; direction <= 1; direction += 2) {
        struct call *call = call_create(1 + 0.05 * direction);
        run(call, 4900);
        report(call, direction < 0 ? "slow speaker" : "fast speaker");
        struct audio_player_stats stats = audio_player_stats(call->player);
        g_assert_cmpint(stats.delay_ms, <=, 140);
        g_assert_cmpint(call->speaker.underruns, <=, 48 * 100);
        if (direction < 0)
            g_assert_cmpuint(stats.dropped, >=, 5);
        else
            g_assert_cmpuint(stats.concealed_samples + stats.inserted_samples, >=, 5 * AUDIO_FRAME);
        call_destroy(call);
    }
}

static void outage_ends_in_silence_and_heals(void)
{
    struct call *call = call_create(1);
    for (int i = 60; i < 120; i++)
        call->arrival_us[i] = LOST;
    run(call, 1900);
    g_assert_cmpfloat(loudness(call, 48 * 1750, 48 * 100), ==, 0);
    int64_t pts;
    g_assert_false(audio_player_position(call->player, call->now_us, &pts));
    run(call, 2500);
    report(call, "outage");
    g_assert_true(audio_player_position(call->player, call->now_us, &pts));
    g_assert_cmpfloat(tone_over_noise(call, 48 * 3000, 48 * 1000, 400), >, 20);
    g_assert_cmpint(audio_player_stats(call->player).delay_ms, <=, 100);
    call_destroy(call);
}

/* A second copy of a packet is not heard, nor is what comes after it was made up. */
static void duplicates_and_late_packets(void)
{
    enum { ONCE, TWICE, LATE };
    struct audio_player_stats stats[3];
    for (int how = ONCE; how <= LATE; how++) {
        struct call *call = call_create(1);
        struct packet_sink *sink = audio_player_sink(call->player);
        for (int i = 50; i < FRAMES - 20; i += 50)
            call->arrival_us[i] = LOST;
        for (int i = 0; i < FRAMES - 20; i++) {
            run(call, 20);
            if (how == TWICE && i > 1 && i % 50)
                sink->ops->push(sink, g_ptr_array_index(call->sender.packets, i - 1 - (i % 50 == 1)));
            if (how == LATE && i % 50 == 30 && i > 50)
                sink->ops->push(sink, g_ptr_array_index(call->sender.packets, i - 30));
        }
        static const char *const names[] = { "once", "twice", "late" };
        report(call, names[how]);
        g_assert_cmpint(call->speaker.underruns, ==, 0);
        stats[how] = audio_player_stats(call->player);
        call_destroy(call);
    }
    g_assert_cmpuint(stats[ONCE].concealed_samples, >, 0);
    for (int how = TWICE; how <= LATE; how++)
        g_assert_cmpuint(stats[how].played + stats[how].dropped, <=, stats[ONCE].played + stats[ONCE].dropped);
    g_assert_cmpuint(stats[TWICE].concealed_samples, ==, stats[ONCE].concealed_samples);
    g_assert_cmpuint(stats[LATE].concealed_samples, >, 0);
}

/* The buffer alone: order, duplicates, and what it refuses. */
static void buffer_keeps_order(void)
{
    static uint8_t opus[] = { 0x78, 0, 0, 0 };
    struct audio_buffer buffer;
    audio_buffer_init(&buffer);
    AVPacket *packet = av_packet_alloc();
    static const int order[] = { 3, 1, 4, 1, 5, 9, 2, 6, 5, 3 };
    int kept = 0;
    g_assert_cmpint(av_new_packet(packet, sizeof opus), ==, 0);
    memcpy(packet->data, opus, sizeof opus);
    for (size_t i = 0; i < G_N_ELEMENTS(order); i++)
        kept += audio_buffer_push(&buffer, packet, (order[i] - 5) * AUDIO_FRAME, AUDIO_FRAME); /* also below 0 */
    g_assert_cmpint(kept, ==, 7);
    int64_t last = INT64_MIN;
    for (AVPacket *taken; (taken = audio_buffer_take(&buffer)); av_packet_free(&taken), kept--) {
        g_assert_cmpint(taken->pts, >, last);
        last = taken->pts;
    }
    g_assert_cmpint(kept, ==, 0);
    g_assert_cmpint(buffer.samples, ==, 0);
    g_assert_false(audio_buffer_push(&buffer, packet, AUDIO_BUFFER_MAX_PTS + 1, AUDIO_FRAME));
    for (int i = 0; i < 1000; i++)
        audio_buffer_push(&buffer, packet, (int64_t)i * AUDIO_FRAME, AUDIO_FRAME);
    g_assert_cmpint(buffer.samples, <=, AUDIO_RATE);
    g_assert_cmpint(audio_buffer_peek(&buffer)->pts, >=, 900 * AUDIO_FRAME); /* the oldest went */
    audio_buffer_clear(&buffer);
    av_packet_free(&packet);
}

/* What had queued up on the way comes at once. */
static void burst_is_caught_up(void)
{
    struct call *call = call_create(1);
    for (int i = 60; i < 85; i++)
        call->arrival_us[i] = call->arrival_us[85];
    run(call, 4900);
    report(call, "burst");
    g_assert_cmpint(audio_player_stats(call->player).delay_ms, <=, 150);
    call_destroy(call);
}

static void muted_is_silent_and_in_time(void)
{
    struct call *call = call_create(1);
    audio_player_set_muted(call->player, true);
    run(call, 2000);
    int64_t pts;
    g_assert_true(audio_player_position(call->player, call->now_us, &pts));
    g_assert_cmpint(pts, >, 48 * 1500);
    int16_t loudest = 0;
    const int16_t *pcm = (const int16_t *)(void *)call->speaker.heard->data;
    for (guint i = 48 * 300; i < call->speaker.heard->len; i++)
        loudest = MAX(loudest, (int16_t)ABS(pcm[i]));
    g_assert_cmpint(loudest, ==, 0);
    audio_player_set_muted(call->player, false);
    run(call, 2000);
    g_assert_cmpfloat(tone_over_noise(call, 48 * 2200, 48 * 1000, 400), >, 20);
    call_destroy(call);
}

static void muted_encoder_sends_silence(void)
{
    struct sender sender;
    sender_init(&sender, true, false);
    for (guint i = 5; i < FRAMES; i++)
        g_assert_cmpint(((AVPacket *)g_ptr_array_index(sender.packets, i))->size, <, 80);
    g_ptr_array_free(sender.packets, TRUE);
}

static void without_a_speaker(void)
{
    struct call *call = call_create(1);
    audio_player_destroy(call->player);
    call->player = audio_player_create(NULL);
    run(call, 3000);
    report(call, "no speaker");
    g_assert_cmpuint(audio_player_stats(call->player).played, >, 120);
    int64_t pts;
    g_assert_true(audio_player_position(call->player, call->now_us, &pts));
    g_assert_cmpint(pts, >, 48 * 2800);
    call_destroy(call);
}

static void reset_takes_another_source(void)
{
    struct call *call = call_create(1);
    run(call, 1000);
    audio_player_reset(call->player);
    int64_t pts;
    g_assert_false(audio_player_position(call->player, call->now_us, &pts));
    g_assert_cmpint(audio_player_stats(call->player).delay_ms, <=, 120);
    for (int i = 0; i < FRAMES; i++) /* the same stream from its start */
        call->arrival_us[i] = call->now_us + (int64_t)(i + 1) * AUDIO_FRAME_US;
    call->positions = 0;
    run(call, 2000);
    g_assert_true(audio_player_position(call->player, call->now_us, &pts));
    g_assert_cmpint(pts, >, 48 * 1700);
    g_assert_cmpint(pts, <, 48 * 2000);
    call_destroy(call);
}

/* The sender starts anew, far behind, without anybody saying so. */
static void stream_that_starts_anew_is_followed(void)
{
    struct call *call = call_create(1);
    for (int i = 0; i < 100; i++) {
        AVPacket *packet = g_ptr_array_index(call->sender.packets, i);
        packet->pts += 48000 * 1000;
    }
    call->may_jump = true;
    run(call, 1500);
    for (int i = 75; i < 100; i++)
        call->arrival_us[i] = LOST;
    run(call, 2100);
    int64_t pts;
    g_assert_true(audio_player_position(call->player, call->now_us, &pts));
    g_assert_cmpint(pts, <, 48 * 10000);
    call_destroy(call);
}

static void push_bytes(struct audio_player *player, GRand *random, int size, int64_t pts)
{
    AVPacket *packet = av_packet_alloc();
    g_assert_cmpint(av_new_packet(packet, size), ==, 0);
    for (int i = 0; i < size; i++)
        packet->data[i] = (uint8_t)g_rand_int(random);
    packet->pts = pts;
    packet->time_base = (AVRational){ 1, AUDIO_RATE };
    struct packet_sink *sink = audio_player_sink(player);
    sink->ops->push(sink, packet);
    av_packet_free(&packet);
}

static void hostile_packets_are_borne(void)
{
    uint32_t seed = g_test_rand_int();
    g_test_message("seed %u", seed);
    g_autoptr(GRand) random = g_rand_new_with_seed(seed);
    static const int64_t jumps[] = {
        0, 1, -1, 960, -960, 48000, -48000 * 100, INT64_MAX, INT64_MIN, INT32_MAX, INT64_MAX / 2, (int64_t)1 << 49
    };
    struct speaker speaker;
    speaker_init(&speaker, 1);
    struct audio_player *player = audio_player_create(&speaker.output);
    int64_t now_us = START_US, pts = 0;
    static const int sizes[] = { 0, 1, 2, 100, 1500, 70000 };
    for (int i = 0; i < 3000; i++) {
        pts += AUDIO_FRAME;
        if (g_rand_int_range(random, 0, 4) == 0)
            pts = (int64_t)((uint64_t)pts + (uint64_t)jumps[g_rand_int_range(random, 0, G_N_ELEMENTS(jumps))]);
        push_bytes(player, random, sizes[g_rand_int_range(random, 0, G_N_ELEMENTS(sizes))], pts);
        if (i % 3 == 0) {
            now_us += g_rand_int_range(random, 0, 40000);
            int64_t heard;
            audio_player_poll(player, now_us);
            audio_player_position(player, now_us, &heard);
            g_array_set_size(speaker.heard, 0);
            g_array_set_size(speaker.queue, MIN(speaker.queue->len, (guint)g_rand_int_range(random, 0, 9600)));
        }
        g_assert_cmpint(audio_player_stats(player).delay_ms, <, 2500);
    }
    audio_player_destroy(player);
    speaker_finish(&speaker);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/audio/clean", clean_network);
    g_test_add_func("/audio/burst-at-start", burst_at_the_start);
    g_test_add_func("/audio/loss", loss_is_recovered);
    g_test_add_func("/audio/jitter", jitter_is_borne);
    g_test_add_func("/audio/drift", drift_is_followed);
    g_test_add_func("/audio/outage", outage_ends_in_silence_and_heals);
    g_test_add_func("/audio/duplicates_and_late", duplicates_and_late_packets);
    g_test_add_func("/audio/buffer", buffer_keeps_order);
    g_test_add_func("/audio/burst", burst_is_caught_up);
    g_test_add_func("/audio/muted", muted_is_silent_and_in_time);
    g_test_add_func("/audio/muted_encoder", muted_encoder_sends_silence);
    g_test_add_func("/audio/no_speaker", without_a_speaker);
    g_test_add_func("/audio/reset", reset_takes_another_source);
    g_test_add_func("/audio/anew", stream_that_starts_anew_is_followed);
    g_test_add_func("/audio/hostile", hostile_packets_are_borne);
    return g_test_run();
}
