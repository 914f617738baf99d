#include "render/video_view.h"

#include <glib.h>

#include "engine/media/colour.h"
#include "engine/media/objects.h"
#include "engine/media/orientation.h"
#include "engine/picture/scaler.h"
#include "render/soft_picture.h"
#include "render/texture_pool.h"

struct video_view {
    struct frame_sink sink;
    struct window *window;
    struct texture_pool *pool; /* NULL: SDL renders in software, and this is of */
    struct soft_picture *soft; /* NULL: it does not */
    AVFrame *frame;            /* the newest; stays as the current picture */
    AVFrame *converted;        /* of a format or size that the textures of the pool do not take */
    struct picture_scaler *scaler;
    SDL_Texture *texture;           /* what is drawn, NULL before the first picture; in the pool, or `soft` */
    SDL_YUV_CONVERSION_MODE mode;   /* the pool's */
    struct soft_cut cut;            /* what `soft` has of the picture */
    struct orientation orientation; /* of the picture that came */
    bool fresh;
    int64_t pts;
    SDL_Rect placed;
};

/* ---- frames come in ---- */

static void push(struct frame_sink *sink, const AVFrame *frame)
{
    struct video_view *view = container_of(sink, struct video_view, sink);
    if (frame->width < 1 || frame->height < 1)
        return;
    av_frame_unref(view->frame);
    view->fresh = av_frame_ref(view->frame, frame) == 0;
}

static const struct frame_sink_ops sink_ops = { .push = push };

/* Textures take limited range in both matrices, and full range in BT.601 only (JPEG). */
static bool fits_a_texture(const AVFrame *frame)
{
    bool format = frame->format == AV_PIX_FMT_YUV420P || frame->format == AV_PIX_FMT_YUVJ420P ||
                  frame->format == AV_PIX_FMT_NV12;
    struct colour colour = colour_of_picture(frame);
    bool sd = colour.matrix == AVCOL_SPC_SMPTE170M, hd = colour.matrix == AVCOL_SPC_BT709;
    return format && (sd || (hd && !colour.full)) && frame->linesize[0] > 0;
}

static bool convert(struct video_view *view, const AVFrame *frame, int width, int height)
{
    AVFrame *to = view->converted;
    if (!frame_allocate(to, AV_PIX_FMT_YUV420P, width, height))
        return false;
    bool sd = colour_of_picture(frame).matrix == AVCOL_SPC_SMPTE170M;
    colour_set(to, (struct colour){ sd ? AVCOL_SPC_SMPTE170M : AVCOL_SPC_BT709, false });
    return picture_scale(view->scaler, frame, to);
}

static SDL_YUV_CONVERSION_MODE mode_of(const AVFrame *frame)
{
    struct colour colour = colour_of_picture(frame);
    if (colour.full)
        return SDL_YUV_CONVERSION_JPEG;
    return colour.matrix == AVCOL_SPC_BT709 ? SDL_YUV_CONVERSION_BT709 : SDL_YUV_CONVERSION_BT601;
}

static int limited(int length, int max)
{
    return max ? MIN(length, max) : length;
}

/* With any renderer but the software one. */
static void upload(struct video_view *view)
{
    const AVFrame *frame = view->frame;
    SDL_RendererInfo info = { 0 };
    SDL_GetRendererInfo(window_renderer(view->window), &info);
    int width = limited(frame->width, info.max_texture_width), height = limited(frame->height, info.max_texture_height);
    if (!fits_a_texture(frame) || width != frame->width || height != frame->height) {
        if (!convert(view, frame, width, height))
            return; /* the picture before it stays */
        frame = view->converted;
    }
    bool planar = frame->format != AV_PIX_FMT_NV12;
    SDL_YUV_CONVERSION_MODE mode = mode_of(frame);
    SDL_Texture *texture = texture_pool_get(view->pool, planar ? SDL_PIXELFORMAT_IYUV : SDL_PIXELFORMAT_NV12, mode,
                                            frame->width, frame->height);
    if (!texture)
        return;
    if (planar)
        SDL_UpdateYUVTexture(texture, NULL, frame->data[0], frame->linesize[0], frame->data[1], frame->linesize[1],
                             frame->data[2], frame->linesize[2]);
    else
        SDL_UpdateNVTexture(texture, NULL, frame->data[0], frame->linesize[0], frame->data[1], frame->linesize[1]);
    view->texture = texture;
    view->mode = mode;
    view->orientation = orientation_of(view->frame);
    view->pts = view->frame->pts;
}

/* For the software renderer: what is to be seen of the picture, in the size of its place. */
static void put(struct video_view *view, const struct soft_cut *cut)
{
    SDL_Texture *texture = soft_picture_put(view->soft, view->frame, cut);
    if (!texture)
        return; /* the picture before it stays */
    view->texture = texture;
    view->cut = *cut;
    view->pts = view->frame->pts;
}

/* ---- life ---- */

struct video_view *video_view_create(struct window *window, int width, int height)
{
    struct video_view *view = g_new0(struct video_view, 1);
    SDL_RendererInfo info = { 0 };
    SDL_GetRendererInfo(window_renderer(window), &info);
    view->sink.ops = &sink_ops;
    view->window = window;
    view->frame = frame_new();
    view->converted = frame_new();
    view->scaler = picture_scaler_create();
    if (info.flags & SDL_RENDERER_SOFTWARE) {
        view->soft = soft_picture_create(window_renderer(window), width, height);
    } else {
        view->pool = texture_pool_create(window_renderer(window));
        texture_pool_warm(view->pool, width, height);
    }
    return view;
}

void video_view_destroy(struct video_view *view)
{
    if (!view)
        return;
    texture_pool_destroy(view->pool);
    soft_picture_destroy(view->soft);
    av_frame_free(&view->frame);
    av_frame_free(&view->converted);
    picture_scaler_destroy(view->scaler);
    g_free(view);
}

struct frame_sink *video_view_sink(struct video_view *view)
{
    return &view->sink;
}

bool video_view_is_fresh(const struct video_view *view)
{
    return view->fresh;
}

void video_view_clear(struct video_view *view)
{
    av_frame_unref(view->frame);
    view->fresh = false;
    view->texture = NULL;
}

bool video_view_has_picture(const struct video_view *view)
{
    return view->fresh || view->texture;
}

int64_t video_view_pts(const struct video_view *view)
{
    return view->pts;
}

SDL_Rect video_view_placed(const struct video_view *view)
{
    return view->placed;
}

int video_view_textures_made(const struct video_view *view)
{
    return view->pool ? texture_pool_made(view->pool) : soft_picture_made(view->soft);
}

/* ---- drawing ---- */

static bool is_sideways(struct orientation orientation)
{
    return orientation.quarter_turns & 1;
}

/* Around its middle, as SDL turns what it draws. */
static SDL_Rect turned(SDL_Rect area, bool sideways)
{
    if (!sideways)
        return area;
    return (SDL_Rect){ area.x + (area.w - area.h) / 2, area.y + (area.h - area.w) / 2, area.h, area.w };
}

/* The largest rectangle of the ratio w:h in the middle of `area`. */
static SDL_Rect fit(const SDL_Rect *area, int w, int h)
{
    SDL_Rect placed = *area;
    if ((int64_t)area->w * h > (int64_t)area->h * w)
        placed.w = MAX((int)((int64_t)area->h * w / h), 1);
    else
        placed.h = MAX((int)((int64_t)area->w * h / w), 1);
    placed.x += (area->w - placed.w) / 2;
    placed.y += (area->h - placed.h) / 2;
    return placed;
}

/* SDL mirrors before it turns: what is left and right on the screen is above and below of a picture
 * that lies. */
static SDL_RendererFlip flip_of(const struct video_view *view, bool mirrored)
{
    SDL_RendererFlip mirror = is_sideways(view->orientation) ? SDL_FLIP_VERTICAL : SDL_FLIP_HORIZONTAL;
    unsigned flip = mirrored ? mirror : SDL_FLIP_NONE;
    flip ^= view->orientation.flipped ? SDL_FLIP_HORIZONTAL : SDL_FLIP_NONE;
    return (SDL_RendererFlip)(flip ^ (view->cut.mirrored ? SDL_FLIP_HORIZONTAL : SDL_FLIP_NONE));
}

/* Which part of the texture goes where, before SDL turns it. */
struct placing {
    SDL_Rect part, place;
};

/* Of a picture of w x h; sets where it is on the screen. */
static struct placing place_picture(struct video_view *view, int w, int h, const SDL_Rect *area, enum video_fit how)
{
    bool sideways = is_sideways(view->orientation);
    SDL_Rect whole = { 0, 0, w, h }, around = turned(*area, sideways);
    view->placed = how == VIDEO_FILL ? *area : sideways ? fit(area, h, w) : fit(area, w, h);
    return (struct placing){ how == VIDEO_FILL ? fit(&whole, around.w, around.h) : whole,
                             turned(view->placed, sideways) };
}

static struct placing place_texture(struct video_view *view, const SDL_Rect *area, enum video_fit how)
{
    int w, h;
    SDL_QueryTexture(view->texture, NULL, NULL, &w, &h);
    return place_picture(view, w, h, area, how);
}

/* The software renderer's texture is what is to be seen of the picture, in the size of its place, and mirrored where
 * it is not turned as well: a flip takes that renderer several passes. */
static struct placing place_soft(struct video_view *view, const SDL_Rect *area, enum video_fit how, bool mirrored,
                                 bool fresh)
{
    const AVFrame *frame = view->frame;
    view->orientation = orientation_of(frame);
    struct placing placing = place_picture(view, frame->width, frame->height, area, how);
    struct soft_cut cut = { placing.part, placing.place.w, placing.place.h,
                            mirrored && !is_sideways(view->orientation) };
    if (fresh || !soft_cut_equal(&cut, &view->cut))
        put(view, &cut);
    return (struct placing){ { 0, 0, view->cut.width, view->cut.height }, placing.place };
}

bool video_view_draw(struct video_view *view, const SDL_Rect *area, enum video_fit how, bool mirrored, float dim)
{
    bool fresh = view->fresh;
    struct placing placing = { 0 };
    view->fresh = false;
    view->placed = (SDL_Rect){ 0 };
    if (fresh && view->pool)
        upload(view);
    if (area->w < 1 || area->h < 1)
        return false;
    if (view->soft && view->frame->width)
        placing = place_soft(view, area, how, mirrored, fresh);
    else if (view->texture)
        placing = place_texture(view, area, how);
    if (!view->texture)
        return false;
    Uint8 light = (Uint8)(255 * (1 - SDL_clamp(dim, 0, 1)) + 0.5f);
    SDL_SetYUVConversionMode(view->mode); /* GLES binds it at the copy */
    SDL_SetTextureColorMod(view->texture, light, light, light);
    SDL_RenderCopyEx(window_renderer(view->window), view->texture, &placing.part, &placing.place,
                     90 * view->orientation.quarter_turns, NULL, flip_of(view, mirrored));
    return fresh;
}
