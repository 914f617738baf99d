/* What the files of a signalling client share: signal.c (life, connection, requests), operations.c (what is asked),
 * notices.c (what the hub tells), token.c (the token that a file holds). Private to them. */
#ifndef CALLAPI_NET_SIGNAL_PARTS_H
#define CALLAPI_NET_SIGNAL_PARTS_H

#include <gio/gio.h>
#include <stdint.h>

#include "net/protocol/signal_backend.h"
#include "net/signal/rooms.h"
#include "net/signal/signal.h"
#include "platform/deadline.h"

struct signal_client {
    struct reactor *reactor;
    char *user;
    char *own_name;   /* as we give it, or NULL */
    char *name;       /* as others see it, or NULL */
    char *address;    /* "" before the first login */
    char *resume;     /* the hub's secret for this address, or NULL */
    char *token;      /* or NULL */
    char *token_file; /* where a new one may be, or NULL */
    GFileMonitor *token_monitor;
    bool watching; /* the directory */
    const struct signal_listener *listener;
    void *user_data;
    struct signal_backend *backend;
    struct signal_rooms *rooms;
    bool connected;        /* the backend is up */
    bool online;           /* and logged in */
    bool refused;          /* the last login was */
    int64_t hub_offset_us; /* the hub's clock (platform/unix_time.h) less ours */
    double last_id;
    GQueue requests; /* struct signal_request, waiting for their acknowledgement */
    GQueue events;   /* struct event */
    struct deadline *pump, *timeout, *login_again;
    struct deadline *patience; /* with a hub that takes the first connection and says nothing */
    int depth;                 /* callbacks in progress */
    bool closed;               /* destroyed from within one: freed when the last returns */
};

/* Takes `json`, which has everything but its id. `done` is called once, never from within. */
void signal_client_request(struct signal_client *client, cJSON *json, signal_done done, void *user_data);
void signal_client_set_token(struct signal_client *client, const char *token);
/* Takes what the token's file has now. False: there is none, or nothing new in it. */
bool signal_client_read_token(struct signal_client *client);
/* The same, and renews it on the open connection. */
bool signal_client_renew_from_file(struct signal_client *client);
void signal_client_watch_token(struct signal_client *client, const char *path);
void signal_client_unwatch_token(struct signal_client *client);
/* Says again whether the directory is watched. */
void signal_client_watch(struct signal_client *client, signal_done done, void *user_data);
/* `json`: with its "notice". */
void signal_client_notice(struct signal_client *client, const cJSON *json);
/* What `json`, a login's reply or a notice, says of ICE servers. */
void signal_client_ice_servers(struct signal_client *client, const cJSON *json);
/* `room`: as notices and replies have it. A signal_rooms_ops.changed. */
void signal_client_room(void *client, const cJSON *room);

#endif
