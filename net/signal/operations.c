#include "net/signal/parts.h"

/* A `done` that is called at destroy finds a client that takes nothing more. */

static cJSON *operation(const char *name)
{
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "op", name);
    return json;
}

void signal_client_watch(struct signal_client *client, signal_done done, void *user_data)
{
    cJSON *json = operation("watch");
    cJSON_AddBoolToObject(json, "on", client->watching);
    signal_client_request(client, json, done, user_data);
}

void signal_send(struct signal_client *client, const char *to, const cJSON *body, signal_done done, void *user_data)
{
    if (client->closed)
        return;
    cJSON *json = operation("send");
    cJSON_AddStringToObject(json, "to", to);
    cJSON_AddItemReferenceToObject(json, "body", (cJSON *)body);
    signal_client_request(client, json, done, user_data);
}

void signal_room_open(struct signal_client *client, const char *room, const struct room_streams *streams,
                      signal_done done, void *user_data)
{
    static const struct room_streams none = { 0 };
    if (client->closed)
        return;
    signal_rooms_open(client->rooms, room, streams ? streams : &none, done, user_data);
}

void signal_room_close(struct signal_client *client, const char *room, signal_done done, void *user_data)
{
    if (client->closed)
        return;
    signal_rooms_close(client->rooms, room, done, user_data);
}

void signal_room_set_state(struct signal_client *client, const char *room, const char *state, signal_done done,
                           void *user_data)
{
    if (client->closed)
        return;
    signal_rooms_set_state(client->rooms, room, state, done, user_data);
}

void signal_room_set_camera(struct signal_client *client, const char *room, bool on, signal_done done, void *user_data)
{
    if (client->closed)
        return;
    signal_rooms_set_camera(client->rooms, room, on, done, user_data);
}

void signal_room_join(struct signal_client *client, const char *room, signal_done done, void *user_data)
{
    if (client->closed)
        return;
    signal_rooms_join(client->rooms, room, done, user_data);
}

void signal_room_leave(struct signal_client *client, const char *room, signal_done done, void *user_data)
{
    if (client->closed)
        return;
    signal_rooms_leave(client->rooms, room, done, user_data);
}

void signal_room_list(struct signal_client *client, signal_done done, void *user_data)
{
    if (client->closed)
        return;
    signal_client_request(client, operation("rooms"), done, user_data);
}

void signal_user_list(struct signal_client *client, signal_done done, void *user_data)
{
    if (client->closed)
        return;
    signal_client_request(client, operation("users"), done, user_data);
}

void signal_watch(struct signal_client *client, bool on, signal_done done, void *user_data)
{
    if (client->closed)
        return;
    client->watching = on;
    signal_client_watch(client, done, user_data);
}

void signal_ask_pass(struct signal_client *client, signal_done done, void *user_data)
{
    if (client->closed)
        return;
    signal_client_request(client, operation("pass"), done, user_data);
}

void signal_renew_token(struct signal_client *client, const char *token, signal_done done, void *user_data)
{
    if (client->closed)
        return;
    cJSON *json = operation("renew");
    cJSON_AddStringToObject(json, "token", token);
    signal_client_set_token(client, token);
    signal_client_request(client, json, done, user_data);
}
