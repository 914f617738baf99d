#include "app/agent/timing.h"

#include "engine/statistics/call_quality.h"
#include "engine/text/address.h"
#include "engine/text/json.h"

enum { OLD_US = 2000000 }; /* a connection that was made so long before the call was there before it */

struct timing {
    struct call *call; /* these are borrowed */
    struct signal_client *signal;
    struct outgoing *outgoing;
    struct player *player;

    struct call_timing here, there; /* there: no call id: not known */
    struct call_quality quality;    /* as far as it has come */
    char *with;                     /* whom it was told to; NULL: nobody (yet) */
};

struct timing *timing_create(struct call *call, struct signal_client *signal, struct outgoing *outgoing,
                             struct player *player)
{
    struct timing *timing = g_new0(struct timing, 1);
    *timing = (struct timing){ .call = call, .signal = signal, .outgoing = outgoing, .player = player };
    return timing;
}

void timing_destroy(struct timing *timing)
{
    if (!timing)
        return;
    g_free(timing->with);
    g_free(timing);
}

const struct call_timing *timing_here(const struct timing *timing)
{
    return &timing->here;
}

const struct call_timing *timing_there(const struct timing *timing)
{
    return timing->there.call_id[0] ? &timing->there : NULL;
}

static int64_t now_ms(const struct timing *timing)
{
    return signal_client_now_ms(timing->signal);
}

static void pass(struct timing *timing, enum call_milestone milestone)
{
    call_timing_pass(&timing->here, milestone, g_get_monotonic_time());
}

void timing_tell(struct timing *timing, enum call_event event)
{
    call_media_event(timing->call, timing->here.call_id, event, now_ms(timing));
}

static void start(struct timing *timing, const char *call_id, enum call_role role)
{
    call_timing_start(&timing->here, call_id, role, g_get_monotonic_time(), now_ms(timing));
    timing->there = (struct call_timing){ 0 };
    timing->quality = (struct call_quality){ 0 };
    g_clear_pointer(&timing->with, g_free);
}

void timing_add_second(struct timing *timing, const struct statistics_second *second)
{
    if (call_current_state(timing->call) == CALL_CONNECTED)
        call_quality_add(&timing->quality, second);
}

/* Both ends tell each other what they saw, so that each can show both; the hub, by which it goes, counts it. */
static void share(struct timing *timing, const char *remote)
{
    cJSON *body = cJSON_CreateObject();
    cJSON_AddStringToObject(body, "type", "timing");
    cJSON_AddItemToObject(body, "map", call_timing_to_json(&timing->here));
    cJSON *quality = call_quality_to_json(&timing->quality);
    if (quality)
        cJSON_AddItemToObject(body, "quality", quality);
    timing->with = g_strdup(remote);
    signal_send(timing->signal, remote, body, NULL, NULL);
    cJSON_Delete(body);
}

void timing_receive(struct timing *timing, const char *from, const cJSON *body)
{
    struct call_timing remote;
    const char *error = "no call of theirs";
    bool theirs = address_same_user(from, timing->with ? timing->with : call_current_remote(timing->call));
    if (theirs && call_timing_from_json(json_member(body, "map"), &timing->here, &remote, &error))
        timing->there = remote;
    else
        g_info("a timing map from %s was ignored: %s", from, error);
}

void timing_notice(struct timing *timing, const struct call_notice *notice)
{
    bool began = notice->state == CALL_CALLING &&
                 (notice->previous != CALL_CALLING || notice->event == CALL_EVENT_GLARE);
    bool refused = notice->event == CALL_EVENT_CALL_REFUSED_BUSY || notice->event == CALL_EVENT_STATE_MISMATCH;
    bool ended = notice->previous > CALL_PREPARED && (notice->state <= CALL_PREPARED || notice->state == CALL_FAILED);
    if (refused)
        return; /* may be about another call */
    if (began && g_strcmp0(notice->call_id, timing->here.call_id))
        start(timing, notice->call_id, notice->role);
    if (notice->event == CALL_EVENT_DELIVERED)
        pass(timing, CALL_MILESTONE_DELIVERED);
    if (notice->state == CALL_CONNECTING && notice->previous == CALL_CALLING)
        pass(timing, notice->role == CALL_ROLE_CALLER ? CALL_MILESTONE_ACCEPT_SEEN : CALL_MILESTONE_ACCEPTED);
    if (notice->state == CALL_CONNECTED)
        pass(timing, CALL_MILESTONE_CONNECTED);
    if (!ended)
        return;
    pass(timing, CALL_MILESTONE_ENDED);
    if (call_timing_us(&timing->here, CALL_MILESTONE_ACCEPTED) && !timing->with)
        share(timing, notice->remote);
}

void timing_remote_accept(struct timing *timing, const struct call_message *accept)
{
    int64_t ago_ms = CLAMP(now_ms(timing) - accept->sent_at_ms, 0, accept->lifetime_ms);
    call_timing_pass(&timing->here, CALL_MILESTONE_ACCEPTED, g_get_monotonic_time() - ago_ms * 1000);
}

/* The media command comes before the notice of the call that it is for. */
void timing_connect(struct timing *timing, const char *call_id, const struct session *session)
{
    if (g_strcmp0(call_id, timing->here.call_id))
        start(timing, call_id, call_current_role(timing->call));
    if (session)
        timing_tell(timing, CALL_EVENT_LOCAL_JOINING);
}

/* A milestone that a part of the program noted: taken over once, and told. */
static void take(struct timing *timing, enum call_milestone milestone, int64_t at_us, enum call_event event)
{
    if (!at_us || call_timing_us(&timing->here, milestone))
        return;
    call_timing_pass(&timing->here, milestone, at_us);
    if (event != CALL_EVENT_NONE)
        timing_tell(timing, event);
}

/* A connection that was there before the call has no first packets of the call. */
static void take_from_peer(struct timing *timing, struct session *session)
{
    struct peer_milestones at = peer_milestones(session_peer(session));
    bool joined = !call_timing_us(&timing->here, CALL_MILESTONE_DTLS_DONE) && at.dtls_done_us;
    take(timing, CALL_MILESTONE_ICE_CONNECTED, at.ice_connected_us, CALL_EVENT_NONE);
    take(timing, CALL_MILESTONE_DTLS_DONE, at.dtls_done_us, CALL_EVENT_LOCAL_JOINED);
    if (joined)
        timing_tell(timing, CALL_EVENT_REMOTE_JOINED); /* a handshake takes two */
    if (at.created_us < call_timing_us(&timing->here, CALL_MILESTONE_STARTED) - OLD_US)
        return;
    take(timing, CALL_MILESTONE_FIRST_PACKET_SENT, at.first_packet_sent_us, CALL_EVENT_NONE);
    take(timing, CALL_MILESTONE_FIRST_PACKET_RECEIVED, at.first_packet_received_us, CALL_EVENT_NONE);
    take(timing, CALL_MILESTONE_FIRST_FRAME_RECEIVED, at.first_frame_received_us, CALL_EVENT_FIRST_FRAME_RECEIVED);
}

static void take_from_outgoing(struct timing *timing)
{
    struct outgoing_firsts first = outgoing_firsts(timing->outgoing);
    take(timing, CALL_MILESTONE_FIRST_FRAME_CAPTURED, first.captured_us, CALL_EVENT_FIRST_FRAME_CAPTURED);
    take(timing, CALL_MILESTONE_FIRST_FRAME_SENT, first.video_sent_us, CALL_EVENT_FIRST_FRAME_SENT);
    take(timing, CALL_MILESTONE_FIRST_AUDIO_SENT, first.audio_sent_us, CALL_EVENT_FIRST_AUDIO_SENT);
}

void timing_presented(struct timing *timing, int64_t pts, int64_t now_us)
{
    call_timing_pass(&timing->here, CALL_MILESTONE_FIRST_FRAME_DECODED, player_decoded_us(timing->player, pts));
    call_timing_pass(&timing->here, CALL_MILESTONE_FIRST_FRAME_PRESENTED, now_us);
}

void timing_poll(struct timing *timing, struct session *session, bool sends, int64_t now_us)
{
    if (!session)
        return;
    take_from_peer(timing, session);
    if (sends)
        take_from_outgoing(timing);
    int64_t heard_us = player_first_heard_us(timing->player);
    if (call_current_state(timing->call) == CALL_CONNECTED && heard_us <= now_us)
        take(timing, CALL_MILESTONE_FIRST_AUDIO_HEARD, heard_us, CALL_EVENT_FIRST_AUDIO_HEARD);
}

void timing_leave(struct timing *timing, const char *call_id, struct session *session)
{
    if (session)
        take_from_peer(timing, session);
    outgoing_watch(timing->outgoing, NULL);
    call_media_event(timing->call, call_id, CALL_EVENT_LOCAL_LEFT, now_ms(timing));
}
