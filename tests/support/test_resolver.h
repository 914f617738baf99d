/* GLib's resolver for a test: the names that it knows, without a network. */
#ifndef CALLAPI_TESTS_TEST_RESOLVER_H
#define CALLAPI_TESTS_TEST_RESOLVER_H

/* From now on, in this process: "two.test" is ::1 and then 127.0.0.1, "silent.test" is never answered, other names do
 * not exist. */
void test_resolver_use(void);
/* Look-ups of silent.test that wait. */
int test_resolver_waiting(void);

#endif
