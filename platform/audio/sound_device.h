/* One device of SDL's, to play or to record, in the house's format; found again after it was unplugged. A device may
 * take 100 ms to open or close: beyond the first time a thread does it, which ends with it. */
#ifndef CALLAPI_PLATFORM_AUDIO_SOUND_DEVICE_H
#define CALLAPI_PLATFORM_AUDIO_SOUND_DEVICE_H

#include <SDL.h>
#include <stdbool.h>
#include <stdint.h>

struct sound_device;

/* `name`: as SDL lists it, or NULL for the default, which also stands in for one that is gone. Blocks while the device
 * is opened. NULL where this system has no sound at all. Where only the device is not there, one that is plugged in
 * later is used. In both cases the log and `error` (if given; g_free it) say so. */
struct sound_device *sound_device_create(const char *name, bool records, char **error);
/* Blocks while the device is closed. Takes NULL. */
void sound_device_destroy(struct sound_device *device);

/* Notices what was unplugged and plugged in; at least a few times a second while the device is in use. True: another
 * device than before, which is empty, or none any more. */
bool sound_device_poll(struct sound_device *device, int64_t now_us);

/* 0: there is none at the moment. To be asked again after each poll. */
SDL_AudioDeviceID sound_device_id(const struct sound_device *device);
/* What the device takes or gives at once, samples of each channel. */
int sound_device_portion(const struct sound_device *device);

#endif
