/* Keeps a full-screen window as large as its monitor, on X11, when another one is plugged in or its mode changes: SDL 2
 * does not learn of it there, and without a window manager, as on a kiosk, nobody else does it. (On Wayland, macOS and
 * Windows SDL does.) */
#ifndef CALLAPI_PLATFORM_SCREEN_X11_SCREEN_H
#define CALLAPI_PLATFORM_SCREEN_X11_SCREEN_H

#include <SDL.h>
#include <stdint.h>

struct x11_screen;

/* `window`: borrowed, outlives it. NULL where it is not one of X11's. */
struct x11_screen *x11_screen_create(SDL_Window *window);
void x11_screen_destroy(struct x11_screen *screen); /* takes NULL */
/* Looks twice a second. SDL tells of the new size as of any other. Takes NULL. */
void x11_screen_poll(struct x11_screen *screen, int64_t now_us);

#endif
