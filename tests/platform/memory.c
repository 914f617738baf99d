/* What was freed below something that stays is the system's again. */
#include "platform/memory.h"

#include <glib.h>
#include <stdio.h>
#include <string.h>

enum { BLOCKS = 40000, BLOCK = 1000, KB_OF_ALL = BLOCKS * BLOCK / 1024 };

static int own_kb(void)
{
    g_autofree char *text = NULL;
    int kb = -1;
    if (!g_file_get_contents("/proc/self/smaps_rollup", &text, NULL, NULL))
        return kb;
    const char *line = strstr(text, "Pss_Anon:");
    return line && sscanf(line, "Pss_Anon: %d", &kb) == 1 ? kb : -1;
}

static void test_give_back(void)
{
    static char *blocks[BLOCKS];
#if defined(__SANITIZE_ADDRESS__)
    g_test_skip("the address sanitizer's allocator is another");
    return;
#endif
#ifndef __GLIBC__
    g_test_skip("another C library than glibc");
    return;
#endif
    if (own_kb() < 0) {
        g_test_skip("the system does not tell what a process has");
        return;
    }
    for (int i = 0; i < BLOCKS; i++)
        memset(blocks[i] = g_malloc(BLOCK), 1, BLOCK);
    for (int i = 0; i < BLOCKS - 1; i++)
        g_free(blocks[i]);
    int kept = own_kb();
    memory_give_back();
    int left = own_kb();
    g_test_message("%d kB, then %d", kept, left);
    g_assert_cmpint(kept - left, >, KB_OF_ALL * 9 / 10);
    g_free(blocks[BLOCKS - 1]);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/memory/give-back", test_give_back);
    return g_test_run();
}
