/* What was as large as a picture and was freed leaves nothing in the heap. */
#include "platform/heap.h"

#include <glib.h>
#include <stdlib.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

#if defined __GLIBC__ && !defined __SANITIZE_ADDRESS__ && __GLIBC_PREREQ(2, 33)
static void large_blocks_stand_by_themselves(void)
{
    enum { PICTURE = 8 << 20, SMALLER = 1 << 20 };
    heap_return_large();
    void *volatile picture = malloc(PICTURE); /* volatile: a compiler may leave out what nobody uses */
    free(picture);
    size_t before = mallinfo2().hblkhd;
    void *volatile smaller = malloc(SMALLER);
    g_assert_cmpuint(mallinfo2().hblkhd, >=,
                     before + SMALLER); /* not in the heap, as glibc would have it from now on */
    free(smaller);
    g_assert_cmpuint(mallinfo2().hblkhd, ==, before);
}
#else
static void large_blocks_stand_by_themselves(void)
{
    heap_return_large();
    g_test_skip("another heap than glibc's");
}
#endif

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/heap/large", large_blocks_stand_by_themselves);
    return g_test_run();
}
