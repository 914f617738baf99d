/* Connections to a hub without sockets, for tests: what is asked, and what was told. */
#ifndef CALLAPI_TESTS_HUB_BOX_H
#define CALLAPI_TESTS_HUB_BOX_H

#include <string.h>

#include "engine/text/json.h"
#include "net/hub/service/service.h"
#include "net/protocol/hub_protocol.h"
#include "platform/unix_time.h"

enum { HUB_BOX_NOW_US = 1000000 };

struct box {
    struct hub_session *session;
    GQueue received; /* cJSON */
    char *address;
    char *dropped;
    double id;
};

static inline bool carry(void *connection, const char *text, size_t length)
{
    struct box *box = connection;
    cJSON *json = hub_parse(text, length);
    g_assert_nonnull(json);
    g_queue_push_tail(&box->received, json);
    return true;
}

static inline void drop(void *connection, const char *reason)
{
    struct box *box = connection;
    g_assert_null(box->dropped);
    box->dropped = g_strdup(reason);
}

static const struct hub_service_ops ops = { .send = carry, .drop = drop };

static inline void delete_json(gpointer json)
{
    cJSON_Delete(json);
}

static inline void forget(struct box *box)
{
    g_queue_clear_full(&box->received, delete_json);
}

/* Sends `members` ("\"op\":\"users\"") with an id; gives the acknowledgement, which comes first, borrowed from the
 * box. */
static inline const cJSON *ask_at(struct box *box, const char *members, int64_t now_us)
{
    g_autofree char *text = g_strdup_printf("{\"id\":%.0f,%s}", ++box->id, members);
    forget(box);
    hub_session_receive(box->session, text, strlen(text), now_us);
    const cJSON *ack = g_queue_peek_head(&box->received);
    g_assert_nonnull(ack);
    g_assert_cmpfloat(cJSON_GetObjectItemCaseSensitive(ack, "ack")->valuedouble, ==, box->id);
    return ack;
}

static inline const cJSON *ask(struct box *box, const char *members)
{
    return ask_at(box, members, HUB_BOX_NOW_US);
}

static inline void expect_ok(struct box *box, const char *members)
{
    g_assert_true(json_is_true(ask(box, members), "ok"));
}

static inline void expect_error(struct box *box, const char *members, const char *error)
{
    const cJSON *ack = ask(box, members);
    g_assert_true(cJSON_IsFalse(cJSON_GetObjectItemCaseSensitive(ack, "ok")));
    g_assert_cmpstr(json_string(ack, "error"), ==, error);
    g_assert_cmpstr(json_string(ack, "message"), !=, "");
}

static inline void open_box(struct hub_service *service, struct box *box, const char *user)
{
    memset(box, 0, sizeof *box);
    box->session = hub_session_open(service, box);
    g_autofree char *login = g_strdup_printf("\"op\":\"login\",\"user\":\"%s\"", user);
    int64_t before_ms = unix_time_now_us() / 1000;
    const cJSON *ack = ask(box, login);
    double time_ms = cJSON_GetObjectItemCaseSensitive(ack, "time")->valuedouble; /* the wall clock has no part in it */
    g_assert_cmpfloat(time_ms, >=, (double)before_ms);
    g_assert_cmpfloat(time_ms, <=, (double)unix_time_now_us() / 1000);
    box->address = g_strdup(json_string(ack, "address"));
    g_assert_true(g_str_has_prefix(box->address, user));
    forget(box);
}

static inline void close_box(struct box *box)
{
    hub_session_close(box->session);
    forget(box);
    g_free(box->address);
    g_free(box->dropped);
}

static inline const cJSON *call(struct box *box, const char *to, const char *action, const char *id)
{
    g_autofree char *text = g_strdup_printf(
        "\"op\":\"send\",\"to\":\"%s\",\"body\":{\"type\":\"call\",\"action\":\"%s\",\"call\":\"%s\"}", to, action, id);
    return ask(box, text);
}

/* The newest notice of this kind, borrowed. */
static inline const cJSON *newest(struct box *box, const char *kind)
{
    GList *at = box->received.tail;
    while (at && g_strcmp0(json_string(at->data, "notice"), kind))
        at = at->prev;
    g_assert_nonnull(at);
    return at->data;
}

#endif
