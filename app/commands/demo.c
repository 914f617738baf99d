/* The main job in one program: a hub, a broadcaster and a viewer, all in one loop. The viewer has the window, and
 * whoever sits before it may press: it plays by itself only where nobody does, and stays as long as the window is open.
 */
#include <glib.h>
#include <stdio.h>

#include "app/commands/commands.h"
#include "app/station/loop.h"
#include "app/station/report.h"
#include "app/view/language.h"
#include "net/hub/hub.h"
#include "net/transport/dtls.h"
#include "platform/descriptors.h"

enum {
    ROUNDS = 3,
    RING_MS = 400, /* the broadcaster takes so long to press accept */
    VIEWER_WIDTH = 640,
    VIEWER_HEIGHT = 360,
};

#define FOLDER "out/demo"

struct demo {
    struct reactor *reactor;
    struct dtls_identity *identity;
    struct hub *hub;
    struct station *viewer, *broadcaster;
};

static struct station *open_broadcaster(const struct demo *demo, const struct options *options)
{
    struct station_config config = {
        .options = options,
        .reactor = demo->reactor,
        .identity = demo->identity,
        .hub_url = hub_url(demo->hub),
        .user = "anna",
        .name = "Anna",
        .room = options->room ? options->room : "Anna’s studio",
        .party = CALL_PARTY_BROADCASTER,
        .auto_accept_ms = RING_MS,
    };
    config.capture = station_capture(options, 1, &config.microphone);
    return station_open(&config);
}

static struct station *open_viewer(const struct demo *demo, const struct options *options)
{
    struct station_config config = {
        .options = options,
        .reactor = demo->reactor,
        .identity = demo->identity,
        .hub_url = hub_url(demo->hub),
        .user = options->user ? options->user : "you",
        .name = options->name,
        .room = options->room ? options->room : "Anna’s studio",
        .title = "CallAPI",
        .party = CALL_PARTY_AUDIENCE,
        .auto_accept_ms = -1,
        .window = true,
        .measure = true,
        .shots = true,
        .capture = { .source = 2, .width = VIEWER_WIDTH, .height = VIEWER_HEIGHT, .audio = options->audio },
    };
    return station_open(&config);
}

static bool open_demo(struct demo *demo, const struct options *options)
{
    g_autofree char *error = NULL;
    struct hub_config hub = { .listen = "127.0.0.1:0", .asset_dir = options->asset_dir };
    descriptors_raise(STATION_DESCRIPTORS);
    demo->reactor = reactor_create();
    demo->identity = dtls_identity_create();
    demo->hub = hub_create(demo->reactor, &hub, &error);
    if (!demo->hub)
        fprintf(stderr, "callapi demo: %s\n", error);
    if (!demo->hub || !demo->identity)
        return false;
    demo->broadcaster = open_broadcaster(demo, options);
    demo->viewer = demo->broadcaster ? open_viewer(demo, options) : NULL;
    return demo->viewer != NULL;
}

static void close_demo(struct demo *demo)
{
    station_close(demo->viewer);
    station_close(demo->broadcaster);
    hub_destroy(demo->hub);
    dtls_identity_destroy(demo->identity);
    reactor_destroy(demo->reactor);
}

static bool play(struct demo *demo, const struct options *options)
{
    int64_t origin_us = g_get_monotonic_time();
    bool for_somebody = !options->headless && !options->switches && options->duration <= 0;
    struct script_config config = {
        .client = station_client(demo->viewer),
        .agent = station_agent(demo->viewer),
        .rounds = options->switches ? options->switches : ROUNDS,
        .duration = options->duration,
        .invites = for_somebody,
    };
    struct script *script = script_create(&config, origin_us);
    struct loop loop = {
        .reactor = demo->reactor,
        .stations = { demo->viewer, demo->broadcaster },
        .script = script,
        .goes_on = for_somebody,
        .end_us = INT64_MAX,
    };
    reactor_reset_stalls(demo->reactor);
    loop_run(&loop);
    struct report_sources sources = {
        .client = station_client(demo->viewer),
        .agent = station_agent(demo->viewer),
        .script = script,
        .reactor = demo->reactor,
        .origin_us = origin_us,
    };
    const char *report = options->report ? options->report : FOLDER "/report.json";
    const char *shots = options->shots ? options->shots : FOLDER;
    bool good = report_save_all(&sources, report, shots, options->asset_dir);
    report_print(&sources);
    printf("report: %s, pictures: %s\n", report, shots);
    good &= !script_failure(script);
    script_destroy(script);
    return good;
}

int command_demo(int argc, char **argv)
{
    struct options options;
    int status;
    if (options_parse(&options, "demo", argc, argv, &status)) {
        struct demo demo = { 0 };
        language_use(options.language);
        options.headless |= !g_getenv("DISPLAY") && !g_getenv("WAYLAND_DISPLAY") && !g_getenv("SDL_VIDEODRIVER");
        status = open_demo(&demo, &options) && play(&demo, &options) ? 0 : 1;
        close_demo(&demo);
    }
    options_clear(&options);
    return status;
}
