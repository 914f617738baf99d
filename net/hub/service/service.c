#include "net/hub/service/service.h"

#include <string.h>

#include "engine/text/json.h"

#include "net/hub/service/relays.h"
#include "net/hub/service/service_parts.h"
#include "platform/unix_time.h"

/* Faults (not JSON, unknown, too large, too fast) are answered, but who does nothing else is dropped. */
enum { FAULTS = 50, FAULTS_PER_SECOND = 1, COUNT_EACH_US = 1000000 };

bool hub_session_send(struct hub_session *session, const cJSON *json)
{
    if (session->dropped)
        return false;
    char *text = cJSON_PrintUnformatted(json);
    bool sent = text && session->service->ops->send(session->connection, text, strlen(text));
    cJSON_free(text);
    return sent;
}

static void send_and_delete(struct hub_session *session, cJSON *json)
{
    hub_session_send(session, json);
    cJSON_Delete(json);
}

void hub_session_drop(struct hub_session *session, const char *reason)
{
    if (session->dropped)
        return;
    session->dropped = true;
    session->service->ops->drop(session->connection, reason);
}

static void tell_device(void *user_data, const char *to, const cJSON *notice)
{
    struct hub_service *service = user_data;
    struct hub_session *session = to ? hub_users_device(service->users, to) : NULL;
    if (session)
        hub_session_send(session, notice);
    else if (!to)
        hub_directory_tell(service, notice);
}

static void add_relays(cJSON *json, const struct hub_session *session, int64_t now_us)
{
    cJSON *relays = hub_relays_describe(session->service->relays, session->user, now_us / G_USEC_PER_SEC);
    if (relays)
        cJSON_AddItemToObject(json, "ice_servers", relays);
}

static void await_renewal(struct hub_service *service)
{
    int64_t after_s = hub_relays_renew_after_s(service->relays);
    deadline_set(service->renew_relays, after_s ? g_get_monotonic_time() + after_s * G_USEC_PER_SEC : INT64_MAX);
}

static void renew_relays(void *user_data)
{
    struct hub_service *service = user_data;
    g_autoptr(GPtrArray) sessions = hub_users_all(service->users);
    for (guint i = 0; i < sessions->len; i++) {
        cJSON *notice = hub_notice("ice-servers");
        add_relays(notice, sessions->pdata[i], g_get_real_time());
        send_and_delete(sessions->pdata[i], notice);
    }
    await_renewal(service);
}

static void count_crowds(void *user_data)
{
    struct hub_service *service = user_data;
    service->crowd_waits = false;
    hub_rooms_count_crowds(service->rooms);
}

static void tell_of_rooms(struct hub_service *service)
{
    hub_rooms_flush(service->rooms);
    if (service->crowd_waits || !hub_rooms_crowd_waits(service->rooms))
        return;
    service->crowd_waits = true;
    deadline_set(service->crowds, g_get_monotonic_time() + COUNT_EACH_US);
}

static void tell_gone(void *user_data, const char *partner, const char *address)
{
    struct hub_service *service = user_data;
    struct hub_session *session = hub_users_device(service->users, partner);
    if (!session)
        return;
    cJSON *notice = hub_notice("gone");
    cJSON_AddStringToObject(notice, "device", address);
    send_and_delete(session, notice);
}

/* Those it has calls with need not wait for a time-out. */
static void departed(void *user_data, const char *address)
{
    struct hub_service *service = user_data;
    if (hub_users_device(service->users, address))
        return; /* it is back */
    hub_calls_each_partner(service->calls, address, tell_gone, service);
    hub_calls_forget(service->calls, address, g_get_real_time());
}

struct hub_service *hub_service_create(const struct hub_service_ops *ops, GMainContext *context)
{
    struct hub_service *service = g_new0(struct hub_service, 1);
    service->ops = ops;
    service->users = hub_users_create();
    service->rooms = hub_rooms_create(tell_device, service);
    hub_rooms_name_hosts(service->rooms, hub_directory_name_host);
    service->limits = (struct hub_limits)HUB_LIMITS;
    service->watchers = g_hash_table_new(NULL, NULL);
    service->calls = hub_calls_create();
    service->passes = hub_passes_create();
    service->crowds = deadline_create(context, count_crowds, service);
    service->renew_relays = deadline_create(context, renew_relays, service);
    service->departures = hub_departures_create(context, departed, service);
    service->allowances = hub_allowances_create();
    return service;
}

void hub_service_limit(struct hub_service *service, const struct hub_limits *limits)
{
    service->limits = *limits;
    hub_rooms_limit(service->rooms, limits->rooms_open, limits->rooms_joined);
}

void hub_service_name_relays(struct hub_service *service, const struct hub_relays *relays)
{
    service->relays = relays;
    await_renewal(service);
}

void hub_service_destroy(struct hub_service *service)
{
    if (!service)
        return;
    hub_access_end(service);
    deadline_destroy(service->crowds);
    deadline_destroy(service->renew_relays);
    hub_departures_destroy(service->departures);
    hub_allowances_destroy(service->allowances);
    hub_passes_destroy(service->passes);
    hub_calls_destroy(service->calls);
    g_hash_table_unref(service->watchers);
    hub_rooms_destroy(service->rooms);
    hub_users_destroy(service->users);
    g_free(service);
}

struct hub_session *hub_session_open(struct hub_service *service, void *connection)
{
    struct hub_session *session = g_new0(struct hub_session, 1);
    session->service = service;
    session->connection = connection;
    return session;
}

static void log_out(struct hub_session *session)
{
    if (!session->address)
        return;
    struct hub_service *service = session->service;
    g_debug("%s is gone", session->address);
    hub_users_remove(service->users, session->address);
    hub_rooms_forget(service->rooms, session->address);
    tell_of_rooms(service);
    hub_departures_add(service->departures, session->address,
                       session->silent ? HUB_DEPARTURE_SILENT : HUB_DEPARTURE_CLOSED);
    hub_directory_forget(session);
    hub_access_forget(session);
    g_clear_pointer(&session->address, g_free);
    g_clear_pointer(&session->user, g_free);
    g_clear_pointer(&session->own_name, g_free);
    g_clear_pointer(&session->resume, g_free);
}

void hub_session_fell_silent(struct hub_session *session)
{
    session->silent = true;
}

void hub_session_close(struct hub_session *session)
{
    if (!session)
        return;
    session->dropped = true;
    log_out(session);
    g_free(session);
}

const char *hub_session_address(const struct hub_session *session)
{
    return session->address;
}

static void count_refusal(struct hub_service *service, const cJSON *reply)
{
    const char *word = json_string(reply, "error");
    for (int error = HUB_OK + 1; word && error <= HUB_RATE; error++)
        service->counters.refused[error] += !strcmp(word, hub_error_word(error));
}

static void log_refusal(const struct hub_session *session, const cJSON *request, const cJSON *reply)
{
    const char *op = json_string(request, "op");
    if (json_string(reply, "error"))
        g_debug("%s is refused \"%s\": %s", session->address ? session->address : "who is not logged in", op ? op : "",
                json_string(reply, "message"));
}

static void fault(struct hub_session *session, int64_t now_us, cJSON *reply)
{
    count_refusal(session->service, reply);
    send_and_delete(session, reply);
    if (!hub_bucket_take(&session->faults, FAULTS, FAULTS_PER_SECOND, now_us))
        hub_session_drop(session, "too many faulty requests");
}

void hub_session_refuse_too_large(struct hub_session *session, int64_t now_us)
{
    g_autofree char *words = g_strdup_printf("a request has at most %zu bytes, its envelope and all",
                                             session->service->limits.request_bytes);
    fault(session, now_us, hub_reply_error(0, HUB_TOO_LARGE, words));
}

/* An operation takes its request and gives the reply. */
typedef cJSON *(*operation)(struct hub_session *session, double id, const cJSON *request, int64_t now_us);

/* A device that reconnects before the hub has noticed that its old connection is dead keeps its address, so that a call
 * in progress can still be hung up. The secret is what makes sure that it is the same device. */
static const char *wanted_device(struct hub_session *session, const char *user, const cJSON *request)
{
    const char *device = json_string(request, "device"), *resume = json_string(request, "resume");
    if (!device || !resume)
        return NULL;
    g_autofree char *address = g_strdup_printf("%s/%s", user, device);
    struct hub_session *old = hub_users_device(session->service->users, address);
    if (old && !g_strcmp0(old->resume, resume)) {
        log_out(old);
        hub_session_drop(old, "the same device logged in again");
    }
    return device;
}

static cJSON *refuse_login(const struct hub_session *session, double id, const cJSON *request)
{
    const cJSON *name = json_member(request, "name");
    if (session->address)
        return hub_reply_error(id, HUB_NOT_ALLOWED, "this connection is logged in already");
    if (name && !hub_display_name_is_valid(cJSON_GetStringValue(name)))
        return hub_reply_error(id, HUB_MALFORMED, "a name has " HUB_DISPLAY_NAME_RULE);
    return NULL;
}

/* Its token, or a pass, says who it is. */
/* What all messages' times are told by. */
static void add_time(cJSON *reply)
{
    cJSON_AddNumberToObject(reply, "time", (double)(unix_time_now_us() / 1000));
}

static cJSON *log_in(struct hub_session *session, double id, const cJSON *request, int64_t now_us)
{
    cJSON *refusal = refuse_login(session, id, request);
    if (refusal)
        return refusal;
    bool by_pass = json_member(request, "pass");
    g_autofree char *user = (by_pass ? hub_passes_check : hub_access_check)(session, id, request, now_us, &refusal);
    if (!user)
        return refusal;
    const char *device = wanted_device(session, user, request);
    session->address = hub_users_add(session->service->users, user, device, session);
    if (!session->address) {
        hub_access_forget(session);
        return hub_reply_error(id, HUB_NOT_ALLOWED, "this user is logged in on too many devices");
    }
    session->user = g_strdup(user);
    session->own_name = g_strdup(json_string(request, "name"));
    session->resume = g_uuid_string_random();
    hub_passes_used(session);
    session->arrival = ++session->service->arrivals;
    g_debug("%s logs in%s", session->address, by_pass ? " by a pass" : "");
    hub_directory_came(session);
    cJSON *reply = hub_reply_ok(id);
    cJSON_AddStringToObject(reply, "address", session->address);
    cJSON_AddStringToObject(reply, "resume", session->resume);
    hub_add_name(reply, "name", hub_directory_name(session->service, session->address));
    add_time(reply);
    add_relays(reply, session, now_us);
    return reply;
}

static cJSON *ping(struct hub_session *session, double id, const cJSON *request, int64_t now_us)
{
    (void)session;
    (void)request;
    (void)now_us;
    cJSON *reply = hub_reply_ok(id);
    add_time(reply);
    return reply;
}

static cJSON *list_users(struct hub_session *session, double id, const cJSON *request, int64_t now_us)
{
    (void)request;
    (void)now_us;
    cJSON *reply = hub_reply_ok(id);
    cJSON_AddItemToObject(reply, "users", hub_directory_users(session->service));
    return reply;
}

static cJSON *list_rooms(struct hub_session *session, double id, const cJSON *request, int64_t now_us)
{
    (void)request;
    (void)now_us;
    cJSON *reply = hub_reply_ok(id);
    cJSON_AddItemToObject(reply, "rooms", hub_rooms_list(session->service->rooms));
    return reply;
}

/* The room as it is now goes along where it still exists, also with a refusal. */
static cJSON *room_reply(struct hub_session *session, double id, const cJSON *request, struct hub_outcome outcome)
{
    cJSON *reply = outcome.error == HUB_OK ? hub_reply_ok(id) : hub_reply_error(id, outcome.error, outcome.message);
    cJSON *room = hub_rooms_describe(session->service->rooms, json_string(request, "room"));
    if (room)
        cJSON_AddItemToObject(reply, "room", room);
    g_free(outcome.message);
    return reply;
}

/* What the request says of the room; what it does not say is NULL. */
static struct hub_room_news room_news(const cJSON *request)
{
    return (struct hub_room_news){ .state = json_member(request, "state"),
                                   .camera = json_member(request, "camera"),
                                   .said = request };
}

static cJSON *open_room(struct hub_session *session, double id, const cJSON *request, int64_t now_us)
{
    (void)now_us;
    struct hub_outcome outcome = hub_access_role(session, json_string(request, "room"), HUB_ROLE_HOST);
    if (outcome.error == HUB_OK)
        outcome = hub_rooms_open(session->service->rooms, json_string(request, "room"), session->address,
                                 room_news(request));
    return room_reply(session, id, request, outcome);
}

static cJSON *close_room(struct hub_session *session, double id, const cJSON *request, int64_t now_us)
{
    (void)now_us;
    return room_reply(session, id, request,
                      hub_rooms_close(session->service->rooms, json_string(request, "room"), session->address));
}

static cJSON *set_room_state(struct hub_session *session, double id, const cJSON *request, int64_t now_us)
{
    (void)now_us;
    return room_reply(
        session, id, request,
        hub_rooms_change(session->service->rooms, json_string(request, "room"), session->address, room_news(request)));
}

static cJSON *join_room(struct hub_session *session, double id, const cJSON *request, int64_t now_us)
{
    if (!hub_allowances_take(session->service->allowances, session->user, HUB_DEED_JOIN, session->service->limits.joins,
                             now_us))
        return hub_reply_error(id, HUB_RATE, "you go from room to room too fast; wait a second");
    struct hub_outcome outcome = hub_access_role(session, json_string(request, "room"), HUB_ROLE_AUDIENCE);
    if (outcome.error == HUB_OK)
        outcome = hub_rooms_join(session->service->rooms, json_string(request, "room"), session->address);
    return room_reply(session, id, request, outcome);
}

static cJSON *leave_room(struct hub_session *session, double id, const cJSON *request, int64_t now_us)
{
    (void)now_us;
    return room_reply(session, id, request,
                      hub_rooms_leave(session->service->rooms, json_string(request, "room"), session->address));
}

/* All devices but the sender's own and, of an invite, those that may not be called (`forbidden`: there are such), and
 * those that are here for another call. */
static GPtrArray *addressees(struct hub_session *session, const char *to, bool invite, bool *forbidden)
{
    GPtrArray *devices = hub_users_addressed(session->service->users, to);
    for (guint i = devices->len; i-- > 0;) {
        const struct hub_session *device = g_ptr_array_index(devices, i);
        bool may = !invite || device == session ||
                   hub_rooms_may_call(session->service->rooms, session->address, device->address);
        *forbidden = *forbidden || !may;
        if (device == session || !may || (invite && device->pass))
            g_ptr_array_remove_index(devices, i);
    }
    return devices;
}

/* Which devices were reached: a JSON array of their addresses. */
static cJSON *deliver(struct hub_session *session, const char *to, const cJSON *body, bool *forbidden)
{
    const char *name = hub_directory_name(session->service, session->address);
    GPtrArray *devices = addressees(session, to, hub_is_invite(body), forbidden);
    cJSON *notice = hub_notice("message");
    cJSON_AddStringToObject(notice, "from", session->address);
    cJSON_AddItemToObject(notice, "body", hub_body_for(body, (int)devices->len, name));
    cJSON *reached = cJSON_CreateArray();
    for (guint i = 0; i < devices->len; i++) {
        struct hub_session *device = g_ptr_array_index(devices, i);
        if (hub_session_send(device, notice))
            cJSON_AddItemToArray(reached, cJSON_CreateString(device->address));
    }
    g_ptr_array_unref(devices);
    cJSON_Delete(notice);
    return reached;
}

/* May one more call begin? Of any other message nothing is said. */
static struct hub_outcome admit_call(struct hub_session *session, const cJSON *body, int64_t now_us)
{
    struct hub_service *service = session->service;
    if (!hub_is_invite(body) || hub_calls_find(service->calls, json_string(body, "call")))
        return (struct hub_outcome){ .error = HUB_OK };
    if (!hub_passes_may_send(session, body))
        return (struct hub_outcome){ .error = HUB_NOT_ALLOWED,
                                     .message = g_strdup("this device is here for another call") };
    if (!hub_allowances_take(service->allowances, session->user, HUB_DEED_INVITE, service->limits.invites, now_us))
        return (struct hub_outcome){ .error = HUB_RATE, .message = g_strdup("you call too often; wait a second") };
    if (!hub_calls_have_room(service->calls, session->user, now_us))
        return (struct hub_outcome){ .error = HUB_RATE, .message = g_strdup("too many calls ring or go on already") };
    return (struct hub_outcome){ .error = HUB_OK };
}

/* With what the hub knows of the sender. */
static void note_call(struct hub_session *session, const char *to, const cJSON *body, const cJSON *reached,
                      int64_t now_us)
{
    cJSON *named = hub_body_for(body, 1, hub_directory_name(session->service, session->address));
    hub_calls_pass(session->service->calls, session->address, to, named, reached, now_us);
    cJSON_Delete(named);
}

static cJSON *send_message(struct hub_session *session, double id, const cJSON *request, int64_t now_us)
{
    const char *to = json_string(request, "to");
    const cJSON *body = json_member(request, "body");
    if (!to || strlen(to) > HUB_ADDRESS_MAX || !cJSON_IsObject(body))
        return hub_reply_error(id, HUB_MALFORMED, "a message has \"to\", an address, and \"body\", an object");
    struct hub_outcome outcome = hub_access_call(session, to, body);
    if (outcome.error == HUB_OK)
        outcome = admit_call(session, body, now_us);
    if (outcome.error != HUB_OK) {
        cJSON *refusal = hub_reply_error(id, outcome.error, outcome.message);
        g_free(outcome.message);
        return refusal;
    }
    bool forbidden = false;
    cJSON *reached = deliver(session, to, body, &forbidden);
    int devices = cJSON_GetArraySize(reached);
    cJSON *reply = NULL;
    if (!devices && forbidden)
        reply = hub_reply_error(id, HUB_NOT_ALLOWED,
                                "in a live room the audience calls, and only the broadcaster is called");
    else if (devices || !hub_is_invite(body)) /* what rang nowhere is no call */
        note_call(session, to, body, reached, now_us);
    session->service->counters.messages += devices > 0;
    if (!reply)
        reply = devices ? hub_reply_delivered(id, body, reached, hub_directory_name(session->service, to))
                        : hub_reply_error(id, HUB_OFFLINE, "the addressee is not logged in");
    cJSON_Delete(reached);
    return reply;
}

static const struct {
    const char *name;
    operation run;
    enum { ANYBODY, USERS, IN_OWN_RIGHT } who; /* the last: not by a pass */
} operations[] = {
    { "login", log_in, ANYBODY },
    { "ping", ping, ANYBODY },
    { "renew", hub_access_renew, IN_OWN_RIGHT },
    { "watch", hub_directory_watch, USERS },
    { "send", send_message, USERS },
    { "users", list_users, USERS },
    { "rooms", list_rooms, USERS },
    { "room-open", open_room, IN_OWN_RIGHT },
    { "room-close", close_room, IN_OWN_RIGHT },
    { "room-state", set_room_state, IN_OWN_RIGHT },
    { "room-join", join_room, USERS },
    { "room-leave", leave_room, USERS },
    { "pass", hub_passes_ask, IN_OWN_RIGHT },
    { "continue", hub_passes_continue, USERS },
};

/* NULL where there is none. */
static cJSON *run_operation(struct hub_session *session, double id, const cJSON *request, int64_t now_us)
{
    const char *name = json_string(request, "op");
    for (size_t i = 0; name && i < G_N_ELEMENTS(operations); i++) {
        if (strcmp(operations[i].name, name))
            continue;
        if (operations[i].who != ANYBODY && !session->address)
            return hub_reply_error(id, HUB_NOT_ALLOWED, "log in first");
        if (operations[i].who == IN_OWN_RIGHT && session->pass)
            return hub_reply_error(id, HUB_NOT_ALLOWED, "this device is here for one call only");
        return operations[i].run(session, id, request, now_us);
    }
    return NULL;
}

void hub_session_receive(struct hub_session *session, const char *text, size_t length, int64_t now_us)
{
    if (session->dropped)
        return;
    const struct hub_limits *limits = &session->service->limits;
    if (length > limits->request_bytes) {
        hub_session_refuse_too_large(session, now_us);
        return;
    }
    int64_t begin_us = g_get_monotonic_time();
    session->service->counters.requests++;
    session->service->counters.bytes += length;
    bool in_time = hub_bucket_take(&session->requests, limits->requests.burst, limits->requests.per_second, now_us);
    cJSON *request = hub_parse(text, length);
    double id = hub_request_id(request);
    cJSON *reply = in_time && id ? run_operation(session, id, request, now_us) : NULL;
    count_refusal(session->service, reply);
    log_refusal(session, request, reply);
    if (reply)
        send_and_delete(session, reply);
    else if (!in_time)
        fault(session, now_us, hub_reply_error(id, HUB_RATE, "too many requests; wait a second"));
    else
        fault(session, now_us,
              hub_reply_error(id, HUB_MALFORMED,
                              "a request is a JSON object with \"id\", a number "
                              "from 1, and \"op\", a known operation"));
    cJSON_Delete(request);
    hub_directory_begin(session);
    hub_directory_renamed(session);
    tell_of_rooms(session->service);
    hub_passes_follow(session->service, now_us);
    session->service->counters.handling_us += (uint64_t)(g_get_monotonic_time() - begin_us);
}
