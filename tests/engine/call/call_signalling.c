/* The signalling goes away and comes back during a call; what became of each message is told. */
#include "call_rig.h"

#define PEER "peer/1"
#define CALL_ID "11111111-1111-1111-1111-111111111111"
#define OTHER_ID "22222222-2222-2222-2222-222222222222"

static struct rig *ringing(void)
{
    struct rig *rig = rig_prepared("me");
    rig_receive(rig, PEER, CALL_ID, 1, CALL_INVITE, CALL_REASON_NONE);
    return rig;
}

static struct rig *dialling(void)
{
    struct rig *rig = rig_prepared("me");
    cJSON *media = cJSON_Parse("{\"sdp\":\"offer\"}");
    g_assert_cmpint(call_start(rig->call, "peer", true, media, NULL, rig->now), ==, CALL_OK);
    cJSON_Delete(media);
    return rig;
}

/* What `send` was given while the signalling is away: nobody knows what became of it. */
static void lose_last(struct rig *rig)
{
    const struct rig_sent *last = rig_last_sent(rig);
    call_delivered(rig->call, last->message.call_id, last->message.sequence, CALL_ERROR_SIGNALLING_LOST, NULL,
                   rig->now);
}

static void deliver_last(struct rig *rig, enum call_error result)
{
    const struct rig_sent *last = rig_last_sent(rig);
    call_delivered(rig->call, last->message.call_id, last->message.sequence, result, NULL, rig->now);
}

static void check_sent_again(struct rig *rig, enum call_action action, uint32_t sequence, int64_t sent_at_ms)
{
    g_assert_cmpuint(rig->sent_count, ==, 1);
    g_assert_cmpint(rig->sent[0].message.action, ==, action);
    g_assert_cmpuint(rig->sent[0].message.sequence, ==, sequence);
    g_assert_cmpint(rig->sent[0].message.sent_at_ms, ==, sent_at_ms);
}

/* --- The call goes on */

static void told_once(void)
{
    struct rig *rig = ringing();
    call_accept(rig->call, NULL, rig->now);
    deliver_last(rig, CALL_OK);
    call_first_frame(rig->call, rig->now);
    rig_forget(rig);
    call_signalling_lost(rig->call, rig->now);
    call_signalling_lost(rig->call, rig->now);
    call_signalling_restored(rig->call, rig->now + 5000);
    call_signalling_restored(rig->call, rig->now + 5000);
    g_assert_cmpuint(rig->told_count, ==, 2);
    g_assert_cmpint(rig->told[0].notice.event, ==, CALL_EVENT_SIGNALLING_LOST);
    g_assert_cmpint(rig->told[0].notice.reason, ==, CALL_REASON_SIGNALLING_LOST);
    g_assert_cmpstr(rig->told[0].call_id, ==, CALL_ID);
    g_assert_cmpint(rig->told[1].notice.event, ==, CALL_EVENT_SIGNALLING_RESTORED);
    g_assert_cmpint(rig_state(rig), ==, CALL_CONNECTED);
    g_assert_cmpuint(rig->sent_count + rig->command_count, ==, 0);
    rig_destroy(rig);
}

static void no_new_call_meanwhile(void)
{
    struct rig *rig = rig_prepared("me");
    call_signalling_lost(rig->call, rig->now);
    rig_forget(rig);
    g_assert_cmpint(call_start(rig->call, "peer", true, NULL, NULL, rig->now), ==, CALL_ERROR_SIGNALLING_LOST);
    g_assert_cmpuint(rig->told_count + rig->sent_count + rig->command_count, ==, 0);
    call_signalling_restored(rig->call, rig->now);
    g_assert_cmpint(call_start(rig->call, "peer", true, NULL, NULL, rig->now), ==, CALL_OK);
    rig_destroy(rig);
}

/* --- What could not be sent is sent again */

static void accept_is_sent_again(void)
{
    struct rig *rig = ringing();
    call_signalling_lost(rig->call, rig->now);
    int64_t accepted = rig->now;
    cJSON *media = cJSON_Parse("{\"from_us\":1}");
    call_accept(rig->call, media, rig->now);
    cJSON_Delete(media);
    lose_last(rig);
    rig_forget(rig);
    rig->now += 5000;
    call_signalling_restored(rig->call, rig->now);
    check_sent_again(rig, CALL_ACCEPT, 1, accepted);
    g_assert_true(rig->sent[0].had_media);
    g_assert_cmpstr(rig->sent[0].to, ==, PEER);
    deliver_last(rig, CALL_OK);
    rig_forget(rig);
    call_signalling_lost(rig->call, rig->now);
    call_signalling_restored(rig->call, rig->now);
    g_assert_cmpuint(rig->sent_count, ==, 0); /* it is known to have arrived */
    rig_destroy(rig);
}

static void end_is_sent_again(gconstpointer data)
{
    enum call_action action = GPOINTER_TO_INT(data);
    struct rig *rig = action == CALL_CANCEL ? dialling() : ringing();
    if (action == CALL_HANG_UP) {
        call_accept(rig->call, NULL, rig->now);
        call_first_frame(rig->call, rig->now);
    }
    call_signalling_lost(rig->call, rig->now);
    if (action == CALL_CANCEL)
        call_cancel(rig->call, rig->now);
    else if (action == CALL_REJECT)
        call_reject(rig->call, CALL_REASON_NONE, rig->now);
    else
        call_hang_up(rig->call, CALL_REASON_NONE, rig->now);
    g_assert_cmpint(rig_state(rig), ==, CALL_PREPARED);
    uint32_t sequence = rig_last_sent(rig)->message.sequence;
    int64_t ended = rig->now;
    lose_last(rig);
    rig_forget(rig);
    rig->now += action == CALL_HANG_UP ? 45000 : 15000; /* the other side may wait so long for our media */
    call_signalling_restored(rig->call, rig->now);
    check_sent_again(rig, action, sequence, ended); /* the invite or accept before it is of no use any more */
    rig_destroy(rig);
}

static void nothing_expired(void)
{
    struct rig *rig = ringing();
    call_signalling_lost(rig->call, rig->now);
    call_reject(rig->call, CALL_REASON_NONE, rig->now);
    rig_forget(rig);
    rig->now += 15001;
    call_signalling_restored(rig->call, rig->now);
    g_assert_cmpuint(rig->sent_count, ==, 0);
    rig_destroy(rig);
}

/* Two ends: the callee's signalling is away while it accepts, and again when it hangs up; the caller learns of both. */
static void other_side_learns(void)
{
    struct rig *caller = dialling(), *callee = rig_prepared("peer");
    struct call_message invite = caller->sent[0].message;
    call_receive(callee->call, "me/1", &invite, callee->now);
    call_signalling_lost(callee->call, callee->now);
    call_accept(callee->call, NULL, callee->now);
    callee->now = caller->now += 4000;
    call_signalling_restored(callee->call, callee->now);
    call_receive(caller->call, PEER, &rig_last_sent(callee)->message, caller->now);
    g_assert_cmpint(rig_state(caller), ==, CALL_CONNECTING);
    call_receive(caller->call, PEER, &rig_last_sent(callee)->message, caller->now); /* and once more: a duplicate */
    g_assert_cmpuint(call_message_counters(caller->call).duplicate, ==, 1);
    call_signalling_lost(callee->call, callee->now);
    call_hang_up(callee->call, CALL_REASON_NONE, callee->now);
    call_signalling_restored(callee->call, callee->now);
    call_receive(caller->call, PEER, &rig_last_sent(callee)->message, caller->now);
    g_assert_cmpint(rig_state(caller), ==, CALL_PREPARED);
    g_assert_cmpint(rig_last_told(caller)->notice.reason, ==, CALL_REASON_REMOTE_HANGUP);
    rig_destroy(caller);
    rig_destroy(callee);
}

/* The accept was lost because the caller was away: the caller asks again, and has it. */
static void caller_asks_again(void)
{
    struct rig *caller = dialling(), *callee = rig_prepared("peer");
    deliver_last(caller, CALL_OK);
    call_receive(callee->call, "me/1", &rig_last_sent(caller)->message, callee->now);
    call_signalling_lost(caller->call, caller->now);
    int64_t accepted = callee->now;
    call_accept(callee->call, NULL, callee->now);
    deliver_last(callee, CALL_ERROR_OFFLINE);
    rig_forget(caller);
    rig_forget(callee);
    callee->now = caller->now += 2000;
    call_signalling_restored(caller->call, caller->now);
    check_sent_again(caller, CALL_INVITE, 1, accepted);
    g_assert_true(caller->sent[0].had_media);
    call_receive(callee->call, "me/1", &caller->sent[0].message, callee->now);
    check_sent_again(callee, CALL_ACCEPT, 1, accepted);
    call_receive(caller->call, PEER, &callee->sent[0].message, caller->now);
    g_assert_cmpint(rig_state(caller), ==, CALL_CONNECTING);
    rig_destroy(caller);
    rig_destroy(callee);
}

/* A hub that begins anew knows neither the room that the invite named nor, for a moment, who is called. It rings there
 * all the same. */
static void asked_again_too_soon(gconstpointer data)
{
    struct rig *rig = dialling();
    deliver_last(rig, CALL_OK);
    call_signalling_lost(rig->call, rig->now);
    call_signalling_restored(rig->call, rig->now);
    g_assert_cmpint(rig_last_sent(rig)->message.action, ==, CALL_INVITE);
    deliver_last(rig, (enum call_error)GPOINTER_TO_INT(data));
    g_assert_cmpint(rig_state(rig), ==, CALL_CALLING);
    rig_receive(rig, PEER, call_current_id(rig->call), 1, CALL_ACCEPT, CALL_REASON_NONE);
    g_assert_cmpint(rig_state(rig), ==, CALL_CONNECTING);
    rig_destroy(rig);
}

/* --- What became of the messages */

static void completions(void)
{
    static const enum call_error results[] = { CALL_OK, CALL_ERROR_OFFLINE, CALL_ERROR_REFUSED };
    for (size_t i = 0; i < G_N_ELEMENTS(results); i++) {
        struct rig *rig = ringing();
        call_reject(rig->call, CALL_REASON_NONE, rig->now);
        lose_last(rig);
        deliver_last(rig, results[i]);
        deliver_last(rig, results[i]); /* known already */
        g_assert_cmpuint(rig->completion_count, ==, 2);
        g_assert_cmpint(rig->completions[0].action, ==, CALL_REJECT);
        g_assert_cmpint(rig->completions[0].error, ==, CALL_ERROR_SIGNALLING_LOST);
        g_assert_cmpint(rig->completions[1].error, ==, results[i]);
        rig_destroy(rig);
    }
    for (enum call_error error = CALL_OK; error <= CALL_ERROR_REFUSED; error++)
        g_assert_cmpstr(call_error_text(error), !=, "unknown");
}

static void refused_invite(void)
{
    struct rig *rig = dialling();
    deliver_last(rig, CALL_ERROR_REFUSED);
    g_assert_cmpint(rig_state(rig), ==, CALL_PREPARED);
    g_assert_cmpint(rig_last_told(rig)->notice.event, ==, CALL_EVENT_MESSAGE_FAILED);
    g_assert_cmpint(rig_last_told(rig)->notice.reason, ==, CALL_REASON_MESSAGE_FAILED);
    g_assert_cmpint(rig->completions[0].action, ==, CALL_INVITE);
    g_assert_cmpint(rig->completions[0].error, ==, CALL_ERROR_REFUSED);
    rig_destroy(rig);
}

/* Nobody knows whether the invite arrived: it goes on ringing. */
static void lost_invite_rings_on(void)
{
    struct rig *rig = dialling();
    lose_last(rig);
    g_assert_cmpint(rig_state(rig), ==, CALL_CALLING);
    rig_receive(rig, PEER, call_current_id(rig->call), 1, CALL_ACCEPT, CALL_REASON_NONE);
    g_assert_cmpint(rig_state(rig), ==, CALL_CONNECTING);
    rig_destroy(rig);
}

/* Whoever makes many calls without a word from the signalling does not make it keep them all. */
static void bounded(void)
{
    struct rig *rig = rig_prepared("me");
    for (unsigned i = 0; i < 200; i++) {
        call_start(rig->call, "peer", true, NULL, NULL, rig->now);
        call_cancel(rig->call, rig->now);
        rig_forget(rig);
    }
    call_signalling_lost(rig->call, rig->now);
    call_signalling_restored(rig->call, rig->now);
    g_assert_cmpuint(rig->sent_count, >, 0);
    g_assert_cmpuint(rig->sent_count, <=, 16);
    rig_destroy(rig);
}

/* The longest name is taken as it is; one that is longer not at all: cut, it might end within a letter. */
static void callee_is_named(void)
{
    struct rig *rig = dialling();
    const char *id = call_current_id(rig->call);
    g_autofree char *longest = g_strnfill(CALL_NAME_SIZE - 1, 'n'), *longer = g_strnfill(CALL_NAME_SIZE, 'n');
    call_name_callee(rig->call, OTHER_ID, "Somebody");
    g_assert_cmpstr(call_current_name(rig->call), ==, "");
    call_name_callee(rig->call, id, longer);
    g_assert_cmpstr(call_current_name(rig->call), ==, "");
    call_name_callee(rig->call, id, longest);
    g_assert_cmpstr(call_current_name(rig->call), ==, longest);
    rig_destroy(rig);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/call/signalling/told-once", told_once);
    g_test_add_func("/call/signalling/no-new-call", no_new_call_meanwhile);
    g_test_add_func("/call/signalling/again/accept", accept_is_sent_again);
    g_test_add_data_func("/call/signalling/again/cancel", GINT_TO_POINTER(CALL_CANCEL), end_is_sent_again);
    g_test_add_data_func("/call/signalling/again/reject", GINT_TO_POINTER(CALL_REJECT), end_is_sent_again);
    g_test_add_data_func("/call/signalling/again/hangup", GINT_TO_POINTER(CALL_HANG_UP), end_is_sent_again);
    g_test_add_func("/call/signalling/again/not-expired", nothing_expired);
    g_test_add_func("/call/signalling/again/other-side", other_side_learns);
    g_test_add_func("/call/signalling/again/caller-asks", caller_asks_again);
    g_test_add_data_func("/call/signalling/again/offline", GINT_TO_POINTER(CALL_ERROR_OFFLINE), asked_again_too_soon);
    g_test_add_data_func("/call/signalling/again/refused", GINT_TO_POINTER(CALL_ERROR_REFUSED), asked_again_too_soon);
    g_test_add_func("/call/signalling/completions", completions);
    g_test_add_func("/call/signalling/refused-invite", refused_invite);
    g_test_add_func("/call/signalling/lost-invite", lost_invite_rings_on);
    g_test_add_func("/call/signalling/bounded", bounded);
    g_test_add_func("/call/signalling/callee-name", callee_is_named);
    return g_test_run();
}
