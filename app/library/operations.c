#include "app/library/parts.h"

#include <string.h>

#include "engine/text/json.h"
#include "net/connection/reactor.h"
#include "net/protocol/hub_protocol.h"

enum {
    TIMEOUT_MS = 15000, /* the custom */
    EXTENSION_MAX = 4096,
};

/* ---- what became of an operation ---- */

static void free_pending(struct pending *pending)
{
    g_free(pending->call_id);
    g_free(pending);
}

void library_completed(void *user_data, const struct call_completion *completion)
{
    struct callapi *api = user_data;
    for (GList *link = api->pending.head; link; link = link->next) {
        struct pending *pending = link->data;
        if (pending->action != completion->action || strcmp(pending->call_id, completion->call_id) != 0)
            continue;
        news_post_done(api->news, pending->done, pending->user_data, CALLAPI_DOMAIN_SIGNALLING, completion->error,
                       call_error_text(completion->error));
        free_pending(pending);
        g_queue_delete_link(&api->pending, link);
        return;
    }
}

static void post_destroyed(struct callapi *api, callapi_done done, void *user_data)
{
    news_post_done(api->news, done, user_data, CALLAPI_DOMAIN_CALL, CALL_ERROR_DESTROYED,
                   call_error_text(CALL_ERROR_DESTROYED));
}

static void free_early_call(struct early_call *early)
{
    g_free(early->user);
    g_free(early->extension);
    g_free(early);
}

void library_drop_pending(struct callapi *api)
{
    struct early_call *early = g_steal_pointer(&api->early_call);
    if (early) {
        post_destroyed(api, early->done, early->user_data);
        free_early_call(early);
    }
    struct pending *pending;
    while ((pending = g_queue_pop_head(&api->pending))) {
        post_destroyed(api, pending->done, pending->user_data);
        free_pending(pending);
    }
    post_destroyed(api, api->prepared, api->prepared_data);
    api->prepared = NULL;
}

/* Before an operation: `done` waits for the completion of its message, which may come from within. */
static void expect(struct callapi *api, const char *call_id, enum call_action action, callapi_done done,
                   void *user_data)
{
    if (!done)
        return;
    struct pending *pending = g_new0(struct pending, 1);
    *pending = (struct pending){ .call_id = g_strdup(call_id), .action = action, .done = done, .user_data = user_data };
    g_queue_push_tail(&api->pending, pending);
}

/* After it: where nothing was sent, no completion will come. */
static enum call_error settle(struct callapi *api, enum call_error error, bool sent, callapi_done done)
{
    if (!done || sent)
        return error;
    struct pending *pending = g_queue_pop_tail(&api->pending);
    if (!error)
        news_post_done(api->news, done, pending->user_data, CALLAPI_DOMAIN_CALL, CALL_OK, NULL);
    free_pending(pending);
    return error;
}

/* ---- prepare ---- */

static bool is_extension(const char *text)
{
    if (!text)
        return true;
    cJSON *json = strlen(text) <= EXTENSION_MAX ? cJSON_Parse(text) : NULL;
    bool good = cJSON_IsObject(json);
    cJSON_Delete(json);
    return good;
}

static bool is_valid(const struct callapi_prepare *prepare)
{
    bool live = prepare->party != CALL_PARTY_ANYONE;
    return live == (prepare->room != NULL) && is_extension(prepare->extension);
}

enum call_error callapi_prepare(struct callapi *api, const struct callapi_prepare *prepare, callapi_done done,
                                void *user_data)
{
    if (api->closing || callapi_state(api) == CALL_CALLING || callapi_state(api) == CALL_CONNECTING ||
        callapi_state(api) == CALL_CONNECTED)
        return CALL_ERROR_STATE;
    if (!is_valid(prepare))
        return CALL_ERROR_ARGUMENT;
    endpoint_leave(api->endpoint);
    library_drop_pending(api);
    g_free(api->extension);
    api->extension = g_strdup(prepare->extension);
    api->policy = prepare->policy;
    api->policy_data = prepare->user_data;
    struct agent_config config = {
        .hub_url = api->url,
        .user = api->user,
        .name = api->name,
        .token = api->token,
        .ca_file = api->ca_file,
        .room = prepare->room,
        .party = prepare->party,
        .video_codec = AV_CODEC_ID_H264,
        .timeout_ms = prepare->timeout_ms < 0 ? 0
                      : prepare->timeout_ms   ? prepare->timeout_ms
                                              : TIMEOUT_MS,
        .first_frame_timeout_ms = prepare->first_frame_timeout_ms,
        .skip_first_frame = prepare->skip_first_frame,
        .do_not_disturb = prepare->do_not_disturb,
        .auto_accept_ms = -1,
        .listener = library_agent_listener(),
        .user_data = api,
    };
    if (!endpoint_enter(api->endpoint, &config))
        return CALL_ERROR_ARGUMENT; /* a bad URL or id, said on the log */
    api->logging_in = true;
    api->prepared = done;
    api->prepared_data = user_data;
    return CALL_OK;
}

/* ---- the five operations ---- */

static cJSON *parse_extension(const struct callapi *api, const char *text)
{
    const char *chosen = text ? text : api->extension;
    return chosen ? cJSON_Parse(chosen) : NULL;
}

static enum call_error start_call(struct callapi *api, const struct callapi_target *target, callapi_done done,
                                  void *user_data)
{
    g_autofree char *before = g_strdup(callapi_call_id(api));
    cJSON *extension = parse_extension(api, target->extension);
    struct agent_target to = { .user = target->user,
                               .audio_only = target->audio_only || api->no_camera,
                               .extension = extension };
    enum call_error error = agent_call_with(api->endpoint->agent, &to);
    cJSON_Delete(extension);
    /* Acknowledgements come from the loop, so it is early enough to wait for one now. */
    bool sent = !error && strcmp(before, callapi_call_id(api)) != 0;
    expect(api, callapi_call_id(api), CALL_INVITE, done, user_data);
    return settle(api, error, sent, done);
}

/* There is nobody to send an invite to yet, nor the clock that its lifetime is told in. */
static enum call_error call_after_login(struct callapi *api, const struct callapi_target *target, callapi_done done,
                                        void *user_data)
{
    if (api->early_call)
        return CALL_ERROR_STATE;
    if (!hub_name_is_valid(target->user) || !strcmp(target->user, api->user))
        return CALL_ERROR_ARGUMENT;
    api->early_call = g_new0(struct early_call, 1);
    *api->early_call = (struct early_call){
        .user = g_strdup(target->user),
        .extension = g_strdup(target->extension),
        .audio_only = target->audio_only,
        .done = done,
        .user_data = user_data,
    };
    return CALL_OK;
}

void library_logged_in(struct callapi *api, enum call_error error, const char *why)
{
    struct early_call *early = g_steal_pointer(&api->early_call);
    api->logging_in = false;
    if (!early)
        return;
    struct callapi_target target = { .user = early->user,
                                     .audio_only = early->audio_only,
                                     .extension = early->extension };
    if (!error) {
        error = start_call(api, &target, early->done, early->user_data);
        why = call_error_text(error);
    }
    if (error) { /* the one without `done` hears of it, too */
        news_post_done(api->news, early->done, early->user_data, CALLAPI_DOMAIN_CALL, error, why);
        news_post_error(api->news, CALLAPI_DOMAIN_CALL, error, why);
    }
    free_early_call(early);
}

enum call_error callapi_call(struct callapi *api, const struct callapi_target *target, callapi_done done,
                             void *user_data)
{
    if (!api->endpoint->agent)
        return CALL_ERROR_STATE;
    if (!is_extension(target->extension))
        return CALL_ERROR_ARGUMENT;
    bool early = api->logging_in && !agent_describe(api->endpoint->agent).room.name &&
                 callapi_state(api) == CALL_PREPARED;
    return early ? call_after_login(api, target, done, user_data) : start_call(api, target, done, user_data);
}

/* True: there was one, and nobody was told of it yet. */
static bool take_back_early_call(struct callapi *api, callapi_done done, void *user_data)
{
    struct early_call *early = g_steal_pointer(&api->early_call);
    if (!early)
        return false;
    news_post_done(api->news, early->done, early->user_data, CALLAPI_DOMAIN_CALL, CALL_ERROR_STATE,
                   "The call was cancelled before the login.");
    news_post_done(api->news, done, user_data, CALLAPI_DOMAIN_CALL, CALL_OK, NULL);
    free_early_call(early);
    return true;
}

enum call_error callapi_cancel(struct callapi *api, callapi_done done, void *user_data)
{
    if (!api->endpoint->agent)
        return CALL_ERROR_STATE;
    if (take_back_early_call(api, done, user_data))
        return CALL_OK;
    bool sends = callapi_state(api) == CALL_CALLING && callapi_role(api) == CALL_ROLE_CALLER;
    expect(api, callapi_call_id(api), CALL_CANCEL, done, user_data);
    return settle(api, agent_cancel(api->endpoint->agent), sends, done);
}

enum call_error callapi_accept(struct callapi *api, callapi_done done, void *user_data)
{
    if (!api->endpoint->agent)
        return CALL_ERROR_STATE;
    bool sends = callapi_state(api) == CALL_CALLING && callapi_role(api) == CALL_ROLE_CALLEE;
    expect(api, callapi_call_id(api), CALL_ACCEPT, done, user_data);
    return settle(api, agent_accept(api->endpoint->agent), sends, done);
}

enum call_error callapi_reject(struct callapi *api, enum call_reason reason, callapi_done done, void *user_data)
{
    if (!api->endpoint->agent)
        return CALL_ERROR_STATE;
    bool sends = callapi_state(api) == CALL_CALLING && callapi_role(api) == CALL_ROLE_CALLEE;
    expect(api, callapi_call_id(api), CALL_REJECT, done, user_data);
    return settle(api, agent_reject_because(api->endpoint->agent, reason), sends, done);
}

enum call_error callapi_hang_up(struct callapi *api, enum call_reason reason, callapi_done done, void *user_data)
{
    if (!api->endpoint->agent)
        return CALL_ERROR_STATE;
    if (take_back_early_call(api, done, user_data))
        return CALL_OK;
    bool sends = callapi_state(api) == CALL_CONNECTING || callapi_state(api) == CALL_CONNECTED;
    expect(api, callapi_call_id(api), CALL_HANG_UP, done, user_data);
    return settle(api, agent_hang_up_because(api->endpoint->agent, reason), sends, done);
}

/* ---- the rest ---- */

struct renewal {
    struct callapi *api;
    callapi_done done;
    void *user_data;
};

static void on_renewed(void *user_data, enum signal_result result, const cJSON *reply)
{
    struct renewal *renewal = user_data;
    enum call_error code = result == SIGNAL_DELIVERED ? CALL_OK
                           : result == SIGNAL_REFUSED ? CALL_ERROR_REFUSED
                                                      : CALL_ERROR_SIGNALLING_LOST;
    const char *words = json_string(reply, "message");
    news_post_done(renewal->api->news, renewal->done, renewal->user_data, CALLAPI_DOMAIN_SIGNALLING, code,
                   words ? words : call_error_text(code));
    g_free(renewal);
}

enum call_error callapi_renew_token(struct callapi *api, const char *token, callapi_done done, void *user_data)
{
    if (!token || !*token)
        return CALL_ERROR_ARGUMENT;
    g_free(api->token);
    api->token = g_strdup(token);
    if (!api->endpoint->agent)
        return CALL_ERROR_STATE;
    struct renewal *renewal = g_new0(struct renewal, 1);
    *renewal = (struct renewal){ api, done, user_data };
    agent_renew_token(api->endpoint->agent, token, on_renewed, renewal);
    return CALL_OK;
}

void callapi_set_muted(struct callapi *api, bool muted)
{
    if (api->endpoint->agent)
        agent_set_muted(api->endpoint->agent, muted);
    else
        outgoing_set_muted(api->endpoint->outgoing, muted);
}

void callapi_set_camera(struct callapi *api, bool on)
{
    if (api->endpoint->agent)
        agent_set_camera(api->endpoint->agent, on && !api->no_camera);
    else
        outgoing_set_camera(api->endpoint->outgoing, on && !api->no_camera);
}

static void on_switched(void *user_data, const char *error)
{
    struct callapi *api = user_data;
    if (error)
        news_post_error(api->news, CALLAPI_DOMAIN_DEVICE, CALL_ERROR_DEVICE, error);
    else
        api->camera = api->next_camera;
}

enum call_error callapi_switch_camera(struct callapi *api)
{
    guint n = api->cameras ? g_strv_length(api->cameras) : 0;
    if (n < 2)
        return CALL_ERROR_ARGUMENT;
    api->next_camera = (api->camera + 1) % n;
    struct capture_config capture = library_capture(api, api->cameras[api->next_camera]);
    outgoing_switch_capture(api->endpoint->outgoing, reactor_context(api->reactor), &capture, on_switched, api);
    return CALL_OK;
}

void callapi_set_do_not_disturb(struct callapi *api, bool on)
{
    if (api->endpoint->agent)
        agent_set_do_not_disturb(api->endpoint->agent, on);
}

enum call_state callapi_state(const struct callapi *api)
{
    return api->endpoint->agent ? agent_call_state(api->endpoint->agent) : CALL_IDLE;
}

enum call_role callapi_role(const struct callapi *api)
{
    return api->endpoint->agent ? agent_describe(api->endpoint->agent).call.role : CALL_ROLE_NONE;
}

const char *callapi_call_id(const struct callapi *api)
{
    return api->endpoint->agent ? agent_describe(api->endpoint->agent).call.id : "";
}

const char *callapi_remote(const struct callapi *api)
{
    struct callapi *mutable = (struct callapi *)api; /* the text that is lent, and stays while it is the same */
    g_autofree char *user = g_strdup(api->endpoint->agent ? agent_describe(api->endpoint->agent).call.user : "");
    if (g_strcmp0(user, api->remote_user)) {
        g_free(mutable->remote_user);
        mutable->remote_user = g_steal_pointer(&user);
    }
    return api->remote_user;
}

const char *callapi_remote_name(const struct callapi *api)
{
    const char *name = api->endpoint->agent ? agent_describe(api->endpoint->agent).call.name : NULL;
    return name ? name : callapi_remote(api);
}

enum call_error callapi_set_name(struct callapi *api, const char *name)
{
    if (name && !hub_display_name_is_valid(name))
        return CALL_ERROR_ARGUMENT;
    g_free(api->name);
    api->name = g_strdup(name);
    return CALL_OK;
}

bool callapi_is_online(const struct callapi *api)
{
    return api->endpoint->agent && agent_describe(api->endpoint->agent).online;
}

/* Takes `json`, which may be NULL. */
static char *print(cJSON *json)
{
    char *text = json ? cJSON_PrintUnformatted(json) : NULL;
    char *copy = g_strdup(text ? text : "{}");
    cJSON_free(text);
    cJSON_Delete(json);
    return copy;
}

char *callapi_timing(const struct callapi *api)
{
    const struct call_timing *own = api->endpoint->agent ? agent_timing(api->endpoint->agent) : NULL;
    return print(own && *own->call_id ? call_timing_merge(own, agent_remote_timing(api->endpoint->agent)) : NULL);
}

const char *callapi_safety_code(const struct callapi *api)
{
    struct callapi *mutable = (struct callapi *)api; /* the text that is lent */
    const struct agent *agent = api->endpoint->agent;
    g_strlcpy(mutable->safety_code, agent ? agent_describe(agent).call.safety_code : "", sizeof mutable->safety_code);
    return api->safety_code;
}

char *callapi_statistics(const struct callapi *api)
{
    return print(api->endpoint->agent ? statistics_json(agent_statistics(api->endpoint->agent)) : NULL);
}
