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

static void describe_call(struct view *view, const struct agent *agent, const struct agent_call_description *call,
                          int64_t now_us)
{
    const struct call_timing *timing = agent_timing(agent);
    int64_t connected_us = call_timing_us(timing, CALL_MILESTONE_CONNECTED), left_ms = call->ring_left_ms;
    view->state = call->state;
    view->role = call->role;
    g_strlcpy(view->remote, call->name ? call->name : call->user, VIEW_NAME);
    view->delivered = call_timing_us(timing, CALL_MILESTONE_DELIVERED) != 0;
    view->call_seconds = connected_us ? (int)((now_us - connected_us) / G_USEC_PER_SEC) : 0;
    g_strlcpy(view->safety_code, call->safety_code, sizeof view->safety_code);
    view->ring_seconds_left = left_ms < 0 ? -1 : (int)((left_ms + 999) / 1000);
    view->ring_part_left = call->ring_ms > 0 ? (float)left_ms / (float)call->ring_ms : 0;
    view->audio_only = call->audio_only;
    view->remote_muted = call->remote_muted;
    view->remote_camera_on = call->remote_camera_on;
}

static void describe_room(struct view *view, const struct agent_room_description *room)
{
    view->room = room->name;
    view->host = room->host_name;
    view->room_state = room->state;
    view->going_to = room->going_to;
    view->host_muted = room->host_muted;
    view->host_camera_on = room->host_camera_on;
    view->room_flows = room->flows;
    view->only_room = room->only;
    view->local_room = room->local;
    view->pulled = room->pulled;
    view->sound_only = room->sound_only;
    view->room_fault = room->fault;
    view->viewers = room->viewers;
}

static void describe_media(struct view *view, const struct outgoing *outgoing, const struct player *player)
{
    view->muted = outgoing_is_muted(outgoing);
    view->camera_trouble = outgoing_camera_trouble(outgoing);
    view->microphone_missing = !outgoing_microphone_is_there(outgoing);
    view->camera_on = outgoing_camera_is_on(outgoing) && !view->camera_trouble;
    view->level = outgoing_audio_level(outgoing);
    view->remote_level = player_audio_level(player);
    view->unplayable = player_stats(player).video.unplayable;
}

void view_of_agent(struct view *view, const struct agent *agent, GPtrArray *people, int64_t now_us)
{
    struct agent_description seen = agent_describe(agent);
    view->party = seen.party;
    view->online = seen.online;
    view->self = seen.user;
    view->name = seen.name;
    view->quality = seen.quality;
    view->reconnecting = seen.reconnecting;
    describe_call(view, agent, &seen.call, now_us);
    describe_room(view, &seen.room);
    describe_media(view, agent_outgoing(agent), agent_player(agent));
    view->people = people;
    find_people(people, agent_people(agent), view->chosen.search);
}
