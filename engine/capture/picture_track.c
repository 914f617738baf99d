#include "engine/capture/picture_track.h"

#include <glib.h>
#include <libavcodec/avcodec.h>

#include "engine/media/codec_context.h"
#include "engine/media/objects.h"
#include "engine/picture/filter.h"

enum {
    PERIOD_60_US = 16667,
    TOLERANCE_US = 2000,
    MAX_PACKETS_AT_ONCE = 64, /* without a picture from them: broken ones must not hold up the loop */
};

struct picture_track {
    struct media_reader *reader; /* borrowed */
    AVCodecContext *decoder;
    struct picture_filter *filter;
    AVPacket *pending; /* first of the next lap, waits until the decoder is drained */
    AVFrame *next;     /* decoded, not taken; or NULL */
    bool draining;
    intptr_t lap;
    int64_t last_us, period_us;
};

struct picture_track *picture_track_create(struct media_reader *reader)
{
    const AVCodecParameters *parameters = media_reader_video(reader);
    const AVCodec *codec = avcodec_find_decoder(parameters->codec_id);
    AVCodecContext *decoder = codec ? codec_context_create(codec) : NULL;
    if (!decoder)
        return NULL;
    avcodec_parameters_to_context(decoder, parameters);
    decoder->pkt_timebase = AV_TIME_BASE_Q;
    decoder->thread_count = 1; /* the loop's own: the processor's other cores have a call to run */
    if (avcodec_open2(decoder, codec, NULL) < 0) {
        avcodec_free_context(&decoder);
        return NULL;
    }
    struct picture_track *track = g_new0(struct picture_track, 1);
    struct picture_shape shape = { media_reader_display_matrix(reader), media_reader_pixel_aspect(reader) };
    double rate = media_reader_rate(reader);
    *track = (struct picture_track){ .reader = reader,
                                     .decoder = decoder,
                                     .filter = picture_filter_create(&shape),
                                     .last_us = INT64_MIN / 2,
                                     .period_us = (int64_t)(1e6 / (rate > 1 ? rate : 25)) };
    return track;
}

void picture_track_destroy(struct picture_track *track)
{
    if (!track)
        return;
    avcodec_free_context(&track->decoder);
    picture_filter_destroy(track->filter);
    av_packet_free(&track->pending);
    av_frame_free(&track->next);
    g_free(track);
}

/* False: nothing to feed. A packet that the decoder refuses is gone, the next may be better. */
static bool feed(struct picture_track *track)
{
    AVPacket *packet = track->pending ? g_steal_pointer(&track->pending)
                                      : media_reader_take(track->reader, AVMEDIA_TYPE_VIDEO);
    bool over = !packet && media_reader_ended(track->reader);
    if (packet && (intptr_t)packet->opaque != track->lap)
        track->pending = g_steal_pointer(&packet);
    if (!packet && (over || track->pending)) {
        bool again = track->draining;
        track->draining = true;
        return !again && avcodec_send_packet(track->decoder, NULL) >= 0;
    }
    if (!packet)
        return false;
    avcodec_send_packet(track->decoder, packet);
    av_packet_free(&packet);
    return true;
}

/* The decoder gave its last picture of a lap. False: of all. */
static bool begin_lap(struct picture_track *track)
{
    if (!track->pending)
        return false;
    avcodec_flush_buffers(track->decoder);
    track->draining = false;
    track->lap = (intptr_t)track->pending->opaque;
    return true;
}

static bool wanted(struct picture_track *track, AVFrame *frame)
{
    frame->pts = frame->best_effort_timestamp;
    if (frame->pts == AV_NOPTS_VALUE || frame->pts <= track->last_us)
        frame->pts = MAX(track->last_us + track->period_us, 0);
    if (frame->width <= 0 || frame->height <= 0 || frame->pts - track->last_us < PERIOD_60_US - TOLERANCE_US)
        return false;
    track->last_us = frame->pts;
    return true;
}

/* Cameras, whose bare pictures no codec describes, give BT.601 (USB Video Class 1.5, 3.9.2.6), as FFmpeg's own sources
 * do. */
static void complete_colour(const struct picture_track *track, AVFrame *frame)
{
    bool bare = track->decoder->codec_id == AV_CODEC_ID_RAWVIDEO ||
                track->decoder->codec_id == AV_CODEC_ID_WRAPPED_AVFRAME;
    if (bare && frame->colorspace == AVCOL_SPC_UNSPECIFIED)
        frame->colorspace = AVCOL_SPC_SMPTE170M;
}

/* Moves a decoded picture on, or what must be fed or flushed for the next. False: nothing more to do now. */
static bool advance(struct picture_track *track, AVFrame *frame, int *packets)
{
    int error = avcodec_receive_frame(track->decoder, frame);
    if (error >= 0 && wanted(track, frame)) {
        complete_colour(track, frame);
        picture_filter_send(track->filter, frame);
    } else if (error >= 0) {
        av_frame_unref(frame);
    } else if (error != AVERROR_EOF) {
        return feed(track) && ++*packets < MAX_PACKETS_AT_ONCE;
    } else if (!begin_lap(track)) {
        picture_filter_send(track->filter, NULL);
        return false;
    }
    return true;
}

static AVFrame *decode(struct picture_track *track)
{
    AVFrame *frame = frame_new();
    bool more = true;
    for (int packets = 0; frame && more;) {
        if (picture_filter_receive(track->filter, frame))
            return frame;
        more = advance(track, frame, &packets);
    }
    if (frame && picture_filter_receive(track->filter, frame)) /* what a filter kept to the end */
        return frame;
    av_frame_free(&frame);
    return NULL;
}

const AVFrame *picture_track_peek(struct picture_track *track)
{
    if (!track->next)
        track->next = decode(track);
    return track->next;
}

AVFrame *picture_track_take(struct picture_track *track)
{
    picture_track_peek(track);
    return g_steal_pointer(&track->next);
}
