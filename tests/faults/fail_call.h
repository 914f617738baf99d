/* What the tables of calls are made of. */
#ifndef CALLAPI_TESTS_FAULTS_FAIL_CALL_H
#define CALLAPI_TESTS_FAULTS_FAIL_CALL_H

#include <dlfcn.h>
#include <errno.h>
#include <stddef.h>

#include "fail.h"

/* Whether this call of `name` fails now; `errors` by the way: 0 where it never fails so, and is not counted. The error,
 * or 0: it goes on. */
int fail_next(enum fail_group group, const char *name, const int errors[FAIL_WAYS]);
/* The same for a call that knows but one way. */
bool fail_now(enum fail_group group, const char *name);

#define FAIL_VISIBLE __attribute__((visibility("default")))

#define FAIL_REAL(type, name, parameters)                                                                              \
    static type(*real) parameters;                                                                                     \
    if (!real)                                                                                                         \
    *(void **)&real = dlsym(RTLD_NEXT, #name)

/* A call that sets errno: what it gives then, and the errors of the three ways. */
#define FAIL_CALL(group, type, name, parameters, arguments, failed, error, interrupted, again)                         \
    FAIL_VISIBLE type name parameters                                                                                  \
    {                                                                                                                  \
        FAIL_REAL(type, name, parameters);                                                                             \
        int why = fail_next(group, #name, (const int[FAIL_WAYS]){ error, interrupted, again });                        \
        if (!why)                                                                                                      \
            return real arguments;                                                                                     \
        errno = why;                                                                                                   \
        return failed;                                                                                                 \
    }

/* A call of a library that just gives `failed`; an expression, which may leave an error with the library as well. */
#define FAIL_ANSWER(group, type, name, parameters, arguments, failed)                                                  \
    FAIL_VISIBLE type name parameters                                                                                  \
    {                                                                                                                  \
        FAIL_REAL(type, name, parameters);                                                                             \
        return fail_now(group, #name) ? (failed) : real arguments;                                                     \
    }

/* A call within which nothing fails. */
#define FAIL_NEVER(type, name, parameters, arguments)                                                                  \
    FAIL_VISIBLE type name parameters                                                                                  \
    {                                                                                                                  \
        FAIL_REAL(type, name, parameters);                                                                             \
        fail_hold();                                                                                                   \
        type result = real arguments;                                                                                  \
        fail_release();                                                                                                \
        return result;                                                                                                 \
    }

#endif
