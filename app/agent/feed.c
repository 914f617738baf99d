#include "app/agent/feed.h"

#include <string.h>

#include <glib.h>

#include "engine/stream/kept_source.h"
#include "engine/stream/stream.h"
#include "net/whip/whip.h"

enum { SOUND_ONLY_US = 3000000 }; /* a group of pictures, and a half */

struct feed {
    struct stream *stream;    /* by libavformat; or */
    struct whip *whip;        /* by WHEP */
    struct kept_source *kept; /* of that */
    bool there;
    void (*changed)(void *user_data);
    void *user_data;
};

/* ---- WHEP ---- */

static void on_whep(void *user_data, const struct whip_status *status)
{
    struct feed *feed = user_data;
    feed->there = status->state == WHIP_FLOWING;
    feed->changed(feed->user_data);
}

static const struct whip_listener whep_listener = { .changed = on_whep };

static struct whip *open_whep(struct feed *feed, const struct feed_config *config, char **error)
{
    return whip_create(&(struct whip_config){ .role = WHEP_PLAYER,
                                              .reactor = config->reactor,
                                              .url = config->url,
                                              .token = config->token,
                                              .ca_file = config->ca_file,
                                              .identity = config->identity,
                                              .ice_servers = config->ice_servers,
                                              .video_codec = AV_CODEC_ID_H264,
                                              .listener = &whep_listener,
                                              .user_data = feed },
                       error);
}

static enum stream_fault fault_of(enum whip_trouble trouble)
{
    switch (trouble) {
    case WHIP_WELL:
        return STREAM_WELL;
    case WHIP_UNTRUSTED:
        return STREAM_UNTRUSTED;
    case WHIP_UNAUTHORIZED:
        return STREAM_REFUSED;
    case WHIP_NOT_FOUND:
    case WHIP_BUSY:
        return STREAM_NOT_FOUND;
    case WHIP_REFUSED:
        return STREAM_UNREADABLE;
    case WHIP_SILENT:
        return STREAM_SILENT;
    case WHIP_GONE:
        return STREAM_ENDED;
    case WHIP_UNREACHABLE:
    case WHIP_NO_PATH:
        break;
    }
    return STREAM_UNREACHABLE;
}

/* ---- all others ---- */

static struct stream *open_stream(const struct feed_config *config, char **error)
{
    struct stream_address address;
    struct stream *stream = NULL;
    if (stream_address_parse(&address, config->url, error))
        stream = stream_create(&(struct stream_config){
            .context = reactor_context(config->reactor),
            .address = &address,
            .ca_file = config->ca_file,
            .changed = config->changed,
            .user_data = config->user_data,
        });
    stream_address_clear(&address);
    return stream;
}

/* ---- life ---- */

struct feed *feed_create(const struct feed_config *config)
{
    g_autofree char *error = NULL;
    struct feed *feed = g_new0(struct feed, 1);
    feed->changed = config->changed;
    feed->user_data = config->user_data;
    if (whip_is_url(config->url))
        feed->whip = open_whep(feed, config, &error);
    else
        feed->stream = open_stream(config, &error);
    if (feed->whip)
        feed->kept = kept_source_create(reactor_context(config->reactor), whip_source(feed->whip));
    if (feed->whip || feed->stream)
        return feed;
    g_warning("%s", error);
    g_free(feed);
    return NULL;
}

void feed_destroy(struct feed *feed)
{
    if (!feed)
        return;
    stream_destroy(feed->stream);
    kept_source_destroy(feed->kept);
    whip_destroy(feed->whip);
    g_free(feed);
}

struct source *feed_source(struct feed *feed)
{
    return feed->kept ? kept_source_source(feed->kept) : stream_source(feed->stream);
}

bool feed_is_there(const struct feed *feed)
{
    return feed->whip ? feed->there : stream_is_there(feed->stream);
}

/* WHEP's is taken for one with pictures. */
bool feed_is_sound_only(const struct feed *feed)
{
    const struct stream *stream = feed->stream;
    return stream && stream_is_there(stream) && stream_has(stream, AVMEDIA_TYPE_AUDIO) &&
           !stream_has(stream, AVMEDIA_TYPE_VIDEO) &&
           g_get_monotonic_time() - stream_there_since_us(stream) >= SOUND_ONLY_US;
}

enum stream_fault feed_trouble(const struct feed *feed)
{
    return feed->whip ? fault_of(whip_status(feed->whip).trouble) : stream_trouble(feed->stream).fault;
}

void feed_network_changed(struct feed *feed, bool slept)
{
    if (feed->whip)
        whip_network_changed(feed->whip);
    else
        stream_network_changed(feed->stream, slept);
}

/* WHEP's address is one of HTTP in all but its scheme. */
static char *as_http(const char *url)
{
    return whip_is_url(url) ? g_strconcat("http", url + strlen("whep"), NULL) : g_strdup(url);
}

char *feed_name(const char *url, char **error)
{
    struct stream_address address;
    g_autofree char *known = as_http(url);
    char *name = stream_address_parse(&address, known, error) ? g_strdup(address.name) : NULL;
    stream_address_clear(&address);
    return name;
}
