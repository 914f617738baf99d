/* Work to count instructions of: instructions WORK WIDTHxHEIGHT PICTURES. All that is prepared for it is the same for
 * every number of pictures, up to MOST, so that the difference between two runs is that of the pictures alone. Part of
 * ./run bench instructions.
 *
 * encode-h264, encode-vp8, decode-h264, decode-vp8: as the program opens its software codecs; the synthetic camera's
 * pictures with a sensor's noise, there and back, so that one follows the other as in a film. draw, draw-1080: a call's
 * screen in SDL's software renderer, in a window of 1280x720 or 1920x1080. */
#include <glib.h>
#include <libavcodec/avcodec.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drawing_stage.h"
#include "engine/media/objects.h"
#include "engine/synthetic/test_picture.h"
#include "engine/video/decoder.h"
#include "engine/video/encoder.h"

enum { FILM = 20, MOST = 40, FPS = 30 };
static const double BITS_PER_PIXEL = 0.0723; /* 2 Mbit/s at 1280x720, 30 a second */

struct work {
    const char *name;
    int width, height, pictures;
    struct packet_sink packets; /* of the encoder */
    struct frame_sink frames;   /* of the decoder */
    AVFrame *film[FILM];
    GPtrArray *encoded; /* AVPacket */
    AVCodecParameters *parameters;
    int decoded;
};

/* ---- what codecs bring ---- */

static void open_stream(struct packet_sink *sink, const AVCodecParameters *parameters)
{
    avcodec_parameters_copy(container_of(sink, struct work, packets)->parameters, parameters);
}

static void keep(struct packet_sink *sink, const AVPacket *packet)
{
    g_ptr_array_add(container_of(sink, struct work, packets)->encoded, av_packet_clone(packet));
}

static void ignore_loss(struct packet_sink *sink)
{
    (void)sink;
}

static void count(struct frame_sink *sink, const AVFrame *frame)
{
    (void)frame;
    container_of(sink, struct work, frames)->decoded++;
}

static void ignore_wish(void *user_data)
{
    (void)user_data;
}

/* ---- the works ---- */

/* As a camera's sensor has it: without, the room behind the sitter would cost nothing. */
static void add_noise(AVFrame *frame, GRand *chance)
{
    for (int y = 0; y < frame->height; y++)
        for (int x = 0; x < frame->width; x++) {
            uint8_t *luma = &frame->data[0][y * frame->linesize[0] + x];
            guint32 bits = g_rand_int(chance);
            *luma = (uint8_t)CLAMP(*luma + (int)(bits & 3) - (int)(bits >> 2 & 3), 0, 255);
        }
}

static void make_film(struct work *work)
{
    struct test_picture *camera = test_picture_create(work->width, work->height, 1);
    g_autoptr(GRand) chance = g_rand_new_with_seed(1);
    for (int i = 0; i < FILM; i++) {
        work->film[i] = test_picture_draw(camera, (unsigned)i, i / (double)FPS);
        add_noise(work->film[i], chance);
    }
    test_picture_destroy(camera);
}

static AVFrame *picture_of(const struct work *work, int number)
{
    int at = number % (2 * FILM - 2);
    AVFrame *frame = work->film[at < FILM ? at : 2 * FILM - 2 - at];
    frame->pts = (int64_t)number * G_USEC_PER_SEC / FPS;
    return frame;
}

static void encode(struct work *work, enum AVCodecID codec, int pictures)
{
    struct video_encoder_config config = { .codec = codec,
                                           .width = work->width,
                                           .height = work->height,
                                           .fps = FPS,
                                           .colour = colour_by_height(work->height),
                                           .bit_rate = (int64_t)(BITS_PER_PIXEL * FPS * work->width * work->height),
                                           .next = &work->packets };
    struct video_encoder *encoder = video_encoder_create(&config);
    for (int i = 0; i < pictures; i++)
        video_encoder_sink(encoder)->ops->push(video_encoder_sink(encoder), picture_of(work, i));
    video_encoder_destroy(encoder);
    g_assert_cmpuint(work->encoded->len, ==, (unsigned)pictures);
}

static void decode(struct work *work, enum AVCodecID codec)
{
    static const struct video_decoder_listener listener = { .key_frame_needed = ignore_wish };
    encode(work, codec, MOST);
    struct video_decoder *decoder = video_decoder_create(NULL, &work->frames, &listener);
    struct packet_sink *sink = video_decoder_sink(decoder);
    sink->ops->open(sink, work->parameters);
    for (int i = 0; i < work->pictures; i++)
        sink->ops->push(sink, work->encoded->pdata[i]);
    video_decoder_destroy(decoder);
    g_assert_cmpint(work->decoded, ==, work->pictures);
}

static void draw(const struct work *work, int width, int height)
{
    struct drawing_stage stage;
    g_autoptr(GPtrArray) people = g_ptr_array_new();
    drawing_stage_open(&stage, width, height, work->width, work->height);
    for (int i = 0; i < work->pictures; i++)
        drawing_stage_draw(&stage, drawing_stage_screen("call"), people, i);
    drawing_stage_close(&stage);
}

static bool run(struct work *work)
{
    const char *name = work->name;
    if (!strcmp(name, "encode-h264") || !strcmp(name, "encode-vp8"))
        encode(work, strcmp(name, "encode-vp8") ? AV_CODEC_ID_H264 : AV_CODEC_ID_VP8, work->pictures);
    else if (!strcmp(name, "decode-h264") || !strcmp(name, "decode-vp8"))
        decode(work, strcmp(name, "decode-vp8") ? AV_CODEC_ID_H264 : AV_CODEC_ID_VP8);
    else if (!strcmp(name, "draw"))
        draw(work, 1280, 720);
    else if (!strcmp(name, "draw-1080"))
        draw(work, 1920, 1080);
    else
        return false;
    return true;
}

static void free_packet(void *packet)
{
    AVPacket *freed = packet;
    av_packet_free(&freed);
}

int main(int argc, char **argv)
{
    static const struct packet_sink_ops packets = { .open = open_stream, .push = keep, .lose = ignore_loss };
    static const struct frame_sink_ops frames = { .push = count };
    struct work work = { .packets.ops = &packets, .frames.ops = &frames };
    if (argc != 4 || sscanf(argv[2], "%dx%d", &work.width, &work.height) != 2 ||
        (work.pictures = atoi(argv[3])) > MOST) {
        fprintf(stderr, "instructions WORK WIDTHxHEIGHT PICTURES, %d of them at most\n", MOST);
        return 2;
    }
    work.name = argv[1];
    work.encoded = g_ptr_array_new_with_free_func(free_packet);
    work.parameters = parameters_new();
    make_film(&work);
    bool known = run(&work);
    for (int i = 0; i < FILM; i++)
        av_frame_free(&work.film[i]);
    g_ptr_array_unref(work.encoded);
    avcodec_parameters_free(&work.parameters);
    return known ? 0 : 2;
}
