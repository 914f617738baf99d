#include "whip_scene.h"

#include "platform/deadline.h"

enum { TICK_US = 20000 };

/* ---- the user ---- */

static void user_open(struct packet_sink *sink, const AVCodecParameters *parameters)
{
    (void)sink;
    g_assert_cmpint(parameters->codec_id, !=, AV_CODEC_ID_NONE);
}

static void user_picture(struct packet_sink *sink, const AVPacket *packet)
{
    struct user *user = container_of(sink, struct user, video);
    g_assert_cmpint(packet->pts, >, user->last_pts);
    user->last_pts = packet->pts;
    user->pictures++;
}

static void user_sound(struct packet_sink *sink, const AVPacket *packet)
{
    (void)packet;
    container_of(sink, struct user, audio)->sounds++;
}

static void user_lose_picture(struct packet_sink *sink)
{
    container_of(sink, struct user, video)->losses++;
}

static void user_lose_sound(struct packet_sink *sink)
{
    (void)sink;
}

static const struct packet_sink_ops picture_ops = { .open = user_open,
                                                    .push = user_picture,
                                                    .lose = user_lose_picture };
static const struct packet_sink_ops sound_ops = { .open = user_open, .push = user_sound, .lose = user_lose_sound };

static bool destroys(struct user *user)
{
    if (user->destroys_itself)
        whip_destroy(g_steal_pointer(&user->whip));
    return user->destroys_itself;
}

static void user_changed(void *user_data, const struct whip_status *status)
{
    struct user *user = user_data;
    if (status->state == WHIP_WAITING)
        g_string_append_c(user->troubles, (char)('0' + status->trouble));
    if (status->state != WHIP_CONNECTING)
        destroys(user);
}

static void user_opened(void *user_data, struct peer *peer)
{
    struct user *user = user_data;
    user->opened++;
    user->peer = peer;
    whip_media_open(peer);
}

static void user_closing(void *user_data, struct peer *peer)
{
    struct user *user = user_data;
    g_assert_true(user->peer == peer);
    user->closed++;
    user->peer = NULL;
}

static void user_event(void *user_data, struct peer *peer, const struct peer_event *event)
{
    struct user *user = user_data;
    g_assert_true(user->peer == peer);
    user->key_frames += event->type == PEER_EVENT_KEY_FRAME;
}

static const struct whip_listener user_listener = {
    .changed = user_changed,
    .opened = user_opened,
    .closing = user_closing,
    .event = user_event,
};

static void user_tick(void *user_data)
{
    struct user *user = user_data;
    if (user->peer && user->server->takes)
        whip_media_send(user->peer, user->pictures++);
    deadline_set(user->ticker, g_get_monotonic_time() + TICK_US);
}

/* ---- the scene ---- */

void scene_open(struct scene *scene, bool takes)
{
    *scene = (struct scene){ .reactor = reactor_create(),
                             .identity = dtls_identity_create(),
                             .server.takes = takes,
                             .user.troubles = g_string_new(NULL) };
    scene->before = belongings_now();
    whip_server_open(&scene->server, scene->reactor, scene->identity);
    scene->user.server = &scene->server;
    scene->user.video.ops = &picture_ops;
    scene->user.audio.ops = &sound_ops;
    scene->user.last_pts = INT64_MIN;
    scene->user.ticker = deadline_create(reactor_context(scene->reactor), user_tick, &scene->user);
    user_tick(&scene->user);
}

void scene_start(struct scene *scene, const char *token)
{
    g_autofree char *error = NULL, *url = g_strdup_printf("%s://127.0.0.1:%d/live?key=1",
                                                          scene->server.takes ? "whip" : "whep", scene->server.port);
    scene->user.whip = whip_create(
        &(struct whip_config){
            .role = scene->server.takes ? WHIP_PUBLISHER : WHEP_PLAYER,
            .reactor = scene->reactor,
            .url = url,
            .token = token,
            .identity = scene->identity,
            .ice_servers = scene->ice_servers,
            .video_codec = AV_CODEC_ID_H264,
            .listener = &user_listener,
            .user_data = &scene->user,
        },
        &error);
    g_assert_cmpstr(error, ==, NULL);
    struct source *source = whip_source(scene->user.whip);
    source->ops->start(source, &scene->user.video, &scene->user.audio);
}

void scene_run(struct scene *scene, int64_t us)
{
    for (int64_t until = g_get_monotonic_time() + us; g_get_monotonic_time() < until;)
        reactor_wait(scene->reactor, until);
}

bool scene_flows(const struct scene *scene)
{
    return scene->user.whip && whip_status(scene->user.whip).state == WHIP_FLOWING;
}

void scene_close(struct scene *scene)
{
    whip_destroy(scene->user.whip);
    scene_run(scene, 100000);
    g_assert_cmpint(scene->user.opened, ==, scene->user.closed);
    whip_server_close(&scene->server);
    deadline_destroy(scene->user.ticker);
    g_string_free(scene->user.troubles, TRUE);
    ice_servers_destroy(scene->ice_servers);
    assert_given_back(scene->reactor, &scene->before);
    dtls_identity_destroy(scene->identity);
    end_reactor(scene->reactor, &scene->before);
}
