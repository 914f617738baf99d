/* Safety codes: the definition's vectors (tests/web/safety_code.js has the same ones), and what makes another code. */
#include "engine/call/safety_code.h"

#include <glib.h>
#include <string.h>

#define CALL "11111111-2222-4333-8444-555555555555"

static void count_up(uint8_t certificate[SAFETY_CODE_CERTIFICATE], int first, int step)
{
    for (int i = 0; i < SAFETY_CODE_CERTIFICATE; i++)
        certificate[i] = (uint8_t)(first + i * step);
}

static void is(const uint8_t *one, const uint8_t *other, const char *call_id, const char *expected)
{
    char code[SAFETY_CODE_SIZE], back[SAFETY_CODE_SIZE];
    safety_code(one, other, call_id, code);
    safety_code(other, one, call_id, back);
    g_assert_cmpstr(code, ==, expected);
    g_assert_cmpstr(back, ==, expected);
}

static void vectors(void)
{
    uint8_t up[SAFETY_CODE_CERTIFICATE], down[SAFETY_CODE_CERTIFICATE], low[SAFETY_CODE_CERTIFICATE],
        high[SAFETY_CODE_CERTIFICATE] = { 0x80 }, zero[SAFETY_CODE_CERTIFICATE] = { 0 };
    count_up(up, 0, 1);
    count_up(down, 255, -1);
    memset(low, 0xff, sizeof low);
    low[0] = 0x7f;
    is(up, down, CALL, "Aztec butterfat trauma newsletter");
    is(up, down, "11111111-2222-4333-8444-555555555556", "beehive unicorn orca impetus");
    is(zero, zero, "00000000-0000-0000-0000-000000000000", "chopper souvenir ringbolt article");
    is(high, low, "abcdefab-cdef-4abc-8def-abcdefabcdef", "cement butterfat indoors sandalwood");
    is(high, low, "ABCDEFAB-CDEF-4ABC-8DEF-ABCDEFABCDEF", "cement butterfat indoors sandalwood");
}

/* Each bit of either certificate counts. */
static void one_bit_makes_another(void)
{
    uint8_t certificates[2][SAFETY_CODE_CERTIFICATE];
    char right[SAFETY_CODE_SIZE], wrong[SAFETY_CODE_SIZE];
    count_up(certificates[0], 3, 5);
    count_up(certificates[1], 7, 11);
    safety_code(certificates[0], certificates[1], CALL, right);
    for (int i = 0; i < 2 * 8 * SAFETY_CODE_CERTIFICATE; i++) {
        uint8_t *byte = &certificates[i & 1][i / 16], bit = (uint8_t)(1 << (i / 2 % 8));
        *byte ^= bit;
        safety_code(certificates[0], certificates[1], CALL, wrong);
        g_assert_cmpstr(wrong, !=, right);
        *byte ^= bit;
    }
}

/* Among thousands of calls all words are met, each in its places, and every code is whole. */
static void all_words_are_used(void)
{
    g_autoptr(GHashTable) met = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    uint8_t one[SAFETY_CODE_CERTIFICATE], other[SAFETY_CODE_CERTIFICATE];
    count_up(one, 1, 3);
    count_up(other, 2, 7);
    for (int i = 0; i < 10000; i++) {
        char code[SAFETY_CODE_SIZE];
        g_autofree char *id = g_strdup_printf("11111111-2222-4333-8444-%012x", i);
        safety_code(one, other, id, code);
        g_auto(GStrv) words = g_strsplit(code, " ", -1);
        g_assert_cmpuint(g_strv_length(words), ==, 4);
        for (int place = 0; place < 4; place++) {
            g_assert_cmpuint(strlen(words[place]), >=, 4);
            g_hash_table_add(met, g_strdup_printf("%s %s", place % 2 ? "odd" : "even", words[place]));
        }
    }
    g_assert_cmpuint(g_hash_table_size(met), ==, 512);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/safety-code/vectors", vectors);
    g_test_add_func("/safety-code/one-bit", one_bit_makes_another);
    g_test_add_func("/safety-code/words", all_words_are_used);
    return g_test_run();
}
