/* ICE candidates from the other side, a line each, after the credentials, which are the first two. */
#include "fuzz.h"
#include "net/transport/ice.h"

static void ignore_candidate(void *user_data, const char *candidate)
{
    (void)user_data;
    (void)candidate;
}

static void ignore_state(void *user_data, enum ice_state state)
{
    (void)user_data;
    (void)state;
}

static void ignore_data(void *user_data, uint8_t *data, size_t size)
{
    (void)user_data;
    (void)data;
    (void)size;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct ice_listener nobody = { ignore_candidate, ignore_state, ignore_data };
    struct fuzz_input input = { data, size };
    struct reactor *reactor = reactor_create();
    struct ice *ice = ice_create(&(struct ice_config){ .reactor = reactor, .listener = &nobody });
    g_autofree char *ufrag = fuzz_line(&input), *pwd = fuzz_line(&input), *own_ufrag = NULL, *own_pwd = NULL;
    if (ice && ufrag && pwd && ice_set_remote_credentials(ice, ufrag, pwd)) {
        char *line;
        while ((line = fuzz_line(&input))) {
            ice_add_remote_candidate(ice, line);
            g_free(line);
        }
        ice_end_of_remote_candidates(ice);
        g_assert_false(ice_send(ice, data, size)); /* no check was answered yet */
        ice_set_controlling(ice);
    }
    if (ice)
        ice_local_credentials(ice, &own_ufrag, &own_pwd);
    g_assert_true(!ice || (own_ufrag && own_pwd));
    ice_destroy(ice);
    reactor_destroy(reactor);
    return 0;
}
