/* What the files of the library share: library.c (life, loop, pictures, what the agent tells), operations.c
 * (what the program asks for). Private to them. */
#ifndef CALLAPI_APP_LIBRARY_PARTS_H
#define CALLAPI_APP_LIBRARY_PARTS_H

#include <glib.h>

#include "app/endpoint/endpoint.h"
#include "app/library/news.h"
#include "engine/callapi.h"
#include "engine/picture/filter.h"

struct pending { /* an operation whose message is on its way */
    char *call_id;
    enum call_action action;
    callapi_done done;
    void *user_data;
};

struct early_call { /* asked for before the first login: it waits for that */
    char *user, *extension;
    bool audio_only;
    callapi_done done;
    void *user_data;
};

struct callapi {
    struct frame_sink remote, local; /* player → listeners; camera → listeners */
    struct news *news;
    struct reactor *reactor;
    struct dtls_identity *identity;
    struct endpoint *endpoint; /* without an agent: idle */
    char *url, *user, *name, *token, *ca_file;
    char **cameras;
    guint camera, next_camera;     /* which of them: running, being opened */
    bool no_camera;                /* none was given: calls are sound only */
    struct capture_config capture; /* shape of the cameras */
    callapi_done prepared;         /* who waits for the signalling; or NULL */
    void *prepared_data;
    bool logging_in;               /* prepared, and not yet known how the first login ended */
    struct early_call *early_call; /* NULL: none */
    char *extension;               /* of calls that have none of their own; or NULL */
    char *remote_user;             /* lent by callapi_remote; or NULL */
    enum call_policy (*policy)(void *user_data, enum call_role role, const char *remote, const char *extension);
    void *policy_data;
    GQueue pending;                     /* struct pending */
    struct picture_filter *upright;     /* of remote pictures */
    AVFrame *held_remote, *held_local;  /* the newest pictures, to be told by the poll; or NULL */
    char safety_code[SAFETY_CODE_SIZE]; /* lent by callapi_safety_code */
    int polling;
    bool closing;
};

const struct agent_listener *library_agent_listener(void);
/* An operation's message has arrived, or not. */
void library_completed(void *user_data, const struct call_completion *completion);
/* The first login came to its end: the call that waited for it is made, or not. */
void library_logged_in(struct callapi *api, enum call_error error, const char *why);
/* Operations that wait for that get CALL_ERROR_DESTROYED. */
void library_drop_pending(struct callapi *api);
/* The capture that one of the cameras' names asks for; borrows it. */
struct capture_config library_capture(const struct callapi *api, const char *camera);

#endif
