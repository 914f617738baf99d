/* A client of HTTP (RFC 9110) and HTTPS whose requests live in the reactor, beside everything else that waits: nothing
 * here blocks, and no answer can be larger or take longer than its request allows.
 *
 * It is libsoup 3, thinly: that lives in a GLib main context by nature (names, proxies and TLS by GIO, whose TLS the
 * project has for TURN already), and is in Debian 12 and 13. Considered and not taken: libcurl's multi interface, which
 * would want a GSource for each of its sockets, a timer, and a second TLS library with certificates of its own; and
 * libwebsockets' client, which the project has: it looks names up in the calling thread, and asserts in its GLib event
 * library when one connection opens a second socket, as it does for a redirect. */
#ifndef CALLAPI_NET_HTTP_HTTP_H
#define CALLAPI_NET_HTTP_HTTP_H

#include <gio/gio.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/connection/reactor.h"

struct http;
struct http_request;

enum http_outcome {
    HTTP_ANSWERED,    /* with whatever status */
    HTTP_UNREACHABLE, /* no connection, or it ended too early, or what came is no HTTP */
    HTTP_UNTRUSTED,   /* the server's certificate: `words` says what is wrong with it */
    HTTP_LATE,        /* not all of the answer came in time */
    HTTP_TOO_LARGE,
    HTTP_ASTRAY, /* redirected too often, to no address, or from https to http */
};

struct http_answer {
    enum http_outcome outcome;
    const char *words;  /* for a person, where it is not HTTP_ANSWERED; without credentials */
    int status;         /* 0: none came */
    const char *url;    /* whose answer it is: after redirects another than asked for */
    const char *text;   /* the body, with a NUL behind it */
    size_t size;        /* of it, in bytes */
    const void *header; /* http_answer_header's */
};

struct http_request_config {
    const char *method, *url; /* http: or https: */
    /* Bearer token (RFC 6750), NULL: none. It is sent to the origin (scheme, host and port) of `token_url` and to no
     * other, wherever `url` or a redirect leads. */
    const char *token, *token_url;
    const char *content_type, *body; /* NULL: none */
    const char *accept, *if_match;   /* header fields; NULL: not sent */
    size_t max_size;                 /* of the answer's body, in bytes */
    int64_t limit_us;                /* for all of it, redirects too */
    /* Once, from the reactor, unless the request is cancelled; it may cancel others and begin new ones. Everything in
     * `answer` is borrowed during the call. NULL: nobody waits for the answer, and the request outlives the client. */
    void (*done)(void *user_data, const struct http_answer *answer);
    void *user_data;
};

/* `ca_file`: PEM file of the authorities that servers are trusted by; NULL: the system's. NULL with words in `error`
 * (g_free it) where it cannot be read. */
struct http *http_create(struct reactor *reactor, const char *ca_file, char **error);
/* One more to destroy. */
struct http *http_keep(struct http *http);
/* Takes NULL. Its requests that are waited for are to be cancelled before. */
void http_destroy(struct http *http);

/* Redirects by 307 and 308 are followed, method and body unchanged (RFC 9725, 4.5 wants these); others are answers. The
 * request is gone when `done` has been called. Never NULL: what is wrong with the URL is told by `done`. */
struct http_request *http_send(struct http *http, const struct http_request_config *config);
/* Takes NULL. `done` is not called any more; the connection is closed. */
void http_cancel(struct http_request *request);

/* A header field of the answer, several of one name joined by ", "; NULL: there is none. Borrowed as the answer. */
const char *http_answer_header(const struct http_answer *answer, const char *name);
/* What Retry-After asks for, as a number or a date (RFC 9110, 10.2.3), in seconds from now; 0: nothing. */
int64_t http_answer_retry_after_s(const struct http_answer *answer);
/* `reference` (a Location, say) as an absolute http: or https: URL, seen from `url`; NULL: it is none. g_free it. */
char *http_resolve(const char *url, const char *reference);
/* "HOST:PORT" of an http: or https: URL, for the log: paths and queries may be secrets. NULL: it is none. g_free it. */
char *http_place(const char *url);
/* Whether scheme, host and port are the same (RFC 6454). */
bool http_same_origin(const char *one, const char *other);

#endif
