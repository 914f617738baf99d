#include "engine/picture/check.h"

#include <glib.h>
#include <libavutil/imgutils.h>
#include <libavutil/pixdesc.h>
#include <stdlib.h>

#include "engine/media/codec_context.h"
#include "engine/media/objects.h"

enum {
    GRID = 48,         /* points across and down that are compared */
    DIFFERENCE = 8,    /* of 255: more in the mean is another picture; a driver may scale colours, not more */
    WRITTEN_GRID = 12, /* points across and down of which one was written */
    BLOCK = 64,        /* a picture may be larger by less: drivers pad to blocks */
};

struct picture_check {
    AVCodecContext *software; /* NULL: it does not open */
    AVPacket *key;            /* not compared yet; empty: none */
    AVFrame *right;
    int given_width, given_height; /* of the decoder's picture of the last key frame; 0: none yet */
    int width, height;             /* of the part of it that is the stream's */
};

/* ---- one key frame in software ---- */

struct picture_check *picture_check_create(enum AVCodecID codec)
{
    struct picture_check *check = g_new0(struct picture_check, 1);
    const AVCodec *decoder = avcodec_find_decoder(codec);
    check->software = decoder ? codec_context_create(decoder) : NULL;
    check->key = packet_new();
    check->right = frame_new();
    if (!check->software)
        return check;
    check->software->thread_count = 1;
    if (avcodec_open2(check->software, decoder, NULL) < 0)
        avcodec_free_context(&check->software);
    return check;
}

void picture_check_destroy(struct picture_check *check)
{
    if (!check)
        return;
    avcodec_free_context(&check->software);
    av_packet_free(&check->key);
    av_frame_free(&check->right);
    g_free(check);
}

void picture_check_key(struct picture_check *check, const AVPacket *packet)
{
    av_packet_unref(check->key);
    av_packet_ref(check->key, packet);
}

void picture_check_flush(struct picture_check *check)
{
    av_packet_unref(check->key);
}

/* Drained, as its stream may have pictures that are shown before it. */
static bool decode_key(struct picture_check *check)
{
    AVCodecContext *software = check->software;
    bool good = software && avcodec_send_packet(software, check->key) >= 0 &&
                avcodec_send_packet(software, NULL) >= 0 && avcodec_receive_frame(software, check->right) >= 0 &&
                !check->right->decode_error_flags;
    if (software)
        avcodec_flush_buffers(software);
    return good;
}

/* ---- samples ---- */

/* Of plane 0, 1, 2 (Y, U, V) at a place in 1/65536 of the picture; -1: of a format that is not read. */
static int sample(const AVFrame *frame, int component, int x, int y)
{
    const AVPixFmtDescriptor *format = av_pix_fmt_desc_get(frame->format);
    if (!format || format->nb_components < 3 || format->flags & (AV_PIX_FMT_FLAG_RGB | AV_PIX_FMT_FLAG_HWACCEL) ||
        format->comp[component].depth != 8)
        return -1;
    const AVComponentDescriptor *at = &format->comp[component];
    int across = (int)((int64_t)frame->width * x >> 16), down = (int)((int64_t)frame->height * y >> 16);
    if (component) {
        across >>= format->log2_chroma_w;
        down >>= format->log2_chroma_h;
    }
    return frame->data[at->plane][down * frame->linesize[at->plane] + across * at->step + at->offset];
}

static int at_step(int step, int steps)
{
    return (2 * step + 1) * 65536 / (2 * steps);
}

/* Mean of a component, 0 to 255; 0 where one of them is not read. */
static double difference(const AVFrame *a, const AVFrame *b, int component)
{
    int64_t sum = 0;
    for (int i = 0; i < GRID * GRID; i++) {
        int x = at_step(i % GRID, GRID), y = at_step(i / GRID, GRID);
        int of_a = sample(a, component, x, y), of_b = sample(b, component, x, y);
        sum += of_a < 0 || of_b < 0 ? 0 : abs(of_a - of_b);
    }
    return (double)sum / (GRID * GRID);
}

/* Luma and chroma of 0 are in no picture: black's chroma is 128. */
static bool is_written(const AVFrame *frame)
{
    for (int i = 0; i < WRITTEN_GRID * WRITTEN_GRID; i++) {
        int x = at_step(i % WRITTEN_GRID, WRITTEN_GRID), y = at_step(i / WRITTEN_GRID, WRITTEN_GRID);
        if (sample(frame, 1, x, y) || sample(frame, 2, x, y))
            return true;
    }
    return false;
}

/* ---- judgement ---- */

static bool is_within(const AVFrame *frame, const uint8_t *first, const uint8_t *end)
{
    for (int i = 0; i < AV_NUM_DATA_POINTERS && frame->buf[i]; i++)
        if (first >= frame->buf[i]->data && end <= frame->buf[i]->data + frame->buf[i]->size)
            return true;
    return false;
}

bool picture_check_memory(const AVFrame *frame)
{
    const AVPixFmtDescriptor *format = av_pix_fmt_desc_get(frame->format);
    int planes = format ? av_pix_fmt_count_planes(frame->format) : 0;
    if (planes < 1 || frame->width < 1 || frame->height < 1)
        return false;
    for (int i = 0; i < planes; i++) {
        bool chroma = (i == 1 || i == 2) && !(format->flags & AV_PIX_FMT_FLAG_RGB);
        int rows = chroma ? AV_CEIL_RSHIFT(frame->height, format->log2_chroma_h) : frame->height;
        int bytes = av_image_get_linesize(frame->format, frame->width, i);
        if (!frame->data[i] || bytes < 1 || frame->linesize[i] < bytes ||
            !is_within(frame, frame->data[i], frame->data[i] + (ptrdiff_t)(rows - 1) * frame->linesize[i] + bytes))
            return false;
    }
    return true;
}

bool picture_check_is_key(const struct picture_check *check, const AVFrame *frame)
{
    return check->key->size && frame->pts == check->key->pts;
}

static bool is_as_before(const struct picture_check *check, const AVFrame *frame)
{
    return frame->width == check->given_width && frame->height == check->given_height;
}

/* A stream changes its size with a key frame, which is compared. */
bool picture_check_looks(const struct picture_check *check, const AVFrame *frame)
{
    return is_written(frame) &&
           (!check->given_width || is_as_before(check, frame) || picture_check_is_key(check, frame));
}

bool picture_check_is_new(const struct picture_check *check, const AVFrame *frame)
{
    return !is_as_before(check, frame);
}

void picture_check_cut(const struct picture_check *check, AVFrame *frame)
{
    if (!is_as_before(check, frame))
        return;
    frame->width = check->width;
    frame->height = check->height;
}

static bool is_padded(int is, int should)
{
    return is >= should && is - should < BLOCK;
}

static bool is_same(AVFrame *frame, const AVFrame *right)
{
    if (!is_padded(frame->width, right->width) || !is_padded(frame->height, right->height))
        return false;
    frame->width = right->width;
    frame->height = right->height;
    for (int i = 0; i < 3; i++)
        if (difference(frame, right, i) > DIFFERENCE)
            return false;
    return true;
}

bool picture_check_compare(struct picture_check *check, AVFrame *frame)
{
    bool known = decode_key(check);
    check->given_width = frame->width;
    check->given_height = frame->height;
    bool same = !known || is_same(frame, check->right);
    check->width = frame->width;
    check->height = frame->height;
    av_packet_unref(check->key);
    av_frame_unref(check->right);
    return same;
}
