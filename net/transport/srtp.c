#include "net/transport/srtp.h"

#include <string.h>

#include <glib.h>
#include <srtp2/srtp.h>

G_STATIC_ASSERT(SRTP_OVERHEAD >= SRTP_MAX_TRAILER_LEN + 4);

enum {
    REPLAY_WINDOW = 1024,  /* packets: a retransmission comes a round trip late */
    MAX_REMOTE_SSRCS = 32, /* libsrtp keeps a context for each; an authenticated sender may not grow it for ever */
};

struct srtp_session {
    srtp_t outgoing, incoming;
    uint32_t remote_ssrcs[MAX_REMOTE_SSRCS];
    int n_remote_ssrcs;
};

/* Once for the process; where it fails, the next connection tries again. */
bool srtp_library_init(void)
{
    static bool initialised;
    static GMutex mutex;
    g_mutex_lock(&mutex);
    initialised = initialised || srtp_init() == srtp_err_status_ok;
    bool good = initialised;
    g_mutex_unlock(&mutex);
    return good;
}

static bool create_direction(srtp_t *direction, const struct srtp_keys *keys, const uint8_t *key, srtp_ssrc_type_t type)
{
    srtp_profile_t profile = keys->protection == SRTP_AEAD_GCM ? srtp_profile_aead_aes_128_gcm
                                                               : srtp_profile_aes128_cm_sha1_80;
    uint8_t copy[SRTP_MAX_KEY_LEN] = { 0 };
    memcpy(copy, key, SRTP_KEY + SRTP_SALT_MAX);
    srtp_policy_t policy = { .ssrc.type = type, .key = copy, .window_size = REPLAY_WINDOW, .allow_repeat_tx = 1 };
    bool ok = srtp_crypto_policy_set_from_profile_for_rtp(&policy.rtp, profile) == srtp_err_status_ok &&
              srtp_crypto_policy_set_from_profile_for_rtcp(&policy.rtcp, profile) == srtp_err_status_ok &&
              srtp_create(direction, &policy) == srtp_err_status_ok;
    memset(copy, 0, sizeof copy);
    return ok;
}

struct srtp_session *srtp_session_create(const struct srtp_keys *keys)
{
    struct srtp_session *session = g_new0(struct srtp_session, 1);
    if (srtp_library_init() && create_direction(&session->outgoing, keys, keys->local, ssrc_any_outbound) &&
        create_direction(&session->incoming, keys, keys->remote, ssrc_any_inbound))
        return session;
    g_warning("libsrtp refuses to encrypt");
    srtp_session_destroy(session);
    return NULL;
}

void srtp_session_destroy(struct srtp_session *session)
{
    if (!session)
        return;
    if (session->outgoing)
        srtp_dealloc(session->outgoing);
    if (session->incoming)
        srtp_dealloc(session->incoming);
    g_free(session);
}

static bool apply(srtp_err_status_t (*function)(srtp_t, void *, int *), srtp_t direction, uint8_t *packet, size_t *size)
{
    if (*size > G_MAXINT16 * 2)
        return false;
    int length = (int)*size;
    if (function(direction, packet, &length) != srtp_err_status_ok)
        return false;
    *size = (size_t)length;
    return true;
}

bool srtp_session_protect_rtp(struct srtp_session *session, uint8_t *packet, size_t *size)
{
    return apply(srtp_protect, session->outgoing, packet, size);
}

bool srtp_session_protect_rtcp(struct srtp_session *session, uint8_t *packet, size_t *size)
{
    return apply(srtp_protect_rtcp, session->outgoing, packet, size);
}

static bool knows(const struct srtp_session *session, uint32_t ssrc)
{
    for (int i = 0; i < session->n_remote_ssrcs; i++)
        if (session->remote_ssrcs[i] == ssrc)
            return true;
    return false;
}

/* The SSRC counts only once a packet of it was authentic: a forger can't fill the table. */
static bool unprotect(struct srtp_session *session, srtp_err_status_t (*function)(srtp_t, void *, int *),
                      size_t ssrc_at, uint8_t *packet, size_t *size)
{
    if (*size < ssrc_at + 4)
        return false;
    const uint8_t *at = packet + ssrc_at;
    uint32_t ssrc = (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
    bool known = knows(session, ssrc);
    if ((!known && session->n_remote_ssrcs == MAX_REMOTE_SSRCS) || !apply(function, session->incoming, packet, size))
        return false;
    if (!known)
        session->remote_ssrcs[session->n_remote_ssrcs++] = ssrc;
    return true;
}

bool srtp_session_unprotect_rtp(struct srtp_session *session, uint8_t *packet, size_t *size)
{
    return *size >= 12 && unprotect(session, srtp_unprotect, 8, packet, size);
}

bool srtp_session_unprotect_rtcp(struct srtp_session *session, uint8_t *packet, size_t *size)
{
    return unprotect(session, srtp_unprotect_rtcp, 4, packet, size);
}
