/* Offer and answer (RFC 8829) and ICE restarts (RFC 8445, 9): what is said about a connection, and what follows from
 * it. */
#include "net/peer/parts.h"

#include <string.h>

enum { CONNECT_TIMEOUT_US = 30 * 1000000 }; /* trickle ICE without an end of candidates never gives up by itself */

/* Completes `local` with what is ours, makes it the peer's description and writes it. */
static char *describe(struct peer *peer, struct sdp *local, enum sdp_setup setup)
{
    struct sdp_transport own = { .setup = setup };
    transport_describe(peer->transport, &own);
    for (int i = 0; i < local->n_media; i++)
        local->media[i].transport = own;
    sdp_restrict(local, peer->direction);
    peer_media_describe(peer->media, local);
    for (guint i = 0; i < peer->candidates->len; i++)
        sdp_add_candidate(local, g_ptr_array_index(peer->candidates, i));
    peer_events_drop(&peer->events, PEER_EVENT_CANDIDATE);
    if (peer->gathered)
        peer_tell(peer, &(struct peer_event){ PEER_EVENT_CANDIDATE, .candidate = NULL });
    if (peer->local) { /* the same session still (RFC 3264, 8) */
        local->session = peer->local->session;
        local->version = peer->local->version + 1;
    }
    sdp_free(peer->local);
    peer->local = local;
    peer_schedule(peer);
    return sdp_write(local);
}

char *peer_describe_again(struct peer *peer)
{
    for (guint i = (guint)peer->local->n_candidates; i < peer->candidates->len; i++)
        sdp_add_candidate(peer->local, g_ptr_array_index(peer->candidates, i));
    return sdp_write(peer->local);
}

/* Both descriptions are there: `agreed` is the answer, whoever wrote it. */
static void start(struct peer *peer, struct sdp *agreed, struct sdp *remote, bool client)
{
    peer->remote = *sdp_transport(remote);
    peer->milestones.remote_description_us = g_get_monotonic_time();
    peer->give_up_at_us = peer->milestones.remote_description_us + CONNECT_TIMEOUT_US;
    peer_set_state(peer, PEER_CONNECTING, NULL);
    peer_media_negotiated(peer->media, agreed, remote, agreed != remote);
    for (int i = 0; i < remote->n_candidates; i++)
        transport_add_candidate(peer->transport, remote->candidates[i]);
    if (!transport_start(peer->transport, sdp_transport(remote), remote->ice_lite, client))
        peer_set_state(peer, PEER_FAILED, "encryption could not be set up");
    peer_schedule(peer);
}

static bool refuse(char **error, const char *why)
{
    *error = g_strdup(why);
    return false;
}

char *peer_offer(struct peer *peer)
{
    g_assert(peer->offerer);
    struct sdp *offer = sdp_offer(peer->preferred);
    if (peer->direction != SDP_SENDRECV) /* a media server passes on what it has */
        sdp_find(offer, SDP_AUDIO)->red = 0;
    return describe(peer, offer, SDP_ACTPASS);
}

/* ---- restart ---- */

static bool begin_restart(struct peer *peer)
{
    g_ptr_array_set_size(peer->candidates, 0);
    peer->gathered = false;
    return transport_restart(peer->transport);
}

char *peer_restart(struct peer *peer)
{
    if (peer->state != PEER_CONNECTED || !begin_restart(peer))
        return NULL;
    peer->restarting = true;
    return describe(peer, sdp_offer_again(peer->local), SDP_ACTPASS);
}

static bool same_certificates(const struct sdp_transport *one, const struct sdp_transport *other)
{
    return one->n_fingerprints == other->n_fingerprints &&
           !memcmp(one->fingerprints, other->fingerprints, (size_t)one->n_fingerprints * sizeof *one->fingerprints);
}

/* The same end as before, with new credentials? */
static bool check_restart(struct peer *peer, struct sdp *remote, char **error)
{
    const struct sdp_transport *transport = sdp_transport(remote);
    if (!transport || !*transport->ufrag || !*transport->pwd)
        return refuse(error, "no ICE credentials");
    if (transport->n_fingerprints && !same_certificates(transport, &peer->remote))
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
    peer_schedule(peer);
}

static char *answer_restart(struct peer *peer, const char *offer, char **error)
{
    if (peer->restarting && peer->offerer) {
        refuse(error, "our own offer of a restart stands");
        return NULL;
    }
    struct sdp *remote = sdp_parse(offer, error);
    struct sdp *answer = remote && check_restart(peer, remote, error) ? sdp_answer(remote, peer->preferred, error)
                                                                      : NULL;
    char *text = NULL;
    if (answer && begin_restart(peer)) {
        sdp_keep_agreed(answer, peer->local);
        text = describe(peer, answer, transport_is_dtls_client(peer->transport) ? SDP_ACTIVE : SDP_PASSIVE);
        follow_restart(peer, remote);
    } else if (answer) {
        refuse(error, "no network to restart with");
        sdp_free(answer);
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
    if (ok) {
        sdp_keep_agreed(peer->local, remote);
        start(peer, remote, remote, sdp_transport(remote)->setup == SDP_PASSIVE);
    }
    sdp_free(remote);
    return ok;
}

void peer_set_ice_servers(struct peer *peer, struct ice_servers *servers)
{
    transport_set_ice_servers(peer->transport, servers);
    peer_schedule(peer);
}

void peer_add_candidate(struct peer *peer, const char *candidate)
{
    transport_add_candidate(peer->transport, candidate);
    peer_schedule(peer);
}
