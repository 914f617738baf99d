#include "net/signal/parts.h"

#include <assert.h>
#include <string.h>

#include "engine/text/json.h"
#include "net/mqtt/signal_mqtt.h"
#include "net/protocol/hub_protocol.h"
#include "net/signal/backends.h"
#include "net/signal/requests.h"
#include "platform/unix_time.h"

enum {
    ACK_TIMEOUT_US = 5 * G_USEC_PER_SEC,
    LOGIN_AGAIN_US = 5 * G_USEC_PER_SEC,
    PATIENCE_US = 5 * G_USEC_PER_SEC,
    REQUESTS_MAX = 4096
};

static const struct signal_backend_ops *const backends[] = {
    &signal_backend_websocket,
    &signal_backend_mqtt,
    &signal_backend_loopback,
    &signal_backend_none,
};

/* What the backend reported, until the pump hands it on. */
struct event {
    enum { EVENT_UP, EVENT_DOWN, EVENT_RECEIVED } kind;
    char *text;
    size_t length;
};

static void free_event(gpointer data)
{
    struct event *event = data;
    g_free(event->text);
    g_free(event);
}

static void free_client(struct signal_client *client)
{
    signal_rooms_destroy(client->rooms);
    g_free(client->user);
    g_free(client->own_name);
    g_free(client->name);
    g_free(client->address);
    g_free(client->resume);
    g_free(client->token);
    g_free(client->token_file);
    g_free(client);
}

/* Between enter and leave the client stays allocated, whatever the listener does. */
static void enter(struct signal_client *client)
{
    client->depth++;
}

static void leave(struct signal_client *client)
{
    if (--client->depth == 0 && client->closed)
        free_client(client);
}

static void post(struct signal_client *client, int kind, const char *text, size_t length)
{
    struct event *event = g_new0(struct event, 1);
    event->kind = kind;
    event->text = g_strndup(text, length);
    event->length = length;
    g_queue_push_tail(&client->events, event);
    deadline_set(client->pump, 0);
}

static void backend_up(void *front)
{
    post(front, EVENT_UP, "", 0);
}

static void backend_down(void *front, const char *why)
{
    post(front, EVENT_DOWN, why, strlen(why));
}

static void backend_received(void *front, const char *text, size_t length)
{
    post(front, EVENT_RECEIVED, text, length);
}

static const struct signal_backend_events backend_events = {
    .up = backend_up,
    .down = backend_down,
    .received = backend_received,
};

/* Requests. Each is answered once: by the hub, by time, or by the end of the connection. */

static void finish(struct signal_client *client, struct signal_request *request, enum signal_result result,
                   const cJSON *reply)
{
    enter(client);
    if (request->done)
        request->done(request->user_data, result, reply);
    g_free(request);
    leave(client);
}

/* One at a time: whoever is called may destroy the client, which ends all requests that are still in its queue. */
static void time_out(void *user_data)
{
    struct signal_client *client = user_data;
    int64_t now = g_get_monotonic_time();
    struct signal_request *late;
    enter(client);
    while ((late = signal_requests_take_overdue(&client->requests, now)))
        finish(client, late, SIGNAL_LOST, NULL);
    if (!client->closed)
        deadline_set(client->timeout, signal_requests_due(&client->requests));
    leave(client);
}

/* All that exist now; what a callback asks anew has its own fate. */
static void lose_requests(struct signal_client *client)
{
    double last = client->last_id;
    struct signal_request *lost;
    enter(client);
    while ((lost = signal_requests_take_until(&client->requests, last)))
        finish(client, lost, SIGNAL_LOST, NULL);
    leave(client);
}

/* The front's own refusal takes the way of the hub's, so that `done` is never called from within the caller. */
static void refuse(struct signal_client *client, double id, enum hub_error error, const char *message)
{
    cJSON *reply = hub_reply_error(id, error, message);
    char *text = cJSON_PrintUnformatted(reply);
    post(client, EVENT_RECEIVED, text, strlen(text));
    cJSON_free(text);
    cJSON_Delete(reply);
}

void signal_client_request(struct signal_client *client, cJSON *json, signal_done done, void *user_data)
{
    assert(!client->closed);
    struct signal_request *entry = g_new0(struct signal_request, 1);
    entry->id = ++client->last_id;
    entry->done = done;
    entry->user_data = user_data;
    cJSON_AddNumberToObject(json, "id", entry->id);
    char *text = cJSON_PrintUnformatted(json);
    size_t length = text ? strlen(text) : 0;
    bool login = !g_strcmp0(json_string(json, "op"), "login");
    bool sent = false;
    entry->due_us = g_get_monotonic_time() + ACK_TIMEOUT_US;
    if (length > HUB_REQUEST_MAX) {
        refuse(client, entry->id, HUB_TOO_LARGE, "a message's body has at most 64 KiB as text");
        sent = true;
    } else if (text && client->connected && (client->online || login) && client->requests.length < REQUESTS_MAX) {
        sent = client->backend->ops->send(client->backend, text, length);
    }
    if (!sent)
        entry->due_us = g_get_monotonic_time();
    g_queue_push_tail(&client->requests, entry);
    deadline_set(client->timeout, signal_requests_due(&client->requests));
    cJSON_free(text);
    cJSON_Delete(json);
}

static enum signal_result result_of(const cJSON *reply)
{
    if (json_is_true(reply, "ok"))
        return SIGNAL_DELIVERED;
    return g_strcmp0(json_string(reply, "error"), hub_error_word(HUB_OFFLINE)) ? SIGNAL_REFUSED : SIGNAL_OFFLINE;
}

static void acknowledge(struct signal_client *client, const cJSON *ack, const cJSON *reply)
{
    double id = cJSON_IsNumber(ack) ? ack->valuedouble : 0;
    struct signal_request *entry = signal_requests_take(&client->requests, id);
    if (entry) {
        deadline_set(client->timeout, signal_requests_due(&client->requests));
        finish(client, entry, result_of(reply), reply);
        return;
    }
    if (!id)
        g_info("the hub says: %s", json_string(reply, "message") ? json_string(reply, "message") : "(nothing)");
}

/* Logging in. Listeners hear of it when the rooms are open and joined again. */

static void rooms_restored(void *user_data)
{
    struct signal_client *client = user_data;
    if (client->online && client->listener->online)
        client->listener->online(client->user_data);
}

static void logged_in(void *user_data, enum signal_result result, const cJSON *reply)
{
    struct signal_client *client = user_data;
    if (client->closed || !client->connected)
        return;
    const char *address = json_string(reply, "address"), *resume = json_string(reply, "resume");
    int64_t time_ms;
    if (result != SIGNAL_DELIVERED || !address || !json_integer(reply, "time", 0, JSON_INTEGER_MAX, &time_ms)) {
        const char *why = json_string(reply, "message");
        client->refused = result == SIGNAL_REFUSED;
        g_warning("cannot log in as %s: %s", client->user, why ? why : "the hub does not answer");
        deadline_set(client->login_again, g_get_monotonic_time() + LOGIN_AGAIN_US);
        if (client->listener->offline)
            client->listener->offline(client->user_data, why ? why : "the hub does not answer");
        return;
    }
    client->online = true;
    client->refused = false;
    g_free(client->address);
    client->address = g_strdup(address);
    g_free(client->resume);
    client->resume = g_strdup(resume);
    g_free(client->name);
    client->name = g_strdup(json_string(reply, "name"));
    client->hub_offset_us = time_ms * 1000 - unix_time_now_us();
    signal_client_ice_servers(client, reply);
    if (client->watching)
        signal_client_watch(client, NULL, NULL);
    signal_rooms_restore(client->rooms);
}

static void log_in(void *user_data)
{
    struct signal_client *client = user_data;
    signal_client_read_token(client);
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "op", "login");
    cJSON_AddStringToObject(json, "user", client->user);
    hub_add_name(json, "name", client->own_name);
    const char *slash = strrchr(client->address, '/');
    if (slash && client->resume) {
        cJSON_AddStringToObject(json, "device", slash + 1);
        cJSON_AddStringToObject(json, "resume", client->resume);
    }
    if (client->token)
        cJSON_AddStringToObject(json, "token", client->token);
    signal_client_request(client, json, logged_in, client);
}

static void receive(struct signal_client *client, const char *text, size_t length)
{
    cJSON *json = hub_parse(text, length);
    const cJSON *ack = json_member(json, "ack");
    if (ack)
        acknowledge(client, ack, json);
    else
        signal_client_notice(client, json);
    cJSON_Delete(json);
}

static void lose_patience(void *user_data)
{
    struct signal_client *client = user_data;
    if (client->listener->offline)
        client->listener->offline(client->user_data, "the hub does not answer");
}

static void go_offline(struct signal_client *client, const char *why)
{
    deadline_set(client->patience, INT64_MAX);
    client->connected = client->online = client->refused = false;
    deadline_set(client->login_again, INT64_MAX);
    signal_rooms_suspend(client->rooms);
    lose_requests(client);
    if (client->closed)
        return;
    signal_client_read_token(client); /* for the next connection of a backend that cannot wait for the login */
    if (client->listener->offline)
        client->listener->offline(client->user_data, why);
}

static void handle(struct signal_client *client, const struct event *event)
{
    switch (event->kind) {
    case EVENT_UP:
        client->connected = true;
        deadline_set(client->patience, INT64_MAX);
        log_in(client);
        break;
    case EVENT_DOWN:
        go_offline(client, event->text);
        break;
    case EVENT_RECEIVED:
        receive(client, event->text, event->length);
        break;
    }
}

/* What is posted meanwhile waits for the next round, so that two clients which answer each other cannot hold the
 * loop. */
static void pump(void *user_data)
{
    struct signal_client *client = user_data;
    GQueue events = client->events;
    g_queue_init(&client->events);
    struct event *event;
    enter(client);
    while ((event = g_queue_pop_head(&events))) {
        if (!client->closed)
            handle(client, event);
        free_event(event);
    }
    leave(client);
}

/* Public. */

static const struct signal_backend_ops *find_backend(const char *url)
{
    g_autofree char *scheme = url ? g_uri_parse_scheme(url) : NULL;
    for (size_t i = 0; scheme && i < G_N_ELEMENTS(backends); i++)
        for (size_t j = 0; j < G_N_ELEMENTS(backends[i]->schemes); j++)
            if (backends[i]->schemes[j] && !g_ascii_strcasecmp(scheme, backends[i]->schemes[j]))
                return backends[i];
    return NULL;
}

bool signal_url_is_good(const char *url)
{
    const struct signal_backend_ops *ops = find_backend(url);
    g_autoptr(GUri) uri = ops ? g_uri_parse(url, G_URI_FLAGS_SCHEME_NORMALIZE, NULL) : NULL;
    bool has_host = uri && g_uri_get_host(uri) && *g_uri_get_host(uri);
    return has_host || ops == &signal_backend_loopback;
}

static void room_request(void *user_data, cJSON *json, signal_done done, void *done_data)
{
    signal_client_request(user_data, json, done, done_data);
}

static const struct signal_rooms_ops rooms_ops = {
    .request = room_request,
    .changed = signal_client_room,
    .restored = rooms_restored,
};

struct signal_client *signal_client_create(struct reactor *reactor, const struct signal_config *config)
{
    const struct signal_backend_ops *ops = find_backend(config->url);
    if (!ops) {
        g_warning("\"%s\" is no signalling address; give one like ws://127.0.0.1:8080", config->url ? config->url : "");
        return NULL;
    }
    if (!hub_name_is_valid(config->user)) {
        g_warning("a user id has 1 to %d bytes of UTF-8, no '/' and no control characters", HUB_NAME_MAX);
        return NULL;
    }
    if (config->name && !hub_display_name_is_valid(config->name)) {
        g_warning("a name has " HUB_DISPLAY_NAME_RULE);
        return NULL;
    }
    static const struct signal_listener deaf;
    struct signal_client *client = g_new0(struct signal_client, 1);
    client->reactor = reactor;
    client->user = g_strdup(config->user);
    client->own_name = g_strdup(config->name);
    client->token = g_strdup(config->token);
    client->address = g_strdup("");
    client->listener = config->listener ? config->listener : &deaf;
    client->user_data = config->user_data;
    client->pump = deadline_create(reactor_context(reactor), pump, client);
    client->timeout = deadline_create(reactor_context(reactor), time_out, client);
    client->rooms = signal_rooms_create(reactor, &rooms_ops, client);
    client->login_again = deadline_create(reactor_context(reactor), log_in, client);
    client->patience = deadline_create(reactor_context(reactor), lose_patience, client);
    if (ops != &signal_backend_none)
        deadline_set(client->patience, g_get_monotonic_time() + PATIENCE_US);
    struct signal_backend_config backend = {
        .reactor = reactor,
        .url = config->url,
        .user = config->user,
        .name = config->name,
        .token = config->token,
        .ca_file = config->ca_file,
        .events = &backend_events,
        .front = client,
    };
    client->backend = ops->create(&backend);
    if (client->backend && config->token_file)
        signal_client_watch_token(client, config->token_file);
    if (client->backend)
        return client;
    signal_client_destroy(client);
    return NULL;
}

void signal_client_destroy(struct signal_client *client)
{
    if (!client || client->closed)
        return;
    enter(client);
    client->closed = true;
    client->connected = client->online = false;
    signal_client_unwatch_token(client);
    if (client->backend)
        client->backend->ops->destroy(client->backend);
    signal_rooms_suspend(client->rooms);
    lose_requests(client);
    deadline_destroy(client->pump);
    deadline_destroy(client->login_again);
    deadline_destroy(client->patience);
    deadline_destroy(client->timeout);
    g_queue_clear_full(&client->events, free_event);
    leave(client);
}

void signal_client_network_changed(struct signal_client *client, bool slept)
{
    if (client->backend->ops->network_changed)
        client->backend->ops->network_changed(client->backend, slept);
}

bool signal_client_is_refused(const struct signal_client *client)
{
    return client->refused;
}

bool signal_client_is_online(const struct signal_client *client)
{
    return client->online;
}

const char *signal_client_name(const struct signal_client *client)
{
    return client->name;
}

const char *signal_client_address(const struct signal_client *client)
{
    return client->address;
}

int64_t signal_client_now_ms(const struct signal_client *client)
{
    return (unix_time_now_us() + client->hub_offset_us) / 1000;
}
