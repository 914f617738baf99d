#include "engine/stream/kept_source.h"

#include "engine/media/objects.h"
#include "engine/stream/replay.h"
#include "platform/deadline.h"

/* More would take longer to decode than a key frame takes to come, and a sender may make none by itself. */
enum { MOST_KEPT = 120 };

struct kept_source {
    struct source source;
    struct source *behind;
    struct packet_sink pictures, sound; /* of that */
    struct replay replay;
    struct packet_sink *heard;           /* who plays the sound; NULL: nobody */
    AVCodecParameters *sound_parameters; /* NULL: none has come */
    struct deadline *pump;               /* what is to be made good, a slice at a time */
};

/* ---- pictures ---- */

static void pump(void *user_data)
{
    struct kept_source *kept = user_data;
    int64_t began_us = g_get_monotonic_time();
    while (kept->replay.backlog.waiting && g_get_monotonic_time() - began_us < REPLAY_SLICE_US)
        replay_deliver(&kept->replay, g_get_monotonic_time());
    if (kept->replay.backlog.waiting)
        deadline_set(kept->pump, 0);
}

static AVCodecParameters *copy_parameters(const AVCodecParameters *parameters)
{
    AVCodecParameters *copy = parameters_new();
    if (copy && avcodec_parameters_copy(copy, parameters) < 0)
        avcodec_parameters_free(&copy);
    return copy;
}

static void open_pictures(struct packet_sink *sink, const AVCodecParameters *parameters)
{
    struct kept_source *kept = container_of(sink, struct kept_source, pictures);
    backlog_announce(&kept->replay.backlog, copy_parameters(parameters));
}

static void push_picture(struct packet_sink *sink, const AVPacket *packet)
{
    struct kept_source *kept = container_of(sink, struct kept_source, pictures);
    AVPacket *clone = av_packet_clone(packet);
    bool behind = kept->replay.backlog.waiting;
    if (!clone) {
        backlog_note_gap(&kept->replay.backlog);
        return;
    }
    backlog_add(&kept->replay.backlog, clone);
    if (!behind) /* else it waits for those before it */
        replay_deliver(&kept->replay, g_get_monotonic_time());
}

static void lose_picture(struct packet_sink *sink)
{
    struct kept_source *kept = container_of(sink, struct kept_source, pictures);
    backlog_note_gap(&kept->replay.backlog);
    if (kept->replay.sink && !kept->replay.backlog.waiting)
        kept->replay.sink->ops->lose(kept->replay.sink);
}

static const struct packet_sink_ops pictures_ops = { .open = open_pictures,
                                                     .push = push_picture,
                                                     .lose = lose_picture };

/* ---- sound: of what is heard now ---- */

static void open_sound(struct packet_sink *sink, const AVCodecParameters *parameters)
{
    struct kept_source *kept = container_of(sink, struct kept_source, sound);
    avcodec_parameters_free(&kept->sound_parameters);
    kept->sound_parameters = copy_parameters(parameters);
    if (kept->heard)
        kept->heard->ops->open(kept->heard, parameters);
}

static void push_sound(struct packet_sink *sink, const AVPacket *packet)
{
    struct kept_source *kept = container_of(sink, struct kept_source, sound);
    if (kept->heard)
        kept->heard->ops->push(kept->heard, packet);
}

static void lose_sound(struct packet_sink *sink)
{
    struct kept_source *kept = container_of(sink, struct kept_source, sound);
    if (kept->heard)
        kept->heard->ops->lose(kept->heard);
}

static const struct packet_sink_ops sound_ops = { .open = open_sound, .push = push_sound, .lose = lose_sound };

/* ---- as a source ---- */

static void start(struct source *source, struct packet_sink *video, struct packet_sink *audio)
{
    struct kept_source *kept = container_of(source, struct kept_source, source);
    kept->heard = audio;
    if (audio && kept->sound_parameters)
        audio->ops->open(audio, kept->sound_parameters);
    if (replay_begin(&kept->replay, video, g_get_monotonic_time()))
        deadline_set(kept->pump, 0);
}

static void stop(struct source *source)
{
    struct kept_source *kept = container_of(source, struct kept_source, source);
    kept->heard = NULL;
    replay_end(&kept->replay);
}

/* Who is about to be given one needs none made. */
static void request_key_frame(struct source *source)
{
    struct kept_source *kept = container_of(source, struct kept_source, source);
    if (!kept->replay.makes_good)
        kept->behind->ops->request_key_frame(kept->behind);
}

static bool capture_time(struct source *source, enum AVMediaType type, int64_t pts, int64_t *time_us)
{
    struct kept_source *kept = container_of(source, struct kept_source, source);
    return kept->behind->ops->capture_time(kept->behind, type, pts, time_us);
}

static const struct source_ops source_ops = {
    .start = start,
    .stop = stop,
    .request_key_frame = request_key_frame,
    .capture_time = capture_time,
};

/* ---- life ---- */

struct kept_source *kept_source_create(GMainContext *context, struct source *source)
{
    struct kept_source *kept = g_new0(struct kept_source, 1);
    *kept = (struct kept_source){
        .source.ops = &source_ops,
        .behind = source,
        .pictures.ops = &pictures_ops,
        .sound.ops = &sound_ops,
        .pump = deadline_create(context, pump, kept),
    };
    replay_init(&kept->replay, true);
    kept->replay.backlog.most = MOST_KEPT;
    source->ops->start(source, &kept->pictures, &kept->sound);
    return kept;
}

void kept_source_destroy(struct kept_source *kept)
{
    if (!kept)
        return;
    kept->behind->ops->stop(kept->behind);
    deadline_destroy(kept->pump);
    replay_clear(&kept->replay);
    avcodec_parameters_free(&kept->sound_parameters);
    g_free(kept);
}

struct source *kept_source_source(struct kept_source *kept)
{
    return &kept->source;
}
