/* Machine-readable frame numbers in video luma. A strip of black and white cells, drawn twice in a picture:
 * 4-bit source, 20-bit frame, CRC-8, found by its finder cells at any scale. One reader serves all: the synthetic
 * camera draws it, the report reads it back from the screen's pixels.
 *
 *   word   32 bits, MSB first: source(4) frame(20) crc(8); CRC-8 polynomial 0x07, start 0xFF, over source<<20|frame.
 *   strip  29 cells wide, 5 high, on white, at the picture's left edge, once at 35 % and once at 65 % of the height.
 *          A cell is a 116th of the picture's width, so the strip is a quarter of it, but 5 pixels at least as long
 *          as the strip is no more than half of the picture: that much a small picture needs to be read.
 *   row    W | BBB W B W | 16 data cells | W B W BB | W       (1 = black)
 *   height 1/2 cell quiet, 2 cells with bits 31..16, 2 cells with bits 15..0, 1/2 cell quiet. */
#ifndef CALLAPI_ENGINE_STATISTICS_FRAMECODE_H
#define CALLAPI_ENGINE_STATISTICS_FRAMECODE_H

#include <libavutil/frame.h>
#include <stdbool.h>
#include <stdint.h>

struct framecode_strip { /* where it is drawn, quiet cells included */
    double x, y, cell;
};

/* Of a picture of this size; `copy` is 0 or 1. */
struct framecode_strip framecode_strip(int width, int height, int copy);
/* Draws both strips into a writable AV_PIX_FMT_YUV420P frame (limited range), at least 116 pixels wide. */
void framecode_draw(AVFrame *frame, unsigned source, unsigned number);

struct framecode {
    unsigned source, number;
    double x, y, width; /* of the strip in pixels, quiet cells included */
    int copies;         /* how many of the two strips were read */
};

/* Finds the codes in a grey picture (8 bits, `stride` bytes a row), widest first; returns how many, at most `room`.
 * A mirrored picture is not read, on purpose; two codes of one source and width are a torn picture. */
int framecode_find(const uint8_t *grey, int width, int height, int stride, struct framecode *found, int room);

#endif
