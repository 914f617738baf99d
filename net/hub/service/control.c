#include "net/hub/service/control.h"

#include <string.h>

#include "net/hub/service/service_parts.h"

static struct hub_outcome refused(enum hub_error error, const char *message)
{
    return (struct hub_outcome){ .error = error, .message = g_strdup(message) };
}

cJSON *hub_control_rooms(const struct hub_service *service)
{
    cJSON *json = cJSON_CreateObject();
    cJSON_AddItemToObject(json, "rooms", hub_rooms_list(service->rooms));
    return json;
}

cJSON *hub_control_calls(const struct hub_service *service)
{
    cJSON *json = cJSON_CreateObject();
    cJSON_AddItemToObject(json, "calls", hub_calls_list(service->calls));
    return json;
}

cJSON *hub_control_user(const struct hub_service *service, const char *user)
{
    GPtrArray *devices = hub_users_addressed(service->users, user);
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "user", user);
    cJSON_AddBoolToObject(json, "online", devices->len > 0);
    cJSON_AddNumberToObject(json, "devices", devices->len);
    hub_add_name(json, "name", hub_directory_name(service, user));
    g_ptr_array_unref(devices);
    return json;
}

/* The user's device that the call is for: in a room the one that broadcasts or watches there, else one that is in none.
 */
static struct hub_session *find_device(const struct hub_service *service, const char *user, const char *room, bool host)
{
    struct hub_session *found = NULL;
    GPtrArray *devices = hub_users_addressed(service->users, user);
    for (guint i = 0; i < devices->len && !found; i++) {
        struct hub_session *session = g_ptr_array_index(devices, i);
        bool fits = !room ? !hub_rooms_has_member(service->rooms, session->address)
                          : (host ? !g_strcmp0(hub_rooms_host(service->rooms, room), session->address)
                                  : hub_rooms_watches(service->rooms, room, session->address));
        if (fits && !session->dropped)
            found = session;
    }
    g_ptr_array_unref(devices);
    return found;
}

static bool tell_match(struct hub_session *to, const struct hub_session *with, const char *match, const char *role,
                       const char *room)
{
    cJSON *notice = hub_notice("match");
    cJSON_AddStringToObject(notice, "call", match);
    cJSON_AddStringToObject(notice, "with", with->address);
    cJSON_AddStringToObject(notice, "role", role);
    if (room)
        cJSON_AddStringToObject(notice, "room", room);
    bool sent = hub_session_send(to, notice);
    cJSON_Delete(notice);
    return sent;
}

/* The callee first, so that she knows before the invite can come. */
bool hub_control_bring_together(struct hub_session *caller, struct hub_session *callee, const char *match,
                                const char *room)
{
    return tell_match(callee, caller, match, "callee", room) && tell_match(caller, callee, match, "caller", room);
}

static bool is_online(const struct hub_service *service, const char *user)
{
    GPtrArray *devices = hub_users_addressed(service->users, user);
    bool online = devices->len > 0;
    g_ptr_array_unref(devices);
    return online;
}

struct hub_outcome hub_control_match(struct hub_service *service, const char *a, const char *b, const char *room,
                                     char **match)
{
    if (!hub_name_is_valid(a) || !hub_name_is_valid(b) || !strcmp(a, b) || (room && !hub_name_is_valid(room)))
        return refused(HUB_MALFORMED, "\"a\" and \"b\" are two user ids, \"room\" is a room id");
    if (!is_online(service, a) || !is_online(service, b))
        return refused(HUB_OFFLINE, "one of the two is not logged in");
    struct hub_session *caller = find_device(service, a, room, false), *callee = find_device(service, b, room, true);
    if (!caller || !callee) {
        caller = find_device(service, b, room, false);
        callee = find_device(service, a, room, true);
    }
    if (!caller || !callee)
        return refused(HUB_NOT_ALLOWED, room ? "in this room neither of the two watches what the other broadcasts"
                                             : "one of the two is in a live room: name it");
    *match = g_uuid_string_random();
    if (hub_control_bring_together(caller, callee, *match, room))
        return (struct hub_outcome){ .error = HUB_OK };
    g_clear_pointer(match, g_free);
    return refused(HUB_OFFLINE, "one of the two has just gone");
}

static int tell_hang_up(struct hub_service *service, const char *address)
{
    cJSON *notice = hub_notice("hangup");
    GPtrArray *devices = hub_users_addressed(service->users, address);
    int told = 0;
    for (guint i = 0; i < devices->len; i++)
        told += hub_session_send(g_ptr_array_index(devices, i), notice);
    g_ptr_array_unref(devices);
    cJSON_Delete(notice);
    return told;
}

struct hub_outcome hub_control_hang_up(struct hub_service *service, const char *user, const char *id)
{
    if (!user == !id || (user && !hub_name_is_valid(user)))
        return refused(HUB_MALFORMED, "either \"user\", a user id, or \"call\", the id of a call");
    const struct hub_call *call = id ? hub_calls_find(service->calls, id) : NULL;
    if (id && !call)
        return refused(HUB_NOT_FOUND, "there is no such call");
    if (user && !hub_calls_has(service->calls, user))
        return refused(HUB_NOT_FOUND, "this user has no call");
    int told = user ? tell_hang_up(service, user) : tell_hang_up(service, call->from) + tell_hang_up(service, call->to);
    return told ? (struct hub_outcome){ .error = HUB_OK } : refused(HUB_OFFLINE, "nobody of them is logged in");
}

struct hub_statistics hub_control_statistics(const struct hub_service *service)
{
    return (struct hub_statistics){
        .users = hub_users_count(service->users),
        .rooms = hub_rooms_count(service->rooms),
        .calls = hub_calls_count(service->calls),
        .watchers = g_hash_table_size(service->watchers),
        .counters = service->counters,
        .totals = hub_calls_totals(service->calls),
    };
}

const struct hub_limits *hub_control_limits(const struct hub_service *service)
{
    return &service->limits;
}

const struct hub_quality *hub_control_quality(const struct hub_service *service)
{
    return hub_calls_quality(service->calls);
}

void hub_control_listen(struct hub_service *service, hub_call_seen seen, void *user_data)
{
    hub_calls_listen(service->calls, seen, user_data);
}
