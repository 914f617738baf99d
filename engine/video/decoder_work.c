#include "engine/video/decoder_work.h"

#include <libavutil/hwcontext.h>
#include <libavutil/pixdesc.h>

#include "engine/media/objects.h"
#include "engine/picture/check.h"

enum {
    MOST_GIVEN = 64,
    FIRST_US = 1000000,  /* the first picture after its packet: more is none */
    NEXT_US = 250000,    /* the others */
    MOST_REORDERED = 20, /* packets: what H.264's 16 pictures that are shown in another order can be behind */
    LEAST_POLLS = 20,    /* a machine that is busy has not looked so often */
    HELD_POLLS = 3,      /* it had time to come by itself */
    MOST_HELD = 8,       /* pictures in a row that came only with a later packet */
    RETRY_US = 1000,
    DRAIN_US = 100000,
};

struct decoder_work {
    const struct hardware_decoder *row;
    enum AVCodecID id;
    int64_t most_pixels;
    AVCodecContext *context;
    AVFrame *frame;
    struct picture_check *check;
    struct given {
        int64_t pts, at_us;
        int polls;   /* in which its picture was not there */
        bool unseen; /* no picture is to come of it */
        bool key;
    } given[MOST_GIVEN]; /* to the decoder, oldest first: no picture came yet */
    int n;
    int64_t newest_pts;
    bool reorders; /* pictures are shown in another order than they are sent */
    bool begun;    /* a picture came since it was opened or flushed */
    int held;
};

/* ---- what was given ---- */

static void forget_given(struct decoder_work *work, int first, int n)
{
    work->n -= n;
    for (int i = first; i < work->n; i++)
        work->given[i] = work->given[i + n];
}

static void note_given(struct decoder_work *work, const AVPacket *packet)
{
    if (work->n == MOST_GIVEN) /* the oldest says how long it waits already */
        forget_given(work, MOST_GIVEN / 2, 1);
    work->reorders |= work->n && packet->pts != AV_NOPTS_VALUE && packet->pts < work->newest_pts;
    work->newest_pts = work->n ? MAX(work->newest_pts, packet->pts) : packet->pts;
    work->given[work->n++] = (struct given){
        .pts = packet->pts,
        .at_us = g_get_monotonic_time(),
        .unseen = packet->flags & AV_PKT_FLAG_DISCARD,
        .key = packet->flags & AV_PKT_FLAG_KEY,
    };
}

/* Which of them the picture is of; the oldest, where the decoder lost its time. -1: none. */
static int find_given(const struct decoder_work *work, int64_t pts)
{
    for (int i = 0; i < work->n; i++)
        if (pts == AV_NOPTS_VALUE || work->given[i].pts == pts)
            return i;
    return -1;
}

/* What is older gives no picture any more, unless the order is another. */
static struct given take_given(struct decoder_work *work, int found)
{
    struct given given = work->given[found];
    if (work->reorders)
        forget_given(work, found, 1);
    else
        forget_given(work, 0, found + 1);
    return given;
}

static const struct given *oldest_seen(const struct decoder_work *work)
{
    for (int i = 0; i < work->n; i++)
        if (!work->given[i].unseen)
            return &work->given[i];
    return NULL;
}

static bool is_waiting(const void *codec)
{
    return oldest_seen(codec) != NULL;
}

/* Pictures in another order wait for later packets by nature, also where those do not come for a while. */
static bool is_overdue(const struct decoder_work *work)
{
    const struct given *oldest = oldest_seen(work);
    if (!oldest || oldest->polls < LEAST_POLLS)
        return false;
    if (work->begun && work->reorders)
        return work->n > MOST_REORDERED;
    return g_get_monotonic_time() - oldest->at_us > (work->begun ? NEXT_US : FIRST_US);
}

/* ---- pictures ---- */

static AVFrame *copy_of(const AVFrame *frame)
{
    AVFrame *copy = frame_new();
    copy->format = frame->format;
    copy->width = frame->width;
    copy->height = frame->height;
    if (av_frame_get_buffer(copy, 0) < 0 || av_frame_copy(copy, frame) < 0 || av_frame_copy_props(copy, frame) < 0)
        av_frame_free(&copy);
    return copy;
}

static AVFrame *download(const AVFrame *frame)
{
    AVFrame *copy = frame_new();
    copy->format = AV_PIX_FMT_NV12;
    bool good = frame->hw_frames_ctx && av_hwframe_transfer_data(copy, frame, 0) >= 0;
    if (!good) {
        av_frame_unref(copy);
        good = frame->hw_frames_ctx && av_hwframe_transfer_data(copy, frame, 0) >= 0; /* whatever format it gives */
    }
    if (!good || av_frame_copy_props(copy, frame) < 0)
        av_frame_free(&copy);
    return copy;
}

static bool is_in_device(const AVFrame *frame)
{
    const AVPixFmtDescriptor *format = av_pix_fmt_desc_get(frame->format);
    return format && format->flags & AV_PIX_FMT_FLAG_HWACCEL;
}

/* In memory of our own: a decoder's own buffers are few, and it may be left behind with them. */
static enum codec_fault bring_home(const AVFrame *frame, AVFrame **home)
{
    bool in_device = is_in_device(frame);
    if (!in_device && !picture_check_memory(frame))
        return CODEC_GIVES_WRONG;
    *home = in_device ? download(frame) : copy_of(frame);
    if (!*home)
        return CODEC_FAILS;
    return picture_check_memory(*home) ? CODEC_WELL : CODEC_GIVES_WRONG;
}

static void give(struct decoder_work *work, struct codec_thread *thread, AVFrame *home, const struct given *given)
{
    struct codec_item *item = codec_item_new(NULL, home);
    item->from_device = is_in_device(work->frame);
    item->key = given->key;
    home->pts = given->pts;
    home->time_base = work->context->pkt_timebase;
    picture_check_cut(work->check, home);
    codec_thread_give(thread, item);
}

/* A picture of a size that was not compared yet waits for that; others are shown at once, and then compared. */
static enum codec_fault judge(struct decoder_work *work, struct codec_thread *thread, AVFrame *home,
                              const struct given *given)
{
    AVFrame *key = picture_check_is_key(work->check, home) ? av_frame_clone(home) : NULL;
    bool first = key && picture_check_is_new(work->check, home);
    bool good = picture_check_looks(work->check, home) && (!first || picture_check_compare(work->check, key));
    if (good)
        give(work, thread, home, given);
    else
        av_frame_free(&home);
    good = good && (first || !key || picture_check_compare(work->check, key));
    av_frame_free(&key);
    return good ? CODEC_WELL : CODEC_GIVES_WRONG;
}

/* In time, or only because another packet followed? */
static void note_way(struct decoder_work *work, const struct given *given, bool newest, bool after_packet)
{
    bool held = after_packet && !newest && !work->reorders && given->polls >= HELD_POLLS;
    work->held = held ? work->held + 1 : 0;
}

static void report_damage(struct codec_thread *thread)
{
    codec_thread_give(thread, codec_item_new(NULL, NULL));
}

/* A key frame that it cannot decode is its own fault; what refers to others may be the stream's. */
static enum codec_fault fail(struct decoder_work *work, struct codec_thread *thread)
{
    bool key = work->n && work->given[work->n - 1].key;
    work->n = 0;
    if (key)
        return CODEC_FAILS;
    report_damage(thread);
    return CODEC_WELL;
}

static enum codec_fault take_picture(struct decoder_work *work, struct codec_thread *thread, bool after_packet)
{
    int found = find_given(work, work->frame->pts);
    if (found < 0)
        return CODEC_WELL;
    bool newest = found == work->n - 1;
    struct given given = take_given(work, found);
    note_way(work, &given, newest, after_packet);
    work->begun = true;
    if (given.unseen)
        return CODEC_WELL;
    if ((work->frame->flags & AV_FRAME_FLAG_CORRUPT) || work->frame->decode_error_flags) {
        report_damage(thread);
        return CODEC_WELL;
    }
    AVFrame *home = NULL;
    enum codec_fault fault = bring_home(work->frame, &home);
    if (fault)
        av_frame_free(&home);
    return fault ? fault : judge(work, thread, home, &given);
}

/* All that there are. */
static enum codec_fault take_pictures(struct decoder_work *work, struct codec_thread *thread, bool after_packet)
{
    enum codec_fault fault = CODEC_WELL;
    int result = 0;
    while (!fault && (result = avcodec_receive_frame(work->context, work->frame)) >= 0) {
        fault = take_picture(work, thread, after_packet);
        av_frame_unref(work->frame);
    }
    if (!fault && result != AVERROR(EAGAIN) && result != AVERROR_EOF)
        return fail(work, thread);
    return !fault && work->held >= MOST_HELD ? CODEC_HOLDS_BACK : fault;
}

/* What it holds is seen all the same: the last before a pause. It can do nothing more without a key frame. */
static enum codec_fault drain(struct decoder_work *work, struct codec_thread *thread)
{
    int before = work->n;
    if (avcodec_send_packet(work->context, NULL) < 0)
        return CODEC_GIVES_NOTHING;
    enum codec_fault fault = take_pictures(work, thread, false);
    for (int i = 0; i < LEAST_POLLS && !fault && is_waiting(work); i++) {
        g_usleep(DRAIN_US / LEAST_POLLS);
        fault = take_pictures(work, thread, false);
    }
    return fault ? fault : work->n < before ? CODEC_HOLDS_BACK : CODEC_GIVES_NOTHING;
}

/* ---- packets ---- */

/* A decoder whose input is full has pictures that go first. */
static int send_packet(struct decoder_work *work, struct codec_thread *thread, const AVPacket *packet,
                       enum codec_fault *fault)
{
    int64_t until_us = g_get_monotonic_time() + FIRST_US;
    int result = avcodec_send_packet(work->context, packet);
    while (result == AVERROR(EAGAIN) && !(*fault = take_pictures(work, thread, false)) &&
           g_get_monotonic_time() < until_us) {
        result = avcodec_send_packet(work->context, packet);
        if (result == AVERROR(EAGAIN))
            g_usleep(RETRY_US);
    }
    return result;
}

static enum codec_fault decode(struct decoder_work *work, struct codec_thread *thread, const AVPacket *packet)
{
    enum codec_fault fault = take_pictures(work, thread, false); /* that came meanwhile, by themselves */
    if (fault)
        return fault;
    work->context->pkt_timebase = packet->time_base;
    /* What is not to be shown, and what nothing refers to, need not be decoded. */
    work->context->skip_frame = packet->flags & AV_PKT_FLAG_DISCARD ? AVDISCARD_NONREF : AVDISCARD_DEFAULT;
    if (packet->flags & AV_PKT_FLAG_KEY)
        picture_check_key(work->check, packet);
    int result = send_packet(work, thread, packet, &fault);
    if (fault || result == AVERROR(EAGAIN))
        return fault ? fault : CODEC_GIVES_NOTHING;
    note_given(work, packet);
    return result < 0 ? fail(work, thread) : take_pictures(work, thread, true);
}

static enum codec_fault work_on(void *codec, struct codec_thread *thread, const struct codec_item *item)
{
    struct decoder_work *work = codec;
    if (item)
        return decode(work, thread, item->packet);
    enum codec_fault fault = take_pictures(work, thread, false);
    for (int i = 0; i < work->n; i++)
        work->given[i].polls++;
    return !fault && is_overdue(work) ? drain(work, thread) : fault;
}

/* ---- life ---- */

static enum codec_fault open_codec(void *codec)
{
    struct decoder_work *work = codec;
    work->context = hardware_open_decoder(work->row, work->id);
    if (!work->context)
        return CODEC_DOES_NOT_OPEN;
    work->context->max_pixels = work->most_pixels;
    work->check = picture_check_create(work->id);
    return CODEC_WELL;
}

/* A decoder that has once seen B-frames goes on holding pictures back, flushed or not. */
static void flush(void *codec)
{
    struct decoder_work *work = codec;
    avcodec_flush_buffers(work->context);
    work->context->has_b_frames = 0;
    picture_check_flush(work->check);
    work->n = work->held = 0;
    work->begun = work->reorders = false;
}

static void close_codec(void *codec)
{
    struct decoder_work *work = codec;
    avcodec_free_context(&work->context);
    av_frame_free(&work->frame);
    picture_check_destroy(work->check);
    g_free(work);
}

const struct codec_ops decoder_work_ops = {
    .open = open_codec,
    .work = work_on,
    .is_waiting = is_waiting,
    .flush = flush,
    .close = close_codec,
};

void *decoder_work_create(const struct hardware_decoder *row, enum AVCodecID codec, int64_t most_pixels)
{
    struct decoder_work *work = g_new0(struct decoder_work, 1);
    work->row = row;
    work->id = codec;
    work->most_pixels = most_pixels;
    work->frame = frame_new();
    return work;
}
