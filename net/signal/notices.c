#include <string.h>

#include "engine/text/json.h"
#include "net/protocol/hub_protocol.h"
#include "net/signal/parts.h"

enum { WITHIN_MAX_MS = 60000 }; /* of what a hub may ask for */

/* One that could not have been given is none. */
static const char *display_name(const cJSON *json, const char *member)
{
    const char *name = json_string(json, member);
    return hub_display_name_is_valid(name) ? name : NULL;
}

static void receive_user(struct signal_client *client, const cJSON *json)
{
    const char *user = json_string(json, "user");
    if (user && client->watching && client->listener->user)
        client->listener->user(client->user_data, user, display_name(json, "name"), json_is_true(json, "online"));
}

static void receive_message(struct signal_client *client, const cJSON *notice)
{
    const char *from = json_string(notice, "from");
    const cJSON *body = json_member(notice, "body");
    if (from && cJSON_IsObject(body) && client->listener->message)
        client->listener->message(client->user_data, from, body);
}

void signal_client_room(void *user_data, const cJSON *json)
{
    struct signal_client *client = user_data;
    const cJSON *viewers = json_member(json, "viewers");
    struct signal_room room = {
        .room = json_string(json, "room"),
        .host = json_string(json, "host"),
        .state = json_string(json, "state"),
        .host_name = display_name(json, "host_name"),
        .camera_off = cJSON_IsFalse(json_member(json, "camera")),
        .viewers = cJSON_IsNumber(viewers) ? viewers->valueint : 0,
        .streams = room_streams_read(json),
    };
    if (room.room && room.host && room.state && client->listener->room)
        client->listener->room(client->user_data, &room);
    room_streams_clear(&room.streams);
}

static void receive_viewer(struct signal_client *client, const cJSON *notice)
{
    const char *room = json_string(notice, "room"), *viewer = json_string(notice, "viewer");
    bool joined = json_is_true(notice, "joined");
    if (room && viewer && client->listener->viewer)
        client->listener->viewer(client->user_data, room, viewer, joined);
}

static void receive_expiry(struct signal_client *client, const cJSON *notice)
{
    const cJSON *seconds = json_member(notice, "seconds");
    if (!signal_client_renew_from_file(client) && cJSON_IsNumber(seconds) && client->listener->token_expires)
        client->listener->token_expires(client->user_data, seconds->valueint);
}

void signal_client_ice_servers(struct signal_client *client, const cJSON *json)
{
    if (client->listener->ice_servers)
        client->listener->ice_servers(client->user_data, json_member(json, "ice_servers"));
}

static void receive_match(struct signal_client *client, const cJSON *notice)
{
    const char *match = json_string(notice, "call"), *with = json_string(notice, "with"),
               *role = json_string(notice, "role");
    if (match && with && role && client->listener->match)
        client->listener->match(client->user_data, match, with, !strcmp(role, "caller"), json_string(notice, "room"));
}

static void receive_gone(struct signal_client *client, const cJSON *notice)
{
    const char *device = json_string(notice, "device");
    if (device && client->listener->gone)
        client->listener->gone(client->user_data, device);
}

/* Its connections end now. */
static void receive_restart(struct signal_client *client, const cJSON *notice)
{
    const cJSON *within = json_member(notice, "within_ms");
    if (cJSON_IsNumber(within) && client->backend->ops->come_back_within)
        client->backend->ops->come_back_within(client->backend, (int64_t)CLAMP(within->valuedouble, 0, WITHIN_MAX_MS));
}

void signal_client_notice(struct signal_client *client, const cJSON *json)
{
    const char *notice = json_string(json, "notice");
    if (!g_strcmp0(notice, "message"))
        receive_message(client, json);
    else if (!g_strcmp0(notice, "room"))
        signal_client_room(client, json_member(json, "room"));
    else if (!g_strcmp0(notice, "viewer"))
        receive_viewer(client, json);
    else if (!g_strcmp0(notice, "user"))
        receive_user(client, json);
    else if (!g_strcmp0(notice, "token-expires"))
        receive_expiry(client, json);
    else if (!g_strcmp0(notice, "ice-servers"))
        signal_client_ice_servers(client, json);
    else if (!g_strcmp0(notice, "match"))
        receive_match(client, json);
    else if (!g_strcmp0(notice, "gone"))
        receive_gone(client, json);
    else if (!g_strcmp0(notice, "restart"))
        receive_restart(client, json);
    else if (!g_strcmp0(notice, "hangup") && client->listener->hang_up)
        client->listener->hang_up(client->user_data, json_string(json, "continued"));
    else
        g_info("the hub sent what we do not know: %.80s", notice ? notice : "(no notice)");
}
