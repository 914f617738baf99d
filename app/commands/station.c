/* host, watch, call and kiosk: one user, one window. */
#include <glib.h>
#include <stdio.h>
#include <string.h>

#include "app/commands/commands.h"
#include "app/commands/first_start.h"
#include "app/kiosk/history.h"
#include "app/station/loop.h"
#include "app/station/report.h"
#include "app/view/language.h"
#include "net/hub/hub.h"
#include "net/transport/dtls.h"
#include "platform/descriptors.h"
#include "platform/interrupt.h"
#include "platform/service.h"

static const struct station_kind host = { .name = "host", .party = CALL_PARTY_BROADCASTER, .room = true };
static const struct station_kind watch = { .name = "watch", .party = CALL_PARTY_AUDIENCE, .room = true };
static const struct station_kind call = { .name = "call", .party = CALL_PARTY_ANYONE };
static const struct station_kind kiosk = { .name = "kiosk", .party = CALL_PARTY_ANYONE, .kiosk = true };

/* Whether the configuration is to be read again, has been found good, and no call is in the way. */
struct reload {
    const struct station_kind *kind;
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
    char *wrong = station_kind_read(reload->kind, &options, reload->argc, reload->argv);
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
static char *history_of(const struct station_kind *kind, const struct options *options)
{
    if (options->history)
        return strcmp(options->history, "none") ? g_strdup(options->history) : NULL;
    return kind->party == CALL_PARTY_ANYONE ? history_path() : NULL;
}

static int run(const struct station_kind *kind, const struct options *options, struct reload *reload)
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
        bool room = kind->room || (kind->kiosk && options->room);
        bool audience = kind->kiosk && (room || options->streams);
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
            .kiosk = kind->kiosk,
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

static int check_and_run(const struct station_kind *kind, const struct options *options, struct reload *reload)
{
    g_autofree char *wrong = station_kind_find_wrong(kind, options);
    if (!wrong)
        return run(kind, options, reload);
    options_complain(kind->name, wrong);
    return 2;
}

/* Again and again, as long as it is told to read its configuration anew. What only shows when it is used (a port that
 * is taken, a certificate that is none) ends nothing: the one before goes on. */
static int command(const struct station_kind *kind, int argc, char **argv)
{
    struct reload reload = { 0 };
    struct options options, used = { 0 }; /* used: of the last run that began */
    struct service *service = service_create();
    int status;
    do {
        bool again = reload.done;
        if (kind->kiosk && !first_start(kind, argc, argv, service, &status))
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
