#include "render/bidi.h"

#include <fribidi.h>
#include <string.h>

struct levels {
    gunichar *letters;
    glong n;
    FriBidiLevel *of; /* odd: right to left */
    FriBidiLevel highest;
};

static void free_run(gpointer data)
{
    struct bidi_run *run = data;
    g_free(run->text);
    g_free(run);
}

/* False: all goes from left to right. */
static bool find_levels(struct levels *levels)
{
    FriBidiParType base = FRIBIDI_PAR_ON; /* by the first letter that has a direction */
    g_autofree FriBidiCharType *types = g_new(FriBidiCharType, levels->n);
    g_autofree FriBidiBracketType *brackets = g_new(FriBidiBracketType, levels->n);
    fribidi_get_bidi_types(levels->letters, (FriBidiStrIndex)levels->n, types);
    fribidi_get_bracket_types(levels->letters, (FriBidiStrIndex)levels->n, types, brackets);
    levels->highest = fribidi_get_par_embedding_levels_ex(types, brackets, (FriBidiStrIndex)levels->n, &base,
                                                          levels->of) -
                      1;
    return levels->highest > 0;
}

static void find_script(struct bidi_run *run, const gunichar *letters, glong n)
{
    uint32_t tag = 0x5A797979; /* Zyyy */
    for (glong i = 0; i < n; i++) {
        GUnicodeScript script = g_unichar_get_script(letters[i]);
        if (script == G_UNICODE_SCRIPT_COMMON || script == G_UNICODE_SCRIPT_INHERITED ||
            script == G_UNICODE_SCRIPT_UNKNOWN)
            continue;
        tag = g_unicode_script_to_iso15924(script);
        break;
    }
    for (int i = 0; i < 4; i++)
        run->script[i] = (char)(tag >> (24 - 8 * i));
}

static struct bidi_run *make_run(const struct levels *levels, glong begin, glong end)
{
    struct bidi_run *run = g_new0(struct bidi_run, 1);
    run->text = g_ucs4_to_utf8(levels->letters + begin, end - begin, NULL, NULL, NULL);
    run->right_to_left = levels->of[begin] & 1;
    find_script(run, levels->letters + begin, end - begin);
    return run;
}

struct piece {
    struct bidi_run *run;
    FriBidiLevel level;
};

/* Rule L2: from the highest level on, whatever is at that level or above it is turned round. */
static void reorder(GArray *pieces, FriBidiLevel highest)
{
    for (FriBidiLevel level = highest; level > 0; level--)
        for (guint i = 0; i < pieces->len; i++) {
            guint end = i;
            while (end < pieces->len && g_array_index(pieces, struct piece, end).level >= level)
                end++;
            for (guint a = i, b = end; a + 1 < b; a++) {
                b--;
                struct piece piece = g_array_index(pieces, struct piece, a);
                g_array_index(pieces, struct piece, a) = g_array_index(pieces, struct piece, b);
                g_array_index(pieces, struct piece, b) = piece;
            }
            i = MAX(end, i + 1) - 1;
        }
}

GPtrArray *bidi_runs(const char *line, bidi_same same, void *user_data)
{
    GPtrArray *runs = g_ptr_array_new_with_free_func(free_run);
    struct levels levels = { 0 };
    levels.letters = g_utf8_to_ucs4_fast(line, -1, &levels.n);
    levels.of = g_new0(FriBidiLevel, levels.n + 1);
    if (levels.n && !find_levels(&levels))
        memset(levels.of, 0, (size_t)levels.n * sizeof *levels.of);
    g_autoptr(GArray) pieces = g_array_new(FALSE, FALSE, sizeof(struct piece));
    for (glong begin = 0, end; begin < levels.n; begin = end) {
        glong last = begin; /* letter that is no space: those are of any font */
        for (end = begin + 1; end < levels.n; end++) {
            if (levels.of[end] != levels.of[begin] ||
                (same && !same(user_data, levels.letters[last], levels.letters[end])))
                break;
            last = g_unichar_isspace(levels.letters[end]) ? last : end;
        }
        struct piece piece = { make_run(&levels, begin, end), levels.of[begin] };
        g_array_append_val(pieces, piece);
    }
    reorder(pieces, levels.highest);
    for (guint i = 0; i < pieces->len; i++)
        g_ptr_array_add(runs, g_array_index(pieces, struct piece, i).run);
    g_free(levels.letters);
    g_free(levels.of);
    return runs;
}
