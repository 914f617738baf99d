#include "engine/call/timing.h"

#include <glib.h>
#include <math.h>
#include <string.h>

#include "engine/text/json.h"

#define WALL_CLOCK_MAX_MS 9007199254740991.0  /* 2^53 - 1: what a JSON number holds exactly */
#define FAR_OFF_MS (366.0 * 24 * 3600 * 1000) /* nothing of a call is so far from its start */

static const char *const names[CALL_MILESTONES] = {
    [CALL_MILESTONE_STARTED] = "call_started",
    [CALL_MILESTONE_DELIVERED] = "delivered",
    [CALL_MILESTONE_ACCEPTED] = "accepted",
    [CALL_MILESTONE_ACCEPT_SEEN] = "accept_seen",
    [CALL_MILESTONE_ICE_CONNECTED] = "ice_connected",
    [CALL_MILESTONE_DTLS_DONE] = "dtls_done",
    [CALL_MILESTONE_FIRST_FRAME_CAPTURED] = "first_frame_captured",
    [CALL_MILESTONE_FIRST_PACKET_SENT] = "first_packet_sent",
    [CALL_MILESTONE_FIRST_FRAME_SENT] = "first_frame_sent",
    [CALL_MILESTONE_FIRST_AUDIO_SENT] = "first_audio_sent",
    [CALL_MILESTONE_FIRST_PACKET_RECEIVED] = "first_packet_received",
    [CALL_MILESTONE_FIRST_FRAME_RECEIVED] = "first_frame_received",
    [CALL_MILESTONE_FIRST_FRAME_DECODED] = "first_frame_decoded",
    [CALL_MILESTONE_FIRST_FRAME_PRESENTED] = "first_frame_presented",
    [CALL_MILESTONE_CONNECTED] = "connected",
    [CALL_MILESTONE_FIRST_AUDIO_HEARD] = "first_audio_heard",
    [CALL_MILESTONE_ENDED] = "ended",
};

static const char *const role_names[] = {
    [CALL_ROLE_NONE] = "none",
    [CALL_ROLE_CALLER] = "caller",
    [CALL_ROLE_CALLEE] = "callee",
};

const char *call_milestone_name(enum call_milestone milestone)
{
    return names[milestone];
}

void call_timing_start(struct call_timing *timing, const char *call_id, enum call_role role, int64_t now_us,
                       int64_t now_ms)
{
    *timing = (struct call_timing){ .role = role, .base_us = now_us, .base_ms = now_ms };
    g_strlcpy(timing->call_id, call_id, sizeof timing->call_id);
    timing->at_us[CALL_MILESTONE_STARTED] = now_us;
}

void call_timing_pass(struct call_timing *timing, enum call_milestone milestone, int64_t at_us)
{
    if (!timing->at_us[milestone])
        timing->at_us[milestone] = at_us;
}

int64_t call_timing_us(const struct call_timing *timing, enum call_milestone milestone)
{
    return timing->at_us[milestone];
}

/* Hundredths of a millisecond are enough, and read better. */
static double between(int64_t from_us, int64_t to_us)
{
    return round((double)(to_us - from_us) / 10) / 100;
}

bool call_timing_since_start(const struct call_timing *timing, enum call_milestone milestone, double *ms)
{
    if (!timing->at_us[milestone])
        return false;
    *ms = between(timing->at_us[CALL_MILESTONE_STARTED], timing->at_us[milestone]);
    return true;
}

/* --- JSON */

static void add_milestones(cJSON *object, const char *key, const struct call_timing *timing, int64_t origin_us)
{
    cJSON *milestones = cJSON_AddObjectToObject(object, key);
    for (int i = 0; i < CALL_MILESTONES; i++)
        if (timing->at_us[i])
            cJSON_AddNumberToObject(milestones, names[i], between(origin_us, timing->at_us[i]));
}

cJSON *call_timing_to_json(const struct call_timing *timing)
{
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "call", timing->call_id);
    cJSON_AddStringToObject(json, "role", role_names[timing->role]);
    cJSON_AddNumberToObject(json, "base_ms", (double)timing->base_ms);
    add_milestones(json, "milestones", timing, timing->base_us);
    return json;
}

static bool number(const cJSON *item, double min, double max, double *value)
{
    if (!cJSON_IsNumber(item) || !(item->valuedouble >= min && item->valuedouble <= max))
        return false;
    *value = item->valuedouble;
    return true;
}

static bool parse_milestones(const cJSON *milestones, struct call_timing *timing)
{
    for (int i = 0; i < CALL_MILESTONES; i++) {
        const cJSON *item = json_member(milestones, names[i]);
        double ms;
        if (!item)
            continue;
        if (!number(item, -FAR_OFF_MS, FAR_OFF_MS, &ms))
            return false;
        timing->at_us[i] = timing->base_us + (int64_t)round(ms * 1000);
    }
    return true;
}

static const char *parse(const cJSON *json, const struct call_timing *own, struct call_timing *remote)
{
    const char *call = json_string(json, "call");
    const char *role = json_string(json, "role");
    const cJSON *milestones = json_member(json, "milestones");
    enum call_role other = own->role == CALL_ROLE_CALLER ? CALL_ROLE_CALLEE : CALL_ROLE_CALLER;
    double base_ms;
    if (!call || strcmp(call, own->call_id))
        return "of another call";
    if (!role || strcmp(role, role_names[other]))
        return "not of the other side";
    if (!number(json_member(json, "base_ms"), 0, WALL_CLOCK_MAX_MS, &base_ms) ||
        fabs(base_ms - (double)own->base_ms) > FAR_OFF_MS)
        return "base_ms missing or out of range";
    *remote = (struct call_timing){ .role = other, .base_ms = (int64_t)base_ms };
    g_strlcpy(remote->call_id, call, sizeof remote->call_id);
    remote->base_us = own->base_us + (remote->base_ms - own->base_ms) * 1000;
    if (!cJSON_IsObject(milestones) || !parse_milestones(milestones, remote))
        return "milestones missing or out of range";
    return NULL;
}

bool call_timing_from_json(const cJSON *json, const struct call_timing *own, struct call_timing *remote,
                           const char **error)
{
    *error = parse(json, own, remote);
    return !*error;
}

cJSON *call_timing_merge(const struct call_timing *own, const struct call_timing *remote)
{
    const struct call_timing *first = remote && remote->role == CALL_ROLE_CALLER ? remote : own;
    int64_t origin_us = first->at_us[CALL_MILESTONE_STARTED];
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "call", own->call_id);
    cJSON_AddNumberToObject(json, "base_ms", (double)(first->base_ms + (origin_us - first->base_us) / 1000));
    add_milestones(json, role_names[own->role], own, origin_us);
    if (remote)
        add_milestones(json, role_names[remote->role], remote, origin_us);
    return json;
}
