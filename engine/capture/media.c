/* Files and cameras. A file's timeline begins with the first poll, and the loop's clock says what of it is due. A
 * camera sets its own pace: its newest picture is what there is. */
#include "engine/capture/kind.h"

#include <string.h>

#include <glib.h>
#include <libavcodec/avcodec.h>
#include <libavdevice/avdevice.h>

#include "engine/audio/tone.h"
#include "engine/capture/media_reader.h"
#include "engine/capture/picture_track.h"
#include "engine/capture/sound_track.h"
#include "platform/devices/camera.h"
#include "platform/interrupt.h"

enum {
    FIRST_PICTURE_US = 4000000,
    MAX_LATE_US = 1000000, /* after a longer stall a file goes on where it was */
    MAX_LATE_SOUND_US = 500000,
    MAX_DECODED_AT_ONCE = 8, /* pictures skipped in one poll: a late loop must not get later by it */
    REPEAT_US = 100000,      /* a still picture is sent so often: who joins waits no longer */
    RETRY_US = 5000,
    LOOK_US = 100000, /* whether the program is to end, while it waits for a picture */
};

struct media {
    struct capture capture; /* first: the interface */
    struct media_reader *reader;
    struct picture_track *pictures;
    struct sound_track *sound; /* or NULL */
    struct tone tone;
    bool has_tone, live, intra_only, started; /* has_tone: or its silence */
    bool still_once;
    int64_t start_us; /* of the timeline; 0 for a device, whose pictures carry the loop's time */
    int64_t polled_us;
    int64_t sound_frames; /* delivered or left out */
    AVFrame *shown;       /* the last picture; or NULL */
    int64_t shown_us;
};

/* ---- playing ---- */

/* The newest picture that is due, the older ones are skipped; or NULL. */
static AVFrame *newest_due(struct media *media, int64_t now_us)
{
    AVFrame *newest = NULL;
    for (int i = 0; i < MAX_DECODED_AT_ONCE; i++) {
        const AVFrame *next = picture_track_peek(media->pictures);
        if (!next || (!media->live && media->start_us + next->pts > now_us))
            break;
        av_frame_free(&newest);
        newest = picture_track_take(media->pictures);
    }
    return newest;
}

static void show(struct media *media, AVFrame *picture, int64_t pts_us)
{
    media->shown_us = MAX(pts_us, media->shown_us + 1);
    if (picture != media->shown) {
        av_frame_free(&media->shown);
        media->shown = picture;
    }
    capture_deliver_picture(&media->capture, picture, media->shown_us);
}

static void poll_pictures(struct media *media, int64_t now_us)
{
    const AVFrame *next = picture_track_peek(media->pictures);
    if (next && !media->live && now_us - media->start_us - next->pts > MAX_LATE_US)
        media->start_us = now_us - next->pts;
    AVFrame *picture = newest_due(media, now_us);
    if (picture)
        show(media, picture, media->start_us + picture->pts);
    else if (media->shown && !media->live && !media->still_once && now_us - media->shown_us >= REPEAT_US)
        show(media, media->shown, now_us);
    picture_track_peek(media->pictures); /* ahead: when it is due it shall only have to be handed over */
}

/* A camera at which nobody looks is not decoded: each of its pictures stands for itself. */
static void skip_pictures(struct media *media, int64_t now_us)
{
    AVPacket *packet;
    while ((packet = media_reader_take(media->reader, AVMEDIA_TYPE_VIDEO)))
        av_packet_free(&packet);
    media->shown_us = now_us;
}

static int64_t sound_due(const struct media *media)
{
    return media->start_us + (media->sound_frames + 1) * AUDIO_FRAME_US;
}

static void poll_sound(struct media *media, int64_t now_us)
{
    if (now_us - sound_due(media) > MAX_LATE_SOUND_US)
        media->sound_frames = (now_us - media->start_us) / AUDIO_FRAME_US - 1;
    while (sound_due(media) <= now_us) {
        int16_t pcm[AUDIO_FRAME * AUDIO_CHANNELS];
        sound_track_read(media->sound, media->sound_frames * AUDIO_FRAME, pcm);
        int64_t pts_us = media->start_us + media->sound_frames * AUDIO_FRAME_US;
        media->sound_frames++;
        struct pcm_sink *sink = media->capture.audio;
        if (sink)
            sink->ops->push(sink, pcm, pts_us);
    }
}

static void media_poll(struct capture *capture, int64_t now_us)
{
    struct media *media = container_of(capture, struct media, capture);
    if (!media->started) {
        media->started = true;
        media->start_us = media->live ? 0 : now_us;
        media->tone.start_us = now_us;
    }
    if (media->live && media->intra_only && !capture->video)
        skip_pictures(media, now_us);
    else
        poll_pictures(media, now_us);
    if (media->sound)
        poll_sound(media, now_us);
    if (media->has_tone)
        tone_poll(&media->tone, capture->audio, now_us);
    media->polled_us = now_us;
}

/* Of a picture that is not decoded yet nothing is known but that it will be there soon. */
static int64_t picture_due(const struct media *media)
{
    int64_t soon = media->polled_us + RETRY_US;
    if (media->live)
        return MAX(soon, media->shown_us + (int64_t)(1e6 / media->capture.fps));
    const AVFrame *next = picture_track_peek(media->pictures);
    if (next)
        return media->start_us + next->pts;
    if (media_reader_ended(media->reader))
        return media->still_once ? INT64_MAX : media->shown_us + REPEAT_US;
    return soon;
}

static int64_t media_deadline(const struct capture *capture)
{
    const struct media *media = container_of(capture, const struct media, capture);
    if (!media->started)
        return 0;
    int64_t due = picture_due(media);
    if (media->shown && !media->live && !media->still_once)
        due = MIN(due, media->shown_us + REPEAT_US);
    if (media->sound)
        due = MIN(due, sound_due(media));
    return media->has_tone ? MIN(due, tone_deadline(&media->tone)) : due;
}

static bool media_ended(const struct capture *capture)
{
    const struct media *media = container_of(capture, const struct media, capture);
    return media->live && media_reader_ended(media->reader);
}

static void media_destroy(struct capture *capture)
{
    struct media *media = container_of(capture, struct media, capture);
    picture_track_destroy(media->pictures);
    sound_track_destroy(media->sound);
    media_reader_close(media->reader);
    av_frame_free(&media->shown);
    g_free(media);
}

static const struct capture_ops media_ops = {
    .destroy = media_destroy,
    .poll = media_poll,
    .deadline = media_deadline,
    .ended = media_ended,
};

/* ---- opening ---- */

static bool wants(const struct capture_config *config, const char *audio)
{
    return config->audio && strcmp(config->audio, audio) == 0;
}

static void open_sound(struct media *media, const struct capture_config *config)
{
    if (media_reader_audio(media->reader)) {
        media->sound = sound_track_create(media->reader);
        if (!media->sound)
            g_message("the file's sound cannot be decoded: it is sent without");
    }
    media->has_tone = !media->sound && !wants(config, "none");
    media->tone = wants(config, "tone") ? tone_start(config->source, 0) : tone_silence(0);
}

/* A picture is the only proof that it can be played. */
static const AVFrame *first_picture(struct media *media)
{
    int64_t give_up_us = g_get_monotonic_time() + FIRST_PICTURE_US;
    const AVFrame *picture = picture_track_peek(media->pictures);
    while (!picture && !media_reader_ended(media->reader) && g_get_monotonic_time() < give_up_us && !interrupt_seen()) {
        media_reader_wait(media->reader, MIN(give_up_us, g_get_monotonic_time() + LOOK_US));
        picture = picture_track_peek(media->pictures);
    }
    return picture ? picture : picture_track_peek(media->pictures);
}

/* Takes the reader. NULL: no picture could be decoded. */
static bool is_intra_only(enum AVCodecID codec)
{
    const AVCodecDescriptor *descriptor = avcodec_descriptor_get(codec);
    return descriptor && (descriptor->props & AV_CODEC_PROP_INTRA_ONLY);
}

static struct capture *play(struct media_reader *reader, const struct capture_config *config, bool live)
{
    struct media *media = g_new0(struct media, 1);
    media->capture.ops = &media_ops;
    media->reader = reader;
    media->live = live;
    media->still_once = config->still_once;
    media->intra_only = is_intra_only(media_reader_video(media->reader)->codec_id);
    media->pictures = picture_track_create(reader);
    const AVFrame *picture = media->pictures ? first_picture(media) : NULL;
    if (!picture) {
        media_destroy(&media->capture);
        return NULL;
    }
    media->capture.width = picture->width;
    media->capture.height = picture->height;
    media->capture.colour = colour_of_picture(picture);
    double fps = media_reader_rate(reader);
    media->capture.fps = CLAMP(fps > 0 ? fps : 30, 25, 60);
    open_sound(media, config);
    return &media->capture;
}

/* What av_strerror says of the commonest failures is written for programmers. */
static const char *words_for(int error)
{
    switch (error) {
    case AVERROR_STREAM_NOT_FOUND:
        return "there is no moving picture in it";
    case AVERROR_INVALIDDATA:
        return "this is no video, or it is damaged";
    case AVERROR_EOF:
        return "it is empty or breaks off";
    case AVERROR(ETIMEDOUT):
        return "nothing came of it in 10 s; does somebody write to it?";
    case AVERROR_EXIT:
        return "interrupted";
    case AVERROR(EBUSY):
        return "another program uses it";
    case AVERROR(EACCES):
    case AVERROR(EPERM):
        return "this user may not read it (on Linux, the group video may use cameras)";
    default:
        return NULL;
    }
}

static enum capture_trouble trouble_of(int error)
{
    switch (error) {
    case AVERROR(EBUSY):
        return CAPTURE_BUSY;
    case AVERROR(EACCES):
    case AVERROR(EPERM):
        return CAPTURE_FORBIDDEN;
    case AVERROR(ENOENT):
    case AVERROR(ENODEV):
    case AVERROR(ENXIO):
        return CAPTURE_MISSING;
    default:
        return CAPTURE_UNUSABLE;
    }
}

static struct capture_failure explain(const char *what, const char *name, int error)
{
    char text[AV_ERROR_MAX_STRING_SIZE];
    const char *words = words_for(error);
    struct capture_failure failure = capture_unusable("%s %s cannot be opened: %s", what, name,
                                                      words ? words : av_make_error_string(text, sizeof text, error));
    failure.trouble = trouble_of(error);
    return failure;
}

struct capture *capture_file_open(const struct capture_config *config, struct capture_failure *failure)
{
    bool here = g_file_test(config->file, G_FILE_TEST_EXISTS); /* whatever colons its name has */
    g_autofree char *url = here ? g_strconcat("file:", config->file, NULL) : g_strdup(config->file);
    bool sound = !wants(config, "tone") && !wants(config, "none");
    struct media_reader *reader = NULL;
    int failed = media_reader_open(&(struct media_reader_config){ .url = url, .sound = sound }, &reader);
    if (failed < 0) {
        *failure = explain("the film", config->file, failed);
        return NULL;
    }
    struct capture *capture = play(reader, config, false);
    if (!capture)
        *failure = capture_unusable("the film %s cannot be played: no picture in it could be decoded", config->file);
    return capture;
}

/* ---- cameras ---- */

struct camera {
    const AVInputFormat *format;
    char *device;                         /* owned */
    const struct camera_backend *backend; /* NULL: another format was named */
};

static bool is_device(const AVInputFormat *format)
{
    return format && format->priv_class && AV_IS_INPUT_DEVICE(format->priv_class->category);
}

/* "FORMAT:DEVICE" where the first part is one of libavdevice's formats; else all of it is a device of this system's. */
static struct camera parse_camera(const char *name)
{
    const char *colon = strchr(name, ':');
    g_autofree char *prefix = colon ? g_strndup(name, (size_t)(colon - name)) : NULL;
    const AVInputFormat *format = prefix ? av_find_input_format(prefix) : NULL;
    const struct camera_backend *backend = camera_backend();
    bool named = is_device(format);
    struct camera camera = { named ? format : av_find_input_format(backend->format),
                             g_strdup(named   ? colon + 1
                                      : *name ? name
                                              : backend->device),
                             backend };
    if (named && strcmp(prefix, backend->format) != 0)
        camera.backend = NULL;
    return camera;
}

static int open_with(const struct camera *camera, const struct capture_config *config, bool compressed, bool shaped,
                     bool live, struct media_reader **reader)
{
    AVDictionary *options = NULL;
    g_autofree char *size = g_strdup_printf("%dx%d", config->width > 0 ? config->width : 1280,
                                            config->height > 0 ? config->height : 720);
    if (shaped) {
        av_dict_set(&options, "video_size", size, 0);
        av_dict_set_int(&options, "framerate", config->fps > 0 ? config->fps : 30, 0);
    }
    if (compressed)
        av_dict_set(&options, camera->backend->codec_option, camera->backend->codec, 0);
    struct media_reader_config wanted = {
        .url = camera->device, .format = camera->format, .options = options, .live = live
    };
    int error = media_reader_open(&wanted, reader);
    av_dict_free(&options);
    return error;
}

/* The wishes are given up one after the other: a camera that cannot do them is better than none. */
static int open_camera(const struct camera *camera, const struct capture_config *config, bool live,
                       struct media_reader **reader)
{
    int error = AVERROR(EINVAL);
    if (camera->backend && camera->backend->codec)
        error = open_with(camera, config, true, true, live, reader);
    if (error == AVERROR(ENOENT) || error == AVERROR(EBUSY) || error == AVERROR(EACCES))
        return error;
    if (error < 0)
        error = open_with(camera, config, false, true, live, reader);
    if (error < 0)
        error = open_with(camera, config, false, false, live, reader);
    return error;
}

struct capture *capture_device_open(const struct capture_config *config, struct capture_failure *failure)
{
    avdevice_register_all();
    struct camera camera = parse_camera(config->camera);
    struct media_reader *reader = NULL;
    struct capture *capture = NULL;
    if (!camera.format) {
        *failure = capture_unusable("the camera %s cannot be opened: this FFmpeg has no \"%s\" input", config->camera,
                                    camera_backend()->format);
        g_free(camera.device);
        return NULL;
    }
    /* lavfi makes pictures as fast as one takes them: it is played as a file is. */
    bool live = camera.format->priv_class->category == AV_CLASS_CATEGORY_DEVICE_VIDEO_INPUT;
    int failed = open_camera(&camera, config, live, &reader);
    if (failed < 0)
        *failure = explain("the camera", config->camera, failed);
    else if (!(capture = play(reader, config, live)))
        *failure = capture_unusable("the camera %s gives no picture: unplug it and plug it in again", config->camera);
    g_free(camera.device);
    return capture;
}
