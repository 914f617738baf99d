/* Live streams of real senders, played: each kind, each codec, each trouble. What is looked at is what would be on the
 * screen (frame numbers) and in the speaker (a tone). */
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

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

static void on_picture(struct frame_sink *sink, const AVFrame *frame)
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

static int left(const struct rig *rig)
{
    int64_t played = (g_get_monotonic_time() - rig->began_us) * AUDIO_RATE / 1000000;
    return (int)MAX(rig->queued - played, 0);
}

static void queue_sound(struct audio_output *output, const int16_t *pcm, int samples)
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

static int queued_sound(struct audio_output *output)
{
    return left(container_of(output, struct rig, speaker));
}

static void clear_sound(struct audio_output *output)
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
static double tone(const struct rig *rig)
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

static void set_up(struct rig *rig, gconstpointer data)
{
    (void)data;
    *rig = (struct rig){ .screen.ops = &screen_ops, .speaker.ops = &speaker_ops };
    senders_begin(&rig->senders);
    rig->context = g_main_context_new();
    rig->player = player_create(&(struct player_config){ .video = &rig->screen, .audio = &rig->speaker });
    g_assert_nonnull(rig->player);
    player_set_muted(rig->player, false);
}

static void close_stream(struct rig *rig)
{
    player_attach(rig->player, NULL);
    g_clear_pointer(&rig->stream, stream_destroy);
}

static bool reader_is_there(void)
{
    g_autoptr(GDir) folder = g_dir_open("/proc/self/task", 0, NULL);
    bool there = false;
    for (const char *id; folder && (id = g_dir_read_name(folder));) {
        g_autofree char *path = g_build_filename("/proc/self/task", id, "comm", NULL), *name = NULL;
        there |= g_file_get_contents(path, &name, NULL, NULL) && g_str_has_prefix(name, "stream reader");
    }
    return there;
}

static void wait_for_readers(void)
{
    for (int64_t give_up = g_get_monotonic_time() + PATIENCE_S * G_USEC_PER_SEC; reader_is_there(); g_usleep(5000))
        g_assert_cmpint(g_get_monotonic_time(), <, give_up);
}

static void tear_down(struct rig *rig, gconstpointer data)
{
    (void)data;
    close_stream(rig);
    senders_end(&rig->senders);
    wait_for_readers();
    player_destroy(rig->player);
    g_main_context_unref(rig->context);
}

static void turn(struct rig *rig)
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

static void watch_trusting(struct rig *rig, const char *url, const char *ca_file)
{
    struct stream_address address;
    g_autofree char *error = NULL;
    g_assert_true(stream_address_parse(&address, url, &error));
    rig->stream = stream_create(
        &(struct stream_config){ .context = rig->context, .address = &address, .ca_file = ca_file });
    stream_address_clear(&address);
    player_attach(rig->player, stream_source(rig->stream));
}

static void watch(struct rig *rig, const char *url)
{
    watch_trusting(rig, url, NULL);
}

static void forget_pictures(struct rig *rig)
{
    rig->shown = rig->unreadable = rig->seen = rig->steps_back = rig->largest_step = 0;
}

/* So many pictures come, in their order. */
static void pictures_come(struct rig *rig)
{
    forget_pictures(rig);
    WAIT_FOR(rig, rig->shown >= GOOD_PICTURES);
    g_assert_cmpuint(rig->unreadable, ==, 0);
    g_assert_cmpuint(rig->steps_back, <=, 1); /* the film begins anew */
}

static void sound_comes(struct rig *rig)
{
    WAIT_FOR(rig, tone(rig) > 0.8);
}

static void plays(struct rig *rig, const char *url)
{
    watch(rig, url);
    pictures_come(rig);
    sound_comes(rig);
    g_assert_true(stream_is_there(rig->stream));
    g_assert_cmpint(stream_trouble(rig->stream).fault, ==, STREAM_WELL);
}

/* ---- each kind ---- */

/* Looped by ffmpeg is what has a table of its pictures: of a transport stream it leaves out the first one each time. */

static void flv_over_http(struct rig *rig, gconstpointer data)
{
    (void)data;
    g_autofree char *film = film_make("film.mp4", ON_AIR_S, usual),
                    *url = g_strdup_printf("http://127.0.0.1:%d/live.flv", free_port());
    sender_start(&rig->senders, "ffmpeg -v error -re -stream_loop -1 -i %s -c copy -f flv -listen 1 %s", film, url);
    plays(rig, url);
}

static void ts_over_udp(struct rig *rig, gconstpointer data)
{
    (void)data;
    g_autofree char *film = film_make("film.mp4", ON_AIR_S, usual),
                    *url = g_strdup_printf("udp://127.0.0.1:%d", free_port());
    sender_start(&rig->senders, "ffmpeg -v error -re -stream_loop -1 -i %s -c copy -f mpegts %s?pkt_size=1316", film,
                 url);
    plays(rig, url);
}

static void srt(struct rig *rig, gconstpointer data)
{
    (void)data;
    g_autofree char *film = film_make("film.mp4", ON_AIR_S, usual),
                    *url = g_strdup_printf("srt://127.0.0.1:%d?passphrase=do-not-tell-1", free_port());
    sender_start(&rig->senders, "ffmpeg -v error -re -stream_loop -1 -i %s -c copy -f mpegts %s&mode=listener", film,
                 url);
    plays(rig, url);
}

static char *write_nginx(const struct rig *rig, int port)
{
    char *path = g_build_filename(rig->senders.folder, "nginx.conf", NULL);
    g_autofree char *text = g_strdup_printf(
        "load_module /usr/lib/nginx/modules/ngx_rtmp_module.so; daemon off; pid %s/pid;\n"
        "error_log %s/error.log; worker_processes 1; user root;\n"
        "events { worker_connections 64; }\n"
        "rtmp { server { listen 127.0.0.1:%d; application live { live on; wait_key on; } } }\n",
        rig->senders.folder, rig->senders.folder, port);
    g_assert_true(g_file_set_contents(path, text, -1, NULL));
    return path;
}

static void rtmp(struct rig *rig, gconstpointer data)
{
    (void)data;
    int port = free_port();
    g_autofree char *film = film_make("film.mp4", ON_AIR_S, usual), *conf = write_nginx(rig, port),
                    *url = g_strdup_printf("rtmp://127.0.0.1:%d/live/x", port);
    sender_start(&rig->senders, "nginx -p %s -c %s", rig->senders.folder, conf);
    g_usleep(300000);
    sender_start(&rig->senders, "ffmpeg -v error -re -stream_loop -1 -i %s -c copy -f flv %s", film, url);
    plays(rig, url);
}

static void rtmps(struct rig *rig, gconstpointer data)
{
    (void)data;
    struct certificate certificate = certificate_make("localhost");
    int port = free_port(), secure = free_port();
    g_autofree char *film = film_make("film.mp4", ON_AIR_S, usual), *conf = write_nginx(rig, port),
                    *url = g_strdup_printf("rtmps://localhost:%d/live/x", secure);
    sender_start(&rig->senders, "nginx -p %s -c %s", rig->senders.folder, conf);
    sender_start(&rig->senders, "python3 " SOURCE_DIR "/tests/support/tls_proxy.py %d %d %s %s", secure, port,
                 certificate.cert, certificate.key);
    g_usleep(300000);
    sender_start(&rig->senders, "ffmpeg -v error -re -stream_loop -1 -i %s -c copy -f flv rtmp://127.0.0.1:%d/live/x",
                 film, port);
    watch_trusting(rig, url, certificate.cert);
    pictures_come(rig);
    sound_comes(rig);
    close_stream(rig);
    wait_for_readers();
    certificate_remove(&certificate);
}

static void ts_over_rtp(struct rig *rig, gconstpointer data)
{
    (void)data;
    g_autofree char *film = film_make("film.mp4", ON_AIR_S, usual),
                    *url = g_strdup_printf("rtp://127.0.0.1:%d", free_port());
    sender_start(&rig->senders, "ffmpeg -v error -re -stream_loop -1 -i %s -c copy -f rtp_mpegts %s", film, url);
    plays(rig, url);
}

/* Segments of a second, made by the clock. */
static void hls(struct rig *rig, gconstpointer data)
{
    (void)data;
    int port = free_port();
    g_autofree char *film = film_make("film.mp4", ON_AIR_S, usual),
                    *url = g_strdup_printf("http://127.0.0.1:%d/live.m3u8", port);
    sender_start(&rig->senders, "python3 -m http.server -b 127.0.0.1 -d %s %d", rig->senders.folder, port);
    sender_start(&rig->senders,
                 "ffmpeg -v error -re -stream_loop -1 -i %s -c copy -f hls -hls_time 1 -hls_list_size 5 -hls_flags "
                 "delete_segments %s/live.m3u8",
                 film, rig->senders.folder);
    plays(rig, url);
    g_assert_cmpint(stream_stats(rig->stream).delay_us, >, 0);
}

static void rtsp(struct rig *rig, gconstpointer data)
{
    const char *access = data; /* "udp", "tcp": all that the server speaks; "user": and wants a password */
    int port = free_port();
    bool user = !strcmp(access, "user");
    g_autofree char *film = film_make("film.mp4", ON_AIR_S, usual),
                    *url = g_strdup_printf("rtsp://%s127.0.0.1:%d/live", user ? "anna:p@ss/w?#rd%@" : "", port);
    sender_start(&rig->senders, "/usr/bin/python3 " SOURCE_DIR "/tests/support/rtsp_server.py %s %d %s", film, port,
                 access);
    plays(rig, url);
}

static void file(struct rig *rig, gconstpointer data)
{
    (void)data;
    g_autofree char *film = film_make("short.mp4", 2, usual);
    plays(rig, film);
    WAIT_FOR(rig, rig->steps_back == 1); /* it is played again and again */
    pictures_come(rig);
}

static char *begin_fifo(struct rig *rig)
{
    g_autofree char *film = film_make("film.mp4", ON_AIR_S, usual);
    char *path = g_build_filename(rig->senders.folder, "fifo", NULL);
    g_assert_cmpint(mkfifo(path, 0600), ==, 0);
    sender_start(&rig->senders, "ffmpeg -v error -y -re -stream_loop -1 -i %s -c copy -f mpegts %s", film, path);
    return path;
}

static void fifo(struct rig *rig, gconstpointer data)
{
    (void)data;
    g_autofree char *path = begin_fifo(rig);
    plays(rig, path);
}

static void standard_input(struct rig *rig, gconstpointer data)
{
    (void)data;
    g_autofree char *path = begin_fifo(rig);
    int before = dup(STDIN_FILENO), reads = open(path, O_RDONLY | O_CLOEXEC);
    g_assert_cmpint(dup2(reads, STDIN_FILENO), ==, STDIN_FILENO);
    plays(rig, "-");
    close_stream(rig);
    wait_for_readers();
    dup2(before, STDIN_FILENO);
    close(before);
    close(reads);
}

/* ---- codecs and shapes, from files ---- */

struct coded {
    const char *name, *words;
    int width, height;
    bool silent;
};

static const struct coded coded[] = {
    { "hevc.ts", "-c:v libx265 -preset ultrafast -x265-params log-level=none:keyint=30 -c:a ac3", 320, 180, false },
    { "vp8.webm", "-c:v libvpx -deadline realtime -cpu-used 8 -b:v 500k -g 30 -c:a libvorbis", 320, 180, false },
    { "av1.mkv", "-c:v libaom-av1 -usage realtime -cpu-used 8 -g 30 -b:v 500k -c:a eac3", 320, 180, false },
    { "vp9.webm", "-c:v libvpx-vp9 -deadline realtime -cpu-used 8 -b:v 500k -g 30 -c:a libopus", 320, 180, false },
    { "mpeg2.ts", "-c:v mpeg2video -q:v 3 -g 12 -bf 2 -c:a mp2 -ar 44100 -ac 1", 320, 180, false },
    { "mpeg4.mkv", "-c:v mpeg4 -q:v 3 -g 30 -bf 2 -c:a pcm_s16le -ar 22050", 320, 180, false },
    { "mjpeg.mkv", "-c:v mjpeg -q:v 3 -c:a libmp3lame", 320, 180, false },
    { "interlaced.ts", "-c:v libx264 -preset ultrafast -flags +ilme+ildct -x264-params interlaced=1:keyint=30 -c:a aac",
      320, 180, false },
    { "ten-bit.mkv", "-c:v libx264 -preset ultrafast -pix_fmt yuv420p10le -g 30 -c:a aac", 320, 180, false },
    { "wide.mp4", "-vf scale=160:180,setsar=2/1 -c:v libx264 -preset ultrafast -g 30 -c:a aac", 320, 180, false },
    { "odd.mkv", "-vf scale=321:181 -c:v libx264 -preset ultrafast -pix_fmt yuv444p -g 30 -c:a aac", 321, 181, false },
    { "silent.mp4", "-c:v libx264 -preset ultrafast -g 30 -pix_fmt yuv420p -an", 320, 180, true },
};

static void codec(struct rig *rig, gconstpointer data)
{
    const struct coded *row = data;
    g_autofree char *film = film_make(row->name, 3, row->words);
    watch(rig, film);
    pictures_come(rig);
    g_assert_cmpint(rig->width, ==, row->width);
    g_assert_cmpint(rig->height, ==, row->height);
    if (!row->silent)
        sound_comes(rig);
}

static void sound_only(struct rig *rig, gconstpointer data)
{
    (void)data;
    g_autofree char *film = film_make("radio.mp3", 3, "-vn -c:a libmp3lame");
    watch(rig, film);
    sound_comes(rig);
    g_assert_false(stream_has(rig->stream, AVMEDIA_TYPE_VIDEO));
    g_assert_cmpuint(rig->shown, ==, 0);
}

/* ---- trouble ---- */

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

/* A server that no authority knows is not listened to, unless its own certificate is trusted. */
static void over_tls(struct rig *rig, gconstpointer data)
{
    bool trusted = data != NULL;
    struct certificate certificate = certificate_make("localhost");
    int port = free_port();
    g_autofree char *film = film_make("film.ts", ON_AIR_S, usual),
                    *url = g_strdup_printf("https://localhost:%d/film.ts", port);
    sender_start(&rig->senders, "python3 " SOURCE_DIR "/tests/support/bad_streams.py %d %s %s %s", port,
                 certificate.cert, certificate.key, film);
    watch_trusting(rig, url, trusted ? certificate.cert : NULL);
    if (trusted)
        pictures_come(rig);
    else
        WAIT_FOR(rig, stream_trouble(rig->stream).fault == STREAM_UNTRUSTED);
    g_assert_cmpint(rig->shown > 0, ==, trusted);
    close_stream(rig);
    wait_for_readers(); /* one may be reading the certificate */
    certificate_remove(&certificate);
}

/* Whoever is in a call sees nothing of it, and after it at once the newest picture, whenever the next key frame is. */
static void back_at_once(struct rig *rig, gconstpointer data)
{
    (void)data;
    g_autofree char *film = film_make("long-group.mp4", 20,
                                      "-c:v libx264 -preset ultrafast -g 600 -bf 2 -pix_fmt yuv420p -c:a aac"),
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

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    static const struct {
        const char *path;
        void (*test)(struct rig *rig, gconstpointer data);
        const void *data;
    } tests[] = {
        { "kind/http-flv", flv_over_http, NULL },
        { "kind/ts-udp", ts_over_udp, NULL },
        { "kind/srt", srt, NULL },
        { "kind/rtmp", rtmp, NULL },
        { "kind/hls", hls, NULL },
        { "kind/rtsp-udp", rtsp, "udp" },
        { "kind/rtsp-tcp", rtsp, "tcp" },
        { "kind/rtsp-user", rtsp, "user" },
        { "kind/file", file, NULL },
        { "kind/rtmps", rtmps, NULL },
        { "kind/rtp", ts_over_rtp, NULL },
        { "kind/stdin", standard_input, NULL },
        { "kind/fifo", fifo, NULL },
        { "kind/https", over_tls, "trusted" },
        { "trouble/untrusted", over_tls, NULL },
        { "sound-only", sound_only, NULL },
        { "back-at-once", back_at_once, NULL },
        { "trouble/times-jump", times_jump, NULL },
        { "trouble/damaged", damaged, NULL },
        { "trouble/ends", ends_and_comes_back, NULL },
        { "trouble/silent", falls_silent, NULL },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(tests); i++) {
        g_autofree char *path = g_strconcat("/streams/", tests[i].path, NULL);
        g_test_add(path, struct rig, tests[i].data, set_up, tests[i].test, tear_down);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(coded); i++) {
        g_autofree char *path = g_strconcat("/streams/codec/", coded[i].name, NULL);
        g_test_add(path, struct rig, &coded[i], set_up, codec, tear_down);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(refused); i++) {
        g_autofree char *path = g_strconcat("/streams/trouble/", refused[i].name, NULL);
        g_test_add(path, struct rig, &refused[i], set_up, is_refused, tear_down);
    }
    return g_test_run();
}
