/* What a picture takes here in software, measured: some are encoded, and decoded again. */
#ifndef CALLAPI_ENGINE_VIDEO_CAPACITY_PROOF_H
#define CALLAPI_ENGINE_VIDEO_CAPACITY_PROOF_H

#include <libavcodec/codec_id.h>

#include "engine/adaptation/capacity.h"

struct capacity_proof {
    enum AVCodecID codec;
    int width, height;
    bool quick; /* smaller pictures, from which it is reckoned: some 10 ms on a desktop, with what opening takes */
};

/* Of one picture, in microseconds of the processor; what drawing takes is left as it is. The fastest of a few: what
 * else the machine does at the moment is not to count. False, and all as it was, where nothing opens or comes out. In
 * the calling thread. */
bool capacity_prove(const struct capacity_proof *proof, double cost_us[CAPACITY_WORKS]);

#endif
