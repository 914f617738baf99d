#include "screens_cases.h"

#include "app/kiosk/history.h"
#include "app/view/language.h"
#include "app/view/words.h"

static void live(struct view *view)
{
    (void)view;
}

static void live_only_room(struct view *view)
{
    view->only_room = true;
}

static void live_after_call(struct view *view)
{
    view->last_call = _("Call ended");
}

static void live_away(struct view *view)
{
    view->room_state = "away";
}

static void live_stream_alone(struct view *view)
{
    live_away(view);
    view->pulled = view->room_flows = true;
}

static void live_stream(struct view *view)
{
    view->local_room = view->pulled = view->room_flows = true;
    view->room = "rtsp://garden/1";
    view->host = "";
}

static void live_stream_of_sound(struct view *view)
{
    live_stream(view);
    view->room = "Radio 1";
    view->sound_only = true;
    view->has_remote_picture = false;
}

static void live_private(struct view *view)
{
    view->room_state = "private";
}

static void live_connecting(struct view *view)
{
    view->has_remote_picture = false;
    view->room_state = view->host = "";
}

static void live_offline(struct view *view)
{
    struct words_trouble trouble = words_of_status(AGENT_STATUS_OFFLINE);
    view->trouble = trouble.what;
    view->to_do = trouble.to_do;
}

static void not_admitted(struct view *view)
{
    struct words_trouble trouble = words_of_status(AGENT_STATUS_NOT_ADMITTED);
    view->trouble = trouble.what;
    view->to_do = trouble.to_do;
    view->party = CALL_PARTY_ANYONE;
    view->has_remote_picture = false;
}

static void live_hub_away(struct view *view)
{
    live_offline(view);
    view->room_flows = true;
}

static void live_camera_off(struct view *view)
{
    view->host_camera_on = view->has_remote_picture = false;
}

static void live_muted(struct view *view)
{
    view->host_muted = true;
}

static void live_unplayable(struct view *view)
{
    struct words_trouble trouble = words_of_status(AGENT_STATUS_ROOM_UNPLAYABLE);
    view->trouble = trouble.what;
    view->to_do = trouble.to_do;
}

static void broadcast(struct view *view)
{
    view->party = CALL_PARTY_BROADCASTER;
    view->self = view->name = "Anna Berg";
}

static void broadcast_camera_off(struct view *view)
{
    broadcast(view);
    view->camera_on = false;
    view->muted = true;
}

static void directory(struct view *view)
{
    static struct agent_person people[] = {
        { "anna", "Anna Berg" },     { "Bert", "" },   { "Chen 王小明", "" }, { "ليلى 24", "" }, { "Dario Fo", "" },
        { "Eva-Maria Schmidt", "" }, { "Görkem", "" }, { "王小明", "" },      { "李雷", "" },    { "Zoë", "" },
    };
    view->party = CALL_PARTY_ANYONE;
    for (size_t i = 0; view->people && i < G_N_ELEMENTS(people); i++)
        g_ptr_array_add((GPtrArray *)view->people, &people[i]);
}

static void directory_empty(struct view *view)
{
    view->party = CALL_PARTY_ANYONE;
}

static void directory_search(struct view *view)
{
    view->party = CALL_PARTY_ANYONE;
    g_strlcpy(view->chosen.search, "xaver", VIEW_SEARCH);
}

static void directory_missed(struct view *view)
{
    directory(view);
    view->keeps_calls = true;
    view->missed = 3;
}

static void calls(struct view *view)
{
    static struct history_entry entries[] = {
        { .remote = "Anna Berg", .began_ms = 1000, .outgoing = true, .answered = true, .duration_ms = 187000 },
        { .remote = "王小明", .began_ms = 1000, .answered = true, .duration_ms = 3725000 },
        { .remote = "Chen Li", .began_ms = 1000 },
    };
    static gpointer pointers[] = { &entries[0], &entries[1], &entries[2] };
    static GPtrArray all = { .pdata = pointers, .len = 3 };
    directory_empty(view);
    view->keeps_calls = true;
    view->chosen.calls = &all;
}

static void no_calls(struct view *view)
{
    static GPtrArray none = { 0 };
    directory_empty(view);
    view->keeps_calls = true;
    view->chosen.calls = &none;
}

static void setting_up(struct view *view)
{
    view->setting_up = view->asks_for_code = true;
}

static void setup_without_camera(struct view *view)
{
    setting_up(view);
    view->camera_trouble = CAPTURE_MISSING;
}

static void setup_wrong(struct view *view)
{
    setting_up(view);
    view->setup_wrong = "setup.ini:2: 'hubb' is not known · setup.ini:4: 'idle': --idle wants 0 to 86400 seconds";
}

static void configuration_wrong(struct view *view)
{
    setup_wrong(view);
    view->asks_for_code = false;
}

static void attract(struct view *view)
{
    view->attracts = true;
}

static void directory_reception(struct view *view)
{
    directory(view);
    view->reception[view->n_reception++] = "Reception";
    view->reception[view->n_reception++] = "Dr. Berg";
}

static void welcome(struct view *view)
{
    directory_empty(view);
    view->no_directory = true;
    view->reception[view->n_reception++] = "Reception";
    view->reception[view->n_reception++] = "Dr. Berg";
    view->reception[view->n_reception++] = "Technician on duty";
    view->reception[view->n_reception++] = "Emergency";
}

static void closed(struct view *view)
{
    welcome(view);
    g_autoptr(GDateTime) now = g_date_time_new_utc(2026, 11, 21, 12, 0, 0),
                         opens = g_date_time_new_utc(2026, 11, 23, 9, 0, 0);
    static char words[64]; /* as the kiosk keeps them */
    g_autofree char *text = words_of_closing(now, opens);
    g_strlcpy(words, text, sizeof words);
    view->closed = words;
}

static void looking_for(struct view *view)
{
    view->party = CALL_PARTY_ANYONE;
    view->looks_for = "Reception";
    view->remote[0] = 0;
}

static void ringing_out(struct view *view)
{
    view->state = CALL_CALLING;
    view->role = CALL_ROLE_CALLER;
    view->delivered = true;
}

static void ringing_out_1v1(struct view *view)
{
    ringing_out(view);
    view->party = CALL_PARTY_ANYONE;
}

static void call_no_camera(struct view *view)
{
    view->state = CALL_CONNECTED;
    view->quality = 1;
    view->camera_on = false;
    view->camera_trouble = CAPTURE_MISSING;
}

static void call_camera_busy(struct view *view)
{
    call_no_camera(view);
    view->camera_trouble = CAPTURE_BUSY;
}

static void call_camera_forbidden(struct view *view)
{
    call_no_camera(view);
    view->camera_trouble = CAPTURE_FORBIDDEN;
}

static void call_nothing_works(struct view *view)
{
    call_no_camera(view);
    view->microphone_missing = true;
}

static void live_no_speaker(struct view *view)
{
    view->speaker_missing = true;
    view->camera_trouble = CAPTURE_MISSING;
}

static void ringing_in(struct view *view)
{
    view->state = CALL_CALLING;
    view->role = CALL_ROLE_CALLEE;
    view->party = CALL_PARTY_ANYONE;
}

static void ringing_in_voice(struct view *view)
{
    ringing_in(view);
    view->audio_only = true;
}

static void ringing_in_seen(struct view *view)
{
    ringing_in(view);
    view->preview_of_caller = true;
}

static void call(struct view *view)
{
    view->state = CALL_CONNECTED;
    view->quality = 2;
}

static void call_connecting(struct view *view)
{
    view->state = CALL_CONNECTING;
    view->party = CALL_PARTY_ANYONE;
    view->has_remote_picture = false;
}

static void call_everything_off(struct view *view)
{
    call(view);
    view->muted = view->remote_muted = true;
    view->camera_on = view->remote_camera_on = false;
    view->chosen.volume = 0;
}

static void call_muted(struct view *view)
{
    call(view);
    view->muted = true;
}

static void call_two_cameras(struct view *view)
{
    call(view);
    view->can_switch_camera = true;
}

static void call_swapped(struct view *view)
{
    call(view);
    view->chosen.swapped = true;
}

static void call_reconnecting(struct view *view)
{
    call(view);
    view->reconnecting = true;
    view->quality = 5;
}

static void call_unplayable(struct view *view)
{
    call(view);
    view->unplayable = true;
}

static void call_voice(struct view *view)
{
    call(view);
    view->audio_only = true;
    view->remote_level = 0.3f;
    view->level = 0.05f;
}

static void call_may_continue(struct view *view)
{
    call(view);
    view->kiosk = view->may_continue = true;
}

static void call_continues(struct view *view)
{
    call_may_continue(view);
    view->continue_at = "https://calls.example/#pass=0123456789abcdef0123456789abcdef&user=lobby&room=studio";
}

static void call_voice_continues(struct view *view)
{
    call_continues(view);
    view->audio_only = true;
}

const struct screen_case screen_cases[] = {
    { "live", live },
    { "live-after-call", live_after_call },
    { "live-away", live_away },
    { "live-stream-alone", live_stream_alone },
    { "live-stream", live_stream },
    { "live-stream-of-sound", live_stream_of_sound },
    { "live-private", live_private },
    { "live-connecting", live_connecting },
    { "live-offline", live_offline },
    { "live-hub-away", live_hub_away },
    { "live-camera-off", live_camera_off },
    { "live-muted", live_muted },
    { "live-unplayable", live_unplayable },
    { "not-admitted", not_admitted },
    { "ringing-out", ringing_out },
    { "ringing-out-1v1", ringing_out_1v1 },
    { "ringing-in", ringing_in },
    { "ringing-in-voice", ringing_in_voice },
    { "ringing-in-seen", ringing_in_seen },
    { "call", call },
    { "call-connecting", call_connecting },
    { "call-muted", call_muted },
    { "call-two-cameras", call_two_cameras },
    { "call-everything-off", call_everything_off },
    { "call-swapped", call_swapped },
    { "call-reconnecting", call_reconnecting },
    { "call-unplayable", call_unplayable },
    { "call-voice", call_voice },
    { "call-no-camera", call_no_camera },
    { "call-camera-busy", call_camera_busy },
    { "call-camera-forbidden", call_camera_forbidden },
    { "call-nothing-works", call_nothing_works },
    { "live-no-speaker", live_no_speaker },
    { "directory", directory },
    { "directory-empty", directory_empty },
    { "directory-search", directory_search },
    { "directory-missed", directory_missed },
    { "history", calls },
    { "history-empty", no_calls },
    { "attract", attract },
    { "directory-reception", directory_reception },
    { "welcome", welcome },
    { "closed", closed },
    { "looking-for", looking_for },
    { "broadcast", broadcast },
    { "broadcast-camera-off", broadcast_camera_off },
    { "live-only-room", live_only_room },
    { "call-may-continue", call_may_continue },
    { "call-continues", call_continues },
    { "call-voice-continues", call_voice_continues },
    { "setup", setting_up },
    { "setup-without-camera", setup_without_camera },
    { "setup-wrong", setup_wrong },
    { "configuration-wrong", configuration_wrong },
};

const int n_screen_cases = G_N_ELEMENTS(screen_cases);

void screen_case_view(const struct screen_case *screen, const struct theme *theme, GPtrArray *people, struct view *view)
{
    *view = (struct view){
        .theme = theme,
        .party = CALL_PARTY_AUDIENCE,
        .state = CALL_PREPARED,
        .online = true,
        .self = "lobby",
        .name = "Lobby",
        .remote = "Anna Berg",
        .room = "Anna’s studio",
        .host = "Anna Berg",
        .room_state = "live",
        .viewers = 27,
        .camera_on = true,
        .remote_camera_on = true,
        .host_camera_on = true,
        .has_remote_picture = true,
        .chosen.volume = 100,
        .call_seconds = 83,
        .safety_code = "blowtorch millionaire scorecard chambermaid",
        .ring_seconds_left = 11,
        .ring_part_left = 0.73f,
        .people = people,
    };
    g_ptr_array_set_size(people, 0);
    screen->set(view);
}
