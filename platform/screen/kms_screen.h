/* Keeps the picture on the monitor where there is no desktop (KMS/DRM): there SDL 2 looks at the monitors once, when
 * its video starts. */
#ifndef CALLAPI_PLATFORM_SCREEN_KMS_SCREEN_H
#define CALLAPI_PLATFORM_SCREEN_KMS_SCREEN_H

#include <SDL.h>
#include <stdbool.h>
#include <stdint.h>

struct kms_screen;

/* Gives the monitor the mode that the kernel was told (video=), else its own. `window`: borrowed, outlives it; NULL
 * where it is not one of KMS/DRM's. */
struct kms_screen *kms_screen_create(SDL_Window *window);
void kms_screen_destroy(struct kms_screen *screen); /* takes NULL */
/* Looks twice a second. A monitor that was unplugged, or switched off, and is there again gets its mode anew. Takes
 * NULL. */
void kms_screen_poll(struct kms_screen *screen, int64_t now_us);
/* True once for each other monitor that is plugged in instead: only a window that is opened after SDL's video was left
 * and started anew fills it. Takes NULL. */
bool kms_screen_take_change(struct kms_screen *screen);

#endif
