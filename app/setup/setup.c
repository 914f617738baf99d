#include "app/setup/setup.h"

#include <glib.h>
#include <stdio.h>

#include "app/client/stage.h"
#include "app/setup/code_scanner.h"
#include "app/station/station.h"
#include "app/view/language.h"
#include "engine/capture/capture.h"
#include "net/connection/reactor.h"
#include "platform/devices/camera.h"
#include "platform/interrupt.h"

enum {
    FRAME_US = 16000,  /* presses are looked for so often */
    SCAN_US = 200000,  /* a code is */
    AGAIN_US = 5000000 /* the same one, which could not be used, is tried again */
};

struct setup {
    struct frame_sink sink; /* the camera's pictures */
    const struct setup_config *config;
    struct reactor *reactor;
    struct stage *stage;
    struct capture *capture; /* NULL: none can be opened */
    struct code_scanner *scanner;
    char *refused;    /* text of the last code, NULL: there was none */
    char *wrong;      /* as it is on the screen; NULL: nothing */
    int64_t again_us; /* when that text counts once more */
    int64_t scan_us;
    int64_t end_us;
    bool taken, quit;
};

/* Another code may lie before a camera, such as the one on a bottle. */
static bool is_configuration(const char *text)
{
    g_autoptr(GKeyFile) file = g_key_file_new();
    return g_key_file_load_from_data(file, text, (size_t)-1, G_KEY_FILE_NONE, NULL) &&
           g_key_file_has_group(file, "connection");
}

/* As the screen has it, without line ends; NULL of NULL. */
static char *words_of(const char *wrong)
{
    GString *words = wrong ? g_string_new(wrong) : NULL;
    if (!words)
        return NULL;
    g_string_replace(words, "\n", " · ", 0);
    return g_string_free(words, FALSE);
}

static void refuse(struct setup *setup, const char *text, const char *wrong, int64_t now_us)
{
    if (g_strcmp0(text, setup->refused))
        g_message("the code before the camera cannot be used: %s", wrong);
    g_free(setup->refused);
    g_free(setup->wrong);
    setup->refused = g_strdup(text);
    setup->wrong = words_of(wrong);
    setup->again_us = now_us + AGAIN_US;
}

/* It is not before the camera any more: the picture is free for the next. */
static void forget_refused(struct setup *setup, int64_t now_us)
{
    if (!setup->refused || now_us < setup->again_us + AGAIN_US)
        return;
    g_clear_pointer(&setup->refused, g_free);
    g_clear_pointer(&setup->wrong, g_free);
}

static void found(struct setup *setup, const char *text, int64_t now_us)
{
    if (!g_strcmp0(text, setup->refused) && now_us < setup->again_us)
        return;
    g_autofree char *wrong = is_configuration(text) ? setup->config->take(text, setup->config->user_data)
                                                    : g_strdup(_("That is another kind of code"));
    setup->taken = !wrong;
    if (wrong)
        refuse(setup, text, wrong, now_us);
}

static void push(struct frame_sink *sink, const AVFrame *frame)
{
    struct setup *setup = container_of(sink, struct setup, sink);
    struct frame_sink *seen = video_view_sink(setup->stage->views[PICTURE_PREVIEW]);
    int64_t now_us = g_get_monotonic_time();
    seen->ops->push(seen, frame);
    if (setup->taken || now_us < setup->scan_us)
        return;
    g_autofree char *text = code_scanner_read(setup->scanner, frame);
    if (text)
        found(setup, text, now_us);
    setup->scan_us = g_get_monotonic_time() + SCAN_US;
}

static const struct frame_sink_ops ops = { .push = push };

/* ---- life ---- */

static bool open_stage(struct setup *setup)
{
    struct client_config config = station_window(setup->config->options, "CallAPI");
    g_autofree char *error = NULL;
    setup->stage = stage_create(&config, &error);
    if (!setup->stage)
        fprintf(stderr, "callapi kiosk: no window: %s\n", error);
    return setup->stage;
}

/* The camera that is named, or the system's first one; where a code is asked for. */
static void open_camera(struct setup *setup)
{
    const struct options *options = setup->config->options;
    if (setup->config->wrong)
        return;
    const char *camera = options->camera ? options->camera : camera_backend()->device;
    struct capture_config config = {
        .file = options->video,
        .camera = options->video ? NULL : camera,
        .audio = "none",
        .width = options->width,
        .height = options->height,
        .may_be_missing = true,
    };
    g_autofree char *error = NULL;
    setup->capture = capture_open(&config, &error);
    if (setup->capture)
        capture_set_sinks(setup->capture, &setup->sink, NULL);
    else
        g_warning("no set-up code can be seen: %s", error);
}

static bool set_up(struct setup *setup)
{
    language_use(setup->config->options->language);
    setup->reactor = reactor_create();
    setup->scanner = code_scanner_create();
    if (!open_stage(setup))
        return false;
    open_camera(setup);
    return true;
}

static void tear_down(struct setup *setup)
{
    capture_destroy(setup->capture);
    stage_destroy(setup->stage);
    code_scanner_destroy(setup->scanner);
    reactor_destroy(setup->reactor);
    g_free(setup->refused);
    g_free(setup->wrong);
}

/* ---- the loop ---- */

static bool is_over(const struct setup *setup)
{
    return setup->taken || setup->quit || interrupt_seen() || g_get_monotonic_time() >= setup->end_us;
}

static int64_t next_due(const struct setup *setup)
{
    int64_t due = MIN(stage_due(setup->stage), service_deadline(setup->config->service));
    due = MIN(due, setup->capture ? capture_deadline(setup->capture) : INT64_MAX);
    return MIN(MIN(due, setup->end_us), g_get_monotonic_time() + FRAME_US);
}

static void show(struct setup *setup, int64_t now_us)
{
    struct scene scene;
    struct view view = {
        .theme = stage_theme(setup->stage),
        .kiosk = true,
        .setting_up = true,
        .asks_for_code = !setup->config->wrong,
        .setup_wrong = setup->wrong,
        .camera_trouble = setup->capture ? capture_trouble(setup->capture) : CAPTURE_MISSING,
    };
    scene_describe(&scene, &view);
    if (stage_draw(setup->stage, &scene, NULL, now_us))
        stage_present(setup->stage, now_us);
}

static void turn(struct setup *setup)
{
    SDL_Event event;
    reactor_wait(setup->reactor, next_due(setup));
    int64_t now_us = g_get_monotonic_time();
    while (SDL_PollEvent(&event)) {
        struct input_press press = stage_handle(setup->stage, &event, now_us);
        setup->quit |= press.quits || press.closes;
    }
    if (setup->capture)
        capture_poll(setup->capture, now_us);
    forget_refused(setup, now_us);
    if (now_us >= stage_due(setup->stage))
        show(setup, now_us);
    service_alive(setup->config->service, now_us);
}

enum setup_end setup_run(const struct setup_config *config)
{
    double duration = config->options->duration;
    struct setup setup = {
        .sink.ops = &ops,
        .config = config,
        .wrong = words_of(config->wrong),
        .end_us = duration > 0 ? g_get_monotonic_time() + (int64_t)(duration * G_USEC_PER_SEC) : INT64_MAX,
    };
    enum setup_end end = SETUP_FAILED;
    if (set_up(&setup)) {
        bool again = false;
        service_ready(config->service);
        while (!is_over(&setup) && !(again = interrupt_reload_seen()))
            turn(&setup);
        end = setup.taken ? SETUP_TAKEN : again ? SETUP_READ_AGAIN : SETUP_ENDED;
    }
    tear_down(&setup);
    return end;
}
