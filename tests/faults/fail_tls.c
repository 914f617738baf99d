/* OpenSSL's: what is made and asked, each time with an error that stays with OpenSSL, as it does it; and its memory. */
#include <glib.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdlib.h>

#include "fail_call.h"

static int refuse(void)
{
    ERR_raise(ERR_LIB_SSL, ERR_R_MALLOC_FAILURE);
    return 0;
}

/* clang-format off */
#define TLS(type, name, parameters, arguments, failed)                                                                 \
    FAIL_ANSWER(FAIL_TLS, type, name, parameters, arguments, (refuse(), failed))
TLS(SSL_CTX *, SSL_CTX_new, (const SSL_METHOD *m), (m), NULL)
TLS(int, SSL_CTX_use_certificate, (SSL_CTX *c, X509 *x), (c, x), 0)
TLS(int, SSL_CTX_use_certificate_chain_file, (SSL_CTX *c, const char *f), (c, f), 0)
TLS(int, SSL_CTX_use_PrivateKey, (SSL_CTX *c, EVP_PKEY *k), (c, k), 0)
TLS(int, SSL_CTX_use_PrivateKey_file, (SSL_CTX *c, const char *f, int t), (c, f, t), 0)
TLS(int, SSL_CTX_set_cipher_list, (SSL_CTX *c, const char *l), (c, l), 0)
TLS(int, SSL_CTX_load_verify_file, (SSL_CTX *c, const char *f), (c, f), 0)
TLS(int, SSL_CTX_set_tlsext_use_srtp, (SSL_CTX *c, const char *l), (c, l), 1)
TLS(SSL *, SSL_new, (SSL_CTX *c), (c), NULL)
TLS(int, SSL_set_alpn_protos, (SSL *s, const unsigned char *p, unsigned n), (s, p, n), 1)
TLS(int, X509_VERIFY_PARAM_set1_host, (X509_VERIFY_PARAM *v, const char *n, size_t l), (v, n, l), 0)
TLS(int, SSL_accept, (SSL *s), (s), -1)
TLS(int, SSL_connect, (SSL *s), (s), -1)
TLS(int, SSL_do_handshake, (SSL *s), (s), -1)
TLS(int, SSL_read, (SSL *s, void *b, int n), (s, b, n), -1)
TLS(int, SSL_write, (SSL *s, const void *b, int n), (s, b, n), -1)
TLS(int, SSL_shutdown, (SSL *s), (s), -1)
TLS(X509 *, SSL_get1_peer_certificate, (const SSL *s), (s), NULL)
TLS(SRTP_PROTECTION_PROFILE *, SSL_get_selected_srtp_profile, (SSL *s), (s), NULL)
TLS(int, SSL_export_keying_material, (SSL *s, unsigned char *o, size_t n, const char *l, size_t m,
                                      const unsigned char *c, size_t k, int u), (s, o, n, l, m, c, k, u), 0)
TLS(BIO_METHOD *, BIO_meth_new, (int t, const char *n), (t, n), NULL)
TLS(BIO *, BIO_new, (const BIO_METHOD *m), (m), NULL)
TLS(X509 *, X509_new, (void), (), NULL)
TLS(int, X509_sign, (X509 *x, EVP_PKEY *k, const EVP_MD *h), (x, k, h), 0)
TLS(int, X509_digest, (const X509 *x, const EVP_MD *h, unsigned char *o, unsigned *n), (x, h, o, n), 0)
/* libwebsockets (4.1.6) does not ask whether these worked, and where they did not never closes the socket. */
FAIL_NEVER(int, SSL_set_fd, (SSL *s, int f), (s, f))
FAIL_NEVER(BIO *, BIO_new_socket, (int f, int c), (f, c))
/* clang-format on */

static void *allocate(size_t size, const char *file, int line)
{
    (void)file;
    (void)line;
    return fail_now(FAIL_TLS_MEMORY, "malloc") ? NULL : malloc(size);
}

static void *reallocate(void *memory, size_t size, const char *file, int line)
{
    (void)file;
    (void)line;
    return fail_now(FAIL_TLS_MEMORY, "realloc") ? NULL : realloc(memory, size);
}

static void release(void *memory, const char *file, int line)
{
    (void)file;
    (void)line;
    free(memory);
}

void fail_tls_prepare(void)
{
    g_assert_true(CRYPTO_set_mem_functions(allocate, reallocate, release));
}
