/* Where the pictures of a live room come from when it is not its broadcaster's own connection: a stream by its URL, of
 * whatever kind. Private to app/agent. */
#ifndef CALLAPI_APP_AGENT_FEED_H
#define CALLAPI_APP_AGENT_FEED_H

#include "engine/media/media.h"
#include "engine/stream/trouble.h"
#include "net/connection/reactor.h"
#include "net/transport/ice_servers.h"

struct feed;
struct dtls_identity;

struct feed_config {
    struct reactor *reactor;              /* borrowed, outlives the feed */
    const struct dtls_identity *identity; /* likewise, and the next */
    struct ice_servers *ice_servers;
    const char *url;                  /* as stream_address_parse, or whep:, wheps: */
    const char *token;                /* bearer token for WHEP; NULL: none */
    const char *ca_file;              /* authorities to trust in place of the system's; NULL: the system's */
    void (*changed)(void *user_data); /* feed_is_there, feed_trouble */
    void *user_data;
};

/* Begins at once, and goes on by itself after every trouble. NULL, logged, on a bad URL. */
struct feed *feed_create(const struct feed_config *config);
void feed_destroy(struct feed *feed); /* takes NULL; its source is to be detached before */

/* The same as long as the feed. */
struct source *feed_source(struct feed *feed);
bool feed_is_there(const struct feed *feed);
bool feed_is_sound_only(const struct feed *feed); /* for some seconds: a picture would have come */
enum stream_fault feed_trouble(const struct feed *feed);
/* This machine's network is another one. */
void feed_network_changed(struct feed *feed, bool slept);

/* What a room that is this stream is called, g_free it. NULL with words in `error` (g_free it) on a bad URL. */
char *feed_name(const char *url, char **error);

#endif
