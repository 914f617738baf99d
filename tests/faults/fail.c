#include "fail.h"

#include <stdatomic.h>
#include <stddef.h>

#include "fail_call.h"

static atomic_bool armed;
static enum fail_group group;
static enum fail_way way;
static int which;
static atomic_int calls;
static _Atomic(const char *) failed;
static _Thread_local int held;

void fail_at(enum fail_group its_group, enum fail_way its_way, int n)
{
    armed = false;
    group = its_group;
    way = its_way;
    which = n;
    calls = 0;
    failed = NULL;
    armed = true;
}

int fail_end(void)
{
    armed = false;
    return calls;
}

const char *fail_happened(void)
{
    return failed;
}

void fail_hold(void)
{
    held++;
}

void fail_release(void)
{
    held--;
}

int fail_next(enum fail_group its_group, const char *name, const int errors[FAIL_WAYS])
{
    if (!armed || held || its_group != group || !errors[way])
        return 0;
    if (++calls != which)
        return 0;
    failed = name;
    return errors[way];
}

bool fail_now(enum fail_group its_group, const char *name)
{
    return fail_next(its_group, name, (const int[FAIL_WAYS]){ [FAIL_ERROR] = ENOMEM });
}

const char *fail_group_name(enum fail_group its_group)
{
    static const char *const names[FAIL_GROUPS] = {
        [FAIL_AV_MEMORY] = "av-memory",
        [FAIL_SOCKET] = "socket",
        [FAIL_SEND] = "send",
        [FAIL_RECEIVE] = "receive",
        [FAIL_OPEN] = "open",
        [FAIL_READ] = "read",
        [FAIL_WRITE] = "write",
        [FAIL_TLS] = "tls",
        [FAIL_TLS_MEMORY] = "tls-memory",
        [FAIL_ICE] = "ice",
        [FAIL_SRTP] = "srtp",
        [FAIL_SQL_MEMORY] = "sql-memory",
    };
    return names[its_group];
}

const char *fail_way_name(enum fail_way its_way)
{
    static const char *const names[FAIL_WAYS] = { "error", "interrupted", "again" };
    return names[its_way];
}
