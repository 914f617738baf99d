/* A picture from the network or the camera on the screen: a frame sink where the newest frame wins, uploaded as YUV
 * (with the right matrix and range) into a pre-warmed streaming texture at the next drawing; for SDL's software
 * renderer as RGB, in the size of its place (soft_picture.h). Keeps its last picture for ever. */
#ifndef CALLAPI_RENDER_VIDEO_VIEW_H
#define CALLAPI_RENDER_VIDEO_VIEW_H

#include "engine/media/media.h"
#include "render/window.h"

struct video_view;

enum video_fit { VIDEO_FIT, VIDEO_FILL }; /* whole picture with bars, or the whole area, cut */

/* Textures for IYUV and NV12 in both matrices are created and drawn once here (at `width` x `height`), so that no
 * switch pays for it; for the software renderer, which has no shaders to be warm, one of that size is made. */
struct video_view *video_view_create(struct window *window, int width, int height);
void video_view_destroy(struct video_view *view);

/* Takes YUV420P, YUVJ420P, NV12 as they are; other formats (a camera's) are converted by swscale.
 * Pictures that say so (engine/media/orientation.h) are turned and mirrored as they are drawn. */
struct frame_sink *video_view_sink(struct video_view *view);
/* Is there a frame that was not drawn yet? */
bool video_view_is_fresh(const struct video_view *view);
/* Forgets the picture: another call must not begin with the face of the last one. */
void video_view_clear(struct video_view *view);
bool video_view_has_picture(const struct video_view *view);
/* Uploads the newest frame, if any, and draws the current picture into `area` (pixels); nothing where there is none
 * yet. `dim`: 0 as it is, to 1 black (a live picture behind "in a private call"). Returns whether a new frame came on
 * the screen; its pts (in its time base) is video_view_pts then. */
bool video_view_draw(struct video_view *view, const SDL_Rect *area, enum video_fit fit, bool mirrored, float dim);
int64_t video_view_pts(const struct video_view *view);
/* How many textures were made so far: a stream of the same size, and in software a place of the same size, makes
 * none. */
int video_view_textures_made(const struct video_view *view);
/* Where the picture was drawn, pixels. */
SDL_Rect video_view_placed(const struct video_view *view);

#endif
