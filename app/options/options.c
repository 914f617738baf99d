#include "app/options/options.h"

#include <gio/gio.h>
#include <stdio.h>
#include <string.h>

#include "app/agent/agent.h"
#include "app/kiosk/opening_hours.h"
#include "app/kiosk/reception.h"
#include "app/options/table.h"
#include "engine/publish/address.h"
#include "engine/text/address.h"
#include "engine/text/text_file.h"
#include "net/protocol/hub_protocol.h"
#include "net/protocol/room_streams.h"
#include "net/signal/signal.h"
#include "net/transport/ice_servers.h"
#include "platform/files/assets.h"
#include "platform/log.h"
#include "render/theme.h"

static bool parse_size(const char *text, const char *option, int *width, int *height, GError **error)
{
    char rest;
    if (!text)
        return true;
    if (sscanf(text, "%dx%d%c", width, height, &rest) == 2 && *width >= 64 && *height >= 64 && *width <= 7680 &&
        *height <= 4320 && *width % 2 == 0 && *height % 2 == 0)
        return true;
    g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                "%s wants an even WIDTHxHEIGHT from 64x64 to 7680x4320, not '%s'", option, text);
    return false;
}

static bool read_text(const char *file, char **text, GError **error)
{
    return !file || g_file_get_contents(file, text, NULL, error);
}

/* A word as it is, or @FILE that holds it: then it stands in no list of processes. Takes it. */
static char *read_word(char *word, GError **error)
{
    if (!word || word[0] != '@')
        return word;
    char *text = text_file_read_word(word + 1, error);
    g_free(word);
    return text;
}

/* Secrets come from files, so that they stand in no list of processes. A token is read again, unless it came out of a
 * pipe. */
static bool read_files(struct options *options, const struct raw *raw, GError **error)
{
    if (raw->token && raw->token[0] == '@' && g_file_test(raw->token + 1, G_FILE_TEST_IS_REGULAR))
        options->token_file = g_strdup(raw->token + 1);
    options->token = read_word(g_strdup(raw->token), error);
    if (!*error)
        options->ice_credential = read_word(options->ice_credential, error);
    if (!*error)
        options->stream_token = read_word(options->stream_token, error);
    if (!*error)
        options->publish_token = read_word(options->publish_token, error);
    for (char **url = options->publish; url && *url && !*error; url++) {
        char *address = read_word(*url, error);
        *url = address ? address : g_strdup(""); /* the list ends with NULL */
    }
    return !*error && read_text(raw->secret_file, &options->token_secret, error) &&
           read_text(raw->key_file, &options->token_key, error) &&
           read_text(raw->webhook_file, &options->webhook_secret, error) &&
           read_text(raw->turn_secret_file, &options->turn_secret, error) &&
           read_text(raw->manager_secret_file, &options->manager_secret, error) &&
           read_text(raw->manager_key_file, &options->manager_key, error);
}

/* Policies are read where they are used; here, so that what is wrong is said at once. */
static bool check_kiosk(const struct options *options, GError **error)
{
    g_autofree char *wrong = NULL;
    struct opening_hours *hours = options->opening_hours ? opening_hours_parse(options->opening_hours, &wrong) : NULL;
    opening_hours_free(hours);
    if (wrong) {
        g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, "--opening-hours: %s", wrong);
        return false;
    }
    if (options->reception && g_strv_length(options->reception) > RECEPTION_BUTTONS) {
        g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, "--reception: %d buttons have room",
                    RECEPTION_BUTTONS);
        return false;
    }
    for (char **text = options->reception; text && *text; text++)
        if (!reception_is_button(*text)) {
            g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                        "--reception wants LABEL: USER, USER..., not '%s'", *text);
            return false;
        }
    return true;
}

static bool is_trust(const char *file, char **wrong)
{
    g_autoptr(GError) failure = NULL;
    GList *certificates = g_tls_certificate_list_new_from_file(file, &failure);
    if (!certificates)
        *wrong = g_strdup_printf("--ca: %s", failure ? failure->message : "it has no certificate (PEM)");
    g_list_free_full(certificates, g_object_unref);
    return !*wrong;
}

/* USER, or USER/DEVICE. */
static bool is_address(const char *text)
{
    g_autofree char *user = address_user(text);
    const char *device = address_device(text);
    return hub_name_is_valid(user) && (!device || hub_name_is_valid(device));
}

static bool are_names(char *const *names)
{
    for (; names && *names; names++)
        if (!hub_name_is_valid(*names))
            return false;
    return true;
}

#define NAME_RULE "1 to %d bytes of UTF-8, without / and control characters"

/* NULL, or what is wrong; g_free it. */
static char *find_wrong_name(const struct options *options)
{
    const struct {
        const char *option;
        bool good;
    } names[] = {
        { "--user", !options->user || hub_name_is_valid(options->user) },
        { "--room", !options->room || hub_name_is_valid(options->room) },
        { "--manager", are_names(options->managers) },
        { "--allow", are_names(options->allow) },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        if (!names[i].good)
            return g_strdup_printf("%s wants " NAME_RULE, names[i].option, HUB_NAME_MAX);
    if (options->name && !hub_display_name_is_valid(options->name))
        return g_strdup("--name wants " HUB_DISPLAY_NAME_RULE);
    if (options->call && !is_address(options->call))
        return g_strdup_printf("--call wants USER or USER/DEVICE, each " NAME_RULE, HUB_NAME_MAX);
    return options->to && !is_address(options->to)
               ? g_strdup_printf("--to wants USER or USER/DEVICE, each " NAME_RULE, HUB_NAME_MAX)
               : NULL;
}

/* What would end a kiosk that reads it again is wrong here already, where the line is known. */
static bool check_connection(const struct options *options, GError **error)
{
    g_autofree char *wrong = find_wrong_name(options);
    /* Who we are to a TURN server may stand in a later line: options_read looks at it once more. */
    const char *user = options->ice_user ? options->ice_user : "",
               *credential = options->ice_credential ? options->ice_credential : "";
    if (!wrong && options->hub && g_strcmp0(options->hub, "embedded") && !signal_url_is_good(options->hub))
        wrong = g_strdup_printf("--hub wants ws://HOST:PORT, wss://..., mqtt://..., mqtts://... or embedded, not '%s'",
                                options->hub);
    else if (!wrong && (!options->ca || is_trust(options->ca, &wrong)))
        ice_servers_check(options->ice_servers, user, credential, &wrong);
    if (wrong)
        g_set_error_literal(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, wrong);
    return !wrong;
}

static bool check_tls(const struct options *options, GError **error)
{
    bool self = !g_strcmp0(options->tls, "self"), both = options->tls_cert || options->tls_key;
    if (!options->tls || (self && !both))
        return true;
    g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, "%s",
                self ? "--tls self makes a certificate: --tls-cert and --tls-key name another one"
                     : "--tls wants self; a certificate that is there is named by --tls-cert and --tls-key");
    return false;
}

static bool check_theme(const struct options *options, GError **error)
{
    struct theme theme;
    g_autofree char *wrong = NULL, *assets = options->asset_dir ? g_strdup(options->asset_dir) : assets_find();
    if (options->theme && !theme_load(&theme, assets, options->theme, &wrong))
        g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, "--theme: %s", wrong);
    return !wrong;
}

/* The files have been read. What is wrong with an address is said without it: it holds a stream key. */
static bool check_publish(const struct options *options, GError **error)
{
    for (char **url = options->publish; url && *url; url++) {
        if (publish_kind_of(*url) != PUBLISH_UNKNOWN)
            continue;
        g_set_error_literal(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, "--publish wants " PUBLISH_ADDRESSES);
        return false;
    }
    return true;
}

/* False for what is no number ("nan"), too. */
static bool is_within(double value, double least, double most)
{
    return value >= least && value <= most;
}

/* 'watch' takes streams as they are, behind those of --stream. `arguments`: behind the command's name. */
static bool take_streams(struct options *options, char **arguments)
{
    if (g_strcmp0(arguments[-1], "watch"))
        return false;
    g_autoptr(GStrvBuilder) all = g_strv_builder_new();
    g_strv_builder_addv(all, options->streams ? (const char **)options->streams : (const char *[]){ NULL });
    g_strv_builder_addv(all, (const char **)arguments);
    g_strfreev(options->streams);
    options->streams = g_strv_builder_end(all);
    return true;
}

/* 'host' watches none: they are what its room carries. */
static bool take_carried(struct options *options, char **arguments, GError **error)
{
    if (g_strcmp0(arguments[-1], "host"))
        return true;
    options->carried = g_steal_pointer(&options->streams);
    for (char **url = options->carried; url && *url; url++)
        if (!room_stream_is_valid(*url) || url - options->carried >= ROOM_STREAMS_MAX) {
            g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                        "--stream wants at most %d URLs of the network that every viewer can reach, such as "
                        "whep://HOST/ROOM or https://HOST/live.m3u8, not '%s'",
                        ROOM_STREAMS_MAX, *url);
            return false;
        }
    return true;
}

static bool check(struct options *options, const struct raw *raw, int rest, char **arguments, GError **error)
{
    if (rest > 0 && !take_streams(options, arguments)) {
        g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED, "unexpected argument '%s'", arguments[0]);
        return false;
    }
    if (!take_carried(options, arguments, error))
        return false;
    if (options->direct < 0 || options->direct > ROOM_STREAMS_MOST) {
        g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, "--direct wants 0 to %d viewers",
                    ROOM_STREAMS_MOST);
        return false;
    }
    if (!parse_size(raw->size, "--size", &options->width, &options->height, error) ||
        !parse_size(raw->screen, "--screen", &options->screen_width, &options->screen_height, error))
        return false;
    if (raw->codec && g_strcmp0(raw->codec, "h264") && g_strcmp0(raw->codec, "vp8")) {
        g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, "--codec wants h264 or vp8, not '%s'", raw->codec);
        return false;
    }
    options->codec = !g_strcmp0(raw->codec, "vp8") ? AV_CODEC_ID_VP8 : AV_CODEC_ID_H264;
    if (!is_within(raw->duration, 0, 1e7) || !is_within(raw->timeout, 0, 86400) || options->switches < 0 ||
        options->switches > 100000 || !is_within(options->accept_after, 0, 86400)) {
        g_set_error(
            error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
            "--duration, --timeout, --accept-after and --switches want numbers that are not negative (times: a day "
            "at most)");
        return false;
    }
    if (!is_within(raw->attract_time, 1, 86400) || !is_within(raw->idle, 0, 86400) ||
        !is_within(raw->reception_ring, 1, 600)) {
        g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                    "--attract-time wants 1 to 86400 seconds, --idle 0 to 86400, --reception-ring 1 to 600");
        return false;
    }
    if (options->log_level && log_find_level(options->log_level) < 0) {
        g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                    "--log-level wants warning, notice, info or debug, not '%s'", options->log_level);
        return false;
    }
    if (!check_connection(options, error) || !check_tls(options, error) || !check_theme(options, error) ||
        !check_kiosk(options, error))
        return false;
    if (options->warm < 0 || options->warm > AGENT_MAX_WARM || options->zaps < 0 || options->zaps > 100000) {
        g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                    "--warm wants 0 to %d rooms, --zaps a number that is not negative", AGENT_MAX_WARM);
        return false;
    }
    if (!read_files(options, raw, error) || !check_publish(options, error))
        return false;
    options->duration = raw->duration;
    options->timeout = raw->timeout;
    options->attract_time = raw->attract_time;
    options->idle = raw->idle;
    options->reception_ring = raw->reception_ring;
    if (options->camera) {
        options->cameras = g_strsplit(options->camera, ",", -1);
        g_free(options->camera);
        options->camera = g_strdup(options->cameras[0] ? options->cameras[0] : "");
    }
    if (options->video && options->camera) {
        g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, "--video and --camera exclude each other");
        return false;
    }
    return true;
}

bool options_name_place(const struct options *options)
{
    return !options->hub_is_default || options->streams;
}

bool options_use_hub(const struct options *options)
{
    return !options->streams || !options->hub_is_default || options->call;
}

static void fill_defaults(struct options *options)
{
    options->hub_is_default = !options->hub;
    if (!options->hub)
        options->hub = g_strdup(OPTIONS_DEFAULT_HUB);
    if (!options->listen)
        options->listen = g_strdup(OPTIONS_DEFAULT_LISTEN);
    if (!options->user && options->streams && !options_use_hub(options))
        options->user = g_strdup("viewer"); /* nobody hears of it */
    if (!options->asset_dir)
        options->asset_dir = assets_find();
    if (!options->screen_width) {
        options->screen_width = 1280;
        options->screen_height = 720;
    }
}

static void clear_raw(struct raw *raw)
{
    char *texts[] = { raw->size,
                      raw->screen,
                      raw->codec,
                      raw->token,
                      raw->secret_file,
                      raw->key_file,
                      raw->webhook_file,
                      raw->turn_secret_file,
                      raw->manager_secret_file,
                      raw->manager_key_file };
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
        g_free(texts[i]);
}

/* With what `command` does nothing with hidden; NULL: nothing is. */
static GOptionContext *context_of(struct options *options, struct raw *raw, const char *command)
{
    struct option_row rows[OPTIONS_MAX];
    GOptionEntry entries[OPTIONS_MAX + 1] = { 0 };
    *options = (struct options){ .direct = ROOM_STREAMS_DIRECT };
    *raw = (struct raw){ .timeout = 15, .attract_time = 10, .idle = 60, .reception_ring = 15 };
    int n = options_table(rows, options, raw);
    for (int i = 0; i < n; i++) {
        entries[i] = rows[i].entry;
        if (command && !options_belongs(&rows[i], command))
            entries[i].flags |= G_OPTION_FLAG_HIDDEN;
    }
    GOptionContext *context = g_option_context_new(NULL);
    g_option_context_add_main_entries(context, entries, NULL);
    g_option_context_set_help_enabled(context, FALSE);
    return context;
}

/* All of `arguments`, the command's name first. */
static bool parse(struct options *options, char **arguments, GError **error)
{
    struct raw raw;
    g_autoptr(GOptionContext) context = context_of(options, &raw, NULL);
    bool good = g_option_context_parse_strv(context, &arguments, error) &&
                check(options, &raw, (int)g_strv_length(arguments) - 1, arguments + 1, error);
    clear_raw(&raw);
    g_strfreev(arguments);
    return good;
}

bool options_check_arguments(char **arguments, char **error)
{
    struct options options;
    g_autoptr(GError) wrong = NULL;
    if (!parse(&options, arguments, &wrong))
        *error = g_strdup(wrong->message);
    options_clear(&options);
    return !wrong;
}

static void print_help(const char *command)
{
    struct options options;
    struct raw raw;
    g_autoptr(GOptionContext) context = context_of(&options, &raw, command);
    g_autofree char *help = g_option_context_get_help(context, TRUE, NULL);
    printf("%s", help);
}

/* The value of this option at argv[i], in either of its forms; NULL: it is not there. */
static const char *value_at(int argc, char **argv, int i, const char *option)
{
    size_t length = strlen(option);
    if (!strncmp(argv[i], option, length) && argv[i][length] == '=')
        return argv[i] + length + 1;
    return !strcmp(argv[i], option) && i + 1 < argc ? argv[i + 1] : NULL;
}

/* The one of --config, which may come from the environment, too, and those of --setup that are there; g_strfreev it. */
static char **find_files(int argc, char **argv)
{
    g_autoptr(GStrvBuilder) files = g_strv_builder_new();
    const char *config = g_getenv("CALLAPI_CONFIG"), *file;
    for (int i = 1; i < argc; i++)
        if ((file = value_at(argc, argv, i, "--config")))
            config = file;
    if (config)
        g_strv_builder_add(files, config);
    for (int i = 1; i < argc; i++)
        if ((file = value_at(argc, argv, i, "--setup")) && g_file_test(file, G_FILE_TEST_EXISTS))
            g_strv_builder_add(files, file);
    return g_strv_builder_end(files);
}

static bool read_with(struct options *options, char *const *files, int argc, char **argv, char **error)
{
    *options = (struct options){ 0 };
    g_autoptr(GError) failure = NULL;
    char **arguments = options_collect(files, argc, argv, error);
    if (!arguments)
        return false;
    if (!parse(options, arguments, &failure)) {
        *error = g_strdup(failure->message);
        return false;
    }
    fill_defaults(options);
    return ice_servers_check(options->ice_servers, options->ice_user, options->ice_credential, error);
}

bool options_read(struct options *options, int argc, char **argv, char **error)
{
    g_auto(GStrv) files = find_files(argc, argv);
    return read_with(options, files, argc, argv, error);
}

bool options_read_arguments(struct options *options, int argc, char **argv, char **error)
{
    char *const none[] = { NULL };
    return read_with(options, none, argc, argv, error);
}

void options_complain(const char *command, const char *wrong)
{
    g_auto(GStrv) lines = g_strsplit(wrong, "\n", -1);
    for (char **line = lines; *line; line++)
        fprintf(stderr, "callapi %s: %s\n", command, *line);
}

void options_apply_log(const struct options *options)
{
    log_set_verbose(options->verbose);
    if (options->log_level)
        log_set_level(log_find_level(options->log_level));
}

bool options_parse(struct options *options, const char *command, int argc, char **argv, int *status)
{
    *options = (struct options){ 0 };
    *status = 2;
    for (int i = 1; i < argc; i++)
        if (!g_strcmp0(argv[i], "--help") || !g_strcmp0(argv[i], "-h")) {
            print_help(command);
            *status = 0;
            return false;
        }
    g_autofree char *error = NULL;
    if (!options_read(options, argc, argv, &error)) {
        options_complain(command, error);
        return false;
    }
    options_apply_log(options);
    return true;
}

void options_clear(struct options *options)
{
    char **texts[] = { &options->hub,
                       &options->listen,
                       &options->room,
                       &options->user,
                       &options->name,
                       &options->to,
                       &options->call,
                       &options->stream_token,
                       &options->publish_token,
                       &options->video,
                       &options->camera,
                       &options->audio,
                       &options->report,
                       &options->shots,
                       &options->ice_user,
                       &options->ice_credential,
                       &options->stats,
                       &options->asset_dir,
                       &options->token,
                       &options->token_file,
                       &options->ca,
                       &options->tls,
                       &options->tls_cert,
                       &options->tls_key,
                       &options->token_secret,
                       &options->token_key,
                       &options->webhook,
                       &options->webhook_secret,
                       &options->turn_secret,
                       &options->log_level,
                       &options->manager_secret,
                       &options->manager_key,
                       &options->theme,
                       &options->language,
                       &options->config,
                       &options->attract,
                       &options->opening_hours,
                       &options->phone,
                       &options->ring,
                       &options->ring_back,
                       &options->history };
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
        g_clear_pointer(texts[i], g_free);
    g_clear_pointer(&options->setup, g_strfreev);
    g_clear_pointer(&options->ice_servers, g_strfreev);
    g_clear_pointer(&options->publish, g_strfreev);
    g_clear_pointer(&options->streams, g_strfreev);
    g_clear_pointer(&options->carried, g_strfreev);
    g_clear_pointer(&options->cameras, g_strfreev);
    g_clear_pointer(&options->managers, g_strfreev);
    g_clear_pointer(&options->origins, g_strfreev);
    g_clear_pointer(&options->limits, g_strfreev);
    g_clear_pointer(&options->allow, g_strfreev);
    g_clear_pointer(&options->reception, g_strfreev);
}
