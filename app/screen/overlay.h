/* Figures on the screen: F3 the connection's with graphs of the last minute, F4 the times between the last pictures.
 * Both are drawn once a second into a texture of their own; a frame costs its copy, and the bars of the frame times. */
#ifndef CALLAPI_APP_SCREEN_OVERLAY_H
#define CALLAPI_APP_SCREEN_OVERLAY_H

#include "engine/statistics/statistics.h"
#include "render/ui.h"

struct overlay;

/* Both are borrowed and outlive it. `shown`: the figures are on from the start. */
struct overlay *overlay_create(struct window *window, struct ui *ui, bool shown);
void overlay_destroy(struct overlay *overlay); /* takes NULL */

enum overlay_part { OVERLAY_FIGURES, OVERLAY_FRAME_TIMES };
/* On or off. */
void overlay_toggle(struct overlay *overlay, enum overlay_part part);
/* The figures or not, and no frame times. */
void overlay_show(struct overlay *overlay, bool figures);
bool overlay_is_shown(const struct overlay *overlay); /* any of it */
/* A frame was drawn and presented in `took_us`; `new_picture`: with a picture that was not on the screen before. */
void overlay_presented(struct overlay *overlay, int64_t now_us, int64_t took_us, bool new_picture);
/* On what has been drawn so far. */
void overlay_draw(struct overlay *overlay, const struct statistics *statistics);

#endif
