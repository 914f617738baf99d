#include "net/hub_calls.h"

#include <string.h>

#include "net/hub_protocol.h"
#include "net/hub_users.h"

struct hub_calls {
    GHashTable *by_id;          /* call id → struct hub_call, owned */
    GHashTable *by_match;       /* match id → struct hub_call, not owned */
    GQueue order;               /* struct hub_call by age, their own links */
    hub_call_seen seen;
    void *user_data;
};

enum { ID_MAX = 64 };           /* bytes; a UUID has 36 */

static void call_free(gpointer data)
{
    struct hub_call *call = data;
    g_free(call->id);
    g_free(call->match);
    g_free(call->from);
    g_free(call->to);
    cJSON_Delete(call->rung);
    g_free(call);
}

struct hub_calls *hub_calls_create(void)
{
    struct hub_calls *calls = g_new0(struct hub_calls, 1);
    calls->by_id = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, call_free);
    calls->by_match = g_hash_table_new(g_str_hash, g_str_equal);
    return calls;
}

void hub_calls_destroy(struct hub_calls *calls)
{
    if (!calls)
        return;
    g_hash_table_unref(calls->by_match);
    g_hash_table_unref(calls->by_id);
    g_free(calls);
}

void hub_calls_listen(struct hub_calls *calls, hub_call_seen seen, void *user_data)
{
    calls->seen = seen;
    calls->user_data = user_data;
}

static void tell(struct hub_calls *calls, enum hub_call_event event, const struct hub_call *call, gint64 now_us)
{
    if (calls->seen)
        calls->seen(calls->user_data, event, call, now_us);
}

static void forget(struct hub_calls *calls, struct hub_call *call)
{
    if (call->match)
        g_hash_table_remove(calls->by_match, call->match);
    g_queue_unlink(&calls->order, &call->link);
    g_hash_table_remove(calls->by_id, call->id);
}

static void end(struct hub_calls *calls, struct hub_call *call, gint64 now_us)
{
    tell(calls, call->accepted_us ? HUB_CALL_ENDED : HUB_CALL_MISSED, call, now_us);
    forget(calls, call);
}

static bool is_id(const char *id)
{
    return id && *id && strlen(id) <= ID_MAX;
}

/* A repeated invite changes nothing. */
static void invite(struct hub_calls *calls, const char *id, const char *from, const char *to, const cJSON *body, const cJSON *reached,
                   gint64 now_us)
{
    const char *match = hub_string(body, "match");
    if (g_hash_table_contains(calls->by_id, id))
        return;
    while (calls->order.length >= HUB_CALLS_MAX)
        forget(calls, calls->order.head->data);
    struct hub_call *call = g_new0(struct hub_call, 1);
    *call = (struct hub_call){ .id = g_strdup(id), .from = g_strdup(from), .to = g_strdup(to), .invited_us = now_us,
                               .rung = cJSON_Duplicate(reached, true) };
    if (is_id(match) && !g_hash_table_contains(calls->by_match, match)) {
        call->match = g_strdup(match);
        g_hash_table_insert(calls->by_match, call->match, call);
    }
    call->link.data = call;
    g_queue_push_tail_link(&calls->order, &call->link);
    g_hash_table_insert(calls->by_id, call->id, call);
}

static bool same_user(const char *a, const char *b)
{
    size_t length = strcspn(a, "/");
    return length == strcspn(b, "/") && !strncmp(a, b, length);
}

/* Only the two sides speak for a call. */
static void change(struct hub_calls *calls, struct hub_call *call, const char *from, const cJSON *body, gint64 now_us)
{
    const char *action = hub_string(body, "action");
    bool caller = !strcmp(from, call->from), callee = same_user(from, call->to);
    if (callee && !call->accepted_us && !g_strcmp0(action, "accept")) {
        call->accepted_us = now_us;
        g_free(call->to);
        call->to = g_strdup(from);
        tell(calls, HUB_CALL_STARTED, call, now_us);
    } else if (caller && call->accepted_us && !g_strcmp0(action, "cancel")) {
        return;                 /* to the callee's other devices */
    } else if ((caller && !g_strcmp0(action, "cancel")) || (callee && !call->accepted_us && !g_strcmp0(action, "reject")) ||
               ((caller || callee) && !g_strcmp0(action, "hangup"))) {
        end(calls, call, now_us);
    }
}

void hub_calls_pass(struct hub_calls *calls, const char *from, const char *to, const cJSON *body, const cJSON *reached, gint64 now_us)
{
    const char *id = hub_string(body, "call");
    if (g_strcmp0(hub_string(body, "type"), "call") || !is_id(id))
        return;
    struct hub_call *call = g_hash_table_lookup(calls->by_id, id);
    if (call)
        change(calls, call, from, body, now_us);
    else if (!g_strcmp0(hub_string(body, "action"), "invite"))
        invite(calls, id, from, to, body, reached, now_us);
}

static bool rings_at(const struct hub_call *call, const char *address)
{
    const cJSON *device;
    cJSON_ArrayForEach(device, call->rung)
        if (!strcmp(device->valuestring, address))
            return true;
    return false;
}

static void visit_callees(const struct hub_call *call, void (*visit)(void *user_data, const char *partner, const char *address),
                          void *user_data)
{
    const cJSON *device;
    if (call->accepted_us)
        visit(user_data, call->to, call->from);
    else
        cJSON_ArrayForEach(device, call->rung)
            visit(user_data, device->valuestring, call->from);
}

void hub_calls_each_partner(const struct hub_calls *calls, const char *address,
                            void (*visit)(void *user_data, const char *partner, const char *address), void *user_data)
{
    for (const GList *at = calls->order.head; at; at = at->next) {
        const struct hub_call *call = at->data;
        if (!strcmp(call->from, address))
            visit_callees(call, visit, user_data);
        else if (call->accepted_us ? !strcmp(call->to, address) : rings_at(call, address))
            visit(user_data, call->from, address);
    }
}

/* A call that goes on is left alone: its media do not need the hub. */
void hub_calls_forget(struct hub_calls *calls, const char *address, gint64 now_us)
{
    for (GList *at = calls->order.head, *next; at; at = next) {
        struct hub_call *call = at->data;
        next = at->next;
        if (!call->accepted_us && (!strcmp(call->from, address) || !strcmp(call->to, address)))
            end(calls, call, now_us);
    }
}

const struct hub_call *hub_calls_find(const struct hub_calls *calls, const char *id)
{
    const struct hub_call *call = g_hash_table_lookup(calls->by_id, id);
    return call ? call : g_hash_table_lookup(calls->by_match, id);
}

unsigned hub_calls_count(const struct hub_calls *calls)
{
    return calls->order.length;
}
