#include "net/peer/parts.h"

#include <string.h>

#include "net/peer/statistics.h"

enum { MAX_LOCAL_CANDIDATES = SDP_MAX_CANDIDATES };

/* ---- events ---- */

void peer_schedule(struct peer *peer)
{
    if (peer->depth)
        return; /* leave() does it */
    deadline_set(peer->timer, peer->events.length ? g_get_monotonic_time()
                                                  : MIN(peer_media_deadline(peer->media), peer->give_up_at_us));
}

void peer_tell(struct peer *peer, const struct peer_event *event)
{
    peer_events_push(&peer->events, event);
    peer_schedule(peer);
}

void peer_set_state(struct peer *peer, enum peer_state state, const char *why)
{
    if (peer->state == state || peer->state >= PEER_FAILED)
        return;
    peer->state = state;
    if (state != PEER_CONNECTING)
        peer->give_up_at_us = INT64_MAX;
    peer_tell(peer, &(struct peer_event){ PEER_EVENT_STATE, .state = state, .why = why });
}

static void tell_all(struct peer *peer)
{
    struct peer_event *event;
    while (!peer->destroyed && (event = peer_events_pop(&peer->events))) {
        if (peer->on_event)
            peer->on_event(peer->user_data, event);
        peer_event_free(event);
    }
}

/* ---- calls from the main context ---- */

static void free_peer(struct peer *peer)
{
    transport_destroy(peer->transport);
    peer_media_destroy(peer->media);
    deadline_destroy(peer->timer);
    g_queue_clear_full(&peer->events, (GDestroyNotify)peer_event_free);
    if (peer->candidates)
        g_ptr_array_unref(peer->candidates);
    sdp_free(peer->local);
    g_free(peer);
}

static void enter(void *user_data)
{
    struct peer *peer = user_data;
    peer->depth++;
}

static void leave(void *user_data)
{
    struct peer *peer = user_data;
    if (peer->depth == 1 && !peer->destroyed)
        tell_all(peer);
    peer->depth--;
    if (peer->depth)
        return;
    if (peer->destroyed)
        free_peer(peer);
    else
        peer_schedule(peer);
}

static void on_timer(void *user_data)
{
    struct peer *peer = user_data;
    int64_t now = g_get_monotonic_time();
    enter(peer);
    if (now >= peer->give_up_at_us)
        peer_set_state(peer, PEER_FAILED, "no connection to the other side could be made in time");
    transport_receive_early(peer->transport);
    if (!peer->destroyed)
        peer_media_poll(peer->media, now);
    leave(peer);
}

static void on_receive(void *user_data, const uint8_t *packet, size_t size, bool rtcp)
{
    struct peer *peer = user_data;
    if (!peer->destroyed)
        peer_media_receive(peer->media, packet, size, rtcp, g_get_monotonic_time());
}

/* ---- what transport and media say; may be in the middle of one of our own functions ---- */

/* Those that are known before our description stand in it: who has nothing to describe yet would not know where to send
 * them. */
static void on_candidate(void *user_data, const char *candidate)
{
    struct peer *peer = user_data;
    if (candidate && peer->candidates->len >= MAX_LOCAL_CANDIDATES)
        return;
    if (candidate)
        g_ptr_array_add(peer->candidates, g_strdup(candidate));
    else
        peer->gathered = true;
    if (peer->local)
        peer_tell(peer, &(struct peer_event){ PEER_EVENT_CANDIDATE, .candidate = candidate });
}

static void on_transport_state(void *user_data, enum transport_state state, const char *why)
{
    struct peer *peer = user_data;
    switch (state) {
    case TRANSPORT_CONNECTED:
        peer_media_start(peer->media, g_get_monotonic_time());
        peer_set_state(peer, PEER_CONNECTED, NULL);
        peer_tell(peer, &(struct peer_event){ PEER_EVENT_KEY_FRAME });
        break;
    case TRANSPORT_FAILED:
    case TRANSPORT_CLOSED:
        peer_media_stop(peer->media);
        peer_set_state(peer, state == TRANSPORT_FAILED ? PEER_FAILED : PEER_CLOSED, why);
        break;
    case TRANSPORT_NEW:
        break;
    }
}

static void on_restarted(void *user_data)
{
    peer_tell(user_data, &(struct peer_event){ PEER_EVENT_RESTARTED });
}

static const struct transport_listener transport_listener = {
    .candidate = on_candidate,
    .restarted = on_restarted,
    .state = on_transport_state,
    .receive = on_receive,
    .begin = enter,
    .end = leave,
};

static void on_send(void *user_data, uint8_t *packet, size_t size, bool rtcp)
{
    struct peer *peer = user_data;
    transport_send(peer->transport, packet, size, rtcp); /* what a full socket drops is as lost as on the way */
}

static void on_media_event(void *user_data, const struct peer_event *event)
{
    peer_tell(user_data, event);
}

static void on_deadline_moved(void *user_data)
{
    struct peer *peer = user_data;
    peer_schedule(peer);
}

static const struct peer_media_listener media_listener = {
    .send = on_send,
    .event = on_media_event,
    .deadline_moved = on_deadline_moved,
};

/* ---- life ---- */

static bool create_transport(struct peer *peer, struct reactor *reactor, const struct peer_config *config)
{
    peer->transport = transport_create(&(struct transport_config){
        .reactor = reactor,
        .identity = config->identity,
        .offerer = config->offerer,
        .ice_servers = config->ice_servers,
        .listener = &transport_listener,
        .user_data = peer,
    });
    return peer->transport != NULL;
}

struct peer *peer_create(struct reactor *reactor, const struct peer_config *config)
{
    static const enum sdp_direction directions[] = { SDP_SENDRECV, SDP_SENDONLY, SDP_RECVONLY };
    struct peer *peer = g_new0(struct peer, 1);
    peer->offerer = config->offerer;
    peer->preferred = config->video_codec;
    peer->direction = directions[config->direction];
    peer->on_event = config->on_event;
    peer->user_data = config->user_data;
    peer->give_up_at_us = INT64_MAX;
    peer->milestones.created_us = g_get_monotonic_time();
    peer->candidates = g_ptr_array_new_with_free_func(g_free);
    peer->timer = deadline_create(reactor_context(reactor), on_timer, peer);
    peer->media = peer_media_create(&media_listener, peer);
    if (create_transport(peer, reactor, config))
        return peer;
    free_peer(peer);
    return NULL;
}

void peer_destroy(struct peer *peer)
{
    if (!peer || peer->destroyed)
        return;
    peer->destroyed = true;
    peer_media_stop(peer->media);
    transport_close(peer->transport);
    if (!peer->depth)
        free_peer(peer);
}

/* ---- what others ask ---- */

enum peer_state peer_current_state(const struct peer *peer)
{
    return peer->state;
}

enum AVCodecID peer_video_codec(const struct peer *peer)
{
    return peer_media_video_codec(peer->media);
}

bool peer_sends_single_nal_units(const struct peer *peer)
{
    return peer_media_sends_single_nal_units(peer->media);
}

bool peer_far_end_sends(const struct peer *peer, enum AVMediaType type)
{
    return peer_media_far_end_sends(peer->media, type);
}

struct source *peer_source(struct peer *peer)
{
    return peer_media_source(peer->media);
}

struct packet_sink *peer_video_sink(struct peer *peer)
{
    return peer_media_sink(peer->media, AVMEDIA_TYPE_VIDEO);
}

struct packet_sink *peer_audio_sink(struct peer *peer)
{
    return peer_media_sink(peer->media, AVMEDIA_TYPE_AUDIO);
}

void peer_set_max_bit_rate(struct peer *peer, int64_t bit_rate)
{
    peer_media_set_max_bit_rate(peer->media, bit_rate);
    peer_schedule(peer);
}

bool peer_send_message(struct peer *peer, const char *text)
{
    return peer->state == PEER_CONNECTED && peer_media_send_message(peer->media, text);
}

void peer_set_paused(struct peer *peer, bool paused)
{
    peer_media_set_paused(peer->media, paused);
    peer_schedule(peer);
}

bool peer_can_pause(const struct peer *peer)
{
    return peer_media_can_pause(peer->media);
}

bool peer_is_paused(const struct peer *peer, enum AVMediaType type)
{
    return peer_media_is_paused(peer->media, type);
}

struct peer_stats peer_stats(const struct peer *peer)
{
    return peer_media_stats(peer->media);
}

bool peer_certificates(const struct peer *peer, struct peer_certificates *out)
{
    struct fingerprint own, remote;
    if (peer->state != PEER_CONNECTED || !transport_fingerprints(peer->transport, &own, &remote))
        return false;
    memcpy(out->own, own.bytes, sizeof out->own);
    memcpy(out->remote, remote.bytes, sizeof out->remote);
    return true;
}

void peer_statistics(const struct peer *peer, struct connection_statistics *out)
{
    struct transport_traffic traffic = transport_traffic(peer->transport);
    peer_media_statistics(peer->media, out);
    out->connected = peer->state == PEER_CONNECTED;
    out->transport = (struct transport_statistics){
        .packets_sent = traffic.packets_sent,
        .bytes_sent = traffic.bytes_sent,
        .packets_received = traffic.packets_received,
        .bytes_received = traffic.bytes_received,
    };
}

struct peer_milestones peer_milestones(const struct peer *peer)
{
    struct peer_milestones milestones = peer->milestones;
    struct transport_times times = transport_times(peer->transport);
    milestones.gathered_us = times.gathered_us;
    milestones.ice_connected_us = times.ice_connected_us;
    milestones.dtls_done_us = times.dtls_done_us;
    peer_media_milestones(peer->media, &milestones);
    return milestones;
}
