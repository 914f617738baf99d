/* A video stream's packets, put together to frames, and the frames decoded: the first byte names the codec, and whether
 * hardware decodes it; each packet has a sequence number relative to the last, and flags.
 *
 * The hardware is FFmpeg's software, and its thread a queue that is worked off at once (codec_thread.h): what it gives
 * is fetched, and it fails, when the input says so. */
#include "engine/media/codec_context.h"
#include "engine/video/codec_thread.h"
#include "engine/video/decoder.h"
#include "engine/video/decoder_work.h"
#include "fuzz.h"
#include "net/rtp/frame_assembler.h"

#include <libavcodec/codec_par.h>
#include <string.h>

enum { IS_VP8 = 1, IS_HARDWARE = 2 }; /* the first byte */
enum { MARKER = 1, NEW_TIME = 2, GIVE_UP = 4, AWAIT_KEY = 8, RESTART = 16, AGAIN = 32, MAX_PACKETS = 256 };
enum { DECODER = 64, LATER = 128 }; /* where it is not AGAIN */
enum { MOST_BYTES = 4 * 1024 * 1024 + 4096, THREADS = 2 };

struct path {
    struct frame_assembler *assembler;
    struct video_decoder *decoder;
    struct frame_sink sink;
    enum AVCodecID codec;
    int64_t sequence, position;
    uint32_t timestamp;
    uint64_t pictures;
    bool opened, needs_key;
};

/* ---- hardware ---- */

struct codec_thread {
    struct codec_thread_config config;
    GQueue given; /* struct codec_item */
    enum codec_fault fault;
};
static struct codec_thread *threads[THREADS];

const char *codec_fault_text(enum codec_fault fault)
{
    g_assert_true(fault > CODEC_WELL && fault < CODEC_FAULTS);
    return "fails";
}

struct codec_thread *codec_thread_create(const struct codec_thread_config *config)
{
    struct codec_thread *thread = g_new0(struct codec_thread, 1);
    thread->config = *config;
    thread->fault = config->ops->open(config->codec);
    g_queue_init(&thread->given);
    threads[threads[0] != NULL] = thread;
    return thread;
}

void codec_thread_destroy(struct codec_thread *thread)
{
    if (!thread)
        return;
    threads[thread == threads[1]] = NULL;
    thread->config.ops->close(thread->config.codec);
    g_queue_clear_full(&thread->given, (GDestroyNotify)codec_item_free);
    g_free(thread);
}

bool codec_thread_send(struct codec_thread *thread, struct codec_item *item)
{
    if (!thread->fault)
        thread->fault = thread->config.ops->work(thread->config.codec, thread, item);
    codec_item_free(item);
    return true;
}

void codec_thread_give(struct codec_thread *thread, struct codec_item *item)
{
    g_queue_push_tail(&thread->given, item);
}

void codec_thread_flush(struct codec_thread *thread)
{
    g_queue_clear_full(&thread->given, (GDestroyNotify)codec_item_free);
    if (!thread->fault)
        thread->config.ops->flush(thread->config.codec);
}

struct codec_item *codec_thread_take(struct codec_thread *thread)
{
    return g_queue_pop_head(&thread->given);
}

enum codec_fault codec_thread_fault(struct codec_thread *thread)
{
    return thread->fault;
}

const struct hardware_decoder *hardware_best_decoder(enum AVCodecID codec)
{
    static const struct hardware_decoder row = { .name = "pretended", .h264 = "h264", .vp8 = "vp8" };
    (void)codec;
    return &row;
}

AVCodecContext *hardware_open_decoder(const struct hardware_decoder *decoder, enum AVCodecID codec)
{
    const AVCodec *known = avcodec_find_decoder_by_name(codec == AV_CODEC_ID_VP8 ? decoder->vp8 : decoder->h264);
    AVCodecContext *context = codec_context_create(known);
    context->flags |= AV_CODEC_FLAG_LOW_DELAY;
    context->thread_count = 1;
    if (avcodec_open2(context, known, NULL) < 0)
        avcodec_free_context(&context);
    return context;
}

/* As the loop does: whatever arrived, it may be the last of it. */
static void fetch(void)
{
    for (int i = 0; i < THREADS; i++)
        if (threads[i] && (threads[i]->given.length || threads[i]->fault))
            threads[i]->config.arrived(threads[i]->config.user_data);
}

static void fail(enum codec_fault fault)
{
    for (int i = 0; i < THREADS; i++)
        if (threads[i])
            threads[i]->fault = fault;
}

/* ---- pictures ---- */

static void on_picture(struct frame_sink *sink, const AVFrame *frame)
{
    struct path *path = container_of(sink, struct path, sink);
    g_assert_true(frame->width > 0 && frame->height > 0);
    g_assert_true(frame->format == AV_PIX_FMT_YUV420P || frame->format == AV_PIX_FMT_YUVJ420P ||
                  frame->format == AV_PIX_FMT_NV12);
    path->pictures++;
}

static void on_key_frame_needed(void *user_data)
{
    (void)user_data;
}

static const struct frame_sink_ops SINK = { on_picture };

static void open_stream(struct path *path, enum AVCodecID codec, int width, int height)
{
    AVCodecParameters *parameters = avcodec_parameters_alloc();
    parameters->codec_type = AVMEDIA_TYPE_VIDEO;
    parameters->codec_id = codec;
    parameters->width = width;
    parameters->height = height;
    video_decoder_sink(path->decoder)->ops->open(video_decoder_sink(path->decoder), parameters);
    avcodec_parameters_free(&parameters);
    path->opened = true;
}

static void push(struct path *path, const struct video_frame *frame, int flags)
{
    struct packet_sink *sink = video_decoder_sink(path->decoder);
    AVPacket *packet = av_packet_alloc();
    g_assert_cmpint(av_new_packet(packet, (int)frame->size), ==, 0);
    memcpy(packet->data, frame->data, frame->size);
    packet->pts = packet->dts = frame->timestamp;
    packet->time_base = (AVRational){ 1, 90000 };
    packet->flags = flags;
    sink->ops->push(sink, packet);
    av_packet_free(&packet);
}

static void decode(struct path *path, const struct video_frame *frame)
{
    if (!path->opened)
        open_stream(path, path->codec, frame->width, frame->height);
    push(path, frame, frame->key ? AV_PKT_FLAG_KEY : 0);
}

/* Past the assembler, as a stream's packets come: of another codec, or what is no frame. */
static void use_decoder(struct path *path, unsigned flags, const uint8_t *data, size_t size)
{
    static const enum AVCodecID codecs[] = { AV_CODEC_ID_NONE, AV_CODEC_ID_H264, AV_CODEC_ID_VP8,
                                             AV_CODEC_ID_MPEG2VIDEO };
    if (!size)
        return;
    if (flags & GIVE_UP)
        open_stream(path, codecs[data[0] % G_N_ELEMENTS(codecs)], 64, 64);
    if (flags & AWAIT_KEY)
        video_decoder_flush(path->decoder);
    if (flags & RESTART)
        fail(1 + data[0] % (CODEC_FAULTS - 1));
    struct video_frame frame = { .data = data, .size = size, .timestamp = path->timestamp };
    push(path, &frame, (flags & NEW_TIME ? AV_PKT_FLAG_KEY : 0) | (flags & MARKER ? AV_PKT_FLAG_DISCARD : 0));
}

/* What must hold: nothing is shown between a loss and the next key frame, nor what comes before what was shown, and
 * what waits is bounded. */
static void take(struct path *path)
{
    struct video_frame frame;
    enum frame_event event;
    while ((event = frame_assembler_next(path->assembler, &frame)) != FRAME_NONE) {
        if (event == FRAME_READY) {
            g_assert_true(frame.size && (frame.key || !path->needs_key));
            path->needs_key = false;
            g_assert_cmpint(frame_assembler_position(path->assembler), >=, path->position);
            path->position = frame_assembler_position(path->assembler);
            decode(path, &frame);
        }
        if (event == FRAME_LOST) {
            path->needs_key = true;
            video_decoder_sink(path->decoder)->ops->lose(video_decoder_sink(path->decoder));
        }
    }
    g_assert_cmpuint(frame_assembler_bytes(path->assembler), <=, MOST_BYTES);
}

static void restart(struct path *path)
{
    frame_assembler_restart(path->assembler, path->codec);
    path->position = INT64_MIN;
    path->needs_key = true;
}

static void step(struct path *path, struct fuzz_input *input)
{
    unsigned flags = fuzz_byte(input);
    path->sequence += (int8_t)fuzz_byte(input);
    path->sequence = MAX(path->sequence, 0);
    path->timestamp += flags & NEW_TIME ? 3000 : 0;
    size_t size;
    g_autofree uint8_t *payload = fuzz_piece(input, &size);
    if (!(flags & AGAIN) && flags & DECODER) {
        use_decoder(path, flags, payload, size);
        return;
    }
    struct rtp_packet packet = {
        .marker = flags & MARKER,
        .sequence = (uint16_t)path->sequence,
        .timestamp = path->timestamp,
        .payload = payload,
        .payload_size = size,
        .orientation = flags & AGAIN ? (int)(flags >> 6) : -1,
    };
    if (flags & RESTART)
        restart(path);
    if (flags & AWAIT_KEY) {
        frame_assembler_await_key(path->assembler);
        path->needs_key = true;
        take(path);
    }
    if (flags & GIVE_UP)
        frame_assembler_give_up(path->assembler, path->sequence);
    else
        frame_assembler_insert(path->assembler, path->sequence, &packet);
    take(path);
}

/* What is late is fetched with the next. */
static void turn(struct path *path, struct fuzz_input *input)
{
    bool later = (input->data[0] & (AGAIN | LATER)) == LATER;
    step(path, input);
    if (!later)
        fetch();
    struct video_decoder_stats stats = video_decoder_stats(path->decoder);
    g_assert_cmpuint(path->pictures, <=, stats.decoded);
    g_assert_true(!stats.fallbacks || !threads[0] || !threads[1]);
    g_assert_nonnull(video_decoder_name(path->decoder));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct video_decoder_listener listener = { .key_frame_needed = on_key_frame_needed };
    struct fuzz_input input = { data, size };
    unsigned how = fuzz_byte(&input);
    struct path path = {
        .assembler = frame_assembler_create(),
        .sink.ops = &SINK,
        .codec = how & IS_VP8 ? AV_CODEC_ID_VP8 : AV_CODEC_ID_H264,
        .sequence = 1000,
    };
    path.decoder = video_decoder_create(how & IS_HARDWARE ? g_main_context_default() : NULL, &path.sink, &listener);
    restart(&path);
    for (int i = 0; input.size && i < MAX_PACKETS; i++)
        turn(&path, &input);
    fetch();
    video_decoder_destroy(path.decoder);
    frame_assembler_destroy(path.assembler);
    return 0;
}
