/* A short scenario, once for each call that it makes: with that one failing, and then again with none. */
#ifndef CALLAPI_TESTS_FAULTS_EACH_FAULT_H
#define CALLAPI_TESTS_FAULTS_EACH_FAULT_H

#include <glib.h>
#include <stdbool.h>

#include "fail.h"

/* Of what fails how there is a test. */
struct fault_kind {
    const char *name; /* the test's */
    enum fail_group group;
    enum fail_way way;
    bool tls; /* in what the scenario does with TLS */
};

struct fault_scenario {
    /* The scenario; gives back all that it has taken. False: it did not come to its end, and whoever has to know was
     * told, by `fault_told` or on the log (a message or more). What must hold in any case it asserts itself. */
    bool (*run)(void *user_data);
    void *user_data;
};

/* Whom it concerns was told by an error that was handed back. */
void fault_told(void);

/* Nothing crashes or stays behind, and right after it the scenario passes. Each call fails, or, where they are too
 * many, as many of them as `seconds` of CPU allow, from a random one on; those are printed. In the environment:
 * FAULT=N, only the N-th; FAULT_SECONDS=S in place of `seconds`. */
void fault_each(const struct fault_scenario *scenario, const struct fault_kind *kind, double seconds);

/* The whole of main(): a test of each kind, which is handed to `test`, and calls fault_each. It keeps the log to
 * itself, and says at an abort which call had failed. */
int fault_main(int argc, char **argv, const struct fault_kind *kinds, size_t n, GTestDataFunc test);

#endif
