/* When the call's milestones were passed, and the events that tell of its media. */
#include "app/agent/parts.h"

#include "engine/text/address.h"
#include "engine/text/json.h"

static void pass(struct agent *agent, enum call_milestone milestone)
{
    call_timing_pass(&agent->timing, milestone, g_get_monotonic_time());
}

static void tell(struct agent *agent, enum call_event event)
{
    call_media_event(agent->call, agent->timing.call_id, event, agent_now_ms(agent));
}

static void start(struct agent *agent, const char *call_id, enum call_role role)
{
    call_timing_start(&agent->timing, call_id, role, g_get_monotonic_time(), agent_now_ms(agent));
    agent->remote_timing = (struct call_timing){ 0 };
    g_clear_pointer(&agent->timed_with, g_free);
}

/* Both ends tell each other what they saw, so that each can show both. */
static void share(struct agent *agent, const char *remote)
{
    cJSON *body = cJSON_CreateObject();
    cJSON_AddStringToObject(body, "type", "timing");
    cJSON_AddItemToObject(body, "map", call_timing_to_json(&agent->timing));
    agent->timed_with = g_strdup(remote);
    signal_send(agent->signal, remote, body, NULL, NULL);
    cJSON_Delete(body);
}

void agent_time_receive(struct agent *agent, const char *from, const cJSON *body)
{
    struct call_timing remote;
    const char *error = "no call of theirs";
    bool theirs = address_same_user(from, agent->timed_with ? agent->timed_with : call_current_remote(agent->call));
    if (theirs && call_timing_from_json(json_member(body, "map"), &agent->timing, &remote, &error))
        agent->remote_timing = remote;
    else
        g_info("%s: a timing map from %s was ignored: %s", agent->user, from, error);
}

void agent_time_notice(struct agent *agent, const struct call_notice *notice)
{
    bool began = notice->state == CALL_CALLING &&
                 (notice->previous != CALL_CALLING || notice->event == CALL_EVENT_GLARE);
    bool refused = notice->event == CALL_EVENT_CALL_REFUSED_BUSY || notice->event == CALL_EVENT_STATE_MISMATCH;
    bool ended = notice->previous > CALL_PREPARED && (notice->state <= CALL_PREPARED || notice->state == CALL_FAILED);
    if (refused)
        return; /* may be about another call */
    if (began && g_strcmp0(notice->call_id, agent->timing.call_id))
        start(agent, notice->call_id, notice->role);
    if (notice->event == CALL_EVENT_DELIVERED)
        pass(agent, CALL_MILESTONE_DELIVERED);
    if (notice->state == CALL_CONNECTING && notice->previous == CALL_CALLING)
        pass(agent, notice->role == CALL_ROLE_CALLER ? CALL_MILESTONE_ACCEPT_SEEN : CALL_MILESTONE_ACCEPTED);
    if (notice->state == CALL_CONNECTED)
        pass(agent, CALL_MILESTONE_CONNECTED);
    if (!ended)
        return;
    pass(agent, CALL_MILESTONE_ENDED);
    if (call_timing_us(&agent->timing, CALL_MILESTONE_ACCEPTED) && !agent->timed_with)
        share(agent, notice->remote);
}

void agent_time_remote_accept(struct agent *agent, const struct call_message *accept)
{
    int64_t ago_ms = CLAMP(agent_now_ms(agent) - accept->sent_at_ms, 0, accept->lifetime_ms);
    call_timing_pass(&agent->timing, CALL_MILESTONE_ACCEPTED, g_get_monotonic_time() - ago_ms * 1000);
}

/* The media command comes before the notice of the call that it is for. */
void agent_time_connect(struct agent *agent, const char *call_id)
{
    if (g_strcmp0(call_id, agent->timing.call_id))
        start(agent, call_id, call_current_role(agent->call));
    if (agent->call_session)
        tell(agent, CALL_EVENT_LOCAL_JOINING);
}

void agent_time_send(struct agent *agent)
{
    outgoing_watch(agent->outgoing, session_peer(agent->call_session));
}

/* A milestone that a part of the program noted: taken over once, and told. */
static void take(struct agent *agent, enum call_milestone milestone, int64_t at_us, enum call_event event)
{
    if (!at_us || call_timing_us(&agent->timing, milestone))
        return;
    call_timing_pass(&agent->timing, milestone, at_us);
    if (event != CALL_EVENT_NONE)
        tell(agent, event);
}

/* A connection that was there before the call has no first packets of the call. */
static void take_from_peer(struct agent *agent)
{
    struct peer_milestones at = peer_milestones(session_peer(agent->call_session));
    bool joined = !call_timing_us(&agent->timing, CALL_MILESTONE_DTLS_DONE) && at.dtls_done_us;
    take(agent, CALL_MILESTONE_ICE_CONNECTED, at.ice_connected_us, CALL_EVENT_NONE);
    take(agent, CALL_MILESTONE_DTLS_DONE, at.dtls_done_us, CALL_EVENT_LOCAL_JOINED);
    if (joined)
        tell(agent, CALL_EVENT_REMOTE_JOINED); /* a handshake takes two */
    if (at.created_us < call_timing_us(&agent->timing, CALL_MILESTONE_STARTED) - GONE_SILENT_US)
        return;
    take(agent, CALL_MILESTONE_FIRST_PACKET_SENT, at.first_packet_sent_us, CALL_EVENT_NONE);
    take(agent, CALL_MILESTONE_FIRST_PACKET_RECEIVED, at.first_packet_received_us, CALL_EVENT_NONE);
    take(agent, CALL_MILESTONE_FIRST_FRAME_RECEIVED, at.first_frame_received_us, CALL_EVENT_FIRST_FRAME_RECEIVED);
}

static void take_from_outgoing(struct agent *agent)
{
    struct outgoing_firsts first = outgoing_firsts(agent->outgoing);
    take(agent, CALL_MILESTONE_FIRST_FRAME_CAPTURED, first.captured_us, CALL_EVENT_FIRST_FRAME_CAPTURED);
    take(agent, CALL_MILESTONE_FIRST_FRAME_SENT, first.video_sent_us, CALL_EVENT_FIRST_FRAME_SENT);
    take(agent, CALL_MILESTONE_FIRST_AUDIO_SENT, first.audio_sent_us, CALL_EVENT_FIRST_AUDIO_SENT);
}

void agent_time_presented(struct agent *agent, int64_t pts, int64_t now_us)
{
    call_timing_pass(&agent->timing, CALL_MILESTONE_FIRST_FRAME_DECODED, player_decoded_us(agent->player, pts));
    call_timing_pass(&agent->timing, CALL_MILESTONE_FIRST_FRAME_PRESENTED, now_us);
}

void agent_time_poll(struct agent *agent, int64_t now_us)
{
    if (!agent->call_session)
        return;
    take_from_peer(agent);
    if (agent->released || agent->presends)
        take_from_outgoing(agent);
    int64_t heard_us = player_first_heard_us(agent->player);
    if (call_current_state(agent->call) == CALL_CONNECTED && heard_us <= now_us)
        take(agent, CALL_MILESTONE_FIRST_AUDIO_HEARD, heard_us, CALL_EVENT_FIRST_AUDIO_HEARD);
}

void agent_time_leave(struct agent *agent, const char *call_id)
{
    if (agent->call_session)
        take_from_peer(agent);
    outgoing_watch(agent->outgoing, NULL);
    call_media_event(agent->call, call_id, CALL_EVENT_LOCAL_LEFT, agent_now_ms(agent));
}
