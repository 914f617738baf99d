/* token: makes a JSON Web Token for trials. In earnest, the application's own server makes them. */
#include <glib.h>
#include <stdio.h>

#include "app/commands/commands.h"
#include "net/protocol/hub_protocol.h"
#include "net/protocol/hub_token.h"

struct wishes {
    char *user, *name, *secret_file, *key_file;
    char **host, **audience;
    double lifetime;
    gboolean server;
};

static void add_rooms(struct hub_grant *grant, char **rooms, enum hub_role role)
{
    for (; rooms && *rooms; rooms++) {
        if (!grant->rooms)
            grant->rooms = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        g_hash_table_insert(grant->rooms, g_strdup(*rooms), GINT_TO_POINTER(role));
    }
}

static bool make(const struct wishes *wishes, char **why)
{
    g_autofree char *key = NULL;
    g_autoptr(GError) error = NULL;
    if (!g_file_get_contents(wishes->secret_file ? wishes->secret_file : wishes->key_file, &key, NULL, &error)) {
        *why = g_strdup(error->message);
        return false;
    }
    struct hub_grant grant = {
        .user = wishes->user ? wishes->user : "",
        .name = wishes->name,
        .server = wishes->server,
        .expires_s = wishes->lifetime > 0 ? g_get_real_time() / G_USEC_PER_SEC + (int64_t)wishes->lifetime : INT64_MAX,
    };
    add_rooms(&grant, wishes->audience, HUB_ROLE_AUDIENCE);
    add_rooms(&grant, wishes->host, HUB_ROLE_HOST);
    g_autofree char *token = hub_token_make(wishes->secret_file ? key : NULL, wishes->secret_file ? NULL : key, &grant,
                                            why);
    if (token)
        printf("%s\n", token);
    if (grant.rooms)
        g_hash_table_unref(grant.rooms);
    return token != NULL;
}

static const char *check(const struct wishes *wishes)
{
    if (!wishes->user && !wishes->server)
        return "--user is needed: for whom (or --server, for the HTTP API)";
    if (!wishes->secret_file == !wishes->key_file)
        return "one of --secret-file and --key-file is needed: what to sign with";
    if (wishes->name && !hub_display_name_is_valid(wishes->name))
        return "--name wants " HUB_DISPLAY_NAME_RULE;
    return wishes->lifetime >= 0 && wishes->lifetime <= 1e10 ? NULL : "--lifetime wants seconds; 0: without end";
}

static int run(const struct wishes *wishes)
{
    const char *wrong = check(wishes);
    g_autofree char *why = NULL;
    if (!wrong && make(wishes, &why))
        return 0;
    fprintf(stderr, "callapi token: %s\n", wrong ? wrong : why);
    return wrong ? 2 : 1;
}

int command_token(int argc, char **argv)
{
    struct wishes wishes = { .lifetime = 86400 };
    const GOptionEntry entries[] = {
        { "user", 0, 0, G_OPTION_ARG_STRING, &wishes.user, "For whom", "USER" },
        { "name", 0, 0, G_OPTION_ARG_STRING, &wishes.name,
          "What USER is called on the screens of others, whatever it calls itself", "NAME" },
        { "host", 0, 0, G_OPTION_ARG_STRING_ARRAY, &wishes.host,
          "May broadcast in ROOM; '*' is every room; may be repeated", "ROOM" },
        { "audience", 0, 0, G_OPTION_ARG_STRING_ARRAY, &wishes.audience,
          "May watch ROOM; may be repeated (every room, where neither is given)", "ROOM" },
        { "server", 0, 0, G_OPTION_ARG_NONE, &wishes.server, "May use the hub's HTTP API", NULL },
        { "lifetime", 0, 0, G_OPTION_ARG_DOUBLE, &wishes.lifetime, "Valid for so long; 0: without end (86400)", "S" },
        { "secret-file", 0, 0, G_OPTION_ARG_FILENAME, &wishes.secret_file, "Sign with the secret in FILE (HS256)",
          "FILE" },
        { "key-file", 0, 0, G_OPTION_ARG_FILENAME, &wishes.key_file,
          "Sign with the private RSA key in FILE, PEM (RS256)", "FILE" },
        { "verbose", 'v', 0, G_OPTION_ARG_NONE, &(gboolean){ FALSE }, "Say more", NULL },
        { NULL },
    };
    g_autoptr(GOptionContext) context = g_option_context_new(NULL);
    g_autoptr(GError) error = NULL;
    g_option_context_add_main_entries(context, entries, NULL);
    int status = 2;
    if (g_option_context_parse(context, &argc, &argv, &error) && argc == 1)
        status = run(&wishes);
    else
        fprintf(stderr, "callapi token: %s\n", error ? error->message : "unexpected argument");
    g_free(wishes.user);
    g_free(wishes.name);
    g_free(wishes.secret_file);
    g_free(wishes.key_file);
    g_strfreev(wishes.host);
    g_strfreev(wishes.audience);
    return status;
}
