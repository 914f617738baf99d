#include "app/view/view.h"

#include <string.h>

#include "app/agent/agent.h"

static bool contains(const char *text, const char *wanted)
{
    g_autofree char *folded = g_utf8_casefold(text, -1);
    return strstr(folded, wanted);
}

static void find_people(GPtrArray *found, const GPtrArray *people, const char *search)
{
    g_autofree char *wanted = g_utf8_casefold(search, -1);
    g_ptr_array_set_size(found, 0);
    for (guint i = 0; i < people->len; i++) {
        const struct agent_person *person = people->pdata[i];
        if (!*wanted || contains(person->name, wanted) || contains(person->user, wanted))
            g_ptr_array_add(found, people->pdata[i]);
    }
}

static void describe_call(struct view *view, const struct agent *agent, int64_t now_us)
{
    const struct call_timing *timing = agent_timing(agent);
    int64_t connected_us = call_timing_us(timing, CALL_MILESTONE_CONNECTED), left_ms = agent_ring_left_ms(agent);
    g_strlcpy(view->remote, agent_remote_name(agent), VIEW_NAME);
    view->delivered = call_timing_us(timing, CALL_MILESTONE_DELIVERED) != 0;
    view->call_seconds = connected_us ? (int)((now_us - connected_us) / G_USEC_PER_SEC) : 0;
    view->ring_seconds_left = left_ms < 0 ? -1 : (int)((left_ms + 999) / 1000);
    view->ring_part_left = agent_ring_ms(agent) > 0 ? (float)left_ms / (float)agent_ring_ms(agent) : 0;
    view->audio_only = agent_call_is_audio_only(agent);
    view->remote_level = player_audio_level(agent_player(agent));
    view->level = outgoing_audio_level(agent_outgoing(agent));
    view->remote_muted = agent_remote_is_muted(agent);
    view->remote_camera_on = agent_remote_camera_is_on(agent);
    view->unplayable = player_stats(agent_player(agent)).video.unplayable;
    view->reconnecting = agent_is_reconnecting(agent);
}

void view_of_agent(struct view *view, const struct agent *agent, GPtrArray *people, int64_t now_us)
{
    view->party = agent_party(agent);
    view->state = agent_call_state(agent);
    view->role = agent_call_role(agent);
    view->online = agent_is_online(agent);
    view->self = agent_user(agent);
    view->name = agent_name(agent);
    view->room = agent_room(agent);
    view->host = agent_room_host_name(agent);
    view->room_state = agent_room_state(agent);
    view->going_to = agent_room_gone_to(agent);
    view->host_muted = agent_host_is_muted(agent);
    view->host_camera_on = agent_host_camera_is_on(agent);
    view->room_flows = agent_room_flows(agent);
    view->only_room = agent_is_in_only_room(agent);
    view->quality = agent_quality_level(agent);
    view->viewers = agent_room_viewers(agent);
    view->muted = outgoing_is_muted(agent_outgoing(agent));
    view->camera_trouble = outgoing_camera_trouble(agent_outgoing(agent));
    view->microphone_missing = !outgoing_microphone_is_there(agent_outgoing(agent));
    view->camera_on = outgoing_camera_is_on(agent_outgoing(agent)) && !view->camera_trouble;
    view->people = people;
    find_people(people, agent_people(agent), view->chosen.search);
    describe_call(view, agent, now_us);
}
