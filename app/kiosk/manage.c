#include "app/kiosk/manage.h"

#include <string.h>

#include "engine/text/address.h"
#include "engine/text/json.h"
#include "net/protocol/hub_protocol.h"
#include "net/protocol/manage_token.h"
#include "render/jpeg.h"

enum {
    BURST = 10,
    STRANGERS_BURST = 4,
    PER_SECOND = 1, /* requests at once; then so many */
    STRANGERS = 64,
    PICTURE_WIDTH = 960,
    PICTURE_BYTES = 46000, /* of JPEG: base64 makes a third more of it, and a message has 64 KiB */
    ID = 64,
};

struct manage {
    char *const *managers;
    struct hub_keys *keys;
    GHashTable *taken;     /* ids of requests → when their tokens end (int64_t, s): none counts twice */
    GHashTable *strangers; /* users that were told on the log */
    bool kept;
    int64_t began_us;
    char instance[17]; /* of this begin: whoever asked for another one sees whether it came */
    struct hub_bucket requests, strangers_requests; /* apart: strangers are not to silence a manager */
    char *picture_for, *picture_id;                 /* who waits for one; NULL: nobody */
    char *reload_for, *reload_id;                   /* who waits for what is said of the configuration; NULL: nobody */
    enum manage_wish promised, wish;                /* promised: the answer is under way, and is not to be cut off */
};

struct manage *manage_create(const struct manage_config *config)
{
    g_autofree char *error = NULL;
    struct manage *manage = g_new0(struct manage, 1);
    manage->managers = config->managers;
    manage->kept = config->kept;
    manage->keys = hub_keys_create(config->secret, config->key, &error);
    if (!manage->keys)
        g_error("the managers' keys were found good before: %s", error);
    manage->taken = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    g_snprintf(manage->instance, sizeof manage->instance, "%08x%08x", g_random_int(), g_random_int());
    manage->strangers = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    manage->began_us = g_get_monotonic_time();
    return manage;
}

void manage_destroy(struct manage *manage)
{
    if (!manage)
        return;
    hub_keys_destroy(manage->keys);
    g_hash_table_unref(manage->taken);
    g_hash_table_unref(manage->strangers);
    g_free(manage->picture_for);
    g_free(manage->picture_id);
    g_free(manage->reload_for);
    g_free(manage->reload_id);
    g_free(manage);
}

cJSON *manage_request(const char *id, const char *ask, const char *token)
{
    cJSON *body = cJSON_CreateObject();
    cJSON_AddStringToObject(body, "type", "manage");
    cJSON_AddStringToObject(body, "id", id);
    cJSON_AddStringToObject(body, "ask", ask);
    cJSON_AddStringToObject(body, "token", token);
    return body;
}

/* ---- answers ---- */

/* Takes `answer`; NULL: `error` says why there is none. */
static void answer_then(struct agent *agent, const char *to, const char *id, cJSON *answer, const char *error,
                        signal_done done, void *user_data)
{
    cJSON *body = cJSON_CreateObject();
    cJSON_AddStringToObject(body, "type", "manage");
    cJSON_AddStringToObject(body, "id", id);
    if (answer)
        cJSON_AddItemToObject(body, "answer", answer);
    else
        cJSON_AddStringToObject(body, "error", error);
    agent_send(agent, to, body, done, user_data);
    cJSON_Delete(body);
}

static void answer(struct agent *agent, const char *to, const char *id, cJSON *answer, const char *error)
{
    answer_then(agent, to, id, answer, error, NULL, NULL);
}

static cJSON *status_of(const struct manage *manage, const struct agent *agent, const char *scene)
{
    cJSON *status = cJSON_CreateObject();
    cJSON_AddStringToObject(status, "version", CALLAPI_VERSION);
    cJSON_AddNumberToObject(status, "uptime_s", (double)((g_get_monotonic_time() - manage->began_us) / G_USEC_PER_SEC));
    cJSON_AddStringToObject(status, "instance", manage->instance);
    cJSON_AddStringToObject(status, "configuration", manage->kept ? "kept" : "read");
    struct agent_description seen = agent_describe(agent);
    cJSON_AddStringToObject(status, "user", seen.user);
    if (seen.room.name)
        cJSON_AddStringToObject(status, "room", seen.room.name);
    cJSON_AddStringToObject(status, "call", call_state_name(seen.call.state));
    cJSON_AddStringToObject(status, "screen", scene);
    cJSON_AddBoolToObject(status, "camera", !outgoing_camera_trouble(agent_outgoing(agent)));
    cJSON_AddBoolToObject(status, "microphone", outgoing_microphone_is_there(agent_outgoing(agent)));
    cJSON *statistics = statistics_json(agent_statistics(agent));
    if (statistics)
        cJSON_AddItemToObject(status, "statistics", statistics);
    return status;
}

bool manage_wants_picture(const struct manage *manage)
{
    return manage->picture_for != NULL;
}

void manage_give_picture(struct manage *manage, struct agent *agent, const uint8_t *argb, int width, int height)
{
    g_autofree char *to = g_steal_pointer(&manage->picture_for), *id = g_steal_pointer(&manage->picture_id);
    g_autoptr(GBytes) jpeg = argb ? jpeg_encode(argb, width, height, PICTURE_WIDTH, PICTURE_BYTES) : NULL;
    if (!jpeg) {
        answer(agent, to, id, NULL, "the screen cannot be read");
        return;
    }
    size_t size;
    const guchar *bytes = g_bytes_get_data(jpeg, &size);
    g_autofree char *text = g_base64_encode(bytes, size);
    cJSON *picture = cJSON_CreateObject();
    cJSON_AddStringToObject(picture, "jpeg", text);
    answer(agent, to, id, picture, NULL);
}

static void wait_for_picture(struct manage *manage, struct agent *agent, const char *from, const char *id)
{
    if (manage->picture_for) {
        answer(agent, from, id, NULL, "another picture is being taken");
        return;
    }
    manage->picture_for = g_strdup(from);
    manage->picture_id = g_strdup(id);
}

static void keep_promise(void *user_data, enum signal_result result, const cJSON *reply)
{
    struct manage *manage = user_data;
    (void)result;
    (void)reply;
    manage->wish = manage->promised;
}

/* What is known now: that it begins, and whether a call comes first; not that it will have gone well. */
static void promise(struct manage *manage, struct agent *agent, const char *from, const char *id, enum manage_wish what)
{
    cJSON *begins = cJSON_CreateObject();
    cJSON_AddStringToObject(begins, "instance", manage->instance);
    cJSON_AddStringToObject(begins, "begins", agent_call_state(agent) > CALL_PREPARED ? "after-call" : "now");
    manage->promised = what;
    answer_then(agent, from, id, begins, NULL, keep_promise, manage);
}

enum manage_wish manage_take_wish(struct manage *manage)
{
    enum manage_wish taken = manage->wish;
    manage->wish = MANAGE_NOTHING;
    return taken == MANAGE_NOTHING && manage->reload_for ? MANAGE_CHECK : taken;
}

static void wait_for_check(struct manage *manage, struct agent *agent, const char *from, const char *id)
{
    if (manage->reload_for) {
        answer(agent, from, id, NULL, "the configuration is being looked at already");
        return;
    }
    manage->reload_for = g_strdup(from);
    manage->reload_id = g_strdup(id);
}

void manage_answer_check(struct manage *manage, struct agent *agent, const char *error)
{
    g_autofree char *to = g_steal_pointer(&manage->reload_for), *id = g_steal_pointer(&manage->reload_id);
    if (!to)
        return;
    if (error)
        answer(agent, to, id, NULL, error);
    else
        promise(manage, agent, to, id, MANAGE_RELOAD);
}

/* ---- requests ---- */

static bool is_manager(const struct manage *manage, const char *from)
{
    for (char *const *name = manage->managers; name && *name; name++)
        if (address_same_user(from, *name))
            return true;
    return false;
}

static gboolean is_over(gpointer id, gpointer end_s, gpointer now_s)
{
    (void)id;
    return *(const int64_t *)end_s <= *(const int64_t *)now_s;
}

/* Whoever heard a request may send it again; it was for once. */
static bool is_new(struct manage *manage, const char *id, int64_t now_s)
{
    int64_t end_s = now_s + MANAGE_TOKEN_LIFE_MAX_S;
    g_hash_table_foreach_remove(manage->taken, is_over, &now_s);
    return g_hash_table_insert(manage->taken, g_strdup(id), g_memdup2(&end_s, sizeof end_s));
}

/* NULL: `from` may; else why not, g_free it. */
static char *find_objection(struct manage *manage, const struct agent *agent, const char *from, const char *id,
                            const char *ask, const char *token)
{
    char *why = NULL;
    g_autofree char *user = address_user(from);
    struct manage_request request = { .manager = user, .kiosk = agent_describe(agent).user, .ask = ask, .id = id };
    int64_t now_ms = agent_now_ms(agent), began_ms = now_ms - (g_get_monotonic_time() - manage->began_us) / 1000;
    if (!is_manager(manage, from))
        return g_strdup("not named by --manager");
    /* What was taken before we began is not known any more, a restart above all */
    if (manage_token_check(manage->keys, token, &request, now_ms, began_ms, &why) && !is_new(manage, id, now_ms / 1000))
        why = g_strdup("the request was made before");
    return why;
}

/* Whoever asks again and again gets no answer. */
static void refuse_stranger(struct manage *manage, struct agent *agent, const char *from, const char *id,
                            const char *why)
{
    if (!hub_bucket_take(&manage->strangers_requests, STRANGERS_BURST, PER_SECOND, g_get_monotonic_time()))
        return;
    g_autofree char *user = address_user(from);
    if (g_hash_table_size(manage->strangers) < STRANGERS && g_hash_table_add(manage->strangers, g_strdup(user)))
        g_warning("%s wants to manage this kiosk, and is not let: %s", user, why);
    answer(agent, from, id, NULL, "not allowed");
}

void manage_receive(struct manage *manage, struct agent *agent, const char *scene, const char *from, const cJSON *body)
{
    const char *id = json_string(body, "id");
    const char *ask = json_string(body, "ask");
    if (!id || !*id || strlen(id) > ID || !ask)
        return; /* an answer to nobody's question, or nonsense */
    g_autofree char *objection = find_objection(manage, agent, from, id, ask, json_string(body, "token"));
    if (objection) {
        refuse_stranger(manage, agent, from, id, objection);
        return;
    }
    if (!hub_bucket_take(&manage->requests, BURST, PER_SECOND, g_get_monotonic_time()))
        return;
    g_message("%s asks for %s", from,
              !strcmp(ask, "status") || !strcmp(ask, "screenshot") || !strcmp(ask, "reload") || !strcmp(ask, "restart")
                  ? ask
                  : "something unknown");
    if (!strcmp(ask, "status"))
        answer(agent, from, id, status_of(manage, agent, scene), NULL);
    else if (!strcmp(ask, "screenshot"))
        wait_for_picture(manage, agent, from, id);
    else if (!strcmp(ask, "reload"))
        wait_for_check(manage, agent, from, id);
    else if (!strcmp(ask, "restart"))
        promise(manage, agent, from, id, MANAGE_RESTART);
    else
        answer(agent, from, id, NULL, "wants status, screenshot, reload or restart");
}
