/* The rooms that a signal client has opened or joined, so that they can be opened and joined again when the connection
 * comes back. A room that is not there again yet (its broadcaster is later than we are) is tried until it is. */
#ifndef CALLAPI_NET_SIGNAL_ROOMS_H
#define CALLAPI_NET_SIGNAL_ROOMS_H

#include "net/signal/signal.h"

struct signal_rooms;

struct signal_rooms_ops {
    /* Sends a request; takes `json`. `done` is called exactly once, never from within. */
    void (*request)(void *user_data, cJSON *json, signal_done done, void *done_data);
    /* What became of a room while it was restored, as signal_room_join's reply has it; borrowed. */
    void (*changed)(void *user_data, const cJSON *room);
    /* The restoring is done, as far as it goes. */
    void (*restored)(void *user_data);
};

struct signal_rooms *signal_rooms_create(struct reactor *reactor, const struct signal_rooms_ops *ops, void *user_data);
/* No request of it may be pending, and no callback in progress. Takes NULL. */
void signal_rooms_destroy(struct signal_rooms *rooms);

void signal_rooms_open(struct signal_rooms *rooms, const char *room, const struct room_streams *streams,
                       signal_done done, void *user_data);
void signal_rooms_close(struct signal_rooms *rooms, const char *room, signal_done done, void *user_data);
void signal_rooms_set_state(struct signal_rooms *rooms, const char *room, const char *state, signal_done done,
                            void *user_data);
void signal_rooms_set_camera(struct signal_rooms *rooms, const char *room, bool on, signal_done done, void *user_data);
void signal_rooms_join(struct signal_rooms *rooms, const char *room, signal_done done, void *user_data);
void signal_rooms_leave(struct signal_rooms *rooms, const char *room, signal_done done, void *user_data);

/* Logged in again: opens and joins everything again, then calls restored(), from the reactor where there is anything to
 * restore and from within where there is not. */
void signal_rooms_restore(struct signal_rooms *rooms);
/* The connection is gone: answers still to come are of no interest. */
void signal_rooms_suspend(struct signal_rooms *rooms);

#endif
