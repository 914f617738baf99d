#include "net/hub/service/allowances.h"

enum { USERS_MAX = 20000, IDLE_US = 60 * G_USEC_PER_SEC };

struct allowance {
    struct hub_bucket buckets[HUB_DEEDS];
};

struct hub_allowances {
    GHashTable *by_user; /* struct allowance */
};

struct hub_allowances *hub_allowances_create(void)
{
    struct hub_allowances *allowances = g_new0(struct hub_allowances, 1);
    allowances->by_user = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    return allowances;
}

void hub_allowances_destroy(struct hub_allowances *allowances)
{
    if (!allowances)
        return;
    g_hash_table_unref(allowances->by_user);
    g_free(allowances);
}

/* Whoever did nothing for a minute has his whole burst again, as a newcomer has. */
static gboolean is_idle(gpointer user, gpointer data, gpointer now_us)
{
    const struct allowance *allowance = data;
    (void)user;
    for (int i = 0; i < HUB_DEEDS; i++)
        if (*(int64_t *)now_us - allowance->buckets[i].us < IDLE_US)
            return FALSE;
    return TRUE;
}

static struct allowance *find(struct hub_allowances *allowances, const char *user, int64_t now_us)
{
    struct allowance *allowance = g_hash_table_lookup(allowances->by_user, user);
    if (allowance)
        return allowance;
    if (g_hash_table_size(allowances->by_user) >= USERS_MAX)
        g_hash_table_foreach_remove(allowances->by_user, is_idle, &now_us);
    allowance = g_new0(struct allowance, 1);
    g_hash_table_insert(allowances->by_user, g_strdup(user), allowance);
    return allowance;
}

bool hub_allowances_take(struct hub_allowances *allowances, const char *user, enum hub_deed deed, struct hub_pace pace,
                         int64_t now_us)
{
    struct allowance *allowance = find(allowances, user, now_us);
    return hub_bucket_take(&allowance->buckets[deed], pace.burst, pace.per_second, now_us);
}
