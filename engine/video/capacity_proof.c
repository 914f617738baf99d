#include "engine/video/capacity_proof.h"

#include <glib.h>

#include "engine/media/objects.h"
#include "engine/video/decoder.h"
#include "engine/video/encoder.h"
#include "platform/cpu_time.h"

enum { PICTURES = 4, QUICK_LINES = 360 };

static const double FPS = 30, BITS_PER_PIXEL = 0.07; /* 2 Mbit/s at 1280x720 */

struct trial {
    struct packet_sink packets;
    struct frame_sink pictures;
    struct video_encoder *encoder;
    struct video_decoder *decoder;
    int64_t encoded_us, decoded_us; /* of the present picture */
    int decoded;
};

/* ---- what is encoded: of neither one colour nor noise, and it moves ---- */

static uint8_t luma(int x, int y, int number)
{
    int moved = x + 3 * number, texture = (moved * 7 ^ y * 13) & 15;
    return (uint8_t)(60 + (((moved >> 5) + (y >> 5)) & 7) * 16 + texture + (((moved + y) & 31) >> 1));
}

static AVFrame *picture_of(int width, int height, int number)
{
    AVFrame *frame = frame_new();
    frame->format = AV_PIX_FMT_YUV420P;
    frame->width = width;
    frame->height = height;
    frame->pts = (int64_t)(number * G_USEC_PER_SEC / FPS);
    if (av_frame_get_buffer(frame, 0) < 0) {
        av_frame_free(&frame);
        return NULL;
    }
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++)
            frame->data[0][y * frame->linesize[0] + x] = luma(x, y, number);
    for (int plane = 1; plane < 3; plane++)
        for (int y = 0; y < height / 2; y++)
            for (int x = 0; x < width / 2; x++)
                frame->data[plane][y * frame->linesize[plane] + x] = (uint8_t)(100 + ((x + y + number) >> 3 & 31));
    return frame;
}

/* ---- the way of one picture: encoder, decoder, here ---- */

static void open_stream(struct packet_sink *sink, const AVCodecParameters *parameters)
{
    struct packet_sink *decoder = video_decoder_sink(container_of(sink, struct trial, packets)->decoder);
    decoder->ops->open(decoder, parameters);
}

static void push_packet(struct packet_sink *sink, const AVPacket *packet)
{
    struct trial *trial = container_of(sink, struct trial, packets);
    struct packet_sink *decoder = video_decoder_sink(trial->decoder);
    int64_t began_us = thread_cpu_time_us();
    decoder->ops->push(decoder, packet);
    trial->decoded_us += thread_cpu_time_us() - began_us;
}

static void ignore_loss(struct packet_sink *sink)
{
    (void)sink;
}

static void take_picture(struct frame_sink *sink, const AVFrame *frame)
{
    (void)frame;
    container_of(sink, struct trial, pictures)->decoded++;
}

static void ignore_wish(void *user_data)
{
    (void)user_data;
}

static bool open_trial(struct trial *trial, enum AVCodecID codec, int width, int height)
{
    static const struct packet_sink_ops packets = { .open = open_stream, .push = push_packet, .lose = ignore_loss };
    static const struct frame_sink_ops pictures = { .push = take_picture };
    static const struct video_decoder_listener listener = { .key_frame_needed = ignore_wish };
    *trial = (struct trial){ .packets.ops = &packets, .pictures.ops = &pictures };
    struct video_encoder_config config = { .codec = codec,
                                           .width = width,
                                           .height = height,
                                           .fps = FPS,
                                           .colour = colour_by_height(height),
                                           .bit_rate = (int64_t)(BITS_PER_PIXEL * FPS * width * height),
                                           .next = &trial->packets };
    trial->decoder = video_decoder_create(NULL, &trial->pictures, &listener);
    trial->encoder = video_encoder_create(&config);
    return trial->decoder && trial->encoder;
}

static void encode(struct trial *trial, const AVFrame *frame)
{
    struct frame_sink *encoder = video_encoder_sink(trial->encoder);
    int64_t began_us = thread_cpu_time_us();
    trial->decoded_us = 0;
    encoder->ops->push(encoder, frame);
    trial->encoded_us = thread_cpu_time_us() - began_us - trial->decoded_us;
}

/* The first one is a key frame, and meets caches that are cold: of a call that is one in hundreds. */
static bool try_pictures(struct trial *trial, int width, int height, double fastest_us[CAPACITY_WORKS])
{
    fastest_us[CAPACITY_ENCODING] = fastest_us[CAPACITY_DECODING] = G_MAXDOUBLE;
    for (int i = 0; i < PICTURES; i++) {
        AVFrame *frame = picture_of(width, height, i);
        if (!frame)
            return false;
        encode(trial, frame);
        av_frame_free(&frame);
        if (!i)
            continue;
        fastest_us[CAPACITY_ENCODING] = MIN(fastest_us[CAPACITY_ENCODING], (double)trial->encoded_us);
        fastest_us[CAPACITY_DECODING] = MIN(fastest_us[CAPACITY_DECODING], (double)trial->decoded_us);
    }
    return trial->decoded == PICTURES;
}

bool capacity_prove(const struct capacity_proof *proof, double cost_us[CAPACITY_WORKS])
{
    struct trial trial;
    double fastest_us[CAPACITY_WORKS];
    int height = proof->quick ? MIN(proof->height, QUICK_LINES) & ~1 : proof->height;
    int width = (int)((int64_t)proof->width * height / MAX(proof->height, 1)) & ~1;
    if (width < 2 || height < 2)
        return false;
    bool good = open_trial(&trial, proof->codec, width, height) && try_pictures(&trial, width, height, fastest_us);
    double scale = (double)proof->width * proof->height / ((double)width * height);
    for (int work = CAPACITY_ENCODING; good && work <= CAPACITY_DECODING; work++)
        cost_us[work] = fastest_us[work] * scale;
    video_encoder_destroy(trial.encoder);
    video_decoder_destroy(trial.decoder);
    return good;
}
