/* A speaker for a machine that has none: drains by the clock it is given and is heard by nobody. */
#ifndef CALLAPI_ENGINE_AUDIO_SILENT_OUTPUT_H
#define CALLAPI_ENGINE_AUDIO_SILENT_OUTPUT_H

#include "engine/media/audio_output.h"

struct silent_output {
    struct audio_output output;
    int64_t now_us, empty_us; /* set now_us before each use */
};

void silent_output_init(struct silent_output *silent);

#endif
