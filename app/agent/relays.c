#include "engine/text/json.h"

#include "app/agent/parts.h"

enum { NAMED_MAX = 16 };

struct relays {
    struct ice_server_named named[NAMED_MAX];
    guint n;
};

static void take(struct relays *relays, const cJSON *server, const cJSON *url)
{
    if (!cJSON_IsString(url) || relays->n == NAMED_MAX)
        return;
    relays->named[relays->n++] = (struct ice_server_named){ .url = url->valuestring,
                                                            .user = json_string(server, "username"),
                                                            .credential = json_string(server, "credential") };
}

/* W3C's RTCIceServer: "urls" is one or several. */
static void take_server(struct relays *relays, const cJSON *server)
{
    const cJSON *urls = json_member(server, "urls"), *url;
    take(relays, server, urls);
    if (cJSON_IsArray(urls))
        cJSON_ArrayForEach (url, urls)
            take(relays, server, url);
}

void agent_take_ice_servers(void *user_data, const cJSON *servers)
{
    struct agent *agent = user_data;
    struct relays relays = { 0 };
    const cJSON *server;
    if (!agent->ice_servers)
        return;
    if (cJSON_IsArray(servers))
        cJSON_ArrayForEach (server, servers)
            take_server(&relays, server);
    ice_servers_set_named(agent->ice_servers, relays.named, relays.n);
}
