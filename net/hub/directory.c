/* The directory: sessions that watch hear of every user and every room. */
#include "net/hub/service_parts.h"

#include "engine/text/json.h"

static cJSON *user_notice(const char *user, bool online)
{
    cJSON *notice = hub_notice("user");
    cJSON_AddStringToObject(notice, "user", user);
    cJSON_AddBoolToObject(notice, "online", online);
    return notice;
}

cJSON *hub_directory_watch(struct hub_session *session, double id, const cJSON *request, gint64 now_us)
{
    (void)now_us;
    GHashTable *watchers = session->service->watchers;
    const cJSON *on = json_member(request, "on");
    if (!cJSON_IsBool(on))
        return hub_reply_error(id, HUB_MALFORMED, "\"on\" is true or false");
    if (!cJSON_IsTrue(on)) {
        g_hash_table_remove(watchers, session);
        return hub_reply_ok(id);
    }
    if (!g_hash_table_contains(watchers, session) && g_hash_table_size(watchers) >= HUB_WATCHERS_MAX)
        return hub_reply_error(id, HUB_NOT_ALLOWED, "too many watch the directory already");
    g_hash_table_add(watchers, session);
    session->directory_begins = true;
    return hub_reply_ok(id);
}

void hub_directory_begin(struct hub_session *session)
{
    if (!session->directory_begins)
        return;
    session->directory_begins = false;
    cJSON *users = hub_users_list(session->service->users), *rooms = hub_rooms_list(session->service->rooms), *item;
    cJSON_ArrayForEach(item, users) {
        cJSON *notice = user_notice(json_string(item, "user"), true);
        hub_session_send(session, notice);
        cJSON_Delete(notice);
    }
    cJSON_ArrayForEach(item, rooms) {
        cJSON *notice = hub_notice("room");
        cJSON_AddItemReferenceToObject(notice, "room", item);
        hub_session_send(session, notice);
        cJSON_Delete(notice);
    }
    cJSON_Delete(users);
    cJSON_Delete(rooms);
}

/* A watcher that cannot be told is dropped by its carrier later, not from here: the set stays as it is. */
void hub_directory_tell(struct hub_service *service, const cJSON *notice)
{
    GHashTableIter iter;
    gpointer session;
    g_hash_table_iter_init(&iter, service->watchers);
    while (g_hash_table_iter_next(&iter, &session, NULL))
        hub_session_send(session, notice);
}

/* First device in, last device out. */
static void tell_user(struct hub_session *session, guint devices, bool online)
{
    if (!g_hash_table_size(session->service->watchers))
        return;
    GPtrArray *now = hub_users_addressed(session->service->users, session->user);
    if (now->len == devices) {
        cJSON *notice = user_notice(session->user, online);
        hub_directory_tell(session->service, notice);
        cJSON_Delete(notice);
    }
    g_ptr_array_unref(now);
}

void hub_directory_came(struct hub_session *session)
{
    tell_user(session, 1, true);
}

void hub_directory_forget(struct hub_session *session)
{
    g_hash_table_remove(session->service->watchers, session);
    tell_user(session, 0, false);
}
