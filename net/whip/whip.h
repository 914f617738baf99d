/* Sound and picture of a media server: a publisher sends ours there by WHIP (RFC 9725), a player fetches a stream from
 * it by WHEP (draft-ietf-wish-whep, with the server's counter-offer). One HTTP request carries our offer, the answer
 * comes with it, and all else is a peer (net/peer/peer.h) to a server instead of a user.
 *
 * It goes on until it is destroyed: what breaks is tried again, soon after it broke and then ever more rarely, every 10
 * s at least; a server that asks for more patience (Retry-After) gets it. Candidates are trickled (RFC 8840) where the
 * server takes them, else gathered before the offer; a lost path is mended by an ICE restart where the server can, else
 * by a new session. TURN and STUN servers that it names in Link fields are used where the config has none. */
#ifndef CALLAPI_NET_WHIP_WHIP_H
#define CALLAPI_NET_WHIP_WHIP_H

#include "engine/media/media.h"
#include "net/connection/reactor.h"
#include "net/peer/peer.h"
#include "net/whip/trouble.h"

struct whip;

enum whip_role { WHIP_PUBLISHER, WHEP_PLAYER };

struct whip_status {
    enum whip_state state;
    enum whip_trouble trouble; /* WHIP_WELL once it flows; the last one's while it is tried again */
    const char *words;         /* whip_trouble_words: for a screen */
    int64_t retry_at_us;       /* WHIP_WAITING: the next attempt, g_get_monotonic_time */
};

/* Called from the reactor; each may be NULL. whip_destroy may be called in any of them. */
struct whip_listener {
    void (*changed)(void *user_data, const struct whip_status *status);
    /* The connection that flows now. For a publisher it is one more recipient: its sinks take packets, its events tell
     * what the server wants. */
    void (*opened)(void *user_data, struct peer *peer);
    /* Is to be used no more: it is destroyed after this. Another one will be opened, or this was whip_destroy. */
    void (*closing)(void *user_data, struct peer *peer);
    /* Of what was opened: PEER_EVENT_KEY_FRAME, _PAUSED and _BIT_RATE. */
    void (*event)(void *user_data, struct peer *peer, const struct peer_event *event);
};

struct whip_config {
    enum whip_role role;
    struct reactor *reactor; /* borrowed, outlives it */
    /* "whep://HOST[:PORT]/PATH", "whip://...": over HTTP; "wheps://", "whips://": over HTTPS; or as http: and https: */
    const char *url;
    const char *token;                    /* bearer token (RFC 6750), sent to that host only; NULL: none */
    const char *ca_file;                  /* PEM file of the authorities to trust; NULL: the system's */
    const struct dtls_identity *identity; /* borrowed, outlives it */
    struct ice_servers *ice_servers;      /* borrowed, outlives it; NULL: none of our own */
    enum AVCodecID video_codec;           /* preferred: AV_CODEC_ID_H264 or _VP8 */
    const struct whip_listener *listener; /* borrowed, outlives it; NULL: nobody listens */
    void *user_data;
};

/* Begins at once. NULL with words in `error` (g_free it) where the URL is none of these or the authorities cannot be
 * read. Token and URL are in no line of the log; the host is. */
struct whip *whip_create(const struct whip_config *config, char **error);
/* Takes NULL. Ends the session at the server (DELETE), which the reactor does after this. */
void whip_destroy(struct whip *whip);

/* The network is another one, or back: what flows looks for a new path, what waits is tried at once (but for a server
 * that asked for patience). */
void whip_network_changed(struct whip *whip);

struct whip_status whip_status(const struct whip *whip);
/* A player's stream: the same source as long as the player lives, whatever connection its packets come by. Time stamps
 * grow on over a break. */
struct source *whip_source(struct whip *whip);
/* The connection of the moment, for its statistics; NULL: there is none. */
struct peer *whip_peer(struct whip *whip);

/* Whether `url` is one for whip_create by its scheme alone: whip:, whips:, whep:, wheps:. */
bool whip_is_url(const char *url);

#endif
