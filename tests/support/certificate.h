/* Test support: a certificate of its own authority, and files in a folder that is gone after the test. */
#ifndef CALLAPI_TESTS_CERTIFICATE_H
#define CALLAPI_TESTS_CERTIFICATE_H

#include <glib.h>
#include <glib/gstdio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>

struct certificate {
    char *folder, *cert, *key; /* files, PEM */
};

/* Good until so many seconds from now. */
static inline X509 *certificate_sign(EVP_PKEY *key, const char *host, long until_s)
{
    X509 *cert = X509_new();
    X509_set_version(cert, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(cert), 1);
    X509_gmtime_adj(X509_getm_notBefore(cert), -7200);
    X509_gmtime_adj(X509_getm_notAfter(cert), until_s);
    X509_set_pubkey(cert, key);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(cert), "CN", MBSTRING_UTF8, (const unsigned char *)host, -1, -1,
                               0);
    X509_set_issuer_name(cert, X509_get_subject_name(cert));
    g_autofree char *names = g_strdup_printf("DNS:%s", host);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, names);
    X509_add_ext(cert, extension, -1);
    X509_EXTENSION_free(extension);
    g_assert_cmpint(X509_sign(cert, key, EVP_sha256()), >, 0);
    return cert;
}

static inline struct certificate certificate_make_until(const char *host, long until_s)
{
    struct certificate made = { .folder = g_dir_make_tmp("callapi-XXXXXX", NULL) };
    g_assert_nonnull(made.folder);
    made.cert = g_build_filename(made.folder, "cert.pem", NULL);
    made.key = g_build_filename(made.folder, "key.pem", NULL);
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *cert = certificate_sign(key, host, until_s);
    FILE *file = g_fopen(made.cert, "w");
    g_assert_true(file && PEM_write_X509(file, cert) && !fclose(file));
    file = g_fopen(made.key, "w");
    g_assert_true(file && PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL) && !fclose(file));
    X509_free(cert);
    EVP_PKEY_free(key);
    return made;
}

/* Self-signed, for `host`. */
static inline struct certificate certificate_make(const char *host)
{
    return certificate_make_until(host, 3600);
}

static inline struct certificate certificate_make_expired(const char *host)
{
    return certificate_make_until(host, -3600);
}

static inline void certificate_remove(struct certificate *made)
{
    g_unlink(made->cert);
    g_unlink(made->key);
    g_rmdir(made->folder);
    g_free(made->cert);
    g_free(made->key);
    g_free(made->folder);
}

#endif
