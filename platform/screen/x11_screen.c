#include "platform/screen/x11_screen.h"

#include <glib.h>
#include <stdbool.h>

#ifdef HAVE_XRANDR
#include <SDL_syswm.h>
#include <X11/extensions/Xrandr.h>

enum { LOOK_US = 500000 };

struct x11_screen {
    SDL_Window *sdl_window;
    Display *display; /* SDL's */
    Window window;
    SDL_Rect monitor; /* where the window was last */
    int64_t looked_us;
};

/* The monitor that `inside` is on, else the first; false where none is plugged in. RandR 1.5. */
static bool find_monitor(const struct x11_screen *screen, SDL_Point inside, SDL_Rect *found)
{
    int n = 0;
    XRRMonitorInfo *monitors = XRRGetMonitors(screen->display, DefaultRootWindow(screen->display), True, &n);
    for (int i = n - 1; i >= 0; i--) {
        SDL_Rect area = { monitors[i].x, monitors[i].y, monitors[i].width, monitors[i].height };
        if (i == 0 || SDL_PointInRect(&inside, &area)) {
            *found = area;
            break;
        }
    }
    if (monitors)
        XRRFreeMonitors(monitors);
    return n > 0;
}

static SDL_Point corner(SDL_Window *window)
{
    SDL_Point at;
    SDL_GetWindowPosition(window, &at.x, &at.y);
    return at;
}

struct x11_screen *x11_screen_create(SDL_Window *window)
{
    SDL_SysWMinfo info;
    SDL_VERSION(&info.version);
    if (!SDL_GetWindowWMInfo(window, &info) || info.subsystem != SDL_SYSWM_X11)
        return NULL;
    int major = 0, minor = 0;
    if (!XRRQueryVersion(info.info.x11.display, &major, &minor) || major * 100 + minor < 105)
        return NULL;
    struct x11_screen *screen = g_new0(struct x11_screen, 1);
    screen->sdl_window = window;
    screen->display = info.info.x11.display;
    screen->window = info.info.x11.window;
    find_monitor(screen, corner(window), &screen->monitor);
    return screen;
}

void x11_screen_destroy(struct x11_screen *screen)
{
    g_free(screen);
}

void x11_screen_poll(struct x11_screen *screen, int64_t now_us)
{
    if (!screen || now_us - screen->looked_us < LOOK_US)
        return;
    screen->looked_us = now_us;
    SDL_Rect monitor;
    if (!find_monitor(screen, corner(screen->sdl_window), &monitor) || SDL_RectEquals(&monitor, &screen->monitor))
        return;
    screen->monitor = monitor;
    if (!(SDL_GetWindowFlags(screen->sdl_window) & SDL_WINDOW_FULLSCREEN))
        return;
    g_message("the screen is %d x %d now", monitor.w, monitor.h);
    XMoveResizeWindow(screen->display, screen->window, monitor.x, monitor.y, (unsigned)monitor.w, (unsigned)monitor.h);
    XFlush(screen->display);
}

#else

struct x11_screen *x11_screen_create(SDL_Window *window)
{
    (void)window;
    return NULL;
}

void x11_screen_destroy(struct x11_screen *screen)
{
    (void)screen;
}

void x11_screen_poll(struct x11_screen *screen, int64_t now_us)
{
    (void)screen;
    (void)now_us;
}

#endif
