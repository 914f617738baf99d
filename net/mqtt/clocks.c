#include "net/mqtt/clocks.h"

#include <math.h>

#include "engine/text/json.h"

enum {
    MESSAGE_EXPIRY_S = 30,
    EXPIRY_MAX_S = 3600,
    SAME_MS = 1000,    /* what measures of one clock differ by: the way of the message */
    FAR_OFF_MS = 5000, /* worth a word */
    CLOCKS_MAX = 4096,
};

struct mqtt_clocks {
    GHashTable *offsets; /* address -> double *, ms: our clock minus its */
};

struct mqtt_clocks *mqtt_clocks_create(void)
{
    struct mqtt_clocks *clocks = g_new0(struct mqtt_clocks, 1);
    clocks->offsets = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    return clocks;
}

void mqtt_clocks_destroy(struct mqtt_clocks *clocks)
{
    if (!clocks)
        return;
    g_hash_table_unref(clocks->offsets);
    g_free(clocks);
}

static bool number(const cJSON *body, const char *name, double *value)
{
    *value = json_number(body, name);
    return isfinite(*value);
}

static int expiry_of(double left_ms)
{
    return (int)CLAMP(left_ms / 1000 + 1, 1, EXPIRY_MAX_S);
}

int mqtt_clocks_expiry(const cJSON *body, int64_t now_ms)
{
    double sent_at = 0, lifetime = 0;
    if (!number(body, "sent_at", &sent_at) || !number(body, "lifetime", &lifetime))
        return MESSAGE_EXPIRY_S;
    return expiry_of(sent_at + lifetime - (double)now_ms);
}

cJSON *mqtt_clocks_stamp(const cJSON *body, int64_t now_ms)
{
    double sent_at = 0;
    if (!number(body, "sent_at", &sent_at))
        return cJSON_CreateObjectReference(body->child);
    cJSON *copy = cJSON_Duplicate(body, true);
    cJSON_DeleteItemFromObjectCaseSensitive(copy, "published_at");
    cJSON_AddNumberToObject(copy, "published_at", (double)now_ms);
    return copy;
}

/* One offset for each clock, so that the order of its messages stays, until it is another one. */
static double offset_of(struct mqtt_clocks *clocks, const char *from, double measured_ms)
{
    double *known = g_hash_table_lookup(clocks->offsets, from);
    if (known && fabs(*known - measured_ms) < SAME_MS)
        return *known;
    if (!known && g_hash_table_size(clocks->offsets) >= CLOCKS_MAX)
        g_hash_table_remove_all(clocks->offsets);
    if (fabs(measured_ms) > FAR_OFF_MS)
        g_message("the clock of %s is %.0f s %s ours; calls go by ours, but one of the two should be set (NTP)", from,
                  fabs(measured_ms) / 1000, measured_ms > 0 ? "behind" : "ahead of");
    g_hash_table_insert(clocks->offsets, g_strdup(from), g_memdup2(&measured_ms, sizeof measured_ms));
    return measured_ms;
}

void mqtt_clocks_translate(struct mqtt_clocks *clocks, const char *from, cJSON *body, int expires_s, int64_t now_ms)
{
    double sent_at = 0, lifetime = 0, published_at = 0;
    if (!number(body, "sent_at", &sent_at) || !number(body, "lifetime", &lifetime) ||
        !number(body, "published_at", &published_at))
        return;
    double held_ms = expires_s < 0 ? 0 : MAX(expiry_of(sent_at + lifetime - published_at) - expires_s, 0) * 1000.0;
    double offset_ms = offset_of(clocks, from, (double)now_ms - held_ms - published_at);
    cJSON_SetNumberValue(json_member(body, "sent_at"), round(sent_at + offset_ms));
}
