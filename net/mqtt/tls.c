#include "net/mqtt/tls.h"

#include <gio/gio.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdbool.h>

#include "net/connection/trust.h"

static int verified(int ok, X509_STORE_CTX *store)
{
    SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
    char **why = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
    const char *word = trust_refuses(store);
    if (word) {
        g_free(*why);
        *why = g_strdup_printf("the broker's certificate is refused: %s", word);
    }
    return ok && !word;
}

/* libmosquitto names what it connects to; RFC 6066 (3) wants the host's name here, and never an address. */
static void handshake_event(const SSL *ssl, int where, int result)
{
    (void)result;
    if (where & SSL_CB_HANDSHAKE_START)
        SSL_set_tlsext_host_name((SSL *)ssl, X509_VERIFY_PARAM_get0_host(SSL_get0_param((SSL *)ssl), 0));
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
    g_autofree char *error = NULL;
    SSL_CTX *context = trust_create(ca_file, &error);
    if (!context || !expect(context, host)) {
        g_warning("no connection to %s: %s", host, error ? error : "OpenSSL does not take its name");
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
