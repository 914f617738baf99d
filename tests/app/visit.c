/* A visit, as a person makes it: a real window (Xvfb's, or SDL's dummy), real agents and media, and nothing but keys,
 * clicks and fingers: SDL's events at the places where things are on the screen. */
#include "agent_rig.h"

#include <glib/gstdio.h>

#include "app/client/client.h"
#include "app/kiosk/history.h"
#include "app/screen/input.h"

struct visit {
    struct world *world;
    struct party *anna, *bert;
    struct station *station;
    char *history;      /* file, or NULL */
    const char *camera; /* NULL: the synthetic one */
};

static struct client *client_of(const struct visit *visit)
{
    return station_client(visit->station);
}

static void step(const struct visit *visit)
{
    tick(visit->world);
    station_tick(visit->station, g_get_monotonic_time());
    station_draw(visit->station, g_get_monotonic_time());
}

#define SEE(visit, condition)                                                                                          \
    do {                                                                                                               \
        int64_t end_us_ = g_get_monotonic_time() + PATIENCE_S * G_USEC_PER_SEC;                                        \
        while (!(condition)) {                                                                                         \
            if (g_get_monotonic_time() > end_us_)                                                                      \
                g_error("%s:%d: never seen: %s; on the screen is '%s'", __FILE__, __LINE__, #condition,                \
                        client_scene(client_of(visit))->name);                                                         \
            step(visit);                                                                                               \
        }                                                                                                              \
    } while (0)

static void pass(const struct visit *visit, int ms)
{
    int64_t end_us = g_get_monotonic_time() + ms * 1000;
    while (g_get_monotonic_time() < end_us)
        step(visit);
}

/* ---- hands ---- */

/* The middle of what does this; NULL: nothing on the screen does. */
static const struct box *find(const struct visit *visit, enum command command)
{
    const struct layout *layout = client_layout(client_of(visit));
    for (int i = 0; i < layout->n; i++)
        if (layout->boxes[i].command == command)
            return &layout->boxes[i];
    return NULL;
}

static SDL_Point middle(const struct visit *visit, enum command command)
{
    const struct box *box = find(visit, command);
    g_assert_nonnull(box);
    return (SDL_Point){ box->area.x + box->area.w / 2, box->area.y + box->area.h / 2 };
}

static void push(const struct visit *visit, SDL_Event *event)
{
    g_assert_cmpint(SDL_PushEvent(event), ==, 1);
    step(visit);
}

static void mouse(const struct visit *visit, Uint32 type, SDL_Point at)
{
    SDL_Event event = { .type = type };
    if (type == SDL_MOUSEMOTION) {
        event.motion.x = at.x;
        event.motion.y = at.y;
    } else {
        event.button.button = SDL_BUTTON_LEFT;
        event.button.x = at.x;
        event.button.y = at.y;
    }
    push(visit, &event);
}

static const struct input_seen *seen(const struct visit *visit)
{
    return &client_input(client_of(visit))->seen;
}

/* A person presses what has been there for a moment. */
static bool is_ready(const struct visit *visit, enum command command)
{
    const struct box *box = find(visit, command);
    struct input_target target = input_target_of(client_scene(client_of(visit)), box);
    return box && input_seen_long_enough(seen(visit), &target, &box->area, g_get_monotonic_time());
}

static void push_key(const struct visit *visit, SDL_Keycode code)
{
    SDL_Event event = { .type = SDL_KEYDOWN };
    event.key.keysym.sym = code;
    push(visit, &event);
}

/* Alt+F4, or a title bar's button. */
static void push_close(const struct visit *visit)
{
    SDL_Event event = { .type = SDL_WINDOWEVENT };
    event.window.event = SDL_WINDOWEVENT_CLOSE;
    push(visit, &event);
}

/* Controls that have gone come back at any key: this one does nothing else. */
static void wait_until_ready(const struct visit *visit, enum command command)
{
    push_key(visit, SDLK_F12);
    SEE(visit, is_ready(visit, command));
}

static void click(const struct visit *visit, enum command command)
{
    wait_until_ready(visit, command);
    SDL_Point at = middle(visit, command);
    mouse(visit, SDL_MOUSEMOTION, at);
    mouse(visit, SDL_MOUSEBUTTONDOWN, at);
    mouse(visit, SDL_MOUSEBUTTONUP, at);
}

static void finger(const struct visit *visit, Uint32 type, SDL_Point at)
{
    int w, h;
    window_size(client_window(client_of(visit)), &w, &h);
    SDL_Event event = { .type = type };
    event.tfinger.x = ((float)at.x + 0.5f) / (float)w;
    event.tfinger.y = ((float)at.y + 0.5f) / (float)h;
    push(visit, &event);
}

static void drag(const struct visit *visit, SDL_Point from, SDL_Point to)
{
    enum { STEPS = 6 };
    finger(visit, SDL_FINGERDOWN, from);
    for (int i = 1; i <= STEPS; i++)
        finger(visit, SDL_FINGERMOTION,
               (SDL_Point){ from.x + (to.x - from.x) * i / STEPS, from.y + (to.y - from.y) * i / STEPS });
    finger(visit, SDL_FINGERUP, to);
}

static void touch(const struct visit *visit, enum command command)
{
    wait_until_ready(visit, command);
    SDL_Point at = middle(visit, command);
    finger(visit, SDL_FINGERDOWN, at);
    finger(visit, SDL_FINGERUP, at);
}

/* The same key again, or one that goes back, means something a moment later. */
static bool is_rested(const struct visit *visit)
{
    struct input_target escape = { .command = client_scene(client_of(visit))->escape };
    return g_get_monotonic_time() > seen(visit)->last_us + 300000 &&
           input_seen_long_enough(seen(visit), &escape, &(SDL_Rect){ 0 }, g_get_monotonic_time());
}

static void key(const struct visit *visit, SDL_Keycode code)
{
    const struct box *focus = input_focus(client_input(client_of(visit)), client_scene(client_of(visit)),
                                          client_layout(client_of(visit)));
    if (code == SDLK_RETURN)
        wait_until_ready(visit, focus->command);
    SEE(visit, is_rested(visit));
    push_key(visit, code);
}

static void type(const struct visit *visit, const char *text)
{
    for (; *text; text++) {
        SDL_Event event = { .type = SDL_TEXTINPUT };
        event.text.text[0] = *text;
        push_key(visit, *text);
        push(visit, &event);
    }
}

static bool shows(const struct visit *visit, const char *scene)
{
    return !g_strcmp0(client_scene(client_of(visit))->name, scene);
}

static bool rings(const struct visit *visit)
{
    return player_is_ringing(agent_player(station_agent(visit->station)));
}

/* ---- visits ---- */

static void come(struct visit *visit, struct world *world, const char *user, const char *room, bool kiosk)
{
    struct station_config config = {
        .options = &world->options,
        .reactor = world->reactor,
        .identity = world->identity,
        .hub_url = world->url,
        .user = user,
        .room = room,
        .title = "visit",
        .party = room ? CALL_PARTY_AUDIENCE : CALL_PARTY_ANYONE,
        .auto_accept_ms = -1,
        .window = true,
        .kiosk = kiosk,
        .history = visit->history,
    };
    config.capture = station_capture(&world->options, 7, &config.microphone);
    config.capture.camera = visit->camera;
    config.microphone = visit->camera ? "" : config.microphone;
    config.capture.may_be_missing = true;
    visit->world = world;
    visit->station = station_open(&config);
    g_assert_nonnull(visit->station);
}

static int presented_of(const struct visit *visit)
{
    const struct picture_times *seen = player_times(agent_player(station_agent(visit->station)));
    int presented = 0;
    for (guint i = 0; i < MIN(seen->n, PICTURE_TIMES); i++)
        presented += seen->pictures[i].at_us[PICTURE_PRESENTED] != 0;
    return presented;
}

/* Every picture that was presented left a stamp at each stage, in their order: from the broadcaster's camera to the
 * screen, in one process and so on one clock. (The first ones come before the sender's report tells when they were
 * captured.) */
static void check_stages(const struct visit *visit)
{
    const struct picture_times *seen = player_times(agent_player(station_agent(visit->station)));
    const struct picture_times *sent = outgoing_times(agent_outgoing(agent_of(visit->anna)));
    int presented = presented_of(visit), from_camera = 0;
    for (guint i = 0; i < MIN(seen->n, PICTURE_TIMES); i++) {
        const int64_t *at_us = seen->pictures[i].at_us;
        if (!at_us[PICTURE_PRESENTED])
            continue;
        for (int stage = PICTURE_DECODED; stage <= PICTURE_PRESENTED; stage++)
            g_assert_cmpint(at_us[stage], >=, at_us[stage - 1]);
        g_assert_cmpint(at_us[PICTURE_RECEIVED], >, 0);
        from_camera += at_us[PICTURE_CAPTURED] && at_us[PICTURE_CAPTURED] <= at_us[PICTURE_RECEIVED];
    }
    g_assert_cmpint(presented, >, 20);
    g_assert_cmpint(from_camera, >, presented / 2);
    int n_sent = 0;
    for (guint i = 0; i < MIN(sent->n, PICTURE_TIMES); i++) {
        const int64_t *at_us = sent->pictures[i].at_us;
        g_assert_cmpint(at_us[PICTURE_CAPTURED], >, 0);
        g_assert_true(!at_us[PICTURE_SENT] || (at_us[PICTURE_ENCODED] >= at_us[PICTURE_CAPTURED] &&
                                               at_us[PICTURE_SENT] >= at_us[PICTURE_ENCODED]));
        n_sent += at_us[PICTURE_SENT] != 0;
    }
    g_assert_cmpint(n_sent, >, 20);
}

static void through_the_live_room(struct world *world, gconstpointer data)
{
    (void)data;
    struct visit visit = { .anna = join(world, "anna", "a", CALL_PARTY_BROADCASTER, 100),
                           .bert = join(world, "bert", "b", CALL_PARTY_BROADCASTER, 100) };
    come(&visit, world, "visitor", "a", false);
    SEE(&visit, shows(&visit, "live") && find(&visit, COMMAND_CALL));
    g_assert_cmpstr(client_scene(client_of(&visit))->title, ==, "a");

    SEE(&visit, presented_of(&visit) > 20);
    check_stages(&visit);

    click(&visit, COMMAND_CALL);
    SEE(&visit, shows(&visit, "call") && find(&visit, COMMAND_MUTE));
    touch(&visit, COMMAND_MUTE);
    SEE(&visit, agent_describe(agent_of(visit.anna)).call.remote_muted);
    key(&visit, SDLK_v);
    SEE(&visit, !agent_describe(agent_of(visit.anna)).call.remote_camera_on);
    SEE(&visit, !find(&visit, COMMAND_SWAP)); /* no own picture in the corner */
    key(&visit, SDLK_v);
    SEE(&visit, find(&visit, COMMAND_SWAP));

    SDL_Rect corner = find(&visit, COMMAND_SWAP)->area;
    drag(&visit, middle(&visit, COMMAND_SWAP), (SDL_Point){ 200, 200 });
    SEE(&visit, find(&visit, COMMAND_SWAP)->area.x < corner.x && find(&visit, COMMAND_SWAP)->area.y < corner.y);
    g_assert_cmpint(client_scene(client_of(&visit))->corner, ==, PICTURE_PREVIEW); /* it was moved, not pressed */
    touch(&visit, COMMAND_SWAP);
    SEE(&visit, client_scene(client_of(&visit))->corner == PICTURE_REMOTE);

    SDL_Point mute = middle(&visit, COMMAND_MUTE);
    /* The controls are gone: the first touch only brings them back */
    SEE(&visit, !is_ready(&visit, COMMAND_MUTE));
    finger(&visit, SDL_FINGERDOWN, mute);
    finger(&visit, SDL_FINGERUP, mute);
    SEE(&visit, is_ready(&visit, COMMAND_MUTE));
    g_assert_true(agent_describe(agent_of(visit.anna)).call.remote_muted);
    touch(&visit, COMMAND_MUTE);
    SEE(&visit, !agent_describe(agent_of(visit.anna)).call.remote_muted);

    click(&visit, COMMAND_HANG_UP);
    SEE(&visit, shows(&visit, "live") && find(&visit, COMMAND_CALL));
    SEE(&visit, client_scene(client_of(&visit))->toast[0]); /* how long it was */
    key(&visit, SDLK_RIGHT);
    SEE(&visit, !strcmp(client_scene(client_of(&visit))->title, "b") && find(&visit, COMMAND_CALL));
    drag(&visit, (SDL_Point){ 900, 300 }, (SDL_Point){ 300, 310 });
    SEE(&visit, !strcmp(client_scene(client_of(&visit))->title, "a"));
    key(&visit, SDLK_ESCAPE);
    g_assert_false(client_wants_to_quit(client_of(&visit))); /* asks first */
    SEE(&visit, client_scene(client_of(&visit))->toast[0]);
    key(&visit, SDLK_ESCAPE);
    g_assert_true(client_wants_to_quit(client_of(&visit)));
    station_close(visit.station);
}

static void from_the_directory_by_keys(struct world *world, gconstpointer data)
{
    (void)data;
    struct visit visit = { .anna = join(world, "anna", NULL, CALL_PARTY_ANYONE, 100),
                           .bert = join(world, "bert", NULL, CALL_PARTY_ANYONE, -1) };
    come(&visit, world, "visitor", NULL, false);
    SEE(&visit, shows(&visit, "directory") && client_scene(client_of(&visit))->n_rows == 2);
    type(&visit, "ER");
    SEE(&visit,
        client_scene(client_of(&visit))->n_rows == 1 && !strcmp(client_scene(client_of(&visit))->rows[0].name, "bert"));
    key(&visit, SDLK_BACKSPACE);
    key(&visit, SDLK_BACKSPACE);
    SEE(&visit, client_scene(client_of(&visit))->n_rows == 2);

    key(&visit, SDLK_DOWN); /* shows where the focus is: on the first */
    key(&visit, SDLK_DOWN);
    key(&visit, SDLK_RETURN);
    SEE(&visit, shows(&visit, "ringing-out") && strstr(client_scene(client_of(&visit))->notice, "bert"));
    g_assert_cmpfloat(client_scene(client_of(&visit))->ring, >, 0.5f);
    SEE(&visit, rings(&visit));
    key(&visit, SDLK_ESCAPE);
    SEE(&visit, shows(&visit, "directory") && visit.bert->ended == CALL_REASON_REMOTE_CANCELLED && !rings(&visit));

    key(&visit, SDLK_UP);
    key(&visit, SDLK_RETURN);
    SEE(&visit, shows(&visit, "call") && find(&visit, COMMAND_HANG_UP));
    key(&visit, SDLK_RETURN); /* hang up has the focus first */
    SEE(&visit, shows(&visit, "directory"));

    agent_call(agent_of(visit.bert), "visitor");
    SEE(&visit, shows(&visit, "ringing-in") && rings(&visit));
    key(&visit, SDLK_RIGHT); /* from accept to reject, and back */
    key(&visit, SDLK_RIGHT);
    key(&visit, SDLK_LEFT);
    key(&visit, SDLK_RETURN);
    SEE(&visit, shows(&visit, "call") && agent_call_state(agent_of(visit.bert)) == CALL_CONNECTED && !rings(&visit));
    agent_hang_up(agent_of(visit.bert));
    SEE(&visit, shows(&visit, "directory"));
    station_close(visit.station);
}

static void without_a_camera(struct world *world, gconstpointer data)
{
    (void)data;
    struct visit visit = { .anna = join(world, "anna", NULL, CALL_PARTY_ANYONE, 100), .camera = "/dev/no-such-camera" };
    g_test_expect_message("engine", G_LOG_LEVEL_WARNING, "*no-such-camera*again*");
    come(&visit, world, "visitor", NULL, false);
    g_test_assert_expected_messages();
    SEE(&visit, shows(&visit, "directory") && client_scene(client_of(&visit))->n_rows == 1);
    touch(&visit, COMMAND_CALL_PERSON);
    SEE(&visit, shows(&visit, "call") && find(&visit, COMMAND_MUTE));
    SEE(&visit,
        !agent_describe(agent_of(visit.anna)).call.remote_camera_on); /* who would look at nothing else knows why */
    SEE(&visit, client_scene(client_of(&visit))->toast[0]);
    g_assert_null(find(&visit, COMMAND_CAMERA));
    uint64_t before = player_stats(agent_player(agent_of(visit.anna))).audio.played;
    SEE(&visit,
        player_stats(agent_player(agent_of(visit.anna))).audio.played > before + 20); /* and hears the visitor */
    click(&visit, COMMAND_HANG_UP);
    SEE(&visit, shows(&visit, "directory"));
    station_close(visit.station);
}

static void with_two_cameras(struct world *world, gconstpointer data)
{
    (void)data;
    char *cameras[] = { "lavfi:testsrc=size=320x180:rate=30", "lavfi:smptebars=size=320x180:rate=30", NULL };
    struct visit visit = { .anna = join(world, "anna", NULL, CALL_PARTY_ANYONE, 100), .camera = cameras[0] };
    world->options.cameras = cameras;
    come(&visit, world, "visitor", NULL, false);
    world->options.cameras = NULL;
    SEE(&visit, shows(&visit, "directory") && client_scene(client_of(&visit))->n_rows == 1);
    touch(&visit, COMMAND_CALL_PERSON);
    SEE(&visit, shows(&visit, "call") && find(&visit, COMMAND_SWITCH_CAMERA));
    for (int press = 0; press < 2; press++) { /* to the other one, and back */
        touch(&visit, COMMAND_SWITCH_CAMERA);
        uint64_t before = decoded(visit.anna);
        SEE(&visit, decoded(visit.anna) > before + 20);
    }
    click(&visit, COMMAND_HANG_UP);
    SEE(&visit, shows(&visit, "directory"));
    station_close(visit.station);
}

static void at_the_kiosk_of_a_room(struct world *world, gconstpointer data)
{
    (void)data;
    struct visit visit = { .anna = join(world, "anna", "a", CALL_PARTY_BROADCASTER, 100),
                           .bert = join(world, "bert", "b", CALL_PARTY_BROADCASTER, -1) };
    world->options.attract = (char *)SOURCE_DIR "/assets/screenshots";
    world->options.idle = 5;
    come(&visit, world, "kiosk", "a", true);
    SEE(&visit, shows(&visit, "attract"));
    g_assert_null(find(&visit, COMMAND_CALL));
    finger(&visit, SDL_FINGERDOWN, (SDL_Point){ 640, 660 }); /* where the button will be: this touch only wakes */
    finger(&visit, SDL_FINGERUP, (SDL_Point){ 640, 660 });
    SEE(&visit, shows(&visit, "live") && find(&visit, COMMAND_CALL));
    key(&visit, SDLK_ESCAPE);
    push_close(&visit);
    key(&visit, SDLK_F11);
    /* Nobody who stands there ends it, or makes a window of it */
    g_assert_false(client_wants_to_quit(client_of(&visit)));
    SDL_Window *shown = SDL_RenderGetWindow(window_renderer(client_window(client_of(&visit))));
    g_assert_false(SDL_GetWindowFlags(shown) & SDL_WINDOW_FULLSCREEN_DESKTOP);
    touch(&visit, COMMAND_CALL);
    SEE(&visit, shows(&visit, "call") && find(&visit, COMMAND_MUTE) && find(&visit, COMMAND_SWAP));
    SDL_Rect corner = find(&visit, COMMAND_SWAP)->area;
    drag(&visit, middle(&visit, COMMAND_SWAP), (SDL_Point){ 200, 200 });
    SEE(&visit, find(&visit, COMMAND_SWAP)->area.x < corner.x);
    key(&visit, SDLK_m);
    key(&visit, SDLK_v);
    key(&visit, SDLK_f);
    SEE(&visit, agent_describe(agent_of(visit.anna)).call.remote_muted &&
                    !agent_describe(agent_of(visit.anna)).call.remote_camera_on);
    pass(&visit, 5500); /* a call is no idleness */
    g_assert_true(shows(&visit, "call"));
    agent_hang_up(agent_of(visit.anna));
    SEE(&visit, shows(&visit, "live"));
    struct outgoing *own = agent_outgoing(station_agent(visit.station)); /* the next visitor is seen and heard */
    g_assert_true(!outgoing_is_muted(own) && outgoing_camera_is_on(own));
    key(&visit, SDLK_RIGHT);
    SEE(&visit, !strcmp(client_scene(client_of(&visit))->title, "b"));
    SEE(&visit, shows(&visit, "attract")); /* nobody is there any more */
    SEE(&visit, !strcmp(agent_describe(station_agent(visit.station)).room.name, "a"));
    mouse(&visit, SDL_MOUSEMOTION, (SDL_Point){ 640, 360 }); /* as a window is told that appears under a mouse */
    g_assert_true(shows(&visit, "attract"));
    key(&visit, SDLK_LEFT);
    SEE(&visit, shows(&visit, "live") && !client_scene(client_of(&visit))->fill);
    SEE(&visit, find(&visit, COMMAND_CALL));
    touch(&visit, COMMAND_CALL);
    SEE(&visit, shows(&visit, "call") && find(&visit, COMMAND_SWAP));
    g_assert_cmpint(find(&visit, COMMAND_SWAP)->area.x, ==, corner.x); /* nothing is left of the last visitor's */
    station_close(visit.station);
    world->options.attract = NULL;
}

static char *look(const struct visit *visit)
{
    int w, h;
    pass(visit, 100);
    g_autofree uint8_t *argb = window_read_argb(client_window(client_of(visit)), &w, &h);
    return g_compute_checksum_for_data(G_CHECKSUM_SHA1, argb, (size_t)w * (size_t)h * 4);
}

/* A kiosk whose configuration shows no figures shows nobody any. */
static void check_no_figures(const struct visit *visit)
{
    g_autofree char *before = look(visit);
    key(visit, SDLK_F3);
    key(visit, SDLK_F4);
    g_autofree char *after = look(visit);
    g_assert_cmpstr(before, ==, after);
}

static void at_the_reception(struct world *world, gconstpointer data)
{
    (void)data;
    char *reception[] = { "Reception: nobody, bert", "Doctor: anna", NULL }, *allow[] = { "ch*", NULL };
    struct visit visit = { .anna = join(world, "anna", NULL, CALL_PARTY_ANYONE, -1),
                           .bert = join(world, "bert", NULL, CALL_PARTY_ANYONE, 300) };
    world->options.reception = reception;
    world->options.allow = allow;
    world->options.reception_ring = 5; /* s; nobody is online, bert accepts, anna does not */
    world->options.no_directory = true;
    come(&visit, world, "kiosk", NULL, true);
    SEE(&visit, shows(&visit, "directory") && client_scene(client_of(&visit))->n_buttons == 3);
    g_assert_false(client_scene(client_of(&visit))->list);
    SEE(&visit, agent_describe(station_agent(visit.station)).online && is_ready(&visit, COMMAND_RECEPTION));
    check_no_figures(&visit);
    touch(&visit, COMMAND_RECEPTION);
    SEE(&visit, shows(&visit, "ringing-out") && strstr(client_scene(client_of(&visit))->notice, "Reception"));
    SEE(&visit, shows(&visit, "call") && !strcmp(client_scene(client_of(&visit))->title, "bert"));
    click(&visit, COMMAND_HANG_UP);
    SEE(&visit, shows(&visit, "directory"));

    key(&visit, SDLK_RIGHT); /* shows the focus, on the first; then to the second */
    key(&visit, SDLK_RIGHT);
    key(&visit, SDLK_RETURN);
    SEE(&visit, agent_call_state(agent_of(visit.anna)) == CALL_CALLING);
    SEE(&visit, shows(&visit, "directory") && client_scene(client_of(&visit))->toast[0]); /* she did not answer */
    SEE(&visit, agent_call_state(agent_of(visit.anna)) == CALL_PREPARED);

    struct party *chen = join(world, "chen", NULL, CALL_PARTY_ANYONE, -1);
    SEE(&visit, agent_describe(agent_of(chen)).online);
    g_assert_cmpint(agent_call(agent_of(chen), "kiosk"), ==, CALL_OK); /* is let in */
    SEE(&visit, agent_call_state(agent_of(chen)) == CALL_CONNECTED && shows(&visit, "call"));
    agent_hang_up(agent_of(chen));
    SEE(&visit, shows(&visit, "directory"));
    station_close(visit.station);
    world->options.reception = world->options.allow = NULL;
}

static bool was_said(const char *file, const char *words)
{
    g_autofree char *text = NULL;
    return g_file_get_contents(file, &text, NULL, NULL) && strstr(text, words);
}

/* What is on the screen, and what the keys would press, for who does not see it: a program of ours in espeak-ng's place
 * writes it down. */
static void by_ear(struct world *world, gconstpointer data)
{
    (void)data;
    g_autofree char *folder = g_dir_make_tmp("visit-XXXXXX", NULL),
                    *program = g_build_filename(folder, "espeak-ng", NULL);
    g_autofree char *heard = g_build_filename(folder, "heard", NULL), *before = g_strdup(g_getenv("PATH"));
    g_autofree char *path = g_strconcat(folder, ":", before, NULL),
                    *script = g_strdup_printf("#!/bin/sh\ncat >>%s\n", heard);
    g_assert_true(g_file_set_contents_full(program, script, -1, G_FILE_SET_CONTENTS_NONE, 0755, NULL));
    g_setenv("PATH", path, TRUE);
    struct visit visit = { .bert = join(world, "bert", NULL, CALL_PARTY_ANYONE, -1) };
    world->options.speak = true;
    come(&visit, world, "visitor", NULL, false);
    SEE(&visit, shows(&visit, "directory") && client_scene(client_of(&visit))->n_rows == 1);
    key(&visit, SDLK_DOWN);
    SEE(&visit, was_said(heard, "bert")); /* has the focus */
    agent_call(agent_of(visit.bert), "visitor");
    SEE(&visit, shows(&visit, "ringing-in") && was_said(heard, "bert is calling"));
    key(&visit, SDLK_RIGHT);
    key(&visit, SDLK_RIGHT);
    SEE(&visit, was_said(heard, "Reject"));
    key(&visit, SDLK_RETURN);
    SEE(&visit, shows(&visit, "directory"));
    station_close(visit.station);
    world->options.speak = false;
    g_setenv("PATH", before, TRUE);
    g_unlink(program);
    g_unlink(heard);
    g_rmdir(folder);
}

static void a_missed_call(struct world *world, gconstpointer data)
{
    (void)data;
    g_autofree char *folder = g_dir_make_tmp("visit-XXXXXX", NULL);
    struct visit visit = { .bert = join(world, "bert", NULL, CALL_PARTY_ANYONE, 100),
                           .history = g_build_filename(folder, "calls.sqlite", NULL) };
    come(&visit, world, "visitor", NULL, false);
    SEE(&visit,
        shows(&visit, "directory") && find(&visit, COMMAND_HISTORY) && agent_describe(agent_of(visit.bert)).online);
    g_assert_cmpint(agent_call(agent_of(visit.bert), "visitor"), ==, CALL_OK);
    SEE(&visit, shows(&visit, "ringing-in"));
    agent_cancel(agent_of(visit.bert));
    SEE(&visit, shows(&visit, "directory") && strstr(client_scene(client_of(&visit))->subtitle, "1 "));
    touch(&visit, COMMAND_HISTORY);
    SEE(&visit, shows(&visit, "history") && client_scene(client_of(&visit))->n_rows == 1);
    g_assert_cmpstr(client_scene(client_of(&visit))->rows[0].name, ==, "bert");
    touch(&visit, COMMAND_CALL_PERSON); /* calls back */
    SEE(&visit, shows(&visit, "call") && agent_call_state(agent_of(visit.bert)) == CALL_CONNECTED);
    pass(&visit, 50);
    click(&visit, COMMAND_HANG_UP);
    SEE(&visit, shows(&visit, "directory"));
    g_assert_null(strstr(client_scene(client_of(&visit))->subtitle, "1 ")); /* it was looked at */
    station_close(visit.station);
    struct history *history = history_open(visit.history);
    g_autoptr(GPtrArray) calls = history_list(history, 10, false);
    g_assert_cmpuint(calls->len, ==, 2);
    const struct history_entry *back = calls->pdata[0], *missed = calls->pdata[1];
    g_assert_true(back->outgoing && back->answered && back->duration_ms > 0);
    g_assert_true(history_is_missed(missed) && missed->seen);
    history_close(history);
    g_unlink(visit.history);
    g_rmdir(folder);
    g_free(visit.history);
}

/* ---- another screen ---- */

static void set_screen(const char *mode)
{
    g_autofree char *command = g_strdup_printf("%s/tests/program/screen_mode.sh %s", SOURCE_DIR, mode);
    int status = -1;
    g_assert_true(g_spawn_command_line_sync(command, NULL, NULL, &status, NULL));
    g_assert_cmpint(status, ==, 0);
}

static bool fills(const struct visit *visit, int width, int height)
{
    int w, h;
    window_size(client_window(client_of(visit)), &w, &h);
    return w == width && h == height;
}

/* The call button is where the screen is, and pictures go on. */
static void see_live_room(const struct visit *visit, int width, int height)
{
    SEE(visit, fills(visit, width, height));
    pass(visit, 50); /* laid out anew */
    SDL_Rect screen = { 0, 0, width, height }, button = find(visit, COMMAND_CALL)->area, visible;
    g_assert_true(SDL_IntersectRect(&screen, &button, &visible) && SDL_RectEquals(&visible, &button));
    guint before = player_times(agent_player(station_agent(visit->station)))->n;
    SEE(visit, player_times(agent_player(station_agent(visit->station)))->n > before + 10);
}

static void on_another_screen(struct world *world, gconstpointer data)
{
    (void)data;
    struct visit visit = { .anna = join(world, "anna", "a", CALL_PARTY_BROADCASTER, 100) };
    world->options.fullscreen = true;
    come(&visit, world, "visitor", "a", false);
    SEE(&visit, shows(&visit, "live") && find(&visit, COMMAND_CALL));
    see_live_room(&visit, 1280, 720);
    set_screen("600 700"); /* upright, and smaller */
    see_live_room(&visit, 600, 700);
    touch(&visit, COMMAND_CALL);
    SEE(&visit, shows(&visit, "call") && find(&visit, COMMAND_HANG_UP));
    set_screen("1280 720");
    SEE(&visit, fills(&visit, 1280, 720));
    click(&visit, COMMAND_HANG_UP);
    SEE(&visit, shows(&visit, "live") && find(&visit, COMMAND_CALL));
    if (g_getenv("SWAYSOCK")) {
        set_screen("off"); /* unplugged: the loop goes on */
        uint64_t before = player_stats(agent_player(station_agent(visit.station))).video.decoded;
        SEE(&visit, player_stats(agent_player(station_agent(visit.station))).video.decoded > before + 30);
        set_screen("on");
    }
    see_live_room(&visit, 1280, 720);
    station_close(visit.station);
    world->options.fullscreen = false;
}

static bool has_real_screen(void)
{
    const char *driver = g_getenv("SDL_VIDEODRIVER");
    return !g_strcmp0(driver, "x11") || !g_strcmp0(driver, "wayland");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    av_log_set_level(AV_LOG_ERROR);
    g_test_add("/visit/live-room", struct world, NULL, set_up, through_the_live_room, tear_down);
    g_test_add("/visit/directory", struct world, NULL, set_up, from_the_directory_by_keys, tear_down);
    g_test_add("/visit/by-ear", struct world, NULL, set_up, by_ear, tear_down);
    g_test_add("/visit/missed", struct world, NULL, set_up, a_missed_call, tear_down);
    g_test_add("/visit/no-camera", struct world, NULL, set_up, without_a_camera, tear_down);
    g_test_add("/visit/two-cameras", struct world, NULL, set_up, with_two_cameras, tear_down);
    g_test_add("/visit/kiosk", struct world, NULL, set_up, at_the_kiosk_of_a_room, tear_down);
    g_test_add("/visit/reception", struct world, NULL, set_up, at_the_reception, tear_down);
    if (has_real_screen())
        g_test_add("/visit/another-screen", struct world, NULL, set_up, on_another_screen, tear_down);
    return g_test_run();
}
