#include "app/endpoint/whip_publisher.h"

#include <glib.h>

#include "engine/media/objects.h"

struct track {                     /* its packets, to the connection of the moment */
    AVCodecParameters *parameters; /* as announced last; NULL: not yet */
    struct packet_sink *next;      /* the connection's; NULL: there is none */
};

struct whip_publisher {
    struct publisher publisher; /* first: the interface */
    struct whip *whip;
    struct track video, audio;
    bool key_frame_wanted; /* by who watches there */
    int64_t bit_rate;      /* of the connection; INT64_MAX: not known yet */
};

/* ---- packets ---- */

static void announce(struct track *track)
{
    if (track->next && track->parameters)
        track->next->ops->open(track->next, track->parameters);
}

static void open_track(struct track *track, const AVCodecParameters *parameters)
{
    avcodec_parameters_free(&track->parameters);
    track->parameters = parameters_new();
    if (track->parameters && avcodec_parameters_copy(track->parameters, parameters) >= 0)
        announce(track);
}

static void push_track(const struct track *track, const AVPacket *packet)
{
    if (track->next)
        track->next->ops->push(track->next, packet);
}

static struct whip_publisher *of_video(struct packet_sink *sink)
{
    return container_of(sink, struct whip_publisher, publisher.video);
}

static struct whip_publisher *of_audio(struct packet_sink *sink)
{
    return container_of(sink, struct whip_publisher, publisher.audio);
}

static void open_video(struct packet_sink *sink, const AVCodecParameters *parameters)
{
    open_track(&of_video(sink)->video, parameters);
}

static void push_video(struct packet_sink *sink, const AVPacket *packet)
{
    push_track(&of_video(sink)->video, packet);
}

static void open_audio(struct packet_sink *sink, const AVCodecParameters *parameters)
{
    open_track(&of_audio(sink)->audio, parameters);
}

static void push_audio(struct packet_sink *sink, const AVPacket *packet)
{
    push_track(&of_audio(sink)->audio, packet);
}

/* An encoder of our own loses nothing. */
static void lose(struct packet_sink *sink)
{
    (void)sink;
}

static const struct packet_sink_ops video_ops = { .open = open_video, .push = push_video, .lose = lose };
static const struct packet_sink_ops audio_ops = { .open = open_audio, .push = push_audio, .lose = lose };

/* ---- the connection ---- */

static void on_opened(void *user_data, struct peer *peer)
{
    struct whip_publisher *publisher = user_data;
    publisher->video.next = peer_video_sink(peer);
    publisher->audio.next = peer_audio_sink(peer);
    publisher->bit_rate = INT64_MAX;
    announce(&publisher->video);
    announce(&publisher->audio);
}

static void on_closing(void *user_data, struct peer *peer)
{
    struct whip_publisher *publisher = user_data;
    (void)peer;
    publisher->video.next = publisher->audio.next = NULL;
}

/* The server passes on what its viewers ask for. */
static void on_event(void *user_data, struct peer *peer, const struct peer_event *event)
{
    struct whip_publisher *publisher = user_data;
    (void)peer;
    if (event->type == PEER_EVENT_KEY_FRAME)
        publisher->key_frame_wanted = true;
    else if (event->type == PEER_EVENT_BIT_RATE)
        publisher->bit_rate = event->bit_rate;
}

static const struct whip_listener listener = { .opened = on_opened, .closing = on_closing, .event = on_event };

/* ---- as a publisher ---- */

static struct whip_publisher *own(struct publisher *publisher)
{
    return container_of(publisher, struct whip_publisher, publisher);
}

static bool wants_media(struct publisher *publisher)
{
    return own(publisher)->video.next != NULL;
}

static bool takes_key_frame(struct publisher *publisher)
{
    bool wanted = own(publisher)->key_frame_wanted;
    own(publisher)->key_frame_wanted = false;
    return wanted;
}

static int64_t bit_rate(struct publisher *publisher)
{
    return own(publisher)->bit_rate;
}

static enum publisher_state state(struct publisher *publisher, char **why)
{
    static const enum publisher_state states[] = {
        [WHIP_CONNECTING] = PUBLISHER_CONNECTING,
        [WHIP_FLOWING] = PUBLISHER_LIVE,
        [WHIP_WAITING] = PUBLISHER_WAITING,
    };
    struct whip_status status = whip_status(own(publisher)->whip);
    *why = status.trouble == WHIP_WELL ? NULL : g_strdup(status.words);
    return states[status.state];
}

static void network_changed(struct publisher *publisher)
{
    whip_network_changed(own(publisher)->whip);
}

static void destroy(struct publisher *publisher)
{
    struct whip_publisher *whip = own(publisher);
    whip_destroy(whip->whip);
    avcodec_parameters_free(&whip->video.parameters);
    avcodec_parameters_free(&whip->audio.parameters);
    g_free(publisher->words);
    g_free(whip);
}

static const struct publisher_ops ops = {
    .wants_media = wants_media,
    .takes_key_frame = takes_key_frame,
    .bit_rate = bit_rate,
    .state = state,
    .network_changed = network_changed,
    .destroy = destroy,
};

struct publisher *whip_publisher_create(const struct whip_config *config, const char *words, char **error)
{
    struct whip_publisher *publisher = g_new0(struct whip_publisher, 1);
    struct whip_config whip = *config;
    publisher->publisher = (struct publisher){
        .ops = &ops,
        .video.ops = &video_ops,
        .audio.ops = &audio_ops,
        .audio_codec = AV_CODEC_ID_OPUS,
        .words = g_strdup(words),
    };
    publisher->bit_rate = INT64_MAX;
    whip.role = WHIP_PUBLISHER;
    whip.video_codec = AV_CODEC_ID_H264; /* the one encoder's */
    whip.listener = &listener;
    whip.user_data = publisher;
    publisher->whip = whip_create(&whip, error);
    if (publisher->whip)
        return &publisher->publisher;
    destroy(&publisher->publisher);
    return NULL;
}
