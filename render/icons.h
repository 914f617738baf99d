/* The icons as distance functions. */
#ifndef CALLAPI_RENDER_ICONS_H
#define CALLAPI_RENDER_ICONS_H

#include "render/shape.h"
#include "render/ui.h"

/* NULL for UI_ICON_NONE. */
shape_distance icon_shape(enum ui_icon icon);

#endif
