/* The token of a signalling client, where a file holds it: whoever makes tokens puts a new one there before the old one
 * ends. It is read again at each login, when the hub says that the one we have ends, and when the file changes. */
#include <gio/gio.h>

#include "engine/text/json.h"
#include "engine/text/text_file.h"
#include "net/signal/parts.h"

bool signal_client_read_token(struct signal_client *client)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *token = client->token_file ? text_file_read_word(client->token_file, &error) : NULL;
    if (error)
        g_warning("the token cannot be read again: %s", error->message);
    if (!token || !*token || !g_strcmp0(token, client->token)) /* empty: it is being written */
        return false;
    signal_client_set_token(client, token);
    return true;
}

void signal_client_set_token(struct signal_client *client, const char *token)
{
    char *own = g_strdup(token); /* it may be the one there is */
    g_free(client->token);
    client->token = own;
    if (client->backend && client->backend->ops->set_token)
        client->backend->ops->set_token(client->backend, own);
}

static void renewed(void *user_data, enum signal_result result, const cJSON *reply)
{
    struct signal_client *client = user_data;
    const char *why = json_string(reply, "message");
    if (result == SIGNAL_DELIVERED)
        g_message("%s: the token is renewed", client->user);
    else if (result == SIGNAL_REFUSED)
        g_warning("the token in %s is refused: %s", client->token_file, why ? why : "without a reason");
}

bool signal_client_renew_from_file(struct signal_client *client)
{
    if (!signal_client_read_token(client))
        return false;
    if (client->online)
        signal_renew_token(client, client->token, renewed, client);
    return true;
}

static void file_changed(GFileMonitor *monitor, GFile *file, GFile *other, GFileMonitorEvent event, gpointer user_data)
{
    (void)monitor;
    (void)file;
    (void)other;
    if (event != G_FILE_MONITOR_EVENT_DELETED)
        signal_client_renew_from_file(user_data);
}

void signal_client_watch_token(struct signal_client *client, const char *path)
{
    g_autoptr(GFile) file = g_file_new_for_path(path);
    GMainContext *context = reactor_context(client->reactor);
    client->token_file = g_strdup(path);
    g_main_context_push_thread_default(context); /* it tells there */
    client->token_monitor = g_file_monitor_file(file, G_FILE_MONITOR_NONE, NULL, NULL);
    g_main_context_pop_thread_default(context);
    if (client->token_monitor)
        g_signal_connect(client->token_monitor, "changed", G_CALLBACK(file_changed), client);
}

void signal_client_unwatch_token(struct signal_client *client)
{
    if (!client->token_monitor)
        return;
    g_signal_handlers_disconnect_by_data(client->token_monitor, client);
    g_file_monitor_cancel(client->token_monitor);
    g_clear_object(&client->token_monitor);
}
