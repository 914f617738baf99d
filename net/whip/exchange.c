/* The HTTP requests of a session (RFC 9725, 4; draft-ietf-wish-whep, 4). */
#include "net/whip/parts.h"

#include <string.h>

#include "net/sdp/fragment.h"
#include "net/sdp/sdp.h"
#include "net/whip/ice_link.h"

#define SDP_TYPE "application/sdp"
#define FRAGMENT_TYPE "application/trickle-ice-sdpfrag"

enum { OFFER_LIMIT_US = 10000000, PATCH_LIMIT_US = 5000000, DELETE_LIMIT_US = 2000000, MAX_PATIENCE_S = 600 };

/* A POST; it outlives its session, since the server may have made one by then, which has to be ended. */
struct offering {
    struct whip *whip; /* NULL: nobody wants it any more */
    struct reactor *reactor;
    struct http *http;
    struct http_request *request;
    char *token, *token_url;
};

static struct http_request *send(struct whip *whip, const struct http_request_config *config)
{
    struct http_request_config all = *config;
    all.token = whip->token;
    all.token_url = whip->url;
    all.max_size = SDP_MAX_SIZE;
    all.user_data = all.user_data ? all.user_data : whip;
    return http_send(whip->http, &all);
}

static bool succeeded(const struct http_answer *answer)
{
    return answer->outcome == HTTP_ANSWERED && answer->status / 100 == 2;
}

static bool is_of_type(const struct http_answer *answer, const char *type)
{
    const char *given = http_answer_header(answer, "Content-Type");
    return given && !g_ascii_strncasecmp(given, type, strlen(type));
}

static void fail(struct whip *whip, const struct http_answer *answer)
{
    g_autofree char *status = g_strdup_printf("it answers %d", answer->status);
    int64_t patience_us = MIN(http_answer_retry_after_s(answer), MAX_PATIENCE_S) * G_USEC_PER_SEC;
    whip_fails(whip, whip_trouble_of(answer), answer->words ? answer->words : status, patience_us);
}

/* ---- what answers say beside the description ---- */

static void servers_known(void *user_data)
{
    struct whip *whip = user_data;
    if (whip->session.peer)
        peer_set_ice_servers(whip->session.peer, whip_servers(whip));
}

/* Only where the config names none: what a user sets overrides what a server says. */
static void take_servers(struct whip *whip, const struct http_answer *answer)
{
    const char *link = http_answer_header(answer, "Link");
    if (!link || ice_servers_at(whip->ice_servers, 0) || !g_strcmp0(link, whip->link))
        return;
    struct ice_servers *servers = ice_servers_create(whip->reactor, whip->ca_file);
    ice_servers_set_relay_only(servers, ice_servers_relay_only(whip->ice_servers));
    if (!ice_link_add(servers, link)) {
        ice_servers_destroy(servers);
        return;
    }
    g_free(whip->link);
    whip->link = g_strdup(link);
    g_ptr_array_add(whip->link_servers, servers);
    ice_servers_listen(servers, servers_known, whip);
}

static void take_tag(struct whip_session *session, const struct http_answer *answer)
{
    const char *tag = http_answer_header(answer, "ETag");
    if (!tag)
        return;
    g_free(session->etag);
    session->etag = g_strdup(tag);
}

/* Without it the stream may flow all the same; only candidates and the end cannot be told. */
static void take_place(struct whip *whip, const struct http_answer *answer)
{
    const char *location = http_answer_header(answer, "Location");
    whip->session.url = location ? http_resolve(answer->url, location) : NULL;
    if (!whip->session.url)
        g_info("%s: the server does not say where its session is", whip->name);
    take_tag(&whip->session, answer);
    take_servers(whip, answer);
}

/* ---- the offer ---- */

static void end_at_server(struct http *http, const char *url, const char *token, const char *token_url)
{
    http_send(http, &(struct http_request_config){ .method = "DELETE",
                                                   .url = url,
                                                   .token = token,
                                                   .token_url = token_url,
                                                   .max_size = SDP_MAX_SIZE,
                                                   .limit_us = DELETE_LIMIT_US });
}

static void nobody_wants(struct offering *offering, const struct http_answer *answer)
{
    const char *location = http_answer_header(answer, "Location");
    g_autofree char *url = location ? http_resolve(answer->url, location) : NULL;
    if (url)
        end_at_server(offering->http, url, offering->token, offering->token_url);
    http_destroy(offering->http);
    reactor_end_close(offering->reactor);
}

static void take_offer(struct whip *whip, const struct http_answer *answer)
{
    g_autofree char *error = NULL;
    take_place(whip, answer);
    if (!whip->session.url)
        whip_fails(whip, WHIP_REFUSED, "a counter-offer without a Location", 0);
    else if (session_take_offer(whip, answer->text, &error))
        exchange_answer(whip);
    else
        whip_fails(whip, WHIP_REFUSED, error, 0);
}

static void take_answer(struct whip *whip, const struct http_answer *answer)
{
    g_autofree char *error = NULL;
    take_place(whip, answer);
    if (!session_take_answer(whip, answer->text, &error)) {
        whip_fails(whip, WHIP_REFUSED, error, 0);
        return;
    }
    servers_known(whip);
    exchange_trickle(whip);
}

static void on_offered(void *user_data, const struct http_answer *answer)
{
    struct offering *offering = user_data;
    struct whip *whip = offering->whip;
    if (!whip)
        nobody_wants(offering, answer);
    else
        whip->session.offering = NULL;
    g_free(offering->token);
    g_free(offering->token_url);
    g_free(offering);
    if (!whip)
        return;
    if (whip->role == WHEP_PLAYER && answer->status == 406 && is_of_type(answer, SDP_TYPE))
        take_offer(whip, answer);
    else if (succeeded(answer))
        take_answer(whip, answer);
    else
        fail(whip, answer);
}

void exchange_offer(struct whip *whip)
{
    struct offering *offering = whip->session.offering = g_new0(struct offering, 1);
    whip->session.step = SESSION_OFFERING;
    *offering = (struct offering){ .whip = whip, .reactor = whip->reactor, .http = whip->http };
    offering->token = g_strdup(whip->token);
    offering->token_url = g_strdup(whip->url);
    offering->request = send(whip, &(struct http_request_config){ .method = "POST",
                                                                  .url = whip->url,
                                                                  .content_type = SDP_TYPE,
                                                                  .body = whip->session.description,
                                                                  .accept = SDP_TYPE,
                                                                  .limit_us = OFFER_LIMIT_US,
                                                                  .done = on_offered,
                                                                  .user_data = offering });
}

/* ---- our answer ---- */

static void on_answered(void *user_data, const struct http_answer *answer)
{
    struct whip *whip = user_data;
    whip->session.request = NULL;
    if (!succeeded(answer)) {
        fail(whip, answer);
        return;
    }
    take_tag(&whip->session, answer);
    whip->session.step = MAX(whip->session.step, SESSION_CONNECTING);
    exchange_trickle(whip);
}

static void patch(struct whip *whip, const char *type, const char *body, const char *tag,
                  void (*done)(void *user_data, const struct http_answer *answer))
{
    whip->session.request = send(whip, &(struct http_request_config){ .method = "PATCH",
                                                                      .url = whip->session.url,
                                                                      .content_type = type,
                                                                      .body = body,
                                                                      .if_match = tag,
                                                                      .limit_us = PATCH_LIMIT_US,
                                                                      .done = done });
}

void exchange_answer(struct whip *whip)
{
    whip->session.step = SESSION_ANSWERING;
    patch(whip, SDP_TYPE, whip->session.description, whip->session.etag, on_answered);
}

/* ---- candidates ---- */

/* Where the connection is there without them nothing is lost. */
static void do_without_trickle(struct whip *whip)
{
    whip->no_trickle = true;
    g_info("%s: the server takes no candidates after the offer", whip->name);
    if (whip->session.step < SESSION_CONNECTED)
        whip_fails(whip, WHIP_WELL, NULL, WHIP_AGAIN);
}

static void on_trickled(void *user_data, const struct http_answer *answer)
{
    struct whip *whip = user_data;
    whip->session.request = NULL;
    if (succeeded(answer))
        exchange_trickle(whip);
    else if (answer->outcome == HTTP_ANSWERED && answer->status == 412)
        session_restart(whip); /* the server is at another ICE than we are */
    else if (answer->outcome == HTTP_ANSWERED && answer->status / 100 == 4)
        do_without_trickle(whip);
}

/* Waits for the session's address, and for what is under way: the rest goes together. */
void exchange_trickle(struct whip *whip)
{
    struct whip_session *session = &whip->session;
    if (session->step < SESSION_CONNECTING || !session->candidates->len || session->request || whip->no_trickle)
        return;
    if (!session->url) {
        do_without_trickle(whip);
        return;
    }
    g_autofree char *body = sdp_fragment_write(session->description, session->candidates, session->complete);
    g_ptr_array_set_size(session->candidates, 0);
    patch(whip, FRAGMENT_TYPE, body, session->etag, on_trickled);
}

/* ---- ICE restart ---- */

static void on_restarted(void *user_data, const struct http_answer *answer)
{
    struct whip *whip = user_data;
    g_autofree char *error = NULL;
    whip->session.request = NULL;
    g_autofree char *description = sdp_fragment_describe(answer->text ? answer->text : "");
    if (succeeded(answer) && peer_set_answer(whip->session.peer, description, &error)) {
        take_tag(&whip->session, answer);
        exchange_trickle(whip);
        return;
    }
    g_info("%s: no ICE restart (%d %s): the session is made anew", whip->name, answer->status, error ? error : "");
    enum whip_trouble trouble = succeeded(answer) ? WHIP_REFUSED : whip_trouble_of(answer);
    whip->no_restart |= trouble == WHIP_REFUSED && answer->outcome == HTTP_ANSWERED;
    if (trouble == WHIP_REFUSED)
        trouble = WHIP_NO_PATH;
    whip_fails(whip, trouble == WHIP_NOT_FOUND ? WHIP_GONE : trouble, error, 0);
}

void exchange_restart(struct whip *whip)
{
    struct whip_session *session = &whip->session;
    http_cancel(session->request);
    g_autofree char *body = sdp_fragment_write(session->description, NULL, session->complete);
    patch(whip, FRAGMENT_TYPE, body, "*", on_restarted);
}

/* ---- the end ---- */

void exchange_end(struct whip *whip)
{
    struct whip_session *session = &whip->session;
    if (session->offering) {
        session->offering->whip = NULL;
        http_keep(session->offering->http);
        reactor_begin_close(whip->reactor);
        session->offering = NULL;
    }
    http_cancel(session->request);
    session->request = NULL;
    if (session->url)
        end_at_server(whip->http, session->url, whip->token, whip->url);
    g_clear_pointer(&session->url, g_free);
    g_clear_pointer(&session->etag, g_free);
}
