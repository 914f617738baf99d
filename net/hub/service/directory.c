/* The directory: sessions that watch hear of every user and every room. */
#include "net/hub/service/service_parts.h"

#include "engine/text/json.h"

static const char *name_of(const struct hub_session *session)
{
    return session->grant && session->grant->name ? session->grant->name : session->own_name;
}

const char *hub_directory_name(const struct hub_service *service, const char *address)
{
    GPtrArray *devices = hub_users_addressed(service->users, address);
    const struct hub_session *last = NULL;
    for (guint i = 0; i < devices->len; i++) {
        const struct hub_session *device = g_ptr_array_index(devices, i);
        if (name_of(device) && (!last || device->arrival > last->arrival))
            last = device;
    }
    g_ptr_array_unref(devices);
    return last ? name_of(last) : NULL;
}

const char *hub_directory_name_host(void *service, const char *address)
{
    return hub_directory_name(service, address);
}

cJSON *hub_directory_users(const struct hub_service *service)
{
    cJSON *users = hub_users_list(service->users), *user;
    cJSON_ArrayForEach (user, users)
        hub_add_name(user, "name", hub_directory_name(service, json_string(user, "user")));
    return users;
}

static cJSON *user_notice(const char *user, bool online, const char *name)
{
    cJSON *notice = hub_notice("user");
    cJSON_AddStringToObject(notice, "user", user);
    cJSON_AddBoolToObject(notice, "online", online);
    hub_add_name(notice, "name", name);
    return notice;
}

cJSON *hub_directory_watch(struct hub_session *session, double id, const cJSON *request, int64_t now_us)
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
    cJSON *users = hub_directory_users(session->service), *rooms = hub_rooms_list(session->service->rooms), *item;
    cJSON_ArrayForEach (item, users) {
        cJSON *notice = user_notice(json_string(item, "user"), true, json_string(item, "name"));
        hub_session_send(session, notice);
        cJSON_Delete(notice);
    }
    cJSON_ArrayForEach (item, rooms) {
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

/* First device in, last device out, and a device whose name may have been the user's, or is now. */
static void tell_user(const struct hub_session *session, guint devices)
{
    if (!g_hash_table_size(session->service->watchers))
        return;
    GPtrArray *now = hub_users_addressed(session->service->users, session->user);
    if (now->len == devices || name_of(session)) {
        cJSON *notice = user_notice(session->user, now->len > 0, hub_directory_name(session->service, session->user));
        hub_directory_tell(session->service, notice);
        cJSON_Delete(notice);
    }
    g_ptr_array_unref(now);
}

void hub_directory_came(struct hub_session *session)
{
    tell_user(session, 1);
}

void hub_directory_forget(struct hub_session *session)
{
    g_hash_table_remove(session->service->watchers, session);
    tell_user(session, 0);
}

void hub_directory_renamed(struct hub_session *session)
{
    if (!session->renamed)
        return;
    session->renamed = false;
    cJSON *notice = user_notice(session->user, true, hub_directory_name(session->service, session->user));
    hub_directory_tell(session->service, notice);
    cJSON_Delete(notice);
    hub_rooms_host_renamed(session->service->rooms, session->address);
}
