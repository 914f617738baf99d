#include "engine/synthetic/test_picture.h"

#include <assert.h>
#include <glib.h>
#include <libavutil/buffer.h>
#include <libavutil/imgutils.h>

#include "engine/media/colour.h"
#include "engine/media/objects.h"
#include "engine/statistics/framecode.h"
#include "engine/synthetic/backdrop.h"
#include "engine/synthetic/brush.h"
#include "engine/synthetic/look.h"
#include "engine/synthetic/sitter.h"

enum { ALIGNMENT = 32 };

struct test_picture {
    int width, height;
    unsigned source;
    struct look look;
    struct brush brush;
    AVFrame *backdrop; /* NULL: not there yet, or memory is short */
    GThread *painter;  /* draws it; NULL: it is done */
    AVBufferPool *pool;
};

static AVFrame *new_frame(struct test_picture *picture)
{
    AVFrame *frame = frame_new();
    frame->buf[0] = picture->pool ? av_buffer_pool_get(picture->pool) : NULL;
    if (!frame->buf[0]) {
        av_frame_free(&frame);
        return NULL;
    }
    frame->format = AV_PIX_FMT_YUV420P;
    frame->width = picture->width;
    frame->height = picture->height;
    colour_set(frame, colour_by_height(picture->height));
    av_image_fill_arrays(frame->data, frame->linesize, frame->buf[0]->data, AV_PIX_FMT_YUV420P, picture->width,
                         picture->height, ALIGNMENT);
    return frame;
}

/* In a thread, which has the brush meanwhile: it takes longer than all else at the program's start. */
static gpointer draw_backdrop(gpointer data)
{
    struct test_picture *picture = data;
    AVFrame *frame = new_frame(picture);
    if (!frame)
        return NULL;
    picture->brush.frame = frame;
    backdrop_draw(&picture->brush, &picture->look.room);
    return frame;
}

struct test_picture *test_picture_create(int width, int height, unsigned source)
{
    assert(width >= 116 && height >= 32 && width % 2 == 0 && height % 2 == 0);
    struct test_picture *picture = g_new0(struct test_picture, 1);
    picture->width = width;
    picture->height = height;
    picture->source = source;
    picture->look = look_of_source(source);
    int size = av_image_get_buffer_size(AV_PIX_FMT_YUV420P, width, height, ALIGNMENT);
    picture->pool = av_buffer_pool_init((size_t)size + ALIGNMENT, NULL);
    brush_init(&picture->brush, height);
    picture->painter = g_thread_new("backdrop", draw_backdrop, picture);
    return picture;
}

static void wait_for_backdrop(struct test_picture *picture)
{
    if (picture->painter)
        picture->backdrop = g_thread_join(g_steal_pointer(&picture->painter));
}

void test_picture_destroy(struct test_picture *picture)
{
    if (!picture)
        return;
    wait_for_backdrop(picture);
    brush_finish(&picture->brush);
    av_frame_free(&picture->backdrop);
    av_buffer_pool_uninit(&picture->pool); /* frames that are still out keep it alive */
    g_free(picture);
}

AVFrame *test_picture_draw(struct test_picture *picture, unsigned number, double seconds)
{
    wait_for_backdrop(picture);
    AVFrame *frame = picture->backdrop ? new_frame(picture) : NULL;
    if (!frame)
        return NULL;
    av_frame_copy(frame, picture->backdrop);
    picture->brush.frame = frame;
    backdrop_draw_hands(&picture->brush, &picture->look.room, seconds);
    sitter_draw(&picture->brush, &picture->look, seconds);
    framecode_draw(frame, picture->source, number);
    return frame;
}
