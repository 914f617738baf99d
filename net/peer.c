#include "net/peer.h"

#include <string.h>

#include "net/peer_media.h"
#include "net/peer_statistics.h"
#include "net/sdp.h"
#include "net/transport.h"
#include "platform/deadline.h"

enum {
    MAX_LOCAL_CANDIDATES = SDP_MAX_CANDIDATES,
    CONNECT_TIMEOUT_US = 30 * 1000000,  /* trickle ICE without an end of candidates never gives up by itself */
};

/* Listeners are called in two places only: at the end of a datagram and from the timer. Whatever happens elsewhere, in
 * the functions that the program calls above all, is queued here and moves the timer to now. */
struct pending {
    GQueue states;                      /* struct state_change */
    bool key_frame, restarted, paused;
    gint64 bit_rate;                    /* 0: none */
    guint candidates_told;              /* of peer->candidates */
    bool gathered_told;
};

struct state_change {
    enum peer_state state;
    char *why;
};

struct peer {
    GMainContext *context;              /* borrowed */
    bool offerer;
    enum AVCodecID preferred;
    const struct peer_listener *listener;
    void *user_data;
    enum peer_state state;
    struct transport *transport;
    struct peer_media *media;
    struct sdp *local;                  /* our description, NULL until it is made */
    struct sdp_transport remote;        /* the other side's */
    bool restarting;                    /* our offer of a restart is not answered */
    GPtrArray *candidates;              /* ours */
    bool gathered;
    struct pending pending;
    struct deadline *timer;
    gint64 give_up_at_us;               /* not connected by then: failed */
    int depth;                          /* of calls from the main context */
    bool destroyed;                     /* to be deleted when depth is 0 again */
    struct peer_milestones milestones;
};

/* ---- events ---- */

static bool has_events(const struct peer *peer)
{
    const struct pending *pending = &peer->pending;
    bool candidates = peer->local && (pending->candidates_told < peer->candidates->len ||
                                      (peer->gathered && !pending->gathered_told));
    return pending->states.length || pending->key_frame || pending->restarted || pending->paused || pending->bit_rate || candidates;
}

static void schedule(struct peer *peer)
{
    if (peer->depth)
        return;                         /* leave() does it */
    deadline_set(peer->timer, has_events(peer) ? g_get_monotonic_time()
                                               : MIN(peer_media_deadline(peer->media), peer->give_up_at_us));
}

static void free_change(struct state_change *change)
{
    g_free(change->why);
    g_free(change);
}

static void set_state(struct peer *peer, enum peer_state state, const char *why)
{
    if (peer->state == state || peer->state >= PEER_FAILED)
        return;
    peer->state = state;
    if (state != PEER_CONNECTING)
        peer->give_up_at_us = DEADLINE_NEVER;
    struct state_change *change = g_new(struct state_change, 1);
    *change = (struct state_change){ state, g_strdup(why) };
    g_queue_push_tail(&peer->pending.states, change);
    schedule(peer);
}

static void tell_states(struct peer *peer)
{
    struct state_change *change;
    while (!peer->destroyed && (change = g_queue_pop_head(&peer->pending.states))) {
        if (peer->listener->state)
            peer->listener->state(peer->user_data, change->state, change->why);
        free_change(change);
    }
}

/* From our description on: who has nothing to describe yet would not know where to send them. */
static void tell_candidates(struct peer *peer)
{
    struct pending *pending = &peer->pending;
    while (!peer->destroyed && peer->local && pending->candidates_told < peer->candidates->len) {
        const char *candidate = g_ptr_array_index(peer->candidates, pending->candidates_told++);
        if (peer->listener->candidate)
            peer->listener->candidate(peer->user_data, candidate);
    }
    if (peer->destroyed || !peer->local || !peer->gathered || pending->gathered_told)
        return;
    pending->gathered_told = true;
    if (peer->listener->candidate)
        peer->listener->candidate(peer->user_data, NULL);
}

static void tell(struct peer *peer)
{
    struct pending *pending = &peer->pending;
    tell_states(peer);
    if (!peer->destroyed && pending->restarted) {
        pending->restarted = false;
        if (peer->listener->restarted)
            peer->listener->restarted(peer->user_data);
    }
    if (!peer->destroyed && pending->paused) {
        pending->paused = false;
        if (peer->listener->paused)
            peer->listener->paused(peer->user_data);
    }
    if (!peer->destroyed && pending->key_frame) {
        pending->key_frame = false;
        if (peer->listener->key_frame_requested)
            peer->listener->key_frame_requested(peer->user_data);
    }
    if (!peer->destroyed && pending->bit_rate) {
        gint64 bit_rate = pending->bit_rate;
        pending->bit_rate = 0;
        if (peer->listener->remote_bit_rate)
            peer->listener->remote_bit_rate(peer->user_data, bit_rate);
    }
    tell_candidates(peer);
}

/* ---- calls from the main context ---- */

static void delete(struct peer *peer)
{
    transport_destroy(peer->transport);
    peer_media_destroy(peer->media);
    deadline_destroy(peer->timer);
    g_queue_clear_full(&peer->pending.states, (GDestroyNotify)free_change);
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
        tell(peer);
    peer->depth--;
    if (peer->depth)
        return;
    if (peer->destroyed)
        delete(peer);
    else
        schedule(peer);
}

static void on_timer(void *user_data)
{
    struct peer *peer = user_data;
    gint64 now = g_get_monotonic_time();
    enter(peer);
    if (now >= peer->give_up_at_us)
        set_state(peer, PEER_FAILED, "no connection to the other side could be made in time");
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

static void on_candidate(void *user_data, const char *candidate)
{
    struct peer *peer = user_data;
    if (!candidate)
        peer->gathered = true;
    else if (peer->candidates->len < MAX_LOCAL_CANDIDATES)
        g_ptr_array_add(peer->candidates, g_strdup(candidate));
    schedule(peer);
}

static void on_transport_state(void *user_data, enum transport_state state, const char *why)
{
    struct peer *peer = user_data;
    switch (state) {
    case TRANSPORT_CONNECTED:
        peer_media_start(peer->media, g_get_monotonic_time());
        peer->pending.key_frame = true;
        set_state(peer, PEER_CONNECTED, NULL);
        break;
    case TRANSPORT_FAILED:
    case TRANSPORT_CLOSED:
        peer_media_stop(peer->media);
        set_state(peer, state == TRANSPORT_FAILED ? PEER_FAILED : PEER_CLOSED, why);
        break;
    case TRANSPORT_NEW:
        break;
    }
}

static void on_restarted(void *user_data)
{
    struct peer *peer = user_data;
    peer->pending.restarted = true;
    schedule(peer);
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
    transport_send(peer->transport, packet, size, rtcp);        /* what a full socket drops is as lost as on the way */
}

static void on_key_frame_request(void *user_data)
{
    struct peer *peer = user_data;
    peer->pending.key_frame = true;
}

static void on_paused(void *user_data)
{
    struct peer *peer = user_data;
    peer->pending.paused = true;
}

static void on_remote_bit_rate(void *user_data, gint64 bit_rate)
{
    struct peer *peer = user_data;
    peer->pending.bit_rate = bit_rate;
}

static void on_deadline_moved(void *user_data)
{
    struct peer *peer = user_data;
    schedule(peer);
}

static const struct peer_media_listener media_listener = {
    .send = on_send,
    .key_frame_requested = on_key_frame_request,
    .paused = on_paused,
    .remote_bit_rate = on_remote_bit_rate,
    .deadline_moved = on_deadline_moved,
};

/* ---- life ---- */

static bool create_transport(struct peer *peer, const struct peer_config *config)
{
    peer->transport = transport_create(&(struct transport_config){
        .context = peer->context,
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
    static const struct peer_listener nobody;
    struct peer *peer = g_new0(struct peer, 1);
    peer->context = reactor_context(reactor);
    peer->offerer = config->offerer;
    peer->preferred = config->video_codec;
    peer->listener = config->listener ? config->listener : &nobody;
    peer->user_data = config->user_data;
    peer->give_up_at_us = DEADLINE_NEVER;
    peer->milestones.created_us = g_get_monotonic_time();
    peer->candidates = g_ptr_array_new_with_free_func(g_free);
    peer->timer = deadline_create(peer->context, on_timer, peer);
    peer->media = peer_media_create(&media_listener, peer);
    if (create_transport(peer, config))
        return peer;
    delete(peer);
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
        delete(peer);
}

/* ---- descriptions ---- */

/* Completes `local` with what is ours, makes it the peer's description and writes it. */
static char *describe(struct peer *peer, struct sdp *local, enum sdp_setup setup)
{
    struct sdp_transport own = { .setup = setup };
    transport_describe(peer->transport, &own);
    for (int i = 0; i < local->n_media; i++)
        local->media[i].transport = own;
    peer_media_describe(peer->media, local);
    for (guint i = 0; i < peer->candidates->len; i++)
        sdp_add_candidate(local, g_ptr_array_index(peer->candidates, i));
    peer->pending.candidates_told = peer->candidates->len;
    sdp_free(peer->local);
    peer->local = local;
    schedule(peer);
    return sdp_write(local);
}

/* Both descriptions are there: `agreed` is the answer, whoever wrote it. */
static void start(struct peer *peer, struct sdp *agreed, struct sdp *remote, bool client)
{
    peer->remote = *sdp_transport(remote);
    peer->milestones.remote_description_us = g_get_monotonic_time();
    peer->give_up_at_us = peer->milestones.remote_description_us + CONNECT_TIMEOUT_US;
    set_state(peer, PEER_CONNECTING, NULL);
    peer_media_negotiated(peer->media, agreed, remote, agreed != remote);
    for (int i = 0; i < remote->n_candidates; i++)
        transport_add_candidate(peer->transport, remote->candidates[i]);
    if (!transport_start(peer->transport, sdp_transport(remote), remote->ice_lite, client))
        set_state(peer, PEER_FAILED, "encryption could not be set up");
    schedule(peer);
}

static bool refuse(char **error, const char *why)
{
    *error = g_strdup(why);
    return false;
}

char *peer_offer(struct peer *peer)
{
    g_assert(peer->offerer);
    return describe(peer, sdp_offer(peer->preferred), SDP_ACTPASS);
}

/* ---- restart ---- */

/* What was agreed upon, with the credentials and the candidates of the restart. */
static char *describe_restart(struct peer *peer, enum sdp_setup setup)
{
    struct sdp_transport own = { .setup = setup };
    transport_describe(peer->transport, &own);
    for (int i = 0; i < peer->local->n_media; i++)
        peer->local->media[i].transport = own;
    sdp_clear_candidates(peer->local);
    for (guint i = 0; i < peer->candidates->len; i++)
        sdp_add_candidate(peer->local, g_ptr_array_index(peer->candidates, i));
    peer->pending.candidates_told = peer->candidates->len;
    schedule(peer);
    return sdp_write(peer->local);
}

static bool begin_restart(struct peer *peer)
{
    g_ptr_array_set_size(peer->candidates, 0);
    peer->gathered = peer->pending.gathered_told = false;
    peer->pending.candidates_told = 0;
    return transport_restart(peer->transport);
}

char *peer_restart(struct peer *peer)
{
    if (peer->state != PEER_CONNECTED || !begin_restart(peer))
        return NULL;
    peer->restarting = true;
    return describe_restart(peer, SDP_ACTPASS);
}

/* The same end as before, with new credentials? */
static bool check_restart(struct peer *peer, struct sdp *remote, char **error)
{
    const struct sdp_transport *transport = sdp_transport(remote);
    if (!transport || !*transport->ufrag || !*transport->pwd)
        return refuse(error, "no ICE credentials");
    if (transport->has_fingerprint && memcmp(transport->fingerprint, peer->remote.fingerprint, SDP_FINGERPRINT))
        return refuse(error, "a restart with another fingerprint");
    if (!strcmp(transport->ufrag, peer->remote.ufrag))
        return refuse(error, "it was answered already");
    return true;
}

static void follow_restart(struct peer *peer, struct sdp *remote)
{
    const struct sdp_transport *transport = sdp_transport(remote);
    memcpy(peer->remote.ufrag, transport->ufrag, sizeof peer->remote.ufrag);
    peer->restarting = false;
    transport_follow_restart(peer->transport, transport);
    for (int i = 0; i < remote->n_candidates; i++)
        transport_add_candidate(peer->transport, remote->candidates[i]);
    schedule(peer);
}

static char *answer_restart(struct peer *peer, const char *offer, char **error)
{
    if (peer->restarting && peer->offerer) {
        refuse(error, "our own offer of a restart stands");
        return NULL;
    }
    struct sdp *remote = sdp_parse(offer, error);
    char *text = NULL;
    if (remote && check_restart(peer, remote, error)) {
        if (begin_restart(peer)) {
            text = describe_restart(peer, transport_is_dtls_client(peer->transport) ? SDP_ACTIVE : SDP_PASSIVE);
            follow_restart(peer, remote);
        } else {
            refuse(error, "no network to restart with");
        }
    }
    sdp_free(remote);
    return text;
}

static bool set_restart_answer(struct peer *peer, const char *answer, char **error)
{
    struct sdp *remote = sdp_parse(answer, error);
    bool ok = remote && check_restart(peer, remote, error);
    if (ok)
        follow_restart(peer, remote);
    sdp_free(remote);
    return ok;
}

/* ---- offer, answer ---- */

char *peer_answer(struct peer *peer, const char *offer, char **error)
{
    if (peer->state == PEER_CONNECTED)
        return answer_restart(peer, offer, error);
    if (peer->offerer || peer->state != PEER_NEW) {
        refuse(error, peer->state == PEER_NEW ? "our own offer waits for its answer" : "an offer was answered already");
        return NULL;
    }
    struct sdp *remote = sdp_parse(offer, error);
    struct sdp *answer = remote ? sdp_answer(remote, peer->preferred, error) : NULL;
    char *text = NULL;
    if (answer) {
        /* Active where the offer leaves it to us: the ClientHello travels with the first checks, and media a round
         * trip sooner. */
        const struct sdp_transport *offered = sdp_transport(answer);
        bool client = offered->setup != SDP_ACTIVE;
        /* The bundle's transport is the first accepted m-line's, which need not be the offer's first. */
        struct sdp_transport shared = *offered;
        for (int i = 0; i < remote->n_media; i++)
            remote->media[i].transport = shared;
        text = describe(peer, answer, client ? SDP_ACTIVE : SDP_PASSIVE);
        start(peer, peer->local, remote, client);
    }
    sdp_free(remote);
    return text;
}

bool peer_set_answer(struct peer *peer, const char *answer, char **error)
{
    if (peer->restarting)
        return set_restart_answer(peer, answer, error);
    if (!peer->local || peer->state != PEER_NEW)
        return refuse(error, peer->local ? "an answer was set already" : "there is no offer yet to be answered");
    struct sdp *remote = sdp_parse(answer, error);
    bool ok = remote && sdp_check_answer(peer->local, remote, error);
    if (ok)
        start(peer, remote, remote, sdp_transport(remote)->setup == SDP_PASSIVE);
    sdp_free(remote);
    return ok;
}

void peer_add_candidate(struct peer *peer, const char *candidate)
{
    transport_add_candidate(peer->transport, candidate);
    schedule(peer);
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

void peer_set_max_bit_rate(struct peer *peer, gint64 bit_rate)
{
    peer_media_set_max_bit_rate(peer->media, bit_rate);
    schedule(peer);
}

void peer_set_paused(struct peer *peer, bool paused)
{
    peer_media_set_paused(peer->media, paused);
    schedule(peer);
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

void peer_statistics(const struct peer *peer, struct connection_statistics *out)
{
    struct transport_traffic traffic = transport_traffic(peer->transport);
    peer_media_statistics(peer->media, out);
    out->connected = peer->state == PEER_CONNECTED;
    out->transport = (struct transport_statistics){
        .packets_sent = traffic.packets_sent, .bytes_sent = traffic.bytes_sent,
        .packets_received = traffic.packets_received, .bytes_received = traffic.bytes_received,
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
