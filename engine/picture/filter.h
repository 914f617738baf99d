/* Pictures of a film or photo as they are meant to be seen: upright (display matrix), of square pixels, of whole frames
 * where two fields were woven together, of ordinary brightness (BT.709) where they are HDR (PQ, HLG). By FFmpeg's own
 * filters, and only where there is something to do: others pass as they are. */
#ifndef CALLAPI_ENGINE_PICTURE_FILTER_H
#define CALLAPI_ENGINE_PICTURE_FILTER_H

#include <libavutil/frame.h>
#include <stdbool.h>
#include <stdint.h>

struct picture_filter;

/* What the container says of all its pictures; borrowed. */
struct picture_shape {
    const int32_t *display_matrix; /* 9, or NULL: as they lie */
    AVRational pixel_aspect;       /* 0: what each picture says */
    bool turned_later;             /* whoever shows it turns it (engine/media/orientation.h): it stays as it lies */
};

struct picture_filter *picture_filter_create(const struct picture_shape *shape);
void picture_filter_destroy(struct picture_filter *filter); /* takes NULL */

/* Takes what `frame` holds; its pts is handed on. Then receive until there is none. NULL: no more will come. */
void picture_filter_send(struct picture_filter *filter, AVFrame *frame);
bool picture_filter_receive(struct picture_filter *filter, AVFrame *frame);

#endif
