#include "engine/stream/replay.h"

enum {
    SHOWN_EACH_US = 33000, /* of what is made good a picture is shown so often: none stands */
    NEWEST = 4,            /* the last ones are shown, and those that a decoder holds back behind them */
};

void replay_init(struct replay *replay, bool pictures)
{
    *replay = (struct replay){ 0 };
    backlog_init(&replay->backlog, pictures);
}

void replay_clear(struct replay *replay)
{
    backlog_clear(&replay->backlog);
}

bool replay_begin(struct replay *replay, struct packet_sink *sink, int64_t now_us)
{
    guint waiting = replay->backlog.waiting;
    replay->sink = sink;
    replay->opened = false;
    replay->shown_us = now_us;
    if (!replay->backlog.keeps || !backlog_rewind(&replay->backlog))
        return false;
    replay->makes_good = replay->backlog.waiting - waiting;
    return true;
}

void replay_end(struct replay *replay)
{
    replay->sink = NULL;
    replay->makes_good = 0;
}

/* A picture that is decoded for the newest one's sake is not shown, but often enough that none stands. */
static void mark_shown(struct replay *replay, AVPacket *packet, int64_t now_us)
{
    if (!replay->makes_good)
        return;
    replay->makes_good--;
    if (replay->makes_good < NEWEST)
        return;
    if (now_us - replay->shown_us < SHOWN_EACH_US)
        packet->flags |= AV_PKT_FLAG_DISCARD;
    else
        replay->shown_us = now_us;
}

static void open_sink(struct replay *replay, const AVCodecParameters *parameters)
{
    if (!parameters)
        return;
    replay->sink->ops->open(replay->sink, parameters);
    replay->opened = true;
}

static void push(struct replay *replay, const struct backlog_item *item, int64_t now_us)
{
    if (item->gap)
        replay->sink->ops->lose(replay->sink);
    if (item->parameters || !replay->opened)
        open_sink(replay, item->parameters ? item->parameters : replay->backlog.parameters);
    AVPacket *packet = replay->opened ? av_packet_clone(item->packet) : NULL;
    if (!packet)
        return;
    mark_shown(replay, packet, now_us);
    replay->sink->ops->push(replay->sink, packet);
    av_packet_free(&packet);
}

void replay_deliver(struct replay *replay, int64_t now_us)
{
    const struct backlog_item *item = backlog_advance(&replay->backlog);
    if (replay->sink)
        push(replay, item, now_us);
}
