#include "net/transport/dtls_identity.h"

#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include "net/transport/srtp.h"

enum { VALID_SECONDS = 30 * 24 * 3600, BACKDATED_SECONDS = 24 * 3600 }; /* the other's clock may be behind */

struct dtls_identity {
    SSL_CTX *context; /* owns key and certificate */
    struct fingerprint fingerprint;
};

const char *dtls_error(void)
{
    unsigned long code = ERR_peek_last_error();
    ERR_clear_error();
    const char *reason = code ? ERR_reason_error_string(code) : NULL;
    return reason ? reason : "unknown error";
}

bool dtls_certificate_fingerprint(const X509 *certificate, struct fingerprint *fingerprint)
{
    const EVP_MD *hash = fingerprint->size == FINGERPRINT_SHA_512   ? EVP_sha512()
                         : fingerprint->size == FINGERPRINT_SHA_384 ? EVP_sha384()
                                                                    : EVP_sha256();
    unsigned length;
    return X509_digest(certificate, hash, fingerprint->bytes, &length) && length == fingerprint->size;
}

static bool set_serial(X509 *certificate)
{
    BIGNUM *serial = BN_new();
    bool ok = serial && BN_rand(serial, 63, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) &&
              BN_to_ASN1_INTEGER(serial, X509_get_serialNumber(certificate));
    BN_free(serial);
    return ok;
}

static X509 *make_certificate(EVP_PKEY *key)
{
    X509 *certificate = X509_new();
    if (!certificate)
        return NULL;
    X509_NAME *name = X509_get_subject_name(certificate);
    bool ok = X509_set_version(certificate, X509_VERSION_3) && set_serial(certificate) &&
              X509_gmtime_adj(X509_getm_notBefore(certificate), -BACKDATED_SECONDS) &&
              X509_gmtime_adj(X509_getm_notAfter(certificate), VALID_SECONDS) &&
              X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"WebRTC", -1, -1, 0) &&
              X509_set_issuer_name(certificate, name) && X509_set_pubkey(certificate, key) &&
              X509_sign(certificate, key, EVP_sha256());
    if (ok)
        return certificate;
    X509_free(certificate);
    return NULL;
}

static bool configure(SSL_CTX *context, EVP_PKEY *key, X509 *certificate)
{
    SSL_CTX_set_options(context,
                        SSL_OP_NO_QUERY_MTU | SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_quiet_shutdown(context, 0);
    return SSL_CTX_set_min_proto_version(context, DTLS1_2_VERSION) &&
           SSL_CTX_set_cipher_list(context, "ECDHE+AESGCM:ECDHE+CHACHA20:ECDHE+AES:!aNULL:!PSK") &&
           SSL_CTX_set1_groups_list(context, "X25519:P-256:P-384") &&
           /* This one returns 0 for success. */
           SSL_CTX_set_tlsext_use_srtp(context, "SRTP_AEAD_AES_128_GCM:SRTP_AES128_CM_SHA1_80") == 0 &&
           SSL_CTX_use_certificate(context, certificate) && SSL_CTX_use_PrivateKey(context, key);
}

struct dtls_identity *dtls_identity_create(void)
{
    struct dtls_identity *identity = g_new0(struct dtls_identity, 1);
    identity->fingerprint.size = FINGERPRINT_SHA_256;
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *certificate = key ? make_certificate(key) : NULL;
    identity->context = SSL_CTX_new(DTLS_method());
    bool ok = srtp_library_init() && certificate && identity->context &&
              configure(identity->context, key, certificate) &&
              dtls_certificate_fingerprint(certificate, &identity->fingerprint);
    X509_free(certificate);
    EVP_PKEY_free(key);
    if (ok)
        return identity;
    g_warning("cannot make a key and certificate for encrypted calls: %s", dtls_error());
    dtls_identity_destroy(identity);
    return NULL;
}

void dtls_identity_destroy(struct dtls_identity *identity)
{
    if (!identity)
        return;
    SSL_CTX_free(identity->context);
    g_free(identity);
}

const struct fingerprint *dtls_identity_fingerprint(const struct dtls_identity *identity)
{
    return &identity->fingerprint;
}

SSL_CTX *dtls_identity_ssl(const struct dtls_identity *identity)
{
    return identity->context;
}
