/* Calls that fail on purpose. The program's own definitions stand before those of the libraries, for all that is linked
 * into it: each asks here whether it is the one that fails this time, and is the real one otherwise. Which calls there
 * are stands in tables, a line each: fail_system.c, fail_tls.c, fail_ice.c, fail_sql.c; a test names those it needs.
 *
 * GLib ends the program where it gets no memory, and so do we: what it and we allocate never fails here
 * (.github/SECURITY.md says why that is enough). Of the libraries that answer, memory fails as any other call. */
#ifndef CALLAPI_TESTS_FAULTS_FAIL_H
#define CALLAPI_TESTS_FAULTS_FAIL_H

#include <stdbool.h>

enum fail_group {
    FAIL_AV_MEMORY, /* FFmpeg's: posix_memalign, which nothing else here uses */
    FAIL_SOCKET,    /* made, bound, listening, connected, accepted, asked for its addresses */
    FAIL_SEND,
    FAIL_RECEIVE,
    FAIL_OPEN,
    FAIL_READ,
    FAIL_WRITE, /* and what makes it last */
    FAIL_TLS,
    FAIL_TLS_MEMORY,
    FAIL_ICE,
    FAIL_SRTP,
    FAIL_SQL_MEMORY,
    FAIL_GROUPS
};

/* How: by the error that is typical, or by one that says that nothing is wrong, where the call may give it. */
enum fail_way { FAIL_ERROR, FAIL_INTERRUPTED, FAIL_AGAIN, FAIL_WAYS };

/* From now on the n-th call of this kind from here, by any thread, counted from 1, fails, and no other one; 0: none,
 * they are counted only. */
void fail_at(enum fail_group group, enum fail_way way, int n);
/* None fails any more. How many calls there were. */
int fail_end(void);
/* Which one failed, since fail_at; NULL: it was not reached. */
const char *fail_happened(void);
/* What this thread calls in between is the test's own business: neither counted nor failed. They nest. */
void fail_hold(void);
void fail_release(void);

const char *fail_group_name(enum fail_group group);
const char *fail_way_name(enum fail_way way);

/* Before anything else is asked of the library. */
void fail_tls_prepare(void); /* fail_tls.c: OpenSSL's memory */
void fail_sql_prepare(void); /* fail_sql.c: SQLite's memory */

#endif
