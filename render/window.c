#include "render/window.h"

#include <glib.h>
#include <libavutil/imgutils.h>
#include <string.h>

#include "engine/media/colour.h"
#include "engine/media/objects.h"
#include "engine/picture/scaler.h"
#include "platform/screen/kms_screen.h"
#include "platform/screen/x11_screen.h"
#include "render/png.h"

enum { LEAST_WIDTH = 320, LEAST_HEIGHT = 240 }; /* points: with all words down to here */

struct window {
    SDL_Window *window;
    SDL_Renderer *renderer;
    SDL_RendererInfo info;
    struct x11_screen *x11; /* both NULL: SDL follows the screen */
    struct kms_screen *kms;
    bool unreadable; /* SDL_RenderReadPixels failed: said once */
    AVFrame *read;   /* the screen as it was read last, and its luma */
    AVFrame *grey;
    struct picture_scaler *greys;
};

/* ---- the renderer ---- */

/* A GL renderer without a GPU costs half a core; SDL's own software renderer draws video in a tenth of it. */
static bool is_gl_in_software(void)
{
    typedef const unsigned char *(*get_string)(unsigned name);
    enum { GL_RENDERER = 0x1F01 };
    get_string get = (get_string)SDL_GL_GetProcAddress("glGetString");
    const char *name = get ? (const char *)get(GL_RENDERER) : NULL;
    return name && (strstr(name, "llvmpipe") || strstr(name, "softpipe") || strstr(name, "swrast") ||
                    strstr(name, "SwiftShader"));
}

static SDL_Renderer *open_renderer(SDL_Window *window)
{
    const char *wanted = SDL_GetHint(SDL_HINT_RENDER_DRIVER);
    SDL_Renderer *renderer = SDL_CreateRenderer(window, -1, wanted ? 0 : SDL_RENDERER_ACCELERATED);
    if (!wanted && renderer && SDL_GL_GetCurrentContext() && is_gl_in_software()) {
        SDL_DestroyRenderer(renderer);
        renderer = NULL;
    }
    if (!renderer)
        renderer = SDL_CreateRenderer(window, -1, SDL_RENDERER_SOFTWARE);
    return renderer ? renderer : SDL_CreateRenderer(window, -1, 0);
}

static bool open_window(struct window *window, const struct window_config *config)
{
    Uint32 flags = SDL_WINDOW_RESIZABLE | SDL_WINDOW_ALLOW_HIGHDPI;
    if (config->fullscreen && !config->headless)
        flags |= SDL_WINDOW_FULLSCREEN_DESKTOP;
    window->window = SDL_CreateWindow(config->title, SDL_WINDOWPOS_CENTERED, SDL_WINDOWPOS_CENTERED, config->width,
                                      config->height, flags);
    if (!window->window)
        return false;
    if (!config->headless)
        SDL_SetWindowMinimumSize(window->window, SDL_min(config->width, LEAST_WIDTH),
                                 SDL_min(config->height, LEAST_HEIGHT));
    if (config->headless)
        window->renderer = SDL_CreateRenderer(window->window, -1, SDL_RENDERER_SOFTWARE);
    else
        window->renderer = open_renderer(window->window);
    if (!window->renderer)
        return false;
    window->x11 = x11_screen_create(window->window);
    window->kms = kms_screen_create(window->window);
    SDL_GetRendererInfo(window->renderer, &window->info);
    SDL_SetRenderDrawBlendMode(window->renderer, SDL_BLENDMODE_BLEND);
    return true;
}

/* On Wayland and KMS/DRM, SDL 2 can show pixels only through GL; elsewhere that would be a detour for the software
 * renderer. */
static bool presents_pixels(const char *driver)
{
    return g_ascii_strcasecmp(driver, "wayland") && g_ascii_strcasecmp(driver, "kmsdrm");
}

static bool is_headless_driver(const char *name)
{
    return name && (!strcmp(name, "dummy") || !strcmp(name, "offscreen"));
}

struct window *window_create(const struct window_config *config, char **error)
{
    SDL_SetHint(SDL_HINT_RENDER_VSYNC, "0"); /* packets must not wait for a screen refresh */
    SDL_SetHint(SDL_HINT_RENDER_SCALE_QUALITY, "linear");
    SDL_SetHint(SDL_HINT_NO_SIGNAL_HANDLERS, "1");
    SDL_SetHint(SDL_HINT_QUIT_ON_LAST_WINDOW_CLOSE, "0"); /* who closes the window is asked whether that may be */
    SDL_SetHint(SDL_HINT_TOUCH_MOUSE_EVENTS, "0");        /* fingers are fingers */
    /* A compositor that draws no title bars says so while the window is made; SDL 2.26 then changes to libdecor and
     * never shows it. */
    SDL_SetHint(config->fullscreen ? SDL_HINT_VIDEO_WAYLAND_ALLOW_LIBDECOR : SDL_HINT_VIDEO_WAYLAND_PREFER_LIBDECOR,
                config->fullscreen ? "0" : "1");
    const char *wanted = SDL_getenv("SDL_VIDEODRIVER");
    const char *driver = config->headless ? (is_headless_driver(wanted) ? wanted : "dummy") : NULL;
    if (config->headless)
        SDL_SetHint(SDL_HINT_VIDEODRIVER, driver);
    if (SDL_InitSubSystem(SDL_INIT_VIDEO) != 0) {
        const char *wish = g_strcmp0(wanted, "kmsdrm")
                               ? ""
                               : "plug a monitor in, and let this user use /dev/dri (groups video and render); ";
        *error = g_strdup_printf("no display can be opened (%s); %s--headless draws without one", SDL_GetError(), wish);
        return NULL;
    }
    if (presents_pixels(SDL_GetCurrentVideoDriver()))
        SDL_SetHint(SDL_HINT_FRAMEBUFFER_ACCELERATION, "0");
    struct window *window = g_new0(struct window, 1);
    window->read = frame_new();
    window->grey = frame_new();
    window->greys = picture_scaler_create();
    if (!open_window(window, config)) {
        *error = g_strdup_printf("no window can be opened (%s)", SDL_GetError());
        g_clear_pointer(&window, window_destroy);
    }
    return window;
}

void window_destroy(struct window *window)
{
    if (!window)
        return;
    x11_screen_destroy(window->x11);
    kms_screen_destroy(window->kms);
    if (window->renderer)
        SDL_DestroyRenderer(window->renderer);
    if (window->window)
        SDL_DestroyWindow(window->window);
    SDL_QuitSubSystem(SDL_INIT_VIDEO);
    av_frame_free(&window->read);
    av_frame_free(&window->grey);
    picture_scaler_destroy(window->greys);
    g_free(window);
}

/* ---- what it is ---- */

SDL_Renderer *window_renderer(struct window *window)
{
    return window->renderer;
}

void window_size(const struct window *window, int *width, int *height)
{
    if (SDL_GetRendererOutputSize(window->renderer, width, height) != 0)
        SDL_GetWindowSize(window->window, width, height);
}

float window_scale(const struct window *window)
{
    int width, height;
    window_size(window, &width, &height);
    float least = SDL_clamp((float)SDL_min(width, height) / 400, 0.5f, 0.75f);
    /* A kiosk is read from afar: what counts is its share of the screen */
    return SDL_clamp((float)SDL_min(width, height) / 720, least, 4.0f);
}

const char *window_video_driver(const struct window *window)
{
    (void)window;
    return SDL_GetCurrentVideoDriver();
}

const char *window_render_driver(const struct window *window)
{
    return window->info.name;
}

void window_hide(struct window *window)
{
    /* Leaving full-screen takes SDL's X11 driver 100 ms: an empty screen meanwhile, not a picture that hangs. */
    SDL_SetRenderDrawColor(window->renderer, 0, 0, 0, 255);
    SDL_RenderClear(window->renderer);
    SDL_RenderPresent(window->renderer);
    SDL_HideWindow(window->window);
    SDL_PumpEvents();
}

void window_show_pointer(struct window *window, bool shown)
{
    (void)window; /* SDL has one for all */
    if (shown != (SDL_ShowCursor(SDL_QUERY) == SDL_ENABLE))
        SDL_ShowCursor(shown ? SDL_ENABLE : SDL_DISABLE);
}

void window_follow_screen(struct window *window, int64_t now_us)
{
    x11_screen_poll(window->x11, now_us);
    kms_screen_poll(window->kms, now_us);
}

bool window_take_outdated(struct window *window)
{
    return kms_screen_take_change(window->kms);
}

void window_toggle_fullscreen(struct window *window)
{
    if (window->kms) /* nothing is beside it there */
        return;
    bool full = SDL_GetWindowFlags(window->window) & SDL_WINDOW_FULLSCREEN_DESKTOP;
    if (SDL_SetWindowFullscreen(window->window, full ? 0 : SDL_WINDOW_FULLSCREEN_DESKTOP) != 0)
        g_warning("the window cannot change to or from full-screen: %s", SDL_GetError());
}

/* ---- its pixels ---- */

static bool read_pixels(struct window *window, Uint32 format, uint8_t *pixels, int pitch)
{
    if (SDL_RenderReadPixels(window->renderer, NULL, format, pixels, pitch) == 0)
        return true;
    if (!window->unreadable)
        g_warning("the screen cannot be read back: %s", SDL_GetError());
    window->unreadable = true;
    return false;
}

uint8_t *window_read_argb(struct window *window, int *width, int *height)
{
    window_size(window, width, height);
    uint8_t *pixels = g_malloc((size_t)*width * (size_t)*height * 4);
    if (read_pixels(window, SDL_PIXELFORMAT_ARGB8888, pixels, *width * 4))
        return pixels;
    g_free(pixels);
    return NULL;
}

bool window_read_grey(struct window *window, uint8_t *grey)
{
    AVFrame *from = window->read, *to = window->grey; /* libswscale writes beyond the width: not into the caller's */
    int width, height;
    window_size(window, &width, &height);
    if (!frame_allocate(from, AV_PIX_FMT_0RGB32, width, height) || /* SDL's name for it is RGB888 */
        !frame_allocate(to, AV_PIX_FMT_GRAY8, width, height))
        return false;
    colour_set(to, (struct colour){ AVCOL_SPC_SMPTE170M, true });
    if (!read_pixels(window, SDL_PIXELFORMAT_RGB888, from->data[0], from->linesize[0]) ||
        !picture_scale(window->greys, from, to))
        return false;
    av_image_copy_plane(grey, width, to->data[0], to->linesize[0], width, height);
    return true;
}

bool window_save_png(struct window *window, const char *path)
{
    int width, height;
    g_autofree uint8_t *argb = window_read_argb(window, &width, &height);
    return argb && png_save(path, argb, width, height, width * 4);
}
