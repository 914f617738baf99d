#include "net/transport/dtls.h"

#include <string.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "net/transport/dtls_identity.h"
#include "platform/deadline.h"

/* OpenSSL waits a second before it repeats a lost flight; a call can't. Doubling from 50 ms, or the round trip, it
 * gives up (after 12 repetitions, a limit of its own) about 15 s later. */
enum { FIRST_TIMEOUT_US = 50000, MAX_TIMEOUT_US = 2000000 };
/* What could not be sent for sure is tried again soon: on the way there it may have overtaken the connectivity check
 * that opens the door, which ICE sends 5 ms after the answer. */
enum { KEPT_FIRST_US = 7000, KEPT_MAX_US = 56000 };
enum { MTU = 1200, IP_UDP_OVERHEAD = 28, MAX_KEPT = 16, RECORD_HEADER = 13 };

struct dtls {
    SSL *ssl;
    bool client;
    enum dtls_state state;
    bool handshake_done;
    struct fingerprint remote_fingerprints[DTLS_MAX_FINGERPRINTS];
    int n_remote_fingerprints;
    bool wrong_fingerprint;
    const uint8_t *incoming; /* the datagram that OpenSSL reads just now, borrowed; NULL: none */
    size_t incoming_size;
    bool answers;              /* what OpenSSL writes next is its answer to what came */
    GQueue kept;               /* GBytes: datagrams of the last flight that could not be sent yet */
    int64_t kept_wait_us;      /* until they are tried again */
    int64_t left_us;           /* when the last of them left; before any has: 0 */
    unsigned first_timeout_us; /* until a flight is repeated for the first time */
    struct deadline *timer;
    const struct dtls_listener *listener;
    void *user_data;
};

/* ---- OpenSSL's view of the network: datagrams, which BIO_s_mem would glue together ---- */

/* The flight before was answered or is written anew: what is kept of it had arrived after all, and must not follow
 * behind this one. werift's server (0.24), for one, begins anew at each first ClientHello, and both ends are stuck. */
static void begin_flight(struct dtls *dtls)
{
    dtls->answers = false;
    g_queue_clear_full(&dtls->kept, (GDestroyNotify)g_bytes_unref);
}

static int bio_write(BIO *bio, const char *data, int size)
{
    struct dtls *dtls = BIO_get_data(bio);
    if (dtls->answers)
        begin_flight(dtls);
    bool sent = dtls->listener->send(dtls->user_data, (const uint8_t *)data, (size_t)size);
    if (!sent && dtls->kept.length < MAX_KEPT)
        g_queue_push_tail(&dtls->kept, g_bytes_new(data, (size_t)size));
    return size;
}

static int bio_read(BIO *bio, char *out, int room)
{
    struct dtls *dtls = BIO_get_data(bio);
    BIO_clear_retry_flags(bio);
    if (!dtls->incoming) {
        BIO_set_retry_read(bio);
        return -1;
    }
    int size = (int)MIN(dtls->incoming_size, (size_t)room);
    memcpy(out, dtls->incoming, (size_t)size);
    dtls->incoming = NULL;
    return size;
}

static long bio_control(BIO *bio, int command, long number, void *pointer)
{
    (void)bio;
    (void)number;
    (void)pointer;
    switch (command) {
    case BIO_CTRL_FLUSH:
        return 1;
    case BIO_CTRL_DGRAM_QUERY_MTU:
    case BIO_CTRL_DGRAM_GET_FALLBACK_MTU:
        return MTU;
    case BIO_CTRL_DGRAM_GET_MTU_OVERHEAD:
        return IP_UDP_OVERHEAD;
    default:
        return 0;
    }
}

static BIO_METHOD *make_bio_method(void)
{
    BIO_METHOD *method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "datagrams");
    if (!method)
        return NULL;
    BIO_meth_set_write(method, bio_write);
    BIO_meth_set_read(method, bio_read);
    BIO_meth_set_ctrl(method, bio_control);
    return method;
}

/* One for the process; where OpenSSL has no memory for it just now, the next connection tries again. */
static const BIO_METHOD *bio_method(void)
{
    static BIO_METHOD *method;
    static GMutex mutex;
    g_mutex_lock(&mutex);
    if (!method)
        method = make_bio_method();
    g_mutex_unlock(&mutex);
    return method;
}

static BIO *make_bio(struct dtls *dtls)
{
    const BIO_METHOD *method = bio_method();
    BIO *bio = method ? BIO_new(method) : NULL;
    if (bio) {
        BIO_set_data(bio, dtls);
        BIO_set_init(bio, 1);
    }
    return bio;
}

/* ---- state ---- */

static void set_state(struct dtls *dtls, enum dtls_state state, const char *why)
{
    if (dtls->state == state || dtls->state == DTLS_FAILED || dtls->state == DTLS_CLOSED)
        return;
    dtls->state = state;
    if (state == DTLS_FAILED || state == DTLS_CLOSED)
        deadline_set(dtls->timer, INT64_MAX);
    dtls->listener->state(dtls->user_data, state, why);
}

static bool is_over(const struct dtls *dtls)
{
    return dtls->state == DTLS_FAILED || dtls->state == DTLS_CLOSED;
}

/* The certificate says nothing by itself: its fingerprint came over the signalling, and that is what counts. */
static bool certificate_is_right(struct dtls *dtls, const X509 *certificate)
{
    bool right = false;
    for (int i = 0; certificate && !right && i < dtls->n_remote_fingerprints; i++) {
        const struct fingerprint *named = &dtls->remote_fingerprints[i];
        struct fingerprint own = { .size = named->size };
        right = dtls_certificate_fingerprint(certificate, &own) && !memcmp(own.bytes, named->bytes, named->size);
    }
    dtls->wrong_fingerprint = !right;
    return right;
}

/* Within the handshake, so that the other side gets an alert. Whatever else OpenSSL dislikes about a self-signed
 * certificate (`sound` is false then) does not matter. */
static int verify(int sound, X509_STORE_CTX *store)
{
    (void)sound;
    SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
    struct dtls *dtls = SSL_get_app_data(ssl);
    return !dtls->n_remote_fingerprints || certificate_is_right(dtls, X509_STORE_CTX_get0_cert(store));
}

static void fail(struct dtls *dtls, const char *why)
{
    if (dtls->wrong_fingerprint)
        why = "the other side's certificate is not the one that its description names";
    if (!is_over(dtls))
        g_info("DTLS: %s", why);
    set_state(dtls, DTLS_FAILED, why);
}

/* A server may have finished before the answer with the fingerprint was here; nothing counts until both are. */
static void finish(struct dtls *dtls)
{
    if (!dtls->handshake_done || !dtls->n_remote_fingerprints || dtls->state != DTLS_HANDSHAKE)
        return;
    X509 *certificate = SSL_get1_peer_certificate(dtls->ssl);
    bool right = certificate_is_right(dtls, certificate);
    X509_free(certificate);
    if (right)
        set_state(dtls, DTLS_CONNECTED, NULL);
    else
        fail(dtls, NULL);
}

/* OpenSSL's timer ran while a flight was kept: what has just left is not repeated at once (RFC 6347 section 4.2.4). */
static void arm_timer(struct dtls *dtls)
{
    struct timeval left;
    if (!is_over(dtls) && !g_queue_is_empty(&dtls->kept))
        deadline_set(dtls->timer, g_get_monotonic_time() + (dtls->kept_wait_us = KEPT_FIRST_US));
    else if (!is_over(dtls) && DTLSv1_get_timeout(dtls->ssl, &left))
        deadline_set(dtls->timer, MAX(g_get_monotonic_time() + (int64_t)left.tv_sec * G_USEC_PER_SEC + left.tv_usec,
                                      dtls->left_us + dtls->first_timeout_us));
    else
        deadline_set(dtls->timer, INT64_MAX);
}

/* After SSL_do_handshake or SSL_read returned `result` <= 0. */
static void judge(struct dtls *dtls, int result)
{
    int error = SSL_get_error(dtls->ssl, result);
    if (error == SSL_ERROR_ZERO_RETURN)
        set_state(dtls, DTLS_CLOSED, "the other side closed");
    else if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE) {
        g_autofree char *why = g_strdup_printf("the encryption handshake failed: %s", dtls_error());
        fail(dtls, why);
    }
}

static void advance(struct dtls *dtls)
{
    ERR_clear_error();
    if (!dtls->handshake_done) {
        int result = SSL_do_handshake(dtls->ssl);
        if (result <= 0)
            judge(dtls, result);
        dtls->handshake_done = result == 1;
        finish(dtls);
    }
    /* Data channels are not negotiated: what comes is dropped, close_notify and repeated handshake flights are not. */
    uint8_t nothing[2048];
    int result = 1;
    while (dtls->handshake_done && !is_over(dtls) && result > 0)
        result = SSL_read(dtls->ssl, nothing, sizeof nothing);
    if (result <= 0 && !is_over(dtls))
        judge(dtls, result);
    arm_timer(dtls);
}

static void on_timer(void *user_data)
{
    struct dtls *dtls = user_data;
    if (!g_queue_is_empty(&dtls->kept)) {
        /* Repeating a flight that never left would only queue it twice. */
        dtls_flush(dtls);
        if (g_queue_is_empty(&dtls->kept))
            return;
        dtls->kept_wait_us = MIN(2 * dtls->kept_wait_us, KEPT_MAX_US);
        deadline_set(dtls->timer, g_get_monotonic_time() + dtls->kept_wait_us);
        return;
    }
    ERR_clear_error();
    if (DTLSv1_handle_timeout(dtls->ssl) < 0)
        fail(dtls, "the other side does not answer the encryption handshake");
    arm_timer(dtls);
}

static unsigned next_timeout(SSL *ssl, unsigned timeout_us)
{
    const struct dtls *dtls = SSL_get_app_data(ssl);
    return timeout_us ? MIN(2 * timeout_us, MAX_TIMEOUT_US) : dtls->first_timeout_us;
}

/* ---- interface ---- */

static bool set_up(struct dtls *dtls)
{
    BIO *bio = make_bio(dtls);
    if (!bio)
        return false;
    SSL_set_bio(dtls->ssl, bio, bio);
    if (!SSL_set_app_data(dtls->ssl, dtls))
        return false;
    SSL_set_verify(dtls->ssl, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, verify);
    SSL_set_mtu(dtls->ssl, MTU);
    DTLS_set_timer_cb(dtls->ssl, next_timeout);
    if (dtls->client)
        SSL_set_connect_state(dtls->ssl);
    else
        SSL_set_accept_state(dtls->ssl);
    return true;
}

struct dtls *dtls_create(const struct dtls_config *config)
{
    struct dtls *dtls = g_new0(struct dtls, 1);
    dtls->client = config->client;
    dtls->listener = config->listener;
    dtls->user_data = config->user_data;
    dtls->first_timeout_us = FIRST_TIMEOUT_US;
    g_queue_init(&dtls->kept);
    dtls->timer = deadline_create(config->context, on_timer, dtls);
    deadline_set_priority(dtls->timer, G_PRIORITY_DEFAULT + 1); /* after ICE's checks where the loop was away */
    dtls->ssl = SSL_new(dtls_identity_ssl(config->identity));
    if (dtls->ssl && set_up(dtls))
        return dtls;
    g_warning("OpenSSL refuses a DTLS session: %s", dtls_error());
    dtls_destroy(dtls);
    return NULL;
}

void dtls_destroy(struct dtls *dtls)
{
    if (!dtls)
        return;
    SSL_free(dtls->ssl);
    deadline_destroy(dtls->timer);
    g_queue_clear_full(&dtls->kept, (GDestroyNotify)g_bytes_unref);
    g_free(dtls);
}

void dtls_start(struct dtls *dtls)
{
    if (dtls->state != DTLS_NEW)
        return;
    dtls->state = DTLS_HANDSHAKE;
    if (dtls->client)
        advance(dtls);
}

void dtls_set_remote_fingerprints(struct dtls *dtls, const struct fingerprint *fingerprints, int n)
{
    dtls->n_remote_fingerprints = MIN(n, DTLS_MAX_FINGERPRINTS);
    memcpy(dtls->remote_fingerprints, fingerprints, (size_t)dtls->n_remote_fingerprints * sizeof *fingerprints);
    finish(dtls);
}

void dtls_set_round_trip(struct dtls *dtls, int64_t us)
{
    dtls->first_timeout_us = (unsigned)CLAMP(us + us / 4, FIRST_TIMEOUT_US, MAX_TIMEOUT_US);
}

void dtls_receive(struct dtls *dtls, const uint8_t *data, size_t size)
{
    if (is_over(dtls) || dtls->state == DTLS_NEW || size < RECORD_HEADER)
        return;
    dtls->incoming = data;
    dtls->incoming_size = size;
    dtls->answers = true;
    advance(dtls);
    dtls->answers = false;
    dtls->incoming = NULL;
}

void dtls_flush(struct dtls *dtls)
{
    for (GList *each = dtls->kept.head, *next; each; each = next) {
        size_t size;
        const uint8_t *data = g_bytes_get_data(each->data, &size);
        next = each->next;
        if (!dtls->listener->send(dtls->user_data, data, size))
            continue;
        dtls->left_us = g_get_monotonic_time();
        g_bytes_unref(each->data);
        g_queue_delete_link(&dtls->kept, each);
    }
    if (g_queue_is_empty(&dtls->kept))
        arm_timer(dtls);
}

void dtls_close(struct dtls *dtls)
{
    if (!dtls->handshake_done || is_over(dtls))
        return;
    ERR_clear_error();
    SSL_shutdown(dtls->ssl);
    ERR_clear_error();
    dtls->state = DTLS_CLOSED;
    deadline_set(dtls->timer, INT64_MAX);
}

bool dtls_is_client(const struct dtls *dtls)
{
    return dtls->client;
}

enum dtls_state dtls_current_state(const struct dtls *dtls)
{
    return dtls->state;
}

bool dtls_remote_fingerprint(const struct dtls *dtls, struct fingerprint *fingerprint)
{
    if (dtls->state != DTLS_CONNECTED)
        return false;
    *fingerprint = (struct fingerprint){ .size = FINGERPRINT_SHA_256 };
    X509 *certificate = SSL_get1_peer_certificate(dtls->ssl);
    bool known = certificate && dtls_certificate_fingerprint(certificate, fingerprint);
    X509_free(certificate);
    return known;
}

/* RFC 5764, 4.2: client key, server key, client salt, server salt. */
bool dtls_export_keys(struct dtls *dtls, struct srtp_keys *keys)
{
    static const char label[] = "EXTRACTOR-dtls_srtp";
    const SRTP_PROTECTION_PROFILE *profile = SSL_get_selected_srtp_profile(dtls->ssl);
    if (!profile || (profile->id != SRTP_AEAD_AES_128_GCM && profile->id != SRTP_AES128_CM_SHA1_80)) {
        g_info("DTLS: no SRTP protection profile in common");
        return false;
    }
    bool gcm = profile->id == SRTP_AEAD_AES_128_GCM;
    size_t salt = gcm ? 12 : 14;
    uint8_t material[2 * (SRTP_KEY + SRTP_SALT_MAX)];
    size_t size = 2 * (SRTP_KEY + salt);
    if (SSL_export_keying_material(dtls->ssl, material, size, label, sizeof label - 1, NULL, 0, 0) != 1) {
        g_warning("OpenSSL exports no keys: %s", dtls_error());
        return false;
    }
    memset(keys, 0, sizeof *keys);
    keys->protection = gcm ? SRTP_AEAD_GCM : SRTP_CM_SHA1_80;
    uint8_t *client = dtls->client ? keys->local : keys->remote, *server = dtls->client ? keys->remote : keys->local;
    memcpy(client, material, SRTP_KEY);
    memcpy(server, material + SRTP_KEY, SRTP_KEY);
    memcpy(client + SRTP_KEY, material + 2 * SRTP_KEY, salt);
    memcpy(server + SRTP_KEY, material + 2 * SRTP_KEY + salt, salt);
    OPENSSL_cleanse(material, sizeof material);
    return true;
}
