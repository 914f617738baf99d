#include "recording.h"

#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <math.h>

#include "engine/statistics/framecode.h"

enum { RATE = 48000, LONGEST = 600 * RATE };
enum { ROUNDING = RATE / 10 }; /* containers count milliseconds, servers have clocks: a sound goes on all the same */

static AVFormatContext *open_file(const char *path)
{
    AVFormatContext *format = NULL;
    if (!g_file_test(path, G_FILE_TEST_EXISTS) || avformat_open_input(&format, path, NULL, NULL) < 0)
        return NULL;
    if (avformat_find_stream_info(format, NULL) < 0)
        avformat_close_input(&format);
    return format;
}

static bool is_video(const AVFormatContext *format, const AVPacket *packet)
{
    return format->streams[packet->stream_index]->codecpar->codec_type == AVMEDIA_TYPE_VIDEO;
}

int recording_count(const char *path)
{
    AVFormatContext *format = open_file(path);
    AVPacket *packet = av_packet_alloc();
    int n = 0;
    for (; format && av_read_frame(format, packet) >= 0; av_packet_unref(packet))
        n += is_video(format, packet);
    av_packet_free(&packet);
    avformat_close_input(&format);
    return n;
}

/* ---- decoding ---- */

static bool is_key(const AVFrame *frame)
{
#ifdef AV_FRAME_FLAG_KEY
    return frame->flags & AV_FRAME_FLAG_KEY;
#else
    return frame->key_frame;
#endif
}

static void measure(struct recorded_picture *picture, uint8_t luma)
{
    picture->white = MAX(picture->white, luma);
    picture->light += luma;
}

static void add_picture(struct recording *recording, const AVFrame *frame, int64_t pts_us)
{
    struct recorded_picture picture = { .pts_us = pts_us, .key = is_key(frame) };
    struct framecode found[4];
    for (int y = 0; y < frame->height; y++)
        for (int x = 0; x < frame->width; x++)
            measure(&picture, frame->data[0][y * frame->linesize[0] + x]);
    picture.light /= (double)frame->width * frame->height;
    int n = framecode_find(frame->data[0], frame->width, frame->height, frame->linesize[0], found, 4);
    picture.coded = n > 0;
    picture.source = n ? found[0].source : 0;
    picture.number = n ? found[0].number : 0;
    g_array_append_val(recording->pictures, picture);
}

static void add_sound(struct recording *recording, const AVFrame *frame, int64_t pts_us)
{
    int64_t at = av_rescale(pts_us, RATE, G_USEC_PER_SEC), end = recording->sound->len;
    if (end && ABS(at - end) < ROUNDING)
        at = end;
    g_assert_cmpint(frame->format, ==, AV_SAMPLE_FMT_FLTP);
    g_assert_cmpint(at, <, LONGEST);
    if (at < 0)
        return;
    if (recording->sound->len < at + frame->nb_samples)
        g_array_set_size(recording->sound, (guint)(at + frame->nb_samples));
    for (int i = 0; i < frame->nb_samples; i++)
        g_array_index(recording->sound, float, at + i) = ((const float *)(const void *)frame->data[0])[i];
}

static void decode(struct recording *recording, AVCodecContext *decoder, const AVPacket *packet, AVRational base)
{
    AVFrame *frame = av_frame_alloc();
    g_assert_cmpint(avcodec_send_packet(decoder, packet), ==, 0);
    while (avcodec_receive_frame(decoder, frame) >= 0) {
        int64_t pts_us = av_rescale_q(frame->pts, base, AV_TIME_BASE_Q);
        if (decoder->codec_type == AVMEDIA_TYPE_VIDEO)
            add_picture(recording, frame, pts_us);
        else
            add_sound(recording, frame, pts_us);
        av_frame_unref(frame);
    }
    av_frame_free(&frame);
}

static AVCodecContext *open_decoder(const AVStream *stream)
{
    const AVCodec *codec = avcodec_find_decoder(stream->codecpar->codec_id);
    AVCodecContext *context = avcodec_alloc_context3(codec);
    g_assert_cmpint(avcodec_parameters_to_context(context, stream->codecpar), >=, 0);
    context->thread_count = 1;
    context->flags |= AV_CODEC_FLAG_LOW_DELAY;
    context->err_recognition = AV_EF_EXPLODE;
    g_assert_cmpint(avcodec_open2(context, codec, NULL), ==, 0);
    return context;
}

struct recording *recording_read(const char *path)
{
    struct recording *recording = g_new0(struct recording, 1);
    recording->pictures = g_array_new(FALSE, TRUE, sizeof(struct recorded_picture));
    recording->sound = g_array_new(FALSE, TRUE, sizeof(float));
    AVFormatContext *format = open_file(path);
    g_assert_nonnull(format);
    AVCodecContext *decoders[8] = { 0 };
    g_assert_cmpuint(format->nb_streams, <=, G_N_ELEMENTS(decoders));
    for (unsigned i = 0; i < format->nb_streams; i++)
        decoders[i] = open_decoder(format->streams[i]);
    AVPacket *packet = av_packet_alloc(), *next = av_packet_alloc();
    while (av_read_frame(format, next) >= 0) { /* the last packet may be half of one: it is left out */
        if (packet->data)
            decode(recording, decoders[packet->stream_index], packet, format->streams[packet->stream_index]->time_base);
        av_packet_unref(packet);
        av_packet_move_ref(packet, next);
    }
    for (unsigned i = 0; i < format->nb_streams; i++)
        avcodec_free_context(&decoders[i]);
    av_packet_free(&packet);
    av_packet_free(&next);
    avformat_close_input(&format);
    return recording;
}

void recording_free(struct recording *recording)
{
    if (!recording)
        return;
    g_array_unref(recording->pictures);
    g_array_unref(recording->sound);
    g_free(recording);
}

/* ---- sound ---- */

static int64_t sample_at(const struct recording *recording, int64_t time_us)
{
    return CLAMP(av_rescale(time_us, RATE, G_USEC_PER_SEC), 0, (int64_t)recording->sound->len);
}

double recording_loudness(const struct recording *recording, int64_t from_us, int64_t to_us)
{
    int64_t from = sample_at(recording, from_us), to = sample_at(recording, to_us);
    double sum = 0;
    for (int64_t i = from; i < to; i++)
        sum += pow(g_array_index(recording->sound, float, i), 2);
    return to > from ? sqrt(sum / (double)(to - from)) : 0;
}

double recording_tone(const struct recording *recording, int frequency, int64_t from_us, int64_t to_us)
{
    int64_t from = sample_at(recording, from_us), to = sample_at(recording, to_us);
    double real = 0, imaginary = 0, n = (double)(to - from);
    for (int64_t i = from; i < to; i++) {
        double phase = 2 * G_PI * frequency * (double)i / RATE;
        real += g_array_index(recording->sound, float, i) * cos(phase);
        imaginary += g_array_index(recording->sound, float, i) * sin(phase);
    }
    return n > 0 ? hypot(real, imaginary) * sqrt(2) / n : 0;
}
