#include "net/connection/trust.h"

#include <glib.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

static bool read_authorities(SSL_CTX *context, const char *ca_file)
{
    return (ca_file ? SSL_CTX_load_verify_file(context, ca_file) : SSL_CTX_set_default_verify_paths(context)) == 1;
}

SSL_CTX *trust_create(const char *ca_file, char **error)
{
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    if (context && read_authorities(context, ca_file))
        return context;
    const char *reason = ERR_reason_error_string(ERR_peek_last_error());
    *error = g_strdup_printf("TLS cannot be prepared: %s: %s", ca_file ? ca_file : "the system's certificates",
                             reason ? reason : "OpenSSL cannot start");
    ERR_clear_error();
    SSL_CTX_free(context);
    return NULL;
}

static bool compares(X509_STORE_CTX *store)
{
    X509_VERIFY_PARAM *wanted = X509_STORE_CTX_get0_param(store);
    char *address = X509_VERIFY_PARAM_get1_ip_asc(wanted);
    bool compared = address || X509_VERIFY_PARAM_get0_host(wanted, 0);
    OPENSSL_free(address);
    return compared;
}

const char *trust_refuses(X509_STORE_CTX *store)
{
    if (!compares(store))
        X509_STORE_CTX_set_error(store, X509_V_ERR_OUT_OF_MEM);
    int error = X509_STORE_CTX_get_error(store);
    return error == X509_V_OK ? NULL : X509_verify_cert_error_string(error);
}
