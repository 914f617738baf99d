/* A speaker through SDL's queue: no callback and no thread of ours. */
#ifndef CALLAPI_PLATFORM_AUDIO_SPEAKER_H
#define CALLAPI_PLATFORM_AUDIO_SPEAKER_H

#include <stdbool.h>

#include "engine/media/audio_output.h"

struct audio_processing;
struct speaker;

/* `device`: a name as SDL lists it, or NULL for the default. NULL where the system has no sound; without a device sound
 * runs away unheard until one is plugged in. Either is said in words (`error`, if given, gets the same text; g_free
 * it). Takes up to some 100 ms: before the loop starts. */
struct speaker *speaker_create(const char *device, char **error);
/* Blocks 20 to 60 ms (SDL waits for the device): when the program ends, not at a switch. */
void speaker_destroy(struct speaker *speaker);
/* Borrowed, or NULL: is told what is heard when (platform/audio/audio_processing.h). */
void speaker_set_processing(struct speaker *speaker, struct audio_processing *processing);
bool speaker_is_there(const struct speaker *speaker); /* a device that is heard; takes NULL */
struct audio_output *speaker_output(struct speaker *speaker);

#endif
