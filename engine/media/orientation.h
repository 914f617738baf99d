/* How a picture from the network lies: FFmpeg's display matrix beside a packet, which decoders hand
 * on with its picture. */
#ifndef CALLAPI_ENGINE_MEDIA_ORIENTATION_H
#define CALLAPI_ENGINE_MEDIA_ORIENTATION_H

#include <libavcodec/packet.h>
#include <libavutil/frame.h>
#include <stdbool.h>

/* What makes it upright: mirrored left to right first, where it is `flipped`, then turned
 * clockwise. */
struct orientation {
    int quarter_turns; /* 0 to 3 */
    bool flipped;
};

/* False: no memory. */
bool orientation_attach(AVPacket *packet, struct orientation orientation);
/* Upright where it says nothing, or turns by other than quarters. */
struct orientation orientation_of(const AVFrame *frame);

#endif
