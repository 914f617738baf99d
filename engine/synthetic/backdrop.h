/* What stands still behind the synthetic camera's sitter: a room with a window, drawn once. */
#ifndef CALLAPI_ENGINE_SYNTHETIC_BACKDROP_H
#define CALLAPI_ENGINE_SYNTHETIC_BACKDROP_H

#include "engine/synthetic/brush.h"
#include "engine/synthetic/look.h"

/* The whole frame of `brush`, whose scale and place are changed. */
void backdrop_draw(struct brush *brush, const struct room_look *look);
/* The hands of the clock on its wall, at `seconds` of the day. */
void backdrop_draw_hands(struct brush *brush, const struct room_look *look, double seconds);

#endif
