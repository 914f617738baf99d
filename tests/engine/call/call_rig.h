/* For the tests of the call: one machine, with everything it sent, commanded and told. Included by each of them. */
#ifndef CALLAPI_TESTS_CALL_RIG_H
#define CALLAPI_TESTS_CALL_RIG_H

#include <glib.h>
#include <string.h>

#include "engine/call/call.h"

#define STRANGER "stranger/1"
enum { RIG_LOG = 64 };

struct rig_sent {
    char to[CALL_USER_SIZE];
    struct call_message message; /* without media and extension */
    bool had_media;
};

struct rig_told {
    struct call_notice notice; /* strings below */
    char call_id[CALL_ID_SIZE], remote[CALL_USER_SIZE];
    enum call_state state_seen; /* what call_current_state said from within */
};

struct rig_command {
    enum call_media_command command;
    char call_id[CALL_ID_SIZE];
    bool had_media;
};

struct rig {
    struct call *call;
    int64_t now;
    struct rig_sent sent[RIG_LOG];
    struct rig_told told[RIG_LOG];
    struct rig_command commands[RIG_LOG];
    struct call_completion completions[RIG_LOG]; /* without call_id */
    unsigned sent_count, told_count, command_count, completion_count;
    enum call_policy policy;
    void (*on_notice)(struct rig *rig, const struct call_notice *notice);
};

static inline void rig_send(void *user_data, const char *to, const struct call_message *message)
{
    struct rig *rig = user_data;
    g_assert_cmpuint(rig->sent_count, <, RIG_LOG);
    struct rig_sent *sent = &rig->sent[rig->sent_count++];
    g_strlcpy(sent->to, to, sizeof sent->to);
    sent->message = *message;
    sent->had_media = message->media != NULL;
    sent->message.media = sent->message.extension = NULL;
}

static inline void rig_media(void *user_data, enum call_media_command command, enum call_role role, const char *call_id,
                             const char *remote, const cJSON *media)
{
    struct rig *rig = user_data;
    g_assert_cmpuint(rig->command_count, <, RIG_LOG);
    g_assert_cmpint(role, !=, CALL_ROLE_NONE);
    g_assert_cmpstr(remote, !=, "");
    struct rig_command *entry = &rig->commands[rig->command_count++];
    entry->command = command;
    entry->had_media = media != NULL;
    g_strlcpy(entry->call_id, call_id, sizeof entry->call_id);
}

static inline void rig_notify(void *user_data, const struct call_notice *notice)
{
    struct rig *rig = user_data;
    g_assert_cmpuint(rig->told_count, <, RIG_LOG);
    struct rig_told *told = &rig->told[rig->told_count++];
    told->notice = *notice;
    g_strlcpy(told->call_id, notice->call_id, sizeof told->call_id);
    g_strlcpy(told->remote, notice->remote, sizeof told->remote);
    told->state_seen = call_current_state(rig->call);
    if (rig->on_notice)
        rig->on_notice(rig, notice);
}

static inline enum call_policy rig_policy(void *user_data, enum call_role role, const char *remote,
                                          const cJSON *extension)
{
    struct rig *rig = user_data;
    (void)extension;
    g_assert_cmpint(role, ==, call_current_role(rig->call));
    g_assert_cmpstr(remote, ==, call_current_remote(rig->call));
    return rig->policy;
}

static inline void rig_completed(void *user_data, const struct call_completion *completion)
{
    struct rig *rig = user_data;
    g_assert_cmpuint(rig->completion_count, <, RIG_LOG);
    g_assert_true(g_uuid_string_is_valid(completion->call_id));
    rig->completions[rig->completion_count] = *completion;
    rig->completions[rig->completion_count++].call_id = NULL;
}

static const struct call_ops rig_ops = {
    .send = rig_send,
    .media = rig_media,
    .notify = rig_notify,
    .policy = rig_policy,
    .completed = rig_completed,
};

static inline struct call_config rig_config(const char *user)
{
    return (struct call_config){ .user = user, .timeout_ms = 15000, .wait_first_frame = true };
}

/* Created, not prepared. */
static inline struct rig *rig_create(const struct call_config *config)
{
    struct rig *rig = g_new0(struct rig, 1);
    struct call_config copy = *config;
    copy.ops = &rig_ops;
    copy.user_data = rig;
    rig->now = 1700000000000;
    rig->call = call_create(&copy);
    return rig;
}

static inline struct rig *rig_prepared(const char *user)
{
    struct call_config config = rig_config(user);
    struct rig *rig = rig_create(&config);
    g_assert_cmpint(call_prepare(rig->call, rig->now), ==, CALL_OK);
    return rig;
}

static inline void rig_destroy(struct rig *rig)
{
    call_destroy(rig->call);
    g_free(rig);
}

static inline void rig_forget(struct rig *rig)
{
    rig->sent_count = rig->told_count = rig->command_count = rig->completion_count = 0;
}

/* A message from the other side, sent now. */
static inline void rig_receive(struct rig *rig, const char *from, const char *call_id, uint32_t sequence,
                               enum call_action action, enum call_reason reason)
{
    struct call_message message = {
        .action = action,
        .sequence = sequence,
        .reason = reason,
        .sent_at_ms = rig->now,
        .lifetime_ms = 15000,
        .video = true,
    };
    g_strlcpy(message.call_id, call_id, sizeof message.call_id);
    call_receive(rig->call, from, &message, rig->now);
}

static inline const struct rig_told *rig_last_told(const struct rig *rig)
{
    g_assert_cmpuint(rig->told_count, >, 0);
    return &rig->told[rig->told_count - 1];
}

static inline const struct rig_sent *rig_last_sent(const struct rig *rig)
{
    g_assert_cmpuint(rig->sent_count, >, 0);
    return &rig->sent[rig->sent_count - 1];
}

static inline enum call_state rig_state(const struct rig *rig)
{
    return call_current_state(rig->call);
}

/* The running call's id, kept: the machine forgets it at the end of the call. */
static inline const char *rig_keep_id(const struct rig *rig, char id[CALL_ID_SIZE])
{
    g_strlcpy(id, call_current_id(rig->call), CALL_ID_SIZE);
    return id;
}

#endif
