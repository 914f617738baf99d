/* What happened, in a visitor's words. */
#include "app/view/words.h"

#include "app/view/language.h"

static void test_end(void)
{
    static const struct {
        enum call_reason reason;
        enum call_role role;
        const char *words;
    } ends[] = {
        { CALL_REASON_CALLING_TIMEOUT, CALL_ROLE_CALLER, "No answer from bert" },
        { CALL_REASON_CALLING_TIMEOUT, CALL_ROLE_CALLEE, "bert called" }, /* it rang here, and nobody came */
        { CALL_REASON_REMOTE_TIMEOUT, CALL_ROLE_CALLER, "No answer from bert" },
        { CALL_REASON_REMOTE_TIMEOUT, CALL_ROLE_CALLEE, "bert called" },
        { CALL_REASON_REMOTE_CANCELLED, CALL_ROLE_CALLEE, "bert called" },
        { CALL_REASON_REMOTE_REJECTED, CALL_ROLE_CALLER, "bert declined the call" },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(ends); i++) {
        g_autofree char *words = words_of_end(ends[i].reason, ends[i].role, "bert");
        g_assert_cmpstr(words, ==, ends[i].words);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    language_use("en");
    g_test_add_func("/words/end", test_end);
    return g_test_run();
}
