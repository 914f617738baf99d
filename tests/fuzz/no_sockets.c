#include "no_sockets.h"

#include <glib.h>

#include "net/connection/dialer.h"
#include "platform/deadline.h"

struct no_socket no_socket;

/* libwebsockets' types, which nobody else looks into. */
struct lws_context {
    int nothing;
};
struct lws {
    int nothing;
};
static struct lws_context the_context;
static struct lws connections[2]; /* while one ends the next may begin */
static struct lws *connection = connections;

int no_socket_call_back(enum lws_callback_reasons reason, void *session, const char *data, size_t length)
{
    g_autofree char *exact = g_memdup2(data, MAX(length, 1));
    int refused = no_socket.callback(connection, reason, session, data ? exact : NULL, length);
    return refused;
}

static void end(enum lws_callback_reasons reason, const char *why)
{
    struct lws *ended = connection;
    no_socket.connecting = no_socket.established = no_socket.wants_to_write = false;
    no_socket_call_back(reason, NULL, why, why ? strlen(why) : 0);
    no_socket.callback(ended, LWS_CALLBACK_WSI_DESTROY, NULL, NULL, 0);
}

void no_socket_end(void)
{
    if (no_socket.established)
        end(LWS_CALLBACK_CLIENT_CLOSED, NULL);
    else if (no_socket.connecting)
        end(LWS_CALLBACK_CLIENT_CONNECTION_ERROR, NULL);
}

void no_socket_establish(enum lws_callback_reasons reason)
{
    if (!no_socket.connecting)
        return;
    no_socket.connecting = false;
    no_socket.established = true;
    if (no_socket_call_back(reason, NULL, NULL, 0))
        no_socket_end();
}

void no_socket_fail(const char *why)
{
    if (no_socket.connecting)
        end(LWS_CALLBACK_CLIENT_CONNECTION_ERROR, why);
}

void no_socket_let_write(enum lws_callback_reasons reason)
{
    if (!no_socket.established || !no_socket.wants_to_write)
        return;
    no_socket.wants_to_write = false;
    if (no_socket_call_back(reason, NULL, NULL, 0))
        no_socket_end();
}

/* ---- libwebsockets ---- */

struct lws_context *lws_create_context(const struct lws_context_creation_info *info)
{
    no_socket = (struct no_socket){ .user = info->user,
                                    .callback = info->protocols[0].callback,
                                    .wrote = no_socket.wrote };
    return &the_context;
}

void lws_context_destroy(struct lws_context *context)
{
    (void)context;
    no_socket_end();
}

void *lws_context_user(struct lws_context *context)
{
    (void)context;
    return no_socket.user;
}

struct lws_context *lws_get_context(const struct lws *wsi)
{
    (void)wsi;
    return &the_context;
}

struct lws *lws_client_connect_via_info(const struct lws_client_connect_info *info)
{
    g_assert_true(info->address && info->host && info->path && !no_socket.established);
    no_socket.connecting = true;
    connection = &connections[connection == connections];
    if (info->pwsi)
        *info->pwsi = connection;
    return connection;
}

int lws_callback_on_writable(struct lws *wsi)
{
    (void)wsi;
    no_socket.wants_to_write = true;
    return 0;
}

int lws_write(struct lws *wsi, unsigned char *text, size_t length, enum lws_write_protocol protocol)
{
    (void)wsi;
    (void)protocol;
    no_socket.wrote((const char *)text, length);
    return (int)length;
}

int lws_send_pipe_choked(struct lws *wsi)
{
    (void)wsi;
    return 0;
}

int lws_is_first_fragment(struct lws *wsi)
{
    (void)wsi;
    return no_socket.first_piece;
}

int lws_is_final_fragment(struct lws *wsi)
{
    (void)wsi;
    return no_socket.last_piece;
}

size_t lws_remaining_packet_payload(struct lws *wsi)
{
    (void)wsi;
    return 0;
}

lws_sockfd_type lws_get_socket_fd(struct lws *wsi)
{
    (void)wsi;
    return -1;
}

/* Only to end it at once. */
void lws_set_timeout(struct lws *wsi, enum pending_timeout reason, int seconds)
{
    (void)wsi;
    g_assert_true(reason == PENDING_TIMEOUT_USER_REASON_BASE && seconds == LWS_TO_KILL_SYNC);
    no_socket_end();
}

int lws_callback_http_dummy(struct lws *wsi, enum lws_callback_reasons reason, void *session, void *data, size_t length)
{
    (void)wsi;
    (void)reason;
    (void)session;
    (void)data;
    (void)length;
    return 0;
}

void lws_set_log_level(int level, void (*log)(int level, const char *line))
{
    (void)level;
    (void)log;
}

const char *lws_get_library_version(void)
{
    return "none";
}

int lws_add_http_header_by_name(struct lws *wsi, const unsigned char *name, const unsigned char *value, int length,
                                unsigned char **at, unsigned char *end)
{
    (void)wsi;
    g_assert_true(name && value && !strpbrk((const char *)value, "\r\n"));
    if (end - *at < length)
        return 1;
    *at += length;
    return 0;
}

void lws_client_http_body_pending(struct lws *wsi, int pending)
{
    (void)wsi;
    (void)pending;
}

unsigned lws_http_client_http_response(struct lws *wsi)
{
    (void)wsi;
    return no_socket.status;
}

int lws_http_client_read(struct lws *wsi, char **data, int *length)
{
    (void)wsi;
    (void)data;
    (void)length;
    return 0;
}

/* ---- names: each has two addresses ---- */

struct dialer {
    struct deadline *answer;
    dialer_looked_up looked_up;
    void *user_data;
    int untried;
};

static void answer(void *user_data)
{
    struct dialer *dialer = user_data;
    dialer->untried = no_socket.nameless ? 0 : 2;
    dialer->looked_up(dialer->user_data, dialer->untried ? NULL : "the name has no address");
}

struct dialer *dialer_create(GMainContext *context, const char *host, uint16_t port, dialer_looked_up looked_up,
                             void *user_data)
{
    (void)host;
    (void)port;
    struct dialer *dialer = g_new0(struct dialer, 1);
    *dialer = (struct dialer){ .looked_up = looked_up, .user_data = user_data };
    dialer->answer = deadline_create(context, answer, dialer);
    return dialer;
}

void dialer_destroy(struct dialer *dialer)
{
    if (dialer)
        deadline_destroy(dialer->answer);
    g_free(dialer);
}

void dialer_look_up(struct dialer *dialer)
{
    dialer->untried = 0;
    deadline_set(dialer->answer, 0);
}

const char *dialer_next(struct dialer *dialer)
{
    if (!dialer->untried)
        return NULL;
    return --dialer->untried ? "2001:db8::1" : "192.0.2.1";
}

bool dialer_has_next(const struct dialer *dialer)
{
    return dialer->untried > 0;
}

void dialer_finish(struct dialer *dialer)
{
    dialer->untried = 0;
}
