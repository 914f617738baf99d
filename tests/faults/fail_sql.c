/* What SQLite allocates. Its own small store, which hides most of it, is left out. */
#include <glib.h>
#include <sqlite3.h>

#include "fail_call.h"

static sqlite3_mem_methods real;

static void *allocate(int size)
{
    return fail_now(FAIL_SQL_MEMORY, "malloc") ? NULL : real.xMalloc(size);
}

static void *reallocate(void *memory, int size)
{
    return fail_now(FAIL_SQL_MEMORY, "realloc") ? NULL : real.xRealloc(memory, size);
}

void fail_sql_prepare(void)
{
    g_assert_cmpint(sqlite3_config(SQLITE_CONFIG_GETMALLOC, &real), ==, SQLITE_OK);
    sqlite3_mem_methods ours = real;
    ours.xMalloc = allocate;
    ours.xRealloc = reallocate;
    g_assert_cmpint(sqlite3_config(SQLITE_CONFIG_MALLOC, &ours), ==, SQLITE_OK);
    g_assert_cmpint(sqlite3_config(SQLITE_CONFIG_LOOKASIDE, 0, 0), ==, SQLITE_OK);
}
