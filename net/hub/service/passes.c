#include "net/hub/service/passes.h"

#include <string.h>

#include <openssl/rand.h>

#include "engine/text/json.h"
#include "net/hub/service/service_parts.h"

enum {
    SECRET_BYTES = 16,
    USE_S = 120,   /* until it has to be used */
    ENTER_S = 120, /* from then on until the call is continued: a page is read, a camera allowed */
    BEGIN_S = 30,  /* from then on until that call has begun */
};

struct hub_pass {
    char *secret;
    char *owner; /* the address of the device that asked for it */
    char *user, *name;
    struct hub_grant *grant; /* NULL: no token is wanted */
    int64_t until_us;        /* to be used, or to go on; microseconds since 1970 */
    char *holder, *resume;   /* the device that used it, and its secret; NULL: nobody yet */
    char *call, *partner;    /* that the owner hangs up, and its other side; NULL: not continued yet */
    char *room;              /* in which it is, or NULL */
    char *match;             /* the call that goes on in its place; NULL: the other is not over yet */
    bool began;              /* that call */
};

struct hub_passes {
    GHashTable *by_secret; /* secret → struct hub_pass, owned */
};

static void pass_free(gpointer data)
{
    struct hub_pass *pass = data;
    hub_grant_destroy(pass->grant);
    g_free(pass->secret);
    g_free(pass->owner);
    g_free(pass->user);
    g_free(pass->name);
    g_free(pass->holder);
    g_free(pass->resume);
    g_free(pass->call);
    g_free(pass->partner);
    g_free(pass->room);
    g_free(pass->match);
    g_free(pass);
}

struct hub_passes *hub_passes_create(void)
{
    struct hub_passes *passes = g_new0(struct hub_passes, 1);
    passes->by_secret = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, pass_free);
    return passes;
}

void hub_passes_destroy(struct hub_passes *passes)
{
    if (!passes)
        return;
    g_hash_table_unref(passes->by_secret);
    g_free(passes);
}

/* ---- asking for one ---- */

static char *new_secret(void)
{
    uint8_t random[SECRET_BYTES];
    GString *secret = g_string_sized_new(2 * SECRET_BYTES + 1);
    if (RAND_bytes(random, sizeof random) != 1)
        g_error("no random bytes"); /* nothing that needs a secret can go on */
    for (int i = 0; i < SECRET_BYTES; i++)
        g_string_append_printf(secret, "%02x", random[i]);
    return g_string_free(secret, FALSE);
}

/* Another one in its place: the picture with the old one is not shown any more. */
static gboolean is_unused_of(gpointer secret, gpointer data, gpointer owner)
{
    const struct hub_pass *pass = data;
    (void)secret;
    return !pass->holder && !strcmp(pass->owner, owner);
}

static struct hub_pass *add_pass(struct hub_session *session, int64_t now_us)
{
    struct hub_passes *passes = session->service->passes;
    g_hash_table_foreach_remove(passes->by_secret, is_unused_of, session->address);
    struct hub_pass *pass = g_new0(struct hub_pass, 1);
    *pass = (struct hub_pass){
        .secret = new_secret(),
        .owner = g_strdup(session->address),
        .user = g_strdup(session->user),
        .name = g_strdup(session->own_name),
        .grant = session->grant ? hub_grant_for_a_call(session->grant) : NULL,
        .until_us = now_us + USE_S * G_USEC_PER_SEC,
    };
    g_hash_table_insert(passes->by_secret, pass->secret, pass);
    return pass;
}

cJSON *hub_passes_ask(struct hub_session *session, double id, const cJSON *request, int64_t now_us)
{
    (void)request;
    if (!hub_calls_of_device(session->service->calls, session->address))
        return hub_reply_error(id, HUB_NOT_FOUND, "you are in no call");
    const struct hub_pass *pass = add_pass(session, now_us);
    cJSON *reply = hub_reply_ok(id);
    cJSON_AddStringToObject(reply, "pass", pass->secret);
    cJSON_AddNumberToObject(reply, "seconds", USE_S);
    return reply;
}

/* ---- using it ---- */

/* The same device again, which has lost its connection. */
static bool comes_back(const struct hub_pass *pass, const cJSON *request)
{
    const char *device = json_string(request, "device");
    return device && !g_strcmp0(device, strrchr(pass->holder, '/') + 1) &&
           !g_strcmp0(json_string(request, "resume"), pass->resume);
}

char *hub_passes_check(struct hub_session *session, double id, const cJSON *request, int64_t now_us, cJSON **refusal)
{
    struct hub_service *service = session->service;
    const char *secret = json_string(request, "pass");
    hub_passes_follow(service, now_us);
    struct hub_pass *pass = secret ? g_hash_table_lookup(service->passes->by_secret, secret) : NULL;
    if (!pass || (pass->holder && !comes_back(pass, request))) {
        *refusal = hub_reply_error(id, HUB_NOT_ALLOWED, "this pass has been used or is over; ask for another one");
        return NULL;
    }
    session->pass = pass;
    session->grant = pass->grant ? hub_grant_for_a_call(pass->grant) : NULL;
    return g_strdup(pass->user);
}

void hub_passes_used(struct hub_session *session)
{
    struct hub_pass *pass = session->pass;
    if (!pass)
        return;
    if (!pass->holder)
        pass->until_us += ENTER_S * G_USEC_PER_SEC;
    g_free(pass->holder);
    g_free(pass->resume);
    pass->holder = g_strdup(session->address);
    pass->resume = g_strdup(session->resume);
    g_free(session->own_name);
    session->own_name = g_strdup(pass->name);
}

bool hub_passes_may_send(const struct hub_session *session, const cJSON *body)
{
    return !session->pass || !hub_is_invite(body) ||
           (session->pass->match && !g_strcmp0(json_string(body, "match"), session->pass->match));
}

/* ---- continuing the call ---- */

static void tell_to_hang_up(struct hub_session *owner, const struct hub_session *by)
{
    cJSON *notice = hub_notice("hangup");
    cJSON_AddStringToObject(notice, "continued", by->address);
    hub_session_send(owner, notice);
    cJSON_Delete(notice);
}

cJSON *hub_passes_continue(struct hub_session *session, double id, const cJSON *request, int64_t now_us)
{
    struct hub_service *service = session->service;
    struct hub_pass *pass = session->pass;
    const char *room = json_string(request, "room");
    if (!pass || pass->call)
        return hub_reply_error(id, HUB_NOT_ALLOWED, pass ? "it is continued already" : "there is no pass for this");
    struct hub_session *owner = hub_users_device(service->users, pass->owner);
    const struct hub_call *call = hub_calls_of_device(service->calls, pass->owner);
    if (!owner || !call)
        return hub_reply_error(id, HUB_NOT_FOUND, "the call is over");
    const char *partner = strcmp(call->from, pass->owner) ? call->from : call->to;
    if (!hub_rooms_may_call(service->rooms, session->address, partner) ||
        (room && !hub_rooms_watches(service->rooms, room, session->address)))
        return hub_reply_error(id, HUB_NOT_ALLOWED, "the call is in a live room: enter it first");
    pass->call = g_strdup(call->id);
    pass->partner = g_strdup(partner);
    pass->room = g_strdup(room);
    pass->until_us = now_us + BEGIN_S * G_USEC_PER_SEC;
    tell_to_hang_up(owner, session);
    return hub_reply_ok(id);
}

/* The other call is over: this one takes its place. */
static void go_on(struct hub_service *service, struct hub_pass *pass)
{
    struct hub_session *partner = hub_users_device(service->users, pass->partner);
    struct hub_session *holder = hub_users_device(service->users, pass->holder);
    pass->match = g_uuid_string_random();
    if (partner && holder)
        hub_control_bring_together(holder, partner, pass->match, pass->room);
}

static bool is_over(struct hub_service *service, struct hub_pass *pass, int64_t now_us)
{
    bool goes_on = pass->match && hub_calls_find(service->calls, pass->match);
    pass->began = pass->began || goes_on;
    return pass->began ? !goes_on : now_us >= pass->until_us;
}

static void end_session(struct hub_service *service, const struct hub_pass *pass)
{
    struct hub_session *holder = pass->holder ? hub_users_device(service->users, pass->holder) : NULL;
    if (!holder || holder->pass != pass)
        return;
    holder->pass = NULL;
    hub_session_drop(holder, "the call that it came for is over");
}

void hub_passes_follow(struct hub_service *service, int64_t now_us)
{
    GHashTableIter iter;
    gpointer value;
    g_hash_table_iter_init(&iter, service->passes->by_secret);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        struct hub_pass *pass = value;
        if (pass->call && !pass->match && !hub_calls_find(service->calls, pass->call))
            go_on(service, pass);
        if (!is_over(service, pass, now_us))
            continue;
        end_session(service, pass);
        g_hash_table_iter_remove(&iter);
    }
}
