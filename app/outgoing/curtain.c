#include "app/outgoing/parts.h"

#include <glib.h>

#include "engine/media/objects.h"
#include "engine/picture/curtain.h"

enum {
    EACH_US = 1000000,
    BIT_RATE =
        2000000, /* of pictures that come once a second: what one may have follows from it (engine/video/encoder.c) */
};

static void curtain_open(struct packet_sink *sink, const AVCodecParameters *parameters)
{
    avcodec_parameters_copy(container_of(sink, struct curtain, sink)->parameters, parameters);
}

static void curtain_push(struct packet_sink *sink, const AVPacket *packet)
{
    struct curtain *curtain = container_of(sink, struct curtain, sink);
    const struct outgoing *outgoing = container_of(curtain, struct outgoing, programme.curtain);
    for (guint i = 0; i < outgoing->recipients->len; i++) {
        struct recipient *recipient = outgoing_recipient_at(outgoing, i);
        if (recipient->wants)
            outgoing_deliver(&recipient->publisher->video, &recipient->video_open, curtain->parameters, packet);
    }
}

static const struct packet_sink_ops curtain_ops = {
    .open = curtain_open,
    .push = curtain_push,
    .lose = outgoing_ignore_lose,
};

void curtain_init(struct outgoing *outgoing)
{
    struct curtain *curtain = &outgoing->programme.curtain;
    curtain->sink.ops = &curtain_ops;
    curtain->parameters = parameters_new();
}

/* Taken away: what is drawn next is another one. */
static void take_down(struct curtain *curtain)
{
    g_clear_pointer(&curtain->encoder, video_encoder_destroy);
    av_frame_free(&curtain->picture);
}

void curtain_clear(struct curtain *curtain)
{
    take_down(curtain);
    for (int i = 0; i < CURTAIN_REASONS; i++)
        av_frame_free(&curtain->words[i]);
    avcodec_parameters_free(&curtain->parameters);
}

void curtain_prepare(struct curtain *curtain, const char *font)
{
    static const char *const words[CURTAIN_REASONS] = {
        [CURTAIN_PRIVATE] = "in a private call",
        [CURTAIN_CAMERA_OFF] = "camera off",
        [CURTAIN_NO_PICTURE] = "no picture",
    };
    for (int i = 0; i < CURTAIN_REASONS; i++)
        if (words[i] && !curtain->words[i])
            curtain->words[i] = curtain_words_draw(words[i], font);
}

void curtain_set(struct curtain *curtain, enum curtain_reason reason, int64_t at_us)
{
    if (reason != curtain->reason)
        take_down(curtain);
    curtain->reason = reason;
    curtain->next_us = at_us;
}

/* In the size of what was seen until now, so that players change nothing. */
static bool draw(struct outgoing *outgoing)
{
    struct programme *programme = &outgoing->programme;
    struct curtain *curtain = &programme->curtain;
    struct video_rung rung = video_ladder_rung(&outgoing->encodings[OUTGOING_USUAL].ladder);
    const AVFrame *last = programme->last->width ? programme->last : NULL;
    curtain->picture = curtain_picture_draw(last, rung.width, rung.height, curtain->words[curtain->reason]);
    if (!curtain->picture)
        return false;
    curtain->encoder = video_encoder_create(&(struct video_encoder_config){
        .codec = AV_CODEC_ID_H264,
        .name = "libx264", /* hardware may have but one, and the call needs it */
        .width = rung.width,
        .height = rung.height,
        .fps = (double)G_USEC_PER_SEC / EACH_US,
        .colour = colour_of_picture(curtain->picture),
        .bit_rate = BIT_RATE,
        .next = &curtain->sink,
    });
    return curtain->encoder;
}

/* Each is a key frame: whoever begins to watch sees it within a second. */
static void send(struct curtain *curtain, int64_t now_us)
{
    struct frame_sink *encoder = video_encoder_sink(curtain->encoder);
    curtain->picture->pts = now_us;
    video_encoder_request_key_frame(curtain->encoder);
    encoder->ops->push(encoder, curtain->picture);
}

void curtain_poll(struct outgoing *outgoing, int64_t now_us)
{
    struct curtain *curtain = &outgoing->programme.curtain;
    if (now_us < curtain_due(curtain))
        return;
    curtain->next_us = now_us + EACH_US;
    if (curtain->encoder || draw(outgoing))
        send(curtain, now_us);
    else
        take_down(curtain); /* said by who could not; tried again */
}

int64_t curtain_due(const struct curtain *curtain)
{
    return curtain->reason ? curtain->next_us : INT64_MAX;
}
