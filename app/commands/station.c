/* host, watch, call and kiosk: one user, one window. */
#include <glib.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>

#include "app/agent/feed.h"
#include "app/commands/commands.h"
#include "app/kiosk/handover.h"
#include "app/kiosk/history.h"
#include "app/setup/setup.h"
#include "app/station/loop.h"
#include "app/station/report.h"
#include "app/view/language.h"
#include "net/hub/hub.h"
#include "net/protocol/hub_token.h"
#include "net/transport/dtls.h"
#include "platform/descriptors.h"
#include "platform/interrupt.h"
#include "platform/service.h"
#include "render/theme.h"

struct kind {
    const char *name;
    enum call_party party;
    bool room; /* needs --room */
};

static const struct kind host = { "host", CALL_PARTY_BROADCASTER, true };
static const struct kind watch = { "watch", CALL_PARTY_AUDIENCE, true };
static const struct kind call = { "call", CALL_PARTY_ANYONE, false };
static const struct kind kiosk = { "kiosk", CALL_PARTY_ANYONE, false }; /* in a room: its audience */

static bool is_kiosk(const struct kind *kind)
{
    return kind == &kiosk;
}

struct rule {
    bool broken;
    const char *words;
};

/* NULL, or a line for each that is broken; g_free it. */
static char *list_broken(const struct rule *rules, size_t n)
{
    g_autoptr(GStrvBuilder) lines = g_strv_builder_new();
    for (size_t i = 0; i < n; i++)
        if (rules[i].broken)
            g_strv_builder_add(lines, rules[i].words);
    g_auto(GStrv) all = g_strv_builder_end(lines);
    return *all ? g_strjoinv("\n", all) : NULL;
}

static char *find_wrong_stream(char *const *urls)
{
    char *wrong = NULL;
    for (; urls && *urls && !wrong; urls++) {
        bool path = !strstr(*urls, "://") && **urls != '@' && strcmp(*urls, "-");
        if (path && !g_file_test(*urls, G_FILE_TEST_EXISTS))
            wrong = g_strdup_printf("'%s' is no file, and no URL", *urls);
        else
            g_free(feed_name(*urls, &wrong));
    }
    return wrong;
}

/* Where the page is, it may be as good as any: only a hub gives passes. */
static bool has_phone_page(const struct options *options)
{
    g_autofree char *of_hub = handover_page_of_hub(options->hub);
    bool embedded = !g_strcmp0(options->hub, "embedded"),
         address = g_str_has_prefix(options->phone, "https://") || g_str_has_prefix(options->phone, "http://");
    return (of_hub || embedded) && (address || !strcmp(options->phone, "hub"));
}

/* NULL, or what is wrong, a line each; g_free it. */
static char *find_wrong(const struct kind *kind, const struct options *options)
{
    bool calls = kind->party == CALL_PARTY_ANYONE, watches = kind->party == CALL_PARTY_AUDIENCE;
    bool streams = options->streams != NULL;
    bool kiosk_only = options->reception || options->allow || options->attract || options->opening_hours ||
                      options->no_directory || options->phone;
    const struct rule rules[] = {
        { !options->user, "--user is needed: who you are" },
        { kind->room && !options->room && !streams, "--room is needed: which live room, or the URL of a stream" },
        { streams && options->room, "--room and streams exclude each other: what is to be watched?" },
        { options->call && !streams, "--call belongs to a stream: in a live room its broadcaster is called" },
        { options->to && !calls, "--to belongs to 'callapi call'" },
        { options->publish && kind->party != CALL_PARTY_BROADCASTER, "--publish belongs to 'callapi host'" },
        { options->switches && !watches, "--switches belongs to 'callapi watch' and 'callapi demo'" },
        { (options->warm || options->zaps) && !watches && !is_kiosk(kind),
          "--warm and --zaps belong to 'callapi watch'" },
        { kiosk_only && !is_kiosk(kind),
          "--reception, --allow, --attract, --opening-hours, --no-directory and --phone belong to 'callapi kiosk'" },
        { options->phone && !has_phone_page(options),
          "--phone is 'hub', with a hub (ws, wss) and no broker, or the address of its page (http, https)" },
        { options->room && is_kiosk(kind) && (options->reception || options->allow),
          "--reception and --allow belong to a kiosk without --room: in a live room nobody but its broadcaster is "
          "called" },
        { options->managers && !options->manager_secret && !options->manager_key,
          "--manager wants --manager-secret or --manager-key: a name alone proves nothing" },
    };
    struct theme theme;
    char *wrong = list_broken(rules, G_N_ELEMENTS(rules));
    if (!wrong && options->managers)
        hub_keys_destroy(hub_keys_create(options->manager_secret, options->manager_key, &wrong));
    if (!wrong)
        wrong = find_wrong_stream(options->streams);
    if (!wrong)
        theme_load(&theme, options->asset_dir, options->theme, &wrong);
    return wrong;
}

/* The options as they are said now; NULL, or what is wrong with them, a line each; g_free it. options_clear in any
 * case. */
static char *read_options(const struct kind *kind, struct options *options, int argc, char **argv)
{
    char *wrong = NULL;
    return options_read(options, argc, argv, &wrong) ? find_wrong(kind, options) : wrong;
}

/* Whether the configuration is to be read again, has been found good, and no call is in the way. */
struct reload {
    const struct kind *kind;
    int argc;
    char **argv;
    struct service *service;
    struct station *station;
    bool began;                 /* the configuration could be used */
    bool kept;                  /* it is the one before, since a newer one could not be */
    bool wanted, done, restart; /* restart: whatever the configuration says, as a new program */
};

/* NULL, or what is wrong with the configuration as it is now, which the log has then, too; g_free it. */
static char *look_again(const struct reload *reload)
{
    struct options options;
    char *wrong = read_options(reload->kind, &options, reload->argc, reload->argv);
    options_clear(&options);
    g_auto(GStrv) lines = g_strsplit(wrong ? wrong : "", "\n", -1);
    for (char **line = lines; *line; line++)
        g_warning("the configuration stays as it was: %s", *line);
    return wrong;
}

static bool is_good(const struct reload *reload)
{
    g_autofree char *wrong = look_again(reload);
    return !wrong;
}

static enum manage_wish take_wish(const struct reload *reload)
{
    struct client *client = station_client(reload->station);
    enum manage_wish wish = client ? client_take_wish(client) : MANAGE_NOTHING;
    if (wish == MANAGE_CHECK) { /* whoever asked is told first: the reload follows once that is on its way */
        g_autofree char *wrong = look_again(reload);
        client_answer_check(client, wrong);
    }
    return wish;
}

static bool ends_for_reload(void *user_data)
{
    struct reload *reload = user_data;
    struct client *client = station_client(reload->station);
    enum manage_wish wish = take_wish(reload);
    bool outdated = client && window_take_outdated(client_window(client));
    bool asked = interrupt_reload_seen() || wish == MANAGE_RELOAD || outdated,
         idle = agent_call_state(station_agent(reload->station)) <= CALL_PREPARED;
    if (wish == MANAGE_RESTART)
        reload->restart = true;
    if (asked || (reload->wanted && idle)) /* it may have been changed while there was a call */
        reload->wanted = is_good(reload);
    if (asked && reload->wanted)
        g_message("the configuration %s", idle ? "is read again" : "is read again after the call");
    reload->done = (reload->wanted || reload->restart) && idle;
    return reload->done;
}

static int run_station(struct station *station, struct reactor *reactor, const struct options *options,
                       struct reload *reload)
{
    int64_t origin_us = g_get_monotonic_time();
    bool scripted = options->switches || options->zaps;
    struct script_config script = {
        .client = station_client(station),
        .agent = station_agent(station),
        .rounds = options->switches,
        .zaps = options->zaps,
        .duration = options->duration,
    };
    struct loop loop = {
        .reactor = reactor,
        .stations = { station },
        .service = reload->service,
        .ends = ends_for_reload,
        .user_data = reload,
        .script = scripted ? script_create(&script, origin_us) : NULL,
        .end_us = options->duration > 0 && !scripted ? origin_us + (int64_t)(options->duration * G_USEC_PER_SEC)
                                                     : INT64_MAX,
    };
    reload->station = station;
    reload->began = true;
    reactor_reset_stalls(reactor);
    service_ready(reload->service);
    loop_run(&loop);
    struct report_sources sources = {
        .client = station_client(station),
        .agent = station_agent(station),
        .script = loop.script,
        .reactor = reactor,
        .origin_us = origin_us,
    };
    bool good = report_save_all(&sources, options->report, options->shots, options->asset_dir);
    if (loop.script) {
        report_print(&sources);
        good &= !script_failure(loop.script);
    }
    script_destroy(loop.script);
    return good ? 0 : 1;
}

/* Who only watches or broadcasts keeps none, unless it is asked for. */
static char *history_of(const struct kind *kind, const struct options *options)
{
    if (options->history)
        return strcmp(options->history, "none") ? g_strdup(options->history) : NULL;
    return kind->party == CALL_PARTY_ANYONE ? history_path() : NULL;
}

static int run(const struct kind *kind, const struct options *options, struct reload *reload)
{
    int status = 1;
    language_use(options->language);
    bool embedded = !g_strcmp0(options->hub, "embedded");
    descriptors_raise(STATION_DESCRIPTORS);
    struct reactor *reactor = reactor_create();
    struct dtls_identity *identity = dtls_identity_create();
    struct hub *hub = embedded ? open_hub(kind->name, reactor, options, NULL) : NULL;
    if (hub)
        g_message("the hub is %s", hub_url(hub));
    if (identity && (hub || !embedded)) {
        bool room = kind->room || (is_kiosk(kind) && options->room);
        bool audience = is_kiosk(kind) && (room || options->streams);
        enum call_party party = audience ? CALL_PARTY_AUDIENCE : kind->party;
        g_autofree char *title = g_strdup_printf("CallAPI · %s", options->room ? options->room : options->user);
        struct agent_streams streams = { .urls = options->streams,
                                         .call = options->call,
                                         .token = options->stream_token };
        struct room_streams carried = { options->carried, options->direct };
        struct station_config config = {
            .options = options,
            .reactor = reactor,
            .identity = identity,
            .hub_url = hub                        ? hub_url(hub)
                       : options_use_hub(options) ? options->hub
                                                  : NULL,
            .streams = options->streams ? &streams : NULL,
            .carried = options->carried ? &carried : NULL,
            .user = options->user,
            .name = options->name,
            .room = room ? options->room : NULL,
            .title = title,
            .party = party,
            .kiosk = is_kiosk(kind),
            .call_to = options->to,
            .auto_accept_ms = options->auto_accept ? (int)(options->accept_after * 1000) : -1,
            .window = true,
            .measure = options->report || options->shots || options->switches || options->zaps,
            .shots = options->shots != NULL,
            .kept = reload->kept,
        };
        g_autofree char *history = history_of(kind, options);
        config.history = history;
        config.capture = station_capture(options, kind->party == CALL_PARTY_BROADCASTER ? 1 : 2, &config.microphone);
        config.capture.may_be_missing = true;
        struct station *station = station_open(&config);
        if (station)
            status = run_station(station, reactor, options, reload);
        station_close(station);
    }
    hub_destroy(hub);
    dtls_identity_destroy(identity);
    reactor_destroy(reactor);
    return status;
}

static int check_and_run(const struct kind *kind, const struct options *options, struct reload *reload)
{
    g_autofree char *wrong = find_wrong(kind, options);
    if (!wrong)
        return run(kind, options, reload);
    options_complain(kind->name, wrong);
    return 2;
}

/* ---- a kiosk's first start ---- */

struct first_start {
    const struct kind *kind;
    int argc;
    char **argv;
    const char *kept; /* the file of what a code says */
};

/* Without the folder: on the screen the rest says enough. Takes `words`. */
static char *name_file_alone(char *words, const char *file)
{
    g_autofree char *folder = g_path_get_dirname(file), *prefix = g_strdup_printf("%s/", folder), *all = words;
    g_auto(GStrv) parts = g_strsplit(all, prefix, -1);
    return g_strjoinv("", parts);
}

/* It holds secrets, and counts as soon as it is there. */
static char *keep_setup(const char *text, void *user_data)
{
    const struct first_start *start = user_data;
    struct options options;
    g_autoptr(GError) failure = NULL;
    if (!g_file_set_contents_full(start->kept, text, -1, G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE,
                                  0600, &failure))
        return g_strdup(failure->message);
    char *wrong = read_options(start->kind, &options, start->argc, start->argv);
    if (!wrong && !options_name_place(&options))
        wrong = g_strdup("no hub and no stream is named");
    options_clear(&options);
    if (!wrong) {
        g_message("set up: what the code said is in %s", start->kept);
        return NULL;
    }
    g_unlink(start->kept);
    return name_file_alone(wrong, start->kept);
}

static enum setup_end ask_for_setup(struct first_start *start, const struct options *options, const char *wrong,
                                    struct service *service)
{
    start->kept = options->setup[0];
    g_autofree char *shown = wrong ? name_file_alone(g_strdup(wrong), start->kept) : NULL;
    g_autofree char *files = g_strjoinv(" or ", options->setup);
    struct setup_config config = {
        .options = options, .wrong = shown, .service = service, .take = keep_setup, .user_data = start
    };
    if (wrong)
        options_complain(start->kind->name, wrong);
    g_message("this kiosk is not set up: it waits for a code before its camera, or for %s", files);
    return setup_run(&config);
}

/* A kiosk that may be set up, until it knows where it belongs. False: it ends, with *status. */
static bool set_up(const struct kind *kind, int argc, char **argv, struct service *service, int *status)
{
    struct first_start start = { kind, argc, argv, NULL };
    enum setup_end end = SETUP_TAKEN;
    while (end == SETUP_TAKEN || end == SETUP_READ_AGAIN) {
        struct options options;
        g_autofree char *wrong = NULL, *unclear = NULL;
        bool read = options_read(&options, argc, argv, &wrong), named = read && options_name_place(&options);
        if (named)
            wrong = find_wrong(kind, &options);
        if (!read) {
            options_clear(&options);
            options_read_arguments(&options, argc, argv, &unclear);
        }
        bool asks = options.setup && (wrong || !named);
        if (asks)
            end = ask_for_setup(&start, &options, wrong, service);
        options_clear(&options);
        if (!asks)
            return true;
    }
    *status = end == SETUP_ENDED ? 0 : 1;
    return false;
}

/* Again and again, as long as it is told to read its configuration anew. What only shows when it is used (a port that
 * is taken, a certificate that is none) ends nothing: the one before goes on. */
static int command(const struct kind *kind, int argc, char **argv)
{
    struct reload reload = { 0 };
    struct options options, used = { 0 }; /* used: of the last run that began */
    struct service *service = service_create();
    int status;
    do {
        bool again = reload.done;
        if (is_kiosk(kind) && !set_up(kind, argc, argv, service, &status))
            break;
        reload = (struct reload){ .kind = kind, .argc = argc, .argv = argv, .service = service };
        if (options_parse(&options, kind->name, argc, argv, &status))
            status = check_and_run(kind, &options, &reload);
        if (again && !reload.began) {
            g_warning("that configuration cannot be used: it stays as it was");
            reload.kept = true;
            status = check_and_run(kind, &used, &reload);
            options_clear(&options);
        } else {
            options_clear(&used);
            used = options;
        }
        if (reload.done)
            service_reloading(service);
    } while (reload.done && !reload.restart);
    options_clear(&used);
    service_destroy(service);
    return reload.restart ? COMMAND_RESTART : status;
}

int command_host(int argc, char **argv)
{
    return command(&host, argc, argv);
}

int command_watch(int argc, char **argv)
{
    return command(&watch, argc, argv);
}

int command_kiosk(int argc, char **argv)
{
    interrupt_catch_reload();
    return command(&kiosk, argc, argv);
}

int command_call(int argc, char **argv)
{
    return command(&call, argc, argv);
}
