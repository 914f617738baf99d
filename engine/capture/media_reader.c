#include "engine/capture/media_reader.h"

#include <string.h>

#include <glib.h>

#include "engine/media/objects.h"
#include "platform/files/fifo.h"
#include "platform/interrupt.h"

enum {
    ENOUGH_PACKETS = 256,
    ENOUGH_BYTES = 32 << 20, /* read ahead so far */
    MOST_PACKETS = 2048,
    MOST_BYTES = 128 << 20, /* and so far while the other stream has nothing to play */
    LIVE_PACKETS = 8,
    OPEN_TIMEOUT_US = 10000000,
    RETRY_US = 4000,
    MIN_LAP_US = 1000,
    LONGEST_PAUSE_US = 10000000, /* a larger step of the times is an error in the file */
    LATEST_US = 500000,
};
#define SANE_US ((int64_t)1 << 55)

enum track { VIDEO, AUDIO, TRACKS };

struct mailbox {
    GMutex lock;
    GCond changed;
    GQueue packets[TRACKS]; /* AVPacket *, owned */
    size_t bytes;
    bool ended;
};

struct media_reader {
    struct mailbox mailbox;
    GThread *thread;
    gint stopping;      /* atomic: also libavformat asks, in its blocking calls */
    int64_t give_up_us; /* while opening, else 0 */
    int fifo;           /* that it is read from; -1: none */
    bool live;

    /* The thread's from its start on; what the loop reads of it does not change. */
    AVFormatContext *format;
    AVStream *streams[TRACKS]; /* [AUDIO] may be NULL */
    AVCodecParameters *parameters[TRACKS];
    double rate;
    int32_t *display_matrix; /* 9, owned; or NULL */
    AVRational pixel_aspect;
    int64_t offset_us;      /* added to the file's times */
    int64_t start_us;       /* the file's first time */
    int64_t end_us[TRACKS]; /* where the timeline has got to */
    int64_t lap_start_us, lap_end_us;
    intptr_t lap;
    int lap_packets[TRACKS];
    bool mapped; /* live: offset_us is known */
};

/* ---- the mailbox ---- */

static bool has_room(const struct media_reader *reader)
{
    const struct mailbox *mailbox = &reader->mailbox;
    guint video = mailbox->packets[VIDEO].length, audio = mailbox->packets[AUDIO].length;
    bool starving = video == 0 || (audio == 0 && reader->streams[AUDIO]);
    guint most_packets = starving ? MOST_PACKETS : ENOUGH_PACKETS;
    size_t most_bytes = starving ? MOST_BYTES : ENOUGH_BYTES;
    return video + audio < most_packets && mailbox->bytes < most_bytes;
}

static void drop_oldest(struct mailbox *mailbox, enum track track)
{
    AVPacket *oldest = g_queue_pop_head(&mailbox->packets[track]);
    mailbox->bytes -= (size_t)oldest->size;
    av_packet_free(&oldest);
}

/* Takes the packet. Waits while the mailbox is full, except for a device: there the oldest goes. */
static void post(struct media_reader *reader, enum track track, AVPacket *packet)
{
    struct mailbox *mailbox = &reader->mailbox;
    g_mutex_lock(&mailbox->lock);
    while (!reader->live && !has_room(reader) && !g_atomic_int_get(&reader->stopping))
        g_cond_wait(&mailbox->changed, &mailbox->lock);
    if (reader->live && mailbox->packets[track].length >= LIVE_PACKETS)
        drop_oldest(mailbox, track);
    g_queue_push_tail(&mailbox->packets[track], packet);
    mailbox->bytes += (size_t)packet->size;
    g_cond_broadcast(&mailbox->changed);
    g_mutex_unlock(&mailbox->lock);
}

static void post_end(struct media_reader *reader)
{
    g_mutex_lock(&reader->mailbox.lock);
    reader->mailbox.ended = true;
    g_cond_broadcast(&reader->mailbox.changed);
    g_mutex_unlock(&reader->mailbox.lock);
}

AVPacket *media_reader_take(struct media_reader *reader, enum AVMediaType type)
{
    struct mailbox *mailbox = &reader->mailbox;
    g_mutex_lock(&mailbox->lock);
    AVPacket *packet = g_queue_pop_head(&mailbox->packets[type == AVMEDIA_TYPE_VIDEO ? VIDEO : AUDIO]);
    if (packet)
        mailbox->bytes -= (size_t)packet->size;
    g_cond_broadcast(&mailbox->changed);
    g_mutex_unlock(&mailbox->lock);
    return packet;
}

bool media_reader_ended(struct media_reader *reader)
{
    g_mutex_lock(&reader->mailbox.lock);
    bool ended = reader->mailbox.ended && reader->mailbox.packets[VIDEO].length == 0;
    g_mutex_unlock(&reader->mailbox.lock);
    return ended;
}

void media_reader_wait(struct media_reader *reader, int64_t until_us)
{
    struct mailbox *mailbox = &reader->mailbox;
    g_mutex_lock(&mailbox->lock);
    while (!mailbox->ended && mailbox->packets[VIDEO].length == 0)
        if (!g_cond_wait_until(&mailbox->changed, &mailbox->lock, until_us))
            break;
    g_mutex_unlock(&mailbox->lock);
}

/* ---- the thread: times ---- */

static int64_t to_us(int64_t time, AVRational base)
{
    if (time == AV_NOPTS_VALUE)
        return AV_NOPTS_VALUE;
    int64_t us = av_rescale_q(time, base, AV_TIME_BASE_Q);
    return us > -SANE_US && us < SANE_US ? us : AV_NOPTS_VALUE;
}

/* NOPTS stays what it is. */
static int64_t shifted(int64_t us, int64_t offset_us)
{
    return us == AV_NOPTS_VALUE ? us : us + offset_us;
}

static int64_t duration_of(const struct media_reader *reader, enum track track, const AVPacket *packet)
{
    int64_t us = to_us(packet->duration, reader->streams[track]->time_base);
    if (us > 0 && us < LONGEST_PAUSE_US)
        return us;
    return track == AUDIO ? 20000 : (int64_t)(1e6 / (reader->rate > 0 ? reader->rate : 25));
}

static void stamp_file(struct media_reader *reader, enum track track, AVPacket *packet)
{
    int64_t pts = to_us(packet->pts, reader->streams[track]->time_base);
    int64_t dts = to_us(packet->dts, reader->streams[track]->time_base);
    int64_t known = dts != AV_NOPTS_VALUE ? dts : pts;
    int64_t expected = reader->end_us[track];
    if (known != AV_NOPTS_VALUE && (known + reader->offset_us > reader->lap_end_us + LONGEST_PAUSE_US ||
                                    known + reader->offset_us < expected - LONGEST_PAUSE_US))
        reader->offset_us = expected - known;
    int64_t duration = duration_of(reader, track, packet);
    packet->pts = shifted(pts, reader->offset_us);
    packet->dts = shifted(dts, reader->offset_us);
    int64_t begin = packet->pts != AV_NOPTS_VALUE   ? packet->pts
                    : packet->dts != AV_NOPTS_VALUE ? packet->dts
                                                    : expected;
    reader->end_us[track] = MAX(reader->end_us[track], begin + duration);
    reader->lap_end_us = MAX(reader->lap_end_us, reader->end_us[track]);
    packet->duration = duration;
}

/* A camera's clock may be anything; a picture has come, at the earliest, when it was taken. So the least difference to
 * ours is the difference of the clocks. It is let creep up, or a drift would never be followed. */
static void stamp_live(struct media_reader *reader, enum track track, AVPacket *packet)
{
    int64_t now = g_get_monotonic_time(), pts = to_us(packet->pts, reader->streams[track]->time_base);
    if (pts == AV_NOPTS_VALUE)
        pts = now;
    int64_t difference = now - pts, late = difference - reader->offset_us;
    if (!reader->mapped || late < 0 || late > LATEST_US)
        reader->offset_us = difference;
    else
        reader->offset_us += late / 512;
    reader->mapped = true;
    packet->pts = packet->dts = pts + reader->offset_us;
}

/* ---- the thread: reading ---- */

/* A device's packet may lie in the device's own memory (V4L2), which goes with it; pictures that a decoder does not
 * copy live longer. */
static AVPacket *own_copy(const AVPacket *read)
{
    AVPacket *packet = packet_new();
    if (packet && av_new_packet(packet, read->size) >= 0 && av_packet_copy_props(packet, read) >= 0)
        memcpy(packet->data, read->data, (size_t)read->size);
    else
        av_packet_free(&packet);
    return packet;
}

static void take_in(struct media_reader *reader, const AVPacket *read)
{
    enum track track = VIDEO;
    while (track < TRACKS && (!reader->streams[track] || reader->streams[track]->index != read->stream_index))
        track++;
    bool borrowed = reader->live &&
                    !(read->flags & AV_PKT_FLAG_TRUSTED); /* those are no bytes but a pointer to a counted picture */
    AVPacket *packet = track == TRACKS ? NULL : borrowed ? own_copy(read) : av_packet_clone(read);
    if (!packet)
        return;
    if (reader->live)
        stamp_live(reader, track, packet);
    else
        stamp_file(reader, track, packet);
    packet->time_base = AV_TIME_BASE_Q;
    packet->opaque = (void *)reader->lap;
    reader->lap_packets[track]++;
    post(reader, track, packet);
}

/* By time, but in a transport stream by place: there a time is only searched for, and what is found may be a key frame
 * too late. */
static bool seek_start(AVFormatContext *format, int64_t start_us)
{
    bool by_place = format->iformat->flags & AVFMT_TS_DISCONT && !(format->iformat->flags & AVFMT_NO_BYTE_SEEK);
    return (by_place && av_seek_frame(format, -1, 0, AVSEEK_FLAG_BYTE) >= 0) ||
           av_seek_frame(format, -1, start_us, AVSEEK_FLAG_BACKWARD) >= 0 ||
           av_seek_frame(format, -1, 0, AVSEEK_FLAG_BYTE) >= 0;
}

/* At the end of a file: on from its start, where the longer of its streams ended. False: that makes no sense, or it
 * cannot be done. */
static bool rewind_file(struct media_reader *reader)
{
    bool still = reader->lap_packets[VIDEO] == 1 && reader->lap_packets[AUDIO] == 0;
    if (reader->live || still || reader->lap_packets[VIDEO] == 0 ||
        reader->lap_end_us - reader->lap_start_us < MIN_LAP_US)
        return false;
    if (!seek_start(reader->format, reader->start_us)) {
        g_message("the file cannot be rewound: its last picture stays");
        return false;
    }
    reader->offset_us = reader->lap_end_us - reader->start_us;
    reader->lap_start_us = reader->end_us[VIDEO] = reader->end_us[AUDIO] = reader->lap_end_us;
    reader->lap_packets[VIDEO] = reader->lap_packets[AUDIO] = 0;
    reader->lap++;
    return true;
}

static void *read_all(void *user_data)
{
    struct media_reader *reader = user_data;
    AVPacket *packet = packet_new();
    while (packet && !g_atomic_int_get(&reader->stopping)) {
        int error = av_read_frame(reader->format, packet);
        if (error == AVERROR(EAGAIN)) {
            g_usleep(RETRY_US);
        } else if (error < 0) {
            if (reader->live && !g_atomic_int_get(&reader->stopping))
                g_warning("the camera is gone: %s", av_err2str(error));
            if (!rewind_file(reader))
                break;
        } else {
            take_in(reader, packet);
            av_packet_unref(packet);
        }
    }
    av_packet_free(&packet);
    post_end(reader);
    return NULL;
}

/* ---- opening ---- */

static int interrupted(void *user_data)
{
    struct media_reader *reader = user_data;
    bool opening = reader->give_up_us != 0;
    return g_atomic_int_get(&reader->stopping) ||
           (opening && (interrupt_seen() || g_get_monotonic_time() > reader->give_up_us));
}

/* Everything that libavformat calls video, less the covers of music and the letters of text files. */
static bool is_picture(const AVStream *stream)
{
    switch (stream->codecpar->codec_id) {
    case AV_CODEC_ID_ANSI:
    case AV_CODEC_ID_BINTEXT:
    case AV_CODEC_ID_XBIN:
    case AV_CODEC_ID_IDF:
        return false;
    default:
        return stream->codecpar->codec_type == AVMEDIA_TYPE_VIDEO &&
               !(stream->disposition & AV_DISPOSITION_ATTACHED_PIC);
    }
}

static int choose_streams(struct media_reader *reader, bool sound)
{
    AVFormatContext *format = reader->format;
    int64_t largest = -1;
    for (unsigned i = 0; i < format->nb_streams; i++) {
        AVStream *stream = format->streams[i];
        int64_t size = (int64_t)stream->codecpar->width * stream->codecpar->height;
        stream->discard = AVDISCARD_ALL;
        if (is_picture(stream) && size > largest) {
            largest = size;
            reader->streams[VIDEO] = stream;
        }
    }
    if (!reader->streams[VIDEO])
        return AVERROR_STREAM_NOT_FOUND;
    int related = reader->streams[VIDEO]->index;
    int audio = sound ? av_find_best_stream(format, AVMEDIA_TYPE_AUDIO, -1, related, NULL, 0) : -1;
    if (audio >= 0)
        reader->streams[AUDIO] = format->streams[audio];
    return 0;
}

static const void *find_display_matrix(const AVStream *stream)
{
#if LIBAVFORMAT_VERSION_INT >= AV_VERSION_INT(60, 15, 100)
    const AVPacketSideData *data = av_packet_side_data_get(
        stream->codecpar->coded_side_data, stream->codecpar->nb_coded_side_data, AV_PKT_DATA_DISPLAYMATRIX);
    return data ? data->data : NULL;
#else
    return av_stream_get_side_data(stream, AV_PKT_DATA_DISPLAYMATRIX, NULL);
#endif
}

static void keep_shape(struct media_reader *reader)
{
    const void *matrix = find_display_matrix(reader->streams[VIDEO]);
    reader->display_matrix = matrix ? g_memdup2(matrix, 9 * sizeof(int32_t)) : NULL;
    reader->pixel_aspect = av_guess_sample_aspect_ratio(reader->format, reader->streams[VIDEO], NULL);
}

static int keep_parameters(struct media_reader *reader)
{
    for (enum track track = VIDEO; track < TRACKS; track++) {
        if (!reader->streams[track])
            continue;
        reader->streams[track]->discard = AVDISCARD_DEFAULT;
        reader->parameters[track] = parameters_new();
        if (!reader->parameters[track])
            return AVERROR(ENOMEM);
        int error = avcodec_parameters_copy(reader->parameters[track], reader->streams[track]->codecpar);
        if (error < 0)
            return error;
    }
    AVRational rate = av_guess_frame_rate(reader->format, reader->streams[VIDEO], NULL);
    reader->rate = rate.num > 0 && rate.den > 0 ? av_q2d(rate) : 0;
    keep_shape(reader);
    return 0;
}

/* What libavformat is to open: itself, but a FIFO by a descriptor, since opening that waits for whoever writes. NULL:
 * nobody did. */
static char *url_of(struct media_reader *reader, const char *url)
{
    const char *path = g_str_has_prefix(url, "file:") ? url + strlen("file:") : url;
    if (!fifo_is(path))
        return g_strdup(url);
    reader->fifo = fifo_open(path, interrupted, reader);
    return reader->fifo >= 0 ? g_strdup_printf("pipe:%d", reader->fifo) : NULL;
}

static int open_format(struct media_reader *reader, const struct media_reader_config *config)
{
    AVDictionary *options = NULL;
    g_autofree char *url = url_of(reader, config->url);
    if (!url)
        return interrupt_seen() ? AVERROR_EXIT : AVERROR(ETIMEDOUT);
    av_dict_copy(&options, config->options, 0);
    reader->format = avformat_alloc_context();
    if (!reader->format)
        return AVERROR(ENOMEM);
    reader->format->interrupt_callback = (AVIOInterruptCB){ interrupted, reader };
    if (config->live)
        reader->format->flags |= AVFMT_FLAG_NONBLOCK; /* else a silent camera could never be closed */
    int error = avformat_open_input(&reader->format, url, config->format, &options);
    av_dict_free(&options);
    if (error >= 0 && !config->live) /* a device says all in its header */
        error = avformat_find_stream_info(reader->format, NULL);
    return error;
}

int media_reader_open(const struct media_reader_config *config, struct media_reader **opened)
{
    struct media_reader *reader = g_new0(struct media_reader, 1);
    g_mutex_init(&reader->mailbox.lock);
    g_cond_init(&reader->mailbox.changed);
    reader->live = config->live;
    reader->fifo = -1;
    reader->give_up_us = g_get_monotonic_time() + OPEN_TIMEOUT_US;
    int error = open_format(reader, config);
    if (error >= 0)
        error = choose_streams(reader, config->sound);
    if (error >= 0)
        error = keep_parameters(reader);
    if (error < 0) {
        media_reader_close(reader);
        return error;
    }
    reader->give_up_us = 0;
    int64_t start_us = to_us(reader->format->start_time, AV_TIME_BASE_Q);
    reader->start_us = start_us == AV_NOPTS_VALUE ? 0 : start_us;
    reader->offset_us = -reader->start_us;
    reader->thread = g_thread_new("media reader", read_all, reader);
    *opened = reader;
    return 0;
}

static void free_packet(gpointer packet)
{
    av_packet_free((AVPacket **)&packet);
}

void media_reader_close(struct media_reader *reader)
{
    if (!reader)
        return;
    g_mutex_lock(&reader->mailbox.lock);
    g_atomic_int_set(&reader->stopping, 1);
    g_cond_broadcast(&reader->mailbox.changed);
    g_mutex_unlock(&reader->mailbox.lock);
    if (reader->thread)
        g_thread_join(reader->thread);
    for (enum track track = VIDEO; track < TRACKS; track++) {
        g_queue_clear_full(&reader->mailbox.packets[track], free_packet);
        avcodec_parameters_free(&reader->parameters[track]);
    }
    avformat_close_input(&reader->format);
    g_free(reader->display_matrix);
    fifo_close(reader->fifo);
    g_mutex_clear(&reader->mailbox.lock);
    g_cond_clear(&reader->mailbox.changed);
    g_free(reader);
}

const AVCodecParameters *media_reader_video(const struct media_reader *reader)
{
    return reader->parameters[VIDEO];
}

const AVCodecParameters *media_reader_audio(const struct media_reader *reader)
{
    return reader->parameters[AUDIO];
}

double media_reader_rate(const struct media_reader *reader)
{
    return reader->rate;
}

const int32_t *media_reader_display_matrix(const struct media_reader *reader)
{
    return reader->display_matrix;
}

AVRational media_reader_pixel_aspect(const struct media_reader *reader)
{
    return reader->pixel_aspect;
}
