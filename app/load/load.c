#include "app/load/parts.h"

#include <string.h>

#include "app/load/figures.h"
#include "net/protocol/hub_token.h"
#include "net/protocol/room_streams.h"
#include "net/transport/dtls.h"
#include "platform/cpu_time.h"
#include "platform/descriptors.h"
#include "platform/interrupt.h"

enum {
    /* A turn of a GLib main loop looks at every source, of which hundreds of users have thousands: milliseconds. So
     * what has come is taken together, once in so long; it is in the figures of who joins and calls. */
    TICK_US = 15000,
    OWN_DESCRIPTORS = 200,
    USER_DESCRIPTORS = 24, /* the hub, HTTP, and a socket for each of this machine's addresses */
    ENDING_US = 15000000,  /* for the calls that there are */
    TOKEN_S = 86400,
};

static const struct agent_listener nobody = { 0 };

static char *name_of(const struct load *load, const char *kind, guint number)
{
    return g_strdup_printf("%s-%s-%u", load->config.prefix, kind, number);
}

/* The `number`th room, or NULL. */
static char *room_of(const struct load *load, guint number)
{
    guint n = load->config.watched ? g_strv_length((char **)load->config.watched) : 0;
    if (n)
        return g_strdup(load->config.watched[number % n]);
    return load->config.rooms ? name_of(load, "room", number % (guint)load->config.rooms) : NULL;
}

static char **for_room(char *const *urls, const char *room)
{
    g_autoptr(GStrvBuilder) builder = g_strv_builder_new();
    for (; urls && *urls; urls++) {
        g_auto(GStrv) parts = g_strsplit(*urls, "{room}", -1);
        g_autofree char *url = g_strjoinv(room ? room : "", parts);
        g_strv_builder_add(builder, url);
    }
    return g_strv_builder_end(builder);
}

/* NULL where the hub wants none. */
static char *token_for(const struct load *load, const char *user, const char *hosts)
{
    g_autofree char *why = NULL;
    if (!load->config.secret)
        return NULL;
    struct hub_grant grant = { .user = (char *)user, .expires_s = g_get_real_time() / G_USEC_PER_SEC + TOKEN_S };
    if (hosts) {
        grant.rooms = g_hash_table_new(g_str_hash, g_str_equal);
        g_hash_table_insert(grant.rooms, (char *)hosts, GINT_TO_POINTER(HUB_ROLE_HOST));
    }
    char *token = hub_token_make(load->config.secret, NULL, &grant, &why);
    if (grant.rooms)
        g_hash_table_unref(grant.rooms);
    if (!token)
        g_warning("no token for %s: %s", user, why);
    return token;
}

static struct agent_config common(const struct load *load)
{
    return (struct agent_config){
        .reactor = load->reactor,
        .identity = load->identity,
        .outgoing = load->outgoing,
        .ice_servers = load->ice_servers,
        .hub_url = load->config.hub,
        .ca_file = load->config.ca_file,
        .video_codec = AV_CODEC_ID_H264,
        .timeout_ms = 15000,
        .auto_accept_ms = -1,
        .listener = &nobody,
    };
}

static bool decodes(const struct load *load, guint number)
{
    return load->config.sample > 0 && number % (guint)load->config.sample == 0;
}

/* ---- hosts ---- */

static void ignore(struct frame_sink *sink, const AVFrame *frame)
{
    (void)sink;
    (void)frame;
}

static const struct frame_sink_ops nowhere_ops = { .push = ignore };

static struct capture_config camera(const struct load *load, unsigned source)
{
    return (struct capture_config){
        .source = source % 16, .width = load->config.width, .height = load->config.height, .fps = load->config.fps
    };
}

static bool enter(struct load *load, struct endpoint *host, guint number, const char *room)
{
    g_autofree char *name = name_of(load, "host", number), *token = token_for(load, name, room);
    g_auto(GStrv) urls = for_room(load->config.streams, room);
    struct room_streams streams = { urls, load->config.direct };
    struct agent_config agent = common(load);
    agent.carried = *urls ? &streams : NULL;
    agent.user = name;
    agent.token = token;
    agent.room = room;
    agent.party = CALL_PARTY_BROADCASTER;
    agent.auto_accept_ms = 0;
    return endpoint_enter(host, &agent);
}

static bool add_host(struct load *load, guint number, char **error)
{
    g_autofree char *room = room_of(load, number);
    g_auto(GStrv) publish = for_room(load->config.publish, room);
    struct endpoint_config config = {
        .reactor = load->reactor,
        .identity = load->identity,
        .remote = &load->nowhere,
        .outgoing = { .capture = camera(load, number), .bit_rate = load->config.kbit_rate * (int64_t)1000 },
        .publish = publish,
        .publish_token = load->config.publish_token,
        .ca_file = load->config.ca_file,
    };
    struct endpoint *host = endpoint_create(&config, error);
    if (!host)
        return false;
    g_ptr_array_add(load->hosts, host);
    if (enter(load, host, number, room))
        return true;
    *error = g_strdup("a room cannot be hosted");
    return false;
}

/* ---- viewers and callers ---- */

static void add_viewer(struct load *load)
{
    guint number = load->viewers->len;
    g_autofree char *name = name_of(load, "viewer", number), *room = room_of(load, number);
    g_autofree char *token = token_for(load, name, NULL);
    g_auto(GStrv) urls = for_room(load->config.streams, room);
    struct agent_streams streams = { .urls = urls, .token = load->config.stream_token };
    struct load_user_config config = { .name = name, .decodes = decodes(load, number), .agent = common(load) };
    config.agent.token = token;
    config.agent.party = CALL_PARTY_AUDIENCE;
    if (room)
        config.agent.room = room; /* which says itself by which streams it may be watched */
    else
        config.agent.streams = &streams;
    struct load_user *viewer = load_user_create(&config);
    load->failed += !viewer;
    if (viewer)
        g_ptr_array_add(load->viewers, viewer);
}

static void add_pair(struct load *load)
{
    g_autofree char *name = name_of(load, "call", load->pairs->len);
    struct agent_config agent = common(load);
    struct load_pair *pair = load_pair_create(name, decodes(load, load->pairs->len), &agent, &load->calls);
    load->failed += !pair;
    if (pair)
        g_ptr_array_add(load->pairs, pair);
}

/* Viewers and pairs take turns, so that both kinds are there early. */
static void add_due(struct load *load, int64_t now_us)
{
    int viewers = load->config.viewers, calls = load->config.calls, all = viewers + calls;
    int due = (int)((double)(now_us - load->began_us) / G_USEC_PER_SEC * load->config.per_second) + 1;
    for (int done = (int)(load->viewers->len + load->pairs->len) + load->failed; done < MIN(due, all); done++) {
        bool viewer = (int)load->viewers->len < viewers &&
                      ((int)load->pairs->len >= calls ||
                       load->viewers->len * (guint)calls <= load->pairs->len * (guint)viewers);
        if (viewer)
            add_viewer(load);
        else
            add_pair(load);
    }
}

/* ---- life ---- */

static void destroy_user(gpointer user)
{
    load_user_destroy(user);
}

static void destroy_pair(gpointer pair)
{
    load_pair_destroy(pair);
}

static void destroy_host(gpointer host)
{
    endpoint_destroy(host);
}

static struct load *allocate(const struct load_config *config)
{
    struct load *load = g_new0(struct load, 1);
    load->config = *config;
    load->nowhere.ops = &nowhere_ops;
    load->hosts = g_ptr_array_new_with_free_func(destroy_host);
    load->viewers = g_ptr_array_new_with_free_func(destroy_user);
    load->pairs = g_ptr_array_new_with_free_func(destroy_pair);
    load->calls.setup_ms = figures_create();
    load->calls.why = g_ptr_array_new_with_free_func(g_free);
    load->reactor = reactor_create();
    load->identity = dtls_identity_create();
    load->ice_servers = ice_servers_create(load->reactor, config->ca_file);
    return load;
}

static bool open_all(struct load *load, char **error)
{
    int users = load->config.viewers + 2 * load->config.calls + load->config.rooms;
    int wanted = OWN_DESCRIPTORS + users * USER_DESCRIPTORS;
    if (descriptors_set(wanted) < wanted)
        g_warning("only %d file descriptors are allowed here (ulimit -Hn): not all may come in", descriptors_allowed());
    struct outgoing_config outgoing = { .capture = camera(load, 15),
                                        .bit_rate = load->config.kbit_rate * (int64_t)1000,
                                        .loop = reactor_context(load->reactor) };
    load->outgoing = outgoing_create(&outgoing, error);
    if (!load->identity || !load->outgoing)
        return false;
    outgoing_show_preview(load->outgoing, false);
    for (guint i = 0; !load->config.watched && i < (guint)load->config.rooms; i++)
        if (!add_host(load, i, error))
            return false;
    return true;
}

struct load *load_create(const struct load_config *config, char **error)
{
    struct load *load = allocate(config);
    if (open_all(load, error))
        return load;
    load_destroy(load);
    return NULL;
}

void load_destroy(struct load *load)
{
    if (!load)
        return;
    g_ptr_array_unref(load->pairs);
    g_ptr_array_unref(load->viewers);
    g_ptr_array_unref(load->hosts);
    outgoing_destroy(load->outgoing);
    ice_servers_destroy(load->ice_servers);
    dtls_identity_destroy(load->identity);
    reactor_destroy(load->reactor);
    g_array_unref(load->calls.setup_ms);
    g_ptr_array_unref(load->calls.why);
    g_free(load);
}

static void poll_all(struct load *load, int64_t now_us)
{
    for (guint i = 0; i < load->hosts->len; i++)
        endpoint_poll(load->hosts->pdata[i], now_us);
    for (guint i = 0; i < load->viewers->len; i++)
        load_user_poll(load->viewers->pdata[i], now_us);
    for (guint i = 0; i < load->pairs->len; i++)
        load_pair_poll(load->pairs->pdata[i], now_us);
}

static bool calls_last(const struct load *load)
{
    const struct load_calls *calls = &load->calls;
    return calls->begun > calls->ended + calls->lost + calls->missed;
}

static void finish(struct load *load)
{
    for (guint i = 0; i < load->viewers->len; i++)
        load_user_finish(load->viewers->pdata[i]);
    for (guint i = 0; i < load->pairs->len; i++)
        load_pair_finish(load->pairs->pdata[i]);
}

static void turn(struct load *load, int64_t now_us)
{
    reactor_flush(load->reactor);
    poll_all(load, g_get_monotonic_time());
    int64_t left_us = now_us + TICK_US - g_get_monotonic_time();
    if (left_us > 0)
        g_usleep((gulong)left_us);
}

void load_run(struct load *load)
{
    int64_t cpu_us = cpu_time_us();
    int64_t now_us = load->began_us = g_get_monotonic_time();
    load->end_us = now_us + (int64_t)(load->config.duration * G_USEC_PER_SEC);
    for (; now_us < load->end_us && !interrupt_seen(); now_us = g_get_monotonic_time()) {
        add_due(load, now_us);
        turn(load, now_us);
    }
    load->end_us = now_us;
    load->cpu_s = (double)(cpu_time_us() - cpu_us) / G_USEC_PER_SEC;
    finish(load);
    for (; now_us < load->end_us + ENDING_US && calls_last(load) && !interrupt_seen(); now_us = g_get_monotonic_time())
        turn(load, now_us);
}
