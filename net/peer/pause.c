/* Pausing what the other side sends, and being paused by it (RFC 7728): stream by stream, by RTCP over the connection
 * itself, since what wakes it decides how soon its first picture is here. */
#include "net/peer/pause.h"

#include "net/rtp/rtcp.h"

static bool is_understood(const struct stream *stream)
{
    return stream->n_codecs && stream->codecs[0].feedback & SDP_PAUSE && stream->remote_ssrc;
}

bool peer_media_can_pause(const struct peer_media *media)
{
    return is_understood(&media->streams[AUDIO]) && is_understood(&media->streams[VIDEO]);
}

static void add_request(struct stream *stream, struct rtcp_writer *writer, bool wake)
{
    const struct rtp_pause_receiver *pause = &stream->pauses;
    if (pause->state == RTP_PAUSE_ASKED)
        rtcp_add_pause(writer, stream->ssrc, RTCP_PAUSE, stream->remote_ssrc, pause->id);
    else if (pause->state == RTP_PAUSE_RESUMING || (wake && pause->state == RTP_PAUSE_FLOWING && pause->id))
        rtcp_add_pause(writer, stream->ssrc, RTCP_RESUME, stream->remote_ssrc, pause->id);
}

void peer_pause_add_requests(struct peer_media *media, struct rtcp_writer *writer, bool wake)
{
    for (int i = 0; i < STREAMS; i++)
        add_request(&media->streams[i], writer, wake);
}

void peer_media_set_paused(struct peer_media *media, bool paused)
{
    if (!peer_media_can_pause(media))
        return;
    bool news = false;
    for (int i = 0; i < STREAMS; i++)
        news |= rtp_pause_receiver_want(&media->streams[i].pauses, paused);
    if (news && media->started) /* else with the first report */
        peer_rtcp_send_reports(media, g_get_monotonic_time());
}

bool peer_media_is_paused(const struct peer_media *media, enum AVMediaType type)
{
    return media->streams[type == AVMEDIA_TYPE_VIDEO ? VIDEO : AUDIO].paused.paused;
}

static void confirm(struct peer_media *media, struct stream *stream)
{
    struct rtcp_writer writer;
    rtcp_begin(&writer);
    rtcp_add_receiver_report(&writer, stream->ssrc, NULL, 0);
    rtcp_add_cname(&writer, stream->ssrc, media->cname);
    rtcp_add_pause(&writer, stream->ssrc, RTCP_PAUSED, stream->ssrc, stream->paused.id);
    peer_rtcp_send(media, &writer);
}

static void take_request(struct peer_media *media, struct stream *stream, enum rtcp_pause what, uint16_t id)
{
    bool changed = what == RTCP_PAUSE ? rtp_pause_sender_pause(&stream->paused, id)
                                      : rtp_pause_sender_resume(&stream->paused, id);
    if (what == RTCP_PAUSE && stream->paused.paused && stream->paused.id == id)
        confirm(media, stream);
    if (changed && what == RTCP_PAUSE)
        stream->key_frame_sent = false; /* what is pushed meanwhile will be missing */
    if (changed)
        media->listener->event(media->user_data, &(struct peer_event){ PEER_EVENT_PAUSED });
}

void peer_pause_receive(struct peer_media *media, enum rtcp_pause what, uint32_t media_ssrc, uint16_t id)
{
    bool request = what == RTCP_PAUSE || what == RTCP_RESUME;
    for (int i = 0; i < STREAMS; i++) {
        struct stream *stream = &media->streams[i];
        if (request && stream->sender && stream->ssrc == media_ssrc)
            take_request(media, stream, what, id);
        else if (what == RTCP_PAUSED && stream->remote_ssrc == media_ssrc)
            rtp_pause_receiver_confirmed(&stream->pauses, id);
    }
}
