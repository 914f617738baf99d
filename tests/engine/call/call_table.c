/* Every (state, role, event) pair, against expectations that are written here independently of the machine's own table.
 * What is not expected below must be a state mismatch that moves nothing, sends nothing and commands nothing. */
#include "call_rig.h"

#define PEER "peer/1"
#define OTHER_ID "22222222-2222-2222-2222-222222222222"
#define RUNNING_ID "11111111-1111-1111-1111-111111111111"

enum situation {
    IDLE,
    PREPARED,
    OUT,
    IN,
    CONNECTING_OUT,
    CONNECTING_IN,
    CONNECTED_OUT,
    CONNECTED_IN,
    FAILED,
    SITUATIONS
};

static const char *const situation_names[] = {
    "idle",
    "prepared",
    "calling as caller",
    "calling as callee",
    "connecting as caller",
    "connecting as callee",
    "connected as caller",
    "connected as callee",
    "failed",
};

enum event {
    PREPARE,
    START,
    START_AGAIN,
    CANCEL,
    ACCEPT,
    REJECT,
    HANG_UP,
    FAIL,
    DELIVERED,
    OFFLINE,
    STRANGER_CALLS,
    PEER_CALLS,
    ACCEPTED,
    REJECTED,
    BUSY,
    CANCELLED,
    HUNG_UP,
    TIMED_OUT_THERE,
    ELSEWHERE,
    FRAME,
    LOST,
    TIME_OUT,
    FRAME_TIME_OUT,
    INVITE_REFUSED,
    SIGNALLING_GONE,
    SIGNALLING_BACK,
    FRAME_SENT,
    DEVICE_GONE,
    EVENTS,
};

static const char *const event_names[] = {
    "prepare",  "start",          "start again",    "cancel",          "accept",          "reject",     "hang up",
    "fail",     "delivered",      "offline",        "stranger calls",  "peer calls",      "accepted",   "rejected",
    "busy",     "cancelled",      "hung up",        "timed out there", "elsewhere",       "frame",      "lost",
    "time-out", "frame time-out", "invite refused", "signalling gone", "signalling back", "frame sent", "device gone",
};

static bool is_message(enum event event)
{
    return event >= ACCEPTED && event <= ELSEWHERE;
}

static bool has_call(enum situation situation)
{
    return situation >= OUT && situation <= CONNECTED_IN;
}

static struct rig *create_in(enum situation situation, enum event event, enum call_party party)
{
    struct call_config config = rig_config("me");
    config.first_frame_timeout_ms = event == FRAME_TIME_OUT ? 5000 : 0;
    config.party = party;
    struct rig *rig = rig_create(&config);
    if (situation == IDLE)
        return rig;
    call_prepare(rig->call, rig->now);
    if (situation == FAILED)
        call_fail(rig->call, CALL_REASON_NONE, rig->now);
    bool out = situation == OUT || situation == CONNECTING_OUT || situation == CONNECTED_OUT;
    if (out)
        call_start(rig->call, "peer", true, NULL, NULL, rig->now);
    else if (has_call(situation))
        rig_receive(rig, PEER, RUNNING_ID, 1, CALL_INVITE, CALL_REASON_NONE);
    if (situation == CONNECTING_OUT || situation == CONNECTED_OUT)
        rig_receive(rig, PEER, call_current_id(rig->call), 1, CALL_ACCEPT, CALL_REASON_NONE);
    if (situation == CONNECTING_IN || situation == CONNECTED_IN)
        call_accept(rig->call, NULL, rig->now);
    if (situation == CONNECTED_OUT || situation == CONNECTED_IN)
        call_first_frame(rig->call, rig->now);
    rig->now++;
    rig_forget(rig);
    return rig;
}

static enum call_error raise_event(struct rig *rig, enum event event)
{
    char id[CALL_ID_SIZE];
    rig_keep_id(rig, id);
    switch (event) {
    case PREPARE:
        return call_prepare(rig->call, rig->now);
    case START:
        return call_start(rig->call, "somebody", true, NULL, NULL, rig->now);
    case START_AGAIN:
        return call_start(rig->call, "peer", true, NULL, NULL, rig->now);
    case CANCEL:
        return call_cancel(rig->call, rig->now);
    case ACCEPT:
        return call_accept(rig->call, NULL, rig->now);
    case REJECT:
        return call_reject(rig->call, CALL_REASON_NONE, rig->now);
    case HANG_UP:
        return call_hang_up(rig->call, CALL_REASON_NONE, rig->now);
    case FAIL:
        return call_fail(rig->call, CALL_REASON_DESTROYED, rig->now);
    case DELIVERED:
        call_delivered(rig->call, id, 1, CALL_OK, (const char *[]){ PEER, NULL }, rig->now);
        break;
    case OFFLINE:
        call_delivered(rig->call, id, 1, CALL_ERROR_OFFLINE, NULL, rig->now);
        break;
    case STRANGER_CALLS:
        rig_receive(rig, STRANGER, OTHER_ID, 1, CALL_INVITE, CALL_REASON_NONE);
        break;
    case PEER_CALLS:
        rig_receive(rig, PEER, OTHER_ID, 1, CALL_INVITE, CALL_REASON_NONE);
        break;
    case ACCEPTED:
        rig_receive(rig, PEER, id, 9, CALL_ACCEPT, CALL_REASON_NONE);
        break;
    case REJECTED:
        rig_receive(rig, PEER, id, 9, CALL_REJECT, CALL_REASON_LOCAL_REJECTED);
        break;
    case BUSY:
        rig_receive(rig, PEER, id, 9, CALL_REJECT, CALL_REASON_LOCAL_BUSY);
        break;
    case CANCELLED:
        rig_receive(rig, PEER, id, 9, CALL_CANCEL, CALL_REASON_LOCAL_CANCELLED);
        break;
    case HUNG_UP:
        rig_receive(rig, PEER, id, 9, CALL_HANG_UP, CALL_REASON_LOCAL_HANGUP);
        break;
    case TIMED_OUT_THERE:
        rig_receive(rig, PEER, id, 9, CALL_CANCEL, CALL_REASON_CALLING_TIMEOUT);
        break;
    case ELSEWHERE:
        rig_receive(rig, PEER, id, 9, CALL_CANCEL, CALL_REASON_ACCEPTED_ELSEWHERE);
        break;
    case FRAME:
        call_first_frame(rig->call, rig->now);
        break;
    case LOST:
        call_media_lost(rig->call, rig->now);
        break;
    case FRAME_TIME_OUT:
        call_poll(rig->call, rig->now + 6000);
        break;
    case INVITE_REFUSED:
        call_delivered(rig->call, id, 1, CALL_ERROR_REFUSED, NULL, rig->now);
        break;
    case SIGNALLING_GONE:
        call_signalling_lost(rig->call, rig->now);
        break;
    case SIGNALLING_BACK:
        call_signalling_lost(rig->call, rig->now);
        rig_forget(rig);
        call_signalling_restored(rig->call, rig->now);
        break;
    case FRAME_SENT:
        call_media_event(rig->call, id, CALL_EVENT_FIRST_FRAME_SENT, rig->now);
        break;
    case TIME_OUT:
        call_poll(rig->call, rig->now + 20000);
        break;
    case DEVICE_GONE:
        call_device_gone(rig->call, PEER, rig->now);
        break;
    case EVENTS:
        g_assert_not_reached();
    }
    return CALL_OK;
}

/* sends: first letters of what goes out, to whom it may be: i c a r h. media: C R P S. NO_NOTICE: nothing is told. */
enum { NO_NOTICE = -1 };
struct expectation {
    enum situation situation;
    enum event event;
    enum call_state state;
    int told; /* enum call_event or NO_NOTICE */
    enum call_reason reason;
    const char *sends, *media;
};

/* clang-format off */
#define QUIET(situation, event, state) { situation, event, state, NO_NOTICE, 0, "", "" }
#define SIGNALLING(situation, state, again) \
    { situation, SIGNALLING_GONE, state, CALL_EVENT_SIGNALLING_LOST, CALL_REASON_SIGNALLING_LOST, "", "" }, \
    { situation, SIGNALLING_BACK, state, CALL_EVENT_SIGNALLING_RESTORED, CALL_REASON_NONE, again, "" }
#define FRAME_IS_SENT(situation, state) \
    { situation, FRAME_SENT, state, CALL_EVENT_FIRST_FRAME_SENT, CALL_REASON_NONE, "", "" }
#define NO_FRAME(situation) \
    { situation, FRAME_TIME_OUT, CALL_PREPARED, CALL_EVENT_FIRST_FRAME_TIMEOUT, CALL_REASON_FIRST_FRAME_TIMEOUT, \
      "h", "S" }

static const struct expectation expectations[] = {
    SIGNALLING(IDLE, CALL_IDLE, ""), SIGNALLING(PREPARED, CALL_PREPARED, ""), SIGNALLING(FAILED, CALL_FAILED, ""),
    SIGNALLING(OUT, CALL_CALLING, "i"), SIGNALLING(IN, CALL_CALLING, ""),
    SIGNALLING(CONNECTING_OUT, CALL_CONNECTING, "c"), SIGNALLING(CONNECTING_IN, CALL_CONNECTING, "a"),
    SIGNALLING(CONNECTED_OUT, CALL_CONNECTED, "c"), SIGNALLING(CONNECTED_IN, CALL_CONNECTED, "a"),
    FRAME_IS_SENT(OUT, CALL_CALLING), FRAME_IS_SENT(IN, CALL_CALLING),
    FRAME_IS_SENT(CONNECTING_OUT, CALL_CONNECTING), FRAME_IS_SENT(CONNECTING_IN, CALL_CONNECTING),
    FRAME_IS_SENT(CONNECTED_OUT, CALL_CONNECTED), FRAME_IS_SENT(CONNECTED_IN, CALL_CONNECTED),
    NO_FRAME(CONNECTING_OUT), NO_FRAME(CONNECTING_IN),
    { OUT, INVITE_REFUSED, CALL_PREPARED, CALL_EVENT_MESSAGE_FAILED, CALL_REASON_MESSAGE_FAILED, "", "S" },
    QUIET(IN, INVITE_REFUSED, CALL_CALLING),
    QUIET(CONNECTING_OUT, INVITE_REFUSED, CALL_CONNECTING), QUIET(CONNECTING_IN, INVITE_REFUSED, CALL_CONNECTING),
    QUIET(CONNECTED_OUT, INVITE_REFUSED, CALL_CONNECTED), QUIET(CONNECTED_IN, INVITE_REFUSED, CALL_CONNECTED),

    { OUT, DEVICE_GONE, CALL_PREPARED, CALL_EVENT_OFFLINE, CALL_REASON_REMOTE_GONE, "c", "S" },
    { IN, DEVICE_GONE, CALL_PREPARED, CALL_EVENT_OFFLINE, CALL_REASON_REMOTE_GONE, "", "S" },
    QUIET(IDLE, DEVICE_GONE, CALL_IDLE), QUIET(PREPARED, DEVICE_GONE, CALL_PREPARED),
    QUIET(FAILED, DEVICE_GONE, CALL_FAILED),
    QUIET(CONNECTING_OUT, DEVICE_GONE, CALL_CONNECTING), QUIET(CONNECTING_IN, DEVICE_GONE, CALL_CONNECTING),
    QUIET(CONNECTED_OUT, DEVICE_GONE, CALL_CONNECTED), QUIET(CONNECTED_IN, DEVICE_GONE, CALL_CONNECTED),

    { IDLE, PREPARE, CALL_PREPARED, CALL_EVENT_NONE, CALL_REASON_PREPARED, "", "" },
    { IDLE, FAIL, CALL_FAILED, CALL_EVENT_NONE, CALL_REASON_DESTROYED, "", "" },
    { FAILED, PREPARE, CALL_PREPARED, CALL_EVENT_NONE, CALL_REASON_PREPARED, "", "" },
    { FAILED, FAIL, CALL_FAILED, NO_NOTICE, 0, "", "" },

    { PREPARED, PREPARE, CALL_PREPARED, NO_NOTICE, 0, "", "" },
    { PREPARED, START, CALL_CALLING, CALL_EVENT_LOCAL_VIDEO_CALL, CALL_REASON_LOCAL_VIDEO_CALL, "i", "C" },
    { PREPARED, START_AGAIN, CALL_CALLING, CALL_EVENT_LOCAL_VIDEO_CALL, CALL_REASON_LOCAL_VIDEO_CALL, "i", "C" },
    { PREPARED, FAIL, CALL_FAILED, CALL_EVENT_NONE, CALL_REASON_DESTROYED, "", "" },
    { PREPARED, STRANGER_CALLS, CALL_CALLING, CALL_EVENT_REMOTE_VIDEO_CALL, CALL_REASON_REMOTE_VIDEO_CALL, "", "C" },
    { PREPARED, PEER_CALLS, CALL_CALLING, CALL_EVENT_REMOTE_VIDEO_CALL, CALL_REASON_REMOTE_VIDEO_CALL, "", "C" },

    { OUT, PREPARE, CALL_CALLING, NO_NOTICE, 0, "", "" },
    { OUT, START_AGAIN, CALL_CALLING, NO_NOTICE, 0, "", "" },
    { OUT, CANCEL, CALL_PREPARED, CALL_EVENT_LOCAL_CANCELLED, CALL_REASON_LOCAL_CANCELLED, "c", "S" },
    { OUT, FAIL, CALL_FAILED, CALL_EVENT_NONE, CALL_REASON_DESTROYED, "c", "S" },
    { OUT, DELIVERED, CALL_CALLING, CALL_EVENT_DELIVERED, CALL_REASON_NONE, "", "" },
    { OUT, OFFLINE, CALL_PREPARED, CALL_EVENT_OFFLINE, CALL_REASON_OFFLINE, "", "S" },
    { OUT, STRANGER_CALLS, CALL_CALLING, CALL_EVENT_CALL_REFUSED_BUSY, CALL_REASON_LOCAL_BUSY, "r", "" },
    { OUT, PEER_CALLS, CALL_CALLING, CALL_EVENT_GLARE, CALL_REASON_NONE, "i", "" },      /* "me" < "peer": won */
    { OUT, ACCEPTED, CALL_CONNECTING, CALL_EVENT_REMOTE_ACCEPTED, CALL_REASON_REMOTE_ACCEPTED, "c", "R" },
    { OUT, REJECTED, CALL_PREPARED, CALL_EVENT_REMOTE_REJECTED, CALL_REASON_REMOTE_REJECTED, "c", "S" },
    { OUT, BUSY, CALL_PREPARED, CALL_EVENT_REMOTE_BUSY, CALL_REASON_REMOTE_BUSY, "c", "S" },
    { OUT, HUNG_UP, CALL_PREPARED, CALL_EVENT_REMOTE_HANGUP, CALL_REASON_REMOTE_HANGUP, "c", "S" },
    { OUT, TIMED_OUT_THERE, CALL_PREPARED, CALL_EVENT_REMOTE_TIMEOUT, CALL_REASON_REMOTE_TIMEOUT, "c", "S" },
    { OUT, FRAME, CALL_CALLING, NO_NOTICE, 0, "", "" },
    { OUT, LOST, CALL_PREPARED, CALL_EVENT_MEDIA_LOST, CALL_REASON_MEDIA_LOST, "c", "S" },
    { OUT, TIME_OUT, CALL_PREPARED, CALL_EVENT_CALLING_TIMEOUT, CALL_REASON_CALLING_TIMEOUT, "c", "S" },

    { IN, PREPARE, CALL_CALLING, NO_NOTICE, 0, "", "" },
    { IN, ACCEPT, CALL_CONNECTING, CALL_EVENT_LOCAL_ACCEPTED, CALL_REASON_LOCAL_ACCEPTED, "a", "R" },
    { IN, REJECT, CALL_PREPARED, CALL_EVENT_LOCAL_REJECTED, CALL_REASON_LOCAL_REJECTED, "r", "S" },
    { IN, FAIL, CALL_FAILED, CALL_EVENT_NONE, CALL_REASON_DESTROYED, "r", "S" },
    { IN, DELIVERED, CALL_CALLING, NO_NOTICE, 0, "", "" },
    { IN, OFFLINE, CALL_CALLING, NO_NOTICE, 0, "", "" },
    { IN, STRANGER_CALLS, CALL_CALLING, CALL_EVENT_CALL_REFUSED_BUSY, CALL_REASON_LOCAL_BUSY, "r", "" },
    { IN, PEER_CALLS, CALL_CALLING, CALL_EVENT_REMOTE_VIDEO_CALL, CALL_REASON_REMOTE_VIDEO_CALL, "r", "SC" },
    { IN, CANCELLED, CALL_PREPARED, CALL_EVENT_REMOTE_CANCELLED, CALL_REASON_REMOTE_CANCELLED, "", "S" },
    { IN, HUNG_UP, CALL_PREPARED, CALL_EVENT_REMOTE_HANGUP, CALL_REASON_REMOTE_HANGUP, "", "S" },
    { IN, TIMED_OUT_THERE, CALL_PREPARED, CALL_EVENT_REMOTE_TIMEOUT, CALL_REASON_REMOTE_TIMEOUT, "", "S" },
    { IN, ELSEWHERE, CALL_PREPARED, CALL_EVENT_ACCEPTED_ELSEWHERE, CALL_REASON_ACCEPTED_ELSEWHERE, "", "S" },
    { IN, FRAME, CALL_CALLING, NO_NOTICE, 0, "", "" },
    { IN, LOST, CALL_PREPARED, CALL_EVENT_MEDIA_LOST, CALL_REASON_MEDIA_LOST, "r", "S" },
    { IN, TIME_OUT, CALL_PREPARED, CALL_EVENT_CALLING_TIMEOUT, CALL_REASON_CALLING_TIMEOUT, "r", "S" },

    { CONNECTING_OUT, PREPARE, CALL_CONNECTING, NO_NOTICE, 0, "", "" },
    { CONNECTING_OUT, START_AGAIN, CALL_CONNECTING, NO_NOTICE, 0, "", "" },
    { CONNECTING_OUT, HANG_UP, CALL_PREPARED, CALL_EVENT_LOCAL_HANGUP, CALL_REASON_LOCAL_HANGUP, "h", "S" },
    { CONNECTING_OUT, FAIL, CALL_FAILED, CALL_EVENT_NONE, CALL_REASON_DESTROYED, "h", "S" },
    { CONNECTING_OUT, DELIVERED, CALL_CONNECTING, NO_NOTICE, 0, "", "" },
    { CONNECTING_OUT, OFFLINE, CALL_CONNECTING, NO_NOTICE, 0, "", "" },
    { CONNECTING_OUT, STRANGER_CALLS, CALL_CONNECTING, CALL_EVENT_CALL_REFUSED_BUSY, CALL_REASON_LOCAL_BUSY, "r", "" },
    { CONNECTING_OUT, PEER_CALLS, CALL_CALLING, CALL_EVENT_REMOTE_VIDEO_CALL, CALL_REASON_REMOTE_VIDEO_CALL, "h",
      "SC" },
    { CONNECTING_OUT, HUNG_UP, CALL_PREPARED, CALL_EVENT_REMOTE_HANGUP, CALL_REASON_REMOTE_HANGUP, "", "S" },
    { CONNECTING_OUT, TIMED_OUT_THERE, CALL_PREPARED, CALL_EVENT_REMOTE_TIMEOUT, CALL_REASON_REMOTE_TIMEOUT, "", "S" },
    { CONNECTING_OUT, FRAME, CALL_CONNECTED, CALL_EVENT_FIRST_FRAME, CALL_REASON_FIRST_FRAME, "", "P" },
    { CONNECTING_OUT, LOST, CALL_PREPARED, CALL_EVENT_MEDIA_LOST, CALL_REASON_MEDIA_LOST, "h", "S" },
    { CONNECTING_OUT, TIME_OUT, CALL_PREPARED, CALL_EVENT_CALLING_TIMEOUT, CALL_REASON_CALLING_TIMEOUT, "c", "S" },

    { CONNECTING_IN, PREPARE, CALL_CONNECTING, NO_NOTICE, 0, "", "" },
    { CONNECTING_IN, ACCEPT, CALL_CONNECTING, NO_NOTICE, 0, "", "" },
    { CONNECTING_IN, HANG_UP, CALL_PREPARED, CALL_EVENT_LOCAL_HANGUP, CALL_REASON_LOCAL_HANGUP, "h", "S" },
    { CONNECTING_IN, FAIL, CALL_FAILED, CALL_EVENT_NONE, CALL_REASON_DESTROYED, "h", "S" },
    { CONNECTING_IN, DELIVERED, CALL_CONNECTING, NO_NOTICE, 0, "", "" },
    { CONNECTING_IN, OFFLINE, CALL_CONNECTING, NO_NOTICE, 0, "", "" },
    { CONNECTING_IN, STRANGER_CALLS, CALL_CONNECTING, CALL_EVENT_CALL_REFUSED_BUSY, CALL_REASON_LOCAL_BUSY, "r", "" },
    { CONNECTING_IN, PEER_CALLS, CALL_CALLING, CALL_EVENT_REMOTE_VIDEO_CALL, CALL_REASON_REMOTE_VIDEO_CALL, "h", "SC" },
    { CONNECTING_IN, CANCELLED, CALL_PREPARED, CALL_EVENT_REMOTE_CANCELLED, CALL_REASON_REMOTE_CANCELLED, "", "S" },
    { CONNECTING_IN, HUNG_UP, CALL_PREPARED, CALL_EVENT_REMOTE_HANGUP, CALL_REASON_REMOTE_HANGUP, "", "S" },
    { CONNECTING_IN, TIMED_OUT_THERE, CALL_PREPARED, CALL_EVENT_REMOTE_TIMEOUT, CALL_REASON_REMOTE_TIMEOUT, "", "S" },
    { CONNECTING_IN, ELSEWHERE, CALL_PREPARED, CALL_EVENT_ACCEPTED_ELSEWHERE, CALL_REASON_ACCEPTED_ELSEWHERE, "", "S" },
    { CONNECTING_IN, FRAME, CALL_CONNECTED, CALL_EVENT_FIRST_FRAME, CALL_REASON_FIRST_FRAME, "", "P" },
    { CONNECTING_IN, LOST, CALL_PREPARED, CALL_EVENT_MEDIA_LOST, CALL_REASON_MEDIA_LOST, "h", "S" },
    { CONNECTING_IN, TIME_OUT, CALL_PREPARED, CALL_EVENT_CALLING_TIMEOUT, CALL_REASON_CALLING_TIMEOUT, "h", "S" },

    { CONNECTED_OUT, PREPARE, CALL_CONNECTED, NO_NOTICE, 0, "", "" },
    { CONNECTED_OUT, START_AGAIN, CALL_CONNECTED, NO_NOTICE, 0, "", "" },
    { CONNECTED_OUT, HANG_UP, CALL_PREPARED, CALL_EVENT_LOCAL_HANGUP, CALL_REASON_LOCAL_HANGUP, "h", "S" },
    { CONNECTED_OUT, FAIL, CALL_FAILED, CALL_EVENT_NONE, CALL_REASON_DESTROYED, "h", "S" },
    { CONNECTED_OUT, DELIVERED, CALL_CONNECTED, NO_NOTICE, 0, "", "" },
    { CONNECTED_OUT, OFFLINE, CALL_CONNECTED, NO_NOTICE, 0, "", "" },
    { CONNECTED_OUT, STRANGER_CALLS, CALL_CONNECTED, CALL_EVENT_CALL_REFUSED_BUSY, CALL_REASON_LOCAL_BUSY, "r", "" },
    { CONNECTED_OUT, PEER_CALLS, CALL_CALLING, CALL_EVENT_REMOTE_VIDEO_CALL, CALL_REASON_REMOTE_VIDEO_CALL, "h", "SC" },
    { CONNECTED_OUT, HUNG_UP, CALL_PREPARED, CALL_EVENT_REMOTE_HANGUP, CALL_REASON_REMOTE_HANGUP, "", "S" },
    { CONNECTED_OUT, TIMED_OUT_THERE, CALL_PREPARED, CALL_EVENT_REMOTE_TIMEOUT, CALL_REASON_REMOTE_TIMEOUT, "", "S" },
    { CONNECTED_OUT, FRAME, CALL_CONNECTED, NO_NOTICE, 0, "", "" },
    { CONNECTED_OUT, LOST, CALL_PREPARED, CALL_EVENT_MEDIA_LOST, CALL_REASON_MEDIA_LOST, "h", "S" },

    { CONNECTED_IN, PREPARE, CALL_CONNECTED, NO_NOTICE, 0, "", "" },
    { CONNECTED_IN, ACCEPT, CALL_CONNECTED, NO_NOTICE, 0, "", "" },
    { CONNECTED_IN, HANG_UP, CALL_PREPARED, CALL_EVENT_LOCAL_HANGUP, CALL_REASON_LOCAL_HANGUP, "h", "S" },
    { CONNECTED_IN, FAIL, CALL_FAILED, CALL_EVENT_NONE, CALL_REASON_DESTROYED, "h", "S" },
    { CONNECTED_IN, DELIVERED, CALL_CONNECTED, NO_NOTICE, 0, "", "" },
    { CONNECTED_IN, OFFLINE, CALL_CONNECTED, NO_NOTICE, 0, "", "" },
    { CONNECTED_IN, STRANGER_CALLS, CALL_CONNECTED, CALL_EVENT_CALL_REFUSED_BUSY, CALL_REASON_LOCAL_BUSY, "r", "" },
    { CONNECTED_IN, PEER_CALLS, CALL_CALLING, CALL_EVENT_REMOTE_VIDEO_CALL, CALL_REASON_REMOTE_VIDEO_CALL, "h", "SC" },
    { CONNECTED_IN, CANCELLED, CALL_PREPARED, CALL_EVENT_REMOTE_CANCELLED, CALL_REASON_REMOTE_CANCELLED, "", "S" },
    { CONNECTED_IN, HUNG_UP, CALL_PREPARED, CALL_EVENT_REMOTE_HANGUP, CALL_REASON_REMOTE_HANGUP, "", "S" },
    { CONNECTED_IN, TIMED_OUT_THERE, CALL_PREPARED, CALL_EVENT_REMOTE_TIMEOUT, CALL_REASON_REMOTE_TIMEOUT, "", "S" },
    { CONNECTED_IN, ELSEWHERE, CALL_PREPARED, CALL_EVENT_ACCEPTED_ELSEWHERE, CALL_REASON_ACCEPTED_ELSEWHERE, "", "S" },
    { CONNECTED_IN, FRAME, CALL_CONNECTED, NO_NOTICE, 0, "", "" },
    { CONNECTED_IN, LOST, CALL_PREPARED, CALL_EVENT_MEDIA_LOST, CALL_REASON_MEDIA_LOST, "h", "S" },
};
/* clang-format on */

static const struct expectation *expected(enum situation situation, enum event event)
{
    for (size_t i = 0; i < G_N_ELEMENTS(expectations); i++)
        if (expectations[i].situation == situation && expectations[i].event == event)
            return &expectations[i];
    return NULL;
}

static void check_output(const struct rig *rig, const char *sends, const char *media)
{
    g_autoptr(GString) sent = g_string_new(NULL);
    g_autoptr(GString) commands = g_string_new(NULL);
    for (unsigned i = 0; i < rig->sent_count; i++)
        g_string_append_c(sent, "icarh"[rig->sent[i].message.action]);
    for (unsigned i = 0; i < rig->command_count; i++)
        g_string_append_c(commands, "CsRPS"[rig->commands[i].command]);
    g_assert_cmpstr(sent->str, ==, sends);
    g_assert_cmpstr(commands->str, ==, media);
}

static void check_expected(const struct rig *rig, const struct expectation *expectation, enum call_error error)
{
    g_assert_cmpint(error, ==, CALL_OK);
    g_assert_cmpint(rig_state(rig), ==, expectation->state);
    check_output(rig, expectation->sends, expectation->media);
    if (expectation->told == NO_NOTICE) {
        g_assert_cmpuint(rig->told_count, ==, 0);
    } else {
        const struct rig_told *told = rig_last_told(rig);
        g_assert_cmpint((int)told->notice.event, ==, expectation->told);
        g_assert_cmpint(told->notice.reason, ==, expectation->reason);
        g_assert_cmpint(told->notice.state, ==, expectation->state);
    }
    for (unsigned i = 0; i < rig->told_count; i++)
        g_assert_cmpint(rig->told[i].state_seen, ==, rig->told[i].notice.state);
}

/* No row: a mismatch that is told; only what has no running call to be about, and a time-out that is not due, is not
 * even that. */
static void check_mismatch(const struct rig *rig, enum situation situation, enum event event, enum call_state state,
                           const char *id, enum call_error error)
{
    bool about_nothing = !has_call(situation) && (is_message(event) || event == DELIVERED || event == OFFLINE ||
                                                  event == INVITE_REFUSED || event == FRAME_SENT);
    g_assert_cmpint(rig_state(rig), ==, state);
    g_assert_cmpstr(call_current_id(rig->call), ==, id);
    check_output(rig, "", "");
    g_assert_cmpint(error, ==, event <= FAIL ? CALL_ERROR_STATE : CALL_OK);
    if (event == TIME_OUT || event == FRAME_TIME_OUT || about_nothing) {
        g_assert_cmpuint(rig->told_count, ==, 0);
        return;
    }
    g_assert_cmpuint(rig->told_count, ==, 1);
    g_assert_cmpint(rig->told[0].notice.event, ==, CALL_EVENT_STATE_MISMATCH);
    g_assert_cmpint(rig->told[0].notice.state, ==, state);
    g_assert_cmpint(rig->told[0].notice.previous, ==, state);
}

static void every_pair(void)
{
    for (enum situation situation = 0; situation < SITUATIONS; situation++) {
        for (enum event event = 0; event < EVENTS; event++) {
            char id[CALL_ID_SIZE];
            struct rig *rig = create_in(situation, event, CALL_PARTY_ANYONE);
            enum call_state state = rig_state(rig);
            rig_keep_id(rig, id);
            g_test_message("%s while %s", event_names[event], situation_names[situation]);
            enum call_error error = raise_event(rig, event);
            const struct expectation *expectation = expected(situation, event);
            if (expectation)
                check_expected(rig, expectation, error);
            else
                check_mismatch(rig, situation, event, state, id, error);
            rig_destroy(rig);
        }
    }
}

/* What was done already is no mistake: an impatient finger. */
static void repeated_operations(void)
{
    struct rig *rig = create_in(OUT, CANCEL, CALL_PARTY_ANYONE);
    g_assert_cmpint(call_cancel(rig->call, rig->now), ==, CALL_OK);
    rig_forget(rig);
    g_assert_cmpint(call_cancel(rig->call, rig->now), ==, CALL_OK);
    g_assert_cmpint(call_hang_up(rig->call, CALL_REASON_NONE, rig->now), ==, CALL_ERROR_STATE);
    check_output(rig, "", "");
    rig_destroy(rig);

    rig = create_in(IN, REJECT, CALL_PARTY_ANYONE);
    g_assert_cmpint(call_reject(rig->call, CALL_REASON_NONE, rig->now), ==, CALL_OK);
    g_assert_cmpint(call_reject(rig->call, CALL_REASON_NONE, rig->now), ==, CALL_OK);
    check_output(rig, "r", "S");
    rig_destroy(rig);

    rig = create_in(CONNECTED_IN, HANG_UP, CALL_PARTY_ANYONE);
    g_assert_cmpint(call_hang_up(rig->call, CALL_REASON_NONE, rig->now), ==, CALL_OK);
    g_assert_cmpint(call_hang_up(rig->call, CALL_REASON_NONE, rig->now), ==, CALL_OK);
    check_output(rig, "h", "S");
    g_assert_cmpuint(rig->told_count, ==, 1);
    rig_destroy(rig);
}

/* Live to 1v1: the audience is never called, the broadcaster never calls, whatever is going on; all else is as ever. */
static void every_party(void)
{
    static const enum situation of_audience[] = { PREPARED, OUT, CONNECTING_OUT, CONNECTED_OUT };
    static const enum event invites[] = { STRANGER_CALLS, PEER_CALLS };
    for (size_t i = 0; i < G_N_ELEMENTS(of_audience); i++) {
        for (size_t k = 0; k < G_N_ELEMENTS(invites); k++) {
            struct rig *rig = create_in(of_audience[i], invites[k], CALL_PARTY_AUDIENCE);
            enum call_state state = rig_state(rig);
            raise_event(rig, invites[k]);
            g_assert_cmpint(rig_state(rig), ==, state);
            check_output(rig, "r", "");
            g_assert_cmpint(rig->sent[0].message.reason, ==, CALL_REASON_NOT_ALLOWED);
            g_assert_cmpint(rig_last_told(rig)->notice.event, ==, CALL_EVENT_STATE_MISMATCH);
            rig_destroy(rig);
        }
    }
    static const enum situation of_broadcaster[] = { IDLE, PREPARED, IN, CONNECTING_IN, CONNECTED_IN, FAILED };
    for (size_t i = 0; i < G_N_ELEMENTS(of_broadcaster); i++) {
        for (enum event event = START; event <= START_AGAIN; event++) {
            struct rig *rig = create_in(of_broadcaster[i], event, CALL_PARTY_BROADCASTER);
            enum call_state state = rig_state(rig);
            g_assert_cmpint(raise_event(rig, event), ==, CALL_ERROR_PARTY);
            g_assert_cmpint(rig_state(rig), ==, state);
            check_output(rig, "", "");
            rig_destroy(rig);
        }
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/call/table/every-pair", every_pair);
    g_test_add_func("/call/table/every-party", every_party);
    g_test_add_func("/call/table/repeated", repeated_operations);
    return g_test_run();
}
