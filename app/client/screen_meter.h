/* What a viewer of the window saw and when: from the pixels of each presented picture, and the times its frame passed.
 */
#ifndef CALLAPI_APP_CLIENT_SCREEN_METER_H
#define CALLAPI_APP_CLIENT_SCREEN_METER_H

#include <glib.h>

#include "engine/player/player.h"
#include "engine/statistics/screen_report.h"
#include "render/window.h"

struct screen_meter;

struct screen_meter *screen_meter_create(void);
void screen_meter_destroy(struct screen_meter *meter); /* takes NULL */
/* Before each presenting; `main`: where the main picture is. */
void screen_meter_read(struct screen_meter *meter, struct window *window, const SDL_Rect *main, int64_t now_us);
/* The player's picture with `pts` was presented. */
void screen_meter_presented(struct screen_meter *meter, const struct player *player, int64_t pts, int64_t now_us);

const struct screen_report *screen_meter_report(const struct screen_meter *meter);
/* Samples of each new picture: capture to presentation, and sound against picture, in milliseconds (double). */
const GArray *screen_meter_latencies(const struct screen_meter *meter);
const GArray *screen_meter_skews(const struct screen_meter *meter);

#endif
