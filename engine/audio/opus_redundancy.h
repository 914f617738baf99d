/* Whether an Opus packet carries the frame before it a second time (in-band FEC). */
#ifndef CALLAPI_ENGINE_AUDIO_OPUS_REDUNDANCY_H
#define CALLAPI_ENGINE_AUDIO_OPUS_REDUNDANCY_H

#include <stdbool.h>
#include <stdint.h>

bool opus_has_redundancy(const uint8_t *data, int size);

#endif
