/* Films and photos as they are meant to be seen: turned films upright, anamorphic ones as wide as they are, woven
 * fields undone. */
#include <glib.h>
#include <glib/gstdio.h>
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <stdlib.h>
#include <string.h>

#include "engine/capture/capture.h"

enum { WIDTH = 320, HEIGHT = 180, LIGHT = 200, DARK = 50, PICTURES = 12 };

/* ---- films of a light left half and a dark right one ---- */

struct film {
    const char *container;
    enum AVCodecID codec;
    AVRational pixel_aspect;
    bool woven; /* the edge moves from field to field */
};

static void paint(AVFrame *frame, int number, bool woven)
{
    for (int y = 0; y < HEIGHT; y++) {
        int edge = woven ? 40 + 16 * number + 8 * (y & 1) : WIDTH / 2;
        memset(frame->data[0] + y * frame->linesize[0], LIGHT, (size_t)edge);
        memset(frame->data[0] + y * frame->linesize[0] + edge, DARK, (size_t)(WIDTH - edge));
    }
    for (int plane = 1; plane < 3; plane++)
        memset(frame->data[plane], 128, (size_t)frame->linesize[plane] * (HEIGHT / 2));
}

static AVFrame *make_picture(enum AVPixelFormat format, int number, bool woven)
{
    AVFrame *frame = av_frame_alloc();
    frame->format = format;
    frame->width = WIDTH;
    frame->height = HEIGHT;
    frame->pts = number;
    g_assert_cmpint(av_frame_get_buffer(frame, 0), >=, 0);
    paint(frame, number, woven);
    return frame;
}

static AVCodecContext *open_encoder(const struct film *film)
{
    AVCodecContext *encoder = avcodec_alloc_context3(avcodec_find_encoder(film->codec));
    encoder->width = WIDTH;
    encoder->height = HEIGHT;
    encoder->pix_fmt = film->codec == AV_CODEC_ID_MJPEG ? AV_PIX_FMT_YUVJ420P : AV_PIX_FMT_YUV420P;
    encoder->time_base = (AVRational){ 1, 25 };
    encoder->framerate = (AVRational){ 25, 1 };
    encoder->sample_aspect_ratio = film->pixel_aspect;
    encoder->bit_rate = 8000000;
    encoder->flags |= AV_CODEC_FLAG_GLOBAL_HEADER |
                      (film->woven ? AV_CODEC_FLAG_INTERLACED_DCT | AV_CODEC_FLAG_INTERLACED_ME : 0);
    g_assert_cmpint(avcodec_open2(encoder, NULL, NULL), >=, 0);
    return encoder;
}

static void write_picture(AVFormatContext *format, AVCodecContext *encoder, const AVFrame *frame)
{
    AVPacket *packet = av_packet_alloc();
    g_assert_cmpint(avcodec_send_frame(encoder, frame), >=, 0);
    while (avcodec_receive_packet(encoder, packet) >= 0) {
        av_packet_rescale_ts(packet, encoder->time_base, format->streams[0]->time_base);
        g_assert_cmpint(av_write_frame(format, packet), >=, 0);
    }
    av_packet_free(&packet);
}

static void make_film(const char *path, const struct film *film)
{
    AVFormatContext *format = NULL;
    g_assert_cmpint(avformat_alloc_output_context2(&format, NULL, film->container, path), >=, 0);
    AVCodecContext *encoder = open_encoder(film);
    AVStream *stream = avformat_new_stream(format, NULL);
    avcodec_parameters_from_context(stream->codecpar, encoder);
    stream->sample_aspect_ratio = film->pixel_aspect;
    stream->time_base = encoder->time_base;
    g_assert_cmpint(avio_open(&format->pb, path, AVIO_FLAG_WRITE), >=, 0);
    g_assert_cmpint(avformat_write_header(format, NULL), >=, 0);
    for (int i = 0; i < PICTURES; i++) {
        AVFrame *frame = make_picture(encoder->pix_fmt, i, film->woven);
        write_picture(format, encoder, frame);
        av_frame_free(&frame);
    }
    write_picture(format, encoder, NULL);
    g_assert_cmpint(av_write_trailer(format), >=, 0);
    avio_closep(&format->pb);
    avcodec_free_context(&encoder);
    avformat_free_context(format);
}

/* ISO 14496-12, 8.3.2: the matrix of a track header, as a phone writes it. */
static void turn_film(const char *path, const int8_t directions[4])
{
    char *bytes;
    size_t length;
    g_assert_true(g_file_get_contents(path, &bytes, &length, NULL));
    char *header = bytes;
    while (memcmp(header, "tkhd", 4) != 0)
        g_assert_cmpint(++header - bytes, <, length - 80);
    static const int at[] = { 0, 1, 3, 4 };
    for (int i = 0; i < 4; i++) {
        int32_t fixed = GINT32_TO_BE(directions[i] * 65536);
        memcpy(header + 44 + 4 * at[i], &fixed, sizeof fixed);
    }
    g_assert_true(g_file_set_contents(path, bytes, (gssize)length, NULL));
    g_free(bytes);
}

/* A photo that says how the camera was held: Exif, tag 0x112. */
static void make_photo(const char *path, uint8_t orientation)
{
    AVCodecContext *encoder = open_encoder(&(struct film){ .codec = AV_CODEC_ID_MJPEG });
    AVFrame *frame = make_picture(AV_PIX_FMT_YUVJ420P, 0, false);
    AVPacket *packet = av_packet_alloc();
    g_assert_cmpint(avcodec_send_frame(encoder, frame), >=, 0);
    g_assert_cmpint(avcodec_receive_packet(encoder, packet), >=, 0);
    const uint8_t exif[] = { 0xFF, 0xD8, 0xFF, 0xE1, 0,           34, 'E', 'x', 'i', 'f',  0, 0, 'I',
                             'I',  42,   0,    8,    0,           0,  0,   1,   0,   0x12, 1, 3, 0,
                             1,    0,    0,    0,    orientation, 0,  0,   0,   0,   0,    0, 0 };
    GByteArray *photo = g_byte_array_new();
    g_byte_array_append(photo, exif, sizeof exif);
    g_byte_array_append(photo, packet->data + 2, (guint)packet->size - 2);
    g_assert_true(g_file_set_contents(path, (const char *)photo->data, photo->len, NULL));
    g_byte_array_unref(photo);
    av_packet_free(&packet);
    av_frame_free(&frame);
    avcodec_free_context(&encoder);
}

/* ---- what is sent of them ---- */

struct audience {
    struct frame_sink sink;
    AVFrame *seen; /* the last */
    int pictures, most_combed;
};

/* Pixels that differ from both neighbours above and below, in the same direction. */
static int combed(const AVFrame *frame)
{
    int count = 0;
    for (int y = 1; y < frame->height - 1; y++)
        for (int x = 0; x < frame->width; x++) {
            const uint8_t *pixel = frame->data[0] + y * frame->linesize[0] + x;
            int above = pixel[0] - pixel[-frame->linesize[0]], below = pixel[0] - pixel[frame->linesize[0]];
            count += abs(above) > 60 && abs(below) > 60 && (above > 0) == (below > 0);
        }
    return count;
}

static void see(struct frame_sink *sink, const AVFrame *frame)
{
    struct audience *audience = container_of(sink, struct audience, sink);
    av_frame_unref(audience->seen);
    g_assert_cmpint(av_frame_ref(audience->seen, frame), ==, 0);
    audience->pictures++;
    audience->most_combed = MAX(audience->most_combed, combed(frame));
}

static const struct frame_sink_ops see_ops = { .push = see };

static struct audience watch(const char *path, int pictures)
{
    struct audience audience = { .sink.ops = &see_ops, .seen = av_frame_alloc() };
    struct capture *capture = capture_open(&(struct capture_config){ .file = path, .audio = "none" }, NULL);
    g_assert_nonnull(capture);
    capture_set_sinks(capture, &audience.sink, NULL);
    for (int64_t now_us = g_get_monotonic_time(); audience.pictures < pictures; now_us += 10000) {
        capture_poll(capture, now_us);
        g_usleep(1000);
    }
    int width, height;
    double fps;
    capture_format(capture, &width, &height, &fps);
    g_assert_cmpint(width, ==, audience.seen->width);
    g_assert_cmpint(height, ==, audience.seen->height);
    capture_destroy(capture);
    return audience;
}

/* `where`: where the light half is, "left", "right", "top" or "bottom". */
static void assert_light(const AVFrame *frame, const char *where)
{
    static const struct {
        const char *name;
        int x, y;
    } sides[] = { { "left", 1, 2 }, { "right", 3, 2 }, { "top", 2, 1 }, { "bottom", 2, 3 } };
    for (size_t i = 0; i < G_N_ELEMENTS(sides); i++)
        if (!strcmp(sides[i].name, where))
            g_assert_cmpint(
                frame->data[0][frame->height * sides[i].y / 4 * frame->linesize[0] + frame->width * sides[i].x / 4], >,
                150);
    bool upright = !strcmp(where, "top") || !strcmp(where, "bottom");
    g_assert_cmpint(frame->width, ==, upright ? HEIGHT : WIDTH);
    g_assert_cmpint(frame->height, ==, upright ? WIDTH : HEIGHT);
}

struct folder {
    char *path, *film;
};

static void set_up(struct folder *folder, gconstpointer name)
{
    folder->path = g_dir_make_tmp("callapi-shapes-XXXXXX", NULL);
    folder->film = g_build_filename(folder->path, name, NULL);
}

static void tear_down(struct folder *folder, gconstpointer name)
{
    (void)name;
    g_unlink(folder->film);
    g_rmdir(folder->path);
    g_free(folder->film);
    g_free(folder->path);
}

static void turned_film_is_upright(struct folder *folder, gconstpointer name)
{
    (void)name;
    static const struct {
        int8_t matrix[4];
        const char *light;
    } turns[] = {
        { { 1, 0, 0, 1 }, "left" },     { { 0, 1, -1, 0 }, "top" },   { { -1, 0, 0, -1 }, "right" },
        { { 0, -1, 1, 0 }, "bottom" },  { { -1, 0, 0, 1 }, "right" }, { { 0, 1, 1, 0 }, "top" },
        { { 0, -1, -1, 0 }, "bottom" }, { { 0, 0, 0, 0 }, "left" },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(turns); i++) {
        make_film(folder->film, &(struct film){ .container = "mov", .codec = AV_CODEC_ID_MPEG4 });
        turn_film(folder->film, turns[i].matrix);
        struct audience audience = watch(folder->film, PICTURES + 2); /* into its second lap */
        assert_light(audience.seen, turns[i].light);
        av_frame_free(&audience.seen);
    }
}

static void turned_photo_is_upright(struct folder *folder, gconstpointer name)
{
    (void)name;
    static const char *const light[] = { [1] = "left", [2] = "right", [3] = "right", [6] = "top", [8] = "bottom" };
    for (uint8_t orientation = 1; orientation < G_N_ELEMENTS(light); orientation++) {
        if (!light[orientation])
            continue;
        make_photo(folder->film, orientation);
        struct audience audience = watch(folder->film, 2);
        assert_light(audience.seen, light[orientation]);
        av_frame_free(&audience.seen);
    }
}

static void anamorphic_film_is_as_wide_as_it_is(struct folder *folder, gconstpointer name)
{
    (void)name;
    make_film(folder->film,
              &(struct film){ .container = "matroska", .codec = AV_CODEC_ID_MPEG4, .pixel_aspect = { 3, 2 } });
    struct audience audience = watch(folder->film, 3);
    g_assert_cmpint(audience.seen->width, ==, 480);
    g_assert_cmpint(audience.seen->height, ==, HEIGHT);
    g_assert_cmpint(audience.seen->data[0][90 * audience.seen->linesize[0] + 230], >, 150);
    g_assert_cmpint(audience.seen->data[0][90 * audience.seen->linesize[0] + 250], <, 100);
    av_frame_free(&audience.seen);
}

static void woven_fields_are_undone(struct folder *folder, gconstpointer name)
{
    (void)name;
    make_film(folder->film, &(struct film){ .container = "matroska", .codec = AV_CODEC_ID_MPEG4, .woven = true });
    struct audience audience = watch(folder->film, PICTURES);
    g_assert_cmpint(audience.most_combed, <, 100); /* of about 1400 */
    g_assert_cmpint(audience.seen->height, ==, HEIGHT);
    av_frame_free(&audience.seen);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    av_log_set_level(AV_LOG_QUIET);
    g_test_add("/shapes/turned-film", struct folder, "film.mov", set_up, turned_film_is_upright, tear_down);
    g_test_add("/shapes/turned-photo", struct folder, "photo.jpg", set_up, turned_photo_is_upright, tear_down);
    g_test_add("/shapes/anamorphic", struct folder, "film.mkv", set_up, anamorphic_film_is_as_wide_as_it_is, tear_down);
    g_test_add("/shapes/interlaced", struct folder, "film.mkv", set_up, woven_fields_are_undone, tear_down);
    return g_test_run();
}
