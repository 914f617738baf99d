#include "engine/picture/curtain.h"

#include <glib.h>
#include <libavfilter/avfilter.h>
#include <libavfilter/buffersink.h>
#include <libavfilter/buffersrc.h>
#include <libavutil/log.h>
#include <string.h>

#include "engine/media/colour.h"
#include "engine/media/objects.h"
#include "engine/picture/scaler.h"

enum { BLACK = 16, WHITE = 235, GREY = 128 };
enum { LIGHT = 72 }; /* of 256: so much of the picture is left */
/* Of the words' picture: 12 times as wide as a letter is high. It becomes as wide as a picture's shorter side. */
enum { WORDS_WIDTH = 864, WORDS_HEIGHT = 96 };

/* ---- the picture ---- */

static AVFrame *create(int width, int height, struct colour colour)
{
    AVFrame *frame = frame_new();
    frame->format = AV_PIX_FMT_YUV420P;
    frame->width = width & ~1;
    frame->height = height & ~1;
    colour_set(frame, (struct colour){ colour.matrix, false });
    if (av_frame_get_buffer(frame, 0) < 0)
        av_frame_free(&frame);
    return frame;
}

static uint8_t *row_of(AVFrame *frame, int plane, int y)
{
    return frame->data[plane] + (ptrdiff_t)y * frame->linesize[plane];
}

static void make_black(AVFrame *frame)
{
    for (int plane = 0; plane < 3; plane++)
        for (int y = 0; y < frame->height >> (plane > 0); y++)
            memset(row_of(frame, plane, y), plane ? GREY : BLACK, (size_t)frame->width >> (plane > 0));
}

static void dim(AVFrame *frame)
{
    for (int plane = 0; plane < 3; plane++) {
        int dark = plane ? GREY : BLACK;
        for (int y = 0; y < frame->height >> (plane > 0); y++) {
            uint8_t *row = row_of(frame, plane, y);
            for (int x = 0; x < frame->width >> (plane > 0); x++)
                row[x] = (uint8_t)(dark + (row[x] - dark) * LIGHT / 256);
        }
    }
}

static AVFrame *dimmed(const AVFrame *last)
{
    struct colour colour = colour_of_picture(last);
    if (colour.matrix == AVCOL_SPC_RGB)
        colour = colour_by_height(last->height);
    AVFrame *frame = create(last->width, last->height, colour);
    struct picture_scaler *scaler = picture_scaler_create();
    if (frame && picture_scale(scaler, last, frame))
        dim(frame);
    else if (frame)
        make_black(frame);
    picture_scaler_destroy(scaler);
    return frame;
}

/* ---- the words ---- */

static AVFilterContext *add_source(AVFilterGraph *graph, const AVFrame *frame)
{
    AVFilterContext *source = avfilter_graph_alloc_filter(graph, avfilter_get_by_name("buffer"), "source");
    AVBufferSrcParameters *parameters = av_buffersrc_parameters_alloc();
    bool good = source && parameters;
    if (good) {
        parameters->format = frame->format;
        parameters->width = frame->width;
        parameters->height = frame->height;
        parameters->time_base = AV_TIME_BASE_Q;
        good = av_buffersrc_parameters_set(source, parameters) >= 0 && avfilter_init_dict(source, NULL) >= 0;
    }
    av_free(parameters);
    return good ? source : NULL;
}

/* Values go in by themselves, not in a description of the graph: no word of them has to be escaped. */
static AVFilterContext *add_words(AVFilterGraph *graph, const char *words, const char *font)
{
    const AVFilter *filter = avfilter_get_by_name("drawtext");
    AVFilterContext *context = filter ? avfilter_graph_alloc_filter(graph, filter, "words") : NULL;
    AVDictionary *options = NULL;
    if (font)
        av_dict_set(&options, "fontfile", font, 0);
    av_dict_set(&options, "text", words, 0);
    av_dict_set(&options, "expansion", "none", 0);
    av_dict_set(&options, "fontcolor", "white", 0);
    av_dict_set(&options, "fontsize", "w/12", 0);
    av_dict_set(&options, "x", "(w-text_w)/2", 0);
    av_dict_set(&options, "y", "(h-text_h)/2", 0);
    bool good = context && avfilter_init_dict(context, &options) >= 0;
    av_dict_free(&options);
    return good ? context : NULL;
}

static bool write_words(AVFilterGraph *graph, AVFrame *frame, const char *words, const char *font)
{
    AVFilterContext *source = add_source(graph, frame), *text = add_words(graph, words, font), *sink = NULL;
    return source && text &&
           avfilter_graph_create_filter(&sink, avfilter_get_by_name("buffersink"), "sink", NULL, NULL, graph) >= 0 &&
           avfilter_link(source, 0, text, 0) >= 0 && avfilter_link(text, 0, sink, 0) >= 0 &&
           avfilter_graph_config(graph, NULL) >= 0 && av_buffersrc_add_frame(source, frame) >= 0 &&
           av_buffersink_get_frame(sink, frame) >= 0;
}

AVFrame *curtain_words_draw(const char *words, const char *font)
{
    AVFrame *frame = create(WORDS_WIDTH, WORDS_HEIGHT, colour_by_height(WORDS_HEIGHT));
    AVFilterGraph *graph = avfilter_graph_alloc();
    if (graph)
        graph->nb_threads = 1; /* the caller's own */
    if (frame)
        make_black(frame);
    if (!frame || !graph || !write_words(graph, frame, words, font)) {
        g_warning("the words '%s' cannot be drawn: libavfilter has no drawtext, or no font", words);
        av_frame_free(&frame);
    }
    avfilter_graph_free(&graph);
    return frame;
}

/* ---- the words on the picture ---- */

static uint8_t blend(uint8_t from, int to, int share)
{
    return (uint8_t)(from + (to - from) * share / (WHITE - BLACK));
}

/* In the middle. */
static void lay_over(AVFrame *frame, AVFrame *words)
{
    int left = (frame->width - words->width) / 2 & ~1, top = (frame->height - words->height) / 2 & ~1;
    for (int plane = 0; plane < 3; plane++) {
        int shift = plane > 0, to = plane ? GREY : WHITE;
        for (int y = 0; y < words->height >> shift; y++) {
            const uint8_t *light = row_of(words, 0, y << shift);
            uint8_t *row = row_of(frame, plane, (top >> shift) + y) + (left >> shift);
            for (int x = 0; x < words->width >> shift; x++)
                row[x] = blend(row[x], to, CLAMP(light[x << shift] - BLACK, 0, WHITE - BLACK));
        }
    }
}

static void write_over(AVFrame *frame, const AVFrame *words)
{
    int width = MIN(frame->width, frame->height), height = width * WORDS_HEIGHT / WORDS_WIDTH;
    AVFrame *scaled = create(width, MAX(height, 2), colour_of_picture(words));
    struct picture_scaler *scaler = picture_scaler_create();
    if (scaled && picture_scale(scaler, words, scaled))
        lay_over(frame, scaled);
    picture_scaler_destroy(scaler);
    av_frame_free(&scaled);
}

AVFrame *curtain_picture_draw(const AVFrame *last, int width, int height, const AVFrame *words)
{
    AVFrame *frame = last ? dimmed(last) : create(width, height, colour_by_height(height));
    if (frame && !last)
        make_black(frame);
    if (frame && words)
        write_over(frame, words);
    return frame;
}
