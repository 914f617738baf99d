/* Two peers that reach each other through a real TURN server only (coturn): over UDP, TCP and TLS. */
#include "peer_pair.h"

#include "net/transport/ice_probe.h"
#include "turn_server.h"

/* Only relayed candidates are told, and media pass both ways. */
static void through(struct turn_server *server, const char *url)
{
    struct pair pair = { .reactor = reactor_create(), .identity = dtls_identity_create(), .before = belongings_now() };
    g_autofree char *error = NULL;
    pair.ice_servers = ice_servers_create(pair.reactor, server->certificate.cert);
    ice_servers_set_relay_only(pair.ice_servers, true);
    g_assert_true(ice_servers_add(pair.ice_servers, url, "anna", "secret", &error));
    wait_until(&pair, ice_servers_at(pair.ice_servers, 0));
    open_agent(&pair, &pair.caller, &pair.callee, true, AV_CODEC_ID_H264);
    open_agent(&pair, &pair.callee, &pair.caller, false, AV_CODEC_ID_H264);
    wait_until(&pair, peer_milestones(pair.caller.peer).gathered_us && peer_milestones(pair.callee.peer).gathered_us);
    g_autofree char *offer = peer_offer(pair.caller.peer);
    g_assert_nonnull(strstr(offer, "typ relay"));
    g_assert_null(strstr(offer, "typ host"));
    g_autofree char *answer = peer_answer(pair.callee.peer, offer, &error);
    g_assert_true(peer_set_answer(pair.caller.peer, answer, &error));
    wait_until(&pair, connected(&pair.caller) && connected(&pair.callee));
    exchange(&pair, &pair.caller, &pair.callee);
    exchange(&pair, &pair.callee, &pair.caller);
    close_pair(&pair);
}

static bool probe(const struct turn_server *server, const char *url, const char *credential)
{
    struct reactor *reactor = reactor_create();
    g_autofree char *detail = NULL;
    bool good = ice_probe(&(struct ice_probe_config){ reactor, url, "anna", credential, server->certificate.cert },
                          &detail);
    g_test_message("%s: %s", url, detail);
    reactor_destroy(reactor);
    return good;
}

static void relays(void)
{
    struct turn_server server;
    turn_server_open(&server, NULL);
    g_autofree char *udp = g_strdup_printf("turn:%s:%d", server.address, server.port);
    g_autofree char *udp_said = g_strdup_printf("turn:%s:%d?transport=udp", server.address, server.port);
    g_autofree char *tcp = g_strdup_printf("turn:%s:%d?transport=tcp", server.address, server.port);
    g_autofree char *tls = g_strdup_printf("turns:localhost:%d", server.tls_port);
    const char *urls[] = { udp, udp_said, tcp, tls };
    for (size_t i = 0; i < G_N_ELEMENTS(urls); i++) {
        g_test_message("%s", urls[i]);
        through(&server, urls[i]);
        g_assert_true(probe(&server, urls[i], "secret"));
    }
    g_autofree char *stun = g_strdup_printf("stun:%s:%d", server.address, server.port),
                    *nobody = g_strdup_printf("stun:%s:1", server.address);
    g_assert_true(probe(&server, stun, NULL));
    g_assert_false(probe(&server, nobody, NULL));
    g_assert_false(probe(&server, udp, "wrong"));
    turn_server_close(&server);
}

/* Nothing relayed: no candidate at all, rather than one that would show where we are. */
static void wrong_password(void)
{
    struct turn_server server;
    turn_server_open(&server, NULL);
    struct pair pair = { .reactor = reactor_create(), .identity = dtls_identity_create(), .before = belongings_now() };
    g_autofree char *url = g_strdup_printf("turn:%s:%d", server.address, server.port), *error = NULL;
    pair.ice_servers = ice_servers_create(pair.reactor, NULL);
    ice_servers_set_relay_only(pair.ice_servers, true);
    g_assert_true(ice_servers_add(pair.ice_servers, url, "anna", "wrong", &error));
    open_agent(&pair, &pair.caller, &pair.callee, true, AV_CODEC_ID_H264);
    open_agent(&pair, &pair.callee, &pair.caller, false, AV_CODEC_ID_H264);
    wait_until(&pair, peer_milestones(pair.caller.peer).gathered_us);
    g_autofree char *offer = peer_offer(pair.caller.peer);
    g_assert_null(strstr(offer, "a=candidate"));
    close_pair(&pair);
    turn_server_close(&server);
}

static void urls(void)
{
    static const char *const good[] = { "192.0.2.1:3478", "stun:192.0.2.1", "turn:[2001:db8::1]:3478?transport=tcp",
                                        "turn:192.0.2.1" };
    static const char *const bad[] = { "",
                                       "turn:",
                                       "turn:192.0.2.1:99999",
                                       "turn:192.0.2.1?transport=sctp",
                                       "stun:192.0.2.1?transport=tcp",
                                       "turns:192.0.2.1?transport=udp" };
    struct reactor *reactor = reactor_create();
    struct ice_servers *servers = ice_servers_create(reactor, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(good); i++) {
        g_autofree char *error = NULL;
        g_assert_true(ice_servers_add(servers, good[i], "user", "credential", &error));
        g_assert_nonnull(ice_servers_at(servers, (guint)i));
    }
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autofree char *error = NULL;
        g_assert_false(ice_servers_add(servers, bad[i], "user", "credential", &error));
        g_assert_nonnull(error);
    }
    g_autofree char *error = NULL;
    g_assert_false(ice_servers_add(servers, "turn:192.0.2.1", NULL, NULL, &error));
    g_assert_null(ice_servers_at(servers, G_N_ELEMENTS(good)));
    ice_servers_destroy(servers);
    reactor_destroy(reactor);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/turn/urls", urls);
    g_test_add_func("/turn/relays", relays);
    g_test_add_func("/turn/wrong-password", wrong_password);
    return g_test_run();
}
