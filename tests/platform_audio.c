/* Speaker and microphone on SDL's dummy driver: they open, they run, and what is not there is told in words. */
#include "platform/microphone.h"
#include "platform/speaker.h"

#include <string.h>

#include <glib.h>

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

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/platform_audio/speaker", speaker_opens_and_drains);
    g_test_add_func("/platform_audio/no_driver", no_such_driver);
    g_test_add_func("/platform_audio/microphone", microphone_delivers_frames);
    return g_test_run();
}
