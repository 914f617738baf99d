#include "net/hub/own_certificate.h"

#include <errno.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <time.h>

enum { DAY_S = 24 * 3600, VALID_S = 800 * DAY_S, LEFT_S = 30 * DAY_S }; /* browsers refuse what is valid for longer */

#define COMMON_NAME "CallAPI hub"

/* ---- the names ---- */

/* A letter of a host name (RFC 1123, 2.1); what else a machine may be called cannot stand in a certificate. */
static bool is_host_name(const char *name)
{
    return *name && strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.") == strlen(name);
}

/* "DNS:localhost,IP:192.168.1.5": as OpenSSL takes a subjectAltName. */
static char *make_names(char *const *addresses)
{
    GString *names = g_string_new("DNS:localhost,IP:127.0.0.1,IP:::1");
    const char *host = g_get_host_name();
    if (is_host_name(host))
        g_string_append_printf(names, ",DNS:%s,DNS:%s.local", host, host);
    for (int i = 0; addresses[i]; i++)
        g_string_append_printf(names, ",IP:%s", addresses[i]);
    return g_string_free(names, FALSE);
}

static bool is_named(X509 *certificate, char *const *addresses)
{
    bool named = X509_check_host(certificate, "localhost", 0, 0, NULL) == 1;
    if (is_host_name(g_get_host_name()))
        named = named && X509_check_host(certificate, g_get_host_name(), 0, 0, NULL) == 1;
    for (int i = 0; named && addresses[i]; i++)
        named = X509_check_ip_asc(certificate, addresses[i], 0) == 1;
    return named;
}

/* ---- one that is there ---- */

static X509 *read_certificate(const char *path)
{
    BIO *file = BIO_new_file(path, "r");
    X509 *certificate = file ? PEM_read_bio_X509(file, NULL, NULL, NULL) : NULL;
    BIO_free(file);
    return certificate;
}

static EVP_PKEY *read_key(const char *path)
{
    BIO *file = BIO_new_file(path, "r");
    EVP_PKEY *key = file ? PEM_read_bio_PrivateKey(file, NULL, NULL, NULL) : NULL;
    BIO_free(file);
    return key;
}

static bool is_usable(const char *cert, const char *key, char *const *addresses)
{
    X509 *certificate = read_certificate(cert);
    EVP_PKEY *private_key = read_key(key);
    time_t soon = time(NULL) + LEFT_S;
    bool usable = certificate && private_key && X509_check_private_key(certificate, private_key) == 1 &&
                  X509_cmp_time(X509_get0_notAfter(certificate), &soon) > 0 && is_named(certificate, addresses);
    X509_free(certificate);
    EVP_PKEY_free(private_key);
    ERR_clear_error();
    return usable;
}

/* ---- a new one ---- */

static bool add_extension(X509 *certificate, int kind, const char *value)
{
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, certificate, certificate, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, kind, value);
    bool added = extension && X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
    return added;
}

static bool set_serial(X509 *certificate)
{
    BIGNUM *serial = BN_new();
    bool set = serial && BN_rand(serial, 63, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) &&
               BN_to_ASN1_INTEGER(serial, X509_get_serialNumber(certificate));
    BN_free(serial);
    return set;
}

static bool fill(X509 *certificate, EVP_PKEY *key, const char *names)
{
    X509_NAME *name = X509_get_subject_name(certificate);
    return X509_set_version(certificate, X509_VERSION_3) && set_serial(certificate) &&
           X509_gmtime_adj(X509_getm_notBefore(certificate), -DAY_S) &&
           X509_gmtime_adj(X509_getm_notAfter(certificate), VALID_S) &&
           X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)COMMON_NAME, -1, -1, 0) &&
           X509_set_issuer_name(certificate, name) && X509_set_pubkey(certificate, key) &&
           add_extension(certificate, NID_subject_alt_name, names) &&
           add_extension(certificate, NID_basic_constraints, "critical,CA:FALSE") &&
           add_extension(certificate, NID_ext_key_usage, "serverAuth") && X509_sign(certificate, key, EVP_sha256());
}

static bool store(BIO *content, const char *path, int mode, char **error)
{
    char *text;
    long size = BIO_get_mem_data(content, &text);
    g_autoptr(GError) failure = NULL;
    if (g_file_set_contents_full(path, text, size, G_FILE_SET_CONTENTS_CONSISTENT, mode, &failure))
        return true;
    *error = g_strdup(failure->message);
    return false;
}

static bool write_both(X509 *certificate, EVP_PKEY *key, const char *cert_path, const char *key_path, char **error)
{
    BIO *cert_text = BIO_new(BIO_s_mem()), *key_text = BIO_new(BIO_s_mem());
    bool written = PEM_write_bio_X509(cert_text, certificate) &&
                   PEM_write_bio_PrivateKey(key_text, key, NULL, NULL, 0, NULL, NULL) &&
                   store(key_text, key_path, 0600, error) && store(cert_text, cert_path, 0644, error);
    BIO_free(cert_text);
    BIO_free(key_text);
    return written;
}

static bool make(const char *cert_path, const char *key_path, char *const *addresses, char **error)
{
    g_autofree char *names = make_names(addresses);
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *certificate = X509_new();
    bool made = key && certificate && fill(certificate, key, names) &&
                write_both(certificate, key, cert_path, key_path, error);
    if (!made && !*error)
        *error = g_strdup("OpenSSL could not make it");
    X509_free(certificate);
    EVP_PKEY_free(key);
    ERR_clear_error();
    return made;
}

bool hub_own_certificate(const char *folder, char *const *addresses, char **cert, char **key, char **error)
{
    g_autofree char *cert_path = g_build_filename(folder, "hub-cert.pem", NULL);
    g_autofree char *key_path = g_build_filename(folder, "hub-key.pem", NULL), *why = NULL;
    if (!is_usable(cert_path, key_path, addresses)) {
        if (g_mkdir_with_parents(folder, 0700))
            why = g_strdup(g_strerror(errno));
        if (why || !make(cert_path, key_path, addresses, &why)) {
            *error = g_strdup_printf("no certificate can be made in %s: %s", folder, why);
            return false;
        }
    }
    *cert = g_steal_pointer(&cert_path);
    *key = g_steal_pointer(&key_path);
    return true;
}
