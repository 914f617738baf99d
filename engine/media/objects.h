/* FFmpeg's small objects, of a fixed size, empty. As GLib does with its own, the program ends where there is no memory
 * for one: a few hundred bytes, of which each picture or packet has one, so that their number is bounded by what bounds
 * those. What depends on what comes (pictures, packets' data) is still FFmpeg's to refuse, and ours to do without. */
#ifndef CALLAPI_ENGINE_MEDIA_OBJECTS_H
#define CALLAPI_ENGINE_MEDIA_OBJECTS_H

#include <libavcodec/avcodec.h>
#include <stdbool.h>

AVFrame *frame_new(void);
/* Memory for a picture, or the memory that it has where that fits. Its owner alone refers to it. False: there is none.
 */
bool frame_allocate(AVFrame *frame, enum AVPixelFormat format, int width, int height);
AVPacket *packet_new(void);
AVCodecParameters *parameters_new(void);

#endif
