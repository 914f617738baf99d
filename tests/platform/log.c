/* What comes from outside writes no lines of its own into the log. */
#include "platform/log.h"

#include <glib.h>

static void expect(const char *text, const char *escaped)
{
    g_autofree char *found = log_escape(text);
    g_assert_cmpstr(found, ==, escaped);
}

static void escapes(void)
{
    expect("anna is in", "anna is in");
    expect("M\303\274ller \344\270\255", "M\303\274ller \344\270\255");
    expect("a\ncallapi: net: forged", "a\\x0acallapi: net: forged");
    expect("\x1b[2J\r\t\x7f", "\\x1b[2J\\x0d\\x09\\x7f");
    expect("\302\233"
           "1m",
           "\\xc2\\x9b"
           "1m");
    expect("a\342\200\256b\342\200\250", "a\\xe2\\x80\\xaeb\\xe2\\x80\\xa8");
    expect("a\xff", "a\\xff");
}

static void lines(void)
{
    if (g_test_subprocess()) {
        log_init();
        g_log_structured("net", G_LOG_LEVEL_WARNING, "GLIB_DOMAIN", "net", "MESSAGE", "call %s", "x\n\x1b[31mforged");
        return;
    }
    g_test_trap_subprocess(NULL, 0, 0);
    g_test_trap_assert_passed();
    g_test_trap_assert_stderr("*callapi: net: call x?x0a?x1b?31mforged\n*");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/log/escapes", escapes);
    g_test_add_func("/log/lines", lines);
    return g_test_run();
}
