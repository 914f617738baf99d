#include "net/hub/service/calls.h"

#include <string.h>

#include "engine/text/address.h"
#include "engine/text/json.h"
#include "net/hub/service/quality.h"
#include "net/hub/service/users.h"
#include "net/protocol/hub_protocol.h"

struct hub_calls {
    GHashTable *by_id;     /* call id → struct hub_call, owned */
    GHashTable *by_match;  /* match id → struct hub_call, not owned */
    GHashTable *by_caller; /* user → how many of them */
    GQueue order;          /* struct hub_call by age, their own links */
    struct hub_call_totals totals;
    struct hub_quality *quality;
    hub_call_seen seen;
    void *user_data;
};

enum { ID_MAX = 64 }; /* bytes; a UUID has 36 */

static void call_free(gpointer data)
{
    struct hub_call *call = data;
    g_free(call->id);
    g_free(call->match);
    g_free(call->from);
    g_free(call->to);
    g_free(call->from_name);
    g_free(call->to_name);
    cJSON_Delete(call->rung);
    g_free(call);
}

struct hub_calls *hub_calls_create(void)
{
    struct hub_calls *calls = g_new0(struct hub_calls, 1);
    calls->by_id = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, call_free);
    calls->by_match = g_hash_table_new(g_str_hash, g_str_equal);
    calls->by_caller = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    calls->quality = hub_quality_create();
    return calls;
}

void hub_calls_destroy(struct hub_calls *calls)
{
    if (!calls)
        return;
    g_hash_table_unref(calls->by_caller);
    g_hash_table_unref(calls->by_match);
    g_hash_table_unref(calls->by_id);
    hub_quality_destroy(calls->quality);
    g_free(calls);
}

void hub_calls_listen(struct hub_calls *calls, hub_call_seen seen, void *user_data)
{
    calls->seen = seen;
    calls->user_data = user_data;
}

static void add_up(struct hub_call_totals *totals, enum hub_call_event event, const struct hub_call *call,
                   int64_t now_us)
{
    totals->started += event == HUB_CALL_STARTED;
    totals->ended += event == HUB_CALL_ENDED;
    totals->missed += event == HUB_CALL_MISSED;
    if (event == HUB_CALL_ENDED)
        totals->seconds += (uint64_t)(MAX(now_us - call->accepted_us, 0) / G_USEC_PER_SEC);
}

static void report(struct hub_calls *calls, enum hub_call_event event, const struct hub_call *call, int64_t now_us)
{
    add_up(&calls->totals, event, call, now_us);
    if (calls->seen)
        calls->seen(calls->user_data, event, call, now_us);
}

static int begun_by(const struct hub_calls *calls, const char *user)
{
    return GPOINTER_TO_INT(g_hash_table_lookup(calls->by_caller, user));
}

static void count(struct hub_calls *calls, const struct hub_call *call, int change)
{
    char *user = address_user(call->from);
    int n = begun_by(calls, user) + change;
    if (n) {
        g_hash_table_replace(calls->by_caller, user, GINT_TO_POINTER(n));
        return;
    }
    g_hash_table_remove(calls->by_caller, user);
    g_free(user);
}

static void forget(struct hub_calls *calls, struct hub_call *call)
{
    count(calls, call, -1);
    if (call->match)
        g_hash_table_remove(calls->by_match, call->match);
    g_queue_unlink(&calls->order, &call->link);
    g_hash_table_remove(calls->by_id, call->id);
}

static void end(struct hub_calls *calls, struct hub_call *call, int64_t now_us)
{
    report(calls, call->accepted_us ? HUB_CALL_ENDED : HUB_CALL_MISSED, call, now_us);
    forget(calls, call);
}

static bool is_id(const char *id)
{
    return id && *id && strlen(id) <= ID_MAX;
}

static bool is_in(const struct hub_call *call, const char *device)
{
    return call->accepted_us && (!strcmp(call->from, device) || !strcmp(call->to, device));
}

/* A device is in one call: where it begins or takes another one, that of before is over, and its hang-up did not come
 * by here (it may go over the connection alone, and a side may have died). */
static void leave_others(struct hub_calls *calls, const char *device, const char *id, int64_t now_us)
{
    for (GList *at = calls->order.head, *next; at; at = next) {
        struct hub_call *call = at->data;
        next = at->next;
        if (is_in(call, device) && strcmp(call->id, id) != 0)
            end(calls, call, now_us);
    }
}

static void invite(struct hub_calls *calls, const char *id, const char *from, const char *to, const cJSON *body,
                   const cJSON *reached, int64_t now_us)
{
    const char *match = json_string(body, "match");
    leave_others(calls, from, id, now_us);
    struct hub_call *call = g_new0(struct hub_call, 1);
    *call = (struct hub_call){ .id = g_strdup(id),
                               .from = g_strdup(from),
                               .to = g_strdup(to),
                               .invited_us = now_us,
                               .from_name = g_strdup(json_string(body, "name")),
                               .rung = cJSON_Duplicate(reached, true) };
    if (is_id(match) && !g_hash_table_contains(calls->by_match, match)) {
        call->match = g_strdup(match);
        g_hash_table_insert(calls->by_match, call->match, call);
    }
    call->link.data = call;
    g_queue_push_tail_link(&calls->order, &call->link);
    g_hash_table_insert(calls->by_id, call->id, call);
    count(calls, call, 1);
}

/* The oldest call (of `user`, or of anybody) that both sides have left; NULL: there is none. */
static struct hub_call *find_abandoned(const struct hub_calls *calls, const char *user)
{
    for (GList *at = calls->order.head; at; at = at->next) {
        struct hub_call *call = at->data;
        if (call->caller_gone && call->callee_gone && (!user || address_same_user(call->from, user)))
            return call;
    }
    return NULL;
}

bool hub_calls_have_room(struct hub_calls *calls, const char *user, int64_t now_us)
{
    bool many = begun_by(calls, user) >= HUB_CALLS_OF_USER, full = calls->order.length >= HUB_CALLS_MAX;
    struct hub_call *abandoned = many || full ? find_abandoned(calls, many ? user : NULL) : NULL;
    if (abandoned)
        end(calls, abandoned, now_us);
    return abandoned || !(many || full);
}

static int place_of(const struct hub_call *call, const char *address)
{
    int place = 0;
    const cJSON *device;
    cJSON_ArrayForEach (device, call->rung) {
        if (!strcmp(device->valuestring, address))
            return place;
        place++;
    }
    return -1;
}

/* It does not ring at this device any more: does it nowhere? */
static bool falls_silent(struct hub_call *call, const char *address)
{
    int place = place_of(call, address);
    if (place >= 0)
        cJSON_DeleteItemFromArray(call->rung, place);
    return cJSON_GetArraySize(call->rung) == 0;
}

/* A device that cannot take a call leaves it to the others of its user; a no is the user's (engine/call/receive.c). */
static bool is_no(const cJSON *body)
{
    const char *reason = json_string(body, "reason");
    static const char *const own[] = { "busy", "media lost", "destroyed", "signalling failed", NULL };
    return !reason || !g_strv_contains(own, reason);
}

/* The accept goes over the connection as well, and may have come there first. */
static bool is_for_others(const struct hub_call *call, const cJSON *body)
{
    return call->accepted_us || !g_strcmp0(json_string(body, "reason"), "accepted elsewhere");
}

/* Only the two sides speak for a call. */
static void change(struct hub_calls *calls, struct hub_call *call, const char *from, const cJSON *body, int64_t now_us)
{
    const char *action = json_string(body, "action");
    bool caller = !strcmp(from, call->from), callee = address_same_user(from, call->to);
    if (callee && !call->accepted_us && !g_strcmp0(action, "accept")) {
        call->accepted_us = now_us;
        g_free(call->to);
        call->to = g_strdup(from);
        call->to_name = g_strdup(json_string(body, "name"));
        hub_quality_expect(calls->quality, call->id, call->from, call->to);
        leave_others(calls, from, call->id, now_us);
        report(calls, HUB_CALL_STARTED, call, now_us);
    } else if (caller && !g_strcmp0(action, "cancel") && is_for_others(call, body)) {
        return; /* to the callee's other devices */
    } else if (callee && !call->accepted_us && !g_strcmp0(action, "reject") && !is_no(body) &&
               !falls_silent(call, from)) {
        return;
    } else if ((caller && !g_strcmp0(action, "cancel")) ||
               (callee && !call->accepted_us && !g_strcmp0(action, "reject")) ||
               ((caller || callee) && !g_strcmp0(action, "hangup"))) {
        end(calls, call, now_us);
    }
}

static void come_back(struct hub_call *call, const char *address)
{
    call->caller_gone &= strcmp(call->from, address) != 0;
    call->callee_gone &= strcmp(call->to, address) != 0;
}

void hub_calls_pass(struct hub_calls *calls, const char *from, const char *to, const cJSON *body, const cJSON *reached,
                    int64_t now_us)
{
    const char *id = json_string(body, "call");
    hub_quality_take(calls->quality, from, body);
    if (g_strcmp0(json_string(body, "type"), "call") || !is_id(id))
        return;
    struct hub_call *call = g_hash_table_lookup(calls->by_id, id);
    if (call)
        come_back(call, from);
    if (call)
        change(calls, call, from, body, now_us);
    else if (!g_strcmp0(json_string(body, "action"), "invite"))
        invite(calls, id, from, to, body, reached, now_us);
}

static void visit_callees(const struct hub_call *call,
                          void (*visit)(void *user_data, const char *partner, const char *address), void *user_data)
{
    const cJSON *device;
    if (call->accepted_us)
        visit(user_data, call->to, call->from);
    else
        cJSON_ArrayForEach (device, call->rung)
            visit(user_data, device->valuestring, call->from);
}

void hub_calls_each_partner(const struct hub_calls *calls, const char *address,
                            void (*visit)(void *user_data, const char *partner, const char *address), void *user_data)
{
    for (const GList *at = calls->order.head; at; at = at->next) {
        const struct hub_call *call = at->data;
        if (!strcmp(call->from, address))
            visit_callees(call, visit, user_data);
        else if (call->accepted_us ? !strcmp(call->to, address) : place_of(call, address) >= 0)
            visit(user_data, call->from, address);
    }
}

/* A call that goes on is left alone: its media do not need the hub. */
void hub_calls_forget(struct hub_calls *calls, const char *address, int64_t now_us)
{
    for (GList *at = calls->order.head, *next; at; at = next) {
        struct hub_call *call = at->data;
        next = at->next;
        call->caller_gone |= !strcmp(call->from, address);
        call->callee_gone |= call->accepted_us ? !strcmp(call->to, address)
                                               : place_of(call, address) >= 0 && falls_silent(call, address);
        if (!call->accepted_us && (call->caller_gone || call->callee_gone))
            end(calls, call, now_us);
    }
}

const struct hub_call *hub_calls_find(const struct hub_calls *calls, const char *id)
{
    if (!id)
        return NULL;
    const struct hub_call *call = g_hash_table_lookup(calls->by_id, id);
    return call ? call : g_hash_table_lookup(calls->by_match, id);
}

const struct hub_call *hub_calls_of_device(const struct hub_calls *calls, const char *address)
{
    for (GList *at = calls->order.head; at; at = at->next) {
        const struct hub_call *call = at->data;
        if (is_in(call, address))
            return call;
    }
    return NULL;
}

bool hub_calls_has(const struct hub_calls *calls, const char *user)
{
    for (GList *at = calls->order.head; at; at = at->next) {
        const struct hub_call *call = at->data;
        if (address_same_user(call->from, user) || address_same_user(call->to, user))
            return true;
    }
    return false;
}

unsigned hub_calls_count(const struct hub_calls *calls)
{
    return calls->order.length;
}

struct hub_call_totals hub_calls_totals(const struct hub_calls *calls)
{
    return calls->totals;
}

const struct hub_quality *hub_calls_quality(const struct hub_calls *calls)
{
    return calls->quality;
}

static cJSON *describe(const struct hub_call *call)
{
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "call", call->match ? call->match : call->id);
    cJSON_AddStringToObject(json, "state", call->accepted_us ? "connected" : "ringing");
    cJSON_AddStringToObject(json, "from", call->from);
    cJSON_AddStringToObject(json, "to", call->to);
    hub_add_name(json, "from_name", call->from_name);
    hub_add_name(json, "to_name", call->to_name);
    cJSON_AddNumberToObject(json, "since_ms",
                            (double)((call->accepted_us ? call->accepted_us : call->invited_us) / 1000));
    return json;
}

cJSON *hub_calls_list(const struct hub_calls *calls)
{
    cJSON *list = cJSON_CreateArray();
    const GList *at = calls->order.head;
    for (int n = 0; at && n < HUB_LIST_MAX; n++, at = at->next)
        cJSON_AddItemToArray(list, describe(at->data));
    return list;
}
