#include "app/agent/room_ring.h"

#include <stdbool.h>
#include <string.h>

#include <glib.h>

#include "engine/text/json.h"

struct room_ring {
    GPtrArray *rooms; /* char *, owned, sorted */
};

struct room_ring *room_ring_create(void)
{
    struct room_ring *ring = g_new(struct room_ring, 1);
    ring->rooms = g_ptr_array_new_with_free_func(g_free);
    return ring;
}

void room_ring_destroy(struct room_ring *ring)
{
    if (ring)
        g_ptr_array_unref(ring->rooms);
    g_free(ring);
}

static int by_name(gconstpointer a, gconstpointer b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

void room_ring_set(struct room_ring *ring, const cJSON *answer)
{
    const cJSON *room;
    g_ptr_array_set_size(ring->rooms, 0);
    cJSON_ArrayForEach (room, json_member(answer, "rooms")) {
        const char *name = json_string(room, "room");
        const char *state = json_string(room, "state");
        if (name && state && strcmp(state, "away"))
            g_ptr_array_add(ring->rooms, g_strdup(name));
    }
    g_ptr_array_sort(ring->rooms, by_name);
}

void room_ring_append(struct room_ring *ring, const char *room)
{
    g_ptr_array_add(ring->rooms, g_strdup(room));
}

void room_ring_remove(struct room_ring *ring, const char *room)
{
    guint at;
    if (g_ptr_array_find_with_equal_func(ring->rooms, room, g_str_equal, &at))
        g_ptr_array_remove_index(ring->rooms, at);
}

const char *room_ring_beside(const struct room_ring *ring, const char *room, int steps)
{
    char **rooms = (char **)ring->rooms->pdata;
    int n = (int)ring->rooms->len, at = 0;
    guint found;
    if (!n || !steps)
        return NULL;
    if (g_ptr_array_find_with_equal_func(ring->rooms, room, g_str_equal, &found)) {
        at = (int)found;
    } else {
        while (at < n && strcmp(rooms[at], room) < 0)
            at++;
        if (steps > 0) /* the one that is there is the next already */
            steps--;
    }
    return rooms[((at + steps) % n + n) % n];
}
