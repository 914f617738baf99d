#include "platform/devices/camera.h"

#include <stdbool.h>

#include <glib.h>

#ifdef __linux__
#include <fcntl.h>
#include <linux/videodev2.h>
#include <sys/ioctl.h>
#include <unistd.h>
#endif

static const struct camera_backend backends[] = {
#if defined(__linux__)
    { "v4l2", "/dev/video0", "input_format", "mjpeg" },
#elif defined(__APPLE__)
    { "avfoundation", "default", NULL, NULL },
#elif defined(_WIN32)
    { "dshow", "video=Integrated Camera", "vcodec", "mjpeg" },
#endif
    { "v4l2", "/dev/video0", NULL, NULL }, /* BSD has the same interface through libv4l */
};

const struct camera_backend *camera_backend(void)
{
    return &backends[0];
}

#ifdef __linux__

/* A camera has more nodes than it has pictures: metadata and decoders look alike in /dev. */
static char *describe(const char *path)
{
    int device = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (device < 0)
        return NULL;
    struct v4l2_capability capability = { 0 };
    bool known = ioctl(device, VIDIOC_QUERYCAP, &capability) == 0;
    close(device);
    unsigned wanted = V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_STREAMING, unwanted = V4L2_CAP_VIDEO_OUTPUT;
    if (!known || (capability.device_caps & wanted) != wanted || capability.device_caps & unwanted)
        return NULL;
    return g_strdup_printf("v4l2:%s (%.32s)", path, (const char *)capability.card);
}

char **camera_list(void)
{
    GPtrArray *cameras = g_ptr_array_new();
    g_autoptr(GDir) dir = g_dir_open("/dev", 0, NULL);
    for (const char *name; dir && (name = g_dir_read_name(dir)) != NULL;) {
        g_autofree char *path = g_build_filename("/dev", name, NULL);
        char *description = g_str_has_prefix(name, "video") ? describe(path) : NULL;
        if (description)
            g_ptr_array_add(cameras, description);
    }
    g_ptr_array_add(cameras, NULL);
    return (char **)g_ptr_array_free(cameras, FALSE);
}

#else

char **camera_list(void)
{
    return g_new0(char *, 1);
}

#endif
