/* What the files of the HTTP client share: http.c (life, TLS), request.c (requests), answer.c (URLs, answers). Private
 * to them. */
#ifndef CALLAPI_NET_HTTP_PARTS_H
#define CALLAPI_NET_HTTP_PARTS_H

#include <libsoup/soup.h>

#include "net/http/http.h"

struct http {
    struct reactor *reactor; /* borrowed */
    SoupSession *session;
    int references; /* its owner's, and one for each request */
};

void http_unref(struct http *http);

/* What is wrong with a certificate, and what to do about it. */
const char *http_certificate_words(GTlsCertificateFlags errors);
/* Those of an error of GIO or libsoup. */
enum http_outcome http_outcome_of(const GError *error);

#endif
