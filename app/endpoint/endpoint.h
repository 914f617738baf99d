/* One user, put together: speaker, player, camera and microphone, ICE servers, and the agent that uses them. What
 * stands before a person, be it a window (app/station) or another program (app/library), only says where pictures go
 * and who listens. */
#ifndef CALLAPI_APP_ENDPOINT_ENDPOINT_H
#define CALLAPI_APP_ENDPOINT_ENDPOINT_H

#include "app/agent/agent.h"

struct speaker;

struct endpoint_config {
    struct reactor *reactor;
    const struct dtls_identity *identity;
    struct frame_sink *remote, *preview; /* for the other side's pictures and our own (may be NULL); all borrowed */
    bool hardware;                       /* the graphics card may decode */
    const char *speaker;                 /* "": the default one, else its name; NULL: nothing is heard */
    struct outgoing_config outgoing;     /* but for its processing */
    const char *publish_token;           /* bearer token for those that are WHIP; or NULL */
    char *const *publish;                /* addresses (engine/publish/address.h) that it is published to; or NULL */
    bool no_audio_processing;
    const char *ca_file; /* as ice_servers_create */
    bool relay_only;
};

/* For its owner to use; nobody else sets these. */
struct endpoint {
    struct reactor *reactor;
    const struct dtls_identity *identity;
    struct speaker *speaker; /* NULL: none, or not wanted */
    char *no_speaker;        /* what is wrong with it, in words, or NULL */
    struct audio_processing *processing;
    struct player *player;
    struct outgoing *outgoing;
    struct ice_servers *ice_servers; /* none, until its owner adds some */
    struct agent *agent;             /* NULL: idle */
};

/* Opens the devices. NULL with words for the user in `error` (g_free it). */
struct endpoint *endpoint_create(const struct endpoint_config *config, char **error);
/* The agent first, then what it used, the other way round than it was opened. Takes NULL. */
void endpoint_destroy(struct endpoint *endpoint);

/* An agent as agent_create has it, in place of the one there is; the devices, the reactor and the identity in `config`
 * are the endpoint's and need not be given. */
bool endpoint_enter(struct endpoint *endpoint, const struct agent_config *config);
/* Idle again; takes NULL. */
void endpoint_leave(struct endpoint *endpoint);

/* One tick. */
void endpoint_poll(struct endpoint *endpoint, int64_t now_us);
int64_t endpoint_deadline(const struct endpoint *endpoint);

#endif
