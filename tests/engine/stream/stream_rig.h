/* A live stream of a real sender, played: what is looked at is what would be on the screen (frame numbers) and in the
 * speaker (a tone). */
#ifndef CALLAPI_TESTS_STREAM_RIG_H
#define CALLAPI_TESTS_STREAM_RIG_H

#include <math.h>
#include <stdlib.h>

#include "certificate.h"
#include "engine/player/player.h"
#include "engine/statistics/framecode.h"
#include "engine/stream/stream.h"
#include "senders.h"

enum {
    PATIENCE_S = 100, /* only ends a test that hangs */
    TONE_HZ = 440,
    GOOD_PICTURES = 20,
    HEARD = AUDIO_RATE / 2,
    ON_AIR_S = 4, /* of a film */
};

static const char usual[] = "-c:v libx264 -preset ultrafast -g 30 -bf 2 -pix_fmt yuv420p -c:a aac -b:a 96k";

struct rig {
    struct senders senders;
    GMainContext *context;
    struct player *player;
    struct stream *stream;
    struct frame_sink screen;
    struct audio_output speaker;

    unsigned shown, unreadable, seen; /* pictures; seen: the number of the last one */
    unsigned steps_back, largest_step;
    int width, height;
    int64_t shown_us;

    int16_t heard[HEARD]; /* the left channel, a ring */
    int64_t queued, cleared_us;
    int64_t began_us; /* of the speaker's queue */
};

/* ---- the screen ---- */

static inline void on_picture(struct frame_sink *sink, const AVFrame *frame)
{
    struct rig *rig = container_of(sink, struct rig, screen);
    struct framecode code;
    rig->shown++;
    rig->shown_us = g_get_monotonic_time();
    rig->width = frame->width;
    rig->height = frame->height;
    if (framecode_find(frame->data[0], frame->width, frame->height, frame->linesize[0], &code, 1) != 1) {
        rig->unreadable++;
        return;
    }
    g_assert_cmpuint(code.source, ==, 1);
    if (code.number < rig->seen)
        rig->steps_back++;
    else if (rig->seen)
        rig->largest_step = MAX(rig->largest_step, code.number - rig->seen);
    rig->seen = code.number;
}

static const struct frame_sink_ops screen_ops = { .push = on_picture };

/* ---- the speaker: plays as fast as time passes ---- */

static inline int left(const struct rig *rig)
{
    int64_t played = (g_get_monotonic_time() - rig->began_us) * AUDIO_RATE / 1000000;
    return (int)MAX(rig->queued - played, 0);
}

static inline void queue_sound(struct audio_output *output, const int16_t *pcm, int samples)
{
    struct rig *rig = container_of(output, struct rig, speaker);
    if (!left(rig)) {
        rig->began_us = g_get_monotonic_time();
        rig->queued = 0;
    }
    for (int i = 0; i < samples; i++)
        rig->heard[(rig->queued + i) % HEARD] = pcm[i * AUDIO_CHANNELS];
    rig->queued += samples;
}

static inline int queued_sound(struct audio_output *output)
{
    return left(container_of(output, struct rig, speaker));
}

static inline void clear_sound(struct audio_output *output)
{
    struct rig *rig = container_of(output, struct rig, speaker);
    rig->queued = 0;
    rig->began_us = g_get_monotonic_time();
    memset(rig->heard, 0, sizeof rig->heard);
}

static const struct audio_output_ops speaker_ops = {
    .queue = queue_sound,
    .queued = queued_sound,
    .clear = clear_sound,
};

/* The tone's part of all that was heard in the last half second (Goertzel), 0 to 1. */
static inline double tone(const struct rig *rig)
{
    double w = 2 * G_PI * TONE_HZ / AUDIO_RATE, s1 = 0, s2 = 0, power = 0;
    for (int i = 0; i < HEARD; i++) {
        double s = rig->heard[(rig->queued + i) % HEARD] + 2 * cos(w) * s1 - s2;
        power += (double)rig->heard[i] * rig->heard[i];
        s2 = s1;
        s1 = s;
    }
    double found = 2 * (s1 * s1 + s2 * s2 - 2 * cos(w) * s1 * s2) / HEARD;
    return power > HEARD * 100.0 ? found / power : 0;
}

/* ---- the rig ---- */

static inline void set_up(struct rig *rig, gconstpointer data)
{
    (void)data;
    *rig = (struct rig){ .screen.ops = &screen_ops, .speaker.ops = &speaker_ops };
    senders_begin(&rig->senders);
    rig->context = g_main_context_new();
    rig->player = player_create(&(struct player_config){ .video = &rig->screen, .audio = &rig->speaker });
    g_assert_nonnull(rig->player);
    player_set_muted(rig->player, false);
}

static inline void close_stream(struct rig *rig)
{
    player_attach(rig->player, NULL);
    g_clear_pointer(&rig->stream, stream_destroy);
}

static inline bool reader_is_there(void)
{
    g_autoptr(GDir) folder = g_dir_open("/proc/self/task", 0, NULL);
    bool there = false;
    for (const char *id; folder && (id = g_dir_read_name(folder));) {
        g_autofree char *path = g_build_filename("/proc/self/task", id, "comm", NULL), *name = NULL;
        there |= g_file_get_contents(path, &name, NULL, NULL) && g_str_has_prefix(name, "stream reader");
    }
    return there;
}

static inline void wait_for_readers(void)
{
    for (int64_t give_up = g_get_monotonic_time() + PATIENCE_S * G_USEC_PER_SEC; reader_is_there(); g_usleep(5000))
        g_assert_cmpint(g_get_monotonic_time(), <, give_up);
}

static inline void tear_down(struct rig *rig, gconstpointer data)
{
    (void)data;
    close_stream(rig);
    senders_end(&rig->senders);
    wait_for_readers();
    player_destroy(rig->player);
    g_main_context_unref(rig->context);
}

static inline void turn(struct rig *rig)
{
    while (g_main_context_iteration(rig->context, FALSE))
        ;
    player_poll(rig->player, g_get_monotonic_time());
    g_usleep(2000);
}

#define WAIT_FOR(rig, condition)                                                                                       \
    do {                                                                                                               \
        int64_t give_up = g_get_monotonic_time() + PATIENCE_S * G_USEC_PER_SEC;                                        \
        while (!(condition)) {                                                                                         \
            if (g_get_monotonic_time() > give_up)                                                                      \
                g_error("%s:%d: waited in vain for: %s", __FILE__, __LINE__, #condition);                              \
            turn(rig);                                                                                                 \
        }                                                                                                              \
    } while (0)

static inline void create(struct rig *rig, const char *url, const char *ca_file)
{
    struct stream_address address;
    g_autofree char *error = NULL;
    g_assert_true(stream_address_parse(&address, url, &error));
    rig->stream = stream_create(
        &(struct stream_config){ .context = rig->context, .address = &address, .ca_file = ca_file });
    stream_address_clear(&address);
}

static inline void watch_trusting(struct rig *rig, const char *url, const char *ca_file)
{
    create(rig, url, ca_file);
    player_attach(rig->player, stream_source(rig->stream));
}

static inline void watch(struct rig *rig, const char *url)
{
    watch_trusting(rig, url, NULL);
}

static inline void forget_pictures(struct rig *rig)
{
    rig->shown = rig->unreadable = rig->seen = rig->steps_back = rig->largest_step = 0;
}

/* So many pictures come, in their order. */
static inline void pictures_come(struct rig *rig)
{
    forget_pictures(rig);
    WAIT_FOR(rig, rig->shown >= GOOD_PICTURES);
    g_assert_cmpuint(rig->unreadable, ==, 0);
    g_assert_cmpuint(rig->steps_back, <=, 1); /* the film begins anew */
}

static inline void sound_comes(struct rig *rig)
{
    WAIT_FOR(rig, tone(rig) > 0.8);
}

static inline void plays(struct rig *rig, const char *url)
{
    watch(rig, url);
    pictures_come(rig);
    sound_comes(rig);
    g_assert_true(stream_is_there(rig->stream));
    g_assert_cmpint(stream_trouble(rig->stream).fault, ==, STREAM_WELL);
}

/* ---- the tests ---- */

struct stream_test {
    const char *path;
    void (*run)(struct rig *rig, gconstpointer data);
    const void *data;
};

/* Each with a player of its own. */
static inline void add_stream_test(const struct stream_test *test)
{
    g_autofree char *path = g_strconcat("/streams/", test->path, NULL);
    g_test_add(path, struct rig, test->data, set_up, test->run, tear_down);
}

#endif
