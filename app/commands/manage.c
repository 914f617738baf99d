/* manage: asks a kiosk how it does, for a picture of its screen, to read its configuration again, to start again. */
#include <cjson/cJSON.h>
#include <glib.h>
#include <stdio.h>
#include <string.h>

#include "app/commands/commands.h"
#include "app/kiosk/manage.h"
#include "engine/text/address.h"
#include "engine/text/json.h"
#include "engine/text/text_file.h"
#include "net/protocol/manage_token.h"
#include "net/signal/signal.h"
#include "platform/interrupt.h"

enum { PATIENCE_US = 15 * G_USEC_PER_SEC, AGAIN_US = G_USEC_PER_SEC / 2 };

struct wish {
    char *hub, *user, *token, *ca, *to, *output;
    char *secret_file, *key_file;
    char *secret, *key; /* texts: one of them has been read */
    char **rest;        /* what is asked for */
};

struct asking {
    const struct wish *wish;
    struct signal_client *signal;
    char id[17];
    /* The kiosk's instance that begins anew, whose next one is waited for; NULL: not that */
    char *before;
    int64_t end_us, again_us; /* again: it is asked for its status, INT64_MAX: not */
    int status;               /* -1: no answer yet */
};

static void fail(struct asking *asking, const char *why)
{
    if (asking->status < 0)
        fprintf(stderr, "callapi manage: %s: %s\n", asking->wish->to, why);
    asking->status = 1;
}

static void on_sent(void *user_data, enum signal_result result, const cJSON *reply)
{
    const char *message = json_string(reply, "message");
    if (result == SIGNAL_OFFLINE)
        fail(user_data, "is not online");
    else if (result == SIGNAL_REFUSED)
        fail(user_data, message ? message : "the hub refused it");
}

static void request(struct asking *asking, const char *ask, signal_done done)
{
    const struct wish *wish = asking->wish;
    g_autofree char *why = NULL;
    g_snprintf(asking->id, sizeof asking->id, "%08x%08x", g_random_int(), g_random_int());
    struct manage_request request = { .manager = wish->user, .kiosk = wish->to, .ask = ask, .id = asking->id };
    g_autofree char *token = manage_token_make(wish->secret, wish->key, &request, signal_client_now_ms(asking->signal),
                                               &why);
    if (!token) {
        fail(asking, why);
        return;
    }
    cJSON *body = manage_request(asking->id, ask, token);
    signal_send(asking->signal, asking->wish->to, body, done, asking);
    cJSON_Delete(body);
}

static void on_online(void *user_data)
{
    struct asking *asking = user_data;
    if (!asking->before)
        request(asking, asking->wish->rest[0], on_sent);
}

static void on_offline(void *user_data, const char *why)
{
    g_message("%s; it is tried again", why);
    (void)user_data;
}

static void save(struct asking *asking, const char *text)
{
    size_t size;
    g_autofree guchar *bytes = g_base64_decode(text, &size);
    g_autoptr(GError) error = NULL;
    const char *path = asking->wish->output ? asking->wish->output : "screenshot.jpg";
    if (!g_file_set_contents(path, (const char *)bytes, (gssize)size, &error)) {
        fail(asking, error->message);
        return;
    }
    printf("%s\n", path);
    asking->status = 0;
}

static void print(struct asking *asking, const cJSON *answer)
{
    char *text = cJSON_Print(answer);
    puts(text);
    cJSON_free(text);
    asking->status = 0;
}

/* A kiosk in a call begins anew after it, however long that takes. */
static void wait_for_next(struct asking *asking, const char *begins, const char *instance)
{
    if (strcmp(begins, "now") != 0) {
        printf("begins after the call that there is\n");
        asking->status = 0;
        return;
    }
    asking->before = g_strdup(instance);
    asking->again_us = g_get_monotonic_time();
    asking->end_us = asking->again_us + PATIENCE_US;
}

static void look_for_next(struct asking *asking, const cJSON *answer)
{
    const char *instance = json_string(answer, "instance");
    const char *configuration = json_string(answer, "configuration");
    if (!instance || !strcmp(instance, asking->before))
        return;
    if (!g_strcmp0(configuration, "kept")) {
        fail(asking, "the new configuration cannot be used, and the one before is kept: the kiosk's log tells why");
        return;
    }
    printf("done\n");
    asking->status = 0;
}

static void take_answer(struct asking *asking, const cJSON *answer)
{
    const char *jpeg = json_string(answer, "jpeg");
    const char *begins = json_string(answer, "begins");
    const char *instance = json_string(answer, "instance");
    if (asking->before)
        look_for_next(asking, answer);
    else if (begins && instance)
        wait_for_next(asking, begins, instance);
    else if (jpeg)
        save(asking, jpeg);
    else
        print(asking, answer);
}

static void on_message(void *user_data, const char *from, const cJSON *body)
{
    struct asking *asking = user_data;
    const cJSON *answer = json_member(body, "answer");
    const char *id = json_string(body, "id");
    const char *error = json_string(body, "error");
    if (g_strcmp0(id, asking->id) || !address_same_user(from, asking->wish->to) || asking->status >= 0)
        return;
    if (!cJSON_IsObject(answer))
        fail(asking, error ? error : "answers nonsense");
    else
        take_answer(asking, answer);
}

static const struct signal_listener events = { .online = on_online, .offline = on_offline, .message = on_message };

static void run(struct asking *asking, struct reactor *reactor)
{
    for (int64_t now_us;
         (now_us = g_get_monotonic_time()) < asking->end_us && asking->status < 0 && !interrupt_seen();) {
        if (now_us >= asking->again_us && signal_client_is_online(asking->signal)) {
            request(asking, "status", NULL);
            asking->again_us = now_us + AGAIN_US;
        }
        reactor_wait(reactor, MIN(asking->end_us, now_us + AGAIN_US / 2));
    }
    if (asking->status < 0)
        fail(asking, asking->before ? "has not come back yet" : "does not answer");
}

static int ask(const struct wish *wish)
{
    struct reactor *reactor = reactor_create();
    struct asking asking = {
        .wish = wish, .status = -1, .end_us = g_get_monotonic_time() + PATIENCE_US, .again_us = INT64_MAX
    };
    struct signal_config config = { .url = wish->hub ? wish->hub : "ws://127.0.0.1:8080",
                                    .user = wish->user,
                                    .token = wish->token,
                                    .ca_file = wish->ca,
                                    .listener = &events,
                                    .user_data = &asking };
    asking.signal = signal_client_create(reactor, &config);
    if (asking.signal)
        run(&asking, reactor);
    signal_client_destroy(asking.signal);
    reactor_destroy(reactor);
    g_free(asking.before);
    return asking.status;
}

static const char *check(const struct wish *wish)
{
    static const char *const asks[] = { "status", "screenshot", "reload", "restart", NULL };
    if (!wish->user || !wish->to)
        return "--user and --to are needed: who asks, and which kiosk";
    if (!wish->secret_file == !wish->key_file)
        return "one of --secret-file and --key-file is needed: what the request is signed with";
    if (!wish->rest || !wish->rest[0] || wish->rest[1] || !g_strv_contains(asks, wish->rest[0]))
        return "wants one of status, screenshot, reload, restart";
    return NULL;
}

static bool read_key(struct wish *wish, GError **error)
{
    return (!wish->secret_file || g_file_get_contents(wish->secret_file, &wish->secret, NULL, error)) &&
           (!wish->key_file || g_file_get_contents(wish->key_file, &wish->key, NULL, error));
}

/* --token TOKEN or @FILE. */
static bool read_token(struct wish *wish, GError **error)
{
    if (!wish->token || wish->token[0] != '@')
        return true;
    char *text = text_file_read_word(wish->token + 1, error);
    g_free(wish->token);
    wish->token = text;
    return text != NULL;
}

int command_manage(int argc, char **argv)
{
    struct wish wish = { 0 };
    const GOptionEntry entries[] = {
        { "hub", 0, 0, G_OPTION_ARG_STRING, &wish.hub, "The kiosk's hub or broker (ws://127.0.0.1:8080)", "URL" },
        { "user", 0, 0, G_OPTION_ARG_STRING, &wish.user, "Who you are: one of the kiosk's --manager", "USER" },
        { "token", 0, 0, G_OPTION_ARG_STRING, &wish.token, "Your token, or @FILE that holds it", "TOKEN" },
        { "ca", 0, 0, G_OPTION_ARG_FILENAME, &wish.ca, "Trust the authority in FILE (PEM), not the system's", "FILE" },
        { "to", 0, 0, G_OPTION_ARG_STRING, &wish.to, "The kiosk", "USER" },
        { "secret-file", 0, 0, G_OPTION_ARG_FILENAME, &wish.secret_file,
          "Sign the request with the secret in FILE (HS256): the kiosk's --manager-secret", "FILE" },
        { "key-file", 0, 0, G_OPTION_ARG_FILENAME, &wish.key_file,
          "Sign it with the private RSA key in FILE, PEM (RS256), whose public one is its --manager-key", "FILE" },
        { "output", 'o', 0, G_OPTION_ARG_FILENAME, &wish.output, "Where the screenshot goes (screenshot.jpg)", "FILE" },
        { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_STRING_ARRAY, &wish.rest, NULL, "status|screenshot|reload|restart" },
        { NULL },
    };
    g_autoptr(GOptionContext) context = g_option_context_new(NULL);
    g_autoptr(GError) error = NULL;
    g_option_context_add_main_entries(context, entries, NULL);
    bool good = g_option_context_parse(context, &argc, &argv, &error) && read_token(&wish, &error) &&
                read_key(&wish, &error);
    const char *wrong = !good ? error->message : check(&wish);
    int status = wrong ? 2 : ask(&wish);
    if (wrong)
        fprintf(stderr, "callapi manage: %s\n", wrong);
    char *texts[] = { wish.hub,    wish.user,        wish.token,    wish.ca,     wish.to,
                      wish.output, wish.secret_file, wish.key_file, wish.secret, wish.key };
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
        g_free(texts[i]);
    g_strfreev(wish.rest);
    return status;
}
