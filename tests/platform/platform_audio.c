/* Speaker and microphone on SDL's dummy driver: they open, they run, and what is not there is told in words. */
#include "platform/audio/microphone.h"
#include "platform/audio/speaker.h"

#include <string.h>

#include <SDL.h>
#include <glib.h>

#include "platform/audio/audio_processing.h"

static void speaker_opens_and_drains(void)
{
    struct speaker *speaker = speaker_create(NULL, NULL);
    g_assert_nonnull(speaker);
    struct audio_output *output = speaker_output(speaker);
    g_assert_cmpint(output->ops->queued(output), ==, 0);
    int16_t pcm[AUDIO_FRAME * AUDIO_CHANNELS] = { 0 };
    for (int i = 0; i < 5; i++)
        output->ops->queue(output, pcm, AUDIO_FRAME);
    g_assert_cmpint(output->ops->queued(output), >, 0);
    for (int i = 0; i < 500 && output->ops->queued(output) > 0; i++)
        g_usleep(10000);
    g_assert_cmpint(output->ops->queued(output), ==, 0);
    for (int i = 0; i < 20; i++)
        output->ops->queue(output, pcm, AUDIO_FRAME);
    output->ops->clear(output);
    g_assert_cmpint(output->ops->queued(output), ==, 0);
    speaker_destroy(speaker);
    speaker_destroy(NULL);
}

static void no_such_driver(void)
{
    g_autofree char *driver = g_strdup(g_getenv("SDL_AUDIODRIVER"));
    g_setenv("SDL_AUDIODRIVER", "nonexistent", TRUE);
    char *error = NULL;
    g_test_expect_message("platform", G_LOG_LEVEL_WARNING, "*speaker*cannot be opened*");
    g_assert_null(speaker_create(NULL, &error));
    g_assert_nonnull(strstr(error, "speaker"));
    g_clear_pointer(&error, g_free);
    g_test_expect_message("platform", G_LOG_LEVEL_WARNING, "*microphone*cannot be opened*");
    g_assert_null(microphone_create("Front mike", &error));
    g_assert_nonnull(strstr(error, "\"Front mike\""));
    g_free(error);
    g_test_assert_expected_messages();
    if (driver)
        g_setenv("SDL_AUDIODRIVER", driver, TRUE);
    else
        g_unsetenv("SDL_AUDIODRIVER");
}

struct listener {
    struct pcm_sink sink;
    int frames;
    int64_t last_us;
};

static void listen(struct pcm_sink *sink, const int16_t *samples, int64_t pts_us)
{
    struct listener *listener = container_of(sink, struct listener, sink);
    g_assert_nonnull(samples);
    g_assert_cmpint(pts_us, >, listener->last_us);
    listener->last_us = pts_us;
    listener->frames++;
}

static const struct pcm_sink_ops listener_ops = { .push = listen };

static void microphone_delivers_frames(void)
{
    struct microphone *microphone = microphone_create(NULL, NULL);
    g_assert_nonnull(microphone);
    struct listener listener = { .sink = { &listener_ops } };
    microphone_set_sink(microphone, &listener.sink);
    int64_t give_up_us = g_get_monotonic_time() + 10 * G_USEC_PER_SEC;
    while (listener.frames < 10 && g_get_monotonic_time() < give_up_us) {
        int64_t wait_us = microphone_deadline(microphone) - g_get_monotonic_time();
        g_usleep((gulong)CLAMP(wait_us, 0, 20000));
        microphone_poll(microphone, g_get_monotonic_time());
    }
    g_assert_cmpint(listener.frames, >=, 10);
    g_assert_cmpint(listener.last_us, <=, g_get_monotonic_time());
    microphone_destroy(microphone);
    microphone_destroy(NULL);
}

/* ---- unplugged and plugged in again ---- */

/* Tells SDL's users that every device of this kind went. */
static void unplug(bool records)
{
    for (SDL_AudioDeviceID id = 1; id < 16; id++) {
        SDL_Event event = { .adevice = { .type = SDL_AUDIODEVICEREMOVED, .which = id, .iscapture = records } };
        SDL_PushEvent(&event);
    }
}

static void plug_in(bool records)
{
    SDL_Event event = { .adevice = { .type = SDL_AUDIODEVICEADDED, .iscapture = records } };
    SDL_PushEvent(&event);
}

/* What the log said of the devices. */
struct words {
    int gone, back;
};

static void count_words(const gchar *domain, GLogLevelFlags level, const gchar *message, gpointer data)
{
    struct words *words = data;
    words->gone += strstr(message, "is gone") != NULL;
    words->back += strstr(message, "is back") != NULL;
    (void)domain, (void)level;
}

static guint listen_to_log(struct words *words)
{
    g_log_set_always_fatal(G_LOG_FATAL_MASK);
    return g_log_set_handler("platform", G_LOG_LEVEL_WARNING | G_LOG_LEVEL_MESSAGE, count_words, words);
}

static void poll_speaker(struct audio_output *output, const int *count, int wanted)
{
    for (int i = 0; i < 2000 && *count < wanted; i++) {
        g_usleep(10000);
        output->ops->queued(output);
    }
    g_assert_cmpint(*count, ==, wanted);
}

/* Sound runs as if it were heard while there is no speaker, and into the new one as soon as there is. */
static void speaker_comes_back(void)
{
    struct words words = { 0 };
    guint handler = listen_to_log(&words);
    struct speaker *speaker = speaker_create(NULL, NULL);
    struct audio_output *output = speaker_output(speaker);
    int16_t pcm[AUDIO_FRAME * AUDIO_CHANNELS] = { 0 };
    for (int round = 1; round <= 2; round++) {
        unplug(true); /* a microphone is none of its business */
        g_usleep(250000);
        output->ops->queued(output);
        g_assert_cmpint(words.gone, ==, round - 1);
        unplug(false);
        poll_speaker(output, &words.gone, round);
        g_assert_cmpint(output->ops->queued(output), ==, 0);
        for (int i = 0; i < 50; i++)
            output->ops->queue(output, pcm, AUDIO_FRAME);
        int before = output->ops->queued(output);
        g_assert_cmpint(before, >, 0);
        g_assert_cmpint(before, <=, 50 * AUDIO_FRAME);
        g_usleep(30000);
        g_assert_cmpint(output->ops->queued(output), <, before);
        output->ops->clear(output);
        g_assert_cmpint(output->ops->queued(output), ==, 0);
        plug_in(false);
        poll_speaker(output, &words.back, round);
        for (int i = 0; i < 50; i++)
            output->ops->queue(output, pcm, AUDIO_FRAME);
        for (int i = 0; i < 500 && output->ops->queued(output) > 0; i++)
            g_usleep(10000);
        g_assert_cmpint(output->ops->queued(output), ==, 0);
        g_assert_cmpint(words.gone, ==, round);
    }
    speaker_destroy(speaker);
    g_log_remove_handler("platform", handler);
}

/* A device that takes no more sound, as SDL's driver notices it, and goes again as often as it is opened. */
static void broken_speaker(void)
{
    struct words words = { 0 };
    guint handler = listen_to_log(&words);
    g_autofree char *driver = g_strdup(g_getenv("SDL_AUDIODRIVER"));
    g_setenv("SDL_AUDIODRIVER", "disk", TRUE);
    g_setenv("SDL_DISKAUDIOFILE", "/dev/full", TRUE);
    g_autofree char *error = NULL;
    struct speaker *speaker = speaker_create(NULL, &error);
    g_assert_nonnull(speaker);
    if (error) {
        g_test_skip(error); /* newer versions of SDL want a plain file */
    } else {
        poll_speaker(speaker_output(speaker), &words.gone, 2);
        g_assert_cmpint(words.back, ==, 1);
    }
    speaker_destroy(speaker);
    g_unsetenv("SDL_DISKAUDIOFILE");
    if (driver)
        g_setenv("SDL_AUDIODRIVER", driver, TRUE);
    else
        g_unsetenv("SDL_AUDIODRIVER");
    g_log_remove_handler("platform", handler);
}

static void poll_microphone(struct microphone *microphone, const int *count, int wanted)
{
    for (int i = 0; i < 4000 && *count < wanted; i++) {
        g_usleep(5000);
        microphone_poll(microphone, g_get_monotonic_time());
    }
    g_assert_cmpint(*count, >=, wanted);
}

static void microphone_comes_back(void)
{
    struct words words = { 0 };
    guint handler = listen_to_log(&words);
    struct microphone *microphone = microphone_create(NULL, NULL);
    struct audio_processing *processing = audio_processing_backend(0) ? audio_processing_create(NULL) : NULL;
    struct listener listener = { .sink = { &listener_ops } };
    microphone_set_sink(microphone, &listener.sink);
    microphone_set_processing(microphone, processing);
    poll_microphone(microphone, &listener.frames, 5);
    unplug(true);
    poll_microphone(microphone, &words.gone, 1);
    int64_t now_us = g_get_monotonic_time();
    microphone_poll(microphone, now_us);
    g_assert_cmpint(microphone_deadline(microphone), >, now_us + AUDIO_FRAME_US); /* nothing to hurry for */
    poll_microphone(microphone, &words.back, 1); /* no word of a new device: found by trying */
    poll_microphone(microphone, &listener.frames, listener.frames + 5);
    g_assert_cmpint(words.gone, ==, 1);
    g_assert_cmpint(words.back, ==, 1);
    microphone_destroy(microphone);
    audio_processing_destroy(processing);
    g_log_remove_handler("platform", handler);
}

/* Ended with an unplugged device, and while the new one is being opened. */
static void ends_in_between(void)
{
    for (int opening = 0; opening <= 1; opening++) {
        struct words words = { 0 };
        guint handler = listen_to_log(&words);
        struct speaker *speaker = speaker_create(NULL, NULL);
        unplug(false);
        poll_speaker(speaker_output(speaker), &words.gone, 1);
        if (opening) {
            plug_in(false);
            g_usleep(250000);
            speaker_output(speaker)->ops->queued(speaker_output(speaker));
        }
        speaker_destroy(speaker);
        g_log_remove_handler("platform", handler);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/platform_audio/speaker", speaker_opens_and_drains);
    g_test_add_func("/platform_audio/no_driver", no_such_driver);
    g_test_add_func("/platform_audio/microphone", microphone_delivers_frames);
    g_test_add_func("/platform_audio/speaker_comes_back", speaker_comes_back);
    g_test_add_func("/platform_audio/broken_speaker", broken_speaker);
    g_test_add_func("/platform_audio/microphone_comes_back", microphone_comes_back);
    g_test_add_func("/platform_audio/ends_in_between", ends_in_between);
    return g_test_run();
}
