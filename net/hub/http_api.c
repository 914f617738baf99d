#include "net/hub/http_api.h"

#include <inttypes.h>
#include <string.h>

#include "engine/text/json.h"
#include "net/hub/service/control.h"
#include "net/hub/service/limits.h"
#include "net/hub/service/quality.h"

/* `rest` is the path behind the pattern, `content` the request's JSON object (POST). */
typedef void (*handler)(struct hub_service *service, const char *rest, const cJSON *content,
                        struct http_answer *answer);

/* Takes `json`. */
static void give(struct http_answer *answer, int status, cJSON *json)
{
    char *text = cJSON_PrintUnformatted(json);
    answer->status = status;
    answer->body = g_strdup(text ? text : "{}");
    cJSON_free(text);
    cJSON_Delete(json);
}

static void refuse(struct http_answer *answer, int status, const char *message)
{
    static const struct {
        int status;
        const char *word;
    } words[] = {
        { 400, "malformed" }, { 401, "unauthorized" }, { 403, "not-allowed" }, { 404, "not-found" },
        { 405, "method" },    { 409, "not-allowed" },  { 413, "too-large" },   { 415, "type" },
    };
    cJSON *json = cJSON_CreateObject();
    for (size_t i = 0; i < G_N_ELEMENTS(words); i++)
        if (words[i].status == status)
            cJSON_AddStringToObject(json, "error", words[i].word);
    cJSON_AddStringToObject(json, "message", message);
    give(answer, status, json);
}

/* True where it was one; frees the words. */
static bool refuse_outcome(struct http_answer *answer, struct hub_outcome outcome)
{
    if (outcome.error == HUB_OK)
        return false;
    refuse(answer,
           outcome.error == HUB_MALFORMED     ? 400
           : outcome.error == HUB_NOT_ALLOWED ? 409
                                              : 404,
           outcome.message);
    g_free(outcome.message);
    return true;
}

static void get_rooms(struct hub_service *service, const char *rest, const cJSON *content, struct http_answer *answer)
{
    (void)rest;
    (void)content;
    give(answer, 200, hub_control_rooms(service));
}

static void get_calls(struct hub_service *service, const char *rest, const cJSON *content, struct http_answer *answer)
{
    (void)rest;
    (void)content;
    give(answer, 200, hub_control_calls(service));
}

static void get_user(struct hub_service *service, const char *rest, const cJSON *content, struct http_answer *answer)
{
    (void)content;
    if (hub_name_is_valid(rest))
        give(answer, 200, hub_control_user(service, rest));
    else
        refuse(answer, 404, "this is no user id");
}

/* A member that is there is a string. */
static bool strings_only(const cJSON *content)
{
    const cJSON *member;
    cJSON_ArrayForEach (member, content)
        if (!cJSON_IsString(member))
            return false;
    return true;
}

static void post_match(struct hub_service *service, const char *rest, const cJSON *content, struct http_answer *answer)
{
    (void)rest;
    g_autofree char *match = NULL;
    struct hub_outcome outcome = hub_control_match(service, json_string(content, "a"), json_string(content, "b"),
                                                   json_string(content, "room"), &match);
    if (refuse_outcome(answer, outcome))
        return;
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "call", match);
    give(answer, 202, json);
}

static void post_hang_up(struct hub_service *service, const char *rest, const cJSON *content,
                         struct http_answer *answer)
{
    (void)rest;
    if (!refuse_outcome(answer,
                        hub_control_hang_up(service, json_string(content, "user"), json_string(content, "call"))))
        give(answer, 202, cJSON_CreateObject());
}

static void get_health(struct hub_service *service, const char *rest, const cJSON *content, struct http_answer *answer)
{
    (void)service;
    (void)rest;
    (void)content;
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "status", "ok");
    give(answer, 200, json);
}

static const struct {
    const char *method, *path;
    bool rest; /* the path goes on */
    handler run;
} endpoints[] = {
    { "GET", HTTP_HEALTH_PATH, false, get_health }, { "GET", "/v1/rooms", false, get_rooms },
    { "GET", "/v1/calls", false, get_calls },       { "GET", "/v1/users/", true, get_user },
    { "POST", "/v1/match", false, post_match },     { "POST", "/v1/hangup", false, post_hang_up },
};

/* Prometheus' text format, version 0.0.4. */

static void metric(GString *text, const char *name, const char *type, const char *help, uint64_t value)
{
    g_string_append_printf(text, "# HELP %s %s\n# TYPE %s %s\n%s %" PRIu64 "\n", name, help, name, type, name, value);
}

static void write_sockets(GString *text, const struct hub_counts *counts)
{
    static const char *const reasons[HUB_REFUSALS] = {
        [HUB_REFUSAL_FULL] = "full",
        [HUB_REFUSAL_NETWORK_FULL] = "network-sockets",
        [HUB_REFUSAL_NETWORK_FAST] = "arrivals",
    };
    metric(text, "callapi_connections", "gauge", "Open WebSockets.", (uint64_t)counts->connections);
    metric(text, "callapi_sockets", "gauge", "Open sockets, with HTTP's.", (uint64_t)counts->sockets);
    metric(text, "callapi_connections_dropped_total", "counter", "WebSockets that the hub ended.", counts->dropped);
    metric(text, "callapi_slow_readers_total", "counter", "Of these, by who did not read.", counts->slow_readers);
    g_string_append(text, "# HELP callapi_connections_refused_total Sockets that were not let in.\n"
                          "# TYPE callapi_connections_refused_total counter\n");
    for (int i = 0; i < HUB_REFUSALS; i++)
        g_string_append_printf(text, "callapi_connections_refused_total{reason=\"%s\"} %" PRIu64 "\n", reasons[i],
                               counts->refused[i]);
}

static void give_metrics(struct hub_service *service, const struct hub_counts *counts, struct http_answer *answer)
{
    struct hub_statistics now = hub_control_statistics(service);
    const struct hub_counters *counters = &now.counters;
    GString *text = g_string_new(NULL);
    write_sockets(text, counts);
    metric(text, "callapi_users", "gauge", "Users that are logged in.", now.users);
    metric(text, "callapi_rooms", "gauge", "Live rooms.", now.rooms);
    metric(text, "callapi_calls", "gauge", "Calls that ring or go on.", now.calls);
    metric(text, "callapi_calls_started_total", "counter", "Calls that were accepted.", now.totals.started);
    metric(text, "callapi_calls_ended_total", "counter", "Of these, that have ended.", now.totals.ended);
    metric(text, "callapi_calls_missed_total", "counter", "Calls that rang and came to nothing.", now.totals.missed);
    metric(text, "callapi_call_seconds_total", "counter", "How long the ended calls went on.", now.totals.seconds);
    metric(text, "callapi_watchers", "gauge", "Connections that watch the directory.", now.watchers);
    metric(text, "callapi_messages_total", "counter", "Messages delivered to at least one device.", counters->messages);
    metric(text, "callapi_received_bytes_total", "counter", "Bytes of the requests.", counters->bytes);
    g_string_append(text, "# HELP callapi_refused_total Requests refused.\n# TYPE callapi_refused_total counter\n");
    for (int error = HUB_OK + 1; error <= HUB_RATE; error++)
        g_string_append_printf(text, "callapi_refused_total{reason=\"%s\"} %" PRIu64 "\n", hub_error_word(error),
                               counters->refused[error]);
    char seconds[G_ASCII_DTOSTR_BUF_SIZE];
    g_ascii_dtostr(seconds, sizeof seconds, (double)counters->handling_us / G_USEC_PER_SEC);
    g_string_append_printf(
        text,
        "# HELP callapi_request_seconds Time spent on requests.\n# TYPE callapi_request_seconds summary\n"
        "callapi_request_seconds_sum %s\ncallapi_request_seconds_count %" PRIu64 "\n",
        seconds, counters->requests);
    hub_quality_write(hub_control_quality(service), text);
    hub_limits_write(hub_control_limits(service), text);
    *answer = (struct http_answer){ .status = 200, .body = g_string_free(text, FALSE), .text = true };
}

static bool fits(const char *path, const char *pattern, bool rest)
{
    return rest ? g_str_has_prefix(path, pattern) && path[strlen(pattern)] : !strcmp(path, pattern);
}

static void run(struct hub_service *service, const struct http_request *request, size_t i, struct http_answer *answer)
{
    cJSON *content = request->body ? hub_parse(request->body->str, request->body->len) : NULL;
    if (!strcmp(request->method, "POST") && (!content || !strings_only(content)))
        refuse(answer, 400, "the content is to be a JSON object whose members are strings");
    else
        endpoints[i].run(service, request->path + strlen(endpoints[i].path), content, answer);
    cJSON_Delete(content);
}

void hub_http_answer(struct hub_service *service, const struct hub_counts *counts, const struct http_request *request,
                     struct http_answer *answer)
{
    const char *path = request->path ? request->path : "";
    bool metrics = !strcmp(path, "/metrics");
    if (request->status != 200) {
        refuse(answer, request->status, request->refusal);
        return;
    }
    if (metrics && !strcmp(request->method, "GET")) {
        give_metrics(service, counts, answer);
        return;
    }
    answer->allow = metrics ? "GET" : NULL;
    for (size_t i = 0; i < G_N_ELEMENTS(endpoints); i++) {
        if (!fits(path, endpoints[i].path, endpoints[i].rest))
            continue;
        if (!strcmp(request->method, endpoints[i].method)) {
            run(service, request, i, answer);
            return;
        }
        answer->allow = endpoints[i].method;
    }
    refuse(answer, answer->allow ? 405 : 404,
           answer->allow ? "this path does not take this method" : "there is no such path");
}
