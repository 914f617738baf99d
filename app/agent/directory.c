#include "app/agent/directory.h"

#include <string.h>

#include "app/agent/facts.h"

struct directory {
    char *self;
    GHashTable *by_user; /* user id -> struct agent_person, owned */
    GPtrArray *people;   /* the same, sorted */
};

static void person_free(gpointer data)
{
    struct agent_person *person = data;
    g_free(person->user);
    g_free(person->name);
    g_free(person);
}

struct directory *directory_create(const char *self)
{
    struct directory *directory = g_new0(struct directory, 1);
    directory->self = g_strdup(self);
    directory->by_user = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, person_free);
    directory->people = g_ptr_array_new();
    return directory;
}

void directory_destroy(struct directory *directory)
{
    if (!directory)
        return;
    g_ptr_array_unref(directory->people);
    g_hash_table_unref(directory->by_user);
    g_free(directory->self);
    g_free(directory);
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

static bool forget(struct directory *directory, const char *user)
{
    struct agent_person *person = g_hash_table_lookup(directory->by_user, user);
    if (!person)
        return false;
    g_ptr_array_remove_index(directory->people, find(directory->people, person));
    g_hash_table_remove(directory->by_user, user);
    return true;
}

static void meet(struct directory *directory, const char *user, const char *name)
{
    struct agent_person *person = g_new0(struct agent_person, 1);
    *person = (struct agent_person){ g_strdup(user), g_strdup(name) };
    g_hash_table_insert(directory->by_user, person->user, person);
    g_ptr_array_insert(directory->people, (int)find(directory->people, person), person);
}

bool directory_note(struct directory *directory, const char *user, const char *name, bool online)
{
    const struct agent_person *known = g_hash_table_lookup(directory->by_user, user);
    name = name ? name : "";
    if (!strcmp(user, directory->self) || (online && known && !strcmp(known->name, name)))
        return false;
    bool changed = forget(directory, user) || online;
    if (online)
        meet(directory, user, name);
    return changed;
}

void directory_forget(struct directory *directory)
{
    g_ptr_array_set_size(directory->people, 0);
    g_hash_table_remove_all(directory->by_user);
}

const GPtrArray *directory_people(const struct directory *directory)
{
    return directory->people;
}

const char *directory_name(const struct directory *directory, const char *user)
{
    const struct agent_person *person = g_hash_table_lookup(directory->by_user, user);
    return person && *person->name ? person->name : NULL;
}
