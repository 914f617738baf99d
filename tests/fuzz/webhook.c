/* Who is told of calls by the hub, and what it answers: an address on the first line, then a line for each thing that
 * happens. HTTP itself is libwebsockets'; of that stands here what net/hub/webhook.c calls (no_sockets.h):
 *
 *   * a call, NAME: its id and users     ^ the connection is there    ! it cannot be made      $ names are unknown
 *   = the answer's status, NUMBER        | what it answers            > it has moved, LOCATION . it closes
 *   + a number of tenths of a second pass                             s another secret, TEXT
 *
 * What must hold: what is written is JSON with the head that belongs to it, one call after the other; where nothing is
 * under way, either all was told or a time is set for the next attempt. */
#include "net/hub/webhook.h"
#include "clock.h"
#include "engine/text/json.h"
#include "fuzz.h"
#include "no_sockets.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_LINES = 300, HEAD = 4096 };
#define LONGEST_US (120 * (int64_t)G_USEC_PER_SEC) /* for one call: 6 attempts, each at 2 addresses, with back-off */

static int told; /* calls that are waited for, or were dropped, or taken */

static void wrote(const char *text, size_t length)
{
    cJSON *json = cJSON_ParseWithLength(text, length);
    g_assert_true(json_string(json, "event") && json_string(json, "call") && json_string(json, "from"));
    cJSON_Delete(json);
}

static void tell(struct hub_webhook *webhook, char *name)
{
    struct hub_call call = { .id = name, .from = name, .to = name, .accepted_us = fuzz_clock_now() };
    if (!g_utf8_validate(name, -1, NULL))
        return;
    enum hub_call_event event = (enum hub_call_event)(told++ % 3);
    call.from_name = event == HUB_CALL_ENDED ? name : NULL;
    hub_webhook_tell(webhook, event, &call, fuzz_clock_now());
}

/* As libwebsockets asks for the request's head, once it is connected. */
static void establish(void)
{
    unsigned char head[HEAD], *at = head;
    if (!no_socket.connecting)
        return;
    if (no_socket.callback(NULL, LWS_CALLBACK_CLIENT_APPEND_HANDSHAKE_HEADER, NULL, &at, sizeof head)) {
        no_socket_fail("the head is too long");
        return;
    }
    no_socket.connecting = false;
    no_socket.established = true;
    no_socket_let_write(LWS_CALLBACK_CLIENT_HTTP_WRITEABLE);
}

static void end(void)
{
    if (!no_socket.established)
        return;
    no_socket.established = false;
    no_socket_call_back(LWS_CALLBACK_CLOSED_CLIENT_HTTP, NULL, NULL, 0);
}

static void answer(const char *status)
{
    if (!no_socket.established)
        return;
    no_socket.status = (unsigned)strtoul(status, NULL, 10);
    if (no_socket_call_back(LWS_CALLBACK_ESTABLISHED_CLIENT_HTTP, NULL, NULL, 0) ||
        no_socket_call_back(LWS_CALLBACK_RECEIVE_CLIENT_HTTP, NULL, NULL, 0))
        end();
}

/* Both ends of an HTTP exchange close. */
static void say(enum lws_callback_reasons reason, const char *text)
{
    if (no_socket.established && no_socket_call_back(reason, NULL, text, strlen(text) + 1))
        end();
}

static void do_line(struct hub_webhook *webhook, char *line)
{
    switch (line[0]) {
    case '*':
        tell(webhook, line + 1);
        break;
    case '^':
        establish();
        break;
    case '!':
        no_socket_fail(line + 1);
        break;
    case '$':
        no_socket.nameless = !no_socket.nameless;
        break;
    case '=':
        answer(line + 1);
        break;
    case '|':
        say(LWS_CALLBACK_RECEIVE_CLIENT_HTTP_READ, line + 1);
        break;
    case '>':
        say(LWS_CALLBACK_CLIENT_HTTP_REDIRECT, line + 1);
        break;
    case '.':
        say(LWS_CALLBACK_COMPLETED_CLIENT_HTTP, "");
        end();
        break;
    case 's':
        hub_webhook_set_secret(webhook, line[1] ? line + 1 : NULL);
        break;
    default:
        fuzz_clock_pass(CLAMP(atoi(line), 0, 1000) * 100000);
    }
    fuzz_clock_pass(0);
}

/* Nobody is there any more, and some time all is given up; none is stuck. */
static void give_up(struct hub_webhook *webhook)
{
    int64_t end_us = fuzz_clock_now() + (told + 1) * LONGEST_US;
    while (!hub_webhook_is_done(webhook)) {
        g_assert_cmpint(fuzz_clock_now(), <, end_us);
        fuzz_clock_pass(G_USEC_PER_SEC);
        no_socket_fail("nobody is there");
        end();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = { data, size };
    fuzz_clock_start();
    told = 0;
    no_socket = (struct no_socket){ .wrote = wrote };
    struct reactor *reactor = reactor_create();
    g_autofree char *url = fuzz_line(&input), *error = NULL;
    struct hub_webhook *webhook = hub_webhook_create(reactor, url ? url : "", "secret", &error);
    g_assert_true((webhook == NULL) == (error != NULL));
    char *line;
    for (int i = 0; i < MAX_LINES && webhook && (line = fuzz_line(&input)); i++) {
        do_line(webhook, line);
        g_free(line);
    }
    if (webhook)
        give_up(webhook);
    hub_webhook_destroy(webhook);
    reactor_destroy(reactor);
    return 0;
}
