/* A user with a signalling client and no agent behind it, for tests with whole agents. */
#ifndef CALLAPI_TESTS_BARE_USER_H
#define CALLAPI_TESTS_BARE_USER_H

#include "agent_rig.h"

/* A user without agent, whose socket goes without a word. */
static inline struct signal_client *come(struct world *world, const char *user)
{
    static const struct signal_listener deaf = { 0 };
    struct signal_config config = { .url = world->url, .user = user, .listener = &deaf };
    struct signal_client *client = signal_client_create(world->reactor, &config);
    WAIT_FOR(world, signal_client_is_online(client));
    return client;
}

static inline void send_invite(struct signal_client *client, const char *to)
{
    struct call_message invite = {
        .action = CALL_INVITE,
        .call_id = "33333333-3333-3333-3333-333333333333",
        .sequence = 1,
        .video = true,
        .sent_at_ms = signal_client_now_ms(client),
        .lifetime_ms = 3600000,
    };
    cJSON *media = cJSON_Parse("{\"session\":\"s\",\"sdp\":\"v=0\"}");
    invite.media = media;
    cJSON *body = call_message_to_json(&invite);
    cJSON_AddStringToObject(body, "name", "Police");
    signal_send(client, to, body, NULL, NULL);
    cJSON_Delete(body);
    cJSON_Delete(media);
}

#endif
