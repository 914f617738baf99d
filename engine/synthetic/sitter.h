/* Who sits before the synthetic camera: breathes, blinks, looks about a little, and waves now and then. */
#ifndef CALLAPI_ENGINE_SYNTHETIC_SITTER_H
#define CALLAPI_ENGINE_SYNTHETIC_SITTER_H

#include "engine/synthetic/brush.h"
#include "engine/synthetic/look.h"

void sitter_draw(struct brush *brush, const struct look *look, double seconds);

#endif
