/* A room in numbers: a loudspeaker that is heard in the microphone, straight and by the walls, a talker, and noise.
 * Every library that is built in has to take out what it should, and leave the rest. A room without walls and noise
 * would be the harder one: there, in one run of thirty, speexdsp learns anew in the middle of a call, and quiet speech
 * hardly grows. */
#include "platform/audio/audio_processing.h"

#include <math.h>
#include <string.h>

#include <glib.h>

#include "engine/media/media.h"

enum {
    FRAMES_PER_SECOND = 50,
    SECONDS = 23,
    JUDGED_SECONDS = 12, /* the last ones: the libraries learn first */
    TOTAL = SECONDS * AUDIO_RATE,
    DEVICE_US = 40000, /* the speaker's queue when a frame comes in */
    ROOM_NOISE = 30,   /* amplitude */
    GAIN_DB = 9,       /* what a gain control may add to speech of common loudness */
};

/* The ways of the sound: straight, and by the walls. */
static const struct {
    int ms;
    double gain;
} paths[] = {
    { 60, 1 }, { 64, -0.6 }, { 71, 0.45 }, { 77, -0.3 }, { 89, 0.25 }, { 103, -0.15 }, { 127, 0.1 },
};

/* What happens in the room; samples, mono. */
struct room {
    int16_t far[TOTAL], near[TOTAL], sent[TOTAL];
    double echo;  /* gain of the loudspeaker in the microphone, on the straight way */
    int glitch_s; /* where the speaker is cleared and the microphone stalls; 0: never */
};

static double decibels(const int16_t *samples)
{
    double sum = 0;
    for (int i = TOTAL - JUDGED_SECONDS * AUDIO_RATE; i < TOTAL; i++)
        sum += (double)samples[i] * samples[i];
    return 10 * log10(sum / (JUDGED_SECONDS * AUDIO_RATE) / (32768.0 * 32768.0) + 1e-12);
}

/* Like speech: syllables, four in a second, of a voice's harmonics in an ever different mixture, with breath noise and
 * pauses. */
static void talk(int16_t *out, double amplitude, GRand *random)
{
    double phase = 0, pitch = 0, colour[12] = { 0 }, noise = 0;
    for (int i = 0; i < TOTAL; i++) {
        int at = i % (AUDIO_RATE / 4);
        if (at == 0) {
            pitch = g_rand_double_range(random, 90, 220);
            for (int h = 0; h < 12; h++)
                colour[h] = g_rand_double(random) < 0.85 ? g_rand_double(random) / (1 + 0.3 * h) : 0;
        }
        double envelope = sin(G_PI * at / (AUDIO_RATE / 4));
        phase += 2 * G_PI * pitch * (1 + 0.1 * sin(i * 12.0 / AUDIO_RATE)) / AUDIO_RATE;
        double voice = 0;
        for (int h = 0; h < 12; h++)
            voice += colour[h] * sin(phase * (h + 1));
        noise = 0.7 * noise + 0.3 * g_rand_double_range(random, -1, 1);
        bool pause = i / AUDIO_RATE % 4 == 3 && i % AUDIO_RATE > AUDIO_RATE / 2;
        out[i] = (int16_t)(pause ? 0 : amplitude * envelope * (voice / 3 + noise));
    }
}

/* Adds to what is there. */
static void hiss(int16_t *out, double amplitude, GRand *random)
{
    for (int i = 0; i < TOTAL; i++)
        out[i] = (int16_t)CLAMP(out[i] + g_rand_double_range(random, -amplitude, amplitude), -32768, 32767);
}

static void play(struct audio_processing *processing, const struct room *room, int frame, int64_t now_us)
{
    int16_t pcm[AUDIO_FRAME * AUDIO_CHANNELS];
    for (int i = 0; i < AUDIO_FRAME * AUDIO_CHANNELS; i++)
        pcm[i] = room->far[frame * AUDIO_FRAME + i / AUDIO_CHANNELS];
    audio_processing_play(processing, pcm, AUDIO_FRAME, now_us + DEVICE_US);
}

/* What the microphone takes up from sample `at` on: the sample that was handed out then is heard DEVICE_US later. */
static void listen(const struct room *room, int at, int16_t *pcm)
{
    int device = DEVICE_US / 1000 * (AUDIO_RATE / 1000);
    for (int i = 0; i < AUDIO_FRAME; i++) {
        double sample = room->near[at + i];
        for (size_t p = 0; p < G_N_ELEMENTS(paths); p++) {
            int heard = at + i - device - paths[p].ms * (AUDIO_RATE / 1000);
            sample += heard >= 0 ? room->echo * paths[p].gain * room->far[heard] : 0;
        }
        pcm[2 * i] = pcm[2 * i + 1] = (int16_t)CLAMP(sample, -32768, 32767);
    }
}

/* A frame comes out of the microphone when it is complete, and the speaker gets its next one at about the same time. */
static void run(struct room *room, const char *backend)
{
    struct audio_processing *processing = audio_processing_create(backend);
    g_assert_nonnull(processing);
    for (int frame = 0; frame < SECONDS * FRAMES_PER_SECOND; frame++) {
        int64_t now_us = G_USEC_PER_SEC * 1000LL + (int64_t)frame * AUDIO_FRAME_US;
        int16_t pcm[AUDIO_FRAME * AUDIO_CHANNELS];
        play(processing, room, frame, now_us);
        listen(room, frame * AUDIO_FRAME, pcm);
        if (room->glitch_s && frame >= room->glitch_s * FRAMES_PER_SECOND &&
            frame < room->glitch_s * FRAMES_PER_SECOND + 7)
            continue; /* a microphone's frames that were left out */
        audio_processing_capture(processing, pcm, now_us);
        for (int i = 0; i < AUDIO_FRAME; i++) {
            g_assert_cmpint(pcm[2 * i], ==, pcm[2 * i + 1]);
            room->sent[frame * AUDIO_FRAME + i] = pcm[2 * i];
        }
    }
    audio_processing_destroy(processing);
}

/* ---- the cases ---- */

typedef void (*test_case)(const char *backend, struct room *room, GRand *random);

static void echo_goes(const char *backend, struct room *room, GRand *random)
{
    talk(room->far, 9000, random);
    hiss(room->near, ROOM_NOISE, random);
    room->echo = 0.5;
    run(room, backend);
    double before = decibels(room->far) - 6, after = decibels(room->sent);
    g_test_message("%s: echo %.1f dB, left %.1f dB", backend, before, after);
    g_assert_cmpfloat(after, <=, before - 20);
}

static void echo_goes_after_a_stall(const char *backend, struct room *room, GRand *random)
{
    room->glitch_s = 3;
    echo_goes(backend, room, random);
}

static void speech_passes(const char *backend, struct room *room, GRand *random)
{
    talk(room->near, 14000, random);
    hiss(room->near, ROOM_NOISE, random);
    run(room, backend);
    double before = decibels(room->near), after = decibels(room->sent);
    g_test_message("%s: speech %.1f dB, sent %.1f dB", backend, before, after);
    g_assert_cmpfloat(after, >=, before - 3);
    g_assert_cmpfloat(after, <=, before + GAIN_DB);
}

static void noise_shrinks(const char *backend, struct room *room, GRand *random)
{
    hiss(room->near, 600, random);
    run(room, backend);
    double before = decibels(room->near), after = decibels(room->sent);
    g_test_message("%s: noise %.1f dB, sent %.1f dB", backend, before, after);
    g_assert_cmpfloat(after, <=, before - 6);
}

static void quiet_speech_grows(const char *backend, struct room *room, GRand *random)
{
    talk(room->near, 2000, random);
    hiss(room->near, ROOM_NOISE, random);
    run(room, backend);
    double before = decibels(room->near), after = decibels(room->sent);
    g_test_message("%s: quiet speech %.1f dB, sent %.1f dB", backend, before, after);
    g_assert_cmpfloat(after, >=, before + 2);
}

static void silence_stays(const char *backend, struct room *room, GRand *random)
{
    (void)random;
    run(room, backend);
    for (int i = 0; i < TOTAL; i++)
        g_assert_cmpint(ABS(room->sent[i]), <=, 8);
}

/* Times from devices that jump, stand still or go back, and a speaker that was never used. */
static void wild_times(const char *backend, struct room *room, GRand *random)
{
    hiss(room->near, 20000, random);
    struct audio_processing *processing = audio_processing_create(backend);
    int64_t now_us = G_USEC_PER_SEC;
    for (int frame = 0; frame < 300; frame++) {
        int16_t pcm[AUDIO_FRAME * AUDIO_CHANNELS];
        memcpy(pcm, room->near + frame * AUDIO_FRAME % (TOTAL / 2), sizeof pcm);
        int64_t wild_us = now_us +
                          g_rand_int_range(random, -5000000, 5000000) * (int64_t)g_rand_int_range(random, 0, 1000);
        if (frame > 20 && g_rand_boolean(random))
            audio_processing_play(processing, pcm, g_rand_int_range(random, 0, AUDIO_FRAME + 1), wild_us);
        audio_processing_capture(processing, pcm, g_rand_boolean(random) ? now_us : wild_us);
        now_us += AUDIO_FRAME_US;
    }
    audio_processing_destroy(processing);
}

static const struct {
    const char *name;
    test_case run;
} cases[] = {
    { "echo", echo_goes },        { "echo_after_stall", echo_goes_after_a_stall }, { "speech", speech_passes },
    { "noise", noise_shrinks },   { "quiet_speech", quiet_speech_grows },          { "silence", silence_stays },
    { "wild_times", wild_times },
};

struct run_of {
    const char *backend;
    test_case run;
};

static void run_case(gconstpointer data)
{
    const struct run_of *test = data;
    uint32_t seed = (uint32_t)g_test_rand_int();
    g_test_message("seed %u", seed);
    GRand *random = g_rand_new_with_seed(seed);
    struct room *room = g_new0(struct room, 1);
    test->run(test->backend, room, random);
    g_free(room);
    g_rand_free(random);
}

/* Without a library sound goes through as it is, and the log says so once. */
static void nothing_built_in(void)
{
    g_test_expect_message("platform", G_LOG_LEVEL_WARNING, "*no echo cancellation*");
    g_assert_null(audio_processing_create("a library that nobody has"));
    g_test_assert_expected_messages();
    int16_t pcm[AUDIO_FRAME * AUDIO_CHANNELS], before[AUDIO_FRAME * AUDIO_CHANNELS];
    for (int i = 0; i < AUDIO_FRAME * AUDIO_CHANNELS; i++)
        pcm[i] = before[i] = (int16_t)(i * 7);
    audio_processing_play(NULL, pcm, AUDIO_FRAME, 1);
    audio_processing_capture(NULL, pcm, 1);
    g_assert_cmpmem(pcm, sizeof pcm, before, sizeof before);
    audio_processing_destroy(NULL);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/audio_processing/none", nothing_built_in);
    g_autoptr(GPtrArray) runs = g_ptr_array_new_with_free_func(g_free);
    const char *backend;
    for (int b = 0; (backend = audio_processing_backend(b)); b++)
        for (size_t c = 0; c < G_N_ELEMENTS(cases); c++) {
            struct run_of *test = g_new(struct run_of, 1);
            *test = (struct run_of){ backend, cases[c].run };
            g_ptr_array_add(runs, test);
            g_autofree char *path = g_strdup_printf("/audio_processing/%s/%s", backend, cases[c].name);
            g_test_add_data_func(path, test, run_case);
        }
    return g_test_run();
}
