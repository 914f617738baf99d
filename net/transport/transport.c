#include "net/transport/transport.h"

#include <string.h>

#include "net/transport/ice.h"
#include "net/transport/srtp.h"
#include "platform/deadline.h"

enum {
    OLD_PATH_US = 2000000,  /* after a restart what is still under way on the old path is received */
    MAX_EARLY_PACKETS = 64, /* SRTP that overtakes the last DTLS flight: some milliseconds of it */
    MAX_EARLY_CANDIDATES = 64,
    MAX_PACKET = 2048,
};

/* One ICE: the only one, a restarted one, or the one before. */
struct path {
    struct transport *transport;
    struct ice *ice;
    bool started, connected;
    int64_t started_us;
    bool remote_candidates_end; /* known before the start */
    GQueue early_candidates;    /* strings, before the start */
};

struct transport {
    struct reactor *reactor;              /* borrowed */
    const struct dtls_identity *identity; /* borrowed */
    struct ice_servers *ice_servers;      /* borrowed */
    bool offerer;
    enum transport_state state;
    struct path *path; /* what is sent goes there */
    struct path *next; /* a restart, until it has found its pair; or NULL */
    struct path *old;  /* from before the last restart, or NULL */
    struct deadline *old_timer;
    struct dtls *dtls;         /* NULL until the role is clear */
    struct srtp_session *srtp; /* NULL until the other end is verified */
    GQueue early_packets;      /* GByteArray */
    struct transport_times times;
    struct transport_traffic traffic;
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

static bool send_datagram(struct transport *transport, const uint8_t *data, size_t size)
{
    if (!ice_send(transport->path->ice, data, size))
        return false;
    transport->traffic.packets_sent++;
    transport->traffic.bytes_sent += size;
    return true;
}

/* ---- DTLS ---- */

static bool send_dtls(void *user_data, const uint8_t *data, size_t size)
{
    struct transport *transport = user_data;
    if (send_datagram(transport, data, size))
        return true;
    if (!transport->path->connected)
        ice_send_early(transport->path->ice, data, size);
    return false;
}

/* An early handshake can be done before a pair of candidates is found; media wait for it, for they go to one place
 * only. */
static void connect_when_ready(struct transport *transport)
{
    if (transport->srtp && transport->path->connected)
        set_state(transport, TRANSPORT_CONNECTED, NULL);
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
    connect_when_ready(transport);
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
        .context = reactor_context(transport->reactor),
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

/* Decrypts in place. */
static void receive_media(struct transport *transport, uint8_t *packet, size_t size)
{
    bool rtcp = is_rtcp(packet);
    if (size > MAX_PACKET)
        return;
    if (rtcp ? srtp_session_unprotect_rtcp(transport->srtp, packet, &size)
             : srtp_session_unprotect_rtp(transport->srtp, packet, &size))
        transport->listener->receive(transport->user_data, packet, size, rtcp);
}

static void keep_media(struct transport *transport, const uint8_t *data, size_t size)
{
    if (transport->early_packets.length < MAX_EARLY_PACKETS && size <= MAX_PACKET)
        g_queue_push_tail(&transport->early_packets, g_byte_array_append(g_byte_array_new(), data, (guint)size));
}

void transport_receive_early(struct transport *transport)
{
    GByteArray *early;
    while (transport->srtp && (early = g_queue_pop_head(&transport->early_packets))) {
        receive_media(transport, early->data, early->len);
        g_byte_array_unref(early);
    }
}

/* ---- ICE ---- */

/* RFC 7983, 7: the first byte tells the protocols apart; STUN has gone to libnice before. */
static void on_receive(void *user_data, uint8_t *data, size_t size)
{
    struct transport *transport = ((struct path *)user_data)->transport;
    if (size < 2 || transport->state >= TRANSPORT_FAILED)
        return;
    transport->traffic.packets_received++;
    transport->traffic.bytes_received += size;
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

/* Of the last restart only: nobody waits for the others any more. */
static void on_candidate(void *user_data, const char *candidate)
{
    struct path *path = user_data;
    struct transport *transport = path->transport;
    if (path != transport->next && (path != transport->path || transport->next))
        return;
    if (!candidate && path == transport->path)
        transport->times.gathered_us = g_get_monotonic_time();
    transport->listener->candidate(transport->user_data, candidate);
}

static const struct ice_listener ice_listener;

static struct path *path_create(struct transport *transport)
{
    struct path *path = g_new0(struct path, 1);
    path->transport = transport;
    g_queue_init(&path->early_candidates);
    return path;
}

static bool path_open(struct path *path)
{
    struct transport *transport = path->transport;
    path->ice = ice_create(&(struct ice_config){
        .reactor = transport->reactor,
        .controlling = transport->offerer,
        .servers = transport->ice_servers,
        .listener = &ice_listener,
        .user_data = path,
    });
    return path->ice != NULL;
}

static void path_destroy(struct path *path)
{
    if (!path)
        return;
    ice_destroy(path->ice);
    g_queue_clear_full(&path->early_candidates, g_free);
    g_free(path);
}

static void forget_old_path(void *user_data)
{
    struct transport *transport = user_data;
    g_clear_pointer(&transport->old, path_destroy);
}

static void take_over(struct transport *transport)
{
    forget_old_path(transport);
    transport->old = transport->path;
    transport->path = transport->next;
    transport->next = NULL;
    deadline_set(transport->old_timer, g_get_monotonic_time() + OLD_PATH_US);
    transport->listener->restarted(transport->user_data);
}

/* From the first check to its answer: a round trip. */
static void note_connected(struct transport *transport)
{
    transport->times.ice_connected_us = g_get_monotonic_time();
    if (transport->dtls)
        dtls_set_round_trip(transport->dtls, transport->times.ice_connected_us - transport->path->started_us);
}

/* Once connected, a path that fails is no end: it may come back, and a restart may find another. Who waits how long for
 * that is decided above. */
static void on_ice_state(void *user_data, enum ice_state state)
{
    struct path *path = user_data;
    struct transport *transport = path->transport;
    if (state == ICE_FAILED) {
        if (path == transport->path && transport->state != TRANSPORT_CONNECTED)
            set_state(transport, TRANSPORT_FAILED, "no network path to the other side was found");
    } else if (state == ICE_CONNECTED && !path->connected) {
        path->connected = true;
        if (path == transport->next)
            take_over(transport);
        else if (path == transport->path)
            note_connected(transport);
    }
    if (state == ICE_CONNECTED && path == transport->path && transport->dtls)
        dtls_flush(transport->dtls);
    connect_when_ready(transport);
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
    transport->reactor = config->reactor;
    transport->identity = config->identity;
    transport->offerer = config->offerer;
    transport->listener = config->listener;
    transport->user_data = config->user_data;
    transport->ice_servers = config->ice_servers;
    transport->old_timer = deadline_create(reactor_context(config->reactor), forget_old_path, transport);
    g_queue_init(&transport->early_packets);
    transport->path = path_create(transport);
    if (path_open(transport->path))
        return transport;
    transport_destroy(transport);
    return NULL;
}

void transport_destroy(struct transport *transport)
{
    if (!transport)
        return;
    deadline_destroy(transport->old_timer);
    dtls_destroy(transport->dtls);
    srtp_session_destroy(transport->srtp);
    path_destroy(transport->path);
    path_destroy(transport->next);
    path_destroy(transport->old);
    g_queue_clear_full(&transport->early_packets, (GDestroyNotify)g_byte_array_unref);
    g_free(transport);
}

void transport_describe(struct transport *transport, struct sdp_transport *own)
{
    g_autofree char *ufrag = NULL, *pwd = NULL;
    ice_local_credentials((transport->next ? transport->next : transport->path)->ice, &ufrag, &pwd);
    g_strlcpy(own->ufrag, ufrag, sizeof own->ufrag);
    g_strlcpy(own->pwd, pwd, sizeof own->pwd);
    own->fingerprints[0] = *dtls_identity_fingerprint(transport->identity);
    own->n_fingerprints = 1;
}

static void add_candidate_now(struct path *path, const char *candidate)
{
    if (!ice_add_remote_candidate(path->ice, candidate))
        g_debug("skipped the candidate \"%.100s\"", candidate);
}

static void path_start(struct path *path, const struct sdp_transport *remote)
{
    path->started = true;
    path->started_us = g_get_monotonic_time();
    ice_set_remote_credentials(path->ice, remote->ufrag, remote->pwd);
    char *candidate;
    while ((candidate = g_queue_pop_head(&path->early_candidates))) {
        add_candidate_now(path, candidate);
        g_free(candidate);
    }
    if (path->remote_candidates_end)
        ice_end_of_remote_candidates(path->ice);
}

bool transport_start(struct transport *transport, const struct sdp_transport *remote, bool remote_is_lite, bool client)
{
    if (!make_dtls(transport, client))
        return false;
    if (remote_is_lite)
        ice_set_controlling(transport->path->ice);
    path_start(transport->path, remote);
    dtls_start(transport->dtls);
    dtls_set_remote_fingerprints(transport->dtls, remote->fingerprints, remote->n_fingerprints);
    return true;
}

bool transport_restart(struct transport *transport)
{
    g_clear_pointer(&transport->next, path_destroy);
    transport->next = path_create(transport);
    if (path_open(transport->next))
        return true;
    g_clear_pointer(&transport->next, path_destroy);
    return false;
}

void transport_follow_restart(struct transport *transport, const struct sdp_transport *remote)
{
    if (transport->next && !transport->next->started)
        path_start(transport->next, remote);
}

bool transport_is_dtls_client(const struct transport *transport)
{
    return transport->dtls && dtls_is_client(transport->dtls);
}

void transport_set_ice_servers(struct transport *transport, struct ice_servers *servers)
{
    transport->ice_servers = servers;
    ice_set_servers((transport->next ? transport->next : transport->path)->ice, servers);
}

void transport_add_candidate(struct transport *transport, const char *candidate)
{
    struct path *path = transport->next && transport->next->started ? transport->next : transport->path;
    if (path->started && candidate)
        add_candidate_now(path, candidate);
    else if (path->started)
        ice_end_of_remote_candidates(path->ice);
    else if (!candidate)
        path->remote_candidates_end = true;
    else if (path->early_candidates.length < MAX_EARLY_CANDIDATES)
        g_queue_push_tail(&path->early_candidates, g_strndup(candidate, MAX_PACKET));
}

bool transport_send(struct transport *transport, uint8_t *packet, size_t size, bool rtcp)
{
    if (transport->state != TRANSPORT_CONNECTED)
        return false;
    return (rtcp ? srtp_session_protect_rtcp(transport->srtp, packet, &size)
                 : srtp_session_protect_rtp(transport->srtp, packet, &size)) &&
           send_datagram(transport, packet, size);
}

void transport_close(struct transport *transport)
{
    if (transport->dtls)
        dtls_close(transport->dtls);
    transport->state = TRANSPORT_CLOSED; /* a path that is found now connects nobody */
}

bool transport_fingerprints(const struct transport *transport, struct fingerprint *own, struct fingerprint *remote)
{
    *own = *dtls_identity_fingerprint(transport->identity);
    return transport->state == TRANSPORT_CONNECTED && dtls_remote_fingerprint(transport->dtls, remote);
}

struct transport_times transport_times(const struct transport *transport)
{
    return transport->times;
}

struct transport_traffic transport_traffic(const struct transport *transport)
{
    return transport->traffic;
}
