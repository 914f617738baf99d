/* libnice's and libsrtp's. That an agent can be made, and knows its own credentials, is given: GLib has ended the
 * program where not. */
#include <nice/agent.h>
#include <srtp2/srtp.h>

#include "fail_call.h"

/* To detach never fails. */
FAIL_VISIBLE gboolean nice_agent_attach_recv(NiceAgent *agent, guint stream, guint component, GMainContext *context,
                                             NiceAgentRecvFunc receive, gpointer data)
{
    FAIL_REAL(gboolean, nice_agent_attach_recv,
              (NiceAgent *, guint, guint, GMainContext *, NiceAgentRecvFunc, gpointer));
    if (receive && fail_now(FAIL_ICE, "nice_agent_attach_recv"))
        return FALSE;
    return real(agent, stream, component, context, receive, data);
}

/* clang-format off */
#define ICE(type, name, parameters, arguments, failed)                                                                 \
    FAIL_ANSWER(FAIL_ICE, type, name, parameters, arguments, failed)
ICE(guint, nice_agent_add_stream, (NiceAgent *a, guint n), (a, n), 0)
ICE(gboolean, nice_agent_set_stream_name, (NiceAgent *a, guint s, const gchar *n), (a, s, n), FALSE)
ICE(gboolean, nice_agent_gather_candidates, (NiceAgent *a, guint s), (a, s), FALSE)
ICE(gboolean, nice_agent_set_remote_credentials, (NiceAgent *a, guint s, const gchar *u, const gchar *p),
    (a, s, u, p), FALSE)
ICE(NiceCandidate *, nice_agent_parse_remote_candidate_sdp, (NiceAgent *a, guint s, const gchar *t), (a, s, t), NULL)
ICE(int, nice_agent_set_remote_candidates, (NiceAgent *a, guint s, guint c, const GSList *l), (a, s, c, l), -1)
ICE(gboolean, nice_agent_peer_candidate_gathering_done, (NiceAgent *a, guint s), (a, s), FALSE)
ICE(gint, nice_agent_send, (NiceAgent *a, guint s, guint c, guint n, const gchar *b), (a, s, c, n, b), -1)
ICE(GPtrArray *, nice_agent_get_sockets, (NiceAgent *a, guint s, guint c), (a, s, c), NULL)
ICE(gchar *, nice_agent_generate_local_candidate_sdp, (NiceAgent *a, NiceCandidate *c), (a, c), NULL)

#define SRTP(name, parameters, arguments, failed)                                                                      \
    FAIL_ANSWER(FAIL_SRTP, srtp_err_status_t, name, parameters, arguments, failed)
SRTP(srtp_init, (void), (), srtp_err_status_alloc_fail)
SRTP(srtp_create, (srtp_t *s, const srtp_policy_t *p), (s, p), srtp_err_status_alloc_fail)
SRTP(srtp_protect, (srtp_t s, void *b, int *n), (s, b, n), srtp_err_status_cipher_fail)
SRTP(srtp_unprotect, (srtp_t s, void *b, int *n), (s, b, n), srtp_err_status_auth_fail)
SRTP(srtp_protect_rtcp, (srtp_t s, void *b, int *n), (s, b, n), srtp_err_status_cipher_fail)
SRTP(srtp_unprotect_rtcp, (srtp_t s, void *b, int *n), (s, b, n), srtp_err_status_auth_fail)
/* clang-format on */
