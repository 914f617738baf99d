/* In which order words are seen, and where lines end: against what Unicode's annexes and a reader of those languages
 * expect. */
#include <glib.h>
#include <string.h>

#include "render/bidi.h"
#include "render/wrap.h"

/* The runs as they are seen, with < before those that go from right to left, joined by |. */
static char *seen(const char *line)
{
    g_autoptr(GPtrArray) runs = bidi_runs(line, NULL, NULL);
    GString *all = g_string_new(NULL);
    for (guint i = 0; i < runs->len; i++) {
        const struct bidi_run *run = runs->pdata[i];
        g_string_append_printf(all, "%s%s%s", i ? "|" : "", run->right_to_left ? "<" : "", run->text);
    }
    return g_string_free(all, FALSE);
}

static void test_order(void)
{
    static const struct {
        const char *line, *seen;
    } cases[] = {
        { "", "" },
        { "Calling Anna", "Calling Anna" },
        { "王小明", "王小明" },
        { "غرفة", "<غرفة" },
        { "Calling غرفة now", "Calling |<غرفة| now" },
        { "غرفة 5", "5|<غرفة " }, /* the number keeps its direction, at the left of the word */
        { "שלום, Anna!", "<!|Anna|<שלום, " },
        { "Anna שלום", "Anna |<שלום" },
        { "אב 12 גד", "< גד|12|<אב " },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *found = seen(cases[i].line);
        g_assert_cmpstr(found, ==, cases[i].seen);
    }
}

static void test_scripts(void)
{
    static const struct {
        const char *line, *script;
    } cases[] = {
        { "Anna", "Latn" }, { "غرفة", "Arab" }, { "שלום", "Hebr" },
        { "王", "Hani" },   { "12", "Zyyy" },   { "· Anna", "Latn" },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GPtrArray) runs = bidi_runs(cases[i].line, NULL, NULL);
        g_assert_cmpstr(((const struct bidi_run *)runs->pdata[0])->script, ==, cases[i].script);
    }
}

static bool both_ascii(void *user_data, gunichar a, gunichar b)
{
    (void)user_data;
    return g_unichar_isspace(b) || (a < 128) == (b < 128);
}

static void test_fonts_part(void)
{
    g_autoptr(GPtrArray) runs = bidi_runs("Anna 王小明!", both_ascii, NULL);
    g_assert_cmpuint(runs->len, ==, 3);
    g_assert_cmpstr(((const struct bidi_run *)runs->pdata[1])->text, ==, "王小明");
    g_autoptr(GPtrArray) other = bidi_runs("正在呼叫 Anna", both_ascii, NULL);
    g_assert_cmpstr(((const struct bidi_run *)other->pdata[other->len - 1])->text, ==, "Anna");
}

/* ---- lines ---- */

/* Ten pixels for each letter. */
static int measure(void *user_data, const char *line)
{
    (void)user_data;
    return 10 * (int)g_utf8_strlen(line, -1);
}

static void test_wrap(void)
{
    static const struct {
        const char *text;
        int width, most;
        const char *lines;
    } cases[] = {
        { "", 100, 3, "" },
        { "one two three", 200, 3, "one two three" },
        { "one two three", 80, 3, "one two|three" },
        { "one two three", 50, 3, "one|two|three" },
        { "one two three", 50, 2, "one|two three" }, /* what is left over is the last line's */
        { "incomprehensibilities", 80, 9, "incompre|hensibil|ities" },
        { "a well-known fact", 70, 9, "a well-|known|fact" },
        { "请检查网络。再试一次", 60, 9, "请检查网络。|再试一次" },
        { "说（再见）了", 30, 9, "说（再|见）了" },
        { "no  end  ", 60, 9, "no|end" },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GPtrArray) lines = wrap_text(cases[i].text, cases[i].width, cases[i].most, measure, NULL);
        g_ptr_array_add(lines, NULL);
        g_autofree char *joined = g_strjoinv("|", (char **)lines->pdata);
        g_assert_cmpstr(joined, ==, cases[i].lines);
    }
}

/* Whatever it is: nothing is lost but spaces, and no line is too wide but the last. */
static void test_random(void)
{
    static const gunichar letters[] = { 'a',    'b',    ' ',    '-',     '.', 0x301,  0x5D0, 0x627,
                                        0x738B, 0x3002, 0xFF08, 0x1F600, '1', 0x202E, 0x200D };
    for (int round = 0; round < 2000; round++) {
        GString *text = g_string_new(NULL);
        int n = g_test_rand_int_range(0, 60), width = g_test_rand_int_range(1, 20) * 10,
            most = g_test_rand_int_range(1, 6);
        for (int i = 0; i < n; i++)
            g_string_append_unichar(text, letters[g_test_rand_int_range(0, G_N_ELEMENTS(letters))]);
        g_autoptr(GPtrArray) lines = wrap_text(text->str, width, most, measure, NULL);
        g_assert_cmpuint(lines->len, >=, 1);
        g_assert_cmpuint(lines->len, <=, (guint)most);
        GString *kept = g_string_new(NULL);
        for (guint i = 0; i < lines->len; i++) {
            g_string_append(kept, lines->pdata[i]);
            if (i + 1 < lines->len)
                g_assert_cmpint(measure(NULL, lines->pdata[i]), <=, width);
        }
        g_string_replace(kept, " ", "", 0);
        g_string_replace(text, " ", "", 0);
        g_assert_cmpstr(kept->str, ==, text->str);
        g_autoptr(GPtrArray) runs = bidi_runs(text->str, NULL, NULL);
        size_t letters_seen = 0;
        for (guint i = 0; i < runs->len; i++)
            letters_seen += strlen(((const struct bidi_run *)runs->pdata[i])->text);
        g_assert_cmpuint(letters_seen, ==, text->len);
        g_string_free(kept, TRUE);
        g_string_free(text, TRUE);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/bidi/order", test_order);
    g_test_add_func("/bidi/scripts", test_scripts);
    g_test_add_func("/bidi/fonts", test_fonts_part);
    g_test_add_func("/wrap/lines", test_wrap);
    g_test_add_func("/wrap/random", test_random);
    return g_test_run();
}
