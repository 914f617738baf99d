/* Who may log in, for how long, and in which role. One deadline serves all tokens: that of the one that ends first. */
#include <string.h>

#include "engine/text/address.h"
#include "engine/text/json.h"

#include "net/hub/service/service_parts.h"

enum { WARN_S = 30 };

static struct hub_outcome refused(enum hub_error error, const char *message)
{
    return (struct hub_outcome){ .error = error, .message = g_strdup(message) };
}

static gint compare_leases(gconstpointer a, gconstpointer b, gpointer user_data)
{
    (void)user_data;
    const struct hub_session *first = a, *second = b;
    return first->lease_due_us < second->lease_due_us ? -1 : first->lease_due_us > second->lease_due_us;
}

static void await_first(struct hub_service *service)
{
    GSequenceIter *begin = g_sequence_get_begin_iter(service->leases);
    if (g_sequence_iter_is_end(begin)) {
        deadline_set(service->lease_end, INT64_MAX);
        return;
    }
    const struct hub_session *first = g_sequence_get(begin);
    deadline_set(service->lease_end, g_get_monotonic_time() + MAX(first->lease_due_us - g_get_real_time(), 0));
}

static void cancel_lease(struct hub_session *session)
{
    if (session->lease)
        g_sequence_remove(session->lease);
    session->lease = NULL;
}

static void set_lease(struct hub_session *session, int64_t due_us)
{
    cancel_lease(session);
    session->lease_due_us = due_us;
    session->lease = g_sequence_insert_sorted(session->service->leases, session, compare_leases, NULL);
}

static void begin_lease(struct hub_session *session)
{
    cancel_lease(session);
    session->lease_warned = false;
    if (session->grant->expires_s != INT64_MAX)
        set_lease(session, (session->grant->expires_s - WARN_S) * G_USEC_PER_SEC);
    await_first(session->service);
}

static void warn(struct hub_session *session, int64_t now_us)
{
    int64_t left_us = session->grant->expires_s * G_USEC_PER_SEC - now_us;
    cJSON *notice = hub_notice("token-expires");
    cJSON_AddNumberToObject(notice, "seconds", (double)((left_us + G_USEC_PER_SEC - 1) / G_USEC_PER_SEC));
    session->lease_warned = true;
    set_lease(session, session->grant->expires_s * G_USEC_PER_SEC);
    hub_session_send(session, notice);
    cJSON_Delete(notice);
}

static void leases_due(void *user_data)
{
    struct hub_service *service = user_data;
    int64_t now_us = g_get_real_time();
    for (;;) {
        GSequenceIter *begin = g_sequence_get_begin_iter(service->leases);
        struct hub_session *session = g_sequence_iter_is_end(begin) ? NULL : g_sequence_get(begin);
        if (!session || session->lease_due_us > now_us)
            break;
        if (!session->lease_warned && session->grant->expires_s * G_USEC_PER_SEC > now_us) {
            warn(session, now_us);
            continue;
        }
        cancel_lease(session);
        hub_session_drop(session, "its token has expired");
    }
    await_first(service);
}

void hub_service_require_tokens(struct hub_service *service, const struct hub_keys *keys, GMainContext *context)
{
    service->keys = keys;
    service->leases = g_sequence_new(NULL);
    service->lease_end = deadline_create(context, leases_due, service);
}

void hub_access_end(struct hub_service *service)
{
    if (service->leases)
        g_sequence_free(service->leases);
    deadline_destroy(service->lease_end);
}

void hub_access_forget(struct hub_session *session)
{
    cancel_lease(session);
    g_clear_pointer(&session->grant, hub_grant_destroy);
    session->pass = NULL;
}

char *hub_access_check(struct hub_session *session, double id, const cJSON *request, int64_t now_us, cJSON **refusal)
{
    const char *user = json_string(request, "user");
    if (session->service->keys) {
        g_autofree char *error = NULL;
        struct hub_grant *grant = hub_token_check(session->service->keys, json_string(request, "token"),
                                                  now_us / G_USEC_PER_SEC, &error);
        if (!grant || !*grant->user || (user && strcmp(user, grant->user))) {
            hub_grant_destroy(grant);
            *refusal = hub_reply_error(id, HUB_NOT_ALLOWED, error ? error : "the token is for another user");
            return NULL;
        }
        session->grant = grant;
        begin_lease(session);
        return g_strdup(grant->user);
    }
    if (hub_name_is_valid(user))
        return g_strdup(user);
    *refusal = hub_reply_error(id, HUB_MALFORMED,
                               "a user id has 1 to 64 bytes of UTF-8, no '/' and no control or invisible characters");
    return NULL;
}

cJSON *hub_access_renew(struct hub_session *session, double id, const cJSON *request, int64_t now_us)
{
    if (!session->service->keys)
        return hub_reply_ok(id);
    g_autofree char *error = NULL;
    struct hub_grant *grant = hub_token_check(session->service->keys, json_string(request, "token"),
                                              now_us / G_USEC_PER_SEC, &error);
    if (!grant || strcmp(grant->user, session->user)) {
        hub_grant_destroy(grant);
        return hub_reply_error(id, HUB_NOT_ALLOWED, error ? error : "the token is for another user");
    }
    session->renamed = g_strcmp0(session->grant->name, grant->name);
    hub_grant_destroy(session->grant);
    session->grant = grant;
    begin_lease(session);
    return hub_reply_ok(id);
}

struct hub_outcome hub_access_role(const struct hub_session *session, const char *room, enum hub_role role)
{
    if (!session->grant || hub_grant_role(session->grant, room) >= role)
        return (struct hub_outcome){ .error = HUB_OK };
    return refused(HUB_NOT_ALLOWED, role == HUB_ROLE_HOST ? "your token does not allow you to broadcast in this room"
                                                          : "your token does not allow you to watch this room");
}

/* In a live room the audience calls and the broadcaster is called, nobody else. */
struct hub_outcome hub_access_call(const struct hub_session *session, const char *to, const cJSON *body)
{
    const struct hub_rooms *rooms = session->service->rooms;
    const cJSON *room = json_member(body, "room");
    if (!room || g_strcmp0(json_string(body, "type"), "call") || g_strcmp0(json_string(body, "action"), "invite"))
        return (struct hub_outcome){ .error = HUB_OK };
    if (!cJSON_IsString(room))
        return refused(HUB_MALFORMED, "\"room\" of an invite is a room id");
    if (!hub_rooms_watches(rooms, room->valuestring, session->address))
        return refused(HUB_NOT_ALLOWED, "only a room's audience calls its broadcaster, and you do not watch this room");
    const char *host = hub_rooms_host(rooms, room->valuestring);
    if (!host)
        return refused(HUB_OFFLINE, "the room's broadcaster is away");
    g_autofree char *user = address_user(host);
    if (strcmp(to, host) && strcmp(to, user))
        return refused(HUB_NOT_ALLOWED, "in a live room only the broadcaster is called");
    return (struct hub_outcome){ .error = HUB_OK };
}
