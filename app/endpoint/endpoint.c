#include "app/endpoint/endpoint.h"

#include <glib.h>

#include "app/endpoint/whip_publisher.h"
#include "engine/publish/address.h"
#include "engine/publish/writer.h"
#include "platform/audio/audio_processing.h"
#include "platform/audio/speaker.h"

/* Without one, pictures go on in silence. Only a real microphone hears it. */
static void open_speaker(struct endpoint *endpoint, const struct endpoint_config *config)
{
    if (config->speaker)
        endpoint->speaker = speaker_create(*config->speaker ? config->speaker : NULL, &endpoint->no_speaker);
    if (!config->outgoing.microphone || config->no_audio_processing)
        return;
    endpoint->processing = audio_processing_create(NULL);
    if (endpoint->speaker)
        speaker_set_processing(endpoint->speaker, endpoint->processing);
}

static bool open_player(struct endpoint *endpoint, const struct endpoint_config *config, char **error)
{
    struct player_config player = {
        .loop = config->hardware ? reactor_context(endpoint->reactor) : NULL,
        .video = config->remote,
        .audio = endpoint->speaker ? speaker_output(endpoint->speaker) : NULL,
    };
    endpoint->player = player_create(&player);
    if (!endpoint->player)
        *error = g_strdup("no video decoder works here; 'callapi doctor' tells more");
    return endpoint->player;
}

static bool open_outgoing(struct endpoint *endpoint, const struct endpoint_config *config, char **error)
{
    struct outgoing_config outgoing = config->outgoing;
    outgoing.processing = endpoint->processing;
    outgoing.loop = reactor_context(endpoint->reactor);
    endpoint->outgoing = outgoing_create(&outgoing, error);
    if (endpoint->outgoing)
        outgoing_set_preview(endpoint->outgoing, config->preview);
    return endpoint->outgoing;
}

/* What carries each kind of address. NULL, with words in `error` where there are more than that it is none. */
static struct publisher *open_publisher(struct endpoint *endpoint, const struct endpoint_config *config,
                                        const char *url, const char *words, char **error)
{
    switch (publish_kind_of(url)) {
    case PUBLISH_CONTAINER:
        return publish_writer_create(url, config->ca_file);
    case PUBLISH_WHIP:
        return whip_publisher_create(&(struct whip_config){ .reactor = endpoint->reactor,
                                                            .url = url,
                                                            .token = config->publish_token,
                                                            .ca_file = config->ca_file,
                                                            .identity = endpoint->identity,
                                                            .ice_servers = endpoint->ice_servers },
                                     words, error);
    case PUBLISH_UNKNOWN:
        break;
    }
    return NULL;
}

static bool open_publishers(struct endpoint *endpoint, const struct endpoint_config *config, char **error)
{
    for (char *const *url = config->publish; url && *url; url++) {
        g_autofree char *words = publish_words(*url), *why = NULL;
        struct publisher *publisher = open_publisher(endpoint, config, *url, words, &why);
        if (!publisher) {
            *error = g_strdup_printf("nothing can be published to %s%s%s", words, why ? ": " : "", why ? why : "");
            return false;
        }
        outgoing_add_publisher(endpoint->outgoing, publisher);
    }
    return true;
}

struct endpoint *endpoint_create(const struct endpoint_config *config, char **error)
{
    struct endpoint *endpoint = g_new0(struct endpoint, 1);
    endpoint->reactor = config->reactor;
    endpoint->identity = config->identity;
    endpoint->ice_servers = ice_servers_create(config->reactor, config->ca_file);
    ice_servers_set_relay_only(endpoint->ice_servers, config->relay_only);
    open_speaker(endpoint, config);
    if (!open_player(endpoint, config, error) || !open_outgoing(endpoint, config, error) ||
        !open_publishers(endpoint, config, error))
        g_clear_pointer(&endpoint, endpoint_destroy);
    return endpoint;
}

void endpoint_destroy(struct endpoint *endpoint)
{
    if (!endpoint)
        return;
    endpoint_leave(endpoint);
    outgoing_destroy(endpoint->outgoing);
    player_destroy(endpoint->player);
    speaker_destroy(endpoint->speaker);
    audio_processing_destroy(endpoint->processing);
    ice_servers_destroy(endpoint->ice_servers);
    g_free(endpoint->no_speaker);
    g_free(endpoint);
}

bool endpoint_enter(struct endpoint *endpoint, const struct agent_config *config)
{
    struct agent_config agent = *config;
    agent.reactor = endpoint->reactor;
    agent.identity = endpoint->identity;
    agent.outgoing = endpoint->outgoing;
    agent.player = endpoint->player;
    agent.ice_servers = endpoint->ice_servers;
    endpoint_leave(endpoint);
    endpoint->agent = agent_create(&agent);
    return endpoint->agent;
}

void endpoint_leave(struct endpoint *endpoint)
{
    if (!endpoint)
        return;
    agent_destroy(endpoint->agent);
    endpoint->agent = NULL;
}

/* The camera is seen before there is an agent. */
void endpoint_poll(struct endpoint *endpoint, int64_t now_us)
{
    if (endpoint->agent)
        agent_poll(endpoint->agent, now_us);
    else
        outgoing_poll(endpoint->outgoing, now_us);
}

int64_t endpoint_deadline(const struct endpoint *endpoint)
{
    return endpoint->agent ? agent_deadline(endpoint->agent) : outgoing_deadline(endpoint->outgoing);
}
