#include "engine/publish/mailbox.h"

static void empty(struct mailbox *mailbox)
{
    for (AVPacket *packet; (packet = g_queue_pop_head(&mailbox->packets));)
        av_packet_free(&packet);
    mailbox->bytes = 0;
}

void mailbox_set_open(struct mailbox *mailbox, bool open)
{
    empty(mailbox);
    *mailbox = (struct mailbox){ .packets = G_QUEUE_INIT, .open = open, .skips = true };
}

static bool is_full(const struct mailbox *mailbox, const AVPacket *next)
{
    const AVPacket *oldest = g_queue_peek_head((GQueue *)&mailbox->packets);
    return oldest && (next->pts - oldest->pts > MAILBOX_US || mailbox->bytes + (size_t)next->size > MAILBOX_BYTES);
}

void mailbox_post(struct mailbox *mailbox, enum publish_stream stream, const AVPacket *packet)
{
    bool key = stream == PUBLISH_VIDEO && packet->flags & AV_PKT_FLAG_KEY;
    if (!mailbox->open)
        return;
    if (is_full(mailbox, packet)) {
        empty(mailbox);
        mailbox->skips = true;
        mailbox->drops++;
    }
    mailbox->begun |= key;
    mailbox->skips &= !key;
    if (!mailbox->begun || (stream == PUBLISH_VIDEO && mailbox->skips))
        return;
    AVPacket *kept = av_packet_clone(packet);
    if (!kept)
        return;
    kept->stream_index = stream;
    mailbox->bytes += (size_t)kept->size;
    g_queue_push_tail(&mailbox->packets, kept);
}

AVPacket *mailbox_take(struct mailbox *mailbox)
{
    AVPacket *packet = g_queue_pop_head(&mailbox->packets);
    if (packet)
        mailbox->bytes -= (size_t)packet->size;
    return packet;
}
