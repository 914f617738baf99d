/* Who sits before the synthetic camera: breathes, blinks, looks about a little, and waves now and then. */
#ifndef CALLAPI_ENGINE_TEST_PICTURE_SITTER_H
#define CALLAPI_ENGINE_TEST_PICTURE_SITTER_H

#include "engine/test_picture_brush.h"
#include "engine/test_picture_look.h"

void sitter_draw(struct brush *brush, const struct look *look, double seconds);

#endif
