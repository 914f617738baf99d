/* Call messages as JSON: there and back, and what strict parsing refuses. */
#include <glib.h>
#include <string.h>

#include "engine/call/call.h"

#define ID "11111111-2222-4333-8444-555555555555"
#define GOOD_END "\"call\":\"" ID "\",\"seq\":1,\"sent_at\":1700000000000,\"lifetime\":15000"

static bool parse(const char *text, struct call_message *message)
{
    const char *error = NULL;
    cJSON *json = cJSON_Parse(text);
    bool good = call_message_from_json(json, message, &error);
    g_assert_true(good == (error == NULL));
    cJSON_Delete(json);
    message->media = message->extension = NULL;
    return good;
}

static void there_and_back(gconstpointer data)
{
    struct call_message sent = {
        .action = GPOINTER_TO_INT(data),
        .call_id = ID,
        .sequence = UINT32_MAX,
        .sent_at_ms = 1700000000123,
        .lifetime_ms = 15000,
    };
    if (sent.action == CALL_INVITE) {
        sent.video = true;
    } else if (sent.action == CALL_ACCEPT) {
        g_strlcpy(sent.accepted_by, "phone", sizeof sent.accepted_by);
    } else {
        sent.reason = CALL_REASON_CALLING_TIMEOUT;
    }
    cJSON *media = cJSON_Parse("{\"sdp\":\"v=0\"}"), *extension = cJSON_Parse("{\"a\":[1,2]}");
    sent.media = sent.action == CALL_INVITE || sent.action == CALL_ACCEPT ? media : NULL;
    sent.extension = extension;
    cJSON *json = call_message_to_json(&sent);
    struct call_message received;
    const char *error;
    g_assert_true(call_message_from_json(json, &received, &error));
    g_assert_cmpint(received.action, ==, sent.action);
    g_assert_cmpstr(received.call_id, ==, sent.call_id);
    g_assert_cmpuint(received.sequence, ==, sent.sequence);
    g_assert_cmpint(received.sent_at_ms, ==, sent.sent_at_ms);
    g_assert_cmpint(received.lifetime_ms, ==, sent.lifetime_ms);
    g_assert_cmpint(received.reason, ==, sent.reason);
    g_assert_true(received.video == sent.video);
    g_assert_cmpstr(received.accepted_by, ==, sent.accepted_by);
    g_assert_true(sent.media ? cJSON_Compare(received.media, media, true) : !received.media);
    g_assert_true(cJSON_Compare(received.extension, extension, true));
    cJSON_Delete(json);
    cJSON_Delete(media);
    cJSON_Delete(extension);
}

/* What two machines tell each other arrives as what was meant, for each reason that has a name on the wire. */
static void reasons(void)
{
    unsigned named = 0;
    for (enum call_reason reason = CALL_REASON_NONE; reason <= CALL_REASON_REMOTE_GONE; reason++) {
        struct call_message sent = { .action = CALL_REJECT, .call_id = ID, .sequence = 1, .reason = reason }, received;
        const char *error;
        cJSON *json = call_message_to_json(&sent);
        g_assert_true(call_message_from_json(json, &received, &error));
        g_assert_true(received.reason == reason || received.reason == CALL_REASON_NONE);
        named += received.reason != CALL_REASON_NONE;
        cJSON_Delete(json);
        g_assert_cmpstr(call_reason_name(reason), !=, "unknown");
    }
    g_assert_cmpuint(named, ==, 13);
}

static void refused(void)
{
    static const char *const bad[] = {
        "null",
        "[]",
        "[{\"type\":\"call\"}]",
        "{}",
        "7",
        "\"call\"",
        "{\"type\":\"room\",\"action\":\"cancel\"," GOOD_END "}",
        "{\"action\":\"cancel\"," GOOD_END "}",
        "{\"type\":\"call\"," GOOD_END "}", /* the original took this for a video call */
        "{\"type\":\"call\",\"action\":0," GOOD_END "}",
        "{\"type\":\"call\",\"action\":\"Invite\",\"video\":true," GOOD_END "}",
        "{\"type\":\"call\",\"action\":\"invite\"," GOOD_END "}",
        "{\"type\":\"call\",\"action\":\"invite\",\"video\":1," GOOD_END "}",
        "{\"type\":\"call\",\"action\":\"invite\",\"video\":true,\"media\":[]," GOOD_END "}",
        "{\"type\":\"call\",\"action\":\"cancel\",\"reason\":\"because\"," GOOD_END "}",
        "{\"type\":\"call\",\"action\":\"cancel\",\"reason\":3," GOOD_END "}",
        "{\"type\":\"call\",\"action\":\"cancel\",\"accepted_by\":\"\"," GOOD_END "}",
        "{\"type\":\"call\",\"action\":\"cancel\",\"accepted_by\":{}," GOOD_END "}",
        "{\"type\":\"call\",\"action\":\"cancel\",\"extension\":\"text\"," GOOD_END "}",
        "{\"type\":\"call\",\"action\":\"cancel\",\"seq\":1,\"sent_at\":1,\"lifetime\":1}",
        "{\"type\":\"call\",\"action\":\"cancel\",\"call\":\"\",\"seq\":1,\"sent_at\":1,\"lifetime\":1}",
        "{\"type\":\"call\",\"action\":\"cancel\",\"call\":\"x" ID "\",\"seq\":1,\"sent_at\":1,\"lifetime\":1}",
        "{\"type\":\"call\",\"action\":\"cancel\",\"call\":[\"" ID "\"],\"seq\":1,\"sent_at\":1,\"lifetime\":1}",
        "{\"type\":\"call\",\"action\":\"cancel\",\"call\":\"" ID "\",\"seq\":0,\"sent_at\":1,\"lifetime\":1}",
        "{\"type\":\"call\",\"action\":\"cancel\",\"call\":\"" ID "\",\"seq\":1.5,\"sent_at\":1,\"lifetime\":1}",
        "{\"type\":\"call\",\"action\":\"cancel\",\"call\":\"" ID "\",\"seq\":\"1\",\"sent_at\":1,\"lifetime\":1}",
        "{\"type\":\"call\",\"action\":\"cancel\",\"call\":\"" ID "\",\"seq\":4294967296,\"sent_at\":1,\"lifetime\":1}",
        "{\"type\":\"call\",\"action\":\"cancel\",\"call\":\"" ID "\",\"seq\":1,\"sent_at\":-1,\"lifetime\":1}",
        "{\"type\":\"call\",\"action\":\"cancel\",\"call\":\"" ID "\",\"seq\":1,\"sent_at\":1e300,\"lifetime\":1}",
        "{\"type\":\"call\",\"action\":\"cancel\",\"call\":\"" ID "\",\"seq\":1,\"sent_at\":1e999,\"lifetime\":1}",
        "{\"type\":\"call\",\"action\":\"cancel\",\"call\":\"" ID "\",\"seq\":1,\"sent_at\":1,\"lifetime\":86400001}",
        "{\"type\":\"call\",\"action\":\"cancel\",\"call\":\"" ID "\",\"seq\":1,\"sent_at\":1}",
    };
    struct call_message message;
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_test_message("%s", bad[i]);
        g_assert_false(parse(bad[i], &message));
    }
    g_assert_true(parse(
        "{\"type\":\"call\",\"action\":\"cancel\",\"later\":\"version\",\"extension\":null," GOOD_END "}", &message));
}

static void no_json(void)
{
    struct call_message message;
    const char *error;
    g_assert_false(call_message_from_json(NULL, &message, &error));
    g_assert_nonnull(error);
}

static bool parse_with(const char *key, const char *before, size_t length, const char *after)
{
    g_autofree char *filler = g_strnfill(length, 'x');
    g_autofree char *text = g_strdup_printf("{\"type\":\"call\",\"action\":\"cancel\"," GOOD_END ",\"%s\":%s%s%s}", key,
                                            before, filler, after);
    struct call_message message;
    return parse(text, &message);
}

static void over_long(void)
{
    g_assert_true(parse_with("accepted_by", "\"", CALL_USER_SIZE - 1, "\""));
    g_assert_false(parse_with("accepted_by", "\"", CALL_USER_SIZE, "\""));
    size_t frame = strlen("{\"k\":\"\"}");
    g_assert_true(parse_with("extension", "{\"k\":\"", 4096 - frame, "\"}"));
    g_assert_false(parse_with("extension", "{\"k\":\"", 4097 - frame, "\"}"));
    g_assert_false(parse_with("extension", "{\"k\":\"", 1000000, "\"}"));
}

/* No text, however broken, crashes the parser; what it takes is well-formed. */
static void mutated(void)
{
    static const char good[] = "{\"type\":\"call\",\"action\":\"invite\",\"video\":true,\"media\":{\"a\":1},"
                               "\"extension\":{\"b\":[]},\"reason\":\"busy\",\"accepted_by\":\"x\"," GOOD_END "}";
    for (unsigned i = 0; i < 20000; i++) {
        char text[sizeof good];
        memcpy(text, good, sizeof good);
        for (int edits = g_test_rand_int_range(1, 5); edits > 0; edits--)
            text[g_test_rand_int_range(0, sizeof good - 1)] = (char)g_test_rand_int_range(1, 256);
        struct call_message message;
        if (parse(text, &message)) {
            g_assert_true(g_uuid_string_is_valid(message.call_id));
            g_assert_cmpuint(message.sequence, >=, 1);
        }
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_data_func("/call/message/invite", GINT_TO_POINTER(CALL_INVITE), there_and_back);
    g_test_add_data_func("/call/message/cancel", GINT_TO_POINTER(CALL_CANCEL), there_and_back);
    g_test_add_data_func("/call/message/accept", GINT_TO_POINTER(CALL_ACCEPT), there_and_back);
    g_test_add_data_func("/call/message/reject", GINT_TO_POINTER(CALL_REJECT), there_and_back);
    g_test_add_data_func("/call/message/hangup", GINT_TO_POINTER(CALL_HANG_UP), there_and_back);
    g_test_add_func("/call/message/reasons", reasons);
    g_test_add_func("/call/message/refused", refused);
    g_test_add_func("/call/message/none", no_json);
    g_test_add_func("/call/message/over-long", over_long);
    g_test_add_func("/call/message/mutated", mutated);
    return g_test_run();
}
