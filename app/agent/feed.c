#include "app/agent/feed.h"

#include "engine/stream/stream.h"

struct feed {
    struct stream *stream;
};

struct feed *feed_create(const struct feed_config *config)
{
    struct stream_address address;
    g_autofree char *error = NULL;
    struct feed *feed = NULL;
    if (stream_address_parse(&address, config->url, &error)) {
        feed = g_new0(struct feed, 1);
        feed->stream = stream_create(&(struct stream_config){
            .context = reactor_context(config->reactor),
            .address = &address,
            .ca_file = config->ca_file,
            .changed = config->changed,
            .user_data = config->user_data,
        });
    } else {
        g_warning("%s", error);
    }
    stream_address_clear(&address);
    return feed;
}

void feed_destroy(struct feed *feed)
{
    if (!feed)
        return;
    stream_destroy(feed->stream);
    g_free(feed);
}

struct source *feed_source(struct feed *feed)
{
    return stream_source(feed->stream);
}

bool feed_is_there(const struct feed *feed)
{
    return stream_is_there(feed->stream);
}

enum stream_fault feed_trouble(const struct feed *feed)
{
    return stream_trouble(feed->stream).fault;
}

void feed_network_changed(struct feed *feed)
{
    stream_network_changed(feed->stream);
}

char *feed_name(const char *url, char **error)
{
    struct stream_address address;
    char *name = stream_address_parse(&address, url, error) ? g_strdup(address.name) : NULL;
    stream_address_clear(&address);
    return name;
}
