#include "net/hub_tls.h"

#include <glib.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

bool hub_tls_check(const char *cert, const char *key, char **error)
{
    if (!cert || !key) {
        *error = g_strdup("TLS needs both, the certificate and its private key");
        return false;
    }
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    const char *wrong = NULL;
    if (!context || SSL_CTX_use_certificate_chain_file(context, cert) != 1)
        wrong = cert;
    else if (SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) != 1 || SSL_CTX_check_private_key(context) != 1)
        wrong = key;
    if (wrong) {
        const char *why = ERR_reason_error_string(ERR_peek_last_error());
        *error = g_strdup_printf("%s is no %s: %s", wrong, wrong == cert ? "certificate in PEM" : "private key of the certificate",
                                 why ? why : "OpenSSL cannot start");
    }
    ERR_clear_error();
    SSL_CTX_free(context);
    return !wrong;
}
