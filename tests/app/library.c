/* engine/callapi.h as a program uses it: two and three users, each driven by a poll() loop of its own making, over a
 * real hub and real WebRTC on the loopback interface. Behaviour is asserted, time is not: PATIENCE_S only ends a test
 * that hangs. */
#include <cjson/cJSON.h>
#include <glib.h>
#include <libavutil/log.h>
#include <string.h>

#include "engine/callapi.h"
#include "engine/text/json.h"
#include "footprint.h"
#include "net/hub/hub.h"
#include "net/protocol/hub_token.h"

#define SECRET "a secret of thirty-two bytes or more"

enum { USERS = 8, PATIENCE_S = 60, DESCRIPTORS = 256 };

struct world;

struct user {
    struct world *world;
    struct callapi *api;
    bool presents; /* pictures are on the screen at once */
    bool in_poll;  /* callbacks are allowed now */
    int64_t last_picture;
    int pictures, own_pictures, states, connected, disconnected, links, qualities, errors, policies;
    enum call_reason reason;    /* of the last change of state */
    enum callapi_domain domain; /* of the last error */
    bool remote_muted, remote_camera_on;
    int64_t duration_ms;
    char *extension;               /* the last one that came */
    char *remote_name, *host_name; /* as a change, and the room, last had it */
    bool room_camera_off;
    char *room_state;
    enum call_policy policy;
    bool destroy_on_ring, hang_up_on_picture;
    int done, done_error; /* operations; the last one's error */
    int warned_s;         /* of the token's end */
};

struct world {
    struct reactor *reactor; /* the hub's */
    struct hub *hub;
    struct belongings before;
    struct user users[USERS];
};

/* ---- what is heard ---- */

static void on_state(void *user_data, const struct callapi_change *change)
{
    struct user *user = user_data;
    g_assert_true(user->in_poll);
    g_assert_cmpint(change->state, !=, change->previous);
    user->states++;
    g_free(user->remote_name);
    user->remote_name = g_strdup(change->remote_name);
    user->reason = change->reason;
    if (change->extension) {
        g_free(user->extension);
        user->extension = g_strdup(change->extension);
    }
    if (user->destroy_on_ring && change->state == CALL_CALLING)
        callapi_destroy(g_steal_pointer(&user->api));
}

static void on_error(void *user_data, const struct callapi_error *error)
{
    struct user *user = user_data;
    g_assert_true(user->in_poll);
    g_assert_nonnull(error->text);
    user->errors++;
    user->domain = error->domain;
}

static void on_connected(void *user_data, const char *call_id, const char *remote, int64_t start_ms)
{
    struct user *user = user_data;
    g_assert_true(user->in_poll);
    g_assert_cmpstr(call_id, ==, callapi_call_id(user->api));
    g_assert_cmpstr(remote, ==, callapi_remote(user->api));
    g_assert_cmpint(start_ms, >, 0);
    user->connected++;
}

static void on_disconnected(void *user_data, const char *call_id, const char *remote, int64_t start_ms,
                            int64_t duration_ms)
{
    struct user *user = user_data;
    g_assert_cmpint(strlen(call_id), ==, 36);
    g_assert_cmpint(strlen(remote), >, 0);
    g_assert_cmpint(start_ms, >, 0);
    user->disconnected++;
    user->duration_ms = duration_ms;
}

static void on_remote_media(void *user_data, bool muted, bool camera_on)
{
    struct user *user = user_data;
    user->remote_muted = muted;
    user->remote_camera_on = camera_on;
}

static void on_quality(void *user_data, const struct callapi_quality *quality)
{
    struct user *user = user_data;
    g_assert_cmpint(quality->level, >=, 1);
    g_assert_cmpint(quality->level, <=, 5);
    user->qualities++;
}

static void on_link(void *user_data, enum callapi_link link)
{
    struct user *user = user_data;
    user->links |= 1 << link;
}

static void on_token_expires(void *user_data, int seconds)
{
    struct user *user = user_data;
    user->warned_s = seconds;
}

static void on_room(void *user_data, const struct callapi_room *room)
{
    struct user *user = user_data;
    g_free(user->room_state);
    user->room_state = g_strdup(room->state);
    g_free(user->host_name);
    user->host_name = g_strdup(room->host_name);
    user->room_camera_off = room->camera_off;
}

static bool on_remote_picture(void *user_data, const struct callapi_picture *picture)
{
    struct user *user = user_data;
    g_assert_true(user->in_poll);
    g_assert_cmpint(picture->width, ==, 320);
    g_assert_nonnull(picture->planes[0]);
    user->pictures++;
    user->last_picture = picture->id;
    if (user->hang_up_on_picture && callapi_state(user->api) == CALL_CONNECTED)
        callapi_hang_up(user->api, CALL_REASON_NONE, NULL, NULL);
    return user->presents;
}

static void on_local_picture(void *user_data, const struct callapi_picture *picture)
{
    struct user *user = user_data;
    g_assert_cmpint(picture->height, ==, 180);
    user->own_pictures++;
}

static const struct callapi_listener listener = {
    .state = on_state,
    .error = on_error,
    .connected = on_connected,
    .disconnected = on_disconnected,
    .link = on_link,
    .remote_media = on_remote_media,
    .quality = on_quality,
    .room = on_room,
    .remote_picture = on_remote_picture,
    .local_picture = on_local_picture,
    .token_expires = on_token_expires,
};

static void on_done(void *user_data, const struct callapi_error *error)
{
    struct user *user = user_data;
    user->done++;
    user->done_error = error ? (int)error->code : CALL_OK;
}

static enum call_policy on_policy(void *user_data, enum call_role role, const char *remote, const char *extension)
{
    struct user *user = user_data;
    (void)role;
    (void)extension;
    g_assert_cmpint(strlen(remote), >, 0);
    user->policies++;
    return user->policy;
}

/* ---- the world ---- */

static void set_up(struct world *world, gconstpointer data)
{
    (void)data;
    struct hub_limits limits = HUB_LIMITS;
    struct hub_config config = { .listen = "127.0.0.1:0", .limits = &limits };
    limits.invites.burst = 100000; /* a thousand calls */
    *world = (struct world){ .reactor = reactor_create(), .before = belongings_now() };
    world->hub = hub_create(world->reactor, &config, NULL);
    g_assert_nonnull(world->hub);
}

static void tear_down(struct world *world, gconstpointer data)
{
    (void)data;
    for (int i = 0; i < USERS; i++) {
        callapi_destroy(world->users[i].api);
        g_free(world->users[i].extension);
        g_free(world->users[i].room_state);
        g_free(world->users[i].remote_name);
        g_free(world->users[i].host_name);
    }
    hub_destroy(world->hub);
    assert_nothing_left_behind(world->reactor, &world->before);
    reactor_destroy(world->reactor);
}

static struct user *add_with_token(struct world *world, const char *name, const char *token)
{
    static const char *const cameras[] = { "synthetic", "synthetic", "file:/nowhere.mp4", NULL };
    struct user *user = world->users;
    while (user->world)
        user++;
    struct callapi_config config = {
        .url = hub_url(world->hub),
        .user = name,
        .token = token,
        .cameras = cameras,
        .microphone = "tone",
        .width = 320,
        .height = 180,
        .software = true,
    };
    user->world = world;
    user->presents = true;
    user->api = callapi_create(&config, NULL);
    g_assert_nonnull(user->api);
    callapi_add_listener(user->api, &listener, user);
    return user;
}

static struct user *add(struct world *world, const char *name)
{
    return add_with_token(world, name, NULL);
}

static void poll_one(struct user *user)
{
    struct callapi *api = user->api;
    user->in_poll = true;
    if (api)
        callapi_poll(api);
    user->in_poll = false;
}

/* A loop as any program has it: one poll() over everybody's descriptors. */
static void tick(struct world *world)
{
    struct pollfd descriptors[DESCRIPTORS];
    size_t n = 0;
    int64_t due = g_get_monotonic_time() + 5000; /* the hub's reactor is asked that often */
    for (int i = 0; i < USERS; i++) {
        struct user *user = &world->users[i];
        if (!user->api)
            continue;
        n += callapi_descriptors(user->api, descriptors + n, DESCRIPTORS - n);
        g_assert_cmpint(n, <=, DESCRIPTORS);
        due = MIN(due, callapi_deadline(user->api));
    }
    int64_t left_us = due - g_get_monotonic_time(); /* once: MAX takes it twice, and time goes on between */
    poll(descriptors, n, (int)(MAX(left_us, 0) / 1000));
    reactor_wait(world->reactor, 0);
    for (int i = 0; i < USERS; i++)
        poll_one(&world->users[i]);
}

#define WAIT_FOR(world, condition)                                                                                     \
    do {                                                                                                               \
        int64_t give_up = g_get_monotonic_time() + PATIENCE_S * G_USEC_PER_SEC;                                        \
        while (!(condition)) {                                                                                         \
            if (g_get_monotonic_time() > give_up)                                                                      \
                g_error("%s:%d: waited in vain for: %s", __FILE__, __LINE__, #condition);                              \
            tick(world);                                                                                               \
        }                                                                                                              \
    } while (0)

static void prepare(struct user *user, const struct callapi_prepare *prepared)
{
    int done = user->done;
    g_assert_cmpint(callapi_prepare(user->api, prepared, on_done, user), ==, CALL_OK);
    WAIT_FOR(user->world, user->done > done);
    g_assert_cmpint(user->done_error, ==, CALL_OK);
    g_assert_cmpint(callapi_state(user->api), ==, CALL_PREPARED);
}

static void settle(struct user *user, int done)
{
    WAIT_FOR(user->world, user->done > done);
    g_assert_cmpint(user->done_error, ==, CALL_OK);
}

static void connect_call(struct user *caller, struct user *callee, const struct callapi_target *target)
{
    int connected = caller->connected + 1;
    g_assert_cmpint(callapi_call(caller->api, target, NULL, NULL), ==, CALL_OK);
    WAIT_FOR(caller->world, callapi_state(callee->api) == CALL_CALLING);
    g_assert_cmpint(callapi_accept(callee->api, NULL, NULL), ==, CALL_OK);
    WAIT_FOR(caller->world, caller->connected == connected && callapi_state(callee->api) == CALL_CONNECTED);
}

/* Of the remote pictures in the last second, 0: not known. */
static double received_fps(const struct user *user)
{
    char *text = callapi_statistics(user->api);
    cJSON *json = cJSON_Parse(text);
    g_assert_nonnull(json);
    double fps = 0;
    const cJSON *object;
    cJSON_ArrayForEach (object, cJSON_GetObjectItem(json, "stats")) {
        const char *id = json_string(object, "id");
        const cJSON *value = cJSON_GetObjectItem(object, "framesPerSecond");
        if (!g_strcmp0(id, "IV") && value)
            fps = cJSON_GetNumberValue(value);
    }
    cJSON_Delete(json);
    callapi_free_text(text);
    return fps;
}

static const struct callapi_prepare anyone = { .party = CALL_PARTY_ANYONE };
static const struct callapi_target bert_by_video = { .user = "bert" };

/* ---- tests ---- */

static void others_have_names(struct world *world, gconstpointer data)
{
    (void)data;
    struct user *anna = add(world, "anna"), *bert = add(world, "bert");
    g_assert_cmpint(callapi_set_name(anna->api, "Anna\u202e"), ==, CALL_ERROR_ARGUMENT);
    g_assert_cmpint(callapi_set_name(anna->api, "Anna Berg"), ==, CALL_OK);
    prepare(anna, &(struct callapi_prepare){ .party = CALL_PARTY_BROADCASTER, .room = "studio" });
    prepare(bert, &(struct callapi_prepare){ .party = CALL_PARTY_AUDIENCE, .room = "studio" });
    WAIT_FOR(world, !g_strcmp0(bert->host_name, "Anna Berg"));
    g_assert_false(bert->room_camera_off);
    callapi_set_camera(anna->api, false);
    WAIT_FOR(world, bert->room_camera_off);
    callapi_set_camera(anna->api, true);
    WAIT_FOR(world, bert->pictures && !bert->room_camera_off);
    g_assert_cmpint(callapi_call(bert->api, &(struct callapi_target){ 0 }, NULL, NULL), ==, CALL_OK);
    WAIT_FOR(world, callapi_state(anna->api) == CALL_CALLING && anna->remote_name && bert->remote_name);
    g_assert_cmpstr(anna->remote_name, ==, "bert"); /* he has none */
    g_assert_cmpstr(bert->remote_name, ==, "Anna Berg");
    g_assert_cmpstr(callapi_remote_name(bert->api), ==, "Anna Berg");
    g_assert_cmpstr(callapi_remote(bert->api), ==, "anna");
}

static void a_call_from_press_to_hang_up(struct world *world, gconstpointer data)
{
    (void)data;
    struct user *anna = add(world, "anna"), *bert = add(world, "bert");
    prepare(anna, &(struct callapi_prepare){ .party = CALL_PARTY_ANYONE, .extension = "{\"from\":\"reception\"}" });
    prepare(bert, &anyone);
    int done = anna->done, states = anna->states;
    g_assert_cmpint(callapi_call(anna->api, &bert_by_video, on_done, anna), ==, CALL_OK);
    g_assert_cmpint(anna->states, ==, states); /* nobody is called from within an operation */
    g_assert_cmpint(callapi_call(anna->api, &bert_by_video, on_done, anna), ==, CALL_OK); /* pressed twice */
    WAIT_FOR(world, anna->done == done + 2 && callapi_state(bert->api) == CALL_CALLING);
    WAIT_FOR(world, bert->extension);
    g_assert_cmpstr(bert->extension, ==, "{\"from\":\"reception\"}");
    g_assert_cmpint(callapi_role(bert->api), ==, CALL_ROLE_CALLEE);
    g_assert_cmpstr(callapi_remote(bert->api), ==, "anna");
    g_assert_cmpstr(callapi_call_id(bert->api), ==, callapi_call_id(anna->api));
    g_assert_cmpint(callapi_cancel(bert->api, NULL, NULL), ==, CALL_ERROR_STATE);
    done = bert->done;
    g_assert_cmpint(callapi_accept(bert->api, on_done, bert), ==, CALL_OK);
    settle(bert, done);
    WAIT_FOR(world, anna->connected && bert->connected && anna->own_pictures);
    WAIT_FOR(world, anna->qualities && bert->qualities && anna->pictures > 30);

    WAIT_FOR(world, received_fps(anna) > 0 && received_fps(bert) > 0);

    g_autofree char *code = g_strdup(callapi_safety_code(anna->api));
    g_assert_cmpstr(callapi_safety_code(bert->api), ==, code);
    g_assert_cmpint(code[0], !=, '\0');

    g_autofree char *id = g_strdup(callapi_call_id(anna->api));
    done = anna->done;
    g_assert_cmpint(callapi_hang_up(anna->api, CALL_REASON_NONE, on_done, anna), ==, CALL_OK);
    settle(anna, done);
    WAIT_FOR(world, anna->disconnected && bert->disconnected);
    g_assert_cmpstr(callapi_safety_code(anna->api), ==, "");
    g_assert_cmpint(anna->reason, ==, CALL_REASON_LOCAL_HANGUP);
    g_assert_cmpint(bert->reason, ==, CALL_REASON_REMOTE_HANGUP);
    g_assert_cmpint(bert->duration_ms, >, 0);
    g_assert_cmpint(callapi_hang_up(anna->api, CALL_REASON_NONE, NULL, NULL), ==, CALL_OK); /* done already */
    g_autofree char *timing = callapi_timing(anna->api);
    g_assert_nonnull(strstr(timing, id));
    g_assert_nonnull(strstr(timing, "first_frame_presented"));
    g_assert_cmpint(anna->connected, ==, 1);
}

static void connected_waits_for_the_screen(struct world *world, gconstpointer data)
{
    (void)data;
    struct user *anna = add(world, "anna"), *bert = add(world, "bert");
    anna->presents = false;
    prepare(anna, &anyone);
    prepare(bert, &anyone);
    callapi_call(anna->api, &bert_by_video, NULL, NULL);
    WAIT_FOR(world, callapi_state(bert->api) == CALL_CALLING);
    callapi_accept(bert->api, NULL, NULL);
    WAIT_FOR(world, anna->pictures > 10 && bert->connected);
    g_assert_cmpint(callapi_state(anna->api), ==, CALL_CONNECTING);
    callapi_presented(anna->api, anna->last_picture);
    WAIT_FOR(world, anna->connected);
}

static void sound_only(struct world *world, gconstpointer data)
{
    (void)data;
    struct user *anna = add(world, "anna"), *bert = add(world, "bert");
    prepare(anna, &anyone);
    prepare(bert, &anyone);
    connect_call(anna, bert, &(struct callapi_target){ .user = "bert", .audio_only = true });
    WAIT_FOR(world, anna->qualities);
    g_assert_cmpint(anna->pictures + bert->pictures, ==, 0);
}

static void muted_and_camera_off_are_told(struct world *world, gconstpointer data)
{
    (void)data;
    struct user *anna = add(world, "anna"), *bert = add(world, "bert");
    prepare(anna, &anyone);
    prepare(bert, &anyone);
    connect_call(anna, bert, &bert_by_video);
    callapi_set_muted(anna->api, true);
    WAIT_FOR(world, bert->remote_muted && bert->remote_camera_on);
    callapi_set_camera(anna->api, false);
    WAIT_FOR(world, !bert->remote_camera_on);
    int shown = bert->pictures, own = anna->own_pictures, others = anna->pictures;
    WAIT_FOR(world, anna->pictures > others + 10);
    g_assert_cmpint(bert->pictures, <=, shown + 3); /* what was on its way */
    g_assert_cmpint(anna->own_pictures, ==, own);
    callapi_set_camera(anna->api, true);
    WAIT_FOR(world, bert->remote_camera_on && bert->pictures > shown + 10);

    /* Kept for the next call, and there is no picture to wait for in it. */
    callapi_set_camera(anna->api, false);
    callapi_hang_up(anna->api, CALL_REASON_NONE, NULL, NULL);
    WAIT_FOR(world, bert->disconnected);
    bert->remote_muted = false;
    connect_call(anna, bert, &bert_by_video);
    WAIT_FOR(world, bert->remote_muted && !bert->remote_camera_on && bert->connected == 2);
}

static void another_camera(struct world *world, gconstpointer data)
{
    (void)data;
    struct user *anna = add(world, "anna"), *bert = add(world, "bert");
    prepare(anna, &anyone);
    prepare(bert, &anyone);
    connect_call(anna, bert, &bert_by_video);
    int errors = anna->errors, shown = bert->pictures;
    g_assert_cmpint(callapi_switch_camera(anna->api), ==, CALL_OK);
    WAIT_FOR(world, bert->pictures > shown + 20);
    g_assert_cmpint(anna->errors, ==, errors);
    callapi_switch_camera(anna->api); /* the third does not exist: the second goes on */
    WAIT_FOR(world, anna->errors == errors + 1);
    g_assert_cmpint(anna->domain, ==, CALLAPI_DOMAIN_DEVICE);
    shown = bert->pictures;
    WAIT_FOR(world, bert->pictures > shown + 20);
    g_assert_cmpint(callapi_state(anna->api), ==, CALL_CONNECTED);
}

static void refusals(struct world *world, gconstpointer data)
{
    (void)data;
    struct user *anna = add(world, "anna"), *bert = add(world, "bert");
    g_assert_cmpint(callapi_state(anna->api), ==, CALL_IDLE);
    g_assert_cmpint(callapi_call(anna->api, &bert_by_video, on_done, anna), ==, CALL_ERROR_STATE);
    g_assert_cmpint(callapi_prepare(anna->api, &(struct callapi_prepare){ .party = CALL_PARTY_AUDIENCE }, NULL, NULL),
                    ==, CALL_ERROR_ARGUMENT);
    prepare(anna, &anyone);
    g_assert_cmpint(callapi_call(anna->api, &(struct callapi_target){ .user = "anna" }, NULL, NULL), ==,
                    CALL_ERROR_ARGUMENT);
    g_assert_cmpint(
        callapi_call(anna->api, &(struct callapi_target){ .user = "bert", .extension = "no JSON" }, NULL, NULL), ==,
        CALL_ERROR_ARGUMENT);
    g_autofree char *huge = g_strdup_printf("{\"x\":\"%05000d\"}", 1);
    g_assert_cmpint(callapi_call(anna->api, &(struct callapi_target){ .user = "bert", .extension = huge }, NULL, NULL),
                    ==, CALL_ERROR_ARGUMENT);
    g_assert_cmpint(callapi_accept(anna->api, on_done, anna), ==, CALL_ERROR_STATE);
    int done = anna->done;
    g_assert_cmpint(callapi_call(anna->api, &bert_by_video, on_done, anna), ==, CALL_OK); /* he is not there */
    WAIT_FOR(world, anna->done > done && callapi_state(anna->api) == CALL_PREPARED);
    g_assert_cmpint(anna->done_error, ==, CALL_ERROR_OFFLINE);
    prepare(bert, &(struct callapi_prepare){ .party = CALL_PARTY_ANYONE, .do_not_disturb = true });
    callapi_call(anna->api, &bert_by_video, NULL, NULL);
    WAIT_FOR(world, anna->reason == CALL_REASON_REMOTE_BUSY);
    callapi_set_do_not_disturb(bert->api, false);
    callapi_call(anna->api, &bert_by_video, NULL, NULL);
    WAIT_FOR(world, callapi_state(bert->api) == CALL_CALLING);
    g_assert_cmpint(callapi_prepare(bert->api, &anyone, NULL, NULL), ==, CALL_ERROR_STATE);
    callapi_reject(bert->api, CALL_REASON_NONE, NULL, NULL);
    WAIT_FOR(world, anna->reason == CALL_REASON_REMOTE_REJECTED);
}

static void policies(struct world *world, gconstpointer data)
{
    (void)data;
    struct user *anna = add(world, "anna"), *bert = add(world, "bert");
    prepare(anna, &anyone);
    bert->policy = CALL_POLICY_NOTHING;
    prepare(bert, &(struct callapi_prepare){ .party = CALL_PARTY_ANYONE, .policy = on_policy, .user_data = bert });
    callapi_call(anna->api, &bert_by_video, NULL, NULL);
    WAIT_FOR(world, callapi_state(bert->api) == CALL_CALLING);
    g_assert_cmpint(bert->policies, ==, 1);
    callapi_accept(bert->api, NULL, NULL);
    WAIT_FOR(world, anna->connected && bert->connected);
}

static void live_to_call_and_back(struct world *world, gconstpointer data)
{
    (void)data;
    struct user *anna = add(world, "anna"), *bert = add(world, "bert");
    prepare(anna, &(struct callapi_prepare){ .party = CALL_PARTY_BROADCASTER, .room = "studio" });
    prepare(bert, &(struct callapi_prepare){ .party = CALL_PARTY_AUDIENCE, .room = "studio" });
    WAIT_FOR(world, bert->pictures > 5 && !g_strcmp0(bert->room_state, "live"));
    g_assert_cmpint(callapi_call(anna->api, &bert_by_video, NULL, NULL), ==, CALL_ERROR_PARTY);
    connect_call(bert, anna, &(struct callapi_target){ 0 });
    WAIT_FOR(world, !g_strcmp0(bert->room_state, "private"));
    callapi_hang_up(bert->api, CALL_REASON_NONE, NULL, NULL);
    int shown = bert->pictures;
    WAIT_FOR(world, !g_strcmp0(bert->room_state, "live") && bert->pictures > shown + 5);
}

static void destroyed_from_within(struct world *world, gconstpointer data)
{
    (void)data;
    struct user *anna = add(world, "anna"), *bert = add(world, "bert");
    prepare(anna, &anyone);
    prepare(bert, &anyone);
    bert->destroy_on_ring = true;
    callapi_add_listener(bert->api, &listener, bert); /* a second one, who must not be called any more */
    int done = bert->done, states = bert->states;
    callapi_renew_token(bert->api, "t", on_done, bert);
    callapi_call(anna->api, &bert_by_video, NULL, NULL);
    WAIT_FOR(world, !bert->api);
    g_assert_cmpint(bert->states, ==, states + 1);
    g_assert_cmpint(bert->done, ==, done + 1); /* answered or given up, once */
    WAIT_FOR(world, callapi_state(anna->api) == CALL_PREPARED);
    g_assert_cmpint(anna->reason, ==, CALL_REASON_REMOTE_REJECTED);
}

static void hung_up_from_within_a_picture(struct world *world, gconstpointer data)
{
    (void)data;
    struct user *anna = add(world, "anna"), *bert = add(world, "bert");
    prepare(anna, &anyone);
    prepare(bert, &anyone);
    anna->hang_up_on_picture = true;
    callapi_call(anna->api, &bert_by_video, NULL, NULL);
    WAIT_FOR(world, callapi_state(bert->api) == CALL_CALLING);
    callapi_accept(bert->api, NULL, NULL);
    WAIT_FOR(world, anna->disconnected && callapi_state(bert->api) == CALL_PREPARED);
}

static void the_hub_goes_and_comes_back(struct world *world, gconstpointer data)
{
    (void)data;
    struct user *anna = add(world, "anna"), *bert = add(world, "bert");
    prepare(anna, &anyone);
    prepare(bert, &anyone);
    connect_call(anna, bert, &bert_by_video);
    g_autofree char *listen = g_strdup(strstr(hub_url(world->hub), "//") + 2);
    hub_destroy(world->hub);
    world->hub = NULL;
    WAIT_FOR(world, anna->links & 1 << CALLAPI_LINK_SIGNALLING_LOST);
    g_assert_cmpint(anna->domain, ==, CALLAPI_DOMAIN_SIGNALLING);
    int shown = anna->pictures;
    WAIT_FOR(world, anna->pictures > shown + 20);
    g_assert_cmpint(callapi_state(anna->api), ==, CALL_CONNECTED);
    anna->links = 0;
    world->hub = hub_create(world->reactor, &(struct hub_config){ .listen = listen }, NULL);
    g_assert_nonnull(world->hub);
    WAIT_FOR(world, anna->links & 1 << CALLAPI_LINK_SIGNALLING_BACK && callapi_is_online(bert->api));
    callapi_hang_up(anna->api, CALL_REASON_NONE, NULL, NULL);
    WAIT_FOR(world, bert->disconnected);
    g_assert_cmpint(bert->reason, ==, CALL_REASON_REMOTE_HANGUP);
}

static void the_other_side_falls_silent(struct world *world, gconstpointer data)
{
    (void)data;
    struct user *anna = add(world, "anna"), *bert = add(world, "bert");
    prepare(anna, &anyone);
    prepare(bert, &anyone);
    connect_call(anna, bert, &bert_by_video);
    struct callapi *asleep = g_steal_pointer(&bert->api); /* nobody polls it */
    WAIT_FOR(world, anna->links & 1 << CALLAPI_LINK_RECONNECTING);
    g_assert_cmpint(callapi_state(anna->api), ==, CALL_CONNECTED);
    bert->api = asleep;
    WAIT_FOR(world, anna->links & 1 << CALLAPI_LINK_RECONNECTED);
}

static char *make_token(const char *user, int lifetime_s)
{
    struct hub_grant grant = { .user = (char *)user, .expires_s = g_get_real_time() / G_USEC_PER_SEC + lifetime_s };
    char *token = hub_token_make(SECRET, NULL, &grant, NULL);
    g_assert_nonnull(token);
    return token;
}

static void tokens(struct world *world, gconstpointer data)
{
    (void)data;
    hub_destroy(world->hub);
    world->hub = hub_create(world->reactor, &(struct hub_config){ .listen = "127.0.0.1:0", .token_secret = SECRET },
                            NULL);
    g_assert_nonnull(world->hub);
    g_autofree char *short_lived = make_token("anna", 25), *next = make_token("anna", 3600),
                    *foreign = make_token("cleo", 3600);
    struct user *anna = add_with_token(world, "anna", short_lived), *bert = add_with_token(world, "bert", foreign);
    prepare(anna, &anyone);
    WAIT_FOR(world, anna->warned_s > 0); /* less than 30 s are left */
    int done = anna->done;
    g_assert_cmpint(callapi_renew_token(anna->api, next, on_done, anna), ==, CALL_OK);
    settle(anna, done);
    done = anna->done;
    callapi_renew_token(anna->api, foreign, on_done, anna);
    WAIT_FOR(world, anna->done > done);
    g_assert_cmpint(anna->done_error, ==, CALL_ERROR_REFUSED);

    done = bert->done;
    g_assert_cmpint(callapi_prepare(bert->api, &anyone, on_done, bert), ==, CALL_OK);
    WAIT_FOR(world, bert->done > done);
    g_assert_cmpint(bert->done_error, ==, CALL_ERROR_SIGNALLING_LOST);
    g_assert_cmpint(bert->domain, ==, CALLAPI_DOMAIN_SIGNALLING);
    g_assert_false(callapi_is_online(bert->api));
}

/* A call is accepted, connected, hung up; the last step is the round's end. */
static bool go_on(struct user *caller, struct user *callee, const char *callee_name)
{
    bool connected = callapi_state(caller->api) == CALL_CONNECTED && callapi_state(callee->api) == CALL_CONNECTED;
    if (connected)
        callapi_hang_up(caller->api, CALL_REASON_NONE, NULL, NULL);
    else if (callapi_state(callee->api) == CALL_CALLING)
        callapi_accept(callee->api, NULL, NULL);
    else if (callapi_state(caller->api) == CALL_PREPARED && callapi_state(callee->api) == CALL_PREPARED)
        callapi_call(caller->api, &(struct callapi_target){ .user = callee_name }, NULL, NULL);
    return connected;
}

static const char *const names[USERS] = { "anna", "bert", "cleo", "dora", "emil", "frida", "gerd", "heidi" };

/* In all pairs beside each other. */
static void go_on_until(struct world *world, int calls)
{
    int done = 0;
    while (done < calls) {
        for (int i = 0; i < USERS; i += 2)
            done += go_on(&world->users[i], &world->users[i + 1], names[i + 1]);
        tick(world);
    }
}

static void idle(void *user_data, int ms)
{
    struct world *world = user_data;
    for (int64_t end = g_get_monotonic_time() + ms * 1000; g_get_monotonic_time() < end;)
        tick(world);
}

/* Also those that ring, which are not hung up but cancelled. */
static void end_all(struct world *world)
{
    for (int i = 0; i < USERS; i++) {
        callapi_cancel(world->users[i].api, NULL, NULL);
        callapi_hang_up(world->users[i].api, CALL_REASON_NONE, NULL, NULL);
    }
    for (int i = 0; i < USERS; i++)
        WAIT_FOR(world, callapi_state(world->users[i].api) == CALL_PREPARED);
}

static struct footprint look_at(struct world *world)
{
    end_all(world);
    return look(idle, world);
}

static void a_thousand_calls(struct world *world, gconstpointer data)
{
    (void)data;
    for (int i = 0; i < USERS; i++)
        prepare(add(world, names[i]), &anyone);
    go_on_until(world, 2 * ROUNDS / 10);
    struct footprint before = look_at(world);
    go_on_until(world, 2 * ROUNDS - 2 * ROUNDS / 10);
    struct footprint now = look_at(world);
    assert_no_more(&now, &before);
}

static void bad_beginnings(void)
{
    static const char *const missing[] = { "file:/nowhere.mp4", NULL };
    g_autofree char *error = NULL;
    struct callapi_config config = { .url = "ws://127.0.0.1:1", .user = "anna", .cameras = missing };
    g_assert_null(callapi_create(&config, &error));
    g_assert_nonnull(error);
    callapi_destroy(NULL);
}

/* As the first lines that anybody writes have it: nobody waits for the login. */
static void a_call_before_the_login(struct world *world, gconstpointer data)
{
    (void)data;
    struct user *bert = add(world, "bert"), *anna = add(world, "anna");
    prepare(bert, &anyone);
    g_assert_cmpint(callapi_prepare(anna->api, &anyone, NULL, NULL), ==, CALL_OK);
    g_assert_cmpint(callapi_call(anna->api, &(struct callapi_target){ .user = "anna" }, NULL, NULL), ==,
                    CALL_ERROR_ARGUMENT);
    g_assert_cmpint(callapi_call(anna->api, &bert_by_video, on_done, anna), ==, CALL_OK);
    g_assert_cmpint(callapi_state(anna->api), ==, CALL_PREPARED);
    settle(anna, 0);
    WAIT_FOR(world, callapi_state(bert->api) == CALL_CALLING);
    g_assert_cmpint(callapi_accept(bert->api, NULL, NULL), ==, CALL_OK);
    WAIT_FOR(world, anna->connected && bert->connected);
}

/* Taken back, or without a hub: it is told, and nobody rings. */
static void an_early_call_comes_to_nothing(struct world *world, gconstpointer data)
{
    (void)data;
    struct user *bert = add(world, "bert"), *anna = add(world, "anna");
    prepare(bert, &anyone);
    g_assert_cmpint(callapi_prepare(anna->api, &anyone, NULL, NULL), ==, CALL_OK);
    g_assert_cmpint(callapi_call(anna->api, &bert_by_video, on_done, anna), ==, CALL_OK);
    g_assert_cmpint(callapi_call(anna->api, &bert_by_video, on_done, anna), ==, CALL_ERROR_STATE);
    g_assert_cmpint(callapi_cancel(anna->api, NULL, NULL), ==, CALL_OK);
    WAIT_FOR(world, anna->done == 1 && callapi_is_online(anna->api));
    g_assert_cmpint(anna->done_error, ==, CALL_ERROR_STATE);

    hub_destroy(g_steal_pointer(&world->hub));
    WAIT_FOR(world, !callapi_is_online(anna->api));
    g_assert_cmpint(callapi_prepare(anna->api, &anyone, NULL, NULL), ==, CALL_OK);
    int errors = anna->errors;
    g_assert_cmpint(callapi_call(anna->api, &bert_by_video, NULL, NULL), ==, CALL_OK);
    WAIT_FOR(world, anna->errors > errors && anna->domain == CALLAPI_DOMAIN_CALL);
    g_assert_cmpint(callapi_call(anna->api, &bert_by_video, NULL, NULL), ==, CALL_ERROR_SIGNALLING_LOST);
    g_assert_cmpint(callapi_state(bert->api), ==, CALL_PREPARED);
}

int main(int argc, char **argv)
{
    av_log_set_level(AV_LOG_QUIET);
    g_test_init(&argc, &argv, NULL);
    g_log_set_always_fatal(G_LOG_FATAL_MASK); /* warnings about the missing speaker and hub are expected */
#define TEST(function, path) g_test_add("/library/" path, struct world, NULL, set_up, function, tear_down)
    TEST(a_call_from_press_to_hang_up, "call");
    TEST(others_have_names, "names");
    TEST(a_call_before_the_login, "early");
    TEST(an_early_call_comes_to_nothing, "early-nothing");
    TEST(connected_waits_for_the_screen, "presented");
    TEST(sound_only, "audio");
    TEST(muted_and_camera_off_are_told, "muted");
    TEST(another_camera, "camera");
    TEST(refusals, "refusals");
    TEST(policies, "policies");
    TEST(live_to_call_and_back, "live");
    TEST(destroyed_from_within, "destroy");
    TEST(hung_up_from_within_a_picture, "picture");
    TEST(the_hub_goes_and_comes_back, "hub");
    TEST(the_other_side_falls_silent, "silence");
    TEST(tokens, "tokens");
    TEST(a_thousand_calls, "endurance");
    g_test_add_func("/library/bad", bad_beginnings);
    return g_test_run();
}
