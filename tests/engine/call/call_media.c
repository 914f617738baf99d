/* The call's media: what the policy lets them do while it rings, the first picture's own time-out, what is told. */
#include "call_rig.h"

#define PEER "peer/1"
#define CALL_ID "11111111-1111-1111-1111-111111111111"
#define OTHER_ID "22222222-2222-2222-2222-222222222222"

static struct rig *create(enum call_policy policy, int64_t first_frame_timeout_ms)
{
    struct call_config config = rig_config("me");
    config.first_frame_timeout_ms = first_frame_timeout_ms;
    struct rig *rig = rig_create(&config);
    rig->policy = policy;
    call_prepare(rig->call, rig->now);
    return rig;
}

static void ring(struct rig *rig)
{
    cJSON *media = cJSON_Parse("{\"sdp\":\"offer\"}");
    struct call_message invite = {
        .action = CALL_INVITE,
        .call_id = CALL_ID,
        .sequence = 1,
        .sent_at_ms = rig->now,
        .lifetime_ms = 15000,
        .video = true,
        .media = media,
    };
    call_receive(rig->call, PEER, &invite, rig->now);
    cJSON_Delete(media);
}

static void check_commands(const struct rig *rig, const char *expected)
{
    g_autoptr(GString) commands = g_string_new(NULL);
    for (unsigned i = 0; i < rig->command_count; i++)
        g_string_append_c(commands, "CsRPS"[rig->commands[i].command]);
    g_assert_cmpstr(commands->str, ==, expected);
}

/* --- Policy */

static void policies_of_callee(void)
{
    static const struct {
        enum call_policy policy;
        const char *rings, *accepted, *rejected;
    } cases[] = {
        { CALL_POLICY_CONNECT_ONLY, "C", "CR", "CS" },
        { CALL_POLICY_CONNECT_AND_SEND, "Cs", "CsR", "CsS" },
        { CALL_POLICY_NOTHING, "", "CR", "" },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct rig *rig = create(cases[i].policy, 0);
        ring(rig);
        check_commands(rig, cases[i].rings);
        call_accept(rig->call, NULL, rig->now);
        check_commands(rig, cases[i].accepted);
        g_assert_true(rig->commands[0].had_media); /* the offer, whenever it is answered */
        rig_destroy(rig);
        rig = create(cases[i].policy, 0);
        ring(rig);
        call_reject(rig->call, CALL_REASON_NONE, rig->now);
        check_commands(rig, cases[i].rejected);
        rig_destroy(rig);
    }
}

static void policies_of_caller(void)
{
    static const char *const accepted[] = {
        [CALL_POLICY_CONNECT_ONLY] = "CR",
        [CALL_POLICY_CONNECT_AND_SEND] = "CsR",
        [CALL_POLICY_NOTHING] = "CR",
    };
    for (enum call_policy policy = CALL_POLICY_CONNECT_ONLY; policy <= CALL_POLICY_NOTHING; policy++) {
        struct rig *rig = create(policy, 0);
        call_start(rig->call, "peer", true, NULL, NULL, rig->now);
        g_assert_cmpuint(rig->command_count == 0, ==, policy == CALL_POLICY_NOTHING);
        rig_receive(rig, PEER, call_current_id(rig->call), 1, CALL_ACCEPT, CALL_REASON_NONE);
        check_commands(rig, accepted[policy]);
        rig_destroy(rig);
    }
}

/* --- No first picture in time */

static void check_first_frame_timeout(struct rig *rig)
{
    g_assert_cmpint(rig_state(rig), ==, CALL_CONNECTING);
    g_assert_cmpint(call_deadline(rig->call), ==, rig->now + 4000);
    call_poll(rig->call, rig->now + 3999);
    g_assert_cmpint(rig_state(rig), ==, CALL_CONNECTING);
    call_poll(rig->call, rig->now + 4000);
    g_assert_cmpint(rig_state(rig), ==, CALL_PREPARED);
    g_assert_cmpint(rig_last_told(rig)->notice.event, ==, CALL_EVENT_FIRST_FRAME_TIMEOUT);
    g_assert_cmpint(rig_last_told(rig)->notice.reason, ==, CALL_REASON_FIRST_FRAME_TIMEOUT);
    g_assert_cmpint(rig_last_sent(rig)->message.action, ==, CALL_HANG_UP);
    g_assert_cmpint(rig_last_sent(rig)->message.reason, ==, CALL_REASON_FIRST_FRAME_TIMEOUT);
    g_assert_cmpint(rig->commands[rig->command_count - 1].command, ==, CALL_MEDIA_STOP);
    g_assert_cmpint(call_deadline(rig->call), ==, INT64_MAX);
}

static void first_frame_timeout(void)
{
    struct rig *callee = create(CALL_POLICY_CONNECT_ONLY, 4000);
    ring(callee);
    callee->now += 1000;
    call_accept(callee->call, NULL, callee->now);
    check_first_frame_timeout(callee);
    rig_destroy(callee);

    struct rig *caller = create(CALL_POLICY_CONNECT_ONLY, 4000);
    call_start(caller->call, "peer", true, NULL, NULL, caller->now);
    caller->now += 1000;
    rig_receive(caller, PEER, call_current_id(caller->call), 1, CALL_ACCEPT, CALL_REASON_NONE);
    check_first_frame_timeout(caller);
    rig_destroy(caller);
}

/* The other side may be connected: it sees us, we do not see it. */
static void first_frame_timeout_there(void)
{
    struct rig *rig = create(CALL_POLICY_CONNECT_ONLY, 4000);
    ring(rig);
    call_accept(rig->call, NULL, rig->now);
    call_first_frame(rig->call, rig->now);
    rig_receive(rig, PEER, CALL_ID, 2, CALL_HANG_UP, CALL_REASON_FIRST_FRAME_TIMEOUT);
    g_assert_cmpint(rig_state(rig), ==, CALL_PREPARED);
    g_assert_cmpint(rig_last_told(rig)->notice.event, ==, CALL_EVENT_REMOTE_HANGUP);
    g_assert_cmpint(rig_last_told(rig)->notice.reason, ==, CALL_REASON_REMOTE_FIRST_FRAME_TIMEOUT);
    rig_destroy(rig);
}

/* Whichever of the two time-outs is earlier has its way; a picture ends both. */
static void earlier_timeout(void)
{
    struct rig *rig = create(CALL_POLICY_CONNECT_ONLY, 4000);
    ring(rig);
    int64_t rang = rig->now;
    rig->now += 12000;
    call_accept(rig->call, NULL, rig->now);
    g_assert_cmpint(call_deadline(rig->call), ==, rang + 15000);
    call_poll(rig->call, rang + 15000);
    g_assert_cmpint(rig_last_told(rig)->notice.reason, ==, CALL_REASON_CALLING_TIMEOUT);
    rig_destroy(rig);

    rig = create(CALL_POLICY_CONNECT_ONLY, 4000);
    ring(rig);
    call_accept(rig->call, NULL, rig->now);
    call_first_frame(rig->call, rig->now + 3000);
    g_assert_cmpint(call_deadline(rig->call), ==, INT64_MAX);
    call_poll(rig->call, rig->now + 100000);
    g_assert_cmpint(rig_state(rig), ==, CALL_CONNECTED);
    rig_destroy(rig);
}

/* --- What is told of the media */

static void media_events(void)
{
    struct rig *rig = create(CALL_POLICY_CONNECT_ONLY, 0);
    ring(rig);
    call_accept(rig->call, NULL, rig->now);
    rig_forget(rig);
    for (enum call_event event = CALL_EVENT_LOCAL_JOINING; event <= CALL_EVENT_FIRST_AUDIO_HEARD; event++) {
        call_media_event(rig->call, CALL_ID, event, rig->now);
        call_media_event(rig->call, CALL_ID, event, rig->now); /* once is enough */
        g_assert_cmpint(rig_last_told(rig)->notice.event, ==, event);
        g_assert_cmpstr(rig_last_told(rig)->call_id, ==, CALL_ID);
        g_assert_cmpint(rig_last_told(rig)->notice.reason, ==, CALL_REASON_NONE);
        g_assert_cmpstr(call_event_name(event), !=, "unknown");
    }
    g_assert_cmpuint(rig->told_count, ==, CALL_EVENT_FIRST_AUDIO_HEARD - CALL_EVENT_LOCAL_JOINING + 1);
    g_assert_cmpint(rig_state(rig), ==, CALL_CONNECTING);
    g_assert_cmpuint(rig->sent_count + rig->command_count, ==, 0);
    rig_destroy(rig);
}

static void leave(struct rig *rig, const struct call_notice *notice)
{
    if (notice->event == CALL_EVENT_RECALL)
        call_media_event(rig->call, CALL_ID, CALL_EVENT_LOCAL_LEFT, rig->now);
}

/* The old call's media are left when the new call rings already. */
static void late_media_events(void)
{
    struct rig *rig = create(CALL_POLICY_CONNECT_ONLY, 0);
    ring(rig);
    call_accept(rig->call, NULL, rig->now);
    rig->on_notice = leave;
    rig->now += 10;
    rig_forget(rig);
    rig_receive(rig, PEER, OTHER_ID, 1, CALL_INVITE, CALL_REASON_NONE);
    g_assert_cmpuint(rig->told_count, ==, 3);
    g_assert_cmpint(rig->told[2].notice.event, ==, CALL_EVENT_LOCAL_LEFT);
    g_assert_cmpstr(rig->told[2].call_id, ==, CALL_ID);
    g_assert_cmpstr(rig->told[2].remote, ==, PEER);
    call_media_event(rig->call, CALL_ID, CALL_EVENT_LOCAL_LEFT, rig->now);
    call_media_event(rig->call, CALL_ID, CALL_EVENT_FIRST_FRAME_SENT, rig->now);
    call_media_event(rig->call, "", CALL_EVENT_LOCAL_LEFT, rig->now);
    g_assert_cmpuint(rig->told_count, ==, 3);
    rig_destroy(rig);
}

/* --- Audio calls and times */

static void audio_call(void)
{
    struct rig *rig = rig_prepared("me");
    call_start(rig->call, "peer", false, NULL, NULL, rig->now);
    g_assert_cmpint(rig_last_told(rig)->notice.event, ==, CALL_EVENT_LOCAL_AUDIO_CALL);
    g_assert_cmpint(rig_last_told(rig)->notice.reason, ==, CALL_REASON_LOCAL_AUDIO_CALL);
    g_assert_false(rig_last_sent(rig)->message.video);
    rig_destroy(rig);

    rig = rig_prepared("me");
    struct call_message invite = {
        .action = CALL_INVITE,
        .call_id = CALL_ID,
        .sequence = 1,
        .sent_at_ms = rig->now,
        .lifetime_ms = 15000,
    };
    call_receive(rig->call, PEER, &invite, rig->now);
    g_assert_cmpint(rig_last_told(rig)->notice.event, ==, CALL_EVENT_REMOTE_AUDIO_CALL);
    g_assert_cmpint(rig_last_told(rig)->notice.reason, ==, CALL_REASON_REMOTE_AUDIO_CALL);
    rig_destroy(rig);
}

static void duration(void)
{
    struct rig *rig = create(CALL_POLICY_CONNECT_ONLY, 0);
    ring(rig);
    call_accept(rig->call, NULL, rig->now);
    g_assert_cmpint(rig_last_told(rig)->notice.connected_at_ms, ==, 0);
    int64_t connected = rig->now += 700;
    call_first_frame(rig->call, rig->now);
    g_assert_cmpint(rig_last_told(rig)->notice.connected_at_ms, ==, connected);
    g_assert_cmpint(rig_last_told(rig)->notice.duration_ms, ==, 0);
    call_hang_up(rig->call, CALL_REASON_NONE, connected + 61000);
    g_assert_cmpint(rig_last_told(rig)->notice.connected_at_ms, ==, connected);
    g_assert_cmpint(rig_last_told(rig)->notice.duration_ms, ==, 61000);
    ring(rig); /* the same call id: over, no new call */
    rig_receive(rig, PEER, OTHER_ID, 1, CALL_INVITE, CALL_REASON_NONE);
    call_reject(rig->call, CALL_REASON_NONE, rig->now);
    g_assert_cmpint(rig_last_told(rig)->notice.duration_ms, ==, 0);
    rig_destroy(rig);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/call/media/policy/callee", policies_of_callee);
    g_test_add_func("/call/media/policy/caller", policies_of_caller);
    g_test_add_func("/call/media/first-frame/time-out", first_frame_timeout);
    g_test_add_func("/call/media/first-frame/time-out-there", first_frame_timeout_there);
    g_test_add_func("/call/media/first-frame/earlier", earlier_timeout);
    g_test_add_func("/call/media/events", media_events);
    g_test_add_func("/call/media/late-events", late_media_events);
    g_test_add_func("/call/media/audio-call", audio_call);
    g_test_add_func("/call/media/duration", duration);
    return g_test_run();
}
