/* What the files of a WHIP or WHEP client share: life.c (attempts, what is told), session.c (one connection and what
 * becomes of it), exchange.c (its HTTP requests). Private to them. */
#ifndef CALLAPI_NET_WHIP_PARTS_H
#define CALLAPI_NET_WHIP_PARTS_H

#include "net/http/http.h"
#include "net/whip/steady_source.h"
#include "net/whip/whip.h"
#include "platform/deadline.h"

enum session_step {
    SESSION_OVER,
    SESSION_GATHERING,  /* all candidates, for a server that takes no later ones */
    SESSION_OFFERING,   /* POST is under way */
    SESSION_ANSWERING,  /* PATCH with our answer to the server's counter-offer is under way */
    SESSION_CONNECTING, /* both descriptions are there */
    SESSION_CONNECTED,
};

struct offering;

/* One attempt, from the offer to the end. */
struct whip_session {
    enum session_step step;
    struct peer *peer;            /* NULL: over */
    struct offering *offering;    /* POST, or NULL */
    struct http_request *request; /* PATCH, or NULL: one at a time */
    char *url, *etag;             /* of the session at the server; NULL: not known */
    char *description;            /* our last one: fragments are of it */
    GPtrArray *candidates;        /* ours that the server does not know */
    bool complete;                /* no more of them will come */
    bool restarting, opened;
    int64_t began_us, restarted_us;
    int64_t longest_us;         /* without anything, so far */
    int64_t heard_us, media_us; /* when anything came last, and when media did */
    uint64_t heard, media;      /* how much by then, packets */
};

struct whip {
    enum whip_role role;
    struct reactor *reactor;
    char *url, *name; /* http: or https:, and what is said of it on the log: without credentials */
    char *token, *ca_file;
    const struct dtls_identity *identity;
    struct ice_servers *ice_servers; /* the config's, or NULL */
    enum AVCodecID video_codec;
    const struct whip_listener *listener; /* NULL: nobody, or destroyed */
    void *user_data;
    struct http *http;
    struct whip_session session;
    struct steady_source source;
    struct whip_status status;
    enum whip_trouble logged;    /* what the log has said since it flowed last */
    int64_t since_us;            /* when it was well last */
    int64_t flows_us;            /* since when it is; 0: it is not */
    GPtrArray *link_servers;     /* struct ice_servers of Link fields, the newest last: it is used */
    char *link;                  /* that field */
    bool no_trickle, no_restart; /* the server takes none */
    bool destroyed;
    struct deadline *timer;
};

/* ---- life.c ---- */

/* The session flows. */
void whip_flows(struct whip *whip);
/* The session is at its end for this reason. `detail` (or NULL) is for the log. The next attempt is not before
 * `patience_us` from now, which is the server's; WHIP_AGAIN: at once, and nobody is told. */
#define WHIP_AGAIN ((int64_t)-1)
void whip_fails(struct whip *whip, enum whip_trouble trouble, const char *detail, int64_t patience_us);
/* The servers that a new peer is to use. */
struct ice_servers *whip_servers(const struct whip *whip);

/* ---- session.c ---- */

void session_begin(struct whip *whip);
/* Ends it here and at the server. The peer is gone; what was allocated stays until the next begins. */
void session_end(struct whip *whip);
void session_watch(struct whip *whip, int64_t now_us);
/* Looks for another path: by a restart where that can be, else by a new session. */
void session_restart(struct whip *whip);
/* The network is another one: as above, but a session that cannot be restarted has a little while to show that it is
 * well all the same. */
void session_doubt(struct whip *whip);
/* The server's answer, or its offer; false with words in `error` (g_free it) where it makes no sense. */
bool session_take_answer(struct whip *whip, const char *answer, char **error);
bool session_take_offer(struct whip *whip, const char *offer, char **error);

/* ---- exchange.c ---- */

void exchange_offer(struct whip *whip);
/* Our answer to the server's offer. */
void exchange_answer(struct whip *whip);
/* Tells the server the candidates that it does not know, where that can be now. */
void exchange_trickle(struct whip *whip);
/* Our credentials of a restart, in place of what is under way. */
void exchange_restart(struct whip *whip);
/* Nothing is waited for any more, and the server is told. */
void exchange_end(struct whip *whip);

#endif
