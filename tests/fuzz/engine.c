/* Two call engines, of alice and bob, over a path that loses, repeats and delays: each byte of the input is a step of
 * one of them, of the path, or of time; messages of a stranger's making come in between. What must hold is what
 * tests/engine/call/call_random.c has all the time; and in peace, when all is delivered and all times are out, nobody
 * is left in between. */
#include "engine/call/call.h"
#include "fuzz.h"

#include <string.h>

enum { ENDS = 2, MAX_STEPS = 600, MAX_UNDER_WAY = 64, TIMEOUT_MS = 15000 };
#define START_MS G_GINT64_CONSTANT(1700000000000)

struct end {
    struct path *path;
    struct call *call;
    bool media;                  /* connected */
    char media_id[CALL_ID_SIZE]; /* of which call */
    struct call_message last;    /* that was received, to be forged */
};

struct message {
    int to;
    struct call_message message;
};

struct path {
    struct end ends[ENDS];
    GQueue under_way; /* struct message */
    int64_t now_ms;
};

static const char *const USERS[ENDS] = { "alice", "bob" }, *const DEVICES[ENDS] = { "alice/1", "bob/2" };

static int index_of(const struct end *end)
{
    return end == &end->path->ends[1];
}

static void on_send(void *user_data, const char *to, const struct call_message *message)
{
    struct end *end = user_data;
    int other = !index_of(end);
    if (strncmp(to, USERS[other], strlen(USERS[other])) || end->path->under_way.length == MAX_UNDER_WAY)
        return;
    struct message *copy = g_new(struct message, 1);
    *copy = (struct message){ other, *message };
    copy->message.media = copy->message.extension = NULL;
    g_queue_push_tail(&end->path->under_way, copy);
}

static void on_media(void *user_data, enum call_media_command command, enum call_role role, const char *call_id,
                     const char *remote, const cJSON *media)
{
    struct end *end = user_data;
    (void)remote;
    (void)media;
    g_assert_cmpint(role, !=, CALL_ROLE_NONE);
    g_assert_true(end->media == (command != CALL_MEDIA_CONNECT));
    if (command == CALL_MEDIA_CONNECT)
        g_strlcpy(end->media_id, call_id, sizeof end->media_id);
    g_assert_cmpstr(end->media_id, ==, call_id);
    end->media = command != CALL_MEDIA_STOP;
}

static void on_notify(void *user_data, const struct call_notice *notice)
{
    struct end *end = user_data;
    g_assert_cmpint(notice->state, ==, call_current_state(end->call));
}

static const struct call_ops OPS = { .send = on_send, .media = on_media, .notify = on_notify };

/* The message at this place of the queue arrives, or stays, too (it was repeated), or is lost. */
static void deliver(struct path *path, unsigned place, bool repeated, bool lost)
{
    if (!path->under_way.length)
        return;
    struct message *message = g_queue_peek_nth(&path->under_way, place % path->under_way.length);
    struct end *to = &path->ends[message->to];
    struct message copy = *message;
    if (!repeated) {
        g_queue_remove(&path->under_way, message);
        g_free(message);
    }
    if (lost)
        return;
    to->last = copy.message;
    call_receive(to->call, DEVICES[!copy.to], &copy.message, path->now_ms);
}

/* Of the last message's call, or of one of its own. */
static void forge(struct path *path, struct end *end, struct fuzz_input *input)
{
    static const char *const from[] = { "alice/1", "bob/2", "bob/3", "mallory/4" };
    unsigned flags = fuzz_byte(input);
    struct call_message message = end->last;
    if (flags & 1 || !*message.call_id)
        g_snprintf(message.call_id, sizeof message.call_id, "00000000-0000-4000-8000-%012x", fuzz_byte(input));
    message.action = (enum call_action)(fuzz_byte(input) % (CALL_HANG_UP + 1));
    message.sequence = flags & 2 ? fuzz_number(input, 4) : message.sequence + 1;
    message.sent_at_ms = path->now_ms - (int8_t)fuzz_byte(input) * 1000;
    message.lifetime_ms = fuzz_byte(input) * 1000;
    message.reason = flags & 4 ? (enum call_reason)(fuzz_byte(input) % (CALL_REASON_REMOTE_GONE + 1))
                               : CALL_REASON_NONE;
    call_receive(end->call, from[flags >> 6], &message, path->now_ms);
}

static void tell_outcome(struct path *path, struct end *end, unsigned what)
{
    static const enum call_error results[] = { CALL_OK, CALL_ERROR_OFFLINE, CALL_ERROR_SIGNALLING_LOST,
                                               CALL_ERROR_REFUSED };
    const char *devices[] = { DEVICES[!index_of(end)], NULL };
    call_delivered(end->call, call_current_id(end->call), what >> 3, results[what % 4], what & 4 ? devices : NULL,
                   path->now_ms);
}

static void operate(struct path *path, struct end *end, unsigned what, struct fuzz_input *input)
{
    int64_t now = path->now_ms;
    int other = !index_of(end);
    switch (what) {
    case 0:
        call_start(end->call, fuzz_byte(input) & 1 ? USERS[other] : DEVICES[other], true, NULL, NULL, now);
        break;
    case 1:
        call_accept(end->call, NULL, now);
        break;
    case 2:
        call_reject(end->call, CALL_REASON_NONE, now);
        break;
    case 3:
        call_cancel(end->call, now);
        break;
    case 4:
        call_hang_up(end->call, CALL_REASON_NONE, now);
        break;
    case 5:
        call_first_frame(end->call, now);
        break;
    case 6:
        call_media_lost(end->call, now);
        break;
    case 7:
        call_signalling_lost(end->call, now);
        break;
    case 8:
        call_signalling_restored(end->call, now);
        break;
    case 9:
        call_device_gone(end->call, DEVICES[other], now);
        break;
    case 10:
        call_fail(end->call, CALL_REASON_NONE, now);
        break;
    case 11:
        call_prepare(end->call, now);
        break;
    case 12:
        call_set_do_not_disturb(end->call, fuzz_byte(input) & 1);
        break;
    case 13:
        tell_outcome(path, end, fuzz_byte(input));
        break;
    default:
        forge(path, end, input);
    }
}

static void check(const struct end *end)
{
    enum call_state state = call_current_state(end->call);
    bool in_call = state == CALL_CALLING || state == CALL_CONNECTING || state == CALL_CONNECTED;
    g_assert_true(in_call == (call_current_role(end->call) != CALL_ROLE_NONE));
    g_assert_true(in_call == (*call_current_id(end->call) != '\0'));
    g_assert_true(end->media ? in_call : state != CALL_CONNECTING && state != CALL_CONNECTED);
}

static void pass_time(struct path *path, int64_t ms)
{
    path->now_ms += ms;
    for (int i = 0; i < ENDS; i++)
        if (call_deadline(path->ends[i].call) <= path->now_ms)
            call_poll(path->ends[i].call, path->now_ms);
}

static void step(struct path *path, struct fuzz_input *input)
{
    unsigned what = fuzz_byte(input), kind = what >> 5;
    if (kind < 4)
        operate(path, &path->ends[kind & 1], what & 0x0f, input);
    else if (kind == 4)
        pass_time(path, (int64_t)(what & 0x1f) * 500);
    else
        deliver(path, what & 0x07, what & 0x08, what & 0x10);
    for (int i = 0; i < ENDS; i++)
        check(&path->ends[i]);
}

static void come_to_peace(struct path *path)
{
    for (int i = 0; i < ENDS; i++)
        call_signalling_restored(path->ends[i].call, path->now_ms);
    for (int i = 0; i < 4 * MAX_UNDER_WAY && path->under_way.length; i++)
        deliver(path, 0, false, false);
    for (int i = 0; i < 4; i++)
        pass_time(path, TIMEOUT_MS);
    for (int i = 0; i < ENDS; i++) {
        enum call_state state = call_current_state(path->ends[i].call);
        check(&path->ends[i]);
        g_assert_true(state != CALL_CALLING && state != CALL_CONNECTING);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = { data, size };
    struct path path = { .under_way = G_QUEUE_INIT, .now_ms = START_MS };
    for (int i = 0; i < ENDS; i++) {
        struct end *end = &path.ends[i];
        end->path = &path;
        end->call = call_create(&(struct call_config){ .user = USERS[i],
                                                       .timeout_ms = TIMEOUT_MS,
                                                       .wait_first_frame = true,
                                                       .first_frame_timeout_ms = 6000,
                                                       .ops = &OPS,
                                                       .user_data = end });
        call_prepare(end->call, path.now_ms);
    }
    for (int i = 0; input.size && i < MAX_STEPS; i++)
        step(&path, &input);
    come_to_peace(&path);
    for (int i = 0; i < ENDS; i++)
        call_destroy(path.ends[i].call);
    g_queue_clear_full(&path.under_way, g_free);
    return 0;
}
