/* The public operations, and the queue of what callbacks do: everything becomes a struct call_incoming, is handled
 * at once or, while another one is being handled, after it. So no callback sees the machine between two states. */
#include "engine/call/call.h"

#include <assert.h>
#include <string.h>

#include "engine/call/parts.h"
#include "engine/text/address.h"

/* --- The queue */

void call_push_later(struct call *call, const struct call_incoming *incoming)
{
    struct call_incoming *copy = g_memdup2(incoming, sizeof *incoming);
    struct call_message *message = &copy->message;
    message->media = message->media ? cJSON_Duplicate(message->media, true) : NULL;
    message->extension = message->extension ? cJSON_Duplicate(message->extension, true) : NULL;
    copy->devices = (const char *const *)g_strdupv((char **)incoming->devices);
    g_queue_push_tail(&call->later, copy);
}

static void free_later(void *data)
{
    struct call_incoming *incoming = data;
    g_strfreev((char **)incoming->devices);
    cJSON_Delete((cJSON *)incoming->message.media);
    cJSON_Delete((cJSON *)incoming->message.extension);
    g_free(incoming);
}

/* An operation that was done already: the same number dialled, or what ended the call that is over. */
static bool is_repeated(const struct call *call, const struct call_incoming *incoming)
{
    switch (incoming->input) {
    case CALL_INPUT_START:
        return call->session.role == CALL_ROLE_CALLER && !strcmp(call->session.dialled, incoming->address);
    case CALL_INPUT_CANCEL:
    case CALL_INPUT_REJECT:
    case CALL_INPUT_HANG_UP:
        return call->state == CALL_PREPARED && call->ended_by == incoming->input;
    case CALL_INPUT_SIGNALLING_LOST:
        return call->signalling_lost;
    case CALL_INPUT_SIGNALLING_RESTORED:
        return !call->signalling_lost;
    default:
        return false;
    }
}

/* What comes for a certain call (the accept after a glare, what became of an invite) and finds another one. */
static bool is_of_another_call(const struct call *call, const struct call_incoming *incoming)
{
    return incoming->input != CALL_INPUT_MEDIA_EVENT && incoming->message.call_id[0] &&
           strcmp(incoming->message.call_id, call->session.id);
}

static bool is_premature(const struct call *call, const struct call_incoming *incoming)
{
    return incoming->input == CALL_INPUT_TIMEOUT && incoming->now_ms < call_deadline(call);
}

static bool is_outcome(const struct call_incoming *incoming)
{
    return incoming->input == CALL_INPUT_DELIVERED || incoming->input == CALL_INPUT_OFFLINE ||
           incoming->input == CALL_INPUT_REFUSED;
}

static bool is_of_another_invite(const struct call *call, const struct call_incoming *incoming)
{
    return is_outcome(incoming) &&
           (call->session.role != CALL_ROLE_CALLER || incoming->message.sequence != call->session.invite_sequence);
}

/* It may have arrived, and will be sent again: nothing follows for the call. */
static bool is_uncertain(const struct call_incoming *incoming)
{
    return is_outcome(incoming) && incoming->result == CALL_ERROR_SIGNALLING_LOST;
}

/* The invite has arrived, and was only asked again: a hub that begins anew may not know yet whom it named, and refuse
 * it. */
static bool is_asked_too_soon(const struct call *call, const struct call_incoming *incoming)
{
    return is_outcome(incoming) && incoming->result != CALL_OK &&
           call->session.delivered_sequence == incoming->message.sequence;
}

/* The earlier of two time-outs. */
static enum call_input which_timeout(const struct call_session *session)
{
    return session->frame_deadline_ms < session->deadline_ms ? CALL_INPUT_FRAME_TIMEOUT : CALL_INPUT_TIMEOUT;
}

static enum call_error handle_one(struct call *call, const struct call_incoming *incoming)
{
    enum call_reason reason = incoming->message.reason;
    if (incoming->input == CALL_INPUT_MESSAGE) {
        call_handle_message(call, incoming);
        return CALL_OK;
    }
    if (is_repeated(call, incoming) || is_of_another_call(call, incoming) || is_premature(call, incoming) ||
        is_of_another_invite(call, incoming) || is_uncertain(incoming) || is_asked_too_soon(call, incoming))
        return CALL_OK;
    if (incoming->input == CALL_INPUT_MEDIA_EVENT && !call_note_media_event(call, incoming))
        return CALL_OK;
    if (incoming->input == CALL_INPUT_REMOTE_GONE && call_rings_on(call, incoming->address))
        return CALL_OK;
    if (incoming->input == CALL_INPUT_DELIVERED) {
        call->session.delivered_sequence = incoming->message.sequence;
        call_rings_at(call, incoming->devices);
    }
    if (incoming->input == CALL_INPUT_SIGNALLING_LOST || incoming->input == CALL_INPUT_SIGNALLING_RESTORED)
        call->signalling_lost = incoming->input == CALL_INPUT_SIGNALLING_LOST;
    if (incoming->input == CALL_INPUT_FAIL && call->session.role != CALL_ROLE_NONE)
        call_step(call, incoming, CALL_INPUT_ABANDON, reason);
    enum call_state previous = call->state;
    enum call_input input = incoming->input == CALL_INPUT_TIMEOUT ? which_timeout(&call->session) : incoming->input;
    if (!call_step(call, incoming, input, reason))
        return CALL_ERROR_STATE;
    if (incoming->input == CALL_INPUT_ACCEPT && previous == CALL_CALLING)
        call_connect_if_ready(call, incoming, CALL_REASON_LOCAL_ACCEPTED);
    return CALL_OK;
}

static enum call_error handle(struct call *call, const struct call_incoming *incoming)
{
    enum call_error error = handle_one(call, incoming);
    if (is_outcome(incoming))
        call_outbox_answered(call, incoming->message.call_id, incoming->message.sequence, incoming->result);
    return error;
}

static enum call_error submit(struct call *call, const struct call_incoming *incoming)
{
    if (call->busy) {
        call_push_later(call, incoming);
        return CALL_OK;
    }
    call->busy = true;
    enum call_error error = handle(call, incoming);
    struct call_incoming *later;
    while ((later = g_queue_pop_head(&call->later))) {
        handle(call, later);
        free_later(later);
    }
    call->busy = false;
    return error;
}

static enum call_error submit_input(struct call *call, enum call_input input, enum call_reason reason, int64_t now_ms)
{
    struct call_incoming incoming = { .input = input, .now_ms = now_ms, .message.reason = reason };
    return submit(call, &incoming);
}

/* --- Life */

struct call *call_create(const struct call_config *config)
{
    assert(config->user && call_address_is_valid(config->user) && !address_device(config->user));
    assert(config->ops && config->ops->send && config->ops->media && config->ops->notify && config->timeout_ms >= 0 &&
           config->first_frame_timeout_ms >= 0);
    struct call *call = g_new0(struct call, 1);
    g_autofree char *device = g_uuid_string_random();
    call->config = *config;
    g_strlcpy(call->user, config->user, sizeof call->user);
    g_strlcpy(call->device, device, sizeof call->device);
    call->config.user = call->user;
    call->state = CALL_IDLE;
    call_session_clear(&call->session);
    g_queue_init(&call->later);
    g_queue_init(&call->outbox);
    return call;
}

void call_destroy(struct call *call)
{
    if (!call)
        return;
    assert(!call->busy);
    call_session_clear(&call->session);
    g_queue_clear_full(&call->later, free_later);
    call_outbox_clear(call);
    g_free(call);
}

/* --- Operations */

enum call_error call_prepare(struct call *call, int64_t now_ms)
{
    return submit_input(call, CALL_INPUT_PREPARE, CALL_REASON_NONE, now_ms);
}

enum call_error call_start(struct call *call, const char *to, bool video, const cJSON *media, const cJSON *extension,
                           int64_t now_ms)
{
    if (call->config.party == CALL_PARTY_BROADCASTER)
        return CALL_ERROR_PARTY;
    if (!call_address_is_valid(to) || address_same_user(to, call->user))
        return CALL_ERROR_ARGUMENT;
    if (extension && !call_extension_fits(extension))
        return CALL_ERROR_ARGUMENT;
    if (call->signalling_lost && call->state == CALL_PREPARED)
        return CALL_ERROR_SIGNALLING_LOST;
    struct call_incoming incoming = {
        .input = CALL_INPUT_START,
        .now_ms = now_ms,
        .message = { .video = video, .media = media, .extension = extension },
    };
    g_strlcpy(incoming.address, to, sizeof incoming.address);
    return submit(call, &incoming);
}

enum call_error call_cancel(struct call *call, int64_t now_ms)
{
    return submit_input(call, CALL_INPUT_CANCEL, CALL_REASON_NONE, now_ms);
}

enum call_error call_accept(struct call *call, const cJSON *media, int64_t now_ms)
{
    struct call_incoming incoming = { .input = CALL_INPUT_ACCEPT, .now_ms = now_ms, .message.media = media };
    return submit(call, &incoming);
}

enum call_error call_reject(struct call *call, enum call_reason reason, int64_t now_ms)
{
    return submit_input(call, CALL_INPUT_REJECT, reason ? reason : CALL_REASON_LOCAL_REJECTED, now_ms);
}

enum call_error call_hang_up(struct call *call, enum call_reason reason, int64_t now_ms)
{
    return submit_input(call, CALL_INPUT_HANG_UP, reason ? reason : CALL_REASON_LOCAL_HANGUP, now_ms);
}

enum call_error call_fail(struct call *call, enum call_reason reason, int64_t now_ms)
{
    return submit_input(call, CALL_INPUT_FAIL, reason, now_ms);
}

/* --- What happens to the call */

void call_receive(struct call *call, const char *from, const struct call_message *message, int64_t now_ms)
{
    if (!call_address_is_valid(from)) {
        call->counters.foreign++;
        return;
    }
    struct call_incoming incoming = { .input = CALL_INPUT_MESSAGE, .now_ms = now_ms, .message = *message };
    g_strlcpy(incoming.address, from, sizeof incoming.address);
    submit(call, &incoming);
}

static enum call_input outcome_input(enum call_error result)
{
    return result == CALL_OK              ? CALL_INPUT_DELIVERED
           : result == CALL_ERROR_REFUSED ? CALL_INPUT_REFUSED
                                          : CALL_INPUT_OFFLINE;
}

void call_delivered(struct call *call, const char *call_id, uint32_t sequence, enum call_error result,
                    const char *const *devices, int64_t now_ms)
{
    struct call_incoming incoming = {
        .input = outcome_input(result),
        .now_ms = now_ms,
        .message.sequence = sequence,
        .result = result,
        .devices = devices,
    };
    g_strlcpy(incoming.message.call_id, call_id, sizeof incoming.message.call_id);
    submit(call, &incoming);
}

void call_name_callee(struct call *call, const char *call_id, const char *name)
{
    if (call->session.role == CALL_ROLE_CALLER && !strcmp(call->session.id, call_id) && strlen(name) < CALL_NAME_SIZE)
        g_strlcpy(call->session.name, name, sizeof call->session.name);
}

void call_device_gone(struct call *call, const char *device, int64_t now_ms)
{
    struct call_incoming incoming = { .input = CALL_INPUT_REMOTE_GONE, .now_ms = now_ms };
    g_strlcpy(incoming.address, device, sizeof incoming.address);
    submit(call, &incoming);
}

void call_signalling_lost(struct call *call, int64_t now_ms)
{
    submit_input(call, CALL_INPUT_SIGNALLING_LOST, CALL_REASON_NONE, now_ms);
}

void call_signalling_restored(struct call *call, int64_t now_ms)
{
    submit_input(call, CALL_INPUT_SIGNALLING_RESTORED, CALL_REASON_NONE, now_ms);
}

void call_first_frame(struct call *call, int64_t now_ms)
{
    submit_input(call, CALL_INPUT_FIRST_FRAME, CALL_REASON_NONE, now_ms);
}

void call_media_lost(struct call *call, int64_t now_ms)
{
    submit_input(call, CALL_INPUT_MEDIA_LOST, CALL_REASON_NONE, now_ms);
}

void call_media_event(struct call *call, const char *call_id, enum call_event event, int64_t now_ms)
{
    assert(event >= CALL_EVENT_LOCAL_JOINING && event <= CALL_EVENT_FIRST_AUDIO_HEARD);
    struct call_incoming incoming = { .input = CALL_INPUT_MEDIA_EVENT, .now_ms = now_ms, .event = event };
    g_strlcpy(incoming.message.call_id, call_id, sizeof incoming.message.call_id);
    submit(call, &incoming);
}

void call_set_do_not_disturb(struct call *call, bool on)
{
    call->config.do_not_disturb = on;
}

/* --- Time */

void call_poll(struct call *call, int64_t now_ms)
{
    submit_input(call, CALL_INPUT_TIMEOUT, CALL_REASON_NONE, now_ms);
}

int64_t call_deadline(const struct call *call)
{
    return MIN(call->session.deadline_ms, call->session.frame_deadline_ms);
}

/* --- Questions */

enum call_state call_current_state(const struct call *call)
{
    return call->state;
}

enum call_role call_current_role(const struct call *call)
{
    return call->session.role;
}

const char *call_current_id(const struct call *call)
{
    return call->session.id;
}

const char *call_current_remote(const struct call *call)
{
    return call->session.remote;
}

const char *call_current_name(const struct call *call)
{
    return call->session.name;
}

bool call_current_video(const struct call *call)
{
    return call->session.video;
}

struct call_counters call_message_counters(const struct call *call)
{
    return call->counters;
}
