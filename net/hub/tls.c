#include "net/hub/tls.h"

#include <glib.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

/* OpenSSL would ask on the terminal, where a service has none and a person does not expect it. */
static int no_passphrase(char *text, int size, int writing, void *user_data)
{
    (void)text;
    (void)size;
    (void)writing;
    *(bool *)user_data = true;
    return -1;
}

bool hub_tls_check(const char *cert, const char *key, char **error)
{
    if (!cert || !key) {
        *error = g_strdup("TLS needs both, the certificate and its private key");
        return false;
    }
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    const char *wrong = NULL;
    bool encrypted = false;
    if (!context) {
        *error = g_strdup("OpenSSL has no memory to look at the certificate");
        ERR_clear_error();
        return false;
    }
    SSL_CTX_set_default_passwd_cb(context, no_passphrase);
    SSL_CTX_set_default_passwd_cb_userdata(context, &encrypted);
    if (SSL_CTX_use_certificate_chain_file(context, cert) != 1)
        wrong = cert;
    else if (SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) != 1 ||
             SSL_CTX_check_private_key(context) != 1)
        wrong = key;
    if (wrong) {
        const char *why = ERR_reason_error_string(ERR_peek_last_error());
        *error = g_strdup_printf("%s is no %s: %s", wrong,
                                 wrong == cert ? "certificate in PEM" : "private key of the certificate",
                                 encrypted ? "it is encrypted, and nobody is asked for its passphrase"
                                 : why     ? why
                                           : "OpenSSL knows no reason");
    }
    ERR_clear_error();
    SSL_CTX_free(context);
    return !wrong;
}
