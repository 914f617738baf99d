/* The C call engine for tests in another language: one input as a line of JSON on stdin, what came of it as a line of
 * JSON on stdout. Any number of engines, each by its number; no clock and no chance: ids are counted.
 *
 * In: {"engine":0,"op":"create","user":"anna",...}, then {"engine":0,"op":"start","now":1,"to":"bob","video":true,...};
 * operations[] below has all of them. "within":{"on":"notice","inputs":[...]}: what the application does from within
 * the first callback of that kind. {"op":"names"}: the vocabulary; {"op":"table"}: every rule, input and actions as
 * numbers. {"op":"safety code","certificates":[hex,hex],"call":id}: {"code":words}.
 * Out: {"out":[{"send":...},{"media":...},{"notice":...},{"completed":...},{"result":...}],"result":"ok","state":...}:
 * in the order of the callbacks, "result" there being that of an operation from within, and then where the engine is.
 */
#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/call/call.h"
#include "engine/call/safety_code.h"
#include "engine/call/table.h"
#include "engine/text/json.h"

struct twin {
    struct call *call;
    unsigned number, ids;
    enum call_policy policy;
    cJSON *out;          /* of this input; owned */
    const cJSON *within; /* borrowed: what is still to be done from within a callback */
};

static const char *const error_names[] = { "ok",      "state",   "party", "argument", "signalling lost",
                                           "offline", "refused", "media", "device",   "destroyed",
                                           NULL };
static const char *const role_names[] = { "none", "caller", "callee", NULL };
static const char *const party_names[] = { "anyone", "audience", "broadcaster", NULL };
static const char *const policy_names[] = { "connect only", "connect and send", "nothing", NULL };
static const char *const command_names[] = { "connect", "presend", "release", "present", "stop", NULL };
static const char *const action_names[] = { "invite", "cancel", "accept", "reject", "hangup", NULL };

static struct twin *acting; /* whose ids are made */

/* In GLib's place: the engine's ids are to be known beforehand. */
gchar *g_uuid_string_random(void)
{
    return g_strdup_printf("%08x-0000-4000-8000-%012x", acting->number, acting->ids++);
}

static int index_of(const char *const *names, const char *text)
{
    for (int i = 0; names[i]; i++)
        if (text && !strcmp(names[i], text))
            return i;
    g_error("not a word of the call: %s", text ? text : "(none)");
}

static enum call_reason reason_of(const char *text)
{
    for (int i = 0; text && strcmp(call_reason_name((enum call_reason)i), "unknown"); i++)
        if (!strcmp(call_reason_name((enum call_reason)i), text))
            return (enum call_reason)i;
    g_error("not a reason: %s", text ? text : "(none)");
}

static enum call_event event_of(const char *text)
{
    for (int i = CALL_EVENT_LOCAL_JOINING; text && i <= CALL_EVENT_FIRST_AUDIO_HEARD; i++)
        if (!strcmp(call_event_name((enum call_event)i), text))
            return (enum call_event)i;
    g_error("not a media event: %s", text ? text : "(none)");
}

static cJSON *copy_or_null(const cJSON *json)
{
    return json ? cJSON_Duplicate(json, true) : cJSON_CreateNull();
}

/* Of an input: an object, or NULL where it is null or not there. */
static const cJSON *object(const cJSON *input, const char *key)
{
    const cJSON *item = json_member(input, key);
    return cJSON_IsNull(item) ? NULL : item;
}

/* --- What comes out */

static void act_within(struct twin *twin, const char *callback);

static cJSON *record(struct twin *twin, const char *kind)
{
    cJSON *event = cJSON_CreateObject();
    cJSON_AddItemToArray(twin->out, event);
    return cJSON_AddObjectToObject(event, kind);
}

static void on_send(void *user_data, const char *to, const struct call_message *message)
{
    cJSON *json = record(user_data, "send");
    cJSON_AddStringToObject(json, "to", to);
    cJSON_AddItemToObject(json, "message", call_message_to_json(message));
    act_within(user_data, "send");
}

static void on_media(void *user_data, enum call_media_command command, enum call_role role, const char *call_id,
                     const char *remote, const cJSON *media)
{
    cJSON *json = record(user_data, "media");
    cJSON_AddStringToObject(json, "command", command_names[command]);
    cJSON_AddStringToObject(json, "role", role_names[role]);
    cJSON_AddStringToObject(json, "callId", call_id);
    cJSON_AddStringToObject(json, "remote", remote);
    cJSON_AddItemToObject(json, "media", copy_or_null(media));
    act_within(user_data, "media");
}

static void on_notify(void *user_data, const struct call_notice *notice)
{
    cJSON *json = record(user_data, "notice");
    cJSON_AddStringToObject(json, "state", call_state_name(notice->state));
    cJSON_AddStringToObject(json, "previous", call_state_name(notice->previous));
    cJSON_AddStringToObject(json, "event", call_event_name(notice->event));
    cJSON_AddStringToObject(json, "reason", call_reason_name(notice->reason));
    cJSON_AddItemToObject(json, "extension", copy_or_null(notice->extension));
    cJSON_AddStringToObject(json, "callId", notice->call_id);
    cJSON_AddStringToObject(json, "remote", notice->remote);
    cJSON_AddStringToObject(json, "name", notice->name);
    cJSON_AddStringToObject(json, "role", role_names[notice->role]);
    cJSON_AddBoolToObject(json, "video", notice->video);
    cJSON_AddNumberToObject(json, "connectedAt", (double)notice->connected_at_ms);
    cJSON_AddNumberToObject(json, "duration", (double)notice->duration_ms);
    act_within(user_data, "notice");
}

static enum call_policy on_policy(void *user_data, enum call_role role, const char *remote, const cJSON *extension)
{
    struct twin *twin = user_data;
    cJSON *json = record(twin, "policy");
    cJSON_AddStringToObject(json, "role", role_names[role]);
    cJSON_AddStringToObject(json, "remote", remote);
    cJSON_AddItemToObject(json, "extension", copy_or_null(extension));
    return twin->policy;
}

static void on_completed(void *user_data, const struct call_completion *completion)
{
    cJSON *json = record(user_data, "completed");
    cJSON_AddStringToObject(json, "callId", completion->call_id);
    cJSON_AddStringToObject(json, "action", action_names[completion->action]);
    cJSON_AddStringToObject(json, "error", error_names[completion->error]);
    act_within(user_data, "completed");
}

static const struct call_ops ops = {
    .send = on_send,
    .media = on_media,
    .notify = on_notify,
    .policy = on_policy,
    .completed = on_completed,
};

/* --- What goes in */

static void create(struct twin *twin, const cJSON *input)
{
    struct call_config config = {
        .user = json_string(input, "user"),
        .party = (enum call_party)index_of(party_names, json_string(input, "party")),
        .timeout_ms = (int64_t)json_number(input, "timeout"),
        .wait_first_frame = json_is_true(input, "waitFirstFrame"),
        .first_frame_timeout_ms = (int64_t)json_number(input, "firstFrameTimeout"),
        .do_not_disturb = json_is_true(input, "doNotDisturb"),
        .ops = &ops,
        .user_data = twin,
    };
    twin->ids = 0;
    twin->policy = CALL_POLICY_CONNECT_ONLY;
    twin->call = call_create(&config);
}

static const char *receive(struct twin *twin, const cJSON *input, int64_t now)
{
    struct call_message message;
    const char *error;
    if (!call_message_from_json(json_member(input, "message"), &message, &error))
        return error;
    call_receive(twin->call, json_string(input, "from"), &message, now);
    return "";
}

static void deliver(struct twin *twin, const cJSON *input, int64_t now)
{
    const cJSON *list = object(input, "devices"), *device;
    g_autoptr(GPtrArray) devices = g_ptr_array_new();
    cJSON_ArrayForEach (device, list)
        g_ptr_array_add(devices, device->valuestring);
    g_ptr_array_add(devices, NULL);
    call_delivered(twin->call, json_string(input, "call"), (uint32_t)json_number(input, "sequence"),
                   (enum call_error)index_of(error_names, json_string(input, "result")),
                   list ? (const char *const *)devices->pdata : NULL, now);
}

/* The operations, which have a result. */
static const char *operate(struct twin *twin, const char *op, const cJSON *input, int64_t now)
{
    struct call *call = twin->call;
    enum call_error error = CALL_OK;
    if (!strcmp(op, "prepare"))
        error = call_prepare(call, now);
    else if (!strcmp(op, "start"))
        error = call_start(call, json_string(input, "to"), json_is_true(input, "video"), object(input, "media"),
                           object(input, "extension"), now);
    else if (!strcmp(op, "cancel"))
        error = call_cancel(call, now);
    else if (!strcmp(op, "accept"))
        error = call_accept(call, object(input, "media"), now);
    else if (!strcmp(op, "reject"))
        error = call_reject(call, reason_of(json_string(input, "reason")), now);
    else if (!strcmp(op, "hang up"))
        error = call_hang_up(call, reason_of(json_string(input, "reason")), now);
    else if (!strcmp(op, "fail"))
        error = call_fail(call, reason_of(json_string(input, "reason")), now);
    else
        g_error("not an operation: %s", op);
    return error_names[error];
}

/* What happens to the call; false: nothing of that name does. */
static bool happen(struct twin *twin, const char *op, const cJSON *input, int64_t now)
{
    struct call *call = twin->call;
    if (!strcmp(op, "delivered"))
        deliver(twin, input, now);
    else if (!strcmp(op, "name callee"))
        call_name_callee(call, json_string(input, "call"), json_string(input, "name"));
    else if (!strcmp(op, "device gone"))
        call_device_gone(call, json_string(input, "device"), now);
    else if (!strcmp(op, "signalling lost"))
        call_signalling_lost(call, now);
    else if (!strcmp(op, "signalling restored"))
        call_signalling_restored(call, now);
    else if (!strcmp(op, "first frame"))
        call_first_frame(call, now);
    else if (!strcmp(op, "media lost"))
        call_media_lost(call, now);
    else if (!strcmp(op, "media event"))
        call_media_event(call, json_string(input, "call"), event_of(json_string(input, "event")), now);
    else if (!strcmp(op, "poll"))
        call_poll(call, now);
    else if (!strcmp(op, "do not disturb"))
        call_set_do_not_disturb(call, json_is_true(input, "on"));
    else if (!strcmp(op, "policy"))
        twin->policy = (enum call_policy)index_of(policy_names, json_string(input, "policy"));
    else
        return false;
    return true;
}

static const char *apply(struct twin *twin, const cJSON *input)
{
    const char *op = json_string(input, "op");
    int64_t now = (int64_t)json_number(input, "now");
    if (!strcmp(op, "receive"))
        return receive(twin, input, now);
    return happen(twin, op, input, now) ? "ok" : operate(twin, op, input, now);
}

static void act_within(struct twin *twin, const char *callback)
{
    const cJSON *within = twin->within, *input;
    if (!within || strcmp(json_string(within, "on"), callback) != 0)
        return;
    twin->within = NULL;
    cJSON_ArrayForEach (input, json_member(within, "inputs")) {
        cJSON *event = cJSON_CreateObject();
        cJSON_AddStringToObject(event, "result", apply(twin, input));
        cJSON_AddItemToArray(twin->out, event);
    }
}

/* --- Answers */

static void add_state(cJSON *answer, const struct call *call)
{
    struct call_counters counters = call_message_counters(call);
    cJSON_AddStringToObject(answer, "state", call_state_name(call_current_state(call)));
    cJSON_AddStringToObject(answer, "role", role_names[call_current_role(call)]);
    cJSON_AddStringToObject(answer, "id", call_current_id(call));
    cJSON_AddStringToObject(answer, "remote", call_current_remote(call));
    cJSON_AddStringToObject(answer, "name", call_current_name(call));
    cJSON_AddBoolToObject(answer, "video", call_current_video(call));
    if (call_deadline(call) == INT64_MAX)
        cJSON_AddNullToObject(answer, "deadline");
    else
        cJSON_AddNumberToObject(answer, "deadline", (double)call_deadline(call));
    cJSON *counted = cJSON_AddObjectToObject(answer, "counters");
    cJSON_AddNumberToObject(counted, "expired", (double)counters.expired);
    cJSON_AddNumberToObject(counted, "duplicate", (double)counters.duplicate);
    cJSON_AddNumberToObject(counted, "reordered", (double)counters.reordered);
    cJSON_AddNumberToObject(counted, "foreign", (double)counters.foreign);
    cJSON_AddNumberToObject(counted, "mismatch", (double)counters.mismatch);
}

static cJSON *answer_of(struct twin *twin, const cJSON *input)
{
    cJSON *answer = cJSON_CreateObject();
    twin->out = cJSON_AddArrayToObject(answer, "out");
    twin->within = json_member(input, "within");
    acting = twin;
    if (!strcmp(json_string(input, "op"), "create"))
        create(twin, input);
    else if (!strcmp(json_string(input, "op"), "destroy"))
        g_clear_pointer(&twin->call, call_destroy);
    else
        cJSON_AddStringToObject(answer, "result", apply(twin, input));
    if (twin->call)
        add_state(answer, twin->call);
    return answer;
}

static const char *state_name(int value)
{
    return call_state_name((enum call_state)value);
}

static const char *reason_name(int value)
{
    return call_reason_name((enum call_reason)value);
}

static const char *event_name(int value)
{
    return call_event_name((enum call_event)value);
}

static void add_names(cJSON *answer, const char *key, const char *(*name)(int value))
{
    cJSON *list = cJSON_AddArrayToObject(answer, key);
    for (int i = 0; strcmp(name(i), "unknown"); i++)
        cJSON_AddItemToArray(list, cJSON_CreateString(name(i)));
}

static cJSON *vocabulary(void)
{
    cJSON *answer = cJSON_CreateObject();
    add_names(answer, "states", state_name);
    add_names(answer, "reasons", reason_name);
    add_names(answer, "events", event_name);
    return answer;
}

static void add_rule(cJSON *list, int state, int role, int input)
{
    const struct call_rule *rule = call_table_find((enum call_state)state, (enum call_role)role,
                                                   (enum call_input)input);
    if (!rule)
        return;
    cJSON *row = cJSON_CreateArray();
    cJSON_AddItemToArray(row, cJSON_CreateString(state_name(state)));
    cJSON_AddItemToArray(row, cJSON_CreateString(role_names[role]));
    cJSON_AddItemToArray(row, cJSON_CreateNumber(input));
    cJSON_AddItemToArray(row, cJSON_CreateString(rule->next == CALL_STATE_SAME ? "same" : state_name(rule->next)));
    cJSON_AddItemToArray(row, cJSON_CreateNumber(rule->actions));
    cJSON_AddItemToArray(row, cJSON_CreateString(call_reason_name(rule->reason)));
    cJSON_AddItemToArray(row, cJSON_CreateString(call_event_name(rule->event)));
    cJSON_AddItemToArray(list, row);
}

static cJSON *table(void)
{
    cJSON *answer = cJSON_CreateObject(), *list = cJSON_AddArrayToObject(answer, "rules");
    for (int state = CALL_IDLE; state <= CALL_FAILED; state++)
        for (int role = CALL_ROLE_NONE; role <= CALL_ROLE_CALLEE; role++)
            for (int input = CALL_INPUT_PREPARE; input <= CALL_INPUT_FRAME_TIMEOUT; input++)
                add_rule(list, state, role, input);
    return answer;
}

static void bytes_of(const cJSON *hex, uint8_t bytes[SAFETY_CODE_CERTIFICATE])
{
    for (int i = 0; i < SAFETY_CODE_CERTIFICATE; i++)
        bytes[i] = (uint8_t)(g_ascii_xdigit_value(hex->valuestring[2 * i]) << 4 |
                             g_ascii_xdigit_value(hex->valuestring[2 * i + 1]));
}

static cJSON *code_of(const cJSON *input)
{
    const cJSON *certificates = json_member(input, "certificates");
    uint8_t one[SAFETY_CODE_CERTIFICATE], other[SAFETY_CODE_CERTIFICATE];
    char code[SAFETY_CODE_SIZE];
    bytes_of(cJSON_GetArrayItem(certificates, 0), one);
    bytes_of(cJSON_GetArrayItem(certificates, 1), other);
    safety_code(one, other, json_string(input, "call"), code);
    cJSON *answer = cJSON_CreateObject();
    cJSON_AddStringToObject(answer, "code", code);
    return answer;
}

static void free_twin(void *data)
{
    struct twin *twin = data;
    call_destroy(twin->call);
    g_free(twin);
}

static struct twin *find_twin(GHashTable *twins, const cJSON *input)
{
    unsigned number = (unsigned)json_number(input, "engine");
    struct twin *twin = g_hash_table_lookup(twins, GUINT_TO_POINTER(number));
    if (!twin || !strcmp(json_string(input, "op"), "create")) {
        twin = g_new0(struct twin, 1);
        twin->number = number;
        g_hash_table_insert(twins, GUINT_TO_POINTER(number), twin);
    }
    return twin;
}

int main(void)
{
    g_autoptr(GHashTable) twins = g_hash_table_new_full(NULL, NULL, NULL, free_twin);
    char *line = NULL;
    size_t size = 0;
    while (getline(&line, &size, stdin) > 0) {
        cJSON *input = cJSON_Parse(line);
        if (!json_string(input, "op"))
            g_error("not an input: %s", line);
        cJSON *answer = !strcmp(json_string(input, "op"), "names")         ? vocabulary()
                        : !strcmp(json_string(input, "op"), "table")       ? table()
                        : !strcmp(json_string(input, "op"), "safety code") ? code_of(input)
                                                                           : answer_of(find_twin(twins, input), input);
        char *text = cJSON_PrintUnformatted(answer);
        puts(text);
        fflush(stdout);
        cJSON_free(text);
        cJSON_Delete(answer);
        cJSON_Delete(input);
    }
    free(line);
    return 0;
}
