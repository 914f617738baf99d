/* A speaker through SDL's queue: no callback and no thread of ours. */
#ifndef CALLAPI_PLATFORM_SPEAKER_H
#define CALLAPI_PLATFORM_SPEAKER_H

#include "engine/audio_output.h"

struct speaker;

/* `device`: a name as SDL lists it, or NULL for the default. NULL after a message in words if there is none (`error`,
 * if given, gets the same text; g_free it). Takes up to some 100 ms: before the loop starts. */
struct speaker *speaker_create(const char *device, char **error);
/* Blocks 20 to 60 ms (SDL waits for the device): when the program ends, not at a switch. */
void speaker_destroy(struct speaker *speaker);
struct audio_output *speaker_output(struct speaker *speaker);

#endif
