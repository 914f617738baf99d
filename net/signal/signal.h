/* The signal client: carries messages to a user id, and knows the live rooms. Backends, chosen by URL scheme (one row
 * in signal.c each): ws:// wss:// (the hub, net/hub/hub.h), mqtt:// mqtts:// (an MQTT 5 broker, net/mqtt/MQTT.md) and
 * loopback: (tests; one process, no sockets).
 *
 * Addresses: "alice" is a user, all her devices; "alice/3f2a" is one device. What is received names the sender's
 * device, so that an answer goes where the question came from. A user id has 1 to 64 bytes of UTF-8, no '/' and no
 * control characters; room ids likewise. */
#ifndef CALLAPI_NET_SIGNAL_SIGNAL_H
#define CALLAPI_NET_SIGNAL_SIGNAL_H

#include <cjson/cJSON.h>
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "net/connection/reactor.h"
#include "net/protocol/room_streams.h"

struct signal_client;

/* What became of a request. `reply` (borrowed) is the hub's acknowledgement, or NULL where none came. */
enum signal_result {
    SIGNAL_DELIVERED, /* done; for a message: delivered to at least one device */
    SIGNAL_OFFLINE,   /* the addressee is not logged in */
    SIGNAL_REFUSED,   /* the hub refused: reply has "message", in words */
    SIGNAL_LOST,      /* the connection went away, or the acknowledgement did not come within 5 s */
};
typedef void (*signal_done)(void *user_data, enum signal_result result, const cJSON *reply);

struct signal_room {
    const char *room, *host; /* host: the broadcaster's user id, "" while away */
    const char *host_name;   /* what she is called; NULL: nothing, show the id */
    const char *state;       /* "live", "private" (in a private call) or "away" (the broadcaster is gone) */
    bool camera_off;         /* the broadcaster's */
    int viewers;
    struct room_streams streams; /* by which it may be watched as well */
};

struct signal_listener {
    /* Logged in (again). Rooms that were open or joined have been opened or joined again by the client itself. */
    void (*online)(void *user_data);
    /* The connection is gone or could not be made; the client tries again by itself, with back-off and jitter. */
    void (*offline)(void *user_data, const char *why);
    void (*message)(void *user_data, const char *from, const cJSON *body);
    /* A room that this client opened, joined or listens to changed. */
    void (*room)(void *user_data, const struct signal_room *room);
    /* To the room's broadcaster: a viewer (device address) has joined or left. */
    void (*viewer)(void *user_data, const char *room, const char *viewer, bool joined);
    /* While the directory is watched: a user has come (first device) or gone (last device), or has another name.
     * `name`: what the user is called; NULL: nothing, show the id. */
    void (*user)(void *user_data, const char *user, const char *name, bool online);
    /* The token ends in so many seconds, and its file, if there is one, has no other: give a new one with
     * signal_renew_token, or the connection ends with it. */
    void (*token_expires)(void *user_data, int seconds);
    /* The ICE servers that the hub names, at the login and later (W3C's RTCIceServer, an array of them; borrowed); NULL
     * or what is no array: none. Not checked. */
    void (*ice_servers)(void *user_data, const cJSON *servers);
    /* The application's server brings two users together (POST /v1/match): the caller calls the device `with` and names
     * `match` in its invite ("match"); the callee accepts an invite from `with` that does. `room` is NULL in a pure
     * 1v1. */
    void (*match)(void *user_data, const char *match, const char *with, bool caller, const char *room);
    /* A device that we have a call with, or that rings us, or that we ring, is gone. */
    void (*gone)(void *user_data, const char *device);
    /* The application's server ends whatever call there is; `continued`: the device where it goes on (a pass was used),
     * or NULL. */
    void (*hang_up)(void *user_data, const char *continued);
};

/* The address of no hub: it is never reached, and nobody is told that it does not answer. */
#define SIGNAL_NO_HUB "none:"

/* Whether there is a backend for it, and it names where that is to go: signal_client_create takes no other. */
bool signal_url_is_good(const char *url);

struct signal_config {
    const char *url;                        /* copied: "ws://127.0.0.1:8080", "loopback:NAME" */
    const char *user;                       /* copied */
    const struct signal_listener *listener; /* borrowed; each entry may be NULL */
    void *user_data;
    const char *token;   /* JSON Web Token (RFC 7519) that names the user, or a broker's password; copied; NULL: none */
    const char *ca_file; /* wss:// and mqtts://: PEM file of the authorities to trust in place of the system's; copied;
                            NULL: the system's */
    /* That `token` was read from: it is read again when it changes, and before the token ends; copied; NULL: none */
    const char *token_file;
    const char *name; /* what others are to call us; a token's name goes before it; copied; NULL: nothing */
};

/* Begins to connect. NULL, logged, on a bad URL, user id or name. Listeners are called from the reactor, never from
 * within these functions. `done` may be NULL; it is called exactly once, also at destroy (SIGNAL_LOST). */
struct signal_client *signal_client_create(struct reactor *reactor, const struct signal_config *config);
void signal_client_destroy(struct signal_client *client); /* takes NULL; logs out */

/* This machine's network changed: where the connection went with it, it is made again without a wait. `slept`: so did
 * the machine; it is made again in any case. */
void signal_client_network_changed(struct signal_client *client, bool slept);
bool signal_client_is_online(const struct signal_client *client);
/* The hub answers, and does not let us in: a token that is wrong or over. It is tried again. */
bool signal_client_is_refused(const struct signal_client *client);
/* What others call us, by the signalling's word; NULL: nothing. */
const char *signal_client_name(const struct signal_client *client);
/* Own address ("alice/3f2a"), "" before the first login. */
const char *signal_client_address(const struct signal_client *client);
/* The hub's wall clock now, in milliseconds since 1970: one clock for all its users (our own until logged in). */
int64_t signal_client_now_ms(const struct signal_client *client);

/* `body` is copied. At most 64 KiB as text. */
void signal_send(struct signal_client *client, const char *to, const cJSON *body, signal_done done, void *user_data);
/* `streams`: by which the room may be watched as well; copied; NULL: none. */
void signal_room_open(struct signal_client *client, const char *room, const struct room_streams *streams,
                      signal_done done, void *user_data);
void signal_room_close(struct signal_client *client, const char *room, signal_done done, void *user_data);
/* "live" or "private"; only the room's broadcaster. */
void signal_room_set_state(struct signal_client *client, const char *room, const char *state, signal_done done,
                           void *user_data);
/* Whether pictures come into the room; likewise, and anew after each opening: then they do. */
void signal_room_set_camera(struct signal_client *client, const char *room, bool on, signal_done done, void *user_data);
/* reply: {"room":{"room","host","host_name","state","camera","viewers","streams","direct"}} */
void signal_room_join(struct signal_client *client, const char *room, signal_done done, void *user_data);
void signal_room_leave(struct signal_client *client, const char *room, signal_done done, void *user_data);
/* reply: {"rooms":[...]}, each as above */
void signal_room_list(struct signal_client *client, signal_done done, void *user_data);
/* reply: {"users":[{"user","online":true,"name"}...]} */
void signal_user_list(struct signal_client *client, signal_done done, void *user_data);
/* The directory: while it is watched the listener hears of every user and every room, first of all that there are, then
 * of each change; after `offline` all is unknown until it is told again. A room that is gone is told once with state
 * "closed". */
void signal_watch(struct signal_client *client, bool on, signal_done done, void *user_data);
/* A pass: who logs in with it goes on with the call that this device has. reply: {"pass","seconds"} */
void signal_ask_pass(struct signal_client *client, signal_done done, void *user_data);
/* Replaces the token on the open connection, and for later logins. */
void signal_renew_token(struct signal_client *client, const char *token, signal_done done, void *user_data);

#endif
