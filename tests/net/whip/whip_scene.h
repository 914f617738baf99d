/* Test support: a server of WHIP and WHEP, and somebody who publishes or plays there. */
#ifndef CALLAPI_TESTS_WHIP_SCENE_H
#define CALLAPI_TESTS_WHIP_SCENE_H

#include "net/whip/whip.h"
#include "whip_server.h"

#define TOKEN "s3cret"

/* Who plays or publishes. */
struct user {
    struct whip_server *server;
    struct whip *whip;
    struct packet_sink video, audio;
    int pictures, sounds, losses;
    int64_t last_pts;
    GString *troubles; /* a digit each, enum whip_trouble, as told with WHIP_WAITING */
    struct peer *peer; /* of a publisher: that may be sent to */
    int opened, closed, key_frames;
    bool destroys_itself; /* as soon as something is told */
    struct deadline *ticker;
};

struct scene {
    struct reactor *reactor;
    struct dtls_identity *identity;
    struct ice_servers *ice_servers; /* the user's, or NULL */
    struct belongings before;
    struct whip_server server;
    struct user user;
};

/* The server is well and the user not there. */
void scene_open(struct scene *scene, bool takes);
void scene_start(struct scene *scene, const char *token);
/* Ends the user, the server and the reactor: nothing is left behind. */
void scene_close(struct scene *scene);
void scene_run(struct scene *scene, int64_t us);
bool scene_flows(const struct scene *scene);

#endif
