/* A call message, JSON from another client. What is understood is written and understood again, to the same. */
#include "engine/call/call.h"
#include "fuzz.h"

static void there_and_back(const struct call_message *message)
{
    cJSON *json = call_message_to_json(message);
    struct call_message again;
    const char *error = NULL;
    if (!call_message_from_json(json, &again, &error))
        g_error("what was written is refused: %s", error);
    g_assert_true(again.action == message->action && again.sequence == message->sequence);
    g_assert_true(again.sent_at_ms == message->sent_at_ms && again.lifetime_ms == message->lifetime_ms);
    g_assert_true(again.reason == message->reason && again.video == message->video);
    g_assert_cmpstr(again.call_id, ==, message->call_id);
    g_assert_cmpstr(again.accepted_by, ==, message->accepted_by);
    g_assert_true(!again.media == !message->media && !again.extension == !message->extension);
    cJSON_Delete(json);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cJSON *json = cJSON_ParseWithLength((const char *)data, size);
    struct call_message message;
    const char *error = NULL;
    bool good = call_message_from_json(json, &message, &error);
    g_assert_true(good == (error == NULL));
    if (good)
        there_and_back(&message);
    cJSON_Delete(json);
    return 0;
}
