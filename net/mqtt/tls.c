#include "net/mqtt/tls.h"

#include <gio/gio.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdbool.h>

static int verified(int ok, X509_STORE_CTX *store)
{
    SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
    char **why = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
    if (!ok) {
        g_free(*why);
        *why = g_strdup_printf("the broker's certificate is refused: %s",
                               X509_verify_cert_error_string(X509_STORE_CTX_get_error(store)));
    }
    return ok;
}

/* libmosquitto names what it connects to; RFC 6066 (3) wants the host's name here, and never an address. */
static void handshake_event(const SSL *ssl, int where, int result)
{
    (void)result;
    if (where & SSL_CB_HANDSHAKE_START)
        SSL_set_tlsext_host_name((SSL *)ssl, X509_VERIFY_PARAM_get0_host(SSL_get0_param((SSL *)ssl), 0));
}

static bool trust(SSL_CTX *context, const char *ca_file)
{
    return (ca_file ? SSL_CTX_load_verify_file(context, ca_file) : SSL_CTX_set_default_verify_paths(context)) == 1;
}

static bool expect(SSL_CTX *context, const char *host)
{
    X509_VERIFY_PARAM *wanted = SSL_CTX_get0_param(context);
    bool is_address = g_hostname_is_ip_address(host);
    return (is_address ? X509_VERIFY_PARAM_set1_ip_asc(wanted, host) : X509_VERIFY_PARAM_set1_host(wanted, host, 0)) ==
           1;
}

SSL_CTX *mqtt_tls_create(const char *host, const char *ca_file, char **why)
{
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    if (!context || !trust(context, ca_file) || !expect(context, host)) {
        const char *reason = ERR_reason_error_string(ERR_peek_last_error());
        g_warning("TLS to %s cannot be prepared: %s: %s", host, ca_file ? ca_file : "the system's certificates",
                  reason ? reason : "OpenSSL cannot start");
        ERR_clear_error();
        SSL_CTX_free(context);
        return NULL;
    }
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    SSL_CTX_set_app_data(context, why);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, verified);
    SSL_CTX_set_info_callback(context, handshake_event);
    return context;
}
