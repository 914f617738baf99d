#include "net/hub/service/relays.h"

#include <glib.h>
#include <string.h>

enum { A_DAY_S = 24 * 3600 };

struct hub_relays {
    char **urls, *user, *credential, *secret;
    int valid_s;
};

struct hub_relays *hub_relays_create(char *const *urls, const char *user, const char *credential, const char *secret,
                                     int valid_s)
{
    if (!urls || !urls[0])
        return NULL;
    struct hub_relays *relays = g_new0(struct hub_relays, 1);
    relays->urls = g_strdupv((char **)urls);
    relays->user = g_strdup(user);
    relays->credential = g_strdup(credential);
    relays->secret = g_strdup(secret);
    relays->valid_s = valid_s ? valid_s : A_DAY_S;
    return relays;
}

void hub_relays_destroy(struct hub_relays *relays)
{
    if (!relays)
        return;
    g_strfreev(relays->urls);
    g_free(relays->user);
    g_free(relays->credential);
    g_free(relays->secret);
    g_free(relays);
}

int hub_relays_renew_after_s(const struct hub_relays *relays)
{
    return relays && relays->secret ? relays->valid_s / 2 : 0;
}

static char *sign(const char *secret, const char *username)
{
    guint8 digest[20];
    gsize size = sizeof digest;
    GHmac *hmac = g_hmac_new(G_CHECKSUM_SHA1, (const guchar *)secret, strlen(secret));
    g_hmac_update(hmac, (const guchar *)username, -1);
    g_hmac_get_digest(hmac, digest, &size);
    g_hmac_unref(hmac);
    return g_base64_encode(digest, size);
}

static void add_credential(cJSON *server, const struct hub_relays *relays, const char *user, int64_t now_s)
{
    if (relays->secret) {
        g_autofree char *username = g_strdup_printf("%" G_GINT64_FORMAT ":%s", now_s + relays->valid_s, user);
        g_autofree char *credential = sign(relays->secret, username);
        cJSON_AddStringToObject(server, "username", username);
        cJSON_AddStringToObject(server, "credential", credential);
    } else if (relays->user && relays->credential) {
        cJSON_AddStringToObject(server, "username", relays->user);
        cJSON_AddStringToObject(server, "credential", relays->credential);
    }
}

cJSON *hub_relays_describe(const struct hub_relays *relays, const char *user, int64_t now_s)
{
    if (!relays)
        return NULL;
    cJSON *servers = cJSON_CreateArray();
    for (int i = 0; relays->urls[i]; i++) {
        cJSON *server = cJSON_CreateObject(), *urls = cJSON_AddArrayToObject(server, "urls");
        cJSON_AddItemToArray(urls, cJSON_CreateString(relays->urls[i]));
        if (!g_str_has_prefix(relays->urls[i], "stun"))
            add_credential(server, relays, user, now_s);
        cJSON_AddItemToArray(servers, server);
    }
    return servers;
}
