/* Who else is online, in the order of their names, as long as the window shows it. */
#include "app/agent/parts.h"

#include <string.h>

/* Where `user` is, or belongs. */
static guint find(const GPtrArray *people, const char *user, bool *there)
{
    guint low = 0, high = people->len;
    while (low < high) {
        guint middle = (low + high) / 2;
        if (g_utf8_collate(people->pdata[middle], user) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    guint at = low;             /* names that collate alike stand together */
    while (at < people->len && strcmp(people->pdata[at], user) && !g_utf8_collate(people->pdata[at], user))
        at++;
    *there = at < people->len && !strcmp(people->pdata[at], user);
    return *there ? at : low;
}

void agent_on_user(void *user_data, const char *user, bool online)
{
    struct agent *agent = user_data;
    bool there;
    if (!strcmp(user, agent->user))
        return;
    guint at = find(agent->people, user, &there);
    if (online && !there)
        g_ptr_array_insert(agent->people, (int)at, g_strdup(user));
    else if (!online && there)
        g_ptr_array_remove_index(agent->people, at);
    else
        return;
    if (agent->listener->directory)
        agent->listener->directory(agent->user_data);
}

void agent_watch_directory(struct agent *agent)
{
    if (agent->directory)
        signal_watch(agent->signal, true, NULL, NULL);
}

void agent_forget_directory(struct agent *agent)
{
    g_ptr_array_set_size(agent->people, 0);
}

const GPtrArray *agent_people(const struct agent *agent)
{
    return agent->people;
}
