/* A live stream that libavformat opens, as a source: RTSP, RTMP, HTTP-FLV, HLS, MPEG-TS, SRT, a file, a pipe. It is
 * read as long as it exists; while nobody plays it, what has come since its last key frame is kept, compressed, so that
 * whoever plays it again sees its newest picture at once. */
#ifndef CALLAPI_ENGINE_STREAM_STREAM_H
#define CALLAPI_ENGINE_STREAM_STREAM_H

#include <glib.h>

#include "engine/media/media.h"
#include "engine/stream/address.h"
#include "engine/stream/trouble.h"

struct stream;

struct stream_config {
    GMainContext *context;                /* the loop's; borrowed, outlives the stream */
    const struct stream_address *address; /* copied */
    const char *ca_file;                  /* as stream_reader_config */
    /* It is another than before: stream_is_there, stream_trouble. From the context. */
    void (*changed)(void *user_data);
    void *user_data;
};

struct stream_stats {
    uint64_t packets, bytes; /* that came */
    uint64_t openings;       /* how often it began */
    uint64_t skipped;        /* pictures that were left out to get to the live edge */
    int64_t delay_us;        /* that it is shown after it came, to keep its pace */
};

/* Begins to read at once, and goes on for ever. */
struct stream *stream_create(const struct stream_config *config);
/* Takes NULL. To be detached from its player before. Never waits for the network. */
void stream_destroy(struct stream *stream);

struct source *stream_source(struct stream *stream);
/* The first packet has come, and the stream has not failed since. */
bool stream_is_there(const struct stream *stream);
/* When that was, g_get_monotonic_time; 0: it is not. */
int64_t stream_there_since_us(const struct stream *stream);
/* What it has, as far as it is known: false before the first packet of that type. */
bool stream_has(const struct stream *stream, enum AVMediaType type);
struct stream_trouble stream_trouble(const struct stream *stream);
const char *stream_name(const struct stream *stream); /* for a person */
struct stream_stats stream_stats(const struct stream *stream);
/* The network is another one: what is to be tried again is tried now. `slept`: so did the machine; a connection is made
 * anew in any case, and a film goes on. */
void stream_network_changed(struct stream *stream, bool slept);

#endif
