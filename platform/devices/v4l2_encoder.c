#include "platform/devices/v4l2_encoder.h"

#include <string.h>

#ifdef __linux__
#include <dirent.h>
#include <linux/videodev2.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

/* What comes out of a decoder is no compressed format. */
static bool encodes(int descriptor, unsigned type)
{
    struct v4l2_format format = { .type = type };
    if (ioctl(descriptor, VIDIOC_G_FMT, &format))
        return false;
    unsigned is = type == V4L2_BUF_TYPE_VIDEO_CAPTURE ? format.fmt.pix.pixelformat : format.fmt.pix_mp.pixelformat;
    return is == V4L2_PIX_FMT_H264 || is == V4L2_PIX_FMT_VP8;
}

static bool is_encoder(int descriptor)
{
    struct stat status;
    struct v4l2_capability capability = { 0 };
    if (fstat(descriptor, &status) || !S_ISCHR(status.st_mode) || ioctl(descriptor, VIDIOC_QUERYCAP, &capability))
        return false;
    return (capability.device_caps & V4L2_CAP_VIDEO_M2M && encodes(descriptor, V4L2_BUF_TYPE_VIDEO_CAPTURE)) ||
           (capability.device_caps & V4L2_CAP_VIDEO_M2M_MPLANE &&
            encodes(descriptor, V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE));
}

void v4l2_encoders_find(struct v4l2_encoders *found)
{
    DIR *folder = opendir("/proc/self/fd");
    memset(found, 0, sizeof *found);
    for (struct dirent *entry; folder && (entry = readdir(folder));) {
        int descriptor = atoi(entry->d_name);
        if (descriptor < V4L2_ENCODERS_SEEN && is_encoder(descriptor))
            found->open[descriptor / 8] |= (unsigned char)(1 << descriptor % 8);
    }
    if (folder)
        closedir(folder);
}

static bool set(int descriptor, unsigned id, int value)
{
    struct v4l2_ext_control control = { .id = id, .value = value };
    struct v4l2_ext_controls controls = { .which = V4L2_CTRL_WHICH_CUR_VAL, .count = 1, .controls = &control };
    return ioctl(descriptor, VIDIOC_S_EXT_CTRLS, &controls) == 0;
}

bool v4l2_encoder_set(int descriptor, enum v4l2_encoder_control control, int value)
{
    if (descriptor < 0)
        return false;
    switch (control) {
    case V4L2_ENCODER_BIT_RATE:
        return set(descriptor, V4L2_CID_MPEG_VIDEO_BITRATE, value);
    case V4L2_ENCODER_CONSTANT_BIT_RATE:
        return set(descriptor, V4L2_CID_MPEG_VIDEO_BITRATE_MODE, V4L2_MPEG_VIDEO_BITRATE_MODE_CBR);
    case V4L2_ENCODER_REPEAT_HEADERS:
        return set(descriptor, V4L2_CID_MPEG_VIDEO_REPEAT_SEQ_HEADER, value);
    case V4L2_ENCODER_KEY_FRAME_INTERVAL:
        return set(descriptor, V4L2_CID_MPEG_VIDEO_H264_I_PERIOD, value);
    case V4L2_ENCODER_CONTROLS:
        break;
    }
    return false;
}

#else

void v4l2_encoders_find(struct v4l2_encoders *found)
{
    memset(found, 0, sizeof *found);
}

bool v4l2_encoder_set(int descriptor, enum v4l2_encoder_control control, int value)
{
    (void)descriptor;
    (void)control;
    (void)value;
    return false;
}

#endif

int v4l2_encoder_new(const struct v4l2_encoders *before)
{
    struct v4l2_encoders now;
    int fresh = -1, n = 0;
    v4l2_encoders_find(&now);
    for (int i = 0; i < V4L2_ENCODERS_SEEN; i++)
        if ((now.open[i / 8] & ~before->open[i / 8]) >> i % 8 & 1) {
            fresh = i;
            n++;
        }
    return n == 1 ? fresh : -1;
}
