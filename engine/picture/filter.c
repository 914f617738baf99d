#include "engine/picture/filter.h"

#include <glib.h>
#include <libavfilter/avfilter.h>
#include <libavfilter/buffersink.h>
#include <libavfilter/buffersrc.h>
#include <libavutil/display.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/media/colour.h"
#include "engine/media/objects.h"

struct needs {
    struct colour colour; /* that it has */
    bool hdr, interlaced;
    int32_t matrix[4]; /* the display matrix without offset and scale: a, b, c, d, each -1, 0 or 1 */
    AVRational aspect;
};

struct picture_filter {
    struct picture_shape shape;
    bool interlaced;      /* once is for ever: films mix */
    struct colour colour; /* of what comes out of the graph */
    char *description;    /* of the graph; NULL: pictures pass */
    AVFilterGraph *graph; /* NULL, too, where it could not be made */
    AVFilterContext *source, *sink;
    AVFrame *passing; /* received next where there is no graph; empty: none */
};

/* ---- what there is to do ---- */

static bool is_interlaced(const AVFrame *frame)
{
#ifdef AV_FRAME_FLAG_INTERLACED
    return frame->flags & AV_FRAME_FLAG_INTERLACED;
#else
    return frame->interlaced_frame;
#endif
}

static int32_t direction(int32_t fixed)
{
    return abs(fixed) < 1 << 15 ? 0 : fixed < 0 ? -1 : 1;
}

/* A photo says it of itself (Exif), a film in its container. */
static void find_orientation(const struct picture_filter *filter, const AVFrame *frame, int32_t matrix[4])
{
    const AVFrameSideData *own = av_frame_get_side_data(frame, AV_FRAME_DATA_DISPLAYMATRIX);
    const int32_t *from = own ? (const int32_t *)(const void *)own->data : filter->shape.display_matrix;
    static const int32_t upright[] = { 1, 0, 0, 1 };
    for (int i = 0; from && i < 4; i++)
        matrix[i] = direction(from[i / 2 * 3 + i % 2]);
    bool turns = from && !filter->shape.turned_later && (matrix[0] ? matrix[3] != 0 : matrix[1] && matrix[2]);
    if (!turns)
        memcpy(matrix, upright, sizeof upright);
}

static bool is_hdr(const AVFrame *frame)
{
    return frame->color_trc == AVCOL_TRC_SMPTE2084 || frame->color_trc == AVCOL_TRC_ARIB_STD_B67;
}

static struct needs needs_of(const struct picture_filter *filter, const AVFrame *frame)
{
    bool said = filter->shape.pixel_aspect.num > 0;
    AVRational aspect = said ? filter->shape.pixel_aspect : frame->sample_aspect_ratio;
    struct needs needs = {
        .colour = colour_of_picture(frame),
        .hdr = is_hdr(frame),
        .interlaced = filter->interlaced,
        .aspect = aspect.num > 0 && aspect.den > 0 ? aspect : (AVRational){ 1, 1 },
    };
    find_orientation(filter, frame, needs.matrix);
    return needs;
}

static bool is_upright(const struct needs *needs)
{
    return needs->matrix[0] == 1 && needs->matrix[3] == 1;
}

static bool is_square(const struct needs *needs)
{
    return av_cmp_q(needs->aspect, (AVRational){ 1, 1 }) == 0;
}

static bool nothing_to_do(const struct needs *needs)
{
    return is_upright(needs) && is_square(needs) && !needs->interlaced && !needs->hdr;
}

/* ---- the graph ---- */

/* The matrix maps (x, y) to (a x + c y, b x + d y), y downwards. */
static const char *turning(const int32_t matrix[4])
{
    if (!matrix[0] && !matrix[3])
        return matrix[1] > 0 ? (matrix[2] > 0 ? "transpose=cclock_flip" : "transpose=clock")
                             : (matrix[2] > 0 ? "transpose=cclock" : "transpose=clock_flip");
    if (matrix[0] < 0)
        return matrix[3] < 0 ? "hflip,vflip" : "hflip";
    return matrix[3] < 0 ? "vflip" : "null";
}

/* Its matrix and its brightness become BT.709's, 8 bits. White of HDR is 203 cd/m² (ITU-R BT.2408). */
static const char *const to_sdr = "zscale=t=linear:npl=203,format=gbrpf32le,"
                                  "zscale=p=bt709,tonemap=mobius:desat=0,zscale=t=bt709:m=bt709:r=tv,format=yuv420p";

static struct colour colour_after(const struct needs *needs)
{
    bool becomes_709 = needs->hdr || needs->colour.matrix == AVCOL_SPC_RGB;
    return (struct colour){ becomes_709 ? AVCOL_SPC_BT709 : needs->colour.matrix, false };
}

/* 4:2:0 in limited range, which all that follows takes as it is. */
static void append_format(GString *graph, const struct needs *needs)
{
    if (needs->hdr)
        g_string_append(graph, to_sdr);
    else
        g_string_append_printf(graph, "scale=in_range=%s:out_range=tv%s,format=yuv420p",
                               needs->colour.full ? "pc" : "tv",
                               needs->colour.matrix == AVCOL_SPC_RGB ? ":out_color_matrix=bt709" : "");
}

/* The lines stay, the width follows. */
static char *describe(const struct needs *needs, const AVFrame *frame)
{
    GString *graph = g_string_new(NULL);
    g_string_append_printf(graph, "buffer=video_size=%dx%d:pix_fmt=%d:time_base=1/1000000:pixel_aspect=1/1,",
                           frame->width, frame->height, frame->format);
    append_format(graph, needs);
    if (needs->interlaced)
        g_string_append(graph, ",yadif=deint=interlaced");
    if (!is_square(needs))
        g_string_append_printf(graph, ",scale=%d:%d,setsar=1",
                               MAX((int)lrint(frame->width * av_q2d(needs->aspect)) & ~1, 2), frame->height);
    g_string_append_printf(graph, ",%s,buffersink", turning(needs->matrix));
    return g_string_free(graph, FALSE);
}

static bool open_graph(struct picture_filter *filter)
{
    AVFilterInOut *inputs = NULL, *outputs = NULL;
    filter->graph = avfilter_graph_alloc();
    if (!filter->graph)
        return false;
    filter->graph->nb_threads = 1; /* the loop's own, as the decoder's */
    bool good = avfilter_graph_parse2(filter->graph, filter->description, &inputs, &outputs) >= 0;
    avfilter_inout_free(&inputs);
    avfilter_inout_free(&outputs);
    if (!good)
        return false;
    filter->source = filter->graph->filters[0];
    filter->sink = filter->graph->filters[filter->graph->nb_filters - 1];
    return avfilter_graph_config(filter->graph, NULL) >= 0;
}

/* Another graph where there is something else to do for `frame`. */
static void prepare(struct picture_filter *filter, const AVFrame *frame)
{
    filter->interlaced |= is_interlaced(frame);
    struct needs needs = needs_of(filter, frame);
    g_autofree char *description = nothing_to_do(&needs) ? NULL : describe(&needs, frame);
    filter->colour = colour_after(&needs);
    if (g_strcmp0(description, filter->description) == 0)
        return;
    avfilter_graph_free(&filter->graph);
    g_free(filter->description);
    filter->description = g_steal_pointer(&description);
    if (!filter->description || open_graph(filter))
        return;
    g_warning("pictures are shown as they lie: this FFmpeg cannot do \"%s\"", filter->description);
    avfilter_graph_free(&filter->graph);
}

/* ---- pictures ---- */

void picture_filter_send(struct picture_filter *filter, AVFrame *frame)
{
    if (frame)
        prepare(filter, frame);
    if (!filter->graph && frame) {
        av_frame_unref(filter->passing);
        av_frame_move_ref(filter->passing, frame);
    } else if (filter->graph) {
        bool taken = av_buffersrc_add_frame(filter->source, frame) >= 0;
        if (frame && !taken) /* a filter refuses it: it is left out */
            av_frame_unref(frame);
    }
}

bool picture_filter_receive(struct picture_filter *filter, AVFrame *frame)
{
    if (!filter->graph) {
        av_frame_move_ref(frame, filter->passing);
        return frame->width > 0;
    }
    if (av_buffersink_get_frame(filter->sink, frame) < 0)
        return false;
    frame->pts = av_rescale_q(frame->pts, av_buffersink_get_time_base(filter->sink), (AVRational){ 1, 1000000 });
    frame->sample_aspect_ratio = (AVRational){ 1, 1 };
    if (!filter->shape.turned_later)
        av_frame_remove_side_data(frame, AV_FRAME_DATA_DISPLAYMATRIX);
    colour_set(frame, filter->colour);
    return true;
}

/* ---- life ---- */

struct picture_filter *picture_filter_create(const struct picture_shape *shape)
{
    struct picture_filter *filter = g_new0(struct picture_filter, 1);
    filter->shape = *shape;
    filter->passing = frame_new();
    return filter;
}

void picture_filter_destroy(struct picture_filter *filter)
{
    if (!filter)
        return;
    avfilter_graph_free(&filter->graph);
    g_free(filter->description);
    av_frame_free(&filter->passing);
    g_free(filter);
}
