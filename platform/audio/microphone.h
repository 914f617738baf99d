/* A microphone through SDL's capture queue, polled: no callback and no thread of ours. Used as engine/capture/capture.h
 * is: create, set the sink, poll by the deadline, destroy. */
#ifndef CALLAPI_PLATFORM_AUDIO_MICROPHONE_H
#define CALLAPI_PLATFORM_AUDIO_MICROPHONE_H

#include "engine/media/media.h"

struct audio_processing;
struct microphone;

/* `device`: a name as SDL lists it, or NULL for the default. NULL where the system has no sound; without a device it is
 * silent until one is plugged in. Either is said in words (`error`, if given, gets the same text; g_free it). Takes up
 * to some 100 ms: before the loop starts. */
struct microphone *microphone_create(const char *device, char **error);
/* Blocks 20 to 60 ms (SDL waits for the device): when the program ends, not at a switch. */
void microphone_destroy(struct microphone *microphone);

/* Borrowed, or NULL: the sound is thrown away. */
void microphone_set_sink(struct microphone *microphone, struct pcm_sink *sink);
/* Borrowed, or NULL: what comes out of the speaker is taken out of the sound (platform/audio/audio_processing.h). */
void microphone_set_processing(struct microphone *microphone, struct audio_processing *processing);
bool microphone_is_there(const struct microphone *microphone); /* a device that records */
/* Delivers each 20 ms that are complete, with the time of their first sample. After a long stall the oldest sound is
 * left out rather than sent late. A device that is unplugged is reported once; nothing comes until there is one again.
 */
void microphone_poll(struct microphone *microphone, int64_t now_us);
/* When the next 20 ms will be complete. */
int64_t microphone_deadline(const struct microphone *microphone);

#endif
