/* engine/callapi.h: an agent with its devices behind a C interface, for programs with a loop and a screen of their own.
 */
#include "app/library/parts.h"

#include <string.h>

#include "engine/text/address.h"
#include "net/transport/dtls.h"

/* ---- pictures ---- */

static struct callapi_picture picture_of(const AVFrame *frame)
{
    struct callapi_picture picture = {
        .width = frame->width,
        .height = frame->height,
        .id = frame->pts,
        .bt709 = frame->colorspace == AVCOL_SPC_BT709,
        .full_range = frame->color_range == AVCOL_RANGE_JPEG || frame->format == AV_PIX_FMT_YUVJ420P,
    };
    for (int i = 0; i < 3; i++) {
        picture.planes[i] = frame->data[i];
        picture.strides[i] = frame->linesize[i];
    }
    return picture;
}

/* Held until the end of callapi_poll: a listener may do anything, and not from within a decoder. The newest wins. */
static void hold(AVFrame **held, const AVFrame *frame)
{
    av_frame_free(held);
    *held = av_frame_clone(frame);
}

static void remote_push(struct frame_sink *sink, const AVFrame *frame)
{
    struct callapi *api = container_of(sink, struct callapi, remote);
    AVFrame *upright = av_frame_clone(frame);
    if (upright)
        picture_filter_send(api->upright, upright);
    while (upright && picture_filter_receive(api->upright, upright)) {
        hold(&api->held_remote, upright);
        av_frame_unref(upright);
    }
    av_frame_free(&upright);
}

static void local_push(struct frame_sink *sink, const AVFrame *frame)
{
    struct callapi *api = container_of(sink, struct callapi, local);
    if (frame->format == AV_PIX_FMT_YUV420P || frame->format == AV_PIX_FMT_YUVJ420P || frame->format == AV_PIX_FMT_NV12)
        hold(&api->held_local, frame);
}

static void show_pictures(struct callapi *api)
{
    AVFrame *remote = g_steal_pointer(&api->held_remote), *local = g_steal_pointer(&api->held_local);
    if (local && !api->closing) {
        struct callapi_picture picture = picture_of(local);
        news_local_picture(api->news, &picture);
    }
    if (remote && !api->closing) {
        struct callapi_picture picture = picture_of(remote);
        if (news_remote_picture(api->news, &picture) && api->endpoint->agent && !api->closing)
            agent_presented(api->endpoint->agent, remote->pts, g_get_monotonic_time());
    }
    av_frame_free(&remote);
    av_frame_free(&local);
}

static const struct frame_sink_ops remote_ops = { .push = remote_push };
static const struct frame_sink_ops local_ops = { .push = local_push };

/* ---- what the agent tells ---- */

static void on_call(void *user_data, const struct call_notice *notice)
{
    struct callapi *api = user_data;
    g_autofree char *remote = address_user(notice->remote);
    char *extension = notice->extension ? cJSON_PrintUnformatted(notice->extension) : NULL;
    struct callapi_change change = {
        .state = notice->state,
        .previous = notice->previous,
        .role = notice->role,
        .event = notice->event,
        .reason = notice->reason,
        .call_id = notice->call_id,
        .remote = remote,
        .video = notice->video,
        .extension = extension,
        .remote_name = *notice->name ? notice->name : remote,
    };
    news_post_change(api->news, &change);
    cJSON_free(extension);
    if (notice->state == CALL_CONNECTED && notice->previous != CALL_CONNECTED)
        news_post_connected(api->news, notice->call_id, remote, notice->connected_at_ms);
    else if (notice->previous == CALL_CONNECTED && notice->state != CALL_CONNECTED)
        news_post_disconnected(api->news, notice->call_id, remote, notice->connected_at_ms, notice->duration_ms);
    if (notice->reason == CALL_REASON_MEDIA_LOST && notice->previous != notice->state)
        news_post_error(api->news, CALLAPI_DOMAIN_MEDIA, CALL_ERROR_MEDIA, call_error_text(CALL_ERROR_MEDIA));
}

static void on_link(void *user_data, enum agent_link link, const char *why)
{
    static const enum callapi_link links[] = {
        [AGENT_LINK_SIGNALLING_LOST] = CALLAPI_LINK_SIGNALLING_LOST,
        [AGENT_LINK_SIGNALLING_BACK] = CALLAPI_LINK_SIGNALLING_BACK,
        [AGENT_LINK_RECONNECTING] = CALLAPI_LINK_RECONNECTING,
        [AGENT_LINK_RECONNECTED] = CALLAPI_LINK_RECONNECTED,
    };
    struct callapi *api = user_data;
    news_post_link(api->news, links[link]);
    if (link == AGENT_LINK_SIGNALLING_LOST)
        news_post_error(api->news, CALLAPI_DOMAIN_SIGNALLING, CALL_ERROR_SIGNALLING_LOST, why);
    if (link != AGENT_LINK_SIGNALLING_LOST && link != AGENT_LINK_SIGNALLING_BACK)
        return;
    bool lost = link == AGENT_LINK_SIGNALLING_LOST;
    news_post_done(api->news, api->prepared, api->prepared_data, CALLAPI_DOMAIN_SIGNALLING,
                   lost ? CALL_ERROR_SIGNALLING_LOST : CALL_OK, why);
    api->prepared = NULL;
    library_logged_in(api, lost ? CALL_ERROR_SIGNALLING_LOST : CALL_OK, why);
}

static void on_remote_media(void *user_data, bool muted, bool camera_on)
{
    struct callapi *api = user_data;
    news_post_remote_media(api->news, muted, camera_on);
}

static void on_quality(void *user_data, const struct agent_quality *quality)
{
    struct callapi *api = user_data;
    struct callapi_quality told = { quality->level, quality->round_trip_ms, quality->loss };
    news_post_quality(api->news, &told);
}

static void on_room(void *user_data, const struct signal_room *room)
{
    struct callapi *api = user_data;
    struct callapi_room told = {
        .room = room->room,
        .host = room->host,
        .host_name = room->host_name ? room->host_name : room->host,
        .state = room->state,
        .camera_off = room->camera_off,
        .viewers = room->viewers,
    };
    news_post_room(api->news, &told);
}

static void on_token_expires(void *user_data, int seconds)
{
    struct callapi *api = user_data;
    news_post_token_expires(api->news, seconds);
}

/* From within an operation or from the network: asked, not told. */
static enum call_policy on_policy(void *user_data, enum call_role role, const char *remote, const cJSON *extension)
{
    struct callapi *api = user_data;
    if (!api->policy)
        return CALL_POLICY_CONNECT_ONLY;
    g_autofree char *user = address_user(remote);
    char *text = extension ? cJSON_PrintUnformatted(extension) : NULL;
    enum call_policy policy = api->policy(api->policy_data, role, user, text);
    cJSON_free(text);
    return policy;
}

static const struct agent_listener agent_events = {
    .call = on_call,
    .completed = library_completed,
    .link = on_link,
    .remote_media = on_remote_media,
    .quality = on_quality,
    .room = on_room,
    .token_expires = on_token_expires,
    .policy = on_policy,
};

const struct agent_listener *library_agent_listener(void)
{
    return &agent_events;
}

/* ---- life ---- */

struct capture_config library_capture(const struct callapi *api, const char *camera)
{
    struct capture_config capture = api->capture;
    if (!camera || !strcmp(camera, "synthetic"))
        return capture;
    if (g_str_has_prefix(camera, "file:"))
        capture.file = camera + strlen("file:");
    else
        capture.camera = camera;
    return capture;
}

static struct outgoing_config choose_outgoing(struct callapi *api, const struct callapi_config *config)
{
    const char *first = config->cameras ? config->cameras[0] : NULL;
    bool stands_in = !first || !strcmp(first, "synthetic");
    bool own = !config->microphone ? !stands_in && g_str_has_prefix(first, "file:")
                                   : !strcmp(config->microphone, "tone") || !strcmp(config->microphone, "none");
    api->no_camera = !first;
    api->capture = (struct capture_config){
        .audio = own ? config->microphone : NULL,
        .source = 2,
        .width = config->width,
        .height = config->height,
    };
    return (struct outgoing_config){
        .capture = library_capture(api, first),
        .microphone = own                  ? NULL
                      : config->microphone ? config->microphone
                                           : "",
        .bit_rate = config->bit_rate,
    };
}

static bool add_ice_servers(struct ice_servers *servers, const struct callapi_config *config, char **error)
{
    for (int i = 0; i < config->n_ice_servers; i++) {
        const struct callapi_ice_server *server = &config->ice_servers[i];
        if (!server->url || !ice_servers_add(servers, server->url, server->username, server->credential, error))
            return false;
    }
    return true;
}

static bool open_endpoint(struct callapi *api, const struct callapi_config *config, char **error)
{
    struct endpoint_config endpoint = {
        .reactor = api->reactor,
        .identity = api->identity,
        .remote = &api->remote,
        .preview = &api->local,
        .hardware = !config->software,
        .speaker = config->speaker,
        .outgoing = choose_outgoing(api, config),
        .no_audio_processing = config->no_audio_processing,
        .ca_file = config->ca_file,
        .relay_only = config->relay_only,
    };
    api->endpoint = endpoint_create(&endpoint, error);
    if (!api->endpoint || !add_ice_servers(api->endpoint->ice_servers, config, error))
        return false;
    outgoing_set_camera(api->endpoint->outgoing, !api->no_camera);
    if (api->endpoint->no_speaker)
        news_post_error(api->news, CALLAPI_DOMAIN_DEVICE, CALL_ERROR_DEVICE, api->endpoint->no_speaker);
    return true;
}

struct callapi *callapi_create(const struct callapi_config *config, char **error)
{
    char *why = NULL;
    struct callapi *api = g_new0(struct callapi, 1);
    api->remote.ops = &remote_ops;
    api->local.ops = &local_ops;
    api->news = news_create();
    api->upright = picture_filter_create(&(struct picture_shape){ 0 });
    api->url = g_strdup(config->url);
    api->user = g_strdup(config->user);
    api->token = g_strdup(config->token);
    api->ca_file = g_strdup(config->ca_file);
    api->cameras = g_strdupv((char **)config->cameras);
    api->reactor = reactor_create();
    api->identity = dtls_identity_create();
    if (api->identity && open_endpoint(api, config, &why))
        return api;
    callapi_destroy(api);
    if (error)
        *error = why ? why : g_strdup("no key pair could be made");
    else
        g_free(why);
    return NULL;
}

void callapi_destroy(struct callapi *api)
{
    if (!api)
        return;
    api->closing = true;
    news_close(api->news);
    if (api->polling)
        return; /* the poll that we are called from does the rest */
    endpoint_leave(api->endpoint);
    library_drop_pending(api);
    news_close(api->news);
    endpoint_destroy(api->endpoint);
    dtls_identity_destroy(api->identity);
    reactor_destroy(api->reactor);
    news_destroy(api->news);
    picture_filter_destroy(api->upright);
    av_frame_free(&api->held_remote);
    av_frame_free(&api->held_local);
    g_strfreev(api->cameras);
    g_free(api->url);
    g_free(api->user);
    g_free(api->name);
    g_free(api->token);
    g_free(api->ca_file);
    g_free(api->extension);
    g_free(api->remote_user);
    g_free(api);
}

void callapi_free_text(char *text)
{
    g_free(text);
}

/* ---- the loop ---- */

size_t callapi_descriptors(struct callapi *api, struct pollfd *descriptors, size_t size)
{
    int n;
    const GPollFD *fds = reactor_descriptors(api->reactor, &n);
    for (size_t i = 0; i < (size_t)n && i < size; i++)
        descriptors[i] = (struct pollfd){ .fd = (int)fds[i].fd, .events = (short)fds[i].events };
    return (size_t)n;
}

int64_t callapi_deadline(struct callapi *api)
{
    if (news_waiting(api->news) || api->held_remote)
        return 0;
    int64_t due = reactor_due(api->reactor);
    return MIN(due, endpoint_deadline(api->endpoint));
}

void callapi_poll(struct callapi *api)
{
    api->polling++;
    reactor_wait(api->reactor, 0);
    if (!api->closing)
        endpoint_poll(api->endpoint, g_get_monotonic_time());
    show_pictures(api);
    news_tell(api->news);
    if (--api->polling == 0 && api->closing)
        callapi_destroy(api);
}

void callapi_add_listener(struct callapi *api, const struct callapi_listener *listener, void *user_data)
{
    news_add_listener(api->news, listener, user_data);
}

void callapi_remove_listener(struct callapi *api, const struct callapi_listener *listener, void *user_data)
{
    news_remove_listener(api->news, listener, user_data);
}

void callapi_presented(struct callapi *api, int64_t id)
{
    if (api->endpoint->agent)
        agent_presented(api->endpoint->agent, id, g_get_monotonic_time());
}
