#include "app/agent/audience.h"

#include <glib.h>

enum { FOR_TROUBLE = 2 }; /* so many times as many connections, where no stream plays */

struct audience {
    const struct room_streams *streams;
    GHashTable *viewers; /* set of device addresses */
};

struct audience *audience_create(const struct room_streams *streams)
{
    struct audience *audience = g_new(struct audience, 1);
    *audience = (struct audience){ streams, g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL) };
    return audience;
}

void audience_destroy(struct audience *audience)
{
    if (!audience)
        return;
    g_hash_table_unref(audience->viewers);
    g_free(audience);
}

bool audience_join(struct audience *audience, const char *viewer, unsigned connected)
{
    g_hash_table_add(audience->viewers, g_strdup(viewer));
    return !audience->streams->urls || connected < (unsigned)audience->streams->direct;
}

bool audience_ask(const struct audience *audience, const char *viewer, unsigned connected)
{
    return g_hash_table_contains(audience->viewers, viewer) && audience->streams->urls &&
           connected < (unsigned)audience->streams->direct * FOR_TROUBLE;
}

void audience_leave(struct audience *audience, const char *viewer)
{
    g_hash_table_remove(audience->viewers, viewer);
}

void audience_forget(struct audience *audience)
{
    g_hash_table_remove_all(audience->viewers);
}
