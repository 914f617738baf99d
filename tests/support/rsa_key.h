/* Test support: RSA keys as PEM text. */
#ifndef CALLAPI_TESTS_RSA_KEY_H
#define CALLAPI_TESTS_RSA_KEY_H

#include <glib.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

static inline char *rsa_key_pem(EVP_PKEY *key, bool private)
{
    BIO *bio = BIO_new(BIO_s_mem());
    g_assert_true(private ? PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL)
                          : PEM_write_bio_PUBKEY(bio, key));
    char *data;
    long length = BIO_get_mem_data(bio, &data);
    char *text = g_strndup(data, (size_t)length);
    BIO_free(bio);
    return text;
}

/* g_free both. */
static inline void rsa_key_make(int bits, char **private, char **public)
{
    EVP_PKEY *key = EVP_RSA_gen((unsigned)bits);
    *private = rsa_key_pem(key, true);
    *public = rsa_key_pem(key, false);
    EVP_PKEY_free(key);
}

#endif
