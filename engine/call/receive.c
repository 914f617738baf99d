/* Which messages count, and what they mean to us.
 *
 * A message counts if it is not expired, belongs to the running call by id and by user, and its sequence is higher
 * than any seen from that sender in that call. All others change nothing and are counted. After the accept only the
 * device that accepted speaks for the callee: it is known by its address, or by the name it gave in the accept if it
 * has logged in anew since. The caller's side is known by the call id, which only that device makes.
 *
 * An invite has another call id by nature. It is judged in this order: a call that is over (a duplicate, or its own
 * cancel overtook it) never rings; one that is older than what its sender has already said in the running call is
 * stale (that keeps the late invite of a lost glare from replacing the call that came of it); then party, busy,
 * recall, glare.
 *
 * Glare. A and B, in the order of their user ids, invite each other: call X by A, call Y by B. X wins, by a rule
 * that each applies alone when it sees the other's invite while its own one rings:
 *   - B, the loser, takes X: withdraws Y (cancel to all of A's devices, since another one may be ringing by now; A's
 *     calling device ignores it), stops Y's media, becomes callee of X and, since it wanted this call anyway,
 *     accepts at once.
 *   - A, the winner, ignores Y and sends X's invite once more, with a new sequence. X may have been lost; that Y
 *     arrived shows that B is there.
 * What if ...
 *   - only one of the invites is seen: X alone makes B act as above, and A learns of nothing but an accept. Y alone
 *     makes A send X again. Neither: both time out, as any call whose invite is lost.
 *   - Y arrives late, after B's accept: it was sent earlier than the accept, so it is stale, not a recall.
 *   - A cancels X before it sees Y: B accepts X, is told again that X is cancelled, and is free. Y has been
 *     withdrawn by B: whichever of Y and its cancel comes first, A stops ringing for it or never starts.
 *   - B's accept is lost: both time out, and both time-outs tell the other.
 *   - B rejects X and calls back at once, so that Y comes before the reject: if A wins, it ignores Y, then hears the
 *     reject, and B's call times out. (If A loses, there is a call.) Nobody is stuck or told wrong; B may call
 *     again.
 *   - an invite was sent to one device and another device of that user calls: these two would never hear of each
 *     other's outcome, so it is no glare but a busy line.
 * DND does not hold against glare: it is the user's own call.
 *
 * A user whose calls come to nothing again and again finds a busy line for a while (engine/call/attempts.h). */
#include "engine/call/parts.h"
#include "engine/text/address.h"

#include <string.h>

static bool is_expired(const struct call_message *message, int64_t now_ms)
{
    int64_t age;
    if (__builtin_sub_overflow(now_ms, message->sent_at_ms, &age))
        return message->sent_at_ms < 0;
    return age > 0 && age > message->lifetime_ms;
}

/* What the sender says of why, seen from here. */
static enum call_reason mirrored(const struct call_message *message)
{
    switch (message->reason) {
    case CALL_REASON_LOCAL_BUSY:
        return CALL_REASON_REMOTE_BUSY;
    case CALL_REASON_FIRST_FRAME_TIMEOUT:
        return CALL_REASON_REMOTE_FIRST_FRAME_TIMEOUT;
    case CALL_REASON_NOT_ALLOWED:
    case CALL_REASON_MEDIA_LOST:
    case CALL_REASON_RECALL:
        return message->reason;
    default:
        return message->action == CALL_REJECT   ? CALL_REASON_REMOTE_REJECTED
               : message->action == CALL_CANCEL ? CALL_REASON_REMOTE_CANCELLED
                                                : CALL_REASON_REMOTE_HANGUP;
    }
}

/* --- Invites */

static bool reaches(const char *dialled, const char *device)
{
    return !address_device(dialled) || !strcmp(dialled, device);
}

static enum call_input judge_from_peer(const struct call *call, const char *from)
{
    if (call->state != CALL_CALLING || call->session.role != CALL_ROLE_CALLER)
        return call->config.do_not_disturb ? CALL_INPUT_REMOTE_BUSY : CALL_INPUT_REMOTE_RECALL;
    if (!reaches(call->session.dialled, from))
        return CALL_INPUT_REMOTE_BUSY;
    char peer[CALL_USER_SIZE];
    call_address_user(from, peer);
    return strcmp(call->user, peer) < 0 ? CALL_INPUT_GLARE_WON : CALL_INPUT_GLARE_LOST;
}

static enum call_input judge_invite(const struct call *call, const char *from)
{
    if (call->config.party == CALL_PARTY_AUDIENCE)
        return CALL_INPUT_REMOTE_FORBIDDEN;
    if (call->session.role == CALL_ROLE_NONE)
        return call->config.do_not_disturb ? CALL_INPUT_REMOTE_BUSY : CALL_INPUT_REMOTE_INVITE;
    if (address_same_user(call->session.remote, from))
        return judge_from_peer(call, from);
    return CALL_INPUT_REMOTE_BUSY;
}

static bool is_over(struct call *call, const struct call_incoming *incoming)
{
    struct call_past *past = call_history_find(&call->history, incoming->message.call_id, incoming->address);
    if (!past)
        return false;
    *(past->invited ? &call->counters.duplicate : &call->counters.reordered) += 1;
    past->invited = true;
    return true;
}

static bool is_stale(const struct call *call, const struct call_incoming *incoming)
{
    const struct call_session *session = &call->session;
    return session->remote_sent_at_ms && address_same_user(session->remote, incoming->address) &&
           incoming->message.sent_at_ms <= session->remote_sent_at_ms;
}

static void receive_invite(struct call *call, const struct call_incoming *incoming)
{
    if (is_over(call, incoming))
        return;
    if (is_stale(call, incoming)) {
        call->counters.reordered++;
        return;
    }
    enum call_input input = judge_invite(call, incoming->address);
    bool rings = input == CALL_INPUT_REMOTE_INVITE || input == CALL_INPUT_REMOTE_RECALL;
    if (rings && !attempts_take(&call->invites, incoming->address, incoming->now_ms))
        input = CALL_INPUT_REMOTE_BUSY;
    if (!call_step(call, incoming, input, CALL_REASON_NONE))
        return;
    if (input == CALL_INPUT_REMOTE_FORBIDDEN)
        call->counters.mismatch++;
    if (input == CALL_INPUT_REMOTE_RECALL)
        call_step(call, incoming, CALL_INPUT_REMOTE_INVITE, CALL_REASON_NONE);
    if (input == CALL_INPUT_GLARE_LOST) {
        struct call_incoming accept = { .input = CALL_INPUT_ACCEPT, .now_ms = incoming->now_ms };
        g_strlcpy(accept.message.call_id, incoming->message.call_id, sizeof accept.message.call_id);
        call_push_later(call, &accept); /* after the application's own accept, if it gives one */
    }
}

/* --- Messages of other calls */

/* A device that accepts what is over has missed our cancel: it is told again, or it would wait for its time-out. */
static void answer_late_accept(struct call *call, const struct call_incoming *incoming, struct call_past *past)
{
    if (past->role == CALL_ROLE_CALLER)
        call_send_aside(call, incoming->address, past->id, ++past->sent, CALL_CANCEL, past->reason, "",
                        incoming->now_ms);
}

static void receive_of_other_call(struct call *call, const struct call_incoming *incoming)
{
    const struct call_message *message = &incoming->message;
    struct call_past *past = call_history_find(&call->history, message->call_id, incoming->address);
    bool ends = message->action == CALL_CANCEL || message->action == CALL_HANG_UP;
    if (past && message->sequence <= past->seen)
        call->counters.duplicate++;
    else
        call->counters.foreign++;
    if (past && message->action == CALL_ACCEPT) {
        answer_late_accept(call, incoming, past);
    } else if (past) {
        past->seen = MAX(past->seen, message->sequence);
    } else if (ends) {
        struct call_past overtaken = { .role = CALL_ROLE_CALLEE, .seen = message->sequence };
        g_strlcpy(overtaken.id, message->call_id, sizeof overtaken.id);
        call_address_user(incoming->address, overtaken.user);
        call_history_add(&call->history, &overtaken);
    }
}

/* --- Messages of the running call */

/* Of the remote's devices. */
static bool speaks_for_remote(const struct call *call, const struct call_incoming *incoming)
{
    const struct call_session *session = &call->session;
    return session->role == CALL_ROLE_CALLEE || !session->answered || !strcmp(session->remote, incoming->address) ||
           !strcmp(session->accepted_by, incoming->message.accepted_by);
}

static bool is_in_sequence(struct call *call, const struct call_message *message)
{
    if (message->sequence > call->session.seen)
        return true;
    *(message->sequence == call->session.seen ? &call->counters.duplicate : &call->counters.reordered) += 1;
    return false;
}

static enum call_input judge_answer(const struct call_message *message)
{
    switch (message->action) {
    case CALL_ACCEPT:
        return CALL_INPUT_REMOTE_ACCEPT;
    case CALL_REJECT:
        return message->reason == CALL_REASON_CALLING_TIMEOUT ? CALL_INPUT_REMOTE_TIMEOUT : CALL_INPUT_REMOTE_REJECT;
    case CALL_CANCEL:
        return message->reason == CALL_REASON_ACCEPTED_ELSEWHERE ? CALL_INPUT_ELSEWHERE
               : message->reason == CALL_REASON_CALLING_TIMEOUT  ? CALL_INPUT_REMOTE_TIMEOUT
                                                                 : CALL_INPUT_REMOTE_CANCEL;
    default:
        return message->reason == CALL_REASON_CALLING_TIMEOUT ? CALL_INPUT_REMOTE_TIMEOUT : CALL_INPUT_REMOTE_HANG_UP;
    }
}

bool call_waits_for_frame(const struct call *call)
{
    return call->config.wait_first_frame;
}

void call_connect_if_ready(struct call *call, const struct call_incoming *incoming, enum call_reason reason)
{
    if (call->state != CALL_CONNECTING)
        return;
    if (call->session.early_frame)
        call_step(call, incoming, CALL_INPUT_FIRST_FRAME, CALL_REASON_NONE);
    else if (!call_waits_for_frame(call))
        call_step(call, incoming, CALL_INPUT_WAIVE_FRAME, reason);
}

/* --- Several devices */

void call_rings_at(struct call *call, const char *const *devices)
{
    struct call_session *session = &call->session;
    if (devices && !session->ringing)
        session->ringing = g_ptr_array_new_with_free_func(g_free);
    for (; devices && *devices; devices++)
        if (!g_ptr_array_find_with_equal_func(session->ringing, *devices, g_str_equal, NULL))
            g_ptr_array_add(session->ringing, g_strdup(*devices));
}

bool call_rings_on(struct call *call, const char *device)
{
    struct call_session *session = &call->session;
    if (call->state != CALL_CALLING || !address_same_user(session->remote, device))
        return true;
    if (session->role == CALL_ROLE_CALLEE || address_device(session->dialled))
        return strcmp(session->remote, device) != 0;
    guint at;
    if (!session->ringing)
        return false;
    if (g_ptr_array_find_with_equal_func(session->ringing, device, g_str_equal, &at))
        g_ptr_array_remove_index_fast(session->ringing, at);
    return session->ringing->len > 0;
}

/* Busy, without a connection, switched off: that device is, not her user. */
static bool speaks_for_itself_only(const struct call_message *message)
{
    return message->action == CALL_REJECT &&
           (message->reason == CALL_REASON_LOCAL_BUSY || message->reason == CALL_REASON_MEDIA_LOST ||
            message->reason == CALL_REASON_DESTROYED || message->reason == CALL_REASON_SIGNALLING_FAILED);
}

static void receive_answer(struct call *call, const struct call_incoming *incoming)
{
    const struct call_message *message = &incoming->message;
    struct call_session *session = &call->session;
    enum call_input input = judge_answer(message);
    if (speaks_for_itself_only(message) && session->role == CALL_ROLE_CALLER && !session->answered &&
        call_rings_on(call, incoming->address))
        return;                                                 /* each device counts its messages for itself */
    if (session->role == CALL_ROLE_CALLEE || session->answered) /* it may have logged in anew */
        g_strlcpy(session->remote, incoming->address, sizeof session->remote);
    session->seen = message->sequence;
    session->remote_sent_at_ms = MAX(session->remote_sent_at_ms, message->sent_at_ms);
    if (input == CALL_INPUT_ELSEWHERE && session->answered && !strcmp(message->accepted_by, session->accepted_by))
        return; /* it is for our user's other devices: we are the one that accepted */
    if (call_step(call, incoming, input, mirrored(message)) && input == CALL_INPUT_REMOTE_ACCEPT)
        call_connect_if_ready(call, incoming, CALL_REASON_REMOTE_ACCEPTED);
}

static void receive_of_this_call(struct call *call, const struct call_incoming *incoming)
{
    const struct call_message *message = &incoming->message;
    struct call_session *session = &call->session;
    if (!address_same_user(session->remote, incoming->address)) {
        call->counters.foreign++;
    } else if (message->action == CALL_INVITE) {
        call->counters.duplicate++; /* sent again by the winner of a glare, or for want of our accept */
        if (session->role == CALL_ROLE_CALLEE && session->answered)
            call_repeat_accept(call);
    } else if (!speaks_for_remote(call, incoming)) {
        call->counters.foreign++;
        if (message->action == CALL_ACCEPT)
            call_send_aside(call, incoming->address, session->id, ++session->sent, CALL_CANCEL,
                            CALL_REASON_ACCEPTED_ELSEWHERE, session->accepted_by, incoming->now_ms);
    } else if (is_in_sequence(call, message)) {
        receive_answer(call, incoming);
    }
}

void call_handle_message(struct call *call, const struct call_incoming *incoming)
{
    const struct call_message *message = &incoming->message;
    if (!message->call_id[0] || address_same_user(incoming->address, call->user))
        call->counters.foreign++;
    else if (is_expired(message, incoming->now_ms))
        call->counters.expired++;
    else if (call->session.role != CALL_ROLE_NONE && !strcmp(message->call_id, call->session.id))
        receive_of_this_call(call, incoming);
    else if (message->action == CALL_INVITE)
        receive_invite(call, incoming);
    else
        receive_of_other_call(call, incoming);
}
