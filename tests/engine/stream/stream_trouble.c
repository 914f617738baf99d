/* Live streams of real senders that behave badly, and the way back from a call. */
#include "stream_rig.h"

static const char long_group[] = "-c:v libx264 -preset ultrafast -g 600 -bf 2 -pix_fmt yuv420p -c:a aac";

static int send_ts(struct rig *rig, const char *film, const char *url, int offset_s)
{
    return sender_start(&rig->senders,
                        "ffmpeg -v error -re -stream_loop -1 -i %s -c copy -output_ts_offset %d -f mpegts "
                        "%s?pkt_size=1316",
                        film, offset_s, url);
}

static void times_jump(struct rig *rig, gconstpointer data)
{
    (void)data;
    static const int offsets_s[] = { 0, 40, 0, 95443 - 1 /* where 33 bits of 90 kHz are over */, 7 };
    g_autofree char *film = film_make("long.mp4", LONGEST_FILM_S, usual), /* it does not begin anew, too */
        *url = g_strdup_printf("udp://127.0.0.1:%d", free_port());
    watch(rig, url);
    for (size_t i = 0; i < G_N_ELEMENTS(offsets_s); i++) {
        int sender = send_ts(rig, film, url, offsets_s[i]);
        pictures_come(rig);
        sound_comes(rig);
        sender_end(&rig->senders, sender);
    }
    g_assert_cmpuint(stream_stats(rig->stream).openings, ==, 1);
}

/* A copy of a transport stream, without one of so many of its packets. */
static char *damage(const struct rig *rig, const char *film)
{
    enum { TS_PACKET = 188, EACH = 89 };
    char *data, *damaged = g_build_filename(rig->senders.folder, "damaged.ts", NULL);
    size_t size;
    g_assert_true(g_file_get_contents(film, &data, &size, NULL));
    g_autoptr(GByteArray) kept = g_byte_array_new();
    for (size_t i = 0; i + TS_PACKET <= size; i += TS_PACKET)
        if (i / TS_PACKET % EACH != EACH - 1)
            g_byte_array_append(kept, (const guint8 *)data + i, TS_PACKET);
    g_assert_true(g_file_set_contents(damaged, (const char *)kept->data, kept->len, NULL));
    g_free(data);
    return damaged;
}

/* What is read ahead before the damage is shown, what refers to it is not. */
static void damaged(struct rig *rig, gconstpointer data)
{
    (void)data;
    g_autofree char *film = film_make("film.ts", ON_AIR_S, usual), *worse = damage(rig, film);
    watch(rig, worse);
    WAIT_FOR(rig, rig->shown >= 3 * GOOD_PICTURES);
    g_assert_cmpuint(rig->unreadable, ==, 0);
    g_assert_cmpuint(rig->largest_step, >, 1);
}

static void ends_and_comes_back(struct rig *rig, gconstpointer data)
{
    (void)data;
    g_autofree char *film = film_make("film.mp4", ON_AIR_S, usual),
                    *url = g_strdup_printf("http://127.0.0.1:%d/live.flv", free_port());
    watch(rig, url);
    WAIT_FOR(rig, stream_trouble(rig->stream).fault == STREAM_UNREACHABLE);
    for (int i = 0; i < 2; i++) {
        int sender = sender_start(&rig->senders,
                                  "ffmpeg -v error -re -stream_loop -1 -i %s -c copy -f flv -listen 1 %s", film, url);
        pictures_come(rig);
        g_assert_cmpint(stream_trouble(rig->stream).fault, ==, STREAM_WELL);
        sender_stop(&rig->senders, sender);
        WAIT_FOR(rig, !stream_is_there(rig->stream));
        g_assert_cmpint(stream_trouble(rig->stream).fault, !=, STREAM_WELL);
    }
}

static void falls_silent(struct rig *rig, gconstpointer data)
{
    (void)data;
    g_autofree char *film = film_make("film.mp4", ON_AIR_S, usual),
                    *url = g_strdup_printf("http://127.0.0.1:%d/live.flv", free_port());
    int sender = sender_start(&rig->senders, "ffmpeg -v error -re -stream_loop -1 -i %s -c copy -f flv -listen 1 %s",
                              film, url);
    watch(rig, url);
    pictures_come(rig);
    sender_signal(&rig->senders, sender, SIGSTOP);
    WAIT_FOR(rig, stream_trouble(rig->stream).fault == STREAM_SILENT);
    sender_signal(&rig->senders, sender, SIGCONT);
}

static void turn_for(struct rig *rig, int64_t us)
{
    for (int64_t end_us = g_get_monotonic_time() + us; g_get_monotonic_time() < end_us;)
        turn(rig);
}

/* Nobody waits until the silence is long enough; a film goes on where it was. */
static void the_machine_slept(struct rig *rig, gconstpointer data)
{
    (void)data;
    g_autofree char *film = film_make("film.mp4", ON_AIR_S, usual),
                    *url = g_strdup_printf("udp://127.0.0.1:%d", free_port());
    int sender = send_ts(rig, film, url, 0);
    watch(rig, url);
    pictures_come(rig);
    sender_signal(&rig->senders, sender, SIGSTOP);
    turn_for(rig, 500000);
    stream_network_changed(rig->stream, false);
    turn_for(rig, 200000);
    g_assert_cmpuint(stream_stats(rig->stream).openings, ==, 1);
    stream_network_changed(rig->stream, true);
    sender_signal(&rig->senders, sender, SIGCONT);
    WAIT_FOR(rig, stream_stats(rig->stream).openings == 2);
    g_assert_cmpint(stream_trouble(rig->stream).fault, ==, STREAM_WELL);
    pictures_come(rig);
}

static void a_film_goes_on(struct rig *rig, gconstpointer data)
{
    (void)data;
    g_autofree char *film = film_make("film.mp4", ON_AIR_S, usual);
    watch(rig, film);
    pictures_come(rig);
    stream_network_changed(rig->stream, true);
    pictures_come(rig);
    g_assert_cmpuint(stream_stats(rig->stream).openings, ==, 1);
    g_assert_cmpuint(rig->steps_back, ==, 0);
}

struct refused {
    const char *name, *path;
    enum stream_fault fault;
};

static const struct refused refused[] = {
    { "not-found", "404.flv", STREAM_NOT_FOUND },
    { "refused", "401.flv", STREAM_REFUSED },
    { "garbage", "garbage.flv", STREAM_UNREADABLE },
    { "nothing", "empty.flv", STREAM_UNREADABLE },
};

static void is_refused(struct rig *rig, gconstpointer data)
{
    const struct refused *row = data;
    int port = free_port();
    g_autofree char *url = g_strdup_printf("http://u:p@127.0.0.1:%d/%s?key=secret", port, row->path);
    sender_start(&rig->senders, "python3 " SOURCE_DIR "/tests/support/bad_streams.py %d", port);
    watch(rig, url);
    WAIT_FOR(rig, stream_trouble(rig->stream).fault == row->fault);
    g_assert_cmpuint(rig->shown, ==, 0);
}

/* Whoever is in a call sees nothing of it, and after it at once the newest picture, whenever the next key frame is. */
static void back_at_once(struct rig *rig, gconstpointer data)
{
    (void)data;
    g_autofree char *film = film_make("long-group.mp4", LONGEST_FILM_S, long_group),
                    *url = g_strdup_printf("udp://127.0.0.1:%d", free_port());
    watch(rig, url);
    send_ts(rig, film, url, 0);
    pictures_come(rig);
    unsigned before = rig->seen;
    player_attach(rig->player, NULL);
    uint64_t packets = stream_stats(rig->stream).packets;
    forget_pictures(rig);
    WAIT_FOR(rig, stream_stats(rig->stream).packets > packets + 90);
    g_assert_cmpuint(rig->shown, ==, 0);
    player_attach(rig->player, stream_source(rig->stream));
    WAIT_FOR(rig, rig->seen > before + 30);
    g_assert_cmpuint(rig->seen, <, 600); /* of the same group of pictures */
    g_assert_cmpuint(rig->steps_back, ==, 0);
    pictures_come(rig);
    g_assert_cmpuint(rig->largest_step, <=, 8); /* and on it goes */
}

/* In the middle of a group of pictures the next key frame is waited for: a connection made anew has none sooner. */
static void joined_late(struct rig *rig, gconstpointer data)
{
    (void)data;
    g_autofree char *film = film_make("long-group.mp4", LONGEST_FILM_S, long_group),
                    *url = g_strdup_printf("udp://127.0.0.1:%d", free_port());
    send_ts(rig, film, url, 0);
    g_usleep(G_USEC_PER_SEC);
    create(rig, url, NULL);
    WAIT_FOR(rig, stream_is_there(rig->stream));
    player_attach(rig->player, stream_source(rig->stream));
    WAIT_FOR(rig, stream_stats(rig->stream).packets > 60);
    g_assert_cmpuint(stream_stats(rig->stream).openings, ==, 1);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    static const struct stream_test tests[] = {
        { "trouble/times-jump", times_jump, NULL },    { "trouble/damaged", damaged, NULL },
        { "trouble/ends", ends_and_comes_back, NULL }, { "trouble/silent", falls_silent, NULL },
        { "back-at-once", back_at_once, NULL },        { "joined-late", joined_late, NULL },
        { "slept", the_machine_slept, NULL },          { "slept/film", a_film_goes_on, NULL },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(tests); i++)
        add_stream_test(&tests[i]);
    for (size_t i = 0; i < G_N_ELEMENTS(refused); i++) {
        g_autofree char *path = g_strconcat("trouble/", refused[i].name, NULL);
        add_stream_test(&(struct stream_test){ path, is_refused, &refused[i] });
    }
    return g_test_run();
}
