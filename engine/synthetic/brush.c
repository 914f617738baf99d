#include "engine/synthetic/brush.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include <glib.h>

#include "engine/media/colour.h"

enum { ROUND = 48, CURVE_POINTS = 24, CURVE_STEPS = 6, MOST_POINTS = CURVE_POINTS * CURVE_STEPS };

/* A row of pixels is looked at along LUMA_PARTS lines, a row of U or V, twice as high, along every fourth of the same.
 * Where an outline crosses a line is counted in parts of a pixel: whole numbers, since this is all that takes time. */
enum { LUMA_PARTS = 4, PIXEL_BITS = 8, PIXEL = 1 << PIXEL_BITS, FAR = 1 << 30 };

struct line {
    int left, right;
};

struct brush_spans {
    struct point circle[ROUND];
    struct line *lines; /* LUMA_PARTS for each row */
};

struct row {
    uint8_t *pixels;
    int width;
    const struct line *lines; /* the first of its own, the next `step` further */
    int part_bits, step;      /* 2 to the power of part_bits lines */
    int shift;                /* 1 where lines are counted in twice as many pixels */
    int value, opacity;       /* opacity of PIXEL */
};

void brush_init(struct brush *brush, int height)
{
    *brush = (struct brush){ .scale = 1, .opacity = 1, .spans = g_new0(struct brush_spans, 1) };
    brush->spans->lines = g_malloc_n((size_t)height * LUMA_PARTS, sizeof *brush->spans->lines);
    for (int i = 0; i < ROUND; i++)
        brush->spans->circle[i] = (struct point){ cos(2 * G_PI * i / ROUND), sin(2 * G_PI * i / ROUND) };
}

void brush_finish(struct brush *brush)
{
    g_free(brush->spans->lines);
    g_free(brush->spans);
}

/* ---- colours ---- */

/* 0xRRGGBB as the frame's matrix has it. */
static struct tint tint_of(const AVFrame *frame, uint32_t rgb)
{
    bool hd = colour_of_picture(frame).matrix == AVCOL_SPC_BT709;
    double red_share = hd ? 0.2126 : 0.299, blue_share = hd ? 0.0722 : 0.114;
    double red = (rgb >> 16 & 255) / 255.0, green = (rgb >> 8 & 255) / 255.0, blue = (rgb & 255) / 255.0;
    double light = red_share * red + (1 - red_share - blue_share) * green + blue_share * blue;
    return (struct tint){ { 16 + 219 * light, 128 + 112 * (blue - light) / (1 - blue_share),
                            128 + 112 * (red - light) / (1 - red_share) } };
}

struct tint tint_between(struct tint from, struct tint to, double share)
{
    for (int plane = 0; plane < BRUSH_PLANES; plane++)
        from.value[plane] += (to.value[plane] - from.value[plane]) * share;
    return from;
}

void brush_colour(struct brush *brush, uint32_t upper, uint32_t lower)
{
    brush->upper = tint_of(brush->frame, upper);
    brush->lower = tint_of(brush->frame, lower);
}

/* ---- filling ---- */

static void trace_edge(struct line *lines, int first, int last, struct point from, struct point to)
{
    if (from.y > to.y) {
        struct point other = from;
        from = to;
        to = other;
    }
    int top = MAX((int)ceil(from.y * LUMA_PARTS - 0.5), first), bottom = MIN((int)ceil(to.y * LUMA_PARTS - 0.5), last);
    if (top >= bottom)
        return;
    double slope = (to.x - from.x) / (to.y - from.y);
    int64_t x = llrint((from.x + slope * ((top + 0.5) / LUMA_PARTS - from.y)) * PIXEL * 65536);
    int64_t step = llrint(slope / LUMA_PARTS * PIXEL * 65536);
    for (int i = top; i < bottom; i++, x += step) {
        int at = (int)(x >> 16);
        lines[i].left = MIN(lines[i].left, at);
        lines[i].right = MAX(lines[i].right, at);
    }
}

/* How much of pixel x lies inside, of PIXEL. */
static int coverage(const struct row *row, int x)
{
    int from = x * PIXEL, to = from + PIXEL, sum = 0;
    for (int i = 0; i < 1 << row->part_bits; i++) {
        const struct line *line = &row->lines[i * row->step];
        int inside = MIN(line->right >> row->shift, to) - MAX(line->left >> row->shift, from);
        sum += MAX(inside, 0);
    }
    return sum >> row->part_bits;
}

static void blend(uint8_t *pixel, int value, int share)
{
    *pixel = (uint8_t)(*pixel + (((value - *pixel) * share + PIXEL / 2) >> PIXEL_BITS));
}

static void blend_edge(const struct row *row, int from, int to)
{
    for (int x = from; x < to; x++)
        blend(row->pixels + x, row->value, coverage(row, x) * row->opacity >> PIXEL_BITS);
}

/* Its soft ends pixel by pixel, what lies between them at once. */
static void fill_row(const struct row *row)
{
    int left = FAR, right = -FAR, inner_left = -FAR, inner_right = FAR;
    for (int i = 0; i < 1 << row->part_bits; i++) {
        const struct line *line = &row->lines[i * row->step];
        left = MIN(left, line->left >> row->shift);
        right = MAX(right, line->right >> row->shift);
        inner_left = MAX(inner_left, line->left >> row->shift);
        inner_right = MIN(inner_right, line->right >> row->shift);
    }
    int from = CLAMP(left / PIXEL, 0, row->width), to = CLAMP(right / PIXEL + 1, 0, row->width);
    if (from >= to)
        return;
    int solid_from = CLAMP((inner_left + PIXEL - 1) / PIXEL, from, to), solid_to = CLAMP(inner_right / PIXEL, from, to);
    if (solid_from >= solid_to)
        solid_from = solid_to = to;
    blend_edge(row, from, solid_from);
    blend_edge(row, solid_to, to);
    if (row->opacity >= PIXEL)
        memset(row->pixels + solid_from, row->value, (size_t)(solid_to - solid_from));
    else
        for (int x = solid_from; x < solid_to; x++)
            blend(row->pixels + x, row->value, row->opacity);
}

static void fill_plane(const struct brush *brush, int plane, double top, double bottom)
{
    int shift = plane ? 1 : 0, part_bits = plane ? 1 : 2, step = LUMA_PARTS << shift >> part_bits;
    int first = MAX((int)floor(top), 0) >> shift;
    int last = (MIN((int)ceil(bottom), brush->frame->height) + shift) >> shift;
    double upper = brush->upper.value[plane], step_down = (brush->lower.value[plane] - upper) / MAX(bottom - top, 1);
    struct row row = { .width = brush->frame->width >> shift,
                       .part_bits = part_bits,
                       .step = step,
                       .shift = shift,
                       .opacity = (int)(brush->opacity * PIXEL) };
    for (int y = first; y < last; y++) {
        row.pixels = brush->frame->data[plane] + (ptrdiff_t)y * brush->frame->linesize[plane];
        row.lines = brush->spans->lines + (y * LUMA_PARTS << shift) + step / 2;
        row.value = (int)(upper + step_down * CLAMP((y + 0.5) * (1 << shift) - top, 0, bottom - top) + 0.5);
        fill_row(&row);
    }
}

static void fill(const struct brush *brush, const struct point *points, int count, double top, double bottom)
{
    int first = (MAX((int)floor(top), 0) & ~1) * LUMA_PARTS;
    int last = ((MIN((int)ceil(bottom), brush->frame->height) + 1) & ~1) * LUMA_PARTS;
    struct line *lines = brush->spans->lines;
    for (int i = first; i < last; i++)
        lines[i] = (struct line){ FAR, -FAR };
    for (int i = 0; i < count; i++)
        trace_edge(lines, first, last, points[i], points[(i + 1) % count]);
    for (int plane = 0; plane < BRUSH_PLANES; plane++)
        fill_plane(brush, plane, top, bottom);
}

void brush_polygon(struct brush *brush, const struct point *points, int count)
{
    struct point placed[MOST_POINTS];
    double sine = sin(brush->angle) * brush->scale, cosine = cos(brush->angle) * brush->scale;
    double top = INFINITY, bottom = -INFINITY;
    assert(count <= MOST_POINTS);
    for (int i = 0; i < count; i++) {
        placed[i] = (struct point){ brush->x + points[i].x * cosine - points[i].y * sine,
                                    brush->y + points[i].x * sine + points[i].y * cosine };
        top = MIN(top, placed[i].y);
        bottom = MAX(bottom, placed[i].y);
    }
    top = CLAMP(top, -1e6, 1e6);
    bottom = CLAMP(bottom, -1e6, 1e6);
    fill(brush, placed, count, top, bottom);
}

/* ---- outlines ---- */

static double on_curve(double before, double from, double to, double after, double t)
{
    return from +
           0.5 * t *
               (to - before + t * (2 * before - 5 * from + 4 * to - after + t * (3 * (from - to) + after - before)));
}

void brush_curve(struct brush *brush, const struct point *points, int count)
{
    struct point line[MOST_POINTS];
    assert(count <= CURVE_POINTS);
    for (int i = 0; i < count * CURVE_STEPS; i++) {
        int at = i / CURVE_STEPS;
        const struct point *before = &points[(at + count - 1) % count], *from = &points[at],
                           *to = &points[(at + 1) % count], *after = &points[(at + 2) % count];
        double t = (double)(i % CURVE_STEPS) / CURVE_STEPS;
        line[i] = (struct point){ on_curve(before->x, from->x, to->x, after->x, t),
                                  on_curve(before->y, from->y, to->y, after->y, t) };
    }
    brush_polygon(brush, line, count * CURVE_STEPS);
}

void brush_ellipse(struct brush *brush, double x, double y, double radius_x, double radius_y)
{
    struct point line[ROUND];
    for (int i = 0; i < ROUND; i++) {
        const struct point *at = &brush->spans->circle[i];
        line[i] = (struct point){ x + radius_x * at->x, y + radius_y * at->y };
    }
    brush_polygon(brush, line, ROUND);
}

void brush_rectangle(struct brush *brush, double left, double top, double right, double bottom)
{
    brush_polygon(brush, (struct point[]){ { left, top }, { right, top }, { right, bottom }, { left, bottom } }, 4);
}

void brush_stroke(struct brush *brush, struct point from, struct point to, double width)
{
    enum { HALF = 8 };
    struct point line[2 * HALF + 2];
    double length = hypot(to.x - from.x, to.y - from.y), radius = width / 2;
    double x = length > 0 ? (to.x - from.x) / length : 1, y = length > 0 ? (to.y - from.y) / length : 0;
    for (int i = 0; i < 2 * HALF + 2; i++) {
        const struct point *end = i <= HALF ? &to : &from;
        int turn = (i <= HALF ? i : i - 1) * (ROUND / 2) / HALF;
        const struct point *at = &brush->spans->circle[(turn + ROUND * 3 / 4) % ROUND];
        line[i] = (struct point){ end->x + radius * (at->x * x - at->y * y),
                                  end->y + radius * (at->x * y + at->y * x) };
    }
    brush_polygon(brush, line, 2 * HALF + 2);
}

void brush_line(struct brush *brush, const struct point *points, int count, double width)
{
    for (int i = 0; i + 1 < count; i++)
        brush_stroke(brush, points[i], points[i + 1], width);
}
