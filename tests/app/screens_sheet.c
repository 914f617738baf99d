#include "screens_sheet.h"

#include <glib.h>
#include <libavcodec/avcodec.h>
#include <stdlib.h>
#include <string.h>

#include "render/png.h"

enum { LONGER_SIDE = 256, COLUMNS = 6, MARGIN = 4, BLOCK = 8, BLOCK_LIMIT = 28, MEAN_LIMIT = 2 };

struct sheet {
    int n, width, height, shrink; /* of a cell, margin not counted; how many pixels become one, each way */
    int columns, rows;
    const char **names;
    uint32_t *pixels; /* ARGB */
};

static int sheet_width(const struct sheet *sheet)
{
    return sheet->columns * (sheet->width + MARGIN) + MARGIN;
}

static int sheet_height(const struct sheet *sheet)
{
    return sheet->rows * (sheet->height + MARGIN) + MARGIN;
}

struct sheet *sheet_create(int n, int width, int height)
{
    struct sheet *sheet = g_new0(struct sheet, 1);
    sheet->shrink = (MAX(width, height) + LONGER_SIDE / 2) / LONGER_SIDE;
    sheet->width = width / sheet->shrink;
    sheet->height = height / sheet->shrink;
    sheet->columns = width > height ? COLUMNS : 2 * COLUMNS;
    sheet->rows = (n + sheet->columns - 1) / sheet->columns;
    sheet->names = g_new0(const char *, n);
    sheet->pixels = g_new(uint32_t, sheet_width(sheet) * sheet_height(sheet));
    for (int i = 0; i < sheet_width(sheet) * sheet_height(sheet); i++)
        sheet->pixels[i] = 0xFFFFFFFF;
    return sheet;
}

void sheet_destroy(struct sheet *sheet)
{
    if (!sheet)
        return;
    g_free(sheet->names);
    g_free(sheet->pixels);
    g_free(sheet);
}

static uint32_t mean_of(const uint32_t *from, int pitch, int size)
{
    int sum[3] = { 0 };
    for (int y = 0; y < size; y++)
        for (int x = 0; x < size; x++)
            for (int c = 0; c < 3; c++)
                sum[c] += from[y * pitch + x] >> (8 * c) & 255;
    return 0xFF000000u | (uint32_t)(sum[2] / (size * size)) << 16 | (uint32_t)(sum[1] / (size * size)) << 8 |
           (uint32_t)(sum[0] / (size * size));
}

static uint32_t *cell(const struct sheet *sheet, uint32_t *pixels, int i)
{
    int x = MARGIN + i % sheet->columns * (sheet->width + MARGIN),
        y = MARGIN + i / sheet->columns * (sheet->height + MARGIN);
    return pixels + y * sheet_width(sheet) + x;
}

void sheet_add(struct sheet *sheet, const char *name, const uint8_t *argb, int width, int height)
{
    const uint32_t *from = (const uint32_t *)(const void *)argb;
    g_assert_cmpint(width / sheet->shrink, ==, sheet->width);
    g_assert_cmpint(height / sheet->shrink, ==, sheet->height);
    sheet->names[sheet->n] = name;
    uint32_t *to = cell(sheet, sheet->pixels, sheet->n++);
    for (int y = 0; y < sheet->height; y++)
        for (int x = 0; x < sheet->width; x++)
            to[y * sheet_width(sheet) + x] = mean_of(from + (y * width + x) * sheet->shrink, width, sheet->shrink);
}

/* ---- comparing ---- */

static AVFrame *decode(const char *data, size_t size)
{
    AVCodecContext *context = avcodec_alloc_context3(avcodec_find_decoder(AV_CODEC_ID_PNG));
    AVPacket *packet = av_packet_alloc();
    AVFrame *frame = av_frame_alloc();
    g_assert_cmpint(av_new_packet(packet, (int)size), ==, 0);
    memcpy(packet->data, data, size);
    bool good = avcodec_open2(context, NULL, NULL) == 0 && avcodec_send_packet(context, packet) == 0 &&
                avcodec_receive_frame(context, frame) == 0 && frame->format == AV_PIX_FMT_RGB24;
    if (!good)
        av_frame_free(&frame);
    av_packet_free(&packet);
    avcodec_free_context(&context);
    return frame;
}

/* The reference in the sheet's own form, or NULL where there is none of this size. */
static uint32_t *load(const struct sheet *sheet, const char *path)
{
    g_autofree char *data = NULL;
    size_t size;
    AVFrame *frame = g_file_get_contents(path, &data, &size, NULL) ? decode(data, size) : NULL;
    if (!frame || frame->width != sheet_width(sheet) || frame->height != sheet_height(sheet)) {
        av_frame_free(&frame);
        return NULL;
    }
    uint32_t *pixels = g_new(uint32_t, frame->width * frame->height);
    for (int y = 0; y < frame->height; y++)
        for (int x = 0; x < frame->width; x++) {
            const uint8_t *rgb = frame->data[0] + y * frame->linesize[0] + 3 * x;
            pixels[y * frame->width + x] = (uint32_t)rgb[0] << 16 | (uint32_t)rgb[1] << 8 | rgb[2];
        }
    av_frame_free(&frame);
    return pixels;
}

static int differ(uint32_t a, uint32_t b)
{
    int most = 0;
    for (int c = 0; c < 3; c++)
        most = MAX(most, abs((int)(a >> (8 * c) & 255) - (int)(b >> (8 * c) & 255)));
    return most;
}

/* False, with words, where screen `i` does not look as in the reference. */
static bool compare(const struct sheet *sheet, uint32_t *reference, int i)
{
    const uint32_t *now = cell(sheet, sheet->pixels, i), *then = cell(sheet, reference, i);
    int pitch = sheet_width(sheet), most = 0, sum = 0, blocks = 0, at_x = 0, at_y = 0;
    for (int y = 0; y + BLOCK <= sheet->height; y += BLOCK)
        for (int x = 0; x + BLOCK <= sheet->width; x += BLOCK, blocks++) {
            int different = differ(mean_of(now + y * pitch + x, pitch, BLOCK),
                                   mean_of(then + y * pitch + x, pitch, BLOCK));
            sum += different;
            if (different > most) {
                most = different;
                at_x = x * sheet->shrink;
                at_y = y * sheet->shrink;
            }
        }
    bool same = most <= BLOCK_LIMIT && sum <= MEAN_LIMIT * blocks;
    g_test_message("%s: most %d, mean %.2f", sheet->names[i], most, (double)sum / blocks);
    if (!same)
        g_printerr("# %s looks different: most by %d of 255, near %d,%d; in the mean by %.1f\n", sheet->names[i], most,
                   at_x, at_y, (double)sum / blocks);
    return same;
}

static void save(const struct sheet *sheet, const char *folder, const char *name)
{
    g_autofree char *path = g_strdup_printf("%s/%s.png", folder, name);
    g_assert_cmpint(g_mkdir_with_parents(folder, 0755), ==, 0);
    g_assert_true(png_save(path, (const uint8_t *)sheet->pixels, sheet_width(sheet), sheet_height(sheet),
                           sheet_width(sheet) * 4));
}

void sheet_check(const struct sheet *sheet, const char *name, bool renew)
{
    g_autofree char *path = g_strdup_printf(SOURCE_DIR "/assets/screens/%s.png", name);
    int different = 0;
    save(sheet, SOURCE_DIR "/out/screens", name);
    if (renew)
        save(sheet, SOURCE_DIR "/assets/screens", name);
    g_autofree uint32_t *reference = load(sheet, path);
    if (!reference)
        g_error(
            "%s is no picture of this size: CALLAPI_SCREENS=renew writes it anew; look at it before it is committed",
            path);
    for (int i = 0; i < sheet->n; i++)
        different += !compare(sheet, reference, i);
    if (different)
        g_error(
            "%d of %d screens of %s look different from %s; now: out/screens. If that is meant: CALLAPI_SCREENS=renew",
            different, sheet->n, name, path);
}
