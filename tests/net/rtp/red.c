/* RED's blocks (RFC 2198), sound and malformed. */
#include "net/rtp/red.h"

#include <glib.h>
#include <string.h>

static void blocks_in_order(void)
{
    static const uint8_t payload[] = {
        0x80 | 111, 7 << 5 | 16 >> 1, 0, 3, 0x80 | 111, 0x0f, 0x00, 2, 111, 'a', 'b', 'c', 'd', 'e', 'f'
    };
    struct red_block blocks[RED_MOST_BLOCKS];
    g_assert_cmpint(red_parse(payload, sizeof payload, blocks), ==, 3);
    g_assert_cmpint(blocks[0].timestamp_offset, ==, (7 << 5 | 16 >> 1) << 6);
    g_assert_cmpint(blocks[1].timestamp_offset, ==, 960);
    g_assert_cmpint(blocks[2].timestamp_offset, ==, 0);
    g_assert_cmpmem(blocks[0].data, blocks[0].size, "abc", 3);
    g_assert_cmpmem(blocks[1].data, blocks[1].size, "de", 2);
    g_assert_cmpmem(blocks[2].data, blocks[2].size, "f", 1);
    for (int i = 0; i < 3; i++)
        g_assert_cmpint(blocks[i].payload_type, ==, 111);
}

/* Wherever it is cut, or whatever its octets are, nothing is read that is not there. */
static void malformed(void)
{
    struct red_block blocks[RED_MOST_BLOCKS];
    static const uint8_t whole[] = { 0x80 | 111, 0, 0, 4, 111, 1, 2, 3, 4 };
    g_assert_cmpint(red_parse(whole, sizeof whole, blocks), ==, 2);
    g_assert_cmpint(blocks[1].size, ==, 0);
    for (size_t size = 0; size < sizeof whole; size++) {
        g_autofree uint8_t *cut = g_memdup2(whole, size);
        g_assert_cmpint(red_parse(cut, size, blocks), ==, 0);
    }
    uint8_t many[4 * RED_MOST_BLOCKS + 1] = { 0 };
    for (int i = 0; i < RED_MOST_BLOCKS; i++)
        many[4 * i] = 0x80 | 111;
    many[4 * RED_MOST_BLOCKS] = 111;
    g_assert_cmpint(red_parse(many, sizeof many, blocks), ==, 0);
    g_assert_cmpint(red_parse(many + 4, sizeof many - 4, blocks), ==, RED_MOST_BLOCKS);
    for (int turn = 0; turn < 100000; turn++) {
        size_t size = (size_t)g_test_rand_int_range(0, 48);
        g_autofree uint8_t *random = g_malloc(size + 1);
        for (size_t i = 0; i < size; i++)
            random[i] = (uint8_t)g_test_rand_int();
        int n = red_parse(random, size, blocks);
        for (int i = 0; i < n; i++)
            g_assert_true(blocks[i].data >= random && blocks[i].data + blocks[i].size <= random + size);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/red/blocks", blocks_in_order);
    g_test_add_func("/red/malformed", malformed);
    return g_test_run();
}
