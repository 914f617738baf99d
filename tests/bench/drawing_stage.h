/* A window without a GPU, two pictures in turn, and any screen drawn over them: what drawing costs. */
#ifndef CALLAPI_TESTS_BENCH_DRAWING_STAGE_H
#define CALLAPI_TESTS_BENCH_DRAWING_STAGE_H

#include "app/screen/layout.h"
#include "app/screen/paint.h"
#include "screens_cases.h"

struct drawing_stage {
    struct layout_screen size; /* of the window */
    struct window *window;
    struct ui *ui;
    struct video_view *remote, *preview;
    AVFrame *pictures[2]; /* in turn */
};

/* Ends the program where nothing can be drawn. Both pictures of a call are of that size. */
void drawing_stage_open(struct drawing_stage *stage, int width, int height, int picture_width, int picture_height);
void drawing_stage_close(struct drawing_stage *stage);
/* NULL: there is none of that name. */
const struct screen_case *drawing_stage_screen(const char *name);
/* A new picture from each side, their upload, the scene laid out, drawn and presented. `number`: of the frame. */
void drawing_stage_draw(struct drawing_stage *stage, const struct screen_case *screen, GPtrArray *people, int number);

#endif
