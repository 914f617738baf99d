/* Rooms that are watched by a live stream: those that are streams and no hub's, and those of a hub whose broadcaster
 * sends her media to a server, once for all. */
#include "app/agent/rooms_parts.h"

#include <string.h>

enum {
    OFFER_US = 2000000,    /* who is among the first viewers is offered a connection by then */
    PATIENCE_US = 3000000, /* with a stream that is not there, before the next one is tried */
    REFUSED_US = 500000,   /* with one that is known not to be had */
    ASK_EACH_US = 10000000,
};

/* ---- the one that is open ---- */

static bool is_there(const struct live_room *room)
{
    return room->feed && feed_is_there(room->feed);
}

static void note_there(struct live_room *room, bool there)
{
    struct rooms *rooms = room->rooms;
    if (rooms->urls) { /* nobody else says how it is */
        g_free(room->state);
        room->state = g_strdup(there ? "live" : "");
    }
    if (!room->direct)
        room->connected_us = there ? g_get_monotonic_time() : 0;
    if (!there)
        room->pull_at_us = g_get_monotonic_time() +
                           (feed_trouble(room->feed) == STREAM_SILENT ? PATIENCE_US : REFUSED_US);
    else
        room->pull_at_us = INT64_MAX;
}

static void on_changed(void *user_data)
{
    struct live_room *room = user_data;
    struct rooms *rooms = room->rooms;
    bool there = is_there(room);
    note_there(room, there);
    if (room == rooms->watched) {
        if (there)
            rooms->ops->play(rooms->user_data);
        rooms_tell_watched(rooms);
    } else if (there) {
        rooms_beside_connected(rooms, room);
    }
}

static void open_feed(struct live_room *room)
{
    struct feed_config config = room->rooms->feed;
    config.url = room->streams.urls[room->stream];
    config.changed = on_changed;
    config.user_data = room;
    room->feed = feed_create(&config);
    if (!room->feed)
        room->stream = (room->stream + 1) % g_strv_length(room->streams.urls);
}

void rooms_close_feed(struct live_room *room)
{
    if (!room->feed)
        return;
    room->rooms->ops->detach(room->rooms->user_data, feed_source(room->feed));
    g_clear_pointer(&room->feed, feed_destroy);
    if (!room->direct)
        room->connected_us = 0;
}

/* ---- which one ---- */

/* None plays here: our broadcaster may have a connection to spare. */
static void ask_for_offer(struct live_room *room, int64_t now_us)
{
    struct rooms *rooms = room->rooms;
    if (rooms->urls || !*room->host || now_us < room->asked_us + ASK_EACH_US)
        return;
    room->asked_us = now_us;
    g_message("no stream of the room %s plays here; its broadcaster is asked for a connection", room->name);
    cJSON *body = cJSON_CreateObject();
    cJSON_AddStringToObject(body, "type", "media");
    cJSON_AddStringToObject(body, "kind", "offer-request");
    cJSON_AddStringToObject(body, "room", room->name);
    signal_send(rooms->signal, room->host, body, NULL, NULL);
    cJSON_Delete(body);
}

/* The next one; a feed that is alone goes on trying by itself. */
static void try_next(struct live_room *room, int64_t now_us)
{
    guint next = (room->stream + 1) % g_strv_length(room->streams.urls);
    if (!next)
        ask_for_offer(room, now_us);
    if (next == room->stream)
        return;
    room->stream = next;
    rooms_close_feed(room);
    open_feed(room);
}

void rooms_pull(struct live_room *room, int64_t now_us)
{
    if (now_us < room->pull_at_us)
        return;
    room->pull_at_us = now_us + PATIENCE_US;
    if (!room->streams.urls || room->direct || is_there(room))
        room->pull_at_us = INT64_MAX;
    else if (room->feed)
        try_next(room, now_us);
    else
        open_feed(room);
}

void rooms_pull_now(struct live_room *room)
{
    if (room->streams.urls)
        room->pull_at_us = 0;
}

/* The one that plays goes on where it is still among them. */
static void find_again(struct live_room *room, const char *url)
{
    char **urls = room->streams.urls;
    for (guint i = 0; urls && url && urls[i]; i++)
        if (!strcmp(urls[i], url)) {
            room->stream = i;
            return;
        }
    room->stream = 0;
    rooms_close_feed(room);
}

void rooms_take_streams(struct live_room *room, const struct signal_room *news)
{
    const struct room_streams *said = &news->streams;
    bool away = !*news->host && !said->urls; /* then nobody says what it is watched by */
    if (away || room_streams_equal(&room->streams, said))
        return;
    bool first = !room->streams.urls && news->viewers <= said->direct;
    g_autofree char *open = room->feed ? g_strdup(room->streams.urls[room->stream]) : NULL;
    room_streams_clear(&room->streams);
    room->streams = room_streams_copy(said);
    find_again(room, open);
    room->pull_at_us = first ? g_get_monotonic_time() + OFFER_US : 0;
}
