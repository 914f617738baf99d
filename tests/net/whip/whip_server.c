#include "whip_server.h"

#include <stdlib.h>

#include "net/sdp/fragment.h"
#include "platform/deadline.h"

enum { TICK_US = 20000, KEY_TICKS = 25 };

/* ---- media ---- */

void whip_media_send(struct peer *peer, int tick)
{
    bool key = tick % KEY_TICKS == 0;
    GBytes *picture = make_h264(key), *sound = make_opus();
    push(peer_video_sink(peer), picture, key);
    push(peer_audio_sink(peer), sound, false);
    g_bytes_unref(picture);
    g_bytes_unref(sound);
}

void whip_media_open(struct peer *peer)
{
    open_sink(peer_video_sink(peer), AV_CODEC_ID_H264);
    open_sink(peer_audio_sink(peer), AV_CODEC_ID_OPUS);
}

static void on_tick(void *user_data)
{
    struct whip_server *server = user_data;
    if (server->peer && !server->takes && !server->silent)
        whip_media_send(server->peer, server->ticks++);
    deadline_set(server->ticker, g_get_monotonic_time() + TICK_US);
}

static void open_peer(struct whip_server *server, bool offerer)
{
    peer_destroy(server->peer);
    server->peer = peer_create(server->reactor, &(struct peer_config){
                                                    .identity = server->identity,
                                                    .offerer = offerer,
                                                    .direction = server->takes ? PEER_RECVONLY : PEER_SENDONLY,
                                                    .video_codec = AV_CODEC_ID_H264,
                                                });
    server->ticks = 0;
    whip_media_open(server->peer);
    if (server->takes)
        peer_source(server->peer)->ops->start(peer_source(server->peer), &server->video.sink, &server->audio.sink);
}

/* ---- requests ---- */

static void reply(SoupServerMessage *message, int status, const char *type, const char *text)
{
    soup_server_message_set_status(message, (guint)status, NULL);
    if (text)
        soup_server_message_set_response(message, type, SOUP_MEMORY_COPY, text, strlen(text));
}

static const char *field(SoupServerMessage *message, const char *name)
{
    return soup_message_headers_get_one(soup_server_message_get_request_headers(message), name);
}

static void set_field(SoupServerMessage *message, const char *name, const char *value)
{
    if (value)
        soup_message_headers_append(soup_server_message_get_response_headers(message), name, value);
}

static char *body_of(SoupServerMessage *message)
{
    SoupMessageBody *body = soup_server_message_get_request_body(message);
    g_autoptr(GBytes) bytes = soup_message_body_flatten(body);
    return g_strndup(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
}

static void new_tag(struct whip_server *server)
{
    g_snprintf(server->tag, sizeof server->tag, "\"%d\"", server->offers + 100 * server->restarts);
}

static void take_offer(struct whip_server *server, SoupServerMessage *message)
{
    g_autofree char *error = NULL, *description = NULL;
    g_free(server->offer);
    server->offer = body_of(message);
    g_assert_nonnull(strstr(server->offer, server->takes ? "a=sendonly" : "a=recvonly"));
    g_assert_null(strstr(server->offer, "a=sendrecv"));
    g_assert_nonnull(strstr(server->offer, "a=rtcp-mux-only"));
    open_peer(server, server->counter_offers);
    if (server->counter_offers)
        description = peer_offer(server->peer);
    else
        description = peer_answer(server->peer, server->offer, &error);
    g_assert_cmpstr(error, ==, NULL);
    new_tag(server);
    set_field(message, "ETag", server->tag);
    set_field(message, "Link", server->link);
    g_autofree char *place = g_strdup_printf("/session/%d", server->offers);
    set_field(message, "Location", server->hides_place ? NULL : place);
    reply(message, server->counter_offers ? 406 : 201, "application/sdp", description);
    if (server->patch_status && !strstr(server->offer, "a=candidate"))
        whip_server_hang_up(server); /* it cannot be reached without them */
    if (server->forgets_tag)
        g_strlcpy(server->tag, "\"other\"", sizeof server->tag);
}

static void handle_offer(SoupServer *soup, SoupServerMessage *message, const char *path, GHashTable *query,
                         gpointer user_data)
{
    (void)soup;
    (void)query;
    struct whip_server *server = user_data;
    g_string_append_printf(server->tokens, "%s %s\n", field(message, "Host"),
                           field(message, "Authorization") ? field(message, "Authorization") : "-");
    server->offers++;
    g_assert_cmpstr(soup_server_message_get_method(message), ==, "POST");
    g_assert_cmpstr(field(message, "Content-Type"), ==, "application/sdp");
    set_field(message, "Retry-After", server->retry_after);
    if (server->redirect && !strstr(path, "moved")) {
        set_field(message, "Location", server->redirect);
        reply(message, 307, "text/plain", "moved");
    } else if (server->never_answers) {
        server->held = g_object_ref(message);
        soup_server_message_pause(message);
    } else if (server->status || server->text)
        reply(message, server->status ? server->status : 201, "application/sdp", server->text ? server->text : "no");
    else
        take_offer(server, message);
}

/* The client's offer with the fragment's credentials and candidates. */
static char *offer_again(const struct whip_server *server, const char *fragment)
{
    g_autoptr(GRegex) old = g_regex_new("a=(ice-ufrag|ice-pwd|candidate|end-of-candidates)[^\n]*\n", 0, 0, NULL);
    g_autoptr(GRegex) ice = g_regex_new("a=(ice-ufrag|ice-pwd|candidate)[^\n]*\n", 0, 0, NULL);
    g_autofree char *rest = g_regex_replace_literal(old, server->offer, -1, 0, "", 0, NULL);
    g_autoptr(GString) lines = g_string_new(NULL);
    g_autoptr(GMatchInfo) match = NULL;
    for (g_regex_match(ice, fragment, 0, &match); g_match_info_matches(match); g_match_info_next(match, NULL)) {
        g_autofree char *line = g_match_info_fetch(match, 0);
        g_string_append(lines, line);
    }
    g_string_append(lines, "a=mid:0\r\n");
    g_auto(GStrv) around = g_strsplit(rest, "a=mid:0\r\n", 2);
    g_autofree char *first = g_strjoinv(lines->str, around);
    g_auto(GStrv) second = g_strsplit(first, "a=mid:1\r\n", 2); /* each m-line has the credentials */
    g_autofree char *credentials = g_strdup(lines->str);
    char *candidate = strstr(credentials, "a=candidate");
    if (candidate) /* else they are all still to come */
        *candidate = '\0';
    g_autofree char *joint = g_strconcat(credentials, "a=mid:1\r\n", NULL);
    return g_strjoinv(joint, second);
}

static void restart(struct whip_server *server, SoupServerMessage *message, const char *fragment)
{
    g_autofree char *offer = offer_again(server, fragment), *error = NULL;
    g_autofree char *answer = peer_answer(server->peer, offer, &error);
    g_assert_cmpstr(error, ==, NULL);
    g_autofree char *own = sdp_fragment_write(answer, NULL, true);
    server->restarts++;
    new_tag(server);
    set_field(message, "ETag", server->tag);
    reply(message, 200, "application/trickle-ice-sdpfrag", own);
}

static void trickle(struct whip_server *server, SoupServerMessage *message, const char *fragment)
{
    g_auto(GStrv) lines = g_strsplit(fragment, "\r\n", -1);
    server->trickles++;
    if (g_strcmp0(field(message, "If-Match"), server->tag)) {
        reply(message, 412, NULL, NULL);
        server->forgets_tag = false;
        return;
    }
    for (char **line = lines; *line; line++)
        if (g_str_has_prefix(*line, "a=candidate"))
            peer_add_candidate(server->peer, *line + 2);
    reply(message, 204, NULL, NULL);
}

static void patch(struct whip_server *server, SoupServerMessage *message)
{
    g_autofree char *body = body_of(message), *error = NULL;
    if (g_str_equal(field(message, "Content-Type"), "application/sdp")) {
        server->answers++;
        g_assert_nonnull(strstr(body, "a=recvonly"));
        g_assert_true(peer_set_answer(server->peer, body, &error));
        reply(message, 204, NULL, NULL);
        return;
    }
    g_assert_cmpstr(field(message, "Content-Type"), ==, "application/trickle-ice-sdpfrag");
    if (server->patch_status)
        reply(message, server->patch_status, NULL, NULL);
    else if (!g_strcmp0(field(message, "If-Match"), "*"))
        restart(server, message, body);
    else
        trickle(server, message, body);
}

static void handle_session(SoupServer *soup, SoupServerMessage *message, const char *path, GHashTable *query,
                           gpointer user_data)
{
    (void)soup;
    (void)query;
    struct whip_server *server = user_data;
    const char *method = soup_server_message_get_method(message);
    g_string_append_printf(server->tokens, "%s %s\n", field(message, "Host"),
                           field(message, "Authorization") ? field(message, "Authorization") : "-");
    if (g_str_equal(method, "PATCH")) {
        patch(server, message);
        return;
    }
    g_assert_cmpstr(method, ==, "DELETE");
    server->deletes++;
    if (atoi(strrchr(path, '/') + 1) == server->offers) /* else it is of a session before */
        whip_server_hang_up(server);
    reply(message, 200, NULL, NULL);
}

/* ---- life ---- */

void whip_server_return(struct whip_server *server)
{
    g_autoptr(GError) error = NULL;
    g_main_context_push_thread_default(reactor_context(server->reactor));
    server->soup = soup_server_new(NULL, NULL);
    soup_server_add_handler(server->soup, "/live", handle_offer, server, NULL);
    soup_server_add_handler(server->soup, "/session", handle_session, server, NULL);
    if (!soup_server_listen_local(server->soup, (guint)server->port, SOUP_SERVER_LISTEN_IPV4_ONLY, &error))
        g_error("%s", error->message);
    g_main_context_pop_thread_default(reactor_context(server->reactor));
    GSList *uris = soup_server_get_uris(server->soup);
    server->port = g_uri_get_port(uris->data);
    g_slist_free_full(uris, (GDestroyNotify)g_uri_unref);
}

void whip_server_vanish(struct whip_server *server)
{
    if (server->soup)
        soup_server_disconnect(server->soup);
    g_clear_object(&server->soup);
}

void whip_server_hang_up(struct whip_server *server)
{
    peer_destroy(server->peer);
    server->peer = NULL;
}

void whip_server_answer_now(struct whip_server *server)
{
    SoupServerMessage *message = g_steal_pointer(&server->held);
    server->never_answers = false;
    take_offer(server, message);
    soup_server_message_unpause(message);
    g_object_unref(message);
}

void whip_server_open(struct whip_server *server, struct reactor *reactor, struct dtls_identity *identity)
{
    server->reactor = reactor;
    server->identity = identity;
    server->tokens = g_string_new(NULL);
    open_recorder(&server->video, NULL);
    open_recorder(&server->audio, NULL);
    server->ticker = deadline_create(reactor_context(reactor), on_tick, server);
    on_tick(server);
    whip_server_return(server);
}

void whip_server_close(struct whip_server *server)
{
    whip_server_hang_up(server);
    whip_server_vanish(server);
    deadline_destroy(server->ticker);
    g_string_free(server->tokens, TRUE);
    g_ptr_array_unref(server->video.packets);
    g_ptr_array_unref(server->audio.packets);
    g_free(server->offer);
}
