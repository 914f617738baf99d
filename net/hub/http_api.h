/* What the HTTP API answers, without sockets. */
#ifndef CALLAPI_NET_HUB_HTTP_API_H
#define CALLAPI_NET_HUB_HTTP_API_H

#include "net/hub/hub.h"
#include "net/hub/service/service.h"

enum { HTTP_BODY_MAX = 4096 }; /* bytes of a request's content */
/* Answers whoever asks: that there is an answer is all that it tells. */
#define HTTP_HEALTH_PATH "/healthz"

struct http_request {
    const char *method;  /* "GET" */
    char *path;          /* without the query; NULL where libwebsockets did not tell it */
    GString *body;       /* NULL: none */
    int status;          /* 200, or why it is refused whatever it asks */
    const char *refusal; /* the words for that */
};

struct http_answer {
    int status;
    char *body;        /* g_free it */
    const char *allow; /* the header, or NULL */
    bool text;         /* Prometheus' text, else JSON */
};

/* `counts`: of the sockets, for the metrics. */
void hub_http_answer(struct hub_service *service, const struct hub_counts *counts, const struct http_request *request,
                     struct http_answer *answer);

#endif
