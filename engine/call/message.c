/* Call messages as JSON. Parsing is strict: what is missing, of the wrong type or out of range is an error, never a
 * default (a missing action is not "invite"). Keys that are not known are ignored, for later versions. */
#include "engine/call/call.h"

#include <assert.h>
#include <glib.h>
#include <string.h>

#include "engine/call/parts.h"
#include "engine/text/json.h"

static const char *const action_names[] = {
    [CALL_INVITE] = "invite", [CALL_CANCEL] = "cancel",  [CALL_ACCEPT] = "accept",
    [CALL_REJECT] = "reject", [CALL_HANG_UP] = "hangup",
};

/* As the sender sees it, hence no local and remote; a reason that is not here is nobody else's business. */
static const struct {
    enum call_reason reason;
    const char *name;
} reason_names[] = {
    { CALL_REASON_LOCAL_REJECTED, "rejected" },
    { CALL_REASON_LOCAL_CANCELLED, "cancelled" },
    { CALL_REASON_LOCAL_HANGUP, "hangup" },
    { CALL_REASON_LOCAL_BUSY, "busy" },
    { CALL_REASON_CALLING_TIMEOUT, "timeout" },
    { CALL_REASON_FIRST_FRAME_TIMEOUT, "no first frame" },
    { CALL_REASON_SIGNALLING_FAILED, "signalling failed" },
    { CALL_REASON_ACCEPTED_ELSEWHERE, "accepted elsewhere" },
    { CALL_REASON_RECALL, "recall" },
    { CALL_REASON_MEDIA_LOST, "media lost" },
    { CALL_REASON_NOT_ALLOWED, "not allowed" },
    { CALL_REASON_OFFLINE, "offline" },
    { CALL_REASON_DESTROYED, "destroyed" },
};

static const char *reason_to_text(enum call_reason reason)
{
    for (size_t i = 0; i < G_N_ELEMENTS(reason_names); i++)
        if (reason_names[i].reason == reason)
            return reason_names[i].name;
    return NULL;
}

static bool carries_media(enum call_action action)
{
    return action == CALL_INVITE || action == CALL_ACCEPT;
}

static bool carries_reason(enum call_action action)
{
    return !carries_media(action);
}

cJSON *call_message_to_json(const struct call_message *message)
{
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "type", "call");
    assert((size_t)message->action < G_N_ELEMENTS(action_names));
    cJSON_AddStringToObject(json, "action", action_names[message->action]);
    cJSON_AddStringToObject(json, "call", message->call_id);
    cJSON_AddNumberToObject(json, "seq", message->sequence);
    cJSON_AddNumberToObject(json, "sent_at", (double)message->sent_at_ms);
    cJSON_AddNumberToObject(json, "lifetime", (double)message->lifetime_ms);
    const char *reason = reason_to_text(message->reason);
    if (reason && carries_reason(message->action))
        cJSON_AddStringToObject(json, "reason", reason);
    if (message->action == CALL_INVITE)
        cJSON_AddBoolToObject(json, "video", message->video);
    if (message->accepted_by[0])
        cJSON_AddStringToObject(json, "accepted_by", message->accepted_by);
    if (message->media && carries_media(message->action))
        cJSON_AddItemToObject(json, "media", cJSON_Duplicate(message->media, true));
    if (message->extension)
        cJSON_AddItemToObject(json, "extension", cJSON_Duplicate(message->extension, true));
    return json;
}

bool call_extension_fits(const cJSON *extension)
{
    /* cJSON wants a few bytes more than it writes. */
    char text[CALL_EXTENSION_MAX + 64];
    return cJSON_PrintPreallocated((cJSON *)extension, text, sizeof text, false) && strlen(text) <= CALL_EXTENSION_MAX;
}

static bool parse_action(const cJSON *json, enum call_action *action)
{
    const char *text = json_string(json, "action");
    for (size_t i = 0; text && i < G_N_ELEMENTS(action_names); i++) {
        if (!strcmp(text, action_names[i])) {
            *action = (enum call_action)i;
            return true;
        }
    }
    return false;
}

static bool parse_id(const cJSON *json, char id[CALL_ID_SIZE])
{
    const char *text = json_string(json, "call");
    return text && g_uuid_string_is_valid(text) && g_strlcpy(id, text, CALL_ID_SIZE) < CALL_ID_SIZE;
}

static bool parse_sequence(const cJSON *json, uint32_t *sequence)
{
    int64_t value;
    if (!json_integer(json, "seq", 1, UINT32_MAX, &value))
        return false;
    *sequence = (uint32_t)value;
    return true;
}

static bool parse_reason(const cJSON *json, struct call_message *message)
{
    const cJSON *item = json_member(json, "reason");
    if (!item || !carries_reason(message->action))
        return true;
    for (size_t i = 0; cJSON_IsString(item) && i < G_N_ELEMENTS(reason_names); i++) {
        if (!strcmp(item->valuestring, reason_names[i].name)) {
            message->reason = reason_names[i].reason;
            return true;
        }
    }
    return false;
}

/* An invite's alone. */
static bool parse_video(const cJSON *json, struct call_message *message)
{
    const cJSON *item = json_member(json, "video");
    message->video = message->action == CALL_INVITE && cJSON_IsTrue(item);
    return message->action != CALL_INVITE || cJSON_IsBool(item);
}

static bool parse_accepted_by(const cJSON *json, struct call_message *message)
{
    const cJSON *item = json_member(json, "accepted_by");
    if (!item)
        return true;
    return cJSON_IsString(item) && item->valuestring[0] &&
           g_strlcpy(message->accepted_by, item->valuestring, CALL_USER_SIZE) < CALL_USER_SIZE;
}

/* Only for the eyes: a call with a bad name is a call all the same. */
static void parse_name(const cJSON *json, struct call_message *message)
{
    const char *name = json_string(json, "name");
    if (name && strlen(name) < CALL_NAME_SIZE)
        g_strlcpy(message->name, name, CALL_NAME_SIZE);
}

/* An object or nothing; JSON's null counts as nothing. */
static bool parse_object(const cJSON *json, const char *key, const cJSON **object)
{
    const cJSON *item = json_member(json, key);
    if (!item || cJSON_IsNull(item))
        return true;
    *object = item;
    return cJSON_IsObject(item);
}

static const char *parse(const cJSON *json, struct call_message *message)
{
    const char *type = json_string(json, "type");
    if (!cJSON_IsObject(json) || !type || strcmp(type, "call"))
        return "not a call message";
    if (!parse_action(json, &message->action))
        return "action missing or unknown";
    if (!parse_id(json, message->call_id))
        return "call id missing or not a UUID";
    if (!parse_sequence(json, &message->sequence))
        return "seq missing or out of range";
    if (!json_integer(json, "sent_at", 0, JSON_INTEGER_MAX, &message->sent_at_ms))
        return "sent_at missing or out of range";
    if (!json_integer(json, "lifetime", 0, CALL_LIFETIME_MAX_MS, &message->lifetime_ms))
        return "lifetime missing or over 24 hours";
    if (!parse_reason(json, message))
        return "reason unknown";
    if (!parse_video(json, message))
        return "video missing or not true or false";
    if (!parse_accepted_by(json, message))
        return "accepted_by is empty, too long or no text";
    if (carries_media(message->action))
        parse_name(json, message);
    if (carries_media(message->action) && !parse_object(json, "media", &message->media))
        return "media is not an object";
    if (!parse_object(json, "extension", &message->extension))
        return "extension is not an object";
    if (message->extension && !call_extension_fits(message->extension))
        return "extension is over 4 KiB";
    return NULL;
}

bool call_message_from_json(const cJSON *json, struct call_message *message, const char **error)
{
    *message = (struct call_message){ 0 };
    *error = parse(json, message);
    return !*error;
}
