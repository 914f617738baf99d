/* Captures: the synthetic camera, films that the test makes itself, and what is no film at all. */
#include "engine/capture/kind.h"

#include <math.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib.h>
#include <glib/gstdio.h>
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>

#include "engine/audio/tone.h"
#include "engine/statistics/framecode.h"
#include "engine/synthetic/test_picture.h"

/* ---- what a capture delivers ---- */

struct audience {
    struct frame_sink video;
    struct pcm_sink audio;
    int pictures, frames, in_this_poll;
    int64_t picture_us, frame_us;
    int width, height, format;
    bool coded;
    struct framecode code;
    GArray *numbers; /* unsigned, as read from the pictures */
    GArray *sound;   /* int16_t, left */
};

static void see(struct frame_sink *sink, const AVFrame *frame)
{
    struct audience *audience = container_of(sink, struct audience, video);
    g_assert_cmpint(frame->time_base.den, ==, 1000000);
    g_assert_cmpint(frame->pts, >, audience->picture_us);
    g_assert_cmpint(++audience->in_this_poll, ==, 1);
    audience->pictures++;
    audience->picture_us = frame->pts;
    audience->width = frame->width;
    audience->height = frame->height;
    audience->format = frame->format;
    audience->coded = framecode_find(frame->data[0], frame->width, frame->height, frame->linesize[0], &audience->code,
                                     1) == 1;
    if (audience->coded)
        g_array_append_val(audience->numbers, audience->code.number);
}

static void hear(struct pcm_sink *sink, const int16_t *samples, int64_t pts_us)
{
    struct audience *audience = container_of(sink, struct audience, audio);
    if (audience->frames++)
        g_assert_cmpint(pts_us - audience->frame_us, ==, AUDIO_FRAME_US);
    audience->frame_us = pts_us;
    for (int i = 0; i < AUDIO_FRAME; i++)
        g_array_append_val(audience->sound, samples[2 * i]);
}

static const struct frame_sink_ops see_ops = { .push = see };
static const struct pcm_sink_ops hear_ops = { .push = hear };

static void audience_init(struct audience *audience)
{
    *audience = (struct audience){ .video = { &see_ops },
                                   .audio = { &hear_ops },
                                   .numbers = g_array_new(FALSE, FALSE, sizeof(unsigned)),
                                   .sound = g_array_new(FALSE, FALSE, sizeof(int16_t)) };
}

static void audience_finish(struct audience *audience)
{
    g_array_free(audience->numbers, TRUE);
    g_array_free(audience->sound, TRUE);
}

static unsigned number_at(const struct audience *audience, guint i)
{
    return g_array_index(audience->numbers, unsigned, i);
}

/* Share of the tone in the power of the last `ms` heard. */
static double tone_share(const struct audience *audience, int ms, double frequency)
{
    int count = ms * 48;
    g_assert_cmpint(audience->sound->len, >=, count);
    const int16_t *pcm = (const int16_t *)(void *)audience->sound->data + audience->sound->len - count;
    double sine = 0, cosine = 0, power = 0;
    for (int i = 0; i < count; i++) {
        sine += pcm[i] * sin(2 * G_PI * frequency * i / AUDIO_RATE);
        cosine += pcm[i] * cos(2 * G_PI * frequency * i / AUDIO_RATE);
        power += (double)pcm[i] * pcm[i];
    }
    return power > 0 ? 2 * (sine * sine + cosine * cosine) / count / power : 0;
}

/* Plays `ms` on a made-up clock that goes from deadline to deadline. A reader thread cannot be hurried that way, so the
 * clock is never faster than three times the real one. */
static int64_t play(struct capture *capture, struct audience *audience, int64_t now_us, int ms)
{
    int64_t until_us = now_us + ms * 1000;
    capture_set_sinks(capture, &audience->video, &audience->audio);
    while (now_us < until_us) {
        audience->in_this_poll = 0;
        capture_poll(capture, now_us);
        int64_t step_us = CLAMP(capture_deadline(capture) - now_us, 500, 10000);
        g_usleep((gulong)(step_us / 3));
        now_us += step_us;
    }
    return now_us;
}

static struct capture *open_or_fail(const struct capture_config *config)
{
    char *error = NULL;
    struct capture *capture = capture_open(config, &error);
    g_assert_cmpstr(error, ==, NULL);
    g_assert_nonnull(capture);
    return capture;
}

/* ---- the synthetic camera ---- */

static void synthetic_counts_its_pictures(void)
{
    struct capture *capture = open_or_fail(&(struct capture_config){ .source = 5, .width = 320, .height = 180 });
    struct audience audience;
    audience_init(&audience);
    int64_t start_us = g_get_monotonic_time();
    capture_set_sinks(capture, &audience.video, &audience.audio);
    for (int64_t now_us = start_us; now_us < start_us + 1000000; now_us += 5000) {
        audience.in_this_poll = 0;
        capture_poll(capture, now_us);
        g_assert_cmpint(capture_deadline(capture), >, now_us);
        g_assert_cmpint(capture_deadline(capture), <=, now_us + 20000);
    }
    g_assert_cmpint(audience.pictures, >=, 29);
    g_assert_cmpint(audience.pictures, <=, 31);
    g_assert_cmpuint(audience.numbers->len, ==, audience.pictures);
    for (guint i = 1; i < audience.numbers->len; i++)
        g_assert_cmpuint(number_at(&audience, i), ==, number_at(&audience, i - 1) + 1);
    g_assert_cmpuint(audience.code.source, ==, 5);
    g_assert_cmpfloat(tone_share(&audience, 500, 440 + 100), >, 0.99);
    int width, height;
    double fps;
    capture_format(capture, &width, &height, &fps);
    g_assert_true(width == 320 && height == 180 && fps == 30);
    audience_finish(&audience);
    capture_destroy(capture);
}

static void synthetic_skips_when_late(void)
{
    struct capture *capture = open_or_fail(&(struct capture_config){ .width = 320, .height = 180, .audio = "none" });
    struct audience audience;
    audience_init(&audience);
    capture_set_sinks(capture, &audience.video, &audience.audio);
    int64_t start_us = g_get_monotonic_time();
    capture_poll(capture, start_us);
    unsigned first = number_at(&audience, 0);
    audience.in_this_poll = 0;
    capture_poll(capture, start_us + 1000000);
    g_assert_cmpint(audience.pictures, ==, 2);
    g_assert_cmpuint(number_at(&audience, 1), ==, first + 30);
    g_assert_cmpint(audience.picture_us, <=, start_us + 1000000);
    g_assert_cmpint(audience.frames, ==, 0);
    capture_set_sinks(capture, NULL, NULL);
    capture_poll(capture, start_us + 2000000);
    audience_finish(&audience);
    capture_destroy(capture);
}

static void synthetic_refuses_what_it_cannot(void)
{
    static const struct capture_config wrong[] = {
        { .width = 100, .height = 100 },
        { .width = 1000000, .height = 720 },
        { .source = 16 },
        { .fps = 1000 },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++) {
        char *error = NULL;
        g_assert_null(capture_open(&wrong[i], &error));
        g_assert_nonnull(error);
        g_assert_true(g_pattern_match_simple("*cannot be made*", error));
        g_free(error);
    }
    g_test_assert_expected_messages();
    capture_destroy(NULL);
}

/* Of U, V and the light, mean difference; the strips and what stands beside them are left out. */
static double difference(const AVFrame *a, const AVFrame *b)
{
    double sum = 0;
    for (int plane = 0; plane < 3; plane++) {
        int width = plane ? a->width / 2 : a->width, height = plane ? a->height / 2 : a->height;
        for (int y = 0; y < height; y++)
            for (int x = width / 2; x < width; x++)
                sum += abs(a->data[plane][y * a->linesize[plane] + x] - b->data[plane][y * b->linesize[plane] + x]);
    }
    return sum / (a->width * a->height * 0.75);
}

/* Whoever looks at two of them knows which is which, and that neither stands still. */
static void synthetic_sources_differ_and_move(void)
{
    struct test_picture *pictures[16];
    AVFrame *shown[16];
    for (unsigned i = 0; i < G_N_ELEMENTS(pictures); i++) {
        pictures[i] = test_picture_create(320, 180, i);
        shown[i] = test_picture_draw(pictures[i], 1, 40);
        for (unsigned j = 0; j < i; j++)
            g_assert_cmpfloat(difference(shown[i], shown[j]), >, 2);
    }
    for (unsigned i = 0; i < G_N_ELEMENTS(pictures); i++) {
        AVFrame *next = test_picture_draw(pictures[i], 2, 41);
        g_assert_cmpfloat(difference(shown[i], next), >, 0.05);
        g_assert_cmpfloat(difference(shown[i], next), <, 2); /* somebody calm, in a room that stands */
        av_frame_free(&next);
        av_frame_free(&shown[i]);
        test_picture_destroy(pictures[i]);
    }
}

static void synthetic_is_cheap(void)
{
    struct capture *capture = open_or_fail(&(struct capture_config){ .audio = "none" });
    struct audience audience;
    audience_init(&audience);
    struct test_picture *picture = test_picture_create(1280, 720, 1);
    int64_t start_us = g_get_monotonic_time();
    for (unsigned i = 0; i < 60; i++) {
        AVFrame *frame = test_picture_draw(picture, i, i / 30.0);
        av_frame_free(&frame);
    }
    g_test_message("1280x720: %.2f ms a picture", (double)(g_get_monotonic_time() - start_us) / 60e3);
    test_picture_destroy(picture);
    audience_finish(&audience);
    capture_destroy(capture);
}

/* ---- films ---- */

enum { FILM_WIDTH = 320, FILM_HEIGHT = 180, FILM_FPS = 25 };

struct film {
    AVFormatContext *format;
    AVCodecContext *video, *audio;
    AVStream *video_stream, *audio_stream;
};

static void write_packets(struct film *film, AVCodecContext *encoder, const AVStream *stream, const AVFrame *frame)
{
    AVPacket *packet = av_packet_alloc();
    g_assert_cmpint(avcodec_send_frame(encoder, frame), >=, 0);
    while (avcodec_receive_packet(encoder, packet) >= 0) {
        packet->stream_index = stream->index;
        av_packet_rescale_ts(packet, encoder->time_base, stream->time_base);
        g_assert_cmpint(av_interleaved_write_frame(film->format, packet), >=, 0);
    }
    av_packet_free(&packet);
}

static AVStream *add_stream(struct film *film, AVCodecContext *encoder)
{
    if (film->format->oformat->flags & AVFMT_GLOBALHEADER)
        encoder->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
    g_assert_cmpint(avcodec_open2(encoder, NULL, NULL), >=, 0);
    AVStream *stream = avformat_new_stream(film->format, NULL);
    avcodec_parameters_from_context(stream->codecpar, encoder);
    stream->time_base = encoder->time_base;
    return stream;
}

static void add_video(struct film *film, int fps, bool b_frames)
{
    film->video = avcodec_alloc_context3(avcodec_find_encoder(AV_CODEC_ID_MPEG4));
    film->video->width = FILM_WIDTH;
    film->video->height = FILM_HEIGHT;
    film->video->pix_fmt = AV_PIX_FMT_YUV420P;
    film->video->time_base = (AVRational){ 1, fps };
    film->video->framerate = (AVRational){ fps, 1 };
    film->video->gop_size = 12;
    film->video->max_b_frames = b_frames ? 2 : 0;
    film->video->bit_rate = 4000000;
    film->video_stream = add_stream(film, film->video);
    film->video_stream->avg_frame_rate = film->video->framerate;
}

static void add_audio(struct film *film)
{
    film->audio = avcodec_alloc_context3(avcodec_find_encoder(AV_CODEC_ID_PCM_S16LE));
    film->audio->sample_rate = 44100;
    film->audio->sample_fmt = AV_SAMPLE_FMT_S16;
    av_channel_layout_default(&film->audio->ch_layout, 1);
    film->audio->time_base = (AVRational){ 1, 44100 };
    film->audio_stream = add_stream(film, film->audio);
}

static void write_pictures(struct film *film, int count)
{
    struct test_picture *picture = test_picture_create(FILM_WIDTH, FILM_HEIGHT, 7);
    for (int i = 0; i < count; i++) {
        AVFrame *frame = test_picture_draw(picture, (unsigned)i, i / 25.0);
        frame->pts = i;
        write_packets(film, film->video, film->video_stream, frame);
        av_frame_free(&frame);
    }
    write_packets(film, film->video, film->video_stream, NULL);
    test_picture_destroy(picture);
}

/* 1000 Hz, mono. */
static void write_sound(struct film *film, int ms)
{
    for (int64_t at = 0; at < (int64_t)ms * 441 / 10; at += 441) {
        AVFrame *frame = av_frame_alloc();
        frame->format = AV_SAMPLE_FMT_S16;
        frame->sample_rate = 44100;
        frame->nb_samples = 441;
        av_channel_layout_default(&frame->ch_layout, 1);
        g_assert_cmpint(av_frame_get_buffer(frame, 0), >=, 0);
        for (int i = 0; i < 441; i++)
            ((int16_t *)(void *)frame->data[0])[i] = (int16_t)lrint(8000 *
                                                                    sin(2 * G_PI * 1000 * (double)(at + i) / 44100));
        frame->pts = at;
        write_packets(film, film->audio, film->audio_stream, frame);
        av_frame_free(&frame);
    }
}

/* `pictures` pictures and `sound_ms` of sound, either may be none. */
static void make_film_as(const char *container, const char *path, int pictures, int fps, int sound_ms)
{
    struct film film = { 0 };
    g_assert_cmpint(avformat_alloc_output_context2(&film.format, NULL, container, path), >=, 0);
    if (pictures)
        add_video(&film, fps, true);
    if (sound_ms)
        add_audio(&film);
    g_assert_cmpint(avio_open(&film.format->pb, path, AVIO_FLAG_WRITE), >=, 0);
    g_assert_cmpint(avformat_write_header(film.format, NULL), >=, 0);
    if (pictures)
        write_pictures(&film, pictures);
    if (sound_ms)
        write_sound(&film, sound_ms);
    g_assert_cmpint(av_write_trailer(film.format), >=, 0);
    avio_closep(&film.format->pb);
    avcodec_free_context(&film.video);
    avcodec_free_context(&film.audio);
    avformat_free_context(film.format);
}

static void make_film(const char *path, int pictures, int fps, int sound_ms)
{
    make_film_as("matroska", path, pictures, fps, sound_ms);
}

struct folder {
    char *path, *film;
};

static struct folder folder_create(void)
{
    struct folder folder;
    folder.path = g_dir_make_tmp("callapi-capture-XXXXXX", NULL);
    g_assert_nonnull(folder.path);
    folder.film = g_build_filename(folder.path, "a: film.mkv", NULL);
    return folder;
}

static void folder_destroy(struct folder *folder)
{
    g_unlink(folder->film);
    g_rmdir(folder->path);
    g_free(folder->film);
    g_free(folder->path);
}

/* Numbers go up and begin again; a loaded machine may skip some. */
static void assert_laps(const struct audience *audience, unsigned length, guint laps)
{
    guint turns = 0;
    for (guint i = 1; i < audience->numbers->len; i++) {
        unsigned before = number_at(audience, i - 1), step = (number_at(audience, i) + length - before) % length;
        turns += number_at(audience, i) < before;
        g_assert_cmpuint(step, <=, 5);
        g_assert_cmpuint(step, >=, 1);
    }
    g_assert_cmpuint(turns, ==, laps);
}

static void film_plays_and_loops(void)
{
    struct folder folder = folder_create();
    make_film(folder.film, 30, FILM_FPS, 1200);
    struct capture *capture = open_or_fail(&(struct capture_config){ .file = folder.film });
    int width, height;
    double fps;
    capture_format(capture, &width, &height, &fps);
    g_assert_true(width == FILM_WIDTH && height == FILM_HEIGHT && fabs(fps - FILM_FPS) < 0.5);
    struct audience audience;
    audience_init(&audience);
    int64_t start_us = g_get_monotonic_time();
    play(capture, &audience, start_us, 3000);
    g_test_message("%d pictures, %u read, %d frames of sound", audience.pictures, audience.numbers->len,
                   audience.frames);
    assert_laps(&audience, 30, 2);
    g_assert_cmpint(audience.picture_us, <=, start_us + 3000000);
    g_assert_cmpint(audience.pictures, <=, 76);
    g_assert_cmpint(audience.frames, ==, 149);
    g_assert_cmpfloat(tone_share(&audience, 500, 1000), >, 0.95);
    g_assert_cmpuint(audience.code.source, ==, 7);
    audience_finish(&audience);
    capture_destroy(capture);
    folder_destroy(&folder);
}

static void other_containers_loop(void)
{
    static const char *const containers[] = { "mpegts", "mov", "avi" };
    for (size_t i = 0; i < G_N_ELEMENTS(containers); i++) {
        struct folder folder = folder_create();
        make_film_as(containers[i], folder.film, 30, FILM_FPS, 0);
        struct capture *capture = open_or_fail(&(struct capture_config){ .file = folder.film, .audio = "none" });
        struct audience audience;
        audience_init(&audience);
        play(capture, &audience, g_get_monotonic_time(), 1900);
        g_test_message("%s: %d pictures", containers[i], audience.pictures);
        assert_laps(&audience, 30, 1);
        audience_finish(&audience);
        capture_destroy(capture);
        folder_destroy(&folder);
    }
}

/* The sound is half as long as the pictures: silence follows it, and each lap begins with both. */
static void streams_of_different_length(void)
{
    struct folder folder = folder_create();
    make_film(folder.film, 50, FILM_FPS, 1000);
    struct capture *capture = open_or_fail(&(struct capture_config){ .file = folder.film });
    struct audience audience;
    audience_init(&audience);
    int64_t now_us = play(capture, &audience, g_get_monotonic_time(), 900);
    g_assert_cmpfloat(tone_share(&audience, 400, 1000), >, 0.95);
    now_us = play(capture, &audience, now_us, 1000);
    g_assert_cmpfloat(tone_share(&audience, 400, 1000), ==, 0);
    play(capture, &audience, now_us, 900);
    g_assert_cmpfloat(tone_share(&audience, 400, 1000), >, 0.95);
    audience_finish(&audience);
    capture_destroy(capture);
    folder_destroy(&folder);
}

static void sound_as_configured(void)
{
    struct folder folder = folder_create();
    make_film(folder.film, 30, FILM_FPS, 1200);
    static const char *const audio[] = { "tone", "none" };
    for (size_t i = 0; i < G_N_ELEMENTS(audio); i++) {
        struct capture *capture = open_or_fail(&(struct capture_config){ .file = folder.film, .audio = audio[i] });
        struct audience audience;
        audience_init(&audience);
        play(capture, &audience, g_get_monotonic_time(), 700);
        if (i == 0)
            g_assert_cmpfloat(tone_share(&audience, 300, 440), >, 0.95);
        else
            g_assert_cmpint(audience.frames, ==, 0);
        audience_finish(&audience);
        capture_destroy(capture);
    }
    g_unlink(folder.film);
    make_film(folder.film, 30, FILM_FPS, 0);
    struct capture *capture = open_or_fail(&(struct capture_config){ .file = folder.film, .source = 2 });
    struct audience audience;
    audience_init(&audience);
    play(capture, &audience, g_get_monotonic_time(), 700);
    g_assert_cmpint(audience.frames, >, 20); /* silence: the tone is the synthetic camera's */
    for (guint i = 0; i < audience.sound->len; i++)
        g_assert_cmpint(g_array_index(audience.sound, int16_t, i), ==, 0);
    audience_finish(&audience);
    capture_destroy(capture);
    folder_destroy(&folder);
}

static void *write_film(void *user_data)
{
    const struct folder *folder = user_data;
    g_autofree char *bytes = NULL, *pipe = g_strconcat(folder->film, ".pipe", NULL);
    size_t size;
    g_assert_true(g_file_get_contents(folder->film, &bytes, &size, NULL));
    g_usleep(200000);
    FILE *out = fopen(pipe, "wb");
    g_assert_nonnull(out);
    fwrite(bytes, 1, size, out);
    fclose(out);
    return NULL;
}

static void a_film_comes_through_a_pipe(void)
{
    struct folder folder = folder_create();
    struct audience audience;
    g_autofree char *pipe = g_strconcat(folder.film, ".pipe", NULL);
    signal(SIGPIPE, SIG_IGN);
    make_film(folder.film, 30, FILM_FPS, 0);
    g_assert_cmpint(mkfifo(pipe, 0600), ==, 0);
    GThread *writer = g_thread_new("writer", write_film, &folder);
    audience_init(&audience);
    struct capture *capture = open_or_fail(&(struct capture_config){ .file = pipe });
    play(capture, &audience, g_get_monotonic_time(), 700);
    g_assert_cmpuint(audience.numbers->len, >, 5);
    capture_destroy(capture);
    g_thread_join(writer);
    audience_finish(&audience);
    g_unlink(pipe);
    folder_destroy(&folder);
}

static void late_loop_skips(void)
{
    struct folder folder = folder_create();
    make_film(folder.film, 100, FILM_FPS, 0);
    struct capture *capture = open_or_fail(&(struct capture_config){ .file = folder.film, .audio = "none" });
    struct audience audience;
    audience_init(&audience);
    int64_t now_us = play(capture, &audience, g_get_monotonic_time(), 400);
    int before = audience.pictures;
    g_usleep(50000);
    audience.in_this_poll = 0;
    capture_poll(capture, now_us + 240000);
    g_assert_cmpint(audience.pictures, ==, before + 1);
    now_us = play(capture, &audience, now_us + 5000000, 300); /* a long stall: goes on where it was */
    g_assert_cmpint(audience.pictures, >, before + 2);
    g_assert_cmpuint(audience.code.number, <, 60);
    audience_finish(&audience);
    capture_destroy(capture);
    folder_destroy(&folder);
}

static void fast_film_is_thinned(void)
{
    struct folder folder = folder_create();
    make_film(folder.film, 240, 120, 0);
    struct capture *capture = open_or_fail(&(struct capture_config){ .file = folder.film, .audio = "none" });
    struct audience audience;
    audience_init(&audience);
    play(capture, &audience, g_get_monotonic_time(), 1000);
    g_assert_cmpint(audience.pictures, <=, 62);
    g_assert_cmpint(audience.pictures, >=, 20);
    audience_finish(&audience);
    capture_destroy(capture);
    folder_destroy(&folder);
}

static void still_picture_is_repeated(void)
{
    struct folder folder = folder_create();
    make_film(folder.film, 1, FILM_FPS, 0);
    struct capture *capture = open_or_fail(&(struct capture_config){ .file = folder.film, .audio = "none" });
    struct audience audience;
    audience_init(&audience);
    play(capture, &audience, g_get_monotonic_time(), 1000);
    g_assert_cmpint(audience.pictures, >=, 8);
    g_assert_cmpint(audience.pictures, <=, 11);
    audience_finish(&audience);
    capture_destroy(capture);
    folder_destroy(&folder);
}

/* ---- what is no film ---- */

static void assert_refused(const struct capture_config *config, const char *pattern)
{
    char *error = NULL;
    g_assert_null(capture_open(config, &error));
    g_assert_nonnull(error);
    g_assert_true(g_pattern_match_simple(pattern, error));
    g_test_message("%s", error);
    g_free(error);
}

static void assert_bytes_refused(const char *suffix, const char *bytes, gssize size)
{
    struct folder folder = folder_create();
    g_free(folder.film);
    folder.film = g_strconcat(folder.path, "/no-film", suffix, NULL);
    g_assert_true(g_file_set_contents(folder.film, bytes, size, NULL));
    assert_refused(&(struct capture_config){ .file = folder.film }, "*cannot be*");
    folder_destroy(&folder);
}

static void garbage_is_refused_in_words(void)
{
    uint32_t seed = g_test_rand_int();
    g_test_message("seed %u", seed);
    g_autoptr(GRand) random = g_rand_new_with_seed(seed);
    char bytes[20000];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (char)g_rand_int(random);
    static const char *const suffixes[] = { ".mp4", ".mkv", ".ts", "" };
    for (size_t i = 0; i < G_N_ELEMENTS(suffixes); i++)
        assert_bytes_refused(suffixes[i], bytes, sizeof bytes);
    assert_bytes_refused(".mp4", "", 0);
    static const char text[] = "Dear reader,\nthis is a letter.\nIt has lines and words, and no pictures.\n";
    assert_bytes_refused(".txt", text, -1);
    assert_bytes_refused(".mp4", text, -1);
    assert_refused(&(struct capture_config){ .file = "/nonexistent/film.mp4" }, "*No such file*");
    assert_refused(&(struct capture_config){ .file = g_get_tmp_dir() }, "*cannot be*");
    assert_refused(&(struct capture_config){ .file = "" }, "*cannot be*");
}

static void sound_alone_is_refused(void)
{
    struct folder folder = folder_create();
    make_film(folder.film, 0, FILM_FPS, 500);
    assert_refused(&(struct capture_config){ .file = folder.film }, "*no moving picture*");
    folder_destroy(&folder);
}

/* Bits fall over anywhere in the film: whatever it gives, it ends. */
static void damaged_films_are_borne(void)
{
    uint32_t seed = g_test_rand_int();
    g_test_message("seed %u", seed);
    g_autoptr(GRand) random = g_rand_new_with_seed(seed);
    struct folder folder = folder_create();
    make_film(folder.film, 30, FILM_FPS, 1200);
    g_autofree char *bytes = NULL;
    size_t size;
    g_assert_true(g_file_get_contents(folder.film, &bytes, &size, NULL));
    for (int round = 0; round < 6; round++) {
        g_autofree char *damaged = g_memdup2(bytes, size);
        for (int i = 0; i < 40 << round; i++)
            damaged[g_rand_int_range(random, 0, (int32_t)size)] = (char)g_rand_int(random);
        g_assert_true(g_file_set_contents(folder.film, damaged, (gssize)size / (1 + round % 2), NULL));
        g_log_set_always_fatal(G_LOG_FATAL_MASK);
        struct capture *capture = capture_open(&(struct capture_config){ .file = folder.film }, NULL);
        if (!capture)
            continue;
        struct audience audience;
        audience_init(&audience);
        play(capture, &audience, g_get_monotonic_time(), 300);
        audience_finish(&audience);
        capture_destroy(capture);
    }
    folder_destroy(&folder);
}

/* ---- devices ---- */

static void device_delivers(void)
{
    struct capture_config config = { .camera = "lavfi:testsrc=size=640x360:rate=30", .audio = "none" };
    struct capture *capture = open_or_fail(&config);
    int width, height;
    double fps;
    capture_format(capture, &width, &height, &fps);
    g_assert_true(width == 640 && height == 360 && fps == 30);
    struct audience audience;
    audience_init(&audience);
    play(capture, &audience, g_get_monotonic_time(), 1000);
    g_assert_cmpint(audience.pictures, >=, 10);
    g_assert_cmpint(audience.pictures, <=, 31);
    audience_finish(&audience);
    capture_destroy(capture);
}

static void missing_device_is_told_in_words(void)
{
    assert_refused(&(struct capture_config){ .camera = "/dev/video77" }, "*camera /dev/video77 cannot be opened*");
    assert_refused(&(struct capture_config){ .camera = "v4l2:/dev/null" }, "*camera v4l2:/dev/null cannot be opened*");
    assert_refused(&(struct capture_config){ .camera = "lavfi:nonsense" }, "*cannot be opened*");
}

/* As a camera of another group is: words about what to do. Root reads all, so somebody else looks. */
static void forbidden_device_is_told_in_words(void)
{
    if (geteuid() == 0)
        g_assert_cmpint(seteuid(65534), ==, 0);
    struct capture_failure failure = { 0 };
    g_assert_null(capture_device_open(&(struct capture_config){ .camera = "v4l2:/proc/1/mem" }, &failure));
    if (getuid() == 0)
        g_assert_cmpint(seteuid(0), ==, 0);
    g_assert_cmpint(failure.trouble, ==, CAPTURE_FORBIDDEN);
    g_assert_nonnull(strstr(failure.words, "group video"));
    g_free(failure.words);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    av_log_set_level(AV_LOG_QUIET);
    g_test_add_func("/capture/synthetic/numbers", synthetic_counts_its_pictures);
    g_test_add_func("/capture/synthetic/late", synthetic_skips_when_late);
    g_test_add_func("/capture/synthetic/refuses", synthetic_refuses_what_it_cannot);
    g_test_add_func("/capture/synthetic/scene", synthetic_sources_differ_and_move);
    g_test_add_func("/capture/synthetic/cost", synthetic_is_cheap);
    g_test_add_func("/capture/film/loops", film_plays_and_loops);
    g_test_add_func("/capture/film/containers", other_containers_loop);
    g_test_add_func("/capture/film/lengths", streams_of_different_length);
    g_test_add_func("/capture/film/sound", sound_as_configured);
    g_test_add_func("/capture/film/pipe", a_film_comes_through_a_pipe);
    g_test_add_func("/capture/film/late", late_loop_skips);
    g_test_add_func("/capture/film/fast", fast_film_is_thinned);
    g_test_add_func("/capture/film/still", still_picture_is_repeated);
    g_test_add_func("/capture/refused/garbage", garbage_is_refused_in_words);
    g_test_add_func("/capture/refused/sound", sound_alone_is_refused);
    g_test_add_func("/capture/refused/damaged", damaged_films_are_borne);
    g_test_add_func("/capture/device/delivers", device_delivers);
    g_test_add_func("/capture/device/forbidden", forbidden_device_is_told_in_words);
    g_test_add_func("/capture/device/missing", missing_device_is_told_in_words);
    return g_test_run();
}
