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
    rooms->feed.token = rooms->token = g_strdup(streams->token);
    for (guint i = 0; i < n; i++) {
        rooms->names[i] = name_stream(rooms, rooms->urls[i]);
        room_ring_append(rooms->zap.ring, rooms->names[i]);
    }
    rooms->watched = rooms_add(rooms, rooms->names[0]);
    rooms_enter(rooms, rooms->watched);
    rooms_choose_beside(rooms);
}

void rooms_make_local(struct live_room *room)
{
    const struct rooms *rooms = room->rooms;
    for (guint i = 0; rooms->urls && rooms->names[i]; i++) {
        if (strcmp(rooms->names[i], room->name))
            continue;
        room->streams.urls = g_strdupv((char *[]){ rooms->urls[i], NULL });
        g_free(room->host);
        room->host = g_strdup(rooms->call ? rooms->call : "");
    }
}
