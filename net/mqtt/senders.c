#include "net/mqtt/senders.h"

#include "engine/text/address.h"
#include "net/protocol/hub_protocol.h"

enum { SENDERS_MAX = 16384, QUIET_US = 10 * G_USEC_PER_SEC }; /* by then every bucket is full again */

struct sender {
    struct hub_bucket bucket;
    bool warned;
};

struct mqtt_senders {
    GHashTable *by_user; /* user id -> struct sender */
};

struct mqtt_senders *mqtt_senders_create(void)
{
    struct mqtt_senders *senders = g_new0(struct mqtt_senders, 1);
    senders->by_user = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    return senders;
}

void mqtt_senders_destroy(struct mqtt_senders *senders)
{
    if (!senders)
        return;
    g_hash_table_unref(senders->by_user);
    g_free(senders);
}

static struct sender *find_or_add(struct mqtt_senders *senders, const char *user)
{
    struct sender *sender = g_hash_table_lookup(senders->by_user, user);
    if (sender || g_hash_table_size(senders->by_user) >= SENDERS_MAX)
        return sender;
    sender = g_new0(struct sender, 1);
    g_hash_table_insert(senders->by_user, g_strdup(user), sender);
    return sender;
}

bool mqtt_senders_take(struct mqtt_senders *senders, const char *address, int64_t now_us)
{
    static const struct hub_limits limits = HUB_LIMITS;
    g_autofree char *user = address_user(address);
    struct sender *sender = find_or_add(senders, user);
    if (sender && hub_bucket_take(&sender->bucket, limits.requests.burst, limits.requests.per_second, now_us))
        return true;
    if (sender && !sender->warned)
        g_warning("%s sends more than %g messages a second; what is too much is dropped", user,
                  limits.requests.per_second);
    if (sender)
        sender->warned = true;
    return false;
}

void mqtt_senders_sweep(struct mqtt_senders *senders, int64_t now_us)
{
    GHashTableIter iter;
    gpointer sender;
    g_hash_table_iter_init(&iter, senders->by_user);
    while (g_hash_table_iter_next(&iter, NULL, &sender))
        if (now_us - ((struct sender *)sender)->bucket.us > QUIET_US)
            g_hash_table_iter_remove(&iter);
}
