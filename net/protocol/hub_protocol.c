#include "net/protocol/hub_protocol.h"

#include <math.h>
#include <string.h>

#include "engine/text/json.h"

static const char *const error_words[] = {
    [HUB_OK] = "ok",
    [HUB_OFFLINE] = "offline",
    [HUB_NOT_FOUND] = "not-found",
    [HUB_NOT_ALLOWED] = "not-allowed",
    [HUB_MALFORMED] = "malformed",
    [HUB_TOO_LARGE] = "too-large",
    [HUB_RATE] = "rate",
};

const char *hub_error_word(enum hub_error error)
{
    return error_words[error];
}

/* Two names that look alike, or a name that turns the text behind it round: bidirectional controls, zero-width and
 * other format characters (Unicode's Cf), line separators, and the fillers that are drawn as nothing. */
static bool is_seen(gunichar c)
{
    GUnicodeType type = g_unichar_type(c);
    bool blank = c == 0x034f || c == 0x115f || c == 0x1160 || c == 0x3164 || c == 0xffa0 ||
                 (c >= 0xfe00 && c <= 0xfe0f);
    return !blank && type != G_UNICODE_CONTROL && type != G_UNICODE_FORMAT && type != G_UNICODE_LINE_SEPARATOR &&
           type != G_UNICODE_PARAGRAPH_SEPARATOR;
}

bool hub_name_is_valid(const char *name)
{
    if (!name || !*name || strlen(name) > HUB_NAME_MAX || !g_utf8_validate(name, -1, NULL))
        return false;
    for (const char *at = name; *at; at = g_utf8_next_char(at))
        if (*at == '/' || !is_seen(g_utf8_get_char(at)))
            return false;
    return true;
}

bool hub_display_name_is_valid(const char *name)
{
    bool shown = false;
    if (!name || !g_utf8_validate(name, -1, NULL) || g_utf8_strlen(name, -1) > HUB_DISPLAY_NAME_MAX)
        return false;
    for (const char *at = name; *at; at = g_utf8_next_char(at)) {
        gunichar c = g_utf8_get_char(at);
        shown |= !g_unichar_isspace(c);
        if (!is_seen(c))
            return false;
    }
    return shown;
}

/* cJSON's strings end at a NUL: "a\\u0000b" would be "a". A backslash that is escaped itself begins none. */
static bool has_nul(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (!text[i])
            return true;
        if (text[i] != '\\')
            continue;
        if (length - i >= 6 && !memcmp(text + i, "\\u0000", 6))
            return true;
        i++;
    }
    return false;
}

cJSON *hub_parse(const char *text, size_t length)
{
    if (!g_utf8_validate_len(text, length, NULL))
        return NULL;
    if (has_nul(text, length))
        return NULL;
    const char *end = NULL;
    cJSON *json = cJSON_ParseWithLengthOpts(text, length, &end, 0);
    while (json && end < text + length && g_ascii_isspace(*end))
        end++;
    if (json && cJSON_IsObject(json) && end == text + length)
        return json;
    cJSON_Delete(json);
    return NULL;
}

double hub_request_id(const cJSON *request)
{
    const cJSON *id = json_member(request, "id");
    bool valid = cJSON_IsNumber(id) && id->valuedouble >= 1 && id->valuedouble <= 9007199254740992.0 &&
                 floor(id->valuedouble) == id->valuedouble;
    return valid ? id->valuedouble : 0;
}

cJSON *hub_reply_ok(double id)
{
    cJSON *reply = cJSON_CreateObject();
    cJSON_AddNumberToObject(reply, "ack", id);
    cJSON_AddTrueToObject(reply, "ok");
    return reply;
}

bool hub_is_invite(const cJSON *body)
{
    return !g_strcmp0(json_string(body, "type"), "call") && !g_strcmp0(json_string(body, "action"), "invite");
}

static bool names_its_sender(const cJSON *body)
{
    bool accept = !g_strcmp0(json_string(body, "type"), "call") && !g_strcmp0(json_string(body, "action"), "accept");
    return accept || hub_is_invite(body);
}

void hub_add_name(cJSON *object, const char *member, const char *name)
{
    if (name)
        cJSON_AddStringToObject(object, member, name);
}

cJSON *hub_body_for(const cJSON *body, int devices, const char *name)
{
    if (!names_its_sender(body))
        return cJSON_CreateObjectReference(body->child);
    cJSON *copy = cJSON_Duplicate(body, true);
    for (const char *const *member = (const char *const[]){ "devices", "name", NULL }; *member; member++)
        while (cJSON_HasObjectItem(copy, *member)) /* in any spelling, and more than once */
            cJSON_DeleteItemFromObject(copy, *member);
    hub_add_name(copy, "name", name);
    if (hub_is_invite(body) && devices > 1)
        cJSON_AddNumberToObject(copy, "devices", devices);
    return copy;
}

cJSON *hub_reply_delivered(double id, const cJSON *body, const cJSON *reached, const char *name)
{
    cJSON *reply = hub_reply_ok(id);
    cJSON_AddNumberToObject(reply, "devices", cJSON_GetArraySize(reached));
    if (!hub_is_invite(body))
        return reply;
    cJSON_AddItemToObject(reply, "rung", cJSON_Duplicate(reached, true));
    hub_add_name(reply, "name", name);
    return reply;
}

cJSON *hub_reply_error(double id, enum hub_error error, const char *message)
{
    cJSON *reply = cJSON_CreateObject();
    cJSON_AddNumberToObject(reply, "ack", id);
    cJSON_AddFalseToObject(reply, "ok");
    cJSON_AddStringToObject(reply, "error", hub_error_word(error));
    cJSON_AddStringToObject(reply, "message", message);
    return reply;
}

cJSON *hub_notice(const char *kind)
{
    cJSON *notice = cJSON_CreateObject();
    cJSON_AddStringToObject(notice, "notice", kind);
    return notice;
}

bool hub_bucket_take(struct hub_bucket *bucket, double burst, double per_second, int64_t now_us)
{
    if (!bucket->us)
        bucket->tokens = burst;
    else if (now_us > bucket->us)
        bucket->tokens = MIN(burst, bucket->tokens + (double)(now_us - bucket->us) / G_USEC_PER_SEC * per_second);
    bucket->us = now_us;
    if (bucket->tokens < 1)
        return false;
    bucket->tokens -= 1;
    return true;
}
