/* Safety codes of whole agents: both sides see the same one, and two when somebody in between is the other side to each
 * of them. */
#include <string.h>

#include "agent_rig.h"
#include "app/agent/parts.h"
#include "engine/text/json.h"
#include "net/peer/peer.h"

/* An agent with a certificate of its own, as another process has. */
struct guest {
    struct dtls_identity *identity;
    struct party *party;
};

static struct guest invite(struct world *world, const char *user, const char *url)
{
    struct dtls_identity *shared = world->identity;
    char *home = world->url;
    struct guest guest = { .identity = dtls_identity_create() };
    world->identity = guest.identity;
    world->url = (char *)url;
    guest.party = join(world, user, NULL, CALL_PARTY_ANYONE, -1);
    world->identity = shared;
    world->url = home;
    WAIT_FOR(world, agent_describe(agent_of(guest.party)).online);
    return guest;
}

static void dismiss(struct guest *guest)
{
    leave(guest->party);
    dtls_identity_destroy(guest->identity);
}

static char *code_of(const struct guest *guest)
{
    struct agent_call_description call = agent_describe(agent_of(guest->party)).call;
    return g_strdup(call.safety_code);
}

static bool has_code(const struct guest *guest)
{
    return agent_describe(agent_of(guest->party)).call.safety_code[0];
}

/* While it rings. */
static bool is_encrypted(const struct guest *guest)
{
    struct session *session = leg_session(agent_of(guest->party)->leg);
    return session && peer_current_state(session_peer(session)) == PEER_CONNECTED;
}

static void call(struct world *world, struct guest *from, struct guest *to)
{
    agent_call(agent_of(from->party), to->party->user);
    WAIT_FOR(world, state_of(to->party) == CALL_CALLING && is_encrypted(from) && is_encrypted(to));
    g_assert_false(has_code(from) || has_code(to));
    agent_accept(agent_of(to->party));
    WAIT_FOR(world, both_are(from->party, to->party, CALL_CONNECTED) && has_code(from) && has_code(to));
}

static void hang_up(struct world *world, struct guest *from, struct guest *to)
{
    agent_hang_up(agent_of(from->party));
    WAIT_FOR(world, both_are(from->party, to->party, CALL_PREPARED));
    g_assert_false(has_code(from) || has_code(to));
}

static void count_restart(const char *domain, GLogLevelFlags level, const char *line, void *restarts)
{
    (void)domain;
    (void)level;
    *(int *)restarts += strstr(line, "(ICE restart)") != NULL;
}

/* Another network changes nothing, another call all. */
static void both_see_the_same(struct world *world, gconstpointer data)
{
    (void)data;
    int restarts = 0;
    struct guest anna = invite(world, "anna", world->url), bert = invite(world, "bert", world->url);
    call(world, &anna, &bert);
    g_autofree char *first = code_of(&anna), *first_there = code_of(&bert);
    g_assert_cmpstr(first, ==, first_there);

    guint handler = g_log_set_handler("callapi", G_LOG_LEVEL_INFO, count_restart, &restarts);
    agent_network_changed(agent_of(anna.party));
    WAIT_FOR(world, restarts);
    play_pictures(world, anna.party, 5);
    play_pictures(world, bert.party, 5);
    g_log_remove_handler("callapi", handler);
    g_autofree char *after = code_of(&anna), *after_there = code_of(&bert);
    g_assert_cmpstr(after, ==, first);
    g_assert_cmpstr(after_there, ==, first);

    g_assert_cmpstr(agent_safety_code(agent_of(anna.party)), ==, first);
    WAIT_FOR(world, !g_strcmp0(statistics_last(agent_statistics(agent_of(bert.party)))->safety_code, first));
    hang_up(world, &anna, &bert);
    g_assert_cmpstr(agent_safety_code(agent_of(anna.party)), ==, first); /* for who looks later */
    call(world, &bert, &anna);
    g_autofree char *second = code_of(&anna), *second_there = code_of(&bert);
    g_assert_cmpstr(second, ==, second_there);
    g_assert_cmpstr(second, !=, first);
    dismiss(&anna);
    dismiss(&bert);
}

/* ---- somebody in between ---- */

/* What plays Bert to Anna, or Anna to Bert. */
struct mask {
    struct mask *other;
    struct world *world;
    struct dtls_identity *identity; /* NULL: descriptions pass as they are */
    struct signal_client *signal;
    struct peer *peer;
    char *remote, *session; /* who is deceived, and in which session */
};

static void on_mask_event(void *user_data, const struct peer_event *event)
{
    struct mask *mask = user_data;
    if (event->type != PEER_EVENT_CANDIDATE || !event->candidate)
        return;
    cJSON *body = cJSON_Parse("{\"type\":\"media\",\"kind\":\"candidate\"}");
    cJSON_AddStringToObject(body, "session", mask->session);
    cJSON_AddStringToObject(body, "candidate", event->candidate);
    signal_send(mask->signal, mask->remote, body, NULL, NULL);
    cJSON_Delete(body);
}

static void make_peer(struct mask *mask, bool offerer, const char *session)
{
    g_assert_null(mask->peer);
    mask->session = g_strdup(session);
    mask->peer = peer_create(mask->world->reactor, &(struct peer_config){
                                                       .identity = mask->identity,
                                                       .offerer = offerer,
                                                       .video_codec = AV_CODEC_ID_H264,
                                                       .on_event = on_mask_event,
                                                       .user_data = mask,
                                                   });
}

/* Anna's offer is answered here, and Bert gets one of ours. */
static void swap_offer(struct mask *mask, cJSON *media)
{
    const char *session = json_string(media, "session");
    g_autofree char *error = NULL;
    make_peer(mask, false, session);
    make_peer(mask->other, true, session);
    g_autofree char *answer = peer_answer(mask->peer, json_string(media, "sdp"), &error);
    g_autofree char *offer = peer_offer(mask->other->peer);
    g_assert_cmpstr(error, ==, NULL);
    cJSON *body = cJSON_Parse("{\"type\":\"media\",\"kind\":\"answer\"}");
    cJSON_AddStringToObject(body, "session", session);
    cJSON_AddStringToObject(body, "sdp", answer);
    signal_send(mask->signal, mask->remote, body, NULL, NULL);
    cJSON_Delete(body);
    cJSON_ReplaceItemInObjectCaseSensitive(media, "sdp", cJSON_CreateString(offer));
}

/* True: it was for us alone. */
static bool keep(struct mask *mask, const cJSON *body)
{
    const char *kind = json_string(body, "kind");
    g_autofree char *error = NULL;
    if (!mask->peer || g_strcmp0(json_string(body, "type"), "media"))
        return false;
    if (!g_strcmp0(kind, "candidate"))
        peer_add_candidate(mask->peer, json_string(body, "candidate"));
    else if (!g_strcmp0(kind, "answer"))
        g_assert_true(peer_set_answer(mask->peer, json_string(body, "sdp"), &error));
    else
        return false;
    return true;
}

static void on_mask_message(void *user_data, const char *from, const cJSON *body)
{
    struct mask *mask = user_data;
    g_free(mask->remote);
    mask->remote = g_strdup(from);
    if (keep(mask, body))
        return;
    cJSON *passed = cJSON_Duplicate(body, true), *media = cJSON_GetObjectItem(passed, "media");
    if (mask->identity && !g_strcmp0(json_string(body, "action"), "invite"))
        swap_offer(mask, media);
    signal_send(mask->other->signal, mask->other->remote, passed, NULL, NULL);
    cJSON_Delete(passed);
}

static void put_on(struct mask *mask, struct mask *other, struct world *world, const char *url, const char *as,
                   const char *to, struct dtls_identity *identity)
{
    static const struct signal_listener listens = { .message = on_mask_message };
    struct signal_config config = { .url = url, .user = as, .listener = &listens, .user_data = mask };
    *mask = (struct mask){ .other = other, .world = world, .identity = identity, .remote = g_strdup(to) };
    mask->signal = signal_client_create(world->reactor, &config);
    WAIT_FOR(world, signal_client_is_online(mask->signal));
}

static void take_off(struct mask *mask)
{
    peer_destroy(mask->peer);
    signal_client_destroy(mask->signal);
    g_free(mask->remote);
    g_free(mask->session);
}

/* Muted and without pictures they are connected with the accept: who is in between need not carry any. */
static void be_silent(struct guest *guest)
{
    agent_set_muted(agent_of(guest->party), true);
    agent_set_camera(agent_of(guest->party), false);
}

/* Anna's hub is not Bert's: who stands between the two is what a hub could be. It carries all their words as they are,
 * the call's id among them, and with `data` ends the encryption at itself. */
static void somebody_in_between(struct world *world, gconstpointer data)
{
    bool swaps = GPOINTER_TO_INT(data);
    g_autofree char *error = NULL;
    struct hub *away = hub_create(world->reactor, &(struct hub_config){ .listen = "127.0.0.1:0" }, &error);
    struct dtls_identity *mallory = swaps ? dtls_identity_create() : NULL;
    struct mask as_bert, as_anna;
    g_assert_nonnull(away);
    struct guest anna = invite(world, "anna", world->url), bert = invite(world, "bert", hub_url(away));
    put_on(&as_bert, &as_anna, world, world->url, "bert", "anna", mallory);
    put_on(&as_anna, &as_bert, world, hub_url(away), "anna", "bert", mallory);
    be_silent(&anna);
    be_silent(&bert);
    call(world, &anna, &bert);
    g_autofree char *here = code_of(&anna), *there = code_of(&bert);
    g_assert_cmpstr(agent_describe(agent_of(anna.party)).call.id, ==, agent_describe(agent_of(bert.party)).call.id);
    g_assert_true(swaps == (strcmp(here, there) != 0));
    dismiss(&anna);
    dismiss(&bert);
    take_off(&as_bert);
    take_off(&as_anna);
    dtls_identity_destroy(mallory);
    hub_destroy(away);
}

int main(int argc, char **argv)
{
    static const struct agent_test tests[] = {
        { "/agents/safety/same", both_see_the_same, 0 },
        { "/agents/safety/relay", somebody_in_between, false },
        { "/agents/safety/in-between", somebody_in_between, true },
    };
    return run_agent_tests(argc, argv, tests, G_N_ELEMENTS(tests));
}
