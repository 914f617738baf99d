#include "engine/statistics/framecode.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include <glib.h>

enum {
    CELLS = 29, /* of a strip, quiet cells included */
    SPAN = 27,  /* between the quiet cells */
    DATA = 6,
    DATA_CELLS = 16, /* first data cell of the span, and how many */
    MAX_GROUPS = 256,
    MIN_WIDTH = 4 * CELLS, /* of a picture: two pixels a cell */
    SMALL_WIDTH = 480,
    BLACK = 38,
    WHITE = 222, /* soft on the eye, and far enough from each other */
    NEUTRAL = 128,
};

static const char PATTERN[SPAN + 1] = "BBBWBW................WBWBB";

static uint8_t crc8(uint32_t value24)
{
    uint8_t crc = 0xFF;
    for (int shift = 16; shift >= 0; shift -= 8) {
        crc ^= (uint8_t)(value24 >> shift);
        for (int bit = 0; bit < 8; bit++)
            crc = (uint8_t)(crc & 0x80 ? crc << 1 ^ 0x07 : crc << 1);
    }
    return crc;
}

static uint32_t code_word(unsigned source, unsigned number)
{
    uint32_t value = (source & 15u) << 20 | (number & 0xFFFFFu);
    return value << 8 | crc8(value);
}

/* ---- drawing ---- */

static void fill(AVFrame *frame, int plane, double x0, double y0, double x1, double y1, int value)
{
    int shift = plane ? 1 : 0;
    int left = MAX((int)lrint(x0), 0), right = MIN((int)lrint(x1), AV_CEIL_RSHIFT(frame->width, shift));
    int top = MAX((int)lrint(y0), 0), bottom = MIN((int)lrint(y1), AV_CEIL_RSHIFT(frame->height, shift));
    for (int y = top; y < bottom && left < right; y++)
        memset(frame->data[plane] + (ptrdiff_t)y * frame->linesize[plane] + left, value, (size_t)(right - left));
}

static bool is_black(uint32_t word, int column, int row)
{
    if (PATTERN[column] == '.')
        return word >> (31 - row * DATA_CELLS - (column - DATA)) & 1;
    return PATTERN[column] == 'B';
}

struct framecode_strip framecode_strip(int width, int height, int copy)
{
    static const double centres[] = { 0.35, 0.65 };
    double cell = MIN(MAX(width / 116.0, 5), width / (2.0 * CELLS));
    return (struct framecode_strip){ .x = cell / 2, .y = height * centres[copy] - 2.5 * cell, .cell = cell };
}

static void draw_strip(AVFrame *frame, struct framecode_strip strip, uint32_t word)
{
    double cell = strip.cell, x = strip.x, y = strip.y, right = x + CELLS * cell, bottom = y + 5 * cell;
    fill(frame, 0, x, y, right, bottom, WHITE);
    fill(frame, 1, x / 2, y / 2, right / 2, bottom / 2, NEUTRAL);
    fill(frame, 2, x / 2, y / 2, right / 2, bottom / 2, NEUTRAL);
    x += cell;
    y += cell / 2;
    for (int row = 0; row < 2; row++)
        for (int i = 0; i < SPAN; i++)
            if (is_black(word, i, row))
                fill(frame, 0, x + i * cell, y + 2 * row * cell, x + (i + 1) * cell, y + 2 * (row + 1) * cell, BLACK);
}

void framecode_draw(AVFrame *frame, unsigned source, unsigned number)
{
    assert(frame->format == AV_PIX_FMT_YUV420P && frame->width >= MIN_WIDTH);
    uint32_t word = code_word(source, number);
    for (int copy = 0; copy < 2; copy++)
        draw_strip(frame, framecode_strip(frame->width, frame->height, copy), word);
}

/* ---- finding ----
 *
 * Each scanned line is turned into the places where it crosses a threshold. Where the run lengths of both finders
 * follow each other at the right distance, the line is a witness of a strip: witnesses under each other form a group,
 * and a group that is about four cells high is read. Nothing depends on where the strip is or how large it is. */

struct group {
    double left, right; /* mean of its lines */
    int top, last, lines;
};

struct finder {
    const uint8_t *grey;
    int width, height, stride;
    int step; /* every line, or every second */
    int group_count;
    struct group groups[MAX_GROUPS];
    double *edges; /* of the line at hand, width + 4 */
};

static double sample(const struct finder *finder, double x, double y)
{
    x = CLAMP(x - 0.5, 0, finder->width - 1);
    y = CLAMP(y - 0.5, 0, finder->height - 1);
    int left = MIN((int)x, finder->width - 2), top = MIN((int)y, finder->height - 2);
    double fx = x - left, fy = y - top;
    const uint8_t *upper = finder->grey + (ptrdiff_t)top * finder->stride + left, *lower = upper + finder->stride;
    return (upper[0] * (1 - fx) + upper[1] * fx) * (1 - fy) + (lower[0] * (1 - fx) + lower[1] * fx) * fy;
}

static double group_top(const struct finder *finder, const struct group *group)
{
    return group->top - (finder->step - 1) / 2.0;
}

static double group_height(const struct finder *finder, const struct group *group)
{
    return group->last - group->top + finder->step;
}

static double cell_value(const struct finder *finder, const struct group *group, int column, int row)
{
    double cell = (group->right - group->left) / SPAN, height = group_height(finder, group), sum = 0;
    for (int j = -1; j <= 1; j++)
        for (int i = -1; i <= 1; i++)
            sum += sample(finder, group->left + (column + 0.5 + 0.2 * i) * cell,
                          group_top(finder, group) + height * (0.25 + 0.5 * row + 0.1 * j));
    return sum / 9;
}

/* Mean light of the finders' black and white cells: what the picture's contrast has become on the way. */
static bool measure_levels(double values[2][SPAN], double *black, double *white)
{
    double sum[2] = { 0 };
    int count[2] = { 0 };
    for (int row = 0; row < 2; row++)
        for (int i = 0; i < SPAN; i++) {
            if (PATTERN[i] == '.')
                continue;
            sum[PATTERN[i] == 'W'] += values[row][i];
            count[PATTERN[i] == 'W']++;
        }
    *black = sum[0] / count[0];
    *white = sum[1] / count[1];
    return *white - *black >= 40;
}

static bool read_word(const struct finder *finder, const struct group *group, uint32_t *word)
{
    double values[2][SPAN], black, white;
    for (int row = 0; row < 2; row++)
        for (int i = 0; i < SPAN; i++)
            values[row][i] = cell_value(finder, group, i, row);
    if (!measure_levels(values, &black, &white))
        return false;
    *word = 0;
    for (int row = 0; row < 2; row++)
        for (int i = 0; i < SPAN; i++) {
            double light = (values[row][i] - black) / (white - black);
            if (fabs(light - 0.5) < 0.1)
                return false; /* neither black nor white: a moving or torn strip */
            if (PATTERN[i] == '.')
                *word = *word << 1 | (light < 0.5);
            else if ((light < 0.5) != (PATTERN[i] == 'B'))
                return false;
        }
    return crc8(*word >> 8) == (*word & 255);
}

static bool read_group(const struct finder *finder, const struct group *group, struct framecode *code)
{
    double cell = (group->right - group->left) / SPAN, height = group_height(finder, group);
    uint32_t word;
    if (group->lines < 3 || height < 2.9 * cell || height > 5.2 * cell || group->lines * finder->step < 0.6 * height ||
        !read_word(finder, group, &word))
        return false;
    *code = (struct framecode){ .source = word >> 28,
                                .number = word >> 8 & 0xFFFFF,
                                .copies = 1,
                                .x = group->left - cell,
                                .y = group_top(finder, group) - cell / 2,
                                .width = CELLS * cell };
    return true;
}

static bool runs_fit(const double *edge, double first, double second, double third, double cell)
{
    double tolerance = 0.6 * cell;
    return fabs(edge[1] - edge[0] - first * cell) < tolerance && fabs(edge[2] - edge[1] - second * cell) < tolerance &&
           fabs(edge[3] - edge[2] - third * cell) < tolerance;
}

static bool quiet_around(const double *edge, double cell)
{
    return edge[0] - edge[-1] > 0.4 * cell && edge[4] - edge[3] > 0.4 * cell;
}

static void add_witness(struct finder *finder, double left, double right, int y)
{
    double cell = (right - left) / SPAN;
    int gap = MAX(2 * finder->step, (int)(0.7 * cell));
    for (int i = finder->group_count - 1; i >= 0; i--) {
        struct group *group = &finder->groups[i];
        if (y - group->last > gap || fabs(group->left - left) > 0.5 * cell || fabs(group->right - right) > 0.5 * cell)
            continue;
        if (group->last == y)
            return;
        group->lines++;
        group->left += (left - group->left) / group->lines;
        group->right += (right - group->right) / group->lines;
        group->last = y;
        return;
    }
    if (finder->group_count < MAX_GROUPS)
        finder->groups[finder->group_count++] = (struct group){ left, right, y, y, 1 };
}

/* Fills edges: [1], [3], ... light to dark, [2], [4], ... dark to light, with one far away at either end. Returns how
 * many there are without the last. */
static int find_edges(struct finder *finder, const uint8_t *line, int threshold)
{
    double *edges = finder->edges;
    int count = 0;
    bool dark = line[0] < threshold;
    edges[count++] = -1e9;
    if (dark)
        edges[count++] = 0;
    for (int i = 1; i < finder->width; i++) {
        if ((line[i] < threshold) == dark)
            continue;
        dark = !dark;
        edges[count++] = i - 0.5 + (double)(threshold - line[i - 1]) / (line[i] - line[i - 1]);
    }
    edges[count] = 1e9;
    return count;
}

/* The end finder that belongs to the start finder at edge `first`, or 0. Data cells may look like one, too: it is the
 * one nearest to where it is expected. */
static int matching_end(const double *edges, int count, int first, double rough_cell)
{
    int nearest = 0;
    double least = SPAN * rough_cell;
    for (int i = first + 4; i + 3 < count; i += 2) {
        double span = edges[i + 3] - edges[first], cell = span / SPAN;
        if (span < SPAN * rough_cell * 0.83)
            continue;
        if (span > SPAN * rough_cell * 1.2)
            break;
        if (runs_fit(edges + first, 3, 1, 1, cell) && runs_fit(edges + i, 1, 1, 2, cell) &&
            quiet_around(edges + first, cell) && quiet_around(edges + i, cell) &&
            fabs(span - SPAN * rough_cell) < least) {
            least = fabs(span - SPAN * rough_cell);
            nearest = i;
        }
    }
    return nearest;
}

static void scan_line(struct finder *finder, int y, int threshold)
{
    int count = find_edges(finder, finder->grey + (ptrdiff_t)y * finder->stride, threshold);
    const double *edges = finder->edges;
    for (int i = 1; i + 7 < count; i += 2) {
        double cell = (edges[i + 3] - edges[i]) / 5;
        if (cell < 1.5 || !runs_fit(edges + i, 3, 1, 1, cell))
            continue;
        int end = matching_end(edges, count, i, cell);
        if (end)
            add_witness(finder, edges[i], edges[end + 3], y);
    }
}

/* Adds a code, widest first; the second copy of one that is there is only counted. */
static int insert(struct framecode *found, int count, int room, struct framecode code)
{
    for (int i = 0; i < count; i++)
        if (found[i].source == code.source && found[i].number == code.number &&
            fabs(found[i].x - code.x) < 0.05 * code.width && fabs(found[i].width - code.width) < 0.05 * code.width) {
            found[i].copies++;
            return count;
        }
    if (count == room)
        return count;
    int at = count;
    for (; at > 0 && found[at - 1].width < code.width; at--)
        found[at] = found[at - 1];
    found[at] = code;
    return count + 1;
}

static int find_at(struct finder *finder, int threshold, struct framecode *found, int room)
{
    int count = 0;
    finder->group_count = 0;
    for (int y = 0; y < finder->height; y += finder->step)
        scan_line(finder, y, threshold);
    for (int i = 0; i < finder->group_count; i++) {
        struct framecode code;
        if (read_group(finder, &finder->groups[i], &code))
            count = insert(found, count, room, code);
    }
    return count;
}

/* Every second line is enough for all but the smallest strips, three thresholds for any contrast; all lines of a large
 * picture only when that finds none. */
int framecode_find(const uint8_t *grey, int width, int height, int stride, struct framecode *found, int room)
{
    static const struct {
        int step, threshold;
    } passes[] = { { 2, 128 }, { 2, 80 }, { 2, 170 }, { 1, 128 } };
    if (width < MIN_WIDTH / 2 || height < 8 || room <= 0)
        return 0;
    struct finder finder = {
        .grey = grey, .width = width, .height = height, .stride = stride, .edges = g_new(double, (size_t)width + 4)
    };
    int count = 0;
    for (size_t i = 0; i < G_N_ELEMENTS(passes) && !count; i++) {
        finder.step = width <= SMALL_WIDTH ? 1 : passes[i].step;
        count = find_at(&finder, passes[i].threshold, found, room);
    }
    g_free(finder.edges);
    return count;
}
