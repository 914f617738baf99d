/* A video stream's packets, put together to frames, and the frames decoded: the first byte names the codec, each
 * packet has a sequence number relative to the last, and flags. */
#include "engine/video/decoder.h"
#include "fuzz.h"
#include "net/rtp/frame_assembler.h"

#include <libavcodec/codec_par.h>

enum { MARKER = 1, NEW_TIME = 2, GIVE_UP = 4, AWAIT_KEY = 8, RESTART = 16, AGAIN = 32, MAX_PACKETS = 256 };
enum { MOST_BYTES = 4 * 1024 * 1024 + 4096 };

struct path {
    struct frame_assembler *assembler;
    struct video_decoder *decoder;
    struct frame_sink sink;
    enum AVCodecID codec;
    int64_t sequence;
    uint32_t timestamp;
    bool opened, needs_key;
};

static void on_picture(struct frame_sink *sink, const AVFrame *frame)
{
    (void)sink;
    g_assert_true(frame->width > 0 && frame->height > 0);
}

static void on_key_frame_needed(void *user_data)
{
    (void)user_data;
}

static const struct frame_sink_ops SINK = { on_picture };

static void open_stream(struct path *path, const struct video_frame *frame)
{
    AVCodecParameters *parameters = avcodec_parameters_alloc();
    parameters->codec_type = AVMEDIA_TYPE_VIDEO;
    parameters->codec_id = path->codec;
    parameters->width = frame->width;
    parameters->height = frame->height;
    video_decoder_sink(path->decoder)->ops->open(video_decoder_sink(path->decoder), parameters);
    avcodec_parameters_free(&parameters);
    path->opened = true;
}

static void decode(struct path *path, const struct video_frame *frame)
{
    struct packet_sink *sink = video_decoder_sink(path->decoder);
    if (!path->opened)
        open_stream(path, frame);
    AVPacket *packet = av_packet_alloc();
    g_assert_cmpint(av_new_packet(packet, (int)frame->size), ==, 0);
    memcpy(packet->data, frame->data, frame->size);
    packet->pts = packet->dts = frame->timestamp;
    packet->time_base = (AVRational){ 1, 90000 };
    packet->flags = frame->key ? AV_PKT_FLAG_KEY : 0;
    sink->ops->push(sink, packet);
    av_packet_free(&packet);
}

/* What must hold: nothing is shown between a loss and the next key frame, and what waits is bounded. */
static void take(struct path *path)
{
    struct video_frame frame;
    enum frame_event event;
    while ((event = frame_assembler_next(path->assembler, &frame)) != FRAME_NONE) {
        if (event == FRAME_READY) {
            g_assert_true(frame.size && (frame.key || !path->needs_key));
            path->needs_key = false;
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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct video_decoder_listener listener = { .key_frame_needed = on_key_frame_needed };
    struct fuzz_input input = { data, size };
    struct path path = {
        .assembler = frame_assembler_create(),
        .sink.ops = &SINK,
        .codec = fuzz_byte(&input) & 1 ? AV_CODEC_ID_VP8 : AV_CODEC_ID_H264,
        .sequence = 1000,
    };
    path.decoder = video_decoder_create(NULL, &path.sink, &listener);
    restart(&path);
    for (int i = 0; input.size && i < MAX_PACKETS; i++)
        step(&path, &input);
    video_decoder_destroy(path.decoder);
    frame_assembler_destroy(path.assembler);
    return 0;
}
