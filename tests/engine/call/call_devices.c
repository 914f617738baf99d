/* A user with several devices: one of them takes the call, the others stop ringing. */
#include "call_rig.h"

#define PEER "peer/1"
#define PEER_TABLET "peer/2"
#define FIRST_ID "11111111-1111-1111-1111-111111111111"

static struct rig *ringing(const char *call_id)
{
    struct rig *rig = rig_prepared("me");
    rig_receive(rig, PEER, call_id, 1, CALL_INVITE, CALL_REASON_NONE);
    g_assert_cmpint(rig_state(rig), ==, CALL_CALLING);
    return rig;
}

static struct rig *dialling(const char *user, const char *to)
{
    struct rig *rig = rig_prepared(user);
    g_assert_cmpint(call_start(rig->call, to, true, NULL, NULL, rig->now), ==, CALL_OK);
    return rig;
}

static void receive_accept(struct rig *rig, const char *from, const char *name)
{
    struct call_message accept = {
        .action = CALL_ACCEPT,
        .sequence = 1,
        .sent_at_ms = rig->now,
        .lifetime_ms = 15000,
    };
    rig_keep_id(rig, accept.call_id);
    g_strlcpy(accept.accepted_by, name, sizeof accept.accepted_by);
    call_receive(rig->call, from, &accept, rig->now);
}

static void other_devices_are_told(void)
{
    struct rig *rig = dialling("me", "peer");
    receive_accept(rig, PEER, "phone");
    g_assert_cmpstr(call_current_remote(rig->call), ==, PEER);
    g_assert_cmpstr(rig_last_sent(rig)->to, ==, "peer");
    g_assert_cmpint(rig_last_sent(rig)->message.reason, ==, CALL_REASON_ACCEPTED_ELSEWHERE);
    g_assert_cmpstr(rig_last_sent(rig)->message.accepted_by, ==, "phone");
    receive_accept(rig, PEER_TABLET, "tablet");
    g_assert_cmpstr(call_current_remote(rig->call), ==, PEER);
    g_assert_cmpstr(rig_last_sent(rig)->to, ==, PEER_TABLET);
    g_assert_cmpstr(rig_last_sent(rig)->message.accepted_by, ==, "phone");
    rig_receive(rig, PEER_TABLET, call_current_id(rig->call), 2, CALL_HANG_UP, CALL_REASON_NONE);
    g_assert_cmpint(rig_state(rig), ==, CALL_CONNECTING);
    rig_destroy(rig);
}

static void accepter_ignores_what_is_for_the_others(void)
{
    struct rig *rig = ringing(FIRST_ID);
    call_accept(rig->call, NULL, rig->now);
    struct call_message elsewhere = {
        .action = CALL_CANCEL,
        .reason = CALL_REASON_ACCEPTED_ELSEWHERE,
        .call_id = FIRST_ID,
        .sequence = 2,
        .sent_at_ms = rig->now,
        .lifetime_ms = 15000,
    };
    g_strlcpy(elsewhere.accepted_by, rig_last_sent(rig)->message.accepted_by, sizeof elsewhere.accepted_by);
    call_receive(rig->call, PEER, &elsewhere, rig->now);
    g_assert_cmpint(rig_state(rig), ==, CALL_CONNECTING);
    elsewhere.sequence = 3;
    g_strlcpy(elsewhere.accepted_by, "tablet", sizeof elsewhere.accepted_by);
    call_receive(rig->call, PEER, &elsewhere, rig->now);
    g_assert_cmpint(rig_state(rig), ==, CALL_PREPARED);
    g_assert_cmpint(rig_last_told(rig)->notice.reason, ==, CALL_REASON_ACCEPTED_ELSEWHERE);
    rig_destroy(rig);
}

/* The accepter logs in anew and has another address: its hangup still counts. */
static void accepter_with_a_new_address(void)
{
    struct rig *rig = dialling("me", "peer");
    receive_accept(rig, PEER, "phone");
    struct call_message hang_up = {
        .action = CALL_HANG_UP,
        .sequence = 2,
        .sent_at_ms = rig->now,
        .lifetime_ms = 15000,
        .accepted_by = "phone",
    };
    rig_keep_id(rig, hang_up.call_id);
    call_receive(rig->call, "peer/9", &hang_up, rig->now);
    g_assert_cmpint(rig_state(rig), ==, CALL_PREPARED);
    rig_destroy(rig);
}

/* Who accepts what we have ended missed our cancel. */
static void late_accept_is_answered(void)
{
    struct rig *rig = dialling("me", "peer");
    char id[CALL_ID_SIZE];
    rig_keep_id(rig, id);
    call_cancel(rig->call, rig->now);
    rig_forget(rig);
    rig_receive(rig, PEER, id, 1, CALL_ACCEPT, CALL_REASON_NONE);
    g_assert_cmpint(rig_state(rig), ==, CALL_PREPARED);
    g_assert_cmpuint(rig->sent_count, ==, 1);
    g_assert_cmpint(rig->sent[0].message.action, ==, CALL_CANCEL);
    g_assert_cmpuint(rig->sent[0].message.sequence, ==, 3);
    rig_destroy(rig);
}

/* Two devices ring; one is busy, or has no connection to us: it speaks for itself (RFC 3261, 16.7). */
static void one_of_two_cannot(gconstpointer data)
{
    struct rig *rig = dialling("me", "peer");
    char id[CALL_ID_SIZE];
    rig_keep_id(rig, id);
    call_delivered(rig->call, id, 1, CALL_OK, (const char *[]){ PEER, PEER_TABLET, NULL }, rig->now);
    rig_receive(rig, PEER, id, 1, CALL_REJECT, GPOINTER_TO_INT(data));
    rig_receive(rig, PEER, id, 1, CALL_REJECT, GPOINTER_TO_INT(data)); /* it came twice */
    g_assert_cmpint(rig_state(rig), ==, CALL_CALLING);
    rig_receive(rig, PEER_TABLET, id, 1, CALL_ACCEPT, CALL_REASON_NONE);
    g_assert_cmpint(rig_state(rig), ==, CALL_CONNECTING);
    g_assert_cmpstr(call_current_remote(rig->call), ==, PEER_TABLET);
    rig_destroy(rig);
}

static void none_of_two_can(void)
{
    struct rig *rig = dialling("me", "peer");
    char id[CALL_ID_SIZE];
    rig_keep_id(rig, id);
    call_delivered(rig->call, id, 1, CALL_OK, (const char *[]){ PEER, PEER_TABLET, NULL }, rig->now);
    rig_receive(rig, PEER, id, 1, CALL_REJECT, CALL_REASON_MEDIA_LOST);
    rig_receive(rig, PEER_TABLET, id, 1, CALL_REJECT, CALL_REASON_LOCAL_BUSY);
    g_assert_cmpint(rig_state(rig), ==, CALL_PREPARED);
    g_assert_cmpint(rig_last_told(rig)->notice.reason, ==, CALL_REASON_REMOTE_BUSY);
    rig_destroy(rig);
}

/* A no is the user's, wherever it is said. */
static void one_of_two_says_no(void)
{
    struct rig *rig = dialling("me", "peer");
    char id[CALL_ID_SIZE];
    rig_keep_id(rig, id);
    call_delivered(rig->call, id, 1, CALL_OK, (const char *[]){ PEER, PEER_TABLET, NULL }, rig->now);
    rig_receive(rig, PEER, id, 1, CALL_REJECT, CALL_REASON_LOCAL_REJECTED);
    g_assert_cmpint(rig_state(rig), ==, CALL_PREPARED);
    rig_destroy(rig);
}

static void devices_die_one_by_one(void)
{
    struct rig *rig = dialling("me", "peer");
    char id[CALL_ID_SIZE];
    rig_keep_id(rig, id);
    call_delivered(rig->call, id, 1, CALL_OK, (const char *[]){ PEER, PEER_TABLET, "peer/3", NULL }, rig->now);
    call_device_gone(rig->call, PEER, rig->now);
    call_device_gone(rig->call, "stranger/1", rig->now);
    call_device_gone(rig->call, "peer/4", rig->now); /* came later: it does not ring there */
    rig_receive(rig, PEER_TABLET, id, 1, CALL_REJECT, CALL_REASON_LOCAL_BUSY);
    g_assert_cmpint(rig_state(rig), ==, CALL_CALLING);
    call_device_gone(rig->call, "peer/3", rig->now);
    g_assert_cmpint(rig_state(rig), ==, CALL_PREPARED);
    g_assert_cmpint(rig_last_told(rig)->notice.reason, ==, CALL_REASON_REMOTE_GONE);
    rig_destroy(rig);
}

/* It is the calling device that has to be there, not another one of its user. */
static void the_caller_dies(void)
{
    struct rig *rig = ringing(FIRST_ID);
    call_device_gone(rig->call, PEER_TABLET, rig->now);
    g_assert_cmpint(rig_state(rig), ==, CALL_CALLING);
    call_device_gone(rig->call, PEER, rig->now);
    g_assert_cmpint(rig_state(rig), ==, CALL_PREPARED);
    g_assert_cmpint(rig_last_told(rig)->notice.event, ==, CALL_EVENT_OFFLINE);
    rig_destroy(rig);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/call/devices/told", other_devices_are_told);
    g_test_add_func("/call/devices/accepter", accepter_ignores_what_is_for_the_others);
    g_test_add_func("/call/devices/new-address", accepter_with_a_new_address);
    g_test_add_func("/call/devices/late-accept", late_accept_is_answered);
    g_test_add_data_func("/call/devices/one-busy", GINT_TO_POINTER(CALL_REASON_LOCAL_BUSY), one_of_two_cannot);
    g_test_add_data_func("/call/devices/one-without-media", GINT_TO_POINTER(CALL_REASON_MEDIA_LOST), one_of_two_cannot);
    g_test_add_data_func("/call/devices/one-switched-off", GINT_TO_POINTER(CALL_REASON_DESTROYED), one_of_two_cannot);
    g_test_add_func("/call/devices/none-can", none_of_two_can);
    g_test_add_func("/call/devices/one-says-no", one_of_two_says_no);
    g_test_add_func("/call/devices/die", devices_die_one_by_one);
    g_test_add_func("/call/devices/caller-dies", the_caller_dies);
    return g_test_run();
}
