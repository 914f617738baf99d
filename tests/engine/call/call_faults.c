/* One test for each fault of the original CallAPI (/call/fault/..., named after what the original does), and for what
 * the message rules are there for. Each fails on a machine that matches messages by user alone, trusts any time stamp,
 * takes what is missing for a video call, or tells before it stores. */
#include "call_rig.h"

#define PEER "peer/1"
#define FIRST_ID "11111111-1111-1111-1111-111111111111"
#define SECOND_ID "22222222-2222-2222-2222-222222222222"

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

static struct rig *connected_to_peer(void)
{
    struct rig *rig = ringing(FIRST_ID);
    call_accept(rig->call, NULL, rig->now);
    call_first_frame(rig->call, rig->now);
    g_assert_cmpint(rig_state(rig), ==, CALL_CONNECTED);
    rig->now += 100;
    return rig;
}

/* --- Calls that come to nothing, one upon the other */

static bool rings_for(struct rig *rig, const char *from, int n)
{
    g_autofree char *id = g_strdup_printf("33333333-3333-3333-3333-%012d", n);
    rig->now += 10;
    rig_receive(rig, from, id, 1, CALL_INVITE, CALL_REASON_NONE);
    bool rings = rig_state(rig) == CALL_CALLING;
    rig_receive(rig, from, id, 2, CALL_CANCEL, CALL_REASON_NONE);
    g_assert_cmpint(rig_state(rig), ==, CALL_PREPARED);
    rig_forget(rig);
    return rings;
}

static void invites_and_cancels_without_end(void)
{
    struct rig *rig = rig_prepared("me");
    int n = 0, rang = 0;
    while (n < 250)
        rang += rings_for(rig, PEER, n++);
    g_assert_cmpint(rang, >=, 20); /* impatience is allowed */
    g_assert_cmpint(rang, <, 30);
    g_assert_false(rings_for(rig, "peer/2", n++)); /* the same user */
    g_assert_true(rings_for(rig, STRANGER, n++));
    rig->now += 5000;
    g_assert_true(rings_for(rig, PEER, n++));
    rig_destroy(rig);
}

/* --- Late messages of one call must not touch the next one */

static void late_message(gconstpointer data)
{
    enum call_action action = GPOINTER_TO_INT(data);
    struct rig *rig = ringing(FIRST_ID);
    call_reject(rig->call, CALL_REASON_NONE, rig->now);
    rig->now += 10;
    rig_receive(rig, PEER, SECOND_ID, 1, CALL_INVITE, CALL_REASON_NONE);
    rig_forget(rig);
    rig_receive(rig, PEER, FIRST_ID, 2, action, CALL_REASON_NONE);
    g_assert_cmpint(rig_state(rig), ==, CALL_CALLING);
    g_assert_cmpstr(call_current_id(rig->call), ==, SECOND_ID);
    g_assert_cmpuint(rig->told_count + rig->sent_count + rig->command_count, ==, 0);
    g_assert_cmpuint(call_message_counters(rig->call).foreign, ==, 1);
    rig_destroy(rig);
}

static void message_of_a_stranger(void)
{
    struct rig *rig = ringing(FIRST_ID);
    rig_forget(rig);
    rig_receive(rig, STRANGER, FIRST_ID, 2, CALL_CANCEL, CALL_REASON_NONE);
    rig_receive(rig, "me/2", FIRST_ID, 2, CALL_CANCEL, CALL_REASON_NONE);
    rig_receive(rig, "", FIRST_ID, 2, CALL_CANCEL, CALL_REASON_NONE);
    g_assert_cmpint(rig_state(rig), ==, CALL_CALLING);
    g_assert_cmpuint(rig->told_count, ==, 0);
    g_assert_cmpuint(call_message_counters(rig->call).foreign, ==, 3);
    rig_destroy(rig);
}

/* --- The time stamp is compared */

static void expired(void)
{
    struct rig *rig = rig_prepared("me");
    rig_forget(rig);
    struct call_message message = {
        .action = CALL_INVITE,
        .call_id = FIRST_ID,
        .sequence = 1,
        .sent_at_ms = rig->now - 15001,
        .lifetime_ms = 15000,
    };
    call_receive(rig->call, PEER, &message, rig->now);
    message.sent_at_ms = INT64_MIN;
    call_receive(rig->call, PEER, &message, rig->now);
    g_assert_cmpint(rig_state(rig), ==, CALL_PREPARED);
    g_assert_cmpuint(rig->told_count, ==, 0);
    g_assert_cmpuint(call_message_counters(rig->call).expired, ==, 2);
    message.sent_at_ms = rig->now - 15000;
    call_receive(rig->call, PEER, &message, rig->now);
    g_assert_cmpint(rig_state(rig), ==, CALL_CALLING);
    rig_destroy(rig);
}

/* --- What is missing is no video call */

static void missing_action(void)
{
    cJSON *json = cJSON_Parse("{\"type\":\"call\",\"call\":\"" FIRST_ID "\",\"seq\":1,\"sent_at\":1,\"lifetime\":1}");
    struct call_message message;
    const char *error;
    g_assert_nonnull(json);
    g_assert_false(call_message_from_json(json, &message, &error));
    g_assert_cmpstr(error, ==, "action missing or unknown");
    cJSON_AddStringToObject(json, "action", "cancel");
    g_assert_true(call_message_from_json(json, &message, &error));
    cJSON_Delete(json);
}

/* --- Duplicates and reordering */

static void cancel_overtakes_its_invite(void)
{
    struct rig *rig = rig_prepared("me");
    rig_forget(rig);
    rig_receive(rig, PEER, FIRST_ID, 2, CALL_CANCEL, CALL_REASON_NONE);
    rig_receive(rig, PEER, FIRST_ID, 1, CALL_INVITE, CALL_REASON_NONE);
    g_assert_cmpint(rig_state(rig), ==, CALL_PREPARED);
    g_assert_cmpuint(rig->told_count + rig->sent_count + rig->command_count, ==, 0);
    g_assert_cmpuint(call_message_counters(rig->call).reordered, ==, 1);
    rig_receive(rig, PEER, FIRST_ID, 1, CALL_INVITE, CALL_REASON_NONE);
    g_assert_cmpuint(call_message_counters(rig->call).duplicate, ==, 1);
    rig_destroy(rig);
}

/* A stranger's cancel is not remembered against somebody else's invite. */
static void cancel_of_another_user(void)
{
    struct rig *rig = rig_prepared("me");
    rig_receive(rig, STRANGER, FIRST_ID, 2, CALL_CANCEL, CALL_REASON_NONE);
    rig_receive(rig, PEER, FIRST_ID, 1, CALL_INVITE, CALL_REASON_NONE);
    g_assert_cmpint(rig_state(rig), ==, CALL_CALLING);
    rig_destroy(rig);
}

static void duplicate_invite(void)
{
    struct rig *rig = ringing(FIRST_ID);
    rig_forget(rig);
    rig_receive(rig, PEER, FIRST_ID, 1, CALL_INVITE, CALL_REASON_NONE);
    call_reject(rig->call, CALL_REASON_NONE, rig->now);
    rig_receive(rig, PEER, FIRST_ID, 1, CALL_INVITE, CALL_REASON_NONE);
    g_assert_cmpint(rig_state(rig), ==, CALL_PREPARED);
    g_assert_cmpuint(rig->told_count, ==, 1);
    g_assert_cmpuint(call_message_counters(rig->call).duplicate, ==, 2);
    rig_destroy(rig);
}

static void lower_sequence(void)
{
    struct rig *rig = dialling("me", "peer");
    const char *id = call_current_id(rig->call);
    rig_receive(rig, PEER, id, 5, CALL_ACCEPT, CALL_REASON_NONE);
    rig_receive(rig, PEER, id, 5, CALL_ACCEPT, CALL_REASON_NONE);
    rig_receive(rig, PEER, id, 4, CALL_HANG_UP, CALL_REASON_NONE);
    g_assert_cmpint(rig_state(rig), ==, CALL_CONNECTING);
    g_assert_cmpuint(call_message_counters(rig->call).duplicate, ==, 1);
    g_assert_cmpuint(call_message_counters(rig->call).reordered, ==, 1);
    rig_destroy(rig);
}

/* The invite of a call that its sender gave up before the running one began. */
static void stale_invite_is_no_recall(void)
{
    struct rig *rig = connected_to_peer();
    struct call_message stale = {
        .action = CALL_INVITE,
        .call_id = SECOND_ID,
        .sequence = 1,
        .sent_at_ms = rig->now - 2000,
        .lifetime_ms = 15000,
    };
    call_receive(rig->call, PEER, &stale, rig->now);
    g_assert_cmpint(rig_state(rig), ==, CALL_CONNECTED);
    g_assert_cmpuint(call_message_counters(rig->call).reordered, ==, 1);
    rig_destroy(rig);
}

/* --- A repeated call from the same peer replaces the old one cleanly */

static void recall(void)
{
    struct rig *rig = connected_to_peer();
    rig_forget(rig);
    rig_receive(rig, PEER, SECOND_ID, 1, CALL_INVITE, CALL_REASON_NONE);
    g_assert_cmpuint(rig->told_count, ==, 2);
    g_assert_cmpint(rig->told[0].notice.event, ==, CALL_EVENT_RECALL);
    g_assert_cmpint(rig->told[0].notice.reason, ==, CALL_REASON_RECALL);
    g_assert_cmpint(rig->told[0].notice.state, ==, CALL_PREPARED);
    g_assert_cmpstr(rig->told[0].call_id, ==, FIRST_ID);
    g_assert_cmpint(rig->told[1].notice.event, ==, CALL_EVENT_REMOTE_VIDEO_CALL);
    g_assert_cmpstr(rig->told[1].call_id, ==, SECOND_ID);
    g_assert_cmpuint(rig->command_count, ==, 2);
    g_assert_cmpint(rig->commands[0].command, ==, CALL_MEDIA_STOP);
    g_assert_cmpstr(rig->commands[0].call_id, ==, FIRST_ID);
    g_assert_cmpint(rig->commands[1].command, ==, CALL_MEDIA_CONNECT);
    g_assert_cmpstr(rig->commands[1].call_id, ==, SECOND_ID);
    g_assert_cmpint(rig_last_sent(rig)->message.action, ==, CALL_HANG_UP);
    rig_destroy(rig);
}

/* --- Glare: one call comes of it */

static const char *const glare_media = "{\"sdp\":\"offer\"}";

static void glare_winner(void)
{
    struct rig *rig = rig_prepared("alice");
    cJSON *media = cJSON_Parse(glare_media);
    call_start(rig->call, "bob", true, media, NULL, rig->now);
    cJSON_Delete(media);
    char id[CALL_ID_SIZE];
    rig_keep_id(rig, id);
    rig_forget(rig);
    rig_receive(rig, "bob/1", SECOND_ID, 1, CALL_INVITE, CALL_REASON_NONE);
    g_assert_cmpint(rig_state(rig), ==, CALL_CALLING);
    g_assert_cmpint(call_current_role(rig->call), ==, CALL_ROLE_CALLER);
    g_assert_cmpstr(call_current_id(rig->call), ==, id);
    g_assert_cmpint(rig_last_told(rig)->notice.event, ==, CALL_EVENT_GLARE);
    g_assert_cmpuint(rig->sent_count, ==, 1);
    g_assert_cmpint(rig->sent[0].message.action, ==, CALL_INVITE);
    g_assert_cmpuint(rig->sent[0].message.sequence, ==, 2);
    g_assert_true(rig->sent[0].had_media);
    /* The first copy found nobody: the second one counts */
    call_delivered(rig->call, id, 1, CALL_ERROR_OFFLINE, NULL, rig->now);
    rig_receive(rig, "bob/1", SECOND_ID, 1, CALL_INVITE, CALL_REASON_NONE);
    rig_receive(rig, "bob/1", SECOND_ID, 2, CALL_CANCEL, CALL_REASON_NONE);
    g_assert_cmpint(rig_state(rig), ==, CALL_CALLING);
    g_assert_cmpuint(rig->sent_count, ==, 1);
    rig_receive(rig, "bob/1", id, 1, CALL_ACCEPT, CALL_REASON_NONE);
    g_assert_cmpint(rig_state(rig), ==, CALL_CONNECTING);
    rig_destroy(rig);
}

static void glare_loser(void)
{
    struct rig *rig = dialling("bob", "alice");
    char own[CALL_ID_SIZE];
    rig_keep_id(rig, own);
    rig_forget(rig);
    rig_receive(rig, "alice/1", SECOND_ID, 1, CALL_INVITE, CALL_REASON_NONE);
    g_assert_cmpint(rig_state(rig), ==, CALL_CONNECTING);
    g_assert_cmpint(call_current_role(rig->call), ==, CALL_ROLE_CALLEE);
    g_assert_cmpstr(call_current_id(rig->call), ==, SECOND_ID);
    g_assert_cmpint(rig->told[0].notice.event, ==, CALL_EVENT_GLARE);
    g_assert_cmpint(rig->told[1].notice.event, ==, CALL_EVENT_LOCAL_ACCEPTED);
    g_assert_cmpuint(rig->told_count, ==, 2);
    g_assert_cmpuint(rig->command_count, ==, 3);
    g_assert_cmpint(rig->commands[0].command, ==, CALL_MEDIA_STOP);
    g_assert_cmpstr(rig->commands[0].call_id, ==, own);
    g_assert_cmpint(rig->commands[1].command, ==, CALL_MEDIA_CONNECT);
    g_assert_cmpint(rig->commands[2].command, ==, CALL_MEDIA_RELEASE);
    g_assert_cmpstr(rig->commands[2].call_id, ==, SECOND_ID);
    g_assert_cmpint(rig_last_sent(rig)->message.action, ==, CALL_ACCEPT);
    g_assert_false(rig_last_sent(rig)->had_media);
    rig_destroy(rig);
}

static void accept_with_media(struct rig *rig, const struct call_notice *notice)
{
    if (notice->event != CALL_EVENT_GLARE)
        return;
    cJSON *media = cJSON_Parse(glare_media);
    g_assert_cmpint(call_accept(rig->call, media, rig->now), ==, CALL_OK);
    cJSON_Delete(media);
}

/* The application's own accept, with its media, comes before the automatic one. */
static void glare_loser_with_media(void)
{
    struct rig *rig = dialling("bob", "alice");
    rig->on_notice = accept_with_media;
    rig_forget(rig);
    rig_receive(rig, "alice/1", SECOND_ID, 1, CALL_INVITE, CALL_REASON_NONE);
    g_assert_cmpuint(rig->sent_count, ==, 2); /* the cancel of its own call, the accept */
    g_assert_true(rig_last_sent(rig)->had_media);
    g_assert_cmpuint(rig->told_count, ==, 2);
    rig_destroy(rig);
}

/* The loser's invite comes after its accept: stale, not a recall. */
static void glare_invite_after_accept(void)
{
    struct rig *rig = dialling("alice", "bob");
    int64_t invited = rig->now;
    rig->now += 50;
    rig_receive(rig, "bob/1", call_current_id(rig->call), 1, CALL_ACCEPT, CALL_REASON_NONE);
    struct call_message late = {
        .action = CALL_INVITE,
        .call_id = SECOND_ID,
        .sequence = 1,
        .sent_at_ms = invited,
        .lifetime_ms = 15000,
    };
    call_receive(rig->call, "bob/1", &late, rig->now);
    g_assert_cmpint(rig_state(rig), ==, CALL_CONNECTING);
    rig_destroy(rig);
}

/* --- Told after it is stored; what a callback does is queued */

static void hang_up_at_connected(struct rig *rig, const struct call_notice *notice)
{
    if (notice->state != CALL_CONNECTED)
        return;
    g_assert_cmpint(rig_state(rig), ==, CALL_CONNECTED);
    g_assert_cmpint(call_hang_up(rig->call, CALL_REASON_NONE, rig->now), ==, CALL_OK);
    g_assert_cmpint(rig_state(rig), ==, CALL_CONNECTED);
}

static void stored_before_told(void)
{
    struct rig *rig = ringing(FIRST_ID);
    rig->on_notice = hang_up_at_connected;
    call_accept(rig->call, NULL, rig->now);
    call_first_frame(rig->call, rig->now);
    g_assert_cmpint(rig_state(rig), ==, CALL_PREPARED);
    for (unsigned i = 0; i < rig->told_count; i++)
        g_assert_cmpint(rig->told[i].state_seen, ==, rig->told[i].notice.state);
    g_assert_cmpint(rig->commands[rig->command_count - 2].command, ==, CALL_MEDIA_PRESENT);
    g_assert_cmpint(rig->commands[rig->command_count - 1].command, ==, CALL_MEDIA_STOP);
    rig_destroy(rig);
}

/* --- Kept from the original: busy, parties, connect on ring, early and waived first picture, time-outs */

static void busy(void)
{
    struct rig *rig = connected_to_peer();
    rig_forget(rig);
    rig_receive(rig, STRANGER, SECOND_ID, 1, CALL_INVITE, CALL_REASON_NONE);
    rig_receive(rig, STRANGER, SECOND_ID, 1, CALL_INVITE, CALL_REASON_NONE);
    g_assert_cmpint(rig_state(rig), ==, CALL_CONNECTED);
    g_assert_cmpuint(rig->sent_count, ==, 1);
    g_assert_cmpstr(rig->sent[0].to, ==, STRANGER);
    g_assert_cmpstr(rig->sent[0].message.call_id, ==, SECOND_ID);
    g_assert_cmpint(rig->sent[0].message.reason, ==, CALL_REASON_LOCAL_BUSY);
    g_assert_cmpuint(rig->told_count, ==, 1);
    g_assert_cmpint(rig->told[0].notice.event, ==, CALL_EVENT_CALL_REFUSED_BUSY);
    g_assert_cmpstr(rig->told[0].remote, ==, STRANGER);
    rig_destroy(rig);
}

static void do_not_disturb(void)
{
    struct call_config config = rig_config("me");
    config.do_not_disturb = true;
    struct rig *rig = rig_create(&config);
    call_prepare(rig->call, rig->now);
    rig_receive(rig, PEER, FIRST_ID, 1, CALL_INVITE, CALL_REASON_NONE);
    g_assert_cmpint(rig_state(rig), ==, CALL_PREPARED);
    g_assert_cmpint(rig_last_sent(rig)->message.reason, ==, CALL_REASON_LOCAL_BUSY);
    call_set_do_not_disturb(rig->call, false);
    rig_receive(rig, PEER, SECOND_ID, 1, CALL_INVITE, CALL_REASON_NONE);
    g_assert_cmpint(rig_state(rig), ==, CALL_CALLING);
    call_set_do_not_disturb(rig->call, true); /* the peer's next call does not even replace his own */
    rig->now += 10;
    rig_receive(rig, PEER, "33333333-3333-3333-3333-333333333333", 1, CALL_INVITE, CALL_REASON_NONE);
    g_assert_cmpstr(call_current_id(rig->call), ==, SECOND_ID);
    g_assert_cmpint(rig_last_sent(rig)->message.reason, ==, CALL_REASON_LOCAL_BUSY);
    rig_destroy(rig);
}

static void parties(void)
{
    struct call_config config = rig_config("me");
    config.party = CALL_PARTY_BROADCASTER;
    struct rig *rig = rig_create(&config);
    call_prepare(rig->call, rig->now);
    g_assert_cmpint(call_start(rig->call, "peer", true, NULL, NULL, rig->now), ==, CALL_ERROR_PARTY);
    rig_receive(rig, PEER, FIRST_ID, 1, CALL_INVITE, CALL_REASON_NONE);
    g_assert_cmpint(rig_state(rig), ==, CALL_CALLING);
    rig_destroy(rig);

    config.party = CALL_PARTY_AUDIENCE;
    rig = rig_create(&config);
    call_prepare(rig->call, rig->now);
    rig_receive(rig, PEER, FIRST_ID, 1, CALL_INVITE, CALL_REASON_NONE);
    g_assert_cmpint(rig_state(rig), ==, CALL_PREPARED);
    g_assert_cmpint(rig_last_sent(rig)->message.action, ==, CALL_REJECT);
    g_assert_cmpint(rig_last_sent(rig)->message.reason, ==, CALL_REASON_NOT_ALLOWED);
    g_assert_cmpint(call_start(rig->call, "peer", true, NULL, NULL, rig->now), ==, CALL_OK);
    rig_destroy(rig);
}

static void arguments(void)
{
    struct rig *rig = rig_prepared("me");
    g_autofree char *longest = g_strnfill(65, 'x');
    const char *bad[] = { "", "/1", "me", "me/2", "a\nb", "peer/", "peer/1/2", "\xff", longest };
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++)
        g_assert_cmpint(call_start(rig->call, bad[i], true, NULL, NULL, rig->now), ==, CALL_ERROR_ARGUMENT);
    g_assert_cmpint(rig_state(rig), ==, CALL_PREPARED);
    g_assert_cmpint(call_start(rig->call, longest + 1, true, NULL, NULL, rig->now), ==, CALL_OK);
    rig_destroy(rig);
}

static void early_first_frame(void)
{
    struct rig *rig = dialling("me", "peer");
    call_first_frame(rig->call, rig->now);
    g_assert_cmpint(rig_state(rig), ==, CALL_CALLING);
    rig_receive(rig, PEER, call_current_id(rig->call), 1, CALL_ACCEPT, CALL_REASON_NONE);
    g_assert_cmpint(rig_state(rig), ==, CALL_CONNECTED);
    g_assert_cmpint(call_deadline(rig->call), ==, INT64_MAX);
    call_hang_up(rig->call, CALL_REASON_NONE, rig->now);
    call_start(rig->call, "peer", true, NULL, NULL, rig->now); /* the next call waits for its own picture */
    rig_receive(rig, PEER, call_current_id(rig->call), 1, CALL_ACCEPT, CALL_REASON_NONE);
    g_assert_cmpint(rig_state(rig), ==, CALL_CONNECTING);
    rig_destroy(rig);
}

static void waived_first_frame(void)
{
    struct call_config config = rig_config("me");
    config.wait_first_frame = false;
    struct rig *rig = rig_create(&config);
    call_prepare(rig->call, rig->now);
    rig_receive(rig, PEER, FIRST_ID, 1, CALL_INVITE, CALL_REASON_NONE);
    call_accept(rig->call, NULL, rig->now);
    g_assert_cmpint(rig_state(rig), ==, CALL_CONNECTED);
    g_assert_cmpint(rig_last_told(rig)->notice.previous, ==, CALL_CONNECTING);
    g_assert_cmpint(rig_last_told(rig)->notice.reason, ==, CALL_REASON_LOCAL_ACCEPTED);
    g_assert_cmpint(rig->commands[rig->command_count - 1].command, ==, CALL_MEDIA_PRESENT);
    rig_destroy(rig);
}

static void time_out(void)
{
    struct rig *rig = dialling("me", "peer");
    g_assert_cmpint(call_deadline(rig->call), ==, rig->now + 15000);
    call_poll(rig->call, rig->now + 14999);
    g_assert_cmpint(rig_state(rig), ==, CALL_CALLING);
    call_poll(rig->call, rig->now + 15000);
    g_assert_cmpint(rig_state(rig), ==, CALL_PREPARED);
    g_assert_cmpint(rig_last_sent(rig)->message.action, ==, CALL_CANCEL);
    g_assert_cmpint(rig_last_sent(rig)->message.reason, ==, CALL_REASON_CALLING_TIMEOUT);
    g_assert_cmpint(call_deadline(rig->call), ==, INT64_MAX);
    rig_destroy(rig);
}

static void no_time_out(void)
{
    struct call_config config = rig_config("me");
    config.timeout_ms = 0;
    struct rig *rig = rig_create(&config);
    call_prepare(rig->call, rig->now);
    call_start(rig->call, "peer", true, NULL, NULL, rig->now);
    g_assert_cmpint(call_deadline(rig->call), ==, INT64_MAX);
    call_poll(rig->call, rig->now + 1000000000);
    g_assert_cmpint(rig_state(rig), ==, CALL_CALLING);
    rig_destroy(rig);
}

/* --- Failing */

static void fail_ends_the_call_first(void)
{
    struct rig *rig = connected_to_peer();
    rig_forget(rig);
    g_assert_cmpint(call_fail(rig->call, CALL_REASON_MEDIA_LOST, rig->now), ==, CALL_OK);
    g_assert_cmpuint(rig->told_count, ==, 2);
    g_assert_cmpint(rig->told[0].notice.state, ==, CALL_PREPARED);
    g_assert_cmpint(rig->told[1].notice.state, ==, CALL_FAILED);
    g_assert_cmpint(call_start(rig->call, "peer", true, NULL, NULL, rig->now), ==, CALL_ERROR_STATE);
    g_assert_cmpint(call_prepare(rig->call, rig->now), ==, CALL_OK);
    g_assert_cmpint(rig_state(rig), ==, CALL_PREPARED);
    rig_destroy(rig);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_data_func("/call/fault/late-message/cancel", GINT_TO_POINTER(CALL_CANCEL), late_message);
    g_test_add_data_func("/call/fault/late-message/reject", GINT_TO_POINTER(CALL_REJECT), late_message);
    g_test_add_data_func("/call/fault/late-message/hangup", GINT_TO_POINTER(CALL_HANG_UP), late_message);
    g_test_add_func("/call/fault/invites-without-end", invites_and_cancels_without_end);
    g_test_add_func("/call/fault/matched-by-user", message_of_a_stranger);
    g_test_add_func("/call/fault/time-stamp-not-compared", expired);
    g_test_add_func("/call/fault/missing-action-is-a-video-call", missing_action);
    g_test_add_func("/call/order/cancel-overtakes", cancel_overtakes_its_invite);
    g_test_add_func("/call/order/cancel-of-another", cancel_of_another_user);
    g_test_add_func("/call/order/duplicate-invite", duplicate_invite);
    g_test_add_func("/call/order/lower-sequence", lower_sequence);
    g_test_add_func("/call/order/stale-invite", stale_invite_is_no_recall);
    g_test_add_func("/call/fault/repeated-call-goes-back-to-calling", recall);
    g_test_add_func("/call/fault/glare-times-out/winner", glare_winner);
    g_test_add_func("/call/fault/glare-times-out/loser", glare_loser);
    g_test_add_func("/call/fault/glare-times-out/loser-with-media", glare_loser_with_media);
    g_test_add_func("/call/fault/glare-times-out/late-invite", glare_invite_after_accept);
    g_test_add_func("/call/fault/told-before-stored", stored_before_told);
    g_test_add_func("/call/busy", busy);
    g_test_add_func("/call/do-not-disturb", do_not_disturb);
    g_test_add_func("/call/parties", parties);
    g_test_add_func("/call/arguments", arguments);
    g_test_add_func("/call/first-frame/early", early_first_frame);
    g_test_add_func("/call/first-frame/waived", waived_first_frame);
    g_test_add_func("/call/time-out/fires", time_out);
    g_test_add_func("/call/time-out/none", no_time_out);
    g_test_add_func("/call/fail", fail_ends_the_call_first);
    return g_test_run();
}
