#include "app/station/station.h"

#include <glib.h>
#include <stdio.h>

#include "app/client/tones.h"
#include "app/endpoint/endpoint.h"
#include "app/kiosk/handover.h"
#include "app/kiosk/history.h"
#include "app/kiosk/kiosk.h"
#include "app/station/statistics_file.h"

#define FONT "fonts/Inter-Medium.otf"

struct station {
    struct frame_sink blind; /* the screen of a station without window */
    struct client *client;   /* NULL: no window */
    struct kiosk *kiosk;     /* NULL: it is none */
    struct history *history; /* NULL: nobody keeps one */
    struct tones *tones;     /* NULL: nobody hears them */
    struct endpoint *endpoint;
    struct statistics_file *statistics; /* NULL: not wanted */
};

struct capture_config station_capture(const struct options *options, unsigned source, const char **microphone)
{
    bool device = options->audio && g_strcmp0(options->audio, "tone") && g_strcmp0(options->audio, "none");
    if (!options->audio)
        *microphone = options->camera ? "" : NULL; /* a camera has no sound of its own */
    else
        *microphone = !device ? NULL : !g_strcmp0(options->audio, "microphone") ? "" : options->audio;
    return (struct capture_config){
        .file = options->video,
        .camera = options->camera,
        .audio = device ? NULL : options->audio,
        .source = source,
        .width = options->width,
        .height = options->height,
    };
}

static void blind_push(struct frame_sink *sink, const AVFrame *frame)
{
    struct station *station = container_of(sink, struct station, blind);
    agent_presented(station->endpoint->agent, frame->pts, g_get_monotonic_time());
}

static const struct frame_sink_ops blind_ops = { .push = blind_push };

struct client_config station_window(const struct options *options, const char *title)
{
    return (struct client_config){
        .title = title,
        .asset_dir = options->asset_dir,
        .theme = options->theme,
        .width = options->screen_width,
        .height = options->screen_height,
        .headless = options->headless,
        .fullscreen = options->fullscreen,
    };
}

static bool open_client(struct station *station, const struct station_config *config)
{
    const struct options *options = config->options;
    struct client_config client = station_window(options, config->title);
    client.measure = config->measure;
    client.shots = config->shots;
    client.overlay = options->overlay;
    client.preview_of_caller = options->preview_caller;
    client.kiosk = station->kiosk;
    client.history = station->history;
    client.cameras = options->cameras;
    client.camera_width = options->width;
    client.camera_height = options->height;
    client.speak = options->speak;
    client.managers = options->managers;
    client.manager_secret = options->manager_secret;
    client.manager_key = options->manager_key;
    client.configuration_kept = config->kept;
    client.start_room = config->kiosk ? config->room : NULL;
    client.attract = config->kiosk ? options->attract : NULL;
    client.attract_each_us = (int64_t)(options->attract_time * G_USEC_PER_SEC);
    client.context = reactor_context(config->reactor);
    g_autofree char *error = NULL;
    station->client = client_create(&client, &error);
    if (!station->client) {
        fprintf(stderr, "callapi: no window: %s\n", error);
        return false;
    }
    if (options->headless)
        g_setenv("SDL_AUDIODRIVER", "dummy", FALSE);
    return true;
}

static bool add_ice_servers(struct ice_servers *servers, const struct options *options, char **error)
{
    for (char **url = options->ice_servers; url && *url; url++)
        if (!ice_servers_add(servers, *url, options->ice_user, options->ice_credential, error))
            return false;
    return true;
}

static bool open_endpoint(struct station *station, const struct station_config *config)
{
    const struct options *options = config->options;
    g_autofree char *font = options->asset_dir ? g_build_filename(options->asset_dir, FONT, NULL) : NULL;
    struct endpoint_config endpoint = {
        .reactor = config->reactor,
        .identity = config->identity,
        .remote = station->client ? client_remote_sink(station->client) : &station->blind,
        .preview = station->client ? client_preview_sink(station->client) : NULL,
        .hardware = !options->software && config->window,
        .speaker = config->window ? "" : NULL,
        .outgoing = { .capture = config->capture, .microphone = config->microphone, .font = font },
        .publish_token = options->publish_token,
        .publish = config->party == CALL_PARTY_BROADCASTER ? options->publish : NULL,
        .no_audio_processing = options->no_audio_processing,
        .ca_file = options->ca,
        .relay_only = options->relay,
    };
    g_autofree char *error = NULL;
    station->endpoint = endpoint_create(&endpoint, &error);
    if (!station->endpoint || !add_ice_servers(station->endpoint->ice_servers, options, &error)) {
        fprintf(stderr, "callapi: %s\n", error);
        return false;
    }
    if (station->client)
        client_set_speaker(station->client, station->endpoint->speaker);
    if (station->endpoint->speaker)
        station->tones = tones_create(options->asset_dir, options->ring, options->ring_back);
    return true;
}

static bool open_agent(struct station *station, const struct station_config *config)
{
    static const struct agent_listener nobody = { 0 };
    const struct options *options = config->options;
    struct agent_config agent = {
        .hub_url = config->hub_url,
        .token = options->token,
        .token_file = options->token_file,
        .ca_file = options->ca,
        .user = config->user,
        .name = config->name,
        .room = config->room,
        .streams = config->streams,
        .carried = config->carried,
        .party = config->party,
        .warm = options->warm,
        .video_codec = options->codec,
        .timeout_ms = (int64_t)(options->timeout * 1000),
        .call_to = config->call_to,
        .call_audio_only = options->voice,
        .auto_accept_ms = config->auto_accept_ms,
        .directory = station->client && config->party == CALL_PARTY_ANYONE && !options->no_directory,
        .do_not_disturb = options->do_not_disturb,
        .listener = config->listener ? config->listener : &nobody,
        .user_data = config->user_data,
    };
    if (station->client) {
        agent.listener = client_agent_listener();
        agent.user_data = station->client;
    }
    if (!endpoint_enter(station->endpoint, &agent))
        return false;
    if (station->client)
        client_set_agent(station->client, station->endpoint->agent);
    return true;
}

/* A kiosk goes on without: who calls does not need them. */
static bool open_statistics(struct station *station, const struct station_config *config)
{
    g_autofree char *error = NULL;
    if (!config->options->stats || !config->window)
        return true;
    station->statistics = statistics_file_open(config->options->stats, &error);
    if (station->statistics)
        return true;
    if (config->kiosk)
        g_warning("%s", error);
    else
        fprintf(stderr, "callapi: %s\n", error);
    return config->kiosk;
}

static struct kiosk *create_kiosk(const struct station_config *station)
{
    const struct options *options = station->options;
    bool of_hub = !g_strcmp0(options->phone, "hub");
    g_autofree char *page = of_hub ? handover_page_of_hub(station->hub_url) : g_strdup(options->phone);
    struct kiosk_config config = {
        .opening_hours = options->opening_hours,
        .reception = options->reception,
        .reception_ring = options->reception_ring,
        .idle = options->idle,
        .allow = options->allow,
        .do_not_disturb = options->do_not_disturb,
        .no_directory = options->no_directory,
        .phone_page = page,
    };
    return kiosk_create(&config);
}

struct station *station_open(const struct station_config *config)
{
    struct station *station = g_new0(struct station, 1);
    station->blind.ops = &blind_ops;
    station->history = config->history ? history_open(config->history) : NULL;
    station->kiosk = config->kiosk ? create_kiosk(config) : NULL;
    if (!open_statistics(station, config) || (config->window && !open_client(station, config)) ||
        !open_endpoint(station, config) || !open_agent(station, config))
        g_clear_pointer(&station, station_close);
    return station;
}

void station_close(struct station *station)
{
    if (!station)
        return;
    endpoint_destroy(station->endpoint);
    tones_destroy(station->tones);
    client_destroy(station->client);
    kiosk_destroy(station->kiosk);
    history_close(station->history);
    statistics_file_close(station->statistics);
    g_free(station);
}

void station_tick(struct station *station, int64_t now_us)
{
    endpoint_poll(station->endpoint, now_us);
    if (station->tones)
        tones_follow(station->tones, station->endpoint->agent);
    if (station->statistics)
        statistics_file_poll(station->statistics, agent_statistics(station->endpoint->agent));
}

void station_draw(struct station *station, int64_t now_us)
{
    if (station->client)
        client_tick(station->client, now_us);
}

int64_t station_deadline(const struct station *station)
{
    int64_t due = endpoint_deadline(station->endpoint);
    return station->client ? MIN(due, client_deadline(station->client)) : due;
}

struct agent *station_agent(const struct station *station)
{
    return station->endpoint->agent;
}

struct client *station_client(const struct station *station)
{
    return station->client;
}
