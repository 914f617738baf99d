/* What reaches the speaker: volume and tone, judged by the samples. The tones themselves: that they are there, that
 * they end as they begin. */
#include "engine/audio/mixer.h"

#include <glib.h>
#include <math.h>
#include <stdlib.h>

#include "engine/audio/sound_level.h"
#include "engine/media/media.h"

enum { LOUD = 10000, FRAMES = 25 };

struct speaker {
    struct audio_output output;
    GArray *heard; /* int16_t, left */
    int queued;
};

static void take(struct audio_output *output, const int16_t *pcm, int samples)
{
    struct speaker *speaker = container_of(output, struct speaker, output);
    for (int i = 0; i < samples; i++)
        g_array_append_val(speaker->heard, pcm[AUDIO_CHANNELS * i]);
    speaker->queued += samples;
}

static int queued(struct audio_output *output)
{
    return container_of(output, struct speaker, output)->queued;
}

static void clear(struct audio_output *output)
{
    container_of(output, struct speaker, output)->queued = 0;
}

static const struct audio_output_ops ops = { take, queued, clear };

struct room {
    struct speaker speaker;
    struct audio_mixer mixer;
    int phase;
};

static void set_up(struct room *room, gconstpointer data)
{
    (void)data;
    *room = (struct room){ .speaker = { .output.ops = &ops, .heard = g_array_new(FALSE, FALSE, sizeof(int16_t)) } };
    audio_mixer_init(&room->mixer, &room->speaker.output);
}

static void tear_down(struct room *room, gconstpointer data)
{
    (void)data;
    g_array_unref(room->speaker.heard);
}

/* Half a second of a tone of 400 Hz from the far end. */
static void remote_sound(struct room *room)
{
    for (int frame = 0; frame < FRAMES; frame++) {
        int16_t pcm[AUDIO_FRAME * AUDIO_CHANNELS];
        for (int i = 0; i < AUDIO_FRAME; i++, room->phase++)
            pcm[2 * i] = pcm[2 * i + 1] = (int16_t)(LOUD * sin(2 * G_PI * 400 * room->phase / AUDIO_RATE));
        room->mixer.output.ops->queue(&room->mixer.output, pcm, AUDIO_FRAME);
    }
}

static int16_t sample(const struct room *room, guint i)
{
    return g_array_index(room->speaker.heard, int16_t, i);
}

/* The loudest of these, and the largest step from one to the next. */
static int peak(const struct room *room, guint from, guint to)
{
    int most = 0;
    for (guint i = from; i < to; i++)
        most = MAX(most, abs(sample(room, i)));
    return most;
}

static int step(const struct room *room, guint from, guint to)
{
    int most = 0;
    for (guint i = from + 1; i < to; i++)
        most = MAX(most, abs(sample(room, i) - sample(room, i - 1)));
    return most;
}

static void test_volume(struct room *room, gconstpointer data)
{
    (void)data;
    const guint half = FRAMES * AUDIO_FRAME;
    remote_sound(room);
    g_assert_cmpint(abs(peak(room, 0, half) - LOUD), <=, 2);
    g_assert_cmpfloat_with_epsilon(audio_mixer_level(&room->mixer), LOUD / 32768.0 / sqrt(2), 0.01);
    audio_mixer_set_volume(&room->mixer, 50);
    remote_sound(room);
    g_assert_cmpint(abs(peak(room, half + 960, 2 * half) - LOUD / 4), <=, LOUD / 100);
    g_assert_cmpint(step(room, half - 100, 2 * half), <=,
                    (int)(LOUD * 2 * G_PI * 400 / AUDIO_RATE) + 40);                                 /* no click */
    g_assert_cmpfloat_with_epsilon(audio_mixer_level(&room->mixer), LOUD / 32768.0 / sqrt(2), 0.01); /* as it came */
    audio_mixer_set_volume(&room->mixer, 0);
    remote_sound(room);
    g_assert_cmpint(peak(room, 2 * half + 960, 3 * half), ==, 0);
    audio_mixer_set_volume(&room->mixer, 100);
    remote_sound(room);
    g_assert_cmpint(abs(peak(room, 3 * half + 960, 4 * half) - LOUD), <=, 2);
}

/* A tone of our own: 4800 samples that are all the same, so its gain is seen as it is. */
static void test_beside_remote_sound(struct room *room, gconstpointer data)
{
    (void)data;
    int16_t pcm[4800 * AUDIO_CHANNELS];
    for (size_t i = 0; i < G_N_ELEMENTS(pcm); i++)
        pcm[i] = 3000;
    struct sound_clip tone = { pcm, 4800 };
    const guint half = FRAMES * AUDIO_FRAME;
    audio_mixer_ring(&room->mixer, &tone);
    remote_sound(room);
    int ducked = LOUD * 9 / 100; /* 30 per cent of what is felt */
    g_assert_cmpint(abs(peak(room, 960, half) - 3000 - ducked), <=, LOUD / 50);
    audio_mixer_ring(&room->mixer, NULL);
    remote_sound(room);
    g_assert_cmpint(abs(peak(room, half + 960, 2 * half) - LOUD), <=, 2);
    g_assert_false(audio_mixer_is_ringing(&room->mixer));
}

/* A ring is as loud as what was chosen: also one that was silent, and is wanted after all. */
static void test_ring_at_volume(struct room *room, gconstpointer data)
{
    (void)data;
    int16_t pcm[4800 * AUDIO_CHANNELS];
    for (size_t i = 0; i < G_N_ELEMENTS(pcm); i++)
        pcm[i] = 4000;
    struct sound_clip tone = { pcm, 4800 };
    static const struct {
        int percent, heard;
    } steps[] = { { 50, 1000 }, { 0, 0 }, { 100, 4000 } };
    int64_t now_us = g_get_monotonic_time() + G_USEC_PER_SEC;
    audio_mixer_ring(&room->mixer, &tone);
    for (size_t i = 0; i < G_N_ELEMENTS(steps); i++) {
        audio_mixer_set_volume(&room->mixer, steps[i].percent);
        guint from = room->speaker.heard->len;
        for (int poll = 0; poll < 10; poll++) {
            room->speaker.queued = 0;
            audio_mixer_poll(&room->mixer, now_us);
        }
        g_assert_cmpint(abs(peak(room, from + 960, room->speaker.heard->len) - steps[i].heard), <=, 2);
        g_assert_true(audio_mixer_is_ringing(&room->mixer));
    }
}

static void test_alone(struct room *room, gconstpointer data)
{
    (void)data;
    g_autofree char *error = NULL;
    struct sound_clip *tone = sound_clip_load(SOURCE_DIR "/assets/tones/ring.opus", &error);
    g_assert_cmpstr(error, ==, NULL);
    int64_t now_us = g_get_monotonic_time() + G_USEC_PER_SEC;
    audio_mixer_poll(&room->mixer, now_us);
    g_assert_cmpuint(room->speaker.heard->len, ==, 0); /* nothing rings: nothing is fed */
    audio_mixer_ring(&room->mixer, tone);
    for (int ms = 0; ms < 9000; ms += 10, now_us += 10000) {
        audio_mixer_poll(&room->mixer, now_us);
        g_assert_cmpint(room->speaker.queued, >, AUDIO_RATE / 100); /* it never runs dry */
        g_assert_cmpint(room->speaker.queued, <=, AUDIO_RATE / 10);
        room->speaker.queued -= AUDIO_RATE / 100;
    }
    guint length = (guint)tone->samples;
    g_assert_cmpint(peak(room, 0, length), >, 5000);
    for (guint i = 480; i < AUDIO_RATE; i++) /* the second time as the first, but for its fade-in */
        g_assert_cmpint(sample(room, length + i), ==, sample(room, i));
    audio_mixer_ring(&room->mixer, NULL);
    guint end = room->speaker.heard->len;
    room->speaker.queued = 0;
    audio_mixer_poll(&room->mixer, now_us);
    g_assert_cmpint(peak(room, end + 480, room->speaker.heard->len), ==, 0); /* ten milliseconds later: silence */
    g_assert_false(audio_mixer_is_ringing(&room->mixer));
    sound_clip_free(tone);
}

static void test_tones(void)
{
    static const char *const names[] = { "ring", "ring-back" };
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *path = g_strdup_printf(SOURCE_DIR "/assets/tones/%s.opus", names[i]), *error = NULL;
        struct sound_clip *tone = sound_clip_load(path, &error);
        g_assert_nonnull(tone);
        g_assert_cmpint(tone->samples, >=, 4 * AUDIO_RATE - 100);
        g_assert_cmpint(tone->samples, <=, 6 * AUDIO_RATE);
        int end = abs(tone->pcm[2 * tone->samples - 2]), begin = abs(tone->pcm[0]);
        g_assert_cmpint(end, <, 100); /* of 32768: nothing is heard of the seam */
        g_assert_cmpint(begin, <, 100);
        int most = 0;
        for (int k = 0; k < 2 * tone->samples; k++)
            most = MAX(most, abs(tone->pcm[k]));
        g_assert_cmpint(most, <, 30000);
        sound_clip_free(tone);
    }
}

static void test_wrong_files(void)
{
    static const char *const wrong[] = { "/nowhere.opus", SOURCE_DIR "/README.md", SOURCE_DIR "/assets/theme/theme.ini",
                                         SOURCE_DIR };
    for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++) {
        g_autofree char *error = NULL;
        g_assert_null(sound_clip_load(wrong[i], &error));
        g_assert_nonnull(error);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add("/mixer/volume", struct room, NULL, set_up, test_volume, tear_down);
    g_test_add("/mixer/beside", struct room, NULL, set_up, test_beside_remote_sound, tear_down);
    g_test_add("/mixer/ring-volume", struct room, NULL, set_up, test_ring_at_volume, tear_down);
    g_test_add("/mixer/alone", struct room, NULL, set_up, test_alone, tear_down);
    g_test_add_func("/mixer/tones", test_tones);
    g_test_add_func("/mixer/wrong-files", test_wrong_files);
    return g_test_run();
}
