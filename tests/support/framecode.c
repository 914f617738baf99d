/* framecode - films with machine-readable frame numbers (engine/statistics/framecode.h), and a reader for captured
 * screens.
 *
 *   framecode make --source N --size WxH --fps F --seconds S [--start FRAME]
 *     Raw yuv420p on stdout. With a tone as sound:
 *       framecode make --source 1 --size 640x360 --fps 30 --seconds 60 |
 *       ffmpeg -f rawvideo -pix_fmt yuv420p -s 640x360 -r 30 -i - -f lavfi -i sine=frequency=440:sample_rate=48000 \
 *              -shortest -c:v libx264 -preset veryfast -b:v 400k -maxrate 400k -bufsize 400k -g 60 -c:a aac out.mp4
 *
 *   framecode read --size WxH --fps F [--pix gray]
 *     Raw gray frames on stdin, one JSON line for each on stdout:
 *       ffmpeg -v error -f x11grab -draw_mouse 0 -framerate 60 -video_size 1280x720 -i :99 -vsync cfr -f rawvideo \
 *              -pix_fmt gray - | framecode read --size 1280x720 --fps 60
 *       {"t_ms":16.7,"mono_ms":81234.5,"codes":[{"source":1,"frame":7,"x":2.8,"y":112,"w":160.0,"n":2}],
 *        "mean":98.1,"black":false}
 *     t_ms     frame index / F (true time only if the sender is -vsync cfr)
 *     mono_ms  CLOCK_MONOTONIC when the frame was read here
 *     codes    widest first; the first one is the main picture. x, w: strip with its quiet cells; y: top of the first
 *              copy; n: copies read. A torn picture gives two entries.
 *     black    less than 0.1 % of the pixels above 40
 *
 *   framecode check [--src-fps 30] [--min-w PX]  < lines of read
 *     JSON lines: one "segment" for each run of one main source, one "switch" between two of them, one "total". Codes
 *     narrower than --min-w (default: half of the widest seen) are never the main picture.
 *     missing       source frames never captured
 *     back          steps backwards (also: file looped, number wrapped at 2^20)
 *     repeats       frames held > 1 source period + 1.5 capture periods
 *     max_freeze_ms longest time from first sight of a code to the next code
 *     black, undecodable  captures with no main code, black or not */
#include "engine/statistics/framecode.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <glib.h>

#include "engine/synthetic/test_picture.h"

enum { MAX_CODES = 16 };

struct options {
    unsigned source;
    int width, height;
    double fps, seconds, source_fps, min_width;
    long start;
};

static _Noreturn void die(const char *message)
{
    fprintf(stderr, "framecode: %s\n", message);
    exit(2);
}

/* ---- make ---- */

static bool write_plane(const AVFrame *frame, int plane)
{
    int width = plane ? frame->width / 2 : frame->width, height = plane ? frame->height / 2 : frame->height;
    for (int y = 0; y < height; y++)
        if (fwrite(frame->data[plane] + (ptrdiff_t)y * frame->linesize[plane], 1, (size_t)width, stdout) !=
            (size_t)width)
            return false;
    return true;
}

static int make(const struct options *options)
{
    struct test_picture *picture = test_picture_create(options->width, options->height, options->source);
    long count = lrint(options->fps * options->seconds);
    bool written = true;
    for (long i = 0; i < count && written; i++) {
        AVFrame *frame = test_picture_draw(picture, (unsigned)(options->start + i), (double)i / options->fps);
        if (!frame)
            die("out of memory");
        written = write_plane(frame, 0) && write_plane(frame, 1) && write_plane(frame, 2);
        av_frame_free(&frame);
    }
    test_picture_destroy(picture);
    return written && fflush(stdout) == 0 ? 0 : 1;
}

/* ---- read ---- */

static void print_frame(const struct options *options, const uint8_t *grey, long index)
{
    double mono_ms = (double)g_get_monotonic_time() / 1000;
    size_t size = (size_t)options->width * (size_t)options->height;
    uint64_t sum = 0, bright = 0;
    for (size_t i = 0; i < size; i++) {
        sum += grey[i];
        bright += grey[i] > 40;
    }
    bool black = bright * 1000 < size;
    struct framecode codes[MAX_CODES];
    int count = black ? 0 : framecode_find(grey, options->width, options->height, options->width, codes, MAX_CODES);
    printf("{\"t_ms\":%.1f,\"mono_ms\":%.1f,\"codes\":[", (double)index * 1000 / options->fps, mono_ms);
    for (int i = 0; i < count; i++)
        printf("%s{\"source\":%u,\"frame\":%u,\"x\":%.1f,\"y\":%.0f,\"w\":%.1f,\"n\":%d}", i ? "," : "",
               codes[i].source, codes[i].number, codes[i].x, codes[i].y, codes[i].width, codes[i].copies);
    printf("],\"mean\":%.1f,\"black\":%s}\n", (double)sum / (double)size, black ? "true" : "false");
}

static int read_frames(const struct options *options)
{
    size_t size = (size_t)options->width * (size_t)options->height;
    uint8_t *grey = g_malloc(size);
    setvbuf(stdout, NULL, _IOLBF, 1 << 14);
    setvbuf(stdin, NULL, _IONBF, 0);
    for (long i = 0; fread(grey, 1, size, stdin) == size; i++)
        print_frame(options, grey, i);
    g_free(grey);
    return 0;
}

/* ---- check ---- */

struct captured {
    double t_ms, width;
    int source; /* -1: none */
    long number;
    bool black, torn;
};

struct segment {
    int source; /* -1: none yet */
    double first, last, shown_at, freeze;
    long first_number, number, frames, missing, back, repeats, captures, black, undecodable, torn;
};

struct gap { /* captures without a main code */
    long black, undecodable;
};

struct check {
    double period, limit; /* of the capture; a frame that stands longer is a repeat (ms) */
    struct segment segment;
    struct gap gap, before, inside; /* since the last code; before the first; all between codes */
    long segments;
};

static double field(const char *line, const char *key)
{
    const char *at = strstr(line, key);
    return at ? strtod(at + strlen(key), NULL) : -1;
}

static struct captured parse_line(const char *line)
{
    static const char code[] = "{\"source\":";
    struct captured captured = { .t_ms = field(line, "\"t_ms\":"),
                                 .source = -1,
                                 .black = strstr(line, "\"black\":true") != NULL };
    const char *first = strstr(line, code), *second = first ? strstr(first + 1, code) : NULL;
    if (!first)
        return captured;
    captured.source = (int)field(first, "\"source\":");
    captured.number = (long)field(first, "\"frame\":");
    captured.width = field(first, "\"w\":");
    if (second && (int)field(second, "\"source\":") == captured.source &&
        fabs(field(second, "\"w\":") - captured.width) < 0.05 * captured.width) {
        captured.torn = true;
        captured.number = MAX(captured.number, (long)field(second, "\"frame\":")); /* the newer one counts */
    }
    return captured;
}

static GArray *parse_lines(void)
{
    GArray *lines = g_array_new(FALSE, FALSE, sizeof(struct captured));
    char *line = NULL;
    size_t room = 0;
    while (getline(&line, &room, stdin) > 0)
        if (strstr(line, "\"codes\":[")) {
            struct captured captured = parse_line(line);
            g_array_append_val(lines, captured);
        }
    free(line);
    return lines;
}

static void hold(struct check *check, double until)
{
    double held = until - check->segment.shown_at;
    check->segment.freeze = MAX(check->segment.freeze, held);
    check->segment.repeats += held > check->limit;
}

static void print_segment(const struct segment *s)
{
    printf("{\"segment\":%d,\"first_ms\":%.1f,\"last_ms\":%.1f,\"first_frame\":%ld,\"last_frame\":%ld,\"frames\":%ld,"
           "\"missing\":%ld,\"back\":%ld,\"repeats\":%ld,\"max_freeze_ms\":%.1f,\"captures\":%ld,\"black\":%ld,"
           "\"undecodable\":%ld,\"torn\":%ld}\n",
           s->source, s->first, s->last, s->first_number, s->number, s->frames, s->missing, s->back, s->repeats,
           s->freeze, s->captures, s->black, s->undecodable, s->torn);
}

static void end_segment(struct check *check)
{
    hold(check, check->segment.last + check->period);
    print_segment(&check->segment);
}

static void continue_segment(struct check *check, const struct captured *captured)
{
    struct segment *segment = &check->segment;
    segment->black += check->gap.black;
    segment->undecodable += check->gap.undecodable;
    if (captured->number == segment->number)
        return;
    hold(check, captured->t_ms);
    segment->shown_at = captured->t_ms;
    if (captured->number < segment->number)
        segment->back++;
    else
        segment->missing += captured->number - segment->number - 1;
    segment->number = captured->number;
    segment->frames++;
}

static void begin_segment(struct check *check, const struct captured *captured)
{
    if (check->segments++) {
        end_segment(check);
        printf("{\"switch\":[%d,%d],\"gap_ms\":%.1f,\"black\":%ld,\"undecodable\":%ld}\n", check->segment.source,
               captured->source, captured->t_ms - check->segment.last, check->gap.black, check->gap.undecodable);
    }
    check->segment = (struct segment){ .source = captured->source,
                                       .first = captured->t_ms,
                                       .shown_at = captured->t_ms,
                                       .first_number = captured->number,
                                       .number = captured->number,
                                       .frames = 1 };
}

static void add_coded(struct check *check, const struct captured *captured)
{
    struct gap *gaps = check->segments ? &check->inside : &check->before;
    gaps->black += check->gap.black;
    gaps->undecodable += check->gap.undecodable;
    if (captured->source == check->segment.source)
        continue_segment(check, captured);
    else
        begin_segment(check, captured);
    check->gap = (struct gap){ 0 };
    check->segment.last = captured->t_ms;
    check->segment.captures++;
    check->segment.torn += captured->torn;
}

static double widest(const GArray *lines)
{
    double width = 0;
    for (guint i = 0; i < lines->len; i++)
        width = MAX(width, g_array_index(lines, struct captured, i).width);
    return width;
}

static double capture_period(const GArray *lines)
{
    if (lines->len < 2)
        return 0;
    double first = g_array_index(lines, struct captured, 0).t_ms;
    return (g_array_index(lines, struct captured, lines->len - 1).t_ms - first) / (lines->len - 1);
}

static int check_lines(const struct options *options)
{
    GArray *lines = parse_lines();
    double min_width = options->min_width > 0 ? options->min_width : widest(lines) / 2;
    struct check check = { .period = capture_period(lines), .segment = { .source = -1 } };
    check.limit = 1000 / options->source_fps + 1.5 * check.period;
    for (guint i = 0; i < lines->len; i++) {
        const struct captured *captured = &g_array_index(lines, struct captured, i);
        if (captured->source >= 0 && captured->width >= min_width)
            add_coded(&check, captured);
        else if (captured->black)
            check.gap.black++;
        else
            check.gap.undecodable++;
    }
    if (check.segments)
        end_segment(&check);
    printf("{\"total\":%u,\"segments\":%ld,\"black\":%ld,\"undecodable\":%ld,\"before\":{\"black\":%ld,"
           "\"undecodable\":%ld},\"after\":{\"black\":%ld,\"undecodable\":%ld},\"min_w\":%.1f}\n",
           lines->len, check.segments, check.inside.black, check.inside.undecodable, check.before.black,
           check.before.undecodable, check.gap.black, check.gap.undecodable, min_width);
    g_array_free(lines, TRUE);
    return check.segments ? 0 : 1;
}

/* ---- main ---- */

static void parse_option(struct options *options, const char *name, const char *value)
{
    if (!value)
        die("option without a value");
    if (!strcmp(name, "--source"))
        options->source = (unsigned)atoi(value);
    else if (!strcmp(name, "--size")) {
        if (sscanf(value, "%dx%d", &options->width, &options->height) != 2)
            die("--size wants WxH");
    } else if (!strcmp(name, "--fps"))
        options->fps = atof(value);
    else if (!strcmp(name, "--seconds"))
        options->seconds = atof(value);
    else if (!strcmp(name, "--start"))
        options->start = atol(value);
    else if (!strcmp(name, "--src-fps"))
        options->source_fps = atof(value);
    else if (!strcmp(name, "--min-w"))
        options->min_width = atof(value);
    else if (strcmp(name, "--pix") != 0 || strcmp(value, "gray") != 0)
        die("unknown option (see the head of tests/support/framecode.c)");
}

int main(int argc, char **argv)
{
    struct options options = { .source = 1, .fps = 30, .seconds = 10, .source_fps = 30 };
    if (argc < 2)
        die("usage: framecode make|read|check [--option value ...]");
    for (int i = 2; i < argc; i += 2)
        parse_option(&options, argv[i], argv[i + 1]);
    if (!(options.fps > 0) || !(options.source_fps > 0))
        die("bad rate");
    if (!strcmp(argv[1], "check"))
        return check_lines(&options);
    if (options.width < 16 || options.height < 16 || options.width > 16384 || options.height > 16384)
        die("--size WxH is needed");
    if (!strcmp(argv[1], "read"))
        return read_frames(&options);
    if (strcmp(argv[1], "make") != 0)
        die("make, read or check?");
    if (options.width < 116 || options.height < 66 || options.width & 1 || options.height & 1 || options.source > 15 ||
        options.start < 0)
        die("make wants even sizes from 116x66, source 0..15, start >= 0");
    return make(&options);
}
