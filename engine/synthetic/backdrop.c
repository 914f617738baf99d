#include "engine/synthetic/backdrop.h"

#include <math.h>
#include <string.h>

#include <glib.h>

#include "engine/statistics/framecode.h"

enum { BOOKS = 9, TICKS = 12, BLUR_ROUNDS = 2, HILL_POINTS = 24 };

static const double CLOCK_X = 0.87, CLOCK_Y = 0.36, CLOCK_RADIUS = 0.085;

/* Over the whole picture, in shares of its height from its upper left corner. */
static void place(struct brush *brush)
{
    brush->x = brush->y = brush->angle = 0;
    brush->scale = brush->frame->height;
    brush->opacity = 1;
}

static double aspect(const struct brush *brush)
{
    return (double)brush->frame->width / brush->frame->height;
}

/* ---- light ---- */

/* Half a step at the most, the same each time: without it soft light shows its steps. */
static double dither(int x, int y)
{
    uint32_t hash = (uint32_t)x * 374761393u + (uint32_t)y * 668265263u;
    hash = (hash ^ hash >> 13) * 1274126177u;
    return (double)(hash >> 16 & 255) / 256 - 0.5;
}

/* The window lights the middle of the wall. */
static struct tint wall_at(const struct brush *brush, double x, double y)
{
    double glow = exp(-(pow((x - 0.55) / 0.42, 2) + pow((y - 0.3) / 0.5, 2)));
    struct tint tint = tint_between(brush->upper, brush->lower, y);
    tint.value[0] += 34 * glow - 16 * pow(hypot(x - 0.5, y - 0.4), 2);
    return tint;
}

static void draw_wall(struct brush *brush, const struct room_look *look)
{
    brush_colour(brush, look->wall, look->wall_below);
    for (int plane = 0; plane < BRUSH_PLANES; plane++) {
        int shift = plane ? 1 : 0, width = brush->frame->width >> shift, height = brush->frame->height >> shift;
        for (int y = 0; y < height; y++)
            for (int x = 0; x < width; x++)
                brush->frame->data[plane][(ptrdiff_t)y * brush->frame->linesize[plane] + x] = (uint8_t)lrint(
                    wall_at(brush, (double)x / width, (double)y / height).value[plane] + dither(x, y));
    }
}

/* ---- what is out of focus ---- */

static void blur_line(uint8_t *line, ptrdiff_t step, int count, int radius, uint8_t *copy)
{
    int sum = 0, size = 2 * radius + 1;
    for (int i = 0; i < count; i++)
        copy[i] = line[i * step];
    for (int i = -radius; i <= radius; i++)
        sum += copy[CLAMP(i, 0, count - 1)];
    for (int i = 0; i < count; i++) {
        line[i * step] = (uint8_t)((sum + radius) / size);
        sum += copy[MIN(i + radius + 1, count - 1)] - copy[MAX(i - radius, 0)];
    }
}

static void blur(AVFrame *frame, double share)
{
    g_autofree uint8_t *copy = g_malloc((size_t)MAX(frame->width, frame->height));
    for (int plane = 0; plane < BRUSH_PLANES; plane++) {
        int shift = plane ? 1 : 0, width = frame->width >> shift, height = frame->height >> shift;
        int radius = (int)(height * share);
        ptrdiff_t stride = frame->linesize[plane];
        for (int round = 0; round < BLUR_ROUNDS; round++) {
            for (int y = 0; y < height; y++)
                blur_line(frame->data[plane] + y * stride, 1, width, radius, copy);
            for (int x = 0; x < width; x++)
                blur_line(frame->data[plane] + x, stride, height, radius, copy);
        }
    }
}

static void draw_hills(struct brush *brush, double left, double right, double horizon, double bottom)
{
    double width = right - left;
    struct point line[HILL_POINTS + 2] = { { right, bottom }, { left, bottom } };
    for (int i = 0; i < HILL_POINTS; i++) {
        double share = (double)i / (HILL_POINTS - 1);
        line[i + 2] = (struct point){ left + width * share, horizon - 0.025 * sin(7 * share + 60 * horizon) };
    }
    brush_polygon(brush, line, HILL_POINTS + 2);
}

static void draw_window(struct brush *brush, const struct room_look *look)
{
    double left = 0.38 * aspect(brush), right = 0.74 * aspect(brush), top = 0.07, bottom = 0.62;
    brush_colour(brush, look_shade(look->wall, 0.62), look_shade(look->wall, 0.5));
    brush_rectangle(brush, left - 0.022, top - 0.022, right + 0.022, bottom + 0.022);
    brush_colour(brush, look->sky, look->horizon);
    brush_rectangle(brush, left, top, right, bottom);
    brush_colour(brush, 0xFFFFFF, look->horizon);
    brush->opacity = 0.5;
    brush_ellipse(brush, left + 0.2 * (right - left), top + 0.16, 0.11, 0.022);
    brush_ellipse(brush, left + 0.26 * (right - left), top + 0.14, 0.07, 0.022);
    brush_ellipse(brush, left + 0.83 * (right - left), top + 0.25, 0.12, 0.02);
    brush->opacity = 1;
    brush_colour(brush, look->far_hills, look->far_hills);
    draw_hills(brush, left, right, bottom - 0.13, bottom);
    brush_colour(brush, look->hills, look_shade(look->hills, -0.1));
    draw_hills(brush, left, right, bottom - 0.06, bottom);
    brush_colour(brush, look_shade(look->wall, 0.62), look_shade(look->wall, 0.5));
    brush_rectangle(brush, (left + right) / 2 - 0.007, top, (left + right) / 2 + 0.007, bottom);
    brush_rectangle(brush, left - 0.04, bottom + 0.01, right + 0.04, bottom + 0.035);
}

static void draw_books(struct brush *brush, const struct room_look *look, int copy)
{
    static const double widths[BOOKS] = { 0.030, 0.022, 0.036, 0.026, 0.020, 0.032, 0.024, 0.028, 0.022 };
    static const double heights[BOOKS] = { 0.15, 0.13, 0.165, 0.14, 0.155, 0.12, 0.15, 0.135, 0.145 };
    const uint32_t colours[] = { look->accent,
                                 look->wall_below,
                                 0xE8E0D2,
                                 look->hills,
                                 look_shade(look->wall, -0.35),
                                 look_shade(look->accent, 0.45),
                                 look->far_hills };
    struct framecode_strip strip = framecode_strip(brush->frame->width, brush->frame->height, copy);
    double bottom = (strip.y - strip.cell / 2) / brush->frame->height, x = 0.03 + 0.12 * copy;
    for (int i = 0; i < BOOKS - 2 * copy; i++) {
        int book = (i + 4 * copy) % BOOKS;
        uint32_t colour = colours[(i * 3 + copy) % (int)G_N_ELEMENTS(colours)];
        brush_colour(brush, colour, look_shade(colour, -0.25));
        brush_rectangle(brush, x, bottom - heights[book], x + widths[book], bottom);
        x += widths[book] + 0.003;
    }
}

static void draw_plant(struct brush *brush, const struct room_look *look)
{
    static const double angles[] = { -1.0, 1.05, -0.62, 0.68, -0.3, 0.36, 0.02 };
    double x = 0.9 * aspect(brush), y = 0.86;
    for (size_t i = 0; i < G_N_ELEMENTS(angles); i++) {
        double length = 0.24 + 0.02 * (double)(i % 3), side = sin(angles[i]), up = cos(angles[i]);
        struct point tip = { x + length * side, y - length * up }, middle = { (x + tip.x) / 2, (y + tip.y) / 2 };
        brush_colour(brush, look_shade(0x5E9370, 0.12 * (double)(i % 3)), 0x33604A);
        brush_curve(brush,
                    (struct point[]){ { x, y },
                                      { middle.x - 0.034 * up, middle.y - 0.034 * side },
                                      tip,
                                      { middle.x + 0.034 * up, middle.y + 0.034 * side } },
                    4);
    }
    brush_colour(brush, look_shade(look->accent, 0.25), look_shade(look->accent, -0.2));
    brush_polygon(brush,
                  (struct point[]){ { x - 0.075, y }, { x + 0.075, y }, { x + 0.055, 1.02 }, { x - 0.055, 1.02 } }, 4);
}

/* ---- what is in focus ---- */

/* The frame's number stands on the edges of these. */
static void draw_board(struct brush *brush, int copy)
{
    struct framecode_strip strip = framecode_strip(brush->frame->width, brush->frame->height, copy);
    double scale = brush->frame->height, right = (strip.x + 29.5 * strip.cell) / scale;
    double top = (strip.y - strip.cell / 2) / scale, bottom = top + 6 * strip.cell / scale;
    brush_colour(brush, 0x000000, 0x000000);
    brush->opacity = 0.04;
    for (int i = 1; i <= 8; i++)
        brush_rectangle(brush, 0, bottom, right - 0.004 * i, bottom + 0.004 * i);
    brush->opacity = 1;
    brush_colour(brush, 0xF0F0F0, 0xF0F0F0);
    brush_rectangle(brush, 0, top, right, bottom);
}

static void place_clock(struct brush *brush)
{
    brush->x = CLOCK_X * brush->frame->width;
    brush->y = CLOCK_Y * brush->frame->height;
    brush->scale = CLOCK_RADIUS * MIN(brush->frame->height, 0.75 * brush->frame->width);
    brush->angle = 0;
    brush->opacity = 1;
}

static void draw_clock(struct brush *brush)
{
    place_clock(brush);
    brush_colour(brush, 0x000000, 0x000000);
    brush->opacity = 0.05;
    for (int i = 0; i < 5; i++)
        brush_ellipse(brush, 0.04, 0.09, 1.0 + 0.03 * i, 1.0 + 0.03 * i);
    brush->opacity = 1;
    brush_colour(brush, 0x454B57, 0x2B303A);
    brush_ellipse(brush, 0, 0, 1, 1);
    brush_colour(brush, 0xFFFDF8, 0xEFEBE2);
    brush_ellipse(brush, 0, 0, 0.91, 0.91);
    brush_colour(brush, 0x5A606C, 0x5A606C);
    for (int i = 0; i < TICKS; i++) {
        brush->angle = 2 * G_PI * i / TICKS;
        brush_stroke(brush, (struct point){ 0, i % 3 ? -0.78 : -0.7 }, (struct point){ 0, -0.8 }, i % 3 ? 0.03 : 0.06);
    }
}

static void draw_hand(struct brush *brush, double turns, double length, double tail, double width)
{
    brush->angle = 2 * G_PI * turns;
    brush_stroke(brush, (struct point){ 0, tail }, (struct point){ 0, -length }, width);
}

void backdrop_draw_hands(struct brush *brush, const struct room_look *look, double seconds)
{
    place_clock(brush);
    brush_colour(brush, 0x30353F, 0x30353F);
    draw_hand(brush, seconds / 43200, 0.46, 0, 0.1);
    draw_hand(brush, seconds / 3600, 0.68, 0, 0.07);
    brush_colour(brush, look->accent, look->accent);
    draw_hand(brush, seconds / 60, 0.76, 0.18, 0.035);
    brush_ellipse(brush, 0, 0, 0.07, 0.07);
}

void backdrop_draw(struct brush *brush, const struct room_look *look)
{
    place(brush);
    draw_wall(brush, look);
    draw_window(brush, look);
    draw_books(brush, look, 0);
    draw_books(brush, look, 1);
    draw_plant(brush, look);
    blur(brush->frame, 0.009);
    draw_board(brush, 0);
    draw_board(brush, 1);
    draw_clock(brush);
}
