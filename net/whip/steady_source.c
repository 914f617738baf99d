#include "net/whip/steady_source.h"

#include <glib.h>

#include <libavutil/mathematics.h>

#include "engine/media/objects.h"

enum { VIDEO, AUDIO };

static struct steady_source *owner(struct steady_stream *stream, int i)
{
    return container_of(stream - i, struct steady_source, streams[0]);
}

/* ---- packets ---- */

static void stream_open(struct packet_sink *sink, const AVCodecParameters *parameters)
{
    struct steady_stream *stream = container_of(sink, struct steady_stream, sink);
    if (stream->next)
        stream->next->ops->open(stream->next, parameters);
}

static void stream_lose(struct packet_sink *sink)
{
    struct steady_stream *stream = container_of(sink, struct steady_stream, sink);
    if (stream->next)
        stream->next->ops->lose(stream->next);
}

/* The first packet of a source stands as far behind the last one of the source before as it came after it. */
static void join(struct steady_stream *stream, const AVPacket *packet)
{
    int64_t since_us = g_get_monotonic_time() - stream->last_us;
    if (stream->any) {
        int64_t since = av_rescale_q(since_us, (AVRational){ 1, 1000000 }, packet->time_base);
        stream->offset = stream->last_pts + MAX(since, 1) - packet->pts;
        stream_lose(&stream->sink);
    }
    stream->fresh = false;
    stream->any = true;
}

static void push(struct steady_source *steady, struct steady_stream *stream, const AVPacket *packet)
{
    if (stream->fresh) {
        join(stream, packet);
        steady->arrived(steady->user_data);
    }
    stream->last_pts = packet->pts + stream->offset;
    stream->last_us = g_get_monotonic_time();
    if (!stream->next || av_packet_ref(steady->scratch, packet) < 0)
        return;
    steady->scratch->pts = steady->scratch->dts = stream->last_pts;
    stream->next->ops->push(stream->next, steady->scratch);
    av_packet_unref(steady->scratch);
}

static void push_video(struct packet_sink *sink, const AVPacket *packet)
{
    struct steady_stream *stream = container_of(sink, struct steady_stream, sink);
    push(owner(stream, VIDEO), stream, packet);
}

static void push_audio(struct packet_sink *sink, const AVPacket *packet)
{
    struct steady_stream *stream = container_of(sink, struct steady_stream, sink);
    push(owner(stream, AUDIO), stream, packet);
}

static const struct packet_sink_ops video_ops = { .open = stream_open, .push = push_video, .lose = stream_lose };
static const struct packet_sink_ops audio_ops = { .open = stream_open, .push = push_audio, .lose = stream_lose };

/* ---- the source ---- */

static void start_present(struct steady_source *steady)
{
    struct steady_stream *video = &steady->streams[VIDEO], *audio = &steady->streams[AUDIO];
    if (!steady->present || !steady->started)
        return;
    steady->present->ops->start(steady->present, video->next ? &video->sink : NULL, audio->next ? &audio->sink : NULL);
    if (video->next)
        steady->present->ops->request_key_frame(steady->present);
}

static void source_start(struct source *source, struct packet_sink *video, struct packet_sink *audio)
{
    struct steady_source *steady = container_of(source, struct steady_source, source);
    steady->started = true;
    steady->streams[VIDEO].next = video;
    steady->streams[AUDIO].next = audio;
    start_present(steady);
}

static void source_stop(struct source *source)
{
    struct steady_source *steady = container_of(source, struct steady_source, source);
    steady->started = false;
    steady->streams[VIDEO].next = steady->streams[AUDIO].next = NULL;
    if (steady->present)
        steady->present->ops->stop(steady->present);
}

static void source_request_key_frame(struct source *source)
{
    struct steady_source *steady = container_of(source, struct steady_source, source);
    if (steady->present)
        steady->present->ops->request_key_frame(steady->present);
}

static bool source_capture_time(struct source *source, enum AVMediaType type, int64_t pts, int64_t *time_us)
{
    struct steady_source *steady = container_of(source, struct steady_source, source);
    const struct steady_stream *stream = &steady->streams[type == AVMEDIA_TYPE_VIDEO ? VIDEO : AUDIO];
    return steady->present && !stream->fresh &&
           steady->present->ops->capture_time(steady->present, type, pts - stream->offset, time_us);
}

static const struct source_ops source_ops = {
    .start = source_start,
    .stop = source_stop,
    .request_key_frame = source_request_key_frame,
    .capture_time = source_capture_time,
};

void steady_source_init(struct steady_source *steady, void (*arrived)(void *user_data), void *user_data)
{
    *steady = (struct steady_source){
        .source.ops = &source_ops,
        .streams = { { .sink.ops = &video_ops }, { .sink.ops = &audio_ops } },
        .scratch = packet_new(),
        .arrived = arrived,
        .user_data = user_data,
    };
}

void steady_source_finish(struct steady_source *steady)
{
    steady_source_set(steady, NULL);
    av_packet_free(&steady->scratch);
}

void steady_source_set(struct steady_source *steady, struct source *present)
{
    if (steady->present && steady->started)
        steady->present->ops->stop(steady->present);
    steady->present = present;
    for (int i = 0; i < STEADY_STREAMS; i++)
        steady->streams[i].fresh = true;
    start_present(steady);
}
