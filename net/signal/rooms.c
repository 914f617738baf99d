#include "net/signal/rooms.h"

#include "engine/text/json.h"
#include "net/protocol/hub_protocol.h"
#include "platform/deadline.h"

enum { TRY_AGAIN_US = G_USEC_PER_SEC };

struct wanted {
    bool host;                   /* open it; else join it */
    char *state;                 /* of a hosted room; NULL: live */
    bool camera_off;             /* of a hosted room */
    struct room_streams streams; /* of a hosted room */
    bool missing;                /* to be opened or joined again, not yet granted */
};

struct signal_rooms {
    const struct signal_rooms_ops *ops;
    void *user_data;
    GHashTable *by_name; /* room id -> struct wanted */
    struct deadline *try_again;
    guint generation; /* of the connection */
    int outstanding;  /* of the restoring in progress */
};

/* What a request changes here when it is granted. */
enum kind { OPEN, CLOSE, SET_STATE, SET_CAMERA, JOIN, LEAVE };

struct operation {
    struct signal_rooms *rooms;
    enum kind kind;
    char *room, *state;
    bool camera_off;
    struct room_streams streams;
    signal_done done;
    void *user_data;
};

struct attempt {
    struct signal_rooms *rooms;
    char *room;
    guint generation;
    bool first; /* part of the restoring that restored() waits for */
};

static void wanted_free(gpointer data)
{
    struct wanted *wanted = data;
    g_free(wanted->state);
    room_streams_clear(&wanted->streams);
    g_free(wanted);
}

static void try_missing(void *user_data);

struct signal_rooms *signal_rooms_create(struct reactor *reactor, const struct signal_rooms_ops *ops, void *user_data)
{
    struct signal_rooms *rooms = g_new0(struct signal_rooms, 1);
    rooms->ops = ops;
    rooms->user_data = user_data;
    rooms->by_name = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, wanted_free);
    rooms->try_again = deadline_create(reactor_context(reactor), try_missing, rooms);
    return rooms;
}

void signal_rooms_destroy(struct signal_rooms *rooms)
{
    if (!rooms)
        return;
    deadline_destroy(rooms->try_again);
    g_hash_table_unref(rooms->by_name);
    g_free(rooms);
}

static void want(struct signal_rooms *rooms, const struct operation *operation)
{
    struct wanted *wanted = g_new0(struct wanted, 1);
    wanted->host = operation->kind == OPEN;
    wanted->streams = room_streams_copy(&operation->streams);
    g_hash_table_replace(rooms->by_name, g_strdup(operation->room), wanted);
}

static void want_change(struct signal_rooms *rooms, const struct operation *operation)
{
    struct wanted *wanted = g_hash_table_lookup(rooms->by_name, operation->room);
    if (!wanted)
        return;
    if (operation->kind == SET_CAMERA) {
        wanted->camera_off = operation->camera_off;
        return;
    }
    g_free(wanted->state);
    wanted->state = g_strdup(operation->state);
}

static void granted(struct signal_rooms *rooms, const struct operation *operation)
{
    switch (operation->kind) {
    case OPEN:
    case JOIN:
        want(rooms, operation);
        break;
    case SET_STATE:
    case SET_CAMERA:
        want_change(rooms, operation);
        break;
    case CLOSE:
    case LEAVE:
        g_hash_table_remove(rooms->by_name, operation->room);
        break;
    }
}

static void operation_done(void *user_data, enum signal_result result, const cJSON *reply)
{
    struct operation *operation = user_data;
    if (result == SIGNAL_DELIVERED)
        granted(operation->rooms, operation);
    if (operation->done)
        operation->done(operation->user_data, result, reply);
    g_free(operation->room);
    g_free(operation->state);
    room_streams_clear(&operation->streams);
    g_free(operation);
}

static cJSON *room_request(const char *op, const char *room, const char *state)
{
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "op", op);
    cJSON_AddStringToObject(json, "room", room);
    if (state)
        cJSON_AddStringToObject(json, "state", state);
    return json;
}

static void operate(struct signal_rooms *rooms, enum kind kind, const char *room, const char *state, signal_done done,
                    void *user_data)
{
    static const char *const ops[] = {
        [CLOSE] = "room-close", [SET_STATE] = "room-state", [JOIN] = "room-join", [LEAVE] = "room-leave"
    };
    struct operation *operation = g_new0(struct operation, 1);
    *operation = (struct operation){ .rooms = rooms,
                                     .kind = kind,
                                     .room = g_strdup(room),
                                     .state = g_strdup(state),
                                     .done = done,
                                     .user_data = user_data };
    rooms->ops->request(rooms->user_data, room_request(ops[kind], room, state), operation_done, operation);
}

void signal_rooms_set_camera(struct signal_rooms *rooms, const char *room, bool on, signal_done done, void *user_data)
{
    struct operation *operation = g_new0(struct operation, 1);
    *operation = (struct operation){ .rooms = rooms,
                                     .kind = SET_CAMERA,
                                     .room = g_strdup(room),
                                     .camera_off = !on,
                                     .done = done,
                                     .user_data = user_data };
    cJSON *json = room_request("room-state", room, NULL);
    cJSON_AddBoolToObject(json, "camera", on);
    rooms->ops->request(rooms->user_data, json, operation_done, operation);
}

void signal_rooms_open(struct signal_rooms *rooms, const char *room, const struct room_streams *streams,
                       signal_done done, void *user_data)
{
    struct operation *operation = g_new0(struct operation, 1);
    *operation = (struct operation){ .rooms = rooms,
                                     .kind = OPEN,
                                     .room = g_strdup(room),
                                     .streams = room_streams_copy(streams),
                                     .done = done,
                                     .user_data = user_data };
    cJSON *json = room_request("room-open", room, NULL);
    room_streams_write(streams, json);
    rooms->ops->request(rooms->user_data, json, operation_done, operation);
}

/* What is given up is given up at once, whether or not the hub can be told. */
void signal_rooms_close(struct signal_rooms *rooms, const char *room, signal_done done, void *user_data)
{
    g_hash_table_remove(rooms->by_name, room);
    operate(rooms, CLOSE, room, NULL, done, user_data);
}

void signal_rooms_set_state(struct signal_rooms *rooms, const char *room, const char *state, signal_done done,
                            void *user_data)
{
    operate(rooms, SET_STATE, room, state, done, user_data);
}

void signal_rooms_join(struct signal_rooms *rooms, const char *room, signal_done done, void *user_data)
{
    operate(rooms, JOIN, room, NULL, done, user_data);
}

void signal_rooms_leave(struct signal_rooms *rooms, const char *room, signal_done done, void *user_data)
{
    g_hash_table_remove(rooms->by_name, room);
    operate(rooms, LEAVE, room, NULL, done, user_data);
}

/* A room that the hub does not know is, to whoever watches it, one whose broadcaster is away. */
static void report(struct signal_rooms *rooms, const char *name, const cJSON *reply)
{
    const cJSON *room = json_member(reply, "room");
    if (cJSON_IsObject(room)) {
        rooms->ops->changed(rooms->user_data, room);
        return;
    }
    cJSON *away = cJSON_CreateObject();
    cJSON_AddStringToObject(away, "room", name);
    cJSON_AddStringToObject(away, "host", "");
    cJSON_AddStringToObject(away, "state", "away");
    cJSON_AddNumberToObject(away, "viewers", 0);
    rooms->ops->changed(rooms->user_data, away);
    cJSON_Delete(away);
}

static void answer_attempt(const struct attempt *attempt, enum signal_result result, const cJSON *reply)
{
    struct signal_rooms *rooms = attempt->rooms;
    struct wanted *wanted = g_hash_table_lookup(rooms->by_name, attempt->room);
    if (!wanted)
        return;
    wanted->missing = result != SIGNAL_DELIVERED;
    if (wanted->missing)
        deadline_set(rooms->try_again, g_get_monotonic_time() + TRY_AGAIN_US);
    if (wanted->missing && wanted->host && attempt->first)
        g_warning("room \"%s\" cannot be opened again yet: %s", attempt->room,
                  reply && json_string(reply, "message") ? json_string(reply, "message") : "no answer");
    if (!wanted->missing || attempt->first)
        report(rooms, attempt->room, reply);
}

static void attempt_done(void *user_data, enum signal_result result, const cJSON *reply)
{
    struct attempt *attempt = user_data;
    struct signal_rooms *rooms = attempt->rooms;
    if (attempt->generation == rooms->generation)
        answer_attempt(attempt, result, reply);
    /* Asked again: a listener may have ended the connection meanwhile. */
    if (attempt->generation == rooms->generation && attempt->first && --rooms->outstanding == 0)
        rooms->ops->restored(rooms->user_data);
    g_free(attempt->room);
    g_free(attempt);
}

static void try_room(struct signal_rooms *rooms, const char *room, const struct wanted *wanted, bool first)
{
    struct attempt *attempt = g_new0(struct attempt, 1);
    *attempt = (struct attempt){ rooms, g_strdup(room), rooms->generation, first };
    cJSON *json = room_request(wanted->host ? "room-open" : "room-join", room, wanted->host ? wanted->state : NULL);
    if (wanted->camera_off)
        cJSON_AddFalseToObject(json, "camera");
    room_streams_write(&wanted->streams, json);
    rooms->ops->request(rooms->user_data, json, attempt_done, attempt);
}

static void try_missing(void *user_data)
{
    struct signal_rooms *rooms = user_data;
    GHashTableIter iter;
    gpointer room, wanted;
    g_hash_table_iter_init(&iter, rooms->by_name);
    while (g_hash_table_iter_next(&iter, &room, &wanted))
        if (((struct wanted *)wanted)->missing)
            try_room(rooms, room, wanted, false);
}

void signal_rooms_restore(struct signal_rooms *rooms)
{
    GHashTableIter iter;
    gpointer room, wanted;
    rooms->outstanding = (int)g_hash_table_size(rooms->by_name);
    g_hash_table_iter_init(&iter, rooms->by_name);
    while (g_hash_table_iter_next(&iter, &room, &wanted))
        try_room(rooms, room, wanted, true);
    if (!rooms->outstanding)
        rooms->ops->restored(rooms->user_data);
}

void signal_rooms_suspend(struct signal_rooms *rooms)
{
    rooms->generation++;
    deadline_set(rooms->try_again, INT64_MAX);
}
