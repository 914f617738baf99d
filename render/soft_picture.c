#include "render/soft_picture.h"

#include <glib.h>
#include <string.h>

#include "engine/media/colour.h"
#include "engine/media/objects.h"
#include "engine/picture/scaler.h"

enum { WHOLE_VECTORS = 32 }; /* pixels: libswscale writes beyond the width, up to so many at a time */

struct soft_picture {
    SDL_Renderer *renderer;
    /* Two steps, as libswscale is quick in each of them: to the size, as YUV 4:2:0; to RGB. */
    struct picture_scaler *size, *colours;
    AVFrame *part, *scaled, *mirrored, *rgb;
    SDL_Texture *texture; /* NULL: none could be made */
    int width, height;    /* of what is in it, in its upper left corner */
    int made;
};

/* ---- the texture ---- */

static bool make_texture(struct soft_picture *picture, int width, int height)
{
    if (picture->texture && picture->width == width && picture->height == height)
        return true;
    SDL_Texture *texture = SDL_CreateTexture(picture->renderer, SDL_PIXELFORMAT_RGB888, SDL_TEXTUREACCESS_STREAMING,
                                             FFALIGN(width, WHOLE_VECTORS), height + 1);
    if (!texture) {
        g_warning("no texture of %dx%d: %s", width, height, SDL_GetError());
        return false;
    }
    if (picture->texture)
        SDL_DestroyTexture(picture->texture);
    picture->texture = texture;
    picture->width = width;
    picture->height = height;
    picture->made++;
    return true;
}

/* ---- life ---- */

struct soft_picture *soft_picture_create(SDL_Renderer *renderer, int width, int height)
{
    struct soft_picture *picture = g_new0(struct soft_picture, 1);
    picture->renderer = renderer;
    picture->size = picture_scaler_create();
    picture->colours = picture_scaler_create();
    picture->part = frame_new();
    picture->scaled = frame_new();
    picture->mirrored = frame_new();
    picture->rgb = frame_new();
    make_texture(picture, width, height);
    return picture;
}

void soft_picture_destroy(struct soft_picture *picture)
{
    if (!picture)
        return;
    if (picture->texture)
        SDL_DestroyTexture(picture->texture);
    picture_scaler_destroy(picture->size);
    picture_scaler_destroy(picture->colours);
    av_frame_free(&picture->part);
    av_frame_free(&picture->scaled);
    av_frame_free(&picture->mirrored);
    av_frame_free(&picture->rgb);
    g_free(picture);
}

int soft_picture_made(const struct soft_picture *picture)
{
    return picture->made;
}

bool soft_cut_equal(const struct soft_cut *a, const struct soft_cut *b)
{
    return SDL_RectEquals(&a->part, &b->part) && a->width == b->width && a->height == b->height &&
           a->mirrored == b->mirrored;
}

/* ---- from step to step; NULL: there is no memory for it, or libswscale cannot ---- */

static const AVFrame *take_part(struct soft_picture *picture, const AVFrame *frame, const SDL_Rect *part)
{
    AVFrame *to = picture->part;
    if (part->w == frame->width && part->h == frame->height)
        return frame;
    av_frame_unref(to);
    if (av_frame_ref(to, frame) < 0)
        return NULL;
    to->crop_left = (size_t)part->x;
    to->crop_top = (size_t)part->y;
    to->crop_right = (size_t)(frame->width - part->x - part->w);
    to->crop_bottom = (size_t)(frame->height - part->y - part->h);
    return av_frame_apply_cropping(to, AV_FRAME_CROP_UNALIGNED) < 0 ? NULL : to;
}

static const AVFrame *scale(struct soft_picture *picture, const AVFrame *from, int width, int height)
{
    AVFrame *to = picture->scaled;
    struct colour colour = colour_of_picture(from);
    if (colour_plain_format(from->format) == AV_PIX_FMT_YUV420P && from->width == width && from->height == height)
        return from;
    if (!frame_allocate(to, AV_PIX_FMT_YUV420P, width, height))
        return NULL;
    bool usual = colour.matrix == AVCOL_SPC_SMPTE170M || colour.matrix == AVCOL_SPC_BT709;
    colour_set(to, usual ? colour : (struct colour){ AVCOL_SPC_BT709, false });
    return picture_scale(picture->size, from, to) ? to : NULL;
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

static const AVFrame *mirror(struct soft_picture *picture, const AVFrame *from)
{
    AVFrame *to = picture->mirrored;
    int width = (from->width + 1) / 2, height = (from->height + 1) / 2;
    if (!frame_allocate(to, AV_PIX_FMT_YUV420P, from->width, from->height))
        return NULL;
    mirror_plane(to, from, 0, from->width, from->height);
    mirror_plane(to, from, 1, width, height);
    mirror_plane(to, from, 2, width, height);
    colour_set(to, colour_of_picture(from));
    return to;
}

static bool fill_texture(struct soft_picture *picture, const AVFrame *from)
{
    AVFrame *to = picture->rgb;
    void *pixels;
    if (SDL_LockTexture(picture->texture, NULL, &pixels, &to->linesize[0]) != 0)
        return false;
    to->data[0] = pixels;
    to->format = AV_PIX_FMT_0RGB32; /* SDL's name for it is RGB888 */
    to->width = from->width;
    to->height = from->height;
    bool filled = picture_scale(picture->colours, from, to);
    SDL_UnlockTexture(picture->texture);
    return filled;
}

SDL_Texture *soft_picture_put(struct soft_picture *picture, const AVFrame *frame, const struct soft_cut *cut)
{
    const AVFrame *from = take_part(picture, frame, &cut->part);
    if (from)
        from = scale(picture, from, cut->width, cut->height);
    if (from && cut->mirrored)
        from = mirror(picture, from);
    bool put = from && make_texture(picture, cut->width, cut->height) && fill_texture(picture, from);
    av_frame_unref(picture->part); /* a decoder's picture, which it wants back */
    return put ? picture->texture : NULL;
}
