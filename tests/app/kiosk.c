/* What a kiosk decides by itself, and how it is told: opening hours, who is looked for next, configuration file and
 * environment. */
#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>

#include "app/kiosk/handover.h"
#include "app/kiosk/opening_hours.h"
#include "app/kiosk/reception.h"
#include "app/options/table.h"
#include "app/view/language.h"

/* ---- opening hours ---- */

static bool is_open(const char *hours, const char *iso)
{
    g_autofree char *error = NULL;
    g_autoptr(GTimeZone) zone = g_time_zone_new_identifier("Europe/Berlin");
    g_autoptr(GDateTime) now = g_date_time_new_from_iso8601(iso, zone);
    struct opening_hours *parsed = opening_hours_parse(hours, &error);
    g_assert_null(error);
    bool open = opening_hours_is_open(parsed, now);
    opening_hours_free(parsed);
    return open;
}

static char *opens(const char *hours, const char *iso)
{
    g_autofree char *error = NULL;
    g_autoptr(GTimeZone) zone = g_time_zone_new_identifier("Europe/Berlin");
    g_autoptr(GDateTime) now = g_date_time_new_from_iso8601(iso, zone);
    struct opening_hours *parsed = opening_hours_parse(hours, &error);
    g_autoptr(GDateTime) next = opening_hours_next(parsed, now);
    opening_hours_free(parsed);
    return g_date_time_format(next, "%Y-%m-%d %H:%M");
}

static void test_open(void)
{
    static const char *const week = "Mon-Fri 09:00-18:00, Sat 10:00-14:00";
    g_assert_true(is_open(week, "2026-11-23T09:00:00")); /* a Monday */
    g_assert_false(is_open(week, "2026-11-23T08:59:59"));
    g_assert_true(is_open(week, "2026-11-27T17:59:00"));
    g_assert_false(is_open(week, "2026-11-27T18:00:00"));
    g_assert_true(is_open(week, "2026-11-28T10:30:00"));
    g_assert_false(is_open(week, "2026-11-29T12:00:00")); /* Sunday */
    g_assert_true(is_open("Mon-Sun 00:00-24:00", "2026-11-29T23:59:00"));
    g_assert_true(is_open("Fri-Sun 20:00-02:00", "2026-11-23T01:30:00")); /* Sunday's, over the end of the week */
    g_assert_false(is_open("Fri-Sun 20:00-02:00", "2026-11-23T02:00:00"));
    g_assert_true(is_open("Sat-Mon 10:00-12:00", "2026-11-23T11:00:00"));
    g_assert_true(is_open("Mon-Fri 09:00-18:00; Sat 10:00-14:00", "2026-11-28T10:30:00"));
    g_assert_true(opening_hours_is_open(NULL, NULL));
}

static void test_next(void)
{
    static const struct {
        const char *hours, *now, *next;
    } cases[] = {
        { "Mon-Fri 09:00-18:00", "2026-11-23T07:10:30", "2026-11-23 09:00" },
        { "Mon-Fri 09:00-18:00", "2026-11-27T18:00:00", "2026-11-30 09:00" },
        { "Mon 09:00-12:00, Mon 14:00-18:00", "2026-11-23T13:00:00", "2026-11-23 14:00" },
        { "Wed 08:30-09:00", "2026-12-31T10:00:00", "2027-01-06 08:30" },
        { "Sun 09:00-10:00", "2026-10-24T12:00:00", "2026-10-25 09:00" }, /* the clocks go back in that night */
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *next = opens(cases[i].hours, cases[i].now);
        g_assert_cmpstr(next, ==, cases[i].next);
    }
}

static void test_no_hours(void)
{
    static const char *const wrong[] = { "",
                                         "Mon",
                                         "Mon 9-18",
                                         "Mon-Xyz 09:00-10:00",
                                         "Mon 09:00-25:00",
                                         "Mon 09:60-10:00",
                                         "Mon 09:00-10:00,",
                                         "Mon 09:00-10:00 Tue",
                                         "Mon-",
                                         "Monday 09:00-10:00",
                                         "Mon 24:00-01:00",
                                         "Mon -9:00-10:00" };
    for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++) {
        g_autofree char *error = NULL;
        g_assert_null(opening_hours_parse(wrong[i], &error));
        g_assert_nonnull(error);
    }
}

/* ---- who is looked for ---- */

static void test_in_turn(void)
{
    char *buttons[] = { "Reception: anna, bert", " Doctor :chen", NULL };
    struct reception *reception = reception_create(buttons, 15);
    g_assert_cmpint(reception_buttons(reception), ==, 2);
    g_assert_cmpstr(reception_label(reception, 1), ==, "Doctor");
    g_assert_null(reception_next(reception, 0));
    reception_press(reception, 0, 0);
    g_assert_cmpstr(reception_looks_for(reception), ==, "Reception");
    g_assert_cmpstr(reception_next(reception, 100), ==, "anna");
    g_assert_null(reception_next(reception, 101)); /* once */
    g_assert_false(reception_gives_up(reception, 114));
    g_assert_true(reception_gives_up(reception, 115));
    g_assert_false(reception_gives_up(reception, 116));
    reception_ended(reception, CALL_REASON_LOCAL_CANCELLED);
    g_assert_cmpstr(reception_next(reception, 120), ==, "bert");
    reception_ended(reception, CALL_REASON_REMOTE_BUSY);
    g_assert_null(reception_next(reception, 130));
    g_assert_true(reception_has_failed(reception));
    g_assert_false(reception_has_failed(reception));
    g_assert_null(reception_looks_for(reception));
    reception_destroy(reception);
}

static void test_stops(void)
{
    char *buttons[] = { "A: x, y", NULL };
    struct reception *reception = reception_create(buttons, 15);
    reception_press(reception, 0, 0);
    g_assert_cmpstr(reception_next(reception, 0), ==, "x");
    reception_stop(reception); /* accepted, or the visitor went away */
    reception_ended(reception, CALL_REASON_REMOTE_HANGUP);
    g_assert_null(reception_next(reception, 1));
    g_assert_false(reception_has_failed(reception));
    reception_press(reception, 0, 2); /* from the first again */
    g_assert_cmpstr(reception_next(reception, 2), ==, "x");
    reception_ended(reception, CALL_REASON_MEDIA_LOST); /* that is no matter of who */
    g_assert_null(reception_looks_for(reception));
    reception_press(reception, 7, 3);
    g_assert_null(reception_next(reception, 3));
    reception_destroy(reception);
}

static void test_no_button(void)
{
    g_assert_true(reception_is_button("A: b"));
    static const char *const wrong[] = { "", "A", "A:", ": b", "A: ,", ":" };
    for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++)
        g_assert_false(reception_is_button(wrong[i]));
}

/* ---- the file, the environment, the command line ---- */

struct told {
    char *folder, *path;
    struct options options;
    char *error;
};

/* What the program gets from this file and these further arguments. */
static char **collect(struct told *told, const char *text, gssize size, int n, char **arguments)
{
    g_clear_pointer(&told->error, g_free);
    g_assert_true(g_file_set_contents(told->path, text, size, NULL));
    char *const files[] = { told->path, NULL };
    return options_collect(files, n, arguments, &told->error);
}

static void set_up(struct told *told, gconstpointer data)
{
    (void)data;
    *told = (struct told){ .folder = g_dir_make_tmp("kiosk-XXXXXX", NULL) };
    told->path = g_build_filename(told->folder, "kiosk.ini", NULL);
}

static void tear_down(struct told *told, gconstpointer data)
{
    (void)data;
    g_unlink(told->path);
    g_rmdir(told->folder);
    g_free(told->path);
    g_free(told->folder);
    g_free(told->error);
}

static void test_precedence(struct told *told, gconstpointer data)
{
    (void)data;
    int status;
    static const char text[] = "[connection]\nuser=file\nroom = Lobby \n[kiosk]\nidle=10\nreception=A: x; B: y, "
                               "z\n[screen]\nfullscreen=true\n[call]\ntimeout=7\n";
    g_assert_true(g_file_set_contents(told->path, text, -1, NULL));
    g_setenv("CALLAPI_IDLE", "20", TRUE);
    g_setenv("CALLAPI_FULLSCREEN", "false", TRUE);
    g_setenv("CALLAPI_USER", "environment", TRUE);
    char *argv[] = { "kiosk", "--config", told->path, "--user", "option", "--language=en", NULL };
    g_assert_true(options_parse(&told->options, "kiosk", 6, argv, &status));
    g_unsetenv("CALLAPI_IDLE");
    g_unsetenv("CALLAPI_FULLSCREEN");
    g_unsetenv("CALLAPI_USER");
    g_assert_cmpstr(told->options.user, ==, "option");
    g_assert_cmpstr(told->options.room, ==, "Lobby");
    g_assert_cmpfloat(told->options.idle, ==, 20);
    g_assert_cmpfloat(told->options.timeout, ==, 7);
    g_assert_false(told->options.fullscreen);
    g_assert_cmpuint(g_strv_length(told->options.reception), ==, 2);
    g_assert_cmpstr(told->options.reception[1], ==, "B: y, z");
    options_clear(&told->options);
}

/* --flag=false takes back what was said before; a value that looks like an option is one all the same. */
static void test_flags(struct told *told, gconstpointer data)
{
    (void)data;
    static const char text[] = "[screen]\noverlay=true\nfullscreen=true\nspeak=true\n";
    char *arguments[] = { "kiosk",       "--overlay=false", "--fullscreen=yes",
                          "--relay",     "--relay=no",      "--software=1",
                          "--verbose=0", "--verbose",       "--ice-server",
                          "--speak",     "--ice-server",    "b",
                          NULL };
    g_auto(GStrv) all = collect(told, text, -1, (int)G_N_ELEMENTS(arguments) - 1, arguments);
    g_autofree char *joined = all ? g_strjoinv(" ", all) : NULL;
    g_assert_cmpstr(told->error, ==, NULL);
    g_assert_cmpstr(joined, ==, "kiosk --speak --fullscreen --software --verbose --ice-server --speak --ice-server b");
    char *wrong[] = { "kiosk", "--overlay=maybe", NULL };
    g_assert_null(collect(told, text, -1, 2, wrong));
    g_assert_cmpstr(told->error, ==, "--overlay wants true or false, not 'maybe'");
}

/* A configuration without a language goes back to the environment's; one that is only looked at changes nothing. */
static void test_language(struct told *told, gconstpointer data)
{
    (void)data;
    char *argv[] = { "kiosk", "--language=zh_CN", NULL };
    language_use(NULL);
    g_autofree char *before = g_strdup(g_getenv("LANGUAGE"));
    g_assert_true(options_read(&told->options, 2, argv, &told->error));
    g_assert_cmpstr(told->options.language, ==, "zh_CN");
    g_assert_cmpstr(g_getenv("LANGUAGE"), ==, before);
    language_use(told->options.language);
    g_assert_cmpstr(g_getenv("LANGUAGE"), ==, "zh_CN");
    language_use(NULL);
    g_assert_cmpstr(g_getenv("LANGUAGE"), ==, before);
    options_clear(&told->options);
}

static void test_wrong_lines(struct told *told, gconstpointer data)
{
    (void)data;
    static const struct {
        const char *text;
        int line;
        const char *said;
    } wrong[] = {
        { "[kiosk]\nidle=10\nidel=20\n", 3, "'idel' is not known" },
        { "[kiosk]\n# a comment\n\nidle=soon\n", 4, "idle" },
        { "[kiosk]\nidle=-1\n", 2, "--idle" },
        { "[kiosk]\nidle=1\nidle=2\n", 3, "line 2 already" },
        { "[kiosk]\nidle=1\n[screen]\n[kiosk]\nidle=2\n", 5, "line 2 already" },
        { "[kiosk]\nroom=Lobby\n", 2, "belongs to [connection]" },
        { "[kiosk]\nopening-hours=always\n", 2, "Mon-Fri" },
        { "[kiosk]\nreception=Reception\n", 2, "LABEL" },
        { "[kiosk]\nreception=A: b; C: d; E: f; G: h; I: j\n", 2, "4 buttons" },
        { "[media]\nvideo=film.mkv\n\ncamera=/dev/video0\n", 4, "exclude each other" },
        { "[screen]\nfullscreen=maybe\n", 2, "true or false" },
        { "[screen]\nscreen=big\n", 2, "--screen" },
        { "[connection]\nconfig=other.ini\n", 2, "not known" },
        { "[kiosk]\nthis is no line\n", 2, "" },
        { "idle=1\n", 1, "" },
        { "# a comment\n\nidle=1\n[kiosk]\n", 3, "" },
        { "[kiosk]\nidle=1\n[screen\nfullscreen=true\n", 3, "" },
        { "[kiosk]\nidle=1\n=5\nidle=2", 3, "" },
        { "[kiosk]\nidle=1\nno line, and the last", 3, "" },
        { "[kiosk]\nidle=1\n[kioks]\n", 3, "[kioks] is not known" },
        { "[kiosk]\nidle=nan\n", 2, "--idle" },
        { "[kiosk]\nreception-ring=nan\n", 2, "--reception-ring" },
        { "[call]\ntimeout=nan\n", 2, "--timeout" },
        { "[call]\naccept-after=-nan\n", 2, "--accept-after" },
        { "[connection]\nuser=kiosk\nhub=http://127.0.0.1\n", 3, "--hub" },
        { "[connection]\nhub=ws://\n", 2, "--hub" },
        { "[connection]\nuser=a/b\n", 2, "--user" },
        { "[connection]\nroom=a/b\n", 2, "--room" },
        { "[connection]\nto=x/y/z\n", 2, "--to" },
        { "[connection]\nca=/nowhere/ca.pem\n", 2, "--ca" },
        { "[connection]\nca=" SOURCE_DIR "/assets/kiosk.ini\n", 2, "--ca" },
        { "[kiosk]\nmanager=admin; a/b\n", 2, "--manager" },
        { "[call]\nallow=a/b\n", 2, "--allow" },
        { "[kiosk]\nreception=A: b, c/d\n", 2, "LABEL" },
        { "[network]\nice-server=stun:a; turn:b?transport=pigeon\nice-user=c\n", 2, "transport" },
        { "[screen]\n\ntheme=/nowhere/theme.ini\nfullscreen=true\n", 3, "cannot be read" },
    };
    char *arguments[] = { "kiosk", NULL };
    for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++) {
        g_auto(GStrv) all = collect(told, wrong[i].text, -1, 1, arguments);
        g_autofree char *place = g_strdup_printf("%s:%d: ", told->path, wrong[i].line);
        g_assert_null(all);
        g_test_message("%s", told->error);
        if (!g_str_has_prefix(told->error, place) || !strstr(told->error, wrong[i].said))
            g_error("'%s' does not begin with '%s' or does not say '%s'", told->error, place, wrong[i].said);
    }
}

/* Who mends it hears of all that is wrong, and of nothing that is right without that. */
static void test_all_wrong_lines(struct told *told, gconstpointer data)
{
    (void)data;
    static const char text[] = "\xef\xbb\xbf[connection]\nroom=a/b\nuser=kiosk\n[kiosk]\nidle=soon\n"
                               "[media]\nfilm=a\n[kioks]\n[media]\nsize=1\n";
    char *arguments[] = { "kiosk", "--overlay=maybe", NULL };
    g_setenv("CALLAPI_TIMEOUT", "long", TRUE);
    g_assert_null(collect(told, text, -1, 2, arguments));
    g_unsetenv("CALLAPI_TIMEOUT");
    g_auto(GStrv) lines = g_strsplit(told->error, "\n", -1);
    static const char *const said[] = { ":2: 'room'",  ":5: 'idle'",      ":7: 'film'", ":10: 'size'",
                                        ":8: [kioks]", "CALLAPI_TIMEOUT", "--overlay" };
    g_assert_cmpuint(g_strv_length(lines), ==, G_N_ELEMENTS(said));
    for (size_t i = 0; i < G_N_ELEMENTS(said); i++)
        g_assert_nonnull(strstr(lines[i], said[i]));
}

static void test_byte_order_mark(struct told *told, gconstpointer data)
{
    (void)data;
    char *arguments[] = { "kiosk", NULL };
    g_auto(GStrv) all = collect(told, "\xef\xbb\xbf[connection]\nuser=kiosk\n", -1, 1, arguments);
    g_assert_cmpstr(told->error, ==, NULL);
    g_assert_cmpstr(all[1], ==, "--user=kiosk");
}

static void test_hostile_files(struct told *told, gconstpointer data)
{
    (void)data;
    char *arguments[] = { "kiosk", NULL };
    g_autofree char *huge = g_strnfill(1 << 17, '#');
    g_assert_null(collect(told, huge, -1, 1, arguments));
    g_assert_null(collect(told, "[kiosk]\nidle=\xff\xfe\n", -1, 1, arguments));
    g_assert_null(collect(told, "\0\1\2\3", 4, 1, arguments));
    g_autofree char *text = g_strnfill(1 << 16, '\n');
    g_auto(GStrv) all = collect(told, text, -1, 1, arguments);
    g_assert_cmpuint(g_strv_length(all), ==, 1);
    g_free(told->error);
    told->error = NULL;
    char *const nowhere[] = { "/nowhere/kiosk.ini", NULL };
    g_assert_null(options_collect(nowhere, 1, arguments, &told->error));
    g_assert_nonnull(strstr(told->error, "cannot be read"));
}

static char *read_file(const char *path)
{
    char *text = NULL;
    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    return text;
}

/* Secrets and the theme, which are read at once, are here, too; there is no authority here, one source of pictures, and
 * one certificate.
 */
static char *on_this_machine(const char *text, const char *folder)
{
    g_autoptr(GRegex)
        secret = g_regex_new("^((?:token|ice-credential)=@|"
                             "(?:token-secret|token-key|webhook-secret|turn-secret|manager-secret|manager-key)=).*$",
                             G_REGEX_MULTILINE, 0, NULL);
    g_autoptr(GRegex) away = g_regex_new("^(?:video|ca|tls)=.*$", G_REGEX_MULTILINE, 0, NULL);
    g_autofree char *line = g_strdup_printf("\\1%s/kiosk.ini", folder),
                    *with_secrets = g_regex_replace(secret, text, -1, 0, line, 0, NULL);
    g_autoptr(GRegex) assets = g_regex_new("^assets=.*$", G_REGEX_MULTILINE, 0, NULL),
                      theme = g_regex_new("^theme=.*$", G_REGEX_MULTILINE, 0, NULL);
    g_autofree char *with_assets = g_regex_replace_literal(assets, with_secrets, -1, 0, "assets=" SOURCE_DIR "/assets",
                                                           0, NULL);
    g_autofree char *with_theme = g_regex_replace_literal(theme, with_assets, -1, 0,
                                                          "theme=" SOURCE_DIR "/assets/theme/theme.ini", 0, NULL);
    return g_regex_replace_literal(away, with_theme, -1, 0, "#", 0, NULL);
}

/* What is the hub's alone stands in the hub's example alone. */
static bool is_shown(const struct option_row *row, const char *command)
{
    bool of_hub = options_belongs(row, "hub");
    return row->section && (!strcmp(command, "hub") ? of_hub : !of_hub || options_belongs(row, command));
}

/* The example in assets has every option, on or commented out, in its section, and what it says with the # away is
 * right, too. `data`: the command that it is for. */
static void test_example(struct told *told, gconstpointer data)
{
    const char *command = data;
    struct options options;
    struct raw raw;
    struct option_row rows[OPTIONS_MAX];
    g_autofree char *path = g_strdup_printf(SOURCE_DIR "/assets/%s.ini", command), *text = read_file(path);
    g_autoptr(GRegex) commented = g_regex_new("^#([a-z-]+=)", G_REGEX_MULTILINE, 0, NULL);
    g_autofree char *all_on = g_regex_replace(commented, text, -1, 0, "\\1", 0, NULL);
    g_autoptr(GKeyFile) file = g_key_file_new();
    g_assert_true(g_key_file_load_from_data(file, all_on, (size_t)-1, G_KEY_FILE_NONE, NULL));
    int n = options_table(rows, &options, &raw);
    for (int i = 0; i < n; i++)
        if (is_shown(&rows[i], command) !=
            g_key_file_has_key(file, rows[i].section ? rows[i].section : "", rows[i].entry.long_name, NULL))
            g_error("%s: %s in [%s] is missing, or does nothing there", path, rows[i].entry.long_name, rows[i].section);
    char *arguments[] = { (char *)command, NULL };
    g_auto(GStrv) as_it_is = collect(told, text, -1, 1, arguments);
    g_assert_cmpstr(told->error, ==, NULL);
    g_assert_nonnull(as_it_is);
    g_autofree char *all_here = on_this_machine(all_on, told->folder);
    g_auto(GStrv) with_all = collect(told, all_here, -1, 1, arguments);
    g_assert_cmpstr(told->error, ==, NULL);
    g_assert_cmpuint(g_strv_length(with_all), >, g_strv_length(as_it_is));
}

/* Where phones find the page of a hub that serves one; a broker has none. */
static void test_page(void)
{
    static const char *const pages[][2] = {
        { "ws://10.0.0.1:8080", "http://10.0.0.1:8080/" },
        { "ws://[fd77::1]:8080/", "http://[fd77::1]:8080/" },
        { "wss://calls.example/behind/", "https://calls.example/behind/" },
        { "wss://calls.example", "https://calls.example/" },
        { "mqtts://broker.example:8883", NULL },
        { "embedded", NULL },
        { NULL, NULL },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(pages); i++) {
        g_autofree char *page = handover_page_of_hub(pages[i][0]);
        g_assert_cmpstr(page, ==, pages[i][1]);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_unsetenv("CALLAPI_HISTORY"); /* all tests have that */
    g_test_add_func("/kiosk/hours/open", test_open);
    g_test_add_func("/kiosk/hours/next", test_next);
    g_test_add_func("/kiosk/hours/wrong", test_no_hours);
    g_test_add_func("/kiosk/reception/in-turn", test_in_turn);
    g_test_add_func("/kiosk/reception/stops", test_stops);
    g_test_add_func("/kiosk/reception/wrong", test_no_button);
    g_test_add_func("/kiosk/handover/page", test_page);
    g_test_add("/kiosk/options/precedence", struct told, NULL, set_up, test_precedence, tear_down);
    g_test_add("/kiosk/options/flags", struct told, NULL, set_up, test_flags, tear_down);
    g_test_add("/kiosk/options/language", struct told, NULL, set_up, test_language, tear_down);
    g_test_add("/kiosk/options/wrong-lines", struct told, NULL, set_up, test_wrong_lines, tear_down);
    g_test_add("/kiosk/options/all-wrong-lines", struct told, NULL, set_up, test_all_wrong_lines, tear_down);
    g_test_add("/kiosk/options/byte-order-mark", struct told, NULL, set_up, test_byte_order_mark, tear_down);
    g_test_add("/kiosk/options/hostile", struct told, NULL, set_up, test_hostile_files, tear_down);
    g_test_add("/kiosk/options/example", struct told, "kiosk", set_up, test_example, tear_down);
    g_test_add("/kiosk/options/example-of-hub", struct told, "hub", set_up, test_example, tear_down);
    return g_test_run();
}
