/* H.264's parameter sets (SPS and PPS, ITU-T H.264, 7.3.2), found in the stream: containers want them beside it. */
#ifndef CALLAPI_ENGINE_PUBLISH_PARAMETER_SETS_H
#define CALLAPI_ENGINE_PUBLISH_PARAMETER_SETS_H

#include <libavcodec/avcodec.h>
#include <stdbool.h>

struct parameter_sets;

/* NULL: libavcodec lacks what finds them. */
struct parameter_sets *parameter_sets_create(void);
void parameter_sets_destroy(struct parameter_sets *sets); /* takes NULL */

/* Adds those that are in the packet as AV_PKT_DATA_NEW_EXTRADATA, of which muxers take notice; false: no memory. */
bool parameter_sets_attach(struct parameter_sets *sets, AVPacket *packet);
/* The packet's become the parameters' extradata, where it has some. */
void parameter_sets_keep(AVCodecParameters *parameters, const AVPacket *packet);

#endif
