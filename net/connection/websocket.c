#include "net/connection/websocket.h"

#include <string.h>

#include "platform/descriptors.h"
#include "platform/network/socket.h"

struct message {
    size_t length;
    unsigned char bytes[]; /* LWS_PRE bytes of room for the frame's header, then the text */
};

/* Whom nothing has been heard of for ten seconds is pinged (RFC 6455 section 5.5.2), and given up five seconds
 * later. */
static const lws_retry_bo_t liveness = { .secs_since_valid_ping = 10, .secs_since_valid_hangup = 15 };

static void log_line(int level, const char *line)
{
    int length = (int)strcspn(line, "\n");
    if (level & LLL_ERR)
        g_info("libwebsockets: %.*s", length, line);
    else
        g_debug("libwebsockets: %.*s", length, line);
}

void websocket_context_info(struct lws_context_creation_info *info, struct reactor *reactor, void *loops[1],
                            int max_fds)
{
    /* libwebsockets has one log for the process; what the user must know, our callbacks say themselves. */
    lws_set_log_level(LLL_ERR | LLL_WARN, log_line);
    loops[0] = reactor_loop(reactor);
    memset(info, 0, sizeof *info);
    info->options = LWS_SERVER_OPTION_GLIB;
    info->foreign_loops = loops;
    info->port = CONTEXT_PORT_NO_LISTEN;
    info->fd_limit_per_thread = (unsigned)max_fds;
    info->retry_and_idle_policy = &liveness;
    info->gid = (__typeof__(info->gid))-1; /* int in 4.1, gid_t in 4.3 */
    info->uid = (__typeof__(info->uid))-1;
}

static bool forgets_its_eventfd(void)
{
    return g_str_has_prefix(lws_get_library_version(), "4.3.");
}

bool websocket_context_create(struct websocket_context *context, const struct lws_context_creation_info *info)
{
    struct descriptors_eventfds before;
    descriptors_find_eventfds(&before);
    context->lws = lws_create_context(info);
    context->eventfd = context->lws && forgets_its_eventfd() ? descriptors_new_eventfd(&before) : -1;
    return context->lws != NULL;
}

void websocket_context_gone(struct websocket_context *context)
{
    descriptors_close_eventfd(context->eventfd);
    *context = (struct websocket_context){ .eventfd = -1 };
}

void websocket_context_destroy(struct websocket_context *context)
{
    if (!context->lws)
        return;
    lws_context_destroy(context->lws);
    websocket_context_gone(context);
}

void websocket_send_at_once(struct lws *wsi)
{
    socket_send_at_once(lws_get_socket_fd(wsi));
}

bool websocket_outbox_push(struct websocket_outbox *outbox, const char *text, size_t length, size_t max)
{
    if (outbox->bytes + length > max)
        return false;
    struct message *message = g_malloc(sizeof *message + LWS_PRE + length);
    message->length = length;
    memcpy(message->bytes + LWS_PRE, text, length);
    g_queue_push_tail(&outbox->messages, message);
    outbox->bytes += length;
    return true;
}

bool websocket_outbox_write(struct websocket_outbox *outbox, struct lws *wsi)
{
    while (outbox->messages.length && !lws_send_pipe_choked(wsi)) {
        struct message *message = g_queue_pop_head(&outbox->messages);
        outbox->bytes -= message->length;
        int written = lws_write(wsi, message->bytes + LWS_PRE, message->length, LWS_WRITE_TEXT);
        bool alive = written >= (int)message->length;
        g_free(message);
        if (!alive)
            return false;
    }
    if (outbox->messages.length)
        lws_callback_on_writable(wsi);
    return true;
}

void websocket_outbox_finish(struct websocket_outbox *outbox, struct lws *wsi)
{
    websocket_outbox_write(outbox, wsi);
    socket_end_sending(lws_get_socket_fd(wsi));
}

void websocket_outbox_clear(struct websocket_outbox *outbox)
{
    g_queue_clear_full(&outbox->messages, g_free);
    outbox->bytes = 0;
}

/* What is sent by mistake is refused, and the connection goes on; behind so many bytes no end is waited for. */
enum { ENDLESS = 1024 * 1024 };

enum websocket_inbox_result websocket_inbox_add(struct websocket_inbox *inbox, struct lws *wsi, const void *data,
                                                size_t length, size_t max)
{
    if (!inbox->text)
        inbox->text = g_string_new(NULL);
    if (lws_is_first_fragment(wsi)) {
        g_string_truncate(inbox->text, 0);
        inbox->too_large = false;
        inbox->skipped = 0;
    }
    inbox->too_large |= inbox->text->len + length > max;
    if (inbox->too_large)
        inbox->skipped += length;
    else
        g_string_append_len(inbox->text, data, (gssize)length);
    if (lws_remaining_packet_payload(wsi) > ENDLESS || inbox->skipped > ENDLESS)
        return WEBSOCKET_ENDLESS;
    if (!lws_is_final_fragment(wsi) || lws_remaining_packet_payload(wsi))
        return WEBSOCKET_MORE;
    return inbox->too_large ? WEBSOCKET_TOO_LARGE : WEBSOCKET_MESSAGE;
}

/* GLib takes no NUL, which UTF-8 has. */
bool websocket_inbox_is_utf8(const struct websocket_inbox *inbox)
{
    const char *at = inbox->text->str, *end = at + inbox->text->len;
    while (!g_utf8_validate(at, end - at, &at)) {
        if (*at)
            return false;
        at++;
    }
    return true;
}

void websocket_inbox_clear(struct websocket_inbox *inbox)
{
    if (inbox->text)
        g_string_free(inbox->text, TRUE);
    inbox->text = NULL;
}
