/* ICE with what the other side and libnice say; the first two lines are the credentials, then a line each:
 *
 *   candidate:...   one of the other side's
 *   =   the state is that NUMBER of libnice's       *   it has gathered all candidates
 *   <   DATA comes       >   DATA is sent, and early, before a pair is selected
 *   ?   the servers are known; ?! what is relayed alone is used       !   we control
 *
 * No datagram leaves: GLib's and libnice's functions for that stand here. What must hold: what is told is what libnice
 * says, to the byte, and nothing after the end; nothing is sent early where it would show where we are. */
#include "fuzz.h"
#include "net/transport/ice.h"

#include <gio/gio.h>
#include <nice/agent.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_LINES = 200, EARLY_TARGETS = 16, SOCKETS = 64 };

static struct {
    NiceAgent *agent;
    guint stream;
    NiceAgentRecvFunc receive;
    gpointer user_data;
    bool refuses, connected, ended, relays_only;
    const char *sent;
    int early;
    enum ice_state state;
    int states, gathered;
    const uint8_t *received;
} test;

/* ---- the network ---- */

gssize g_socket_send_to(GSocket *socket, GSocketAddress *address, const gchar *buffer, gsize size,
                        GCancellable *cancellable, GError **error)
{
    (void)cancellable;
    (void)error;
    g_assert_true(g_socket_get_family(socket) == g_socket_address_get_family(address));
    g_assert_true(test.sent && !test.relays_only);
    g_assert_cmpmem(buffer, size, test.sent, strlen(test.sent));
    test.early++;
    return (gssize)size;
}

/* libnice's own ways, which it looks up in this program before GLib. */
#define SEEN_BY_LIBRARIES __attribute__((visibility("default")))

SEEN_BY_LIBRARIES gssize g_socket_send_message(GSocket *socket, GSocketAddress *address, GOutputVector *vectors,
                                               gint n_vectors, GSocketControlMessage **messages, gint n_messages,
                                               gint flags, GCancellable *cancellable, GError **error)
{
    gssize size = 0;
    (void)socket;
    (void)address;
    (void)messages;
    (void)n_messages;
    (void)flags;
    (void)cancellable;
    (void)error;
    for (int i = 0; i < n_vectors; i++)
        size += (gssize)vectors[i].size;
    return size;
}

SEEN_BY_LIBRARIES gint g_socket_send_messages(GSocket *socket, GOutputMessage *messages, guint n_messages, gint flags,
                                              GCancellable *cancellable, GError **error)
{
    (void)socket;
    (void)messages;
    (void)flags;
    (void)cancellable;
    (void)error;
    return (gint)n_messages;
}

gboolean nice_agent_attach_recv(NiceAgent *agent, guint stream, guint component, GMainContext *context,
                                NiceAgentRecvFunc receive, gpointer user_data)
{
    (void)component;
    (void)context;
    test.agent = agent;
    test.stream = stream;
    test.receive = receive;
    test.user_data = user_data;
    return !test.refuses;
}

gint nice_agent_send(NiceAgent *agent, guint stream, guint component, guint size, const gchar *buffer)
{
    (void)component;
    g_assert_true(agent == test.agent && stream == test.stream);
    g_assert_cmpmem(buffer, size, test.sent, strlen(test.sent));
    return test.connected ? (gint)size : -1;
}

/* ---- what is told ---- */

static void on_candidate(void *user_data, const char *candidate)
{
    (void)user_data;
    g_assert_true(!test.ended && (!candidate || g_str_has_prefix(candidate, "candidate:")));
    test.gathered += !candidate;
}

static void on_state(void *user_data, enum ice_state state)
{
    (void)user_data;
    g_assert_false(test.ended);
    test.state = state;
    test.states++;
}

static void on_data(void *user_data, uint8_t *data, size_t size)
{
    (void)user_data;
    (void)size;
    g_assert_false(test.ended);
    test.received = data;
}

static const struct ice_listener LISTENER = { on_candidate, on_state, on_data };

/* ---- what happens ---- */

static void change_state(NiceComponentState state)
{
    int told = test.states + !test.ended;
    if (state < 0 || state >= NICE_COMPONENT_STATE_LAST)
        return;
    g_signal_emit_by_name(test.agent, "component-state-changed", test.stream, 1, state);
    test.connected = state == NICE_COMPONENT_STATE_CONNECTED || state == NICE_COMPONENT_STATE_READY;
    g_assert_cmpint(test.states, ==, told);
    if (!test.ended)
        g_assert_true((test.state == ICE_CONNECTED) == test.connected);
}

static void finish_gathering(void)
{
    int told = test.gathered + !test.ended;
    g_signal_emit_by_name(test.agent, "candidate-gathering-done", test.stream);
    g_assert_cmpint(test.gathered, ==, told);
}

static void receive(char *text)
{
    test.receive(test.agent, test.stream, 1, (guint)strlen(text), text, test.user_data);
    g_assert_true(test.received == (uint8_t *)text);
}

static void send_text(struct ice *ice, const char *text)
{
    size_t size = strlen(text);
    test.sent = text;
    test.early = 0;
    g_assert_true(ice_send(ice, (const uint8_t *)text, size) == test.connected);
    ice_send_early(ice, (const uint8_t *)text, size);
    g_assert_cmpint(test.early, <=, EARLY_TARGETS * SOCKETS);
    test.sent = NULL;
}

static void use_servers(struct ice *ice, struct ice_servers *servers, bool relays_only)
{
    test.relays_only = relays_only;
    ice_servers_set_relay_only(servers, relays_only);
    ice_set_servers(ice, servers);
}

static void do_line(struct ice *ice, struct ice_servers *servers, char *line)
{
    if (line[0] == '=')
        change_state((NiceComponentState)atoi(line + 1));
    else if (line[0] == '*')
        finish_gathering();
    else if (line[0] == '<')
        receive(line + 1);
    else if (line[0] == '>')
        send_text(ice, line + 1);
    else if (line[0] == '?')
        use_servers(ice, servers, line[1] == '!');
    else if (line[0] == '!')
        ice_set_controlling(ice);
    else
        ice_add_remote_candidate(ice, line);
}

static void talk(struct ice *ice, struct ice_servers *servers, struct fuzz_input *input)
{
    char *line;
    for (int i = 0; i < MAX_LINES && (line = fuzz_line(input)); i++) {
        do_line(ice, servers, line);
        g_free(line);
    }
    ice_end_of_remote_candidates(ice);
}

/* By their addresses, which nobody has to look up; of this machine. */
static struct ice_servers *make_servers(struct reactor *reactor)
{
    static const char *const urls[] = { "stun:127.0.0.1:9", "stun:127.0.0.1:10", "turn:127.0.0.1:9",
                                        "turn:127.0.0.1:9?transport=tcp" };
    struct ice_servers *servers = ice_servers_create(reactor, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(urls); i++) {
        g_autofree char *error = NULL;
        g_assert_true(ice_servers_add(servers, urls[i], "user", "credential", &error));
    }
    reactor_flush(reactor);
    return servers;
}

/* The agent may outlive us, and says what nobody hears. */
static void end(struct ice *ice)
{
    NiceAgent *agent = g_object_ref(test.agent);
    ice_destroy(ice);
    test.ended = true;
    change_state(NICE_COMPONENT_STATE_READY);
    finish_gathering();
    g_object_unref(agent);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = { data, size };
    memset(&test, 0, sizeof test);
    g_autofree char *ufrag = fuzz_line(&input), *pwd = fuzz_line(&input), *own_ufrag = NULL, *own_pwd = NULL;
    test.refuses = ufrag && *ufrag == '!';
    struct reactor *reactor = reactor_create();
    struct ice_servers *servers = make_servers(reactor);
    struct ice *ice = ice_create(&(struct ice_config){ .reactor = reactor, .listener = &LISTENER });
    g_assert_true(!ice || !test.refuses);
    if (ice) {
        if (ufrag && pwd && ice_set_remote_credentials(ice, ufrag, pwd))
            talk(ice, servers, &input);
        ice_local_credentials(ice, &own_ufrag, &own_pwd);
        g_assert_true(own_ufrag && own_pwd);
        end(ice);
    }
    ice_servers_destroy(servers);
    reactor_destroy(reactor);
    return 0;
}
