/* Live streams of real senders, played: each kind, over each kind of connection. */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "stream_rig.h"

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
        "error_log %s/error.log; master_process off; user root;\n"
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

/* RTP as it is, which a file describes. */
static void by_description(struct rig *rig, gconstpointer data)
{
    (void)data;
    g_autofree char *film = film_make("film.mp4", ON_AIR_S, usual),
                    *description = g_build_filename(rig->senders.folder, "live.sdp", NULL);
    int port = free_port();
    sender_start(&rig->senders,
                 "ffmpeg -v error -re -stream_loop -1 -i %s -map 0:v -c copy -f rtp rtp://127.0.0.1:%d?pkt_size=1200 "
                 "-sdp_file %s",
                 film, port, description);
    WAIT_FOR(rig, g_file_test(description, G_FILE_TEST_EXISTS));
    watch(rig, description);
    pictures_come(rig);
}

/* Segments of a second, made by the clock; a playlist, also where its name does not say so. */
static void hls(struct rig *rig, gconstpointer data)
{
    const char *playlist = data;
    int port = free_port();
    g_autofree char *film = film_make("film.mp4", ON_AIR_S, usual),
                    *url = g_strdup_printf("http://127.0.0.1:%d/%s", port, playlist);
    sender_start(&rig->senders, "python3 -m http.server -b 127.0.0.1 -d %s %d", rig->senders.folder, port);
    sender_start(&rig->senders,
                 "ffmpeg -v error -re -stream_loop -1 -i %s -c copy -f hls -hls_time 1 -hls_list_size 5 -hls_flags "
                 "delete_segments %s/%s",
                 film, rig->senders.folder, playlist);
    plays(rig, url);
    g_assert_cmpint(stream_stats(rig->stream).delay_us, >, 0);
}

/* A container that comes in pieces of a second, whether its demuxer is known for it (MP4) or not (Matroska, in clusters
 * that are sent when they are full): none of it is left out. */
static void in_pieces(struct rig *rig, gconstpointer data)
{
    const char *muxer = data;
    g_autofree char *film = film_make("film.mp4", ON_AIR_S, usual),
                    *url = g_strdup_printf("http://127.0.0.1:%d/live", free_port());
    sender_start(&rig->senders, "ffmpeg -v error -re -stream_loop -1 -i %s -c copy -f %s -listen 1 %s", film, muxer,
                 url);
    watch(rig, url);
    WAIT_FOR(rig, stream_stats(rig->stream).delay_us > 0);
    uint64_t skipped = stream_stats(rig->stream).skipped;
    pictures_come(rig);
    WAIT_FOR(rig, rig->shown >= 3 * GOOD_PICTURES);
    g_assert_cmpuint(stream_stats(rig->stream).skipped, ==, skipped);
    sound_comes(rig);
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

static void count_there(const char *domain, GLogLevelFlags level, const char *message, gpointer user_data)
{
    if (strstr(message, " is there"))
        g_atomic_int_inc((gint *)user_data);
    else
        g_log_default_handler(domain, level, message, NULL);
}

/* It is played again and again, and told once. */
static void file(struct rig *rig, gconstpointer data)
{
    (void)data;
    gint told = 0;
    g_autofree char *film = film_make("short.mp4", 2, usual);
    g_log_set_default_handler(count_there, &told);
    plays(rig, film);
    WAIT_FOR(rig, rig->steps_back >= 1);
    pictures_come(rig);
    close_stream(rig);
    wait_for_readers();
    g_log_set_default_handler(g_log_default_handler, NULL);
    g_assert_cmpint(told, ==, 1);
}

/* Also where it has one key frame only. */
static void file_from_its_beginning(struct rig *rig, gconstpointer data)
{
    (void)data;
    g_autofree char *film = film_make("long-group.mp4", 2, "-c:v libx264 -preset ultrafast -g 250 -pix_fmt yuv420p");
    watch(rig, film);
    WAIT_FOR(rig, rig->shown);
    g_assert_cmpuint(rig->unreadable, ==, 0);
    g_assert_cmpuint(rig->seen, <=, 1);
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

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    static const struct stream_test tests[] = {
        { "kind/http-flv", flv_over_http, NULL },
        { "kind/ts-udp", ts_over_udp, NULL },
        { "kind/srt", srt, NULL },
        { "kind/rtmp", rtmp, NULL },
        { "kind/hls", hls, "live.m3u8" },
        { "kind/hls-by-another-name", hls, "live.m3u" },
        { "kind/mp4-in-fragments", in_pieces, "mp4 -movflags frag_keyframe+empty_moov+default_base_moof" },
        { "kind/matroska-in-clusters", in_pieces, "matroska" },
        { "kind/rtsp-udp", rtsp, "udp" },
        { "kind/rtsp-tcp", rtsp, "tcp" },
        { "kind/rtsp-user", rtsp, "user" },
        { "kind/file", file, NULL },
        { "kind/file-from-its-beginning", file_from_its_beginning, NULL },
        { "kind/rtmps", rtmps, NULL },
        { "kind/rtp", ts_over_rtp, NULL },
        { "kind/sdp", by_description, NULL },
        { "kind/stdin", standard_input, NULL },
        { "kind/fifo", fifo, NULL },
        { "kind/https", over_tls, "trusted" },
        { "trouble/untrusted", over_tls, NULL },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(tests); i++)
        add_stream_test(&tests[i]);
    return g_test_run();
}
