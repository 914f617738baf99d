/* load: many viewers and calls at once, for who wants to know what hub, broker and media server take. */
#include <glib.h>
#include <stdio.h>

#include "app/commands/commands.h"
#include "app/load/load.h"
#include "engine/text/text_file.h"

struct wish {
    struct load_config load;
    char **watched, **streams, **publish;
    char *hub, *ca, *stream_token, *publish_token, *secret_file, *json, *size, *name;
    int watch_only; /* gboolean */
};

static const char *check(struct wish *wish)
{
    struct load_config *load = &wish->load;
    if (load->viewers < 0 || load->calls < 0 || load->rooms < 0 || load->viewers + load->calls < 1)
        return "--viewers N or --calls N is needed, and --rooms is not below 0";
    if (wish->size &&
        (sscanf(wish->size, "%dx%d", &load->width, &load->height) != 2 || load->width < 116 || load->height < 32 ||
         load->width > 4096 || load->height > 2304 || (load->width | load->height) & 1))
        return "--size wants WxH, even, from 116x32 to 4096x2304";
    if (load->kbit_rate < 50 || load->kbit_rate > 20000)
        return "--kbit-rate wants 50 to 20000";
    if (load->duration <= 0 || load->per_second <= 0 || load->fps < 1 || load->fps > 60)
        return "--duration, --per-second and --fps (to 60) are above 0";
    if (wish->watched && wish->streams)
        return "--room and --stream exclude each other: a room of others says itself by what it is watched";
    if (load->direct < 0)
        return "--direct is not below 0";
    if (wish->watch_only && !wish->watched && !wish->streams)
        return "--watch-only wants rooms (--room R) or streams (--stream URL) of others";
    return NULL;
}

static bool save(const char *path, const char *text)
{
    g_autoptr(GError) error = NULL;
    if (g_file_set_contents(path, text, -1, &error))
        return true;
    fprintf(stderr, "callapi load: %s\n", error->message);
    return false;
}

static int run(const struct wish *wish)
{
    g_autofree char *error = NULL, *prefix = g_strdup_printf("load%u", g_random_int() % 100000);
    struct load_config config = wish->load;
    config.hub = wish->hub ? wish->hub : "ws://127.0.0.1:8080";
    config.prefix = wish->name ? wish->name : prefix;
    config.watched = wish->watched;
    config.streams = wish->streams;
    config.publish = wish->publish;
    config.ca_file = wish->ca;
    config.stream_token = wish->stream_token;
    config.publish_token = wish->publish_token;
    if (wish->watch_only)
        config.rooms = 0;
    struct load *load = load_create(&config, &error);
    if (!load) {
        fprintf(stderr, "callapi load: %s\n", error ? error : "it cannot begin");
        return 1;
    }
    load_run(load);
    load_print(load);
    g_autofree char *json = load_to_json(load);
    bool saved = !wish->json || save(wish->json, json);
    bool well = load_is_well(load);
    load_destroy(load);
    return saved && well ? 0 : 1;
}

/* A word, or @FILE that holds it. False, said, where that cannot be read. */
static bool read_word(char **word)
{
    g_autofree char *text = NULL;
    g_autoptr(GError) error = NULL;
    if (!*word || **word != '@')
        return true;
    if (!g_file_get_contents(*word + 1, &text, NULL, &error)) {
        fprintf(stderr, "callapi load: %s\n", error->message);
        return false;
    }
    g_free(*word);
    *word = g_strdup(g_strstrip(text));
    return true;
}

static bool read_secret(struct wish *wish, char **secret)
{
    g_autoptr(GError) error = NULL;
    if (!wish->secret_file || g_file_get_contents(wish->secret_file, secret, NULL, &error)) {
        wish->load.secret = *secret;
        return true;
    }
    fprintf(stderr, "callapi load: %s\n", error->message);
    return false;
}

static void clear(struct wish *wish)
{
    char *texts[] = { wish->hub,         wish->ca,   wish->stream_token, wish->publish_token,
                      wish->secret_file, wish->json, wish->size,         wish->name };
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
        g_free(texts[i]);
    g_strfreev(wish->watched);
    g_strfreev(wish->streams);
    g_strfreev(wish->publish);
}

static bool parse(struct wish *wish, int argc, char **argv)
{
    struct load_config *load = &wish->load;
    const GOptionEntry entries[] = {
        { "hub", 0, 0, G_OPTION_ARG_STRING, &wish->hub, "As of the other commands (ws://127.0.0.1:8080)", "URL" },
        { "rooms", 0, 0, G_OPTION_ARG_INT, &load->rooms, "Broadcast so many rooms (1)", "R" },
        { "viewers", 0, 0, G_OPTION_ARG_INT, &load->viewers, "So many watch, spread over the rooms", "N" },
        { "calls", 0, 0, G_OPTION_ARG_INT, &load->calls, "So many pairs of users call, talk, hang up, again", "C" },
        { "duration", 0, 0, G_OPTION_ARG_DOUBLE, &load->duration, "How long (30)", "S" },
        { "per-second", 0, 0, G_OPTION_ARG_DOUBLE, &load->per_second, "So many users come in a second (20)", "N" },
        { "watch-only", 0, 0, G_OPTION_ARG_NONE, &wish->watch_only, "Broadcast nothing", NULL },
        { "room", 0, 0, G_OPTION_ARG_STRING_ARRAY, &wish->watched, "Watch this room of others; may be repeated",
          "ROOM" },
        { "stream", 0, 0, G_OPTION_ARG_STRING_ARRAY, &wish->streams,
          "The rooms may be watched by this stream as well, and are; with --watch-only: watch it, without a room. "
          "{room} stands for the room's name; may be repeated",
          "URL" },
        { "direct", 0, 0, G_OPTION_ARG_INT, &load->direct,
          "So many viewers of a room with streams get a connection all the same (0)", "N" },
        { "stream-token", 0, 0, G_OPTION_ARG_STRING, &wish->stream_token, "Bearer token for those, or @FILE", "TOKEN" },
        { "publish", 0, 0, G_OPTION_ARG_STRING_ARRAY, &wish->publish,
          "Publish each room there as well ({room} as above); may be repeated", "URL" },
        { "publish-token", 0, 0, G_OPTION_ARG_STRING, &wish->publish_token, "Bearer token for those, or @FILE",
          "TOKEN" },
        { "secret-file", 0, 0, G_OPTION_ARG_FILENAME, &wish->secret_file,
          "The hub wants tokens: sign them with this secret", "FILE" },
        { "ca", 0, 0, G_OPTION_ARG_FILENAME, &wish->ca, "Trust this authority (PEM), not the system's", "FILE" },
        { "size", 0, 0, G_OPTION_ARG_STRING, &wish->size, "Of the synthetic cameras (320x180)", "WxH" },
        { "fps", 0, 0, G_OPTION_ARG_INT, &load->fps, "Pictures a second of those (15)", "N" },
        { "kbit-rate", 0, 0, G_OPTION_ARG_INT, &load->kbit_rate, "Of their pictures (300)", "N" },
        { "decode", 0, 0, G_OPTION_ARG_INT, &load->sample,
          "One user in so many decodes and reads the frame codes; 0: none (20)", "N" },
        { "name", 0, 0, G_OPTION_ARG_STRING, &wish->name, "Before all names of users and rooms", "TEXT" },
        { "json", 0, 0, G_OPTION_ARG_FILENAME, &wish->json, "The figures as JSON", "FILE" },
        { NULL },
    };
    g_autoptr(GOptionContext) context = g_option_context_new(NULL);
    g_autoptr(GError) error = NULL;
    g_option_context_add_main_entries(context, entries, NULL);
    const char *wrong = NULL;
    if (!g_option_context_parse(context, &argc, &argv, &error))
        wrong = error->message;
    else
        wrong = argc > 1 ? "there is nothing but options" : check(wish);
    if (wrong)
        fprintf(stderr, "callapi load: %s\n", wrong);
    return !wrong;
}

int command_load(int argc, char **argv)
{
    struct wish wish = { .load = { .rooms = 1,
                                   .duration = 30,
                                   .per_second = 20,
                                   .width = 320,
                                   .height = 180,
                                   .fps = 15,
                                   .kbit_rate = 300,
                                   .sample = 20 } };
    g_autofree char *secret = NULL;
    int status = 2;
    if (parse(&wish, argc, argv) && read_word(&wish.stream_token) && read_word(&wish.publish_token) &&
        read_secret(&wish, &secret))
        status = run(&wish);
    clear(&wish);
    return status;
}
