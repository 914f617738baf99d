#include "render/video_view.h"

#include <string.h>

#include <glib.h>

#include "engine/media/colour.h"
#include "engine/media/objects.h"
#include "engine/media/orientation.h"
#include "engine/video/picture_scaler.h"
#include "render/texture_pool.h"

struct video_view {
    struct frame_sink sink;
    struct window *window;
    struct texture_pool *pool;
    AVFrame *frame;     /* the newest; stays as the current picture */
    AVFrame *converted; /* of a format the textures do not take */
    AVFrame *mirrored;  /* for a renderer to which a flip is much work */
    struct picture_scaler *scaler;
    SDL_Texture *texture; /* what is drawn, NULL before the first picture; in pool */
    SDL_YUV_CONVERSION_MODE mode;
    bool flipped;                   /* the texture's picture is mirrored already */
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

static bool allocate(AVFrame *to, enum AVPixelFormat format, int width, int height)
{
    if (to->format == format && to->width == width && to->height == height)
        return true;
    av_frame_unref(to);
    to->format = format;
    to->width = width;
    to->height = height;
    return av_frame_get_buffer(to, 0) >= 0;
}

static bool convert(struct video_view *view, const AVFrame *frame, int width, int height)
{
    AVFrame *to = view->converted;
    if (!allocate(to, AV_PIX_FMT_YUV420P, width, height))
        return false;
    bool sd = colour_of_picture(frame).matrix == AVCOL_SPC_SMPTE170M;
    colour_set(to, (struct colour){ sd ? AVCOL_SPC_SMPTE170M : AVCOL_SPC_BT709, false });
    return picture_scale(view->scaler, frame, to);
}

static void mirror_plane(AVFrame *to, const AVFrame *from, int plane, int width, int height)
{
    for (int y = 0; y < height; y++) {
        const uint8_t *source = from->data[plane] + (ptrdiff_t)y * from->linesize[plane];
        uint8_t *target = to->data[plane] + (ptrdiff_t)y * to->linesize[plane];
        int x = 0;
        for (uint64_t eight; x + 8 <= width; x += 8) {
            memcpy(&eight, source + width - 8 - x, sizeof eight);
            eight = GUINT64_SWAP_LE_BE(eight);
            memcpy(target + x, &eight, sizeof eight);
        }
        for (; x < width; x++)
            target[x] = source[width - 1 - x];
    }
}

static void mirror_chroma_pairs(AVFrame *to, const AVFrame *from, int width, int height)
{
    for (int y = 0; y < height; y++) {
        const uint16_t *source = (const uint16_t *)(from->data[1] + (ptrdiff_t)y * from->linesize[1]);
        uint16_t *target = (uint16_t *)(to->data[1] + (ptrdiff_t)y * to->linesize[1]);
        for (int x = 0; x < width; x++)
            target[x] = source[width - 1 - x];
    }
}

/* SDL's software renderer takes several passes over the drawn picture for a flip; this is one over the smaller one that
 * comes in. */
static const AVFrame *mirror(AVFrame *to, const AVFrame *from)
{
    int width = (from->width + 1) / 2, height = (from->height + 1) / 2;
    if (!allocate(to, from->format, from->width, from->height))
        return from;
    mirror_plane(to, from, 0, from->width, from->height);
    if (from->format == AV_PIX_FMT_NV12) {
        mirror_chroma_pairs(to, from, width, height);
    } else {
        mirror_plane(to, from, 1, width, height);
        mirror_plane(to, from, 2, width, height);
    }
    to->colorspace = from->colorspace;
    to->color_range = from->color_range;
    return to;
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

/* As `frame` or smaller: what the textures take at most, and for a software renderer, which works on every pixel of it,
 * what a small place on the screen needs. */
static void texture_size(const AVFrame *frame, const SDL_RendererInfo *info, const SDL_Rect *area, int *width,
                         int *height)
{
    *width = limited(frame->width, info->max_texture_width);
    *height = limited(frame->height, info->max_texture_height);
    if (!(info->flags & SDL_RENDERER_SOFTWARE) || area->w < 2 || area->h < 2)
        return;
    double scale = MAX((double)area->w / frame->width, (double)area->h / frame->height);
    if (scale > 0.5)
        return;
    *width = MAX((int)(frame->width * scale + 0.5) & ~1, 2);
    *height = MAX((int)(frame->height * scale + 0.5) & ~1, 2);
}

static void upload(struct video_view *view, const SDL_Rect *area, bool mirrored)
{
    const AVFrame *frame = view->frame;
    SDL_RendererInfo info = { 0 };
    SDL_GetRendererInfo(window_renderer(view->window), &info);
    int width, height;
    view->orientation = orientation_of(frame);
    SDL_Rect place = turned(*area, is_sideways(view->orientation));
    texture_size(frame, &info, &place, &width, &height);
    if (!fits_a_texture(frame) || width != frame->width || height != frame->height) {
        if (!convert(view, frame, width, height))
            return; /* the picture before it stays */
        frame = view->converted;
    }
    const AVFrame *straight = frame;
    if (mirrored && !is_sideways(view->orientation) && info.flags & SDL_RENDERER_SOFTWARE)
        frame = mirror(view->mirrored, frame);
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
    view->flipped = frame != straight;
    view->mode = mode;
    view->pts = view->frame->pts;
}

/* ---- life ---- */

struct video_view *video_view_create(struct window *window, int width, int height)
{
    struct video_view *view = g_new0(struct video_view, 1);
    view->sink.ops = &sink_ops;
    view->window = window;
    view->pool = texture_pool_create(window_renderer(window));
    view->frame = frame_new();
    view->converted = frame_new();
    view->mirrored = frame_new();
    view->scaler = picture_scaler_create();
    texture_pool_warm(view->pool, width, height);
    return view;
}

void video_view_destroy(struct video_view *view)
{
    if (!view)
        return;
    texture_pool_destroy(view->pool);
    av_frame_free(&view->frame);
    av_frame_free(&view->converted);
    av_frame_free(&view->mirrored);
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
    return texture_pool_made(view->pool);
}

/* ---- drawing ---- */

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
    return (SDL_RendererFlip)(flip ^ (view->flipped ? SDL_FLIP_HORIZONTAL : SDL_FLIP_NONE));
}

bool video_view_draw(struct video_view *view, const SDL_Rect *area, enum video_fit how, bool mirrored, float dim)
{
    bool fresh = view->fresh;
    view->fresh = false;
    if (fresh)
        upload(view, area, mirrored);
    view->placed = (SDL_Rect){ 0 };
    if (!view->texture || area->w < 1 || area->h < 1)
        return false;
    int w, h;
    bool sideways = is_sideways(view->orientation);
    SDL_QueryTexture(view->texture, NULL, NULL, &w, &h);
    SDL_Rect whole = { 0, 0, w, h }, place = turned(*area, sideways);
    SDL_Rect from = how == VIDEO_FILL ? fit(&whole, place.w, place.h) : whole;
    view->placed = how == VIDEO_FILL ? *area : sideways ? fit(area, h, w) : fit(area, w, h);
    place = turned(view->placed, sideways);
    Uint8 light = (Uint8)(255 * (1 - SDL_clamp(dim, 0, 1)) + 0.5f);
    SDL_SetYUVConversionMode(view->mode); /* GLES binds it at the copy */
    SDL_SetTextureColorMod(view->texture, light, light, light);
    SDL_RenderCopyEx(window_renderer(view->window), view->texture, &from, &place, 90 * view->orientation.quarter_turns,
                     NULL, flip_of(view, mirrored));
    return fresh;
}
