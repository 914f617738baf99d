/* Who else is online, in the order of their names, as long as the window shows it; and what they are called. */
#include "app/agent/parts.h"

#include <string.h>

void agent_person_free(gpointer data)
{
    struct agent_person *person = data;
    g_free(person->user);
    g_free(person->name);
    g_free(person);
}

/* By what is shown; who is called alike stands together. */
static int compare(const struct agent_person *a, const struct agent_person *b)
{
    int order = g_utf8_collate(*a->name ? a->name : a->user, *b->name ? b->name : b->user);
    return order ? order : strcmp(a->user, b->user);
}

/* Where the person is, or belongs. */
static guint find(const GPtrArray *people, const struct agent_person *person)
{
    guint low = 0, high = people->len;
    while (low < high) {
        guint middle = (low + high) / 2;
        if (compare(people->pdata[middle], person) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool forget(struct agent *agent, const char *user)
{
    struct agent_person *person = g_hash_table_lookup(agent->persons, user);
    if (!person)
        return false;
    g_ptr_array_remove_index(agent->people, find(agent->people, person));
    g_hash_table_remove(agent->persons, user);
    return true;
}

static void meet(struct agent *agent, const char *user, const char *name)
{
    struct agent_person *person = g_new0(struct agent_person, 1);
    *person = (struct agent_person){ g_strdup(user), g_strdup(name) };
    g_hash_table_insert(agent->persons, person->user, person);
    g_ptr_array_insert(agent->people, (int)find(agent->people, person), person);
}

void agent_on_user(void *user_data, const char *user, const char *name, bool online)
{
    struct agent *agent = user_data;
    const struct agent_person *known = g_hash_table_lookup(agent->persons, user);
    name = name ? name : "";
    if (!strcmp(user, agent->user) || (online && known && !strcmp(known->name, name)))
        return;
    bool changed = forget(agent, user) || online;
    if (online)
        meet(agent, user, name);
    if (changed && agent->listener->directory)
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
    g_hash_table_remove_all(agent->persons);
}

const GPtrArray *agent_people(const struct agent *agent)
{
    return agent->people;
}

const char *agent_known_name(const struct agent *agent, const char *user)
{
    const struct agent_person *person = g_hash_table_lookup(agent->persons, user);
    if (person && *person->name)
        return person->name;
    const struct live_room *room = rooms_watched(agent->rooms);
    return room && !strcmp(user, room->host) ? room->host_name : NULL;
}
