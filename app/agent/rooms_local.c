/* Rooms that are streams, and no hub's: they are there as long as their sender is, and nobody counts who watches. */
#include "app/agent/rooms_parts.h"

#include <string.h>

/* Two streams may be called alike. */
static char *unique_name(char *const *names, char *name)
{
    char *unique = g_strdup(name);
    for (int n = 2; g_strv_contains((const char *const *)names, unique); n++) {
        g_free(unique);
        unique = g_strdup_printf("%s (%d)", name, n);
    }
    g_free(name);
    return unique;
}

static char *name_stream(const struct rooms *rooms, const char *url)
{
    g_autofree char *error = NULL;
    char *name = feed_name(url, &error);
    return unique_name(rooms->names, name ? name : g_strdup("?"));
}

void rooms_open_streams(struct rooms *rooms, const struct agent_streams *streams)
{
    guint n = g_strv_length(streams->urls);
    rooms->urls = g_strdupv(streams->urls);
    rooms->names = g_new0(char *, n + 1);
    rooms->call = g_strdup(streams->call);
    rooms->feed.ca_file = rooms->ca_file = g_strdup(streams->ca_file);
    rooms->feed.token = rooms->token = g_strdup(streams->token);
    for (guint i = 0; i < n; i++) {
        rooms->names[i] = name_stream(rooms, rooms->urls[i]);
        room_ring_append(rooms->zap.ring, rooms->names[i]);
    }
    rooms->watched = rooms_add(rooms, rooms->names[0]);
    rooms_open_feed(rooms->watched);
    rooms_choose_beside(rooms);
}

const char *rooms_url_of(const struct rooms *rooms, const char *name)
{
    for (guint i = 0; rooms->urls && rooms->names[i]; i++)
        if (!strcmp(rooms->names[i], name))
            return rooms->urls[i];
    return NULL;
}

static void on_changed(void *user_data)
{
    struct live_room *room = user_data;
    struct rooms *rooms = room->rooms;
    bool there = feed_is_there(room->feed);
    g_free(room->state);
    room->state = g_strdup(there ? "live" : "");
    room->connected_us = there ? g_get_monotonic_time() : 0;
    if (room == rooms->watched) {
        if (there)
            rooms->ops->play(rooms->user_data);
        rooms_tell_watched(rooms);
    } else if (there) {
        rooms_beside_connected(rooms, room);
    }
}

void rooms_open_feed(struct live_room *room)
{
    struct rooms *rooms = room->rooms;
    if (room->feed)
        return;
    g_free(room->host);
    room->host = g_strdup(rooms->call ? rooms->call : "");
    struct feed_config config = rooms->feed;
    config.url = room->url;
    config.changed = on_changed;
    config.user_data = room;
    room->feed = feed_create(&config);
}

void rooms_close_feed(struct live_room *room)
{
    if (!room->feed)
        return;
    room->rooms->ops->detach(room->rooms->user_data, feed_source(room->feed));
    g_clear_pointer(&room->feed, feed_destroy);
    room->connected_us = 0;
}
