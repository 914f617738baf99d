/* Attempt after attempt, and what is told of them. */
#include "net/whip/parts.h"

#include <string.h>

enum {
    WATCH_US = 250000,
    LEAST_WAIT_US = 250000,     /* before it is tried again where nobody answered */
    LEAST_REFUSED_US = 1000000, /* where somebody did: it is his server */
    MOST_WAIT_US = 10000000,
    LASTING_US = 2000000, /* what flows for so long was a success */
    WAIT_SHARE = 4,       /* else a quarter of how long it is away: there again after 8 s, found within 2 */
};

static bool tells(const struct whip *whip)
{
    return whip->listener && !whip->destroyed;
}

static void set_status(struct whip *whip, enum whip_state state, enum whip_trouble trouble)
{
    bool changed = whip->status.state != state || whip->status.trouble != trouble;
    whip->status.state = state;
    whip->status.trouble = trouble;
    whip->status.words = whip_trouble_words(trouble);
    if (changed && tells(whip) && whip->listener->changed)
        whip->listener->changed(whip->user_data, &whip->status);
}

void whip_flows(struct whip *whip)
{
    if (whip->logged != WHIP_WELL)
        g_message("%s: it flows again", whip->name);
    whip->logged = WHIP_WELL;
    whip->flows_us = g_get_monotonic_time();
    set_status(whip, WHIP_FLOWING, WHIP_WELL);
    if (whip->session.step == SESSION_OVER)
        return;
    whip->session.opened = true;
    if (tells(whip) && whip->listener->opened)
        whip->listener->opened(whip->user_data, whip->session.peer);
}

/* Each trouble once. */
static void complain(struct whip *whip, enum whip_trouble trouble, const char *detail)
{
    if (whip->logged == trouble)
        return;
    whip->logged = trouble;
    g_warning("%s: %s%s%s%s; it is tried again. %s", whip->name, whip_trouble_words(trouble), detail ? " (" : "",
              detail ? detail : "", detail ? ")" : "", whip_trouble_advice(trouble));
}

/* Many who lost the same server do not come back in the same moment. */
static int64_t wait_us(const struct whip *whip, int64_t now_us, int64_t least_us)
{
    int64_t share = CLAMP((now_us - whip->since_us) / WAIT_SHARE, least_us, MOST_WAIT_US);
    return share - share / 4 + g_random_int_range(0, (gint32)(share / 4));
}

void whip_fails(struct whip *whip, enum whip_trouble trouble, const char *detail, int64_t patience_us)
{
    int64_t now = g_get_monotonic_time();
    g_autofree char *kept = g_strdup(detail); /* it may be the peer's */
    session_end(whip);
    if (whip->destroyed)
        return;
    if (whip->flows_us && now - whip->flows_us > LASTING_US)
        whip->since_us = now;
    whip->flows_us = 0;
    if (patience_us == WHIP_AGAIN) {
        deadline_set(whip->timer, now);
        return;
    }
    bool answered = trouble >= WHIP_UNAUTHORIZED && trouble <= WHIP_REFUSED;
    whip->status.retry_at_us = now + MAX(wait_us(whip, now, answered ? LEAST_REFUSED_US : LEAST_WAIT_US), patience_us);
    deadline_set(whip->timer, whip->status.retry_at_us);
    complain(whip, trouble, kept);
    set_status(whip, WHIP_WAITING, trouble);
}

struct ice_servers *whip_servers(const struct whip *whip)
{
    guint n = whip->link_servers->len;
    return n ? whip->link_servers->pdata[n - 1] : whip->ice_servers;
}

/* ---- the timer ---- */

static void forget_servers(gpointer servers)
{
    ice_servers_listen(servers, NULL, NULL);
    ice_servers_destroy(servers);
}

static void free_whip(struct whip *whip)
{
    char *texts[] = { whip->url, whip->name, whip->token, whip->ca_file, whip->link };
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
        g_free(texts[i]);
    g_free(whip->session.description);
    if (whip->session.candidates)
        g_ptr_array_unref(whip->session.candidates);
    g_ptr_array_unref(whip->link_servers);
    steady_source_finish(&whip->source);
    deadline_destroy(whip->timer);
    http_destroy(whip->http);
    g_free(whip);
}

static void begin(struct whip *whip)
{
    while (whip->link_servers->len > 1) /* nobody uses the older ones any more */
        g_ptr_array_remove_index(whip->link_servers, 0);
    set_status(whip, WHIP_CONNECTING, whip->status.trouble);
    if (!whip->destroyed)
        session_begin(whip);
}

static void on_timer(void *user_data)
{
    struct whip *whip = user_data;
    if (whip->destroyed) {
        reactor_end_close(whip->reactor);
        free_whip(whip);
        return;
    }
    if (whip->session.step == SESSION_OVER)
        begin(whip);
    else
        session_watch(whip, g_get_monotonic_time());
    if (whip->session.step != SESSION_OVER)
        deadline_set(whip->timer, g_get_monotonic_time() + WATCH_US);
}

/* ---- interface ---- */

static const struct {
    const char *scheme, *http;
} schemes[] = { { "whep:", "http:" }, { "wheps:", "https:" }, { "whip:", "http:" }, { "whips:", "https:" } };

bool whip_is_url(const char *url)
{
    for (size_t i = 0; i < G_N_ELEMENTS(schemes); i++)
        if (!g_ascii_strncasecmp(url, schemes[i].scheme, strlen(schemes[i].scheme)))
            return true;
    return false;
}

/* NULL: it is none. */
static char *http_url(const char *url)
{
    g_autofree char *translated = g_strdup(url);
    for (size_t i = 0; i < G_N_ELEMENTS(schemes); i++)
        if (!g_ascii_strncasecmp(url, schemes[i].scheme, strlen(schemes[i].scheme))) {
            g_free(translated);
            translated = g_strconcat(schemes[i].http, url + strlen(schemes[i].scheme), NULL);
        }
    return http_resolve(translated, "");
}

/* The timer tells it: this is in the middle of a packet. */
static void on_arrived(void *user_data)
{
    struct whip *whip = user_data;
    deadline_set(whip->timer, g_get_monotonic_time());
}

static struct whip *allocate(const struct whip_config *config, char *url, struct http *http)
{
    struct whip *whip = g_new0(struct whip, 1);
    g_autofree char *place = http_place(url);
    *whip = (struct whip){
        .role = config->role,
        .reactor = config->reactor,
        .url = url,
        .name = g_strconcat(config->role == WHIP_PUBLISHER ? "WHIP " : "WHEP ", place, NULL),
        .token = g_strdup(config->token),
        .ca_file = g_strdup(config->ca_file),
        .identity = config->identity,
        .ice_servers = config->ice_servers,
        .video_codec = config->video_codec,
        .listener = config->listener,
        .user_data = config->user_data,
        .http = http,
        .status = { .words = whip_trouble_words(WHIP_WELL) },
        .link_servers = g_ptr_array_new_with_free_func(forget_servers),
    };
    return whip;
}

struct whip *whip_create(const struct whip_config *config, char **error)
{
    char *url = http_url(config->url);
    if (!url)
        *error = g_strdup("a WHIP or WHEP address is whip://HOST/PATH, whips:, whep: or wheps: (or http: and https:)");
    struct http *http = url ? http_create(config->reactor, config->ca_file, error) : NULL;
    if (!http) {
        g_free(url);
        return NULL;
    }
    struct whip *whip = allocate(config, url, http);
    steady_source_init(&whip->source, on_arrived, whip);
    whip->timer = deadline_create(reactor_context(config->reactor), on_timer, whip);
    whip->since_us = g_get_monotonic_time();
    deadline_set(whip->timer, whip->since_us);
    return whip;
}

void whip_destroy(struct whip *whip)
{
    if (!whip || whip->destroyed)
        return;
    session_end(whip);
    whip->destroyed = true;
    whip->listener = NULL;
    reactor_begin_close(whip->reactor); /* the rest may be in the middle of calling us */
    deadline_set(whip->timer, g_get_monotonic_time());
}

void whip_network_changed(struct whip *whip)
{
    if (whip->session.step == SESSION_CONNECTED)
        session_doubt(whip);
    else if (whip->session.step != SESSION_OVER)
        whip_fails(whip, whip->status.trouble, NULL, WHIP_AGAIN);
    else if (whip->status.trouble != WHIP_BUSY)
        deadline_set(whip->timer, g_get_monotonic_time());
}

struct whip_status whip_status(const struct whip *whip)
{
    return whip->status;
}

struct source *whip_source(struct whip *whip)
{
    return &whip->source.source;
}

struct peer *whip_peer(struct whip *whip)
{
    return whip->session.peer;
}
