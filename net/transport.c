#include "net/transport.h"

#include <string.h>

#include "net/ice.h"
#include "net/srtp.h"

enum {
    MAX_EARLY_PACKETS = 64,     /* SRTP that overtakes the last DTLS flight: some milliseconds of it */
    MAX_EARLY_CANDIDATES = 64,
    MAX_PACKET = 2048,
};

struct transport {
    GMainContext *context;      /* borrowed */
    const struct dtls_identity *identity;       /* borrowed */
    bool offerer, started, ice_connected;
    bool remote_candidates_end;                 /* known before the start */
    enum transport_state state;
    struct ice *ice;
    struct dtls *dtls;                          /* NULL until the role is clear */
    struct srtp_session *srtp;                  /* NULL until the other end is verified */
    GQueue early_packets;                       /* GBytes */
    GQueue early_candidates;                    /* strings */
    struct transport_times times;
    const struct transport_listener *listener;
    void *user_data;
};

static void set_state(struct transport *transport, enum transport_state state, const char *why)
{
    if (transport->state == state || transport->state >= TRANSPORT_FAILED)
        return;
    transport->state = state;
    transport->listener->state(transport->user_data, state, why);
}

/* ---- DTLS ---- */

static bool send_dtls(void *user_data, const uint8_t *data, size_t size)
{
    struct transport *transport = user_data;
    if (ice_send(transport->ice, data, size))
        return true;
    if (!transport->ice_connected)
        ice_send_early(transport->ice, data, size);
    return false;
}

static void take_keys(struct transport *transport)
{
    struct srtp_keys keys;
    if (dtls_export_keys(transport->dtls, &keys))
        transport->srtp = srtp_session_create(&keys);
    memset(&keys, 0, sizeof keys);
    if (!transport->srtp) {
        set_state(transport, TRANSPORT_FAILED, "no way to encrypt media in common");
        return;
    }
    transport->times.dtls_done_us = g_get_monotonic_time();
    set_state(transport, TRANSPORT_CONNECTED, NULL);
}

static void on_dtls_state(void *user_data, enum dtls_state state, const char *why)
{
    struct transport *transport = user_data;
    if (state == DTLS_CONNECTED)
        take_keys(transport);
    else if (state == DTLS_FAILED)
        set_state(transport, TRANSPORT_FAILED, why);
    else if (state == DTLS_CLOSED)
        set_state(transport, TRANSPORT_CLOSED, why);
}

static const struct dtls_listener dtls_listener = { .send = send_dtls, .state = on_dtls_state };

static bool make_dtls(struct transport *transport, bool client)
{
    if (transport->dtls && dtls_is_client(transport->dtls) == client)
        return true;
    dtls_destroy(transport->dtls);
    transport->dtls = dtls_create(&(struct dtls_config){
        .context = transport->context,
        .identity = transport->identity,
        .client = client,
        .listener = &dtls_listener,
        .user_data = transport,
    });
    return transport->dtls != NULL;
}

/* A ClientHello can come before the answer: then we are the server, whatever the answer will say about the rest. */
static void receive_dtls(struct transport *transport, const uint8_t *data, size_t size)
{
    if (!transport->dtls && transport->offerer && make_dtls(transport, false))
        dtls_start(transport->dtls);
    if (transport->dtls)
        dtls_receive(transport->dtls, data, size);
}

/* ---- media ---- */

/* RFC 5761, 4: RTCP's packet types 192 to 223 where RTP has marker and payload type. */
static bool is_rtcp(const uint8_t *data)
{
    return data[1] >= 192 && data[1] <= 223;
}

static void receive_media(struct transport *transport, const uint8_t *data, size_t size)
{
    uint8_t packet[MAX_PACKET];
    if (size > sizeof packet)
        return;
    memcpy(packet, data, size);
    bool rtcp = is_rtcp(data);
    if (rtcp ? srtp_session_unprotect_rtcp(transport->srtp, packet, &size)
             : srtp_session_unprotect_rtp(transport->srtp, packet, &size))
        transport->listener->receive(transport->user_data, packet, size, rtcp);
}

static void keep_media(struct transport *transport, const uint8_t *data, size_t size)
{
    if (transport->early_packets.length < MAX_EARLY_PACKETS && size <= MAX_PACKET)
        g_queue_push_tail(&transport->early_packets, g_bytes_new(data, size));
}

void transport_receive_early(struct transport *transport)
{
    GBytes *early;
    while (transport->srtp && (early = g_queue_pop_head(&transport->early_packets))) {
        gsize size;
        const uint8_t *data = g_bytes_get_data(early, &size);
        receive_media(transport, data, size);
        g_bytes_unref(early);
    }
}

/* ---- ICE ---- */

/* RFC 7983, 7: the first byte tells the protocols apart; STUN has gone to libnice before. */
static void on_receive(void *user_data, const uint8_t *data, size_t size)
{
    struct transport *transport = user_data;
    if (size < 2 || transport->state >= TRANSPORT_FAILED)
        return;
    transport->listener->begin(transport->user_data);
    if (data[0] >= 20 && data[0] <= 63)
        receive_dtls(transport, data, size);
    transport_receive_early(transport);
    if (data[0] >= 128 && data[0] <= 191) {
        if (transport->srtp)
            receive_media(transport, data, size);
        else
            keep_media(transport, data, size);
    }
    transport->listener->end(transport->user_data);
}

static void on_candidate(void *user_data, const char *candidate)
{
    struct transport *transport = user_data;
    if (!candidate)
        transport->times.gathered_us = g_get_monotonic_time();
    transport->listener->candidate(transport->user_data, candidate);
}

static void on_ice_state(void *user_data, enum ice_state state)
{
    struct transport *transport = user_data;
    if (state == ICE_FAILED) {
        const char *why = transport->ice_connected ? "the connection to the other side is lost"
                                                   : "no network path to the other side was found";
        set_state(transport, TRANSPORT_FAILED, why);
    } else if (state == ICE_CONNECTED) {
        if (!transport->ice_connected)
            transport->times.ice_connected_us = g_get_monotonic_time();
        transport->ice_connected = true;
        if (transport->dtls)
            dtls_flush(transport->dtls);
    }
}

static const struct ice_listener ice_listener = {
    .candidate = on_candidate,
    .state = on_ice_state,
    .receive = on_receive,
};

/* ---- interface ---- */

struct transport *transport_create(const struct transport_config *config)
{
    struct transport *transport = g_new0(struct transport, 1);
    transport->context = config->context;
    transport->identity = config->identity;
    transport->offerer = config->offerer;
    transport->listener = config->listener;
    transport->user_data = config->user_data;
    g_queue_init(&transport->early_packets);
    g_queue_init(&transport->early_candidates);
    transport->ice = ice_create(&(struct ice_config){
        .context = config->context,
        .controlling = config->offerer,
        .stun_server = config->stun_server,
        .listener = &ice_listener,
        .user_data = transport,
    });
    if (transport->ice)
        return transport;
    transport_destroy(transport);
    return NULL;
}

void transport_destroy(struct transport *transport)
{
    if (!transport)
        return;
    dtls_destroy(transport->dtls);
    srtp_session_destroy(transport->srtp);
    ice_destroy(transport->ice);
    g_queue_clear_full(&transport->early_packets, (GDestroyNotify)g_bytes_unref);
    g_queue_clear_full(&transport->early_candidates, g_free);
    g_free(transport);
}

void transport_describe(struct transport *transport, struct sdp_transport *own)
{
    g_autofree char *ufrag = NULL, *pwd = NULL;
    ice_local_credentials(transport->ice, &ufrag, &pwd);
    g_strlcpy(own->ufrag, ufrag, sizeof own->ufrag);
    g_strlcpy(own->pwd, pwd, sizeof own->pwd);
    memcpy(own->fingerprint, dtls_identity_fingerprint(transport->identity), sizeof own->fingerprint);
    own->has_fingerprint = true;
}

static void add_candidate_now(struct transport *transport, const char *candidate)
{
    if (!ice_add_remote_candidate(transport->ice, candidate))
        g_debug("skipped the candidate \"%.100s\"", candidate);
}

bool transport_start(struct transport *transport, const struct sdp_transport *remote, bool remote_is_lite, bool client)
{
    if (!make_dtls(transport, client))
        return false;
    transport->started = true;
    if (remote_is_lite)
        ice_set_controlling(transport->ice);
    ice_set_remote_credentials(transport->ice, remote->ufrag, remote->pwd);
    char *candidate;
    while ((candidate = g_queue_pop_head(&transport->early_candidates))) {
        add_candidate_now(transport, candidate);
        g_free(candidate);
    }
    if (transport->remote_candidates_end)
        ice_end_of_remote_candidates(transport->ice);
    dtls_start(transport->dtls);
    dtls_set_remote_fingerprint(transport->dtls, remote->fingerprint);
    return true;
}

void transport_add_candidate(struct transport *transport, const char *candidate)
{
    if (transport->started && candidate)
        add_candidate_now(transport, candidate);
    else if (transport->started)
        ice_end_of_remote_candidates(transport->ice);
    else if (!candidate)
        transport->remote_candidates_end = true;
    else if (transport->early_candidates.length < MAX_EARLY_CANDIDATES)
        g_queue_push_tail(&transport->early_candidates, g_strndup(candidate, MAX_PACKET));
}

bool transport_send(struct transport *transport, uint8_t *packet, size_t size, bool rtcp)
{
    if (transport->state != TRANSPORT_CONNECTED)
        return false;
    return (rtcp ? srtp_session_protect_rtcp(transport->srtp, packet, &size)
                 : srtp_session_protect_rtp(transport->srtp, packet, &size)) &&
           ice_send(transport->ice, packet, size);
}

void transport_close(struct transport *transport)
{
    if (transport->dtls)
        dtls_close(transport->dtls);
}

struct transport_times transport_times(const struct transport *transport)
{
    return transport->times;
}
