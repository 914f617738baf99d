/* Which of libavdevice's inputs this system's cameras are behind. */
#ifndef CALLAPI_PLATFORM_DEVICES_CAMERA_H
#define CALLAPI_PLATFORM_DEVICES_CAMERA_H

struct camera_backend {
    const char *format; /* libavdevice's input format */
    const char *device; /* the default camera there */
    /* The input's option that asks the camera for compressed pictures, and its value: over USB 2, raw ones at 720p come
     * ten times a second. NULL where there is none. */
    const char *codec_option, *codec;
};

/* This system's; never NULL. */
const struct camera_backend *camera_backend(void);

/* "FORMAT:DEVICE (name)" of each camera that is there, for diagnostics: NULL-terminated, g_strfreev it. Empty where the
 * system has no simple way to ask. */
char **camera_list(void);

#endif
