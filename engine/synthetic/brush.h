/* A brush for the synthetic camera's picture: filled outlines with soft edges, straight into YUV420P. An outline is
 * crossed twice at the most by a horizontal line; all that is more is put together of several. */
#ifndef CALLAPI_ENGINE_SYNTHETIC_BRUSH_H
#define CALLAPI_ENGINE_SYNTHETIC_BRUSH_H

#include <libavutil/frame.h>
#include <stdint.h>

enum { BRUSH_PLANES = 3 };

struct point {
    double x, y;
};

struct tint { /* Y, U, V in limited range */
    double value[BRUSH_PLANES];
};

/* Points are given in the brush's own units: turned by `angle`, scaled, and moved to `x`, `y` in pixels. */
struct brush {
    AVFrame *frame; /* not owned */
    double x, y, scale, angle;
    double opacity;
    struct tint upper, lower;  /* of the outline's top and bottom, even between them */
    struct brush_spans *spans; /* owned: scratch memory */
};

void brush_init(struct brush *brush, int height);
void brush_finish(struct brush *brush);

/* From the one (0) to the other (1). */
struct tint tint_between(struct tint from, struct tint to, double share);
void brush_colour(struct brush *brush, uint32_t upper, uint32_t lower);

void brush_polygon(struct brush *brush, const struct point *points, int count);
/* A smooth closed line through the points (Catmull-Rom), at most 24 of them. */
void brush_curve(struct brush *brush, const struct point *points, int count);
void brush_ellipse(struct brush *brush, double x, double y, double radius_x, double radius_y);
void brush_rectangle(struct brush *brush, double left, double top, double right, double bottom);
/* A line with round ends. */
void brush_stroke(struct brush *brush, struct point from, struct point to, double width);
/* Of several strokes, one at the end of the other. */
void brush_line(struct brush *brush, const struct point *points, int count, double width);

#endif
