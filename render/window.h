/* The window and its renderer, on screen or headless (SDL_VIDEODRIVER dummy or offscreen) with the same code. */
#ifndef CALLAPI_RENDER_WINDOW_H
#define CALLAPI_RENDER_WINDOW_H

#include <SDL.h>
#include <stdbool.h>

struct window;

struct window_config {
    const char *title;
    int width, height; /* of the window; headless and full-screen tests use it as the screen */
    bool fullscreen;   /* desktop full-screen */
    bool headless;     /* no display: SDL's dummy driver, software renderer */
};

/* Opens window and renderer (accelerated where there is a GPU, SDL's software renderer where GL would be llvmpipe;
 * never vsync), HiDPI aware. A machine without display ends up headless only if asked. NULL with words for the user in
 * `error` (g_free). */
struct window *window_create(const struct window_config *config, char **error);
void window_destroy(struct window *window);
SDL_Renderer *window_renderer(struct window *window);                   /* borrowed */
void window_size(const struct window *window, int *width, int *height); /* of the drawing area, pixels */
float window_scale(const struct window *window); /* pixels for each logical point: text and buttons grow with it */
const char *window_video_driver(const struct window *window);
const char *window_render_driver(const struct window *window);
/* Takes it off the screen: what is left to do at the end need not be watched. */
void window_hide(struct window *window);
/* Once a tick: a full-screen window fills the monitor that was plugged in instead. */
void window_follow_screen(struct window *window, int64_t now_us);
/* True once where another monitor was plugged in that only a new window can fill (KMS/DRM). */
bool window_take_outdated(struct window *window);
void window_toggle_fullscreen(struct window *window);
void window_show_pointer(struct window *window, bool shown);
/* The picture as it will be presented, 8-bit luma (BT.601 of the RGB), to be called before SDL_RenderPresent. `grey`
 * must hold width * height bytes of window_size. False, logged once, where the renderer cannot be read. */
bool window_read_grey(struct window *window, uint8_t *grey);
/* The same as SDL_PIXELFORMAT_ARGB8888, width * 4 bytes a row; g_free it. NULL where the renderer cannot be read. */
uint8_t *window_read_argb(struct window *window, int *width, int *height);
/* The picture as PNG (encoded by FFmpeg). False, logged, where it cannot be written. */
bool window_save_png(struct window *window, const char *path);

#endif
