#include "net/hub/service/rooms.h"

#include <string.h>

#include "engine/text/address.h"
#include "net/hub/service/users.h"

struct room {
    char *name;
    char *host;        /* the broadcaster's device address, NULL while away */
    const char *state; /* "live", "private" or "away" */
    bool camera_off;
    struct room_streams streams; /* they stay while the broadcaster is away: others may be sending them */
    GHashTable *viewers;         /* set of device addresses */
    bool uncounted;              /* the crowd has not been told how many they are */
};

enum { CROWD = 50 }; /* viewers: more are told together */

struct member {          /* a device, while it is in any room */
    int hosted, watched; /* rooms */
};

struct note {
    char *to;
    cJSON *notice;
};

struct hub_rooms {
    hub_rooms_tell tell;
    hub_rooms_namer namer; /* or NULL */
    void *user_data;
    GHashTable *by_name;      /* room id -> struct room */
    GHashTable *members;      /* device address -> struct member */
    GQueue notes;             /* struct note, until the flush */
    int open_max, joined_max; /* of one device */
    int uncounted;            /* crowds */
};

static void room_free(gpointer data)
{
    struct room *room = data;
    g_hash_table_unref(room->viewers);
    room_streams_clear(&room->streams);
    g_free(room->host);
    g_free(room->name);
    g_free(room);
}

static void note_free(gpointer data)
{
    struct note *note = data;
    cJSON_Delete(note->notice);
    g_free(note->to);
    g_free(note);
}

struct hub_rooms *hub_rooms_create(hub_rooms_tell tell, void *user_data)
{
    struct hub_rooms *rooms = g_new0(struct hub_rooms, 1);
    rooms->tell = tell;
    rooms->user_data = user_data;
    rooms->by_name = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, room_free);
    rooms->members = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    static const struct hub_limits limits = HUB_LIMITS;
    hub_rooms_limit(rooms, limits.rooms_open, limits.rooms_joined);
    return rooms;
}

void hub_rooms_limit(struct hub_rooms *rooms, int open, int joined)
{
    rooms->open_max = open;
    rooms->joined_max = joined;
}

void hub_rooms_destroy(struct hub_rooms *rooms)
{
    if (!rooms)
        return;
    g_queue_clear_full(&rooms->notes, note_free);
    g_hash_table_unref(rooms->by_name);
    g_hash_table_unref(rooms->members);
    g_free(rooms);
}

static struct hub_outcome fine(void)
{
    return (struct hub_outcome){ .error = HUB_OK };
}

G_GNUC_PRINTF(2, 3)
static struct hub_outcome refused(enum hub_error error, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    struct hub_outcome outcome = { .error = error, .message = g_strdup_vprintf(format, arguments) };
    va_end(arguments);
    return outcome;
}

static void add_note(struct hub_rooms *rooms, const char *to, cJSON *notice)
{
    struct note *note = g_new0(struct note, 1);
    note->to = g_strdup(to);
    note->notice = notice;
    g_queue_push_tail(&rooms->notes, note);
}

void hub_rooms_flush(struct hub_rooms *rooms)
{
    struct note *note;
    while ((note = g_queue_pop_head(&rooms->notes))) {
        rooms->tell(rooms->user_data, note->to, note->notice);
        note_free(note);
    }
}

void hub_rooms_name_hosts(struct hub_rooms *rooms, hub_rooms_namer namer)
{
    rooms->namer = namer;
}

static cJSON *describe(const struct hub_rooms *rooms, const struct room *room)
{
    g_autofree char *host = room->host ? address_user(room->host) : g_strdup("");
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "room", room->name);
    cJSON_AddStringToObject(json, "host", host);
    cJSON_AddStringToObject(json, "state", room->state);
    cJSON_AddNumberToObject(json, "viewers", g_hash_table_size(room->viewers));
    cJSON_AddBoolToObject(json, "camera", !room->camera_off);
    room_streams_write(&room->streams, json);
    hub_add_name(json, "host_name", room->host && rooms->namer ? rooms->namer(rooms->user_data, room->host) : NULL);
    return json;
}

static void note_room(struct hub_rooms *rooms, const struct room *room, const char *to)
{
    cJSON *notice = hub_notice("room");
    cJSON_AddItemToObject(notice, "room", describe(rooms, room));
    add_note(rooms, to, notice);
}

static void note_crowd(struct hub_rooms *rooms, struct room *room)
{
    GHashTableIter iter;
    gpointer viewer;
    rooms->uncounted -= room->uncounted;
    room->uncounted = false;
    g_hash_table_iter_init(&iter, room->viewers);
    while (g_hash_table_iter_next(&iter, &viewer, NULL))
        note_room(rooms, room, viewer);
}

static void note_everyone(struct hub_rooms *rooms, struct room *room)
{
    note_room(rooms, room, NULL);
    if (room->host)
        note_room(rooms, room, room->host);
    note_crowd(rooms, room);
}

/* Of one viewer more or less. `who` is told in any case; NULL: has left. */
static void note_count(struct hub_rooms *rooms, struct room *room, const char *who)
{
    if (g_hash_table_size(room->viewers) <= CROWD) {
        note_everyone(rooms, room);
        return;
    }
    rooms->uncounted += !room->uncounted;
    room->uncounted = true;
    if (who)
        note_room(rooms, room, who);
}

bool hub_rooms_crowd_waits(const struct hub_rooms *rooms)
{
    return rooms->uncounted > 0;
}

void hub_rooms_count_crowds(struct hub_rooms *rooms)
{
    GHashTableIter iter;
    gpointer room;
    g_hash_table_iter_init(&iter, rooms->by_name);
    while (g_hash_table_iter_next(&iter, NULL, &room))
        if (((struct room *)room)->uncounted)
            note_everyone(rooms, room);
    hub_rooms_flush(rooms);
}

/* Told before it is removed. */
static void note_closed(struct hub_rooms *rooms, struct room *room)
{
    room->state = "closed";
    note_room(rooms, room, NULL);
}

static void note_viewer(struct hub_rooms *rooms, const struct room *room, const char *viewer, bool joined)
{
    if (!room->host)
        return;
    cJSON *notice = hub_notice("viewer");
    cJSON_AddStringToObject(notice, "room", room->name);
    cJSON_AddStringToObject(notice, "viewer", viewer);
    cJSON_AddBoolToObject(notice, "joined", joined);
    add_note(rooms, room->host, notice);
}

static void note_each_viewer(struct hub_rooms *rooms, const struct room *room, bool joined)
{
    GHashTableIter iter;
    gpointer viewer;
    g_hash_table_iter_init(&iter, room->viewers);
    while (g_hash_table_iter_next(&iter, &viewer, NULL))
        note_viewer(rooms, room, viewer, joined);
}

static struct member membership(const struct hub_rooms *rooms, const char *who)
{
    const struct member *member = g_hash_table_lookup(rooms->members, who);
    return member ? *member : (struct member){ 0 };
}

static void change_membership(struct hub_rooms *rooms, const char *who, int hosted, int watched)
{
    struct member changed = membership(rooms, who);
    changed.hosted += hosted;
    changed.watched += watched;
    if (changed.hosted || changed.watched)
        g_hash_table_replace(rooms->members, g_strdup(who), g_memdup2(&changed, sizeof changed));
    else
        g_hash_table_remove(rooms->members, who);
}

static bool remove_viewer(struct hub_rooms *rooms, struct room *room, const char *who)
{
    if (!g_hash_table_remove(room->viewers, who))
        return false;
    change_membership(rooms, who, 0, -1);
    return true;
}

static bool is_abandoned(const struct room *room)
{
    return !room->host && !g_hash_table_size(room->viewers);
}

static void forget_abandoned(struct hub_rooms *rooms, struct room *room)
{
    if (!is_abandoned(room))
        return;
    note_closed(rooms, room);
    rooms->uncounted -= room->uncounted;
    g_hash_table_remove(rooms->by_name, room->name);
}

static struct room *make_room(struct hub_rooms *rooms, const char *name)
{
    struct room *room = g_new0(struct room, 1);
    room->name = g_strdup(name);
    room->viewers = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_hash_table_insert(rooms->by_name, room->name, room);
    return room;
}

/* NULL where it is neither, or not said. */
static const char *known_state(const cJSON *state)
{
    const char *text = cJSON_GetStringValue(state);
    return !g_strcmp0(text, "live") ? "live" : !g_strcmp0(text, "private") ? "private" : NULL;
}

static struct hub_outcome check_news(struct hub_room_news news)
{
    if (news.state && !known_state(news.state))
        return refused(HUB_MALFORMED, "a room's state is \"live\" or \"private\"");
    if (news.camera && !cJSON_IsBool(news.camera))
        return refused(HUB_MALFORMED, "a room's \"camera\" is true or false");
    const char *fault = room_streams_fault(news.said);
    return fault ? refused(HUB_MALFORMED, "%s", fault) : fine();
}

/* The same user on another device takes her room over: a broadcaster who reconnects must not wait until the hub has
 * noticed that her old connection is dead. The old device is told that its viewers are gone. */
static struct hub_outcome may_host(struct hub_rooms *rooms, const struct room *room, const char *who)
{
    g_autofree char *user = address_user(who);
    g_autofree char *host = room && room->host ? address_user(room->host) : NULL;
    if (host && strcmp(host, user))
        return refused(HUB_NOT_ALLOWED, "room \"%s\" is open: %s broadcasts in it; choose another room", room->name,
                       host);
    if (membership(rooms, who).hosted >= rooms->open_max)
        return refused(HUB_NOT_ALLOWED, "you have %d rooms open; close one first", rooms->open_max);
    return fine();
}

static void take_host(struct hub_rooms *rooms, struct room *room, const char *who)
{
    note_each_viewer(rooms, room, false);
    if (room->host)
        change_membership(rooms, room->host, -1, 0);
    g_free(room->host);
    room->host = g_strdup(who);
    change_membership(rooms, who, 1, 0);
    remove_viewer(rooms, room, who);
    note_each_viewer(rooms, room, true);
}

struct hub_outcome hub_rooms_open(struct hub_rooms *rooms, const char *name, const char *who, struct hub_room_news news)
{
    if (!hub_name_is_valid(name))
        return refused(HUB_MALFORMED,
                       "a room id has 1 to %d bytes of UTF-8, no '/' and no control or invisible characters",
                       HUB_NAME_MAX);
    struct hub_outcome outcome = check_news(news);
    if (outcome.error != HUB_OK)
        return outcome;
    struct room *room = g_hash_table_lookup(rooms->by_name, name);
    if (!room || g_strcmp0(room->host, who)) {
        outcome = may_host(rooms, room, who);
        if (outcome.error != HUB_OK)
            return outcome;
        if (!room)
            room = make_room(rooms, name);
        take_host(rooms, room, who);
    }
    room->state = news.state ? known_state(news.state) : "live";
    room->camera_off = cJSON_IsFalse(news.camera);
    room_streams_clear(&room->streams);
    room->streams = room_streams_read(news.said);
    note_everyone(rooms, room);
    return fine();
}

static struct hub_outcome find_hosted(struct hub_rooms *rooms, const char *name, const char *who, struct room **room)
{
    *room = name ? g_hash_table_lookup(rooms->by_name, name) : NULL;
    if (!*room)
        return refused(HUB_NOT_FOUND, "there is no such room");
    if (g_strcmp0((*room)->host, who))
        return refused(HUB_NOT_ALLOWED, "you do not broadcast in room \"%s\"", (*room)->name);
    return fine();
}

static void lose_host(struct hub_rooms *rooms, struct room *room)
{
    change_membership(rooms, room->host, -1, 0);
    g_clear_pointer(&room->host, g_free);
    room->state = "away";
    room->camera_off = false;
    note_everyone(rooms, room);
}

struct hub_outcome hub_rooms_close(struct hub_rooms *rooms, const char *name, const char *who)
{
    struct room *room;
    struct hub_outcome outcome = find_hosted(rooms, name, who, &room);
    if (outcome.error != HUB_OK)
        return outcome;
    lose_host(rooms, room);
    forget_abandoned(rooms, room);
    return fine();
}

struct hub_outcome hub_rooms_change(struct hub_rooms *rooms, const char *name, const char *who,
                                    struct hub_room_news news)
{
    struct room *room;
    struct hub_outcome outcome = find_hosted(rooms, name, who, &room);
    if (outcome.error != HUB_OK)
        return outcome;
    if (!news.state && !news.camera)
        return refused(HUB_MALFORMED, "what changes is \"state\" or \"camera\"");
    outcome = check_news(news);
    if (outcome.error != HUB_OK)
        return outcome;
    const char *state = news.state ? known_state(news.state) : room->state;
    bool camera_off = news.camera ? cJSON_IsFalse(news.camera) : room->camera_off;
    if (strcmp(room->state, state) || room->camera_off != camera_off) {
        room->state = state;
        room->camera_off = camera_off;
        note_everyone(rooms, room);
    }
    return fine();
}

void hub_rooms_host_renamed(struct hub_rooms *rooms, const char *who)
{
    GHashTableIter iter;
    gpointer room;
    g_hash_table_iter_init(&iter, rooms->by_name);
    while (g_hash_table_iter_next(&iter, NULL, &room))
        if (!g_strcmp0(((struct room *)room)->host, who))
            note_everyone(rooms, room);
}

struct hub_outcome hub_rooms_join(struct hub_rooms *rooms, const char *name, const char *who)
{
    struct room *room = name ? g_hash_table_lookup(rooms->by_name, name) : NULL;
    if (!room)
        return refused(HUB_NOT_FOUND, "There is no live room “%s” now", name ? name : "");
    if (!g_strcmp0(room->host, who))
        return refused(HUB_NOT_ALLOWED, "you broadcast in room \"%s\" yourself", name);
    if (g_hash_table_contains(room->viewers, who))
        return fine();
    if (membership(rooms, who).watched >= rooms->joined_max)
        return refused(HUB_NOT_ALLOWED, "you watch %d rooms; leave one first", rooms->joined_max);
    g_hash_table_add(room->viewers, g_strdup(who));
    change_membership(rooms, who, 0, 1);
    note_viewer(rooms, room, who, true);
    note_count(rooms, room, who);
    return fine();
}

static void lose_viewer(struct hub_rooms *rooms, struct room *room, const char *who)
{
    note_viewer(rooms, room, who, false);
    note_count(rooms, room, NULL);
}

struct hub_outcome hub_rooms_leave(struct hub_rooms *rooms, const char *name, const char *who)
{
    struct room *room = name ? g_hash_table_lookup(rooms->by_name, name) : NULL;
    if (!room || !remove_viewer(rooms, room, who))
        return refused(HUB_NOT_FOUND, "you are not in such a room");
    lose_viewer(rooms, room, who);
    forget_abandoned(rooms, room);
    return fine();
}

void hub_rooms_forget(struct hub_rooms *rooms, const char *who)
{
    GHashTableIter iter;
    gpointer value;
    if (!hub_rooms_has_member(rooms, who))
        return;
    g_hash_table_iter_init(&iter, rooms->by_name);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        struct room *room = value;
        if (!g_strcmp0(room->host, who))
            lose_host(rooms, room);
        if (remove_viewer(rooms, room, who))
            lose_viewer(rooms, room, who);
        if (is_abandoned(room)) {
            note_closed(rooms, room);
            rooms->uncounted -= room->uncounted;
            g_hash_table_iter_remove(&iter);
        }
    }
}

bool hub_rooms_has_member(const struct hub_rooms *rooms, const char *who)
{
    return g_hash_table_contains(rooms->members, who);
}

bool hub_rooms_may_call(const struct hub_rooms *rooms, const char *from, const char *to)
{
    struct member caller = membership(rooms, from), callee = membership(rooms, to);
    GHashTableIter iter;
    gpointer value;
    bool in_a_room = caller.hosted || caller.watched || callee.hosted || callee.watched, may = !in_a_room;
    if (!caller.watched || !callee.hosted)
        return may;
    g_hash_table_iter_init(&iter, rooms->by_name);
    while (!may && g_hash_table_iter_next(&iter, NULL, &value)) {
        const struct room *room = value;
        may = !g_strcmp0(room->host, to) && g_hash_table_contains(room->viewers, from);
    }
    return may;
}

bool hub_rooms_watches(const struct hub_rooms *rooms, const char *name, const char *who)
{
    const struct room *room = name ? g_hash_table_lookup(rooms->by_name, name) : NULL;
    return room && g_hash_table_contains(room->viewers, who);
}

const char *hub_rooms_host(const struct hub_rooms *rooms, const char *name)
{
    const struct room *room = name ? g_hash_table_lookup(rooms->by_name, name) : NULL;
    return room ? room->host : NULL;
}

cJSON *hub_rooms_describe(const struct hub_rooms *rooms, const char *name)
{
    const struct room *room = name ? g_hash_table_lookup(rooms->by_name, name) : NULL;
    return room ? describe(rooms, room) : NULL;
}

unsigned hub_rooms_count(const struct hub_rooms *rooms)
{
    return g_hash_table_size(rooms->by_name);
}

cJSON *hub_rooms_list(const struct hub_rooms *rooms)
{
    cJSON *list = cJSON_CreateArray();
    GHashTableIter iter;
    gpointer room;
    g_hash_table_iter_init(&iter, rooms->by_name);
    for (int n = 0; n < HUB_LIST_MAX && g_hash_table_iter_next(&iter, NULL, &room); n++)
        cJSON_AddItemToArray(list, describe(rooms, room));
    return list;
}
