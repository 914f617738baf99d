/* Why a TLS connection cannot be made: libavformat says "I/O error" of a certificate that has expired as of a cable
 * that was pulled. */
#ifndef CALLAPI_ENGINE_STREAM_TLS_CHECK_H
#define CALLAPI_ENGINE_STREAM_TLS_CHECK_H

#include <stdbool.h>

/* Connects to the host of `url` (https, rtmps or rtsps; others are never untrusted) once more, and takes some seconds
 * at most. True where its certificate is not to be trusted, by the authorities in `ca_file` or (NULL) the system's:
 * `why` (g_free it) has the reason in words. Blocks: on a reader's thread. */
bool tls_check_is_untrusted(const char *url, const char *ca_file, char **why);

#endif
