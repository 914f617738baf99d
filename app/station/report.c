#include "app/station/report.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "render/timeline.h"

enum { AFTER_SWITCH_US = 1000000 }; /* a switch is judged until so long after its first picture, or the next switch */

static double since(int64_t origin_us, int64_t at_us)
{
    return round((double)(at_us - origin_us) / 10) / 100;
}

static void add_time(cJSON *object, const char *name, int64_t origin_us, int64_t at_us)
{
    if (at_us)
        cJSON_AddNumberToObject(object, name, since(origin_us, at_us));
    else
        cJSON_AddNullToObject(object, name);
}

static struct screen_span seen_during(const struct report_sources *sources, const struct script_switch *change)
{
    int64_t until_us = change->until_us;
    if (change->first_frame_us)
        until_us = MIN(until_us, change->first_frame_us + AFTER_SWITCH_US);
    return screen_report_span(screen_meter_report(client_meter(sources->client)), change->requested_us, until_us);
}

static const char *const switch_names[] = {
    [SCRIPT_TO_CALL] = "call", [SCRIPT_TO_LIVE] = "live", [SCRIPT_TO_ROOM] = "room"
};

static cJSON *switches_json(const struct report_sources *sources)
{
    int n = 0;
    const struct script_switch *changes = sources->script ? script_switches(sources->script, &n) : NULL;
    cJSON *array = cJSON_CreateArray();
    for (int i = 0; i < n; i++) {
        struct screen_span seen = seen_during(sources, &changes[i]);
        cJSON *json = cJSON_CreateObject();
        cJSON_AddStringToObject(json, "to", switch_names[changes[i].kind]);
        if (changes[i].kind == SCRIPT_TO_ROOM)
            cJSON_AddBoolToObject(json, "warm", changes[i].warm);
        add_time(json, "requested_ms", sources->origin_us, changes[i].requested_us);
        add_time(json, "accepted_ms", sources->origin_us, changes[i].accepted_us);
        add_time(json, "first_frame_ms", sources->origin_us, changes[i].first_frame_us);
        add_time(json, "press_to_picture_ms", changes[i].requested_us, changes[i].first_frame_us);
        cJSON_AddNumberToObject(json, "black_frames", seen.black);
        cJSON_AddNumberToObject(json, "longest_freeze_ms", round(seen.longest_freeze_ms * 10) / 10);
        if (seen.missing_source_frames >= 0)
            cJSON_AddNumberToObject(json, "missing_source_frames", seen.missing_source_frames);
        else
            cJSON_AddNullToObject(json, "missing_source_frames"); /* a film without frame numbers */
        cJSON_AddItemToArray(array, json);
    }
    return array;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Of the magnitudes: a skew of -20 is as far off as one of 20. */
static double quantile(const GArray *samples, double fraction)
{
    if (!samples->len)
        return NAN;
    g_autofree double *sorted = g_new(double, samples->len);
    for (guint i = 0; i < samples->len; i++)
        sorted[i] = fabs(g_array_index(samples, double, i));
    qsort(sorted, samples->len, sizeof *sorted, compare);
    return sorted[(guint)(fraction * (samples->len - 1))];
}

static void add_number(cJSON *object, const char *name, double value)
{
    if (isnan(value))
        cJSON_AddNullToObject(object, name);
    else
        cJSON_AddNumberToObject(object, name, round(value * 100) / 100);
}

static void add_quantiles(cJSON *report, const char *name, const GArray *samples)
{
    cJSON *json = cJSON_AddObjectToObject(report, name);
    add_number(json, "median", quantile(samples, 0.5));
    add_number(json, "p95", quantile(samples, 0.95));
}

/* What pictures take of the loop's time, and the most that this machine manages to send; of the last second. */
static void add_capacity(cJSON *report, const struct agent *agent)
{
    const struct statistics_snapshot *now = statistics_last(agent_statistics(agent));
    if (!now || !now->encodes)
        return;
    cJSON *json = cJSON_AddObjectToObject(report, "capacity");
    add_number(json, "encoding", now->encoding.loads[STATISTICS_ENCODING]);
    add_number(json, "decoding", now->encoding.loads[STATISTICS_DECODING]);
    add_number(json, "drawing", now->encoding.loads[STATISTICS_DRAWING]);
    cJSON_AddNumberToObject(json, "width", now->encoding.most_width);
    cJSON_AddNumberToObject(json, "height", now->encoding.most_height);
    add_number(json, "frames_per_second", now->encoding.most_frames_per_second);
}

/* Where the last pictures spent their time: the hops of what was seen, and of what was sent. */
static void add_stages(cJSON *report, const struct agent *agent)
{
    static const struct {
        const char *name;
        bool sender;
        enum picture_stage from, to;
    } hops[] = {
        { "captured_to_encoded", true, PICTURE_CAPTURED, PICTURE_ENCODED },
        { "encoded_to_sent", true, PICTURE_ENCODED, PICTURE_SENT },
        { "captured_to_received", false, PICTURE_CAPTURED, PICTURE_RECEIVED },
        { "received_to_decoded", false, PICTURE_RECEIVED, PICTURE_DECODED },
        { "decoded_to_shown", false, PICTURE_DECODED, PICTURE_SHOWN },
        { "shown_to_uploaded", false, PICTURE_SHOWN, PICTURE_UPLOADED },
        { "uploaded_to_presented", false, PICTURE_UPLOADED, PICTURE_PRESENTED },
    };
    cJSON *stages = cJSON_AddObjectToObject(report, "stages_ms");
    for (size_t i = 0; i < G_N_ELEMENTS(hops); i++) {
        g_autoptr(GArray) ms = g_array_new(FALSE, FALSE, sizeof(double));
        const struct picture_times *times = hops[i].sender ? outgoing_times(agent_outgoing(agent))
                                                           : player_times(agent_player(agent));
        picture_times_hops(times, hops[i].from, hops[i].to, ms);
        if (ms->len)
            add_quantiles(stages, hops[i].name, ms);
    }
}

static struct screen_span seen_in_all(const struct report_sources *sources)
{
    return screen_report_span(screen_meter_report(client_meter(sources->client)), sources->origin_us,
                              g_get_monotonic_time());
}

static void add_frames(cJSON *report, const struct report_sources *sources)
{
    struct screen_span seen = seen_in_all(sources);
    cJSON *json = cJSON_AddObjectToObject(report, "frames");
    cJSON_AddNumberToObject(json, "presented", seen.presented);
    cJSON_AddNumberToObject(json, "decoded", (double)player_stats(agent_player(sources->agent)).video.decoded);
    cJSON_AddNumberToObject(json, "repeated", seen.repeated);
}

/* As webrtc-stats counts them. */
static void add_audio(cJSON *report, const struct report_sources *sources)
{
    struct audio_player_stats stats = player_stats(agent_player(sources->agent)).audio;
    cJSON *json = cJSON_AddObjectToObject(report, "audio");
    cJSON_AddNumberToObject(json, "total_samples",
                            (double)(stats.played + stats.recovered + stats.concealed) * AUDIO_FRAME);
    cJSON_AddNumberToObject(json, "concealed_samples", (double)stats.concealed * AUDIO_FRAME);
    cJSON_AddNumberToObject(json, "recovered_samples", (double)stats.recovered * AUDIO_FRAME);
    cJSON_AddNumberToObject(json, "delay_ms", stats.delay_ms);
}

static void add_stalls(cJSON *report, const struct reactor_stalls *stalls)
{
    cJSON *json = cJSON_AddObjectToObject(report, "loop_stall_ms");
    add_number(json, "p50", reactor_stall_quantile(stalls, 0.5));
    add_number(json, "p99", reactor_stall_quantile(stalls, 0.99));
    add_number(json, "max", (double)stalls->max_us / 1000);
}

/* From the room's connection to its first picture on the screen. */
static void add_join(cJSON *report, const struct report_sources *sources)
{
    cJSON *json = cJSON_AddObjectToObject(report, "join");
    add_time(json, "connected_ms", sources->origin_us,
             sources->script ? script_connected_us(sources->script) : agent_describe(sources->agent).room.connected_us);
    add_time(json, "first_frame_ms", sources->origin_us,
             sources->script ? script_first_picture_us(sources->script) : 0);
}

/* From the call's start; a connection that was there before has negative times. */
static void add_setup(cJSON *report, const struct agent *agent)
{
    cJSON *json = cJSON_AddObjectToObject(report, "setup_ms");
    const struct call_timing *timing = agent_timing(agent);
    double ms;
    for (enum call_milestone i = 0; i < CALL_MILESTONES; i++)
        if (call_timing_since_start(timing, i, &ms))
            cJSON_AddNumberToObject(json, call_milestone_name(i), ms);
}

/* Both ends' maps, where the other one's has come; and the words that both had on the screen. */
static void add_timing(cJSON *report, const struct agent *agent)
{
    if (agent_timing(agent)->call_id[0])
        cJSON_AddItemToObject(report, "timing", call_timing_merge(agent_timing(agent), agent_remote_timing(agent)));
    if (*agent_safety_code(agent))
        cJSON_AddStringToObject(report, "safety_code", agent_safety_code(agent));
}

static bool save_report(const char *path, const struct report_sources *sources)
{
    cJSON *report = cJSON_CreateObject();
    /* The times' origin on the wall clock, to set them beside other programs' times. */
    cJSON_AddNumberToObject(report, "origin_unix_ms",
                            (double)(g_get_real_time() - g_get_monotonic_time() + sources->origin_us) / 1000);
    cJSON_AddItemToObject(report, "switches", switches_json(sources));
    add_quantiles(report, "latency_ms", screen_meter_latencies(client_meter(sources->client)));
    add_quantiles(report, "av_skew_ms", screen_meter_skews(client_meter(sources->client)));
    add_frames(report, sources);
    add_audio(report, sources);
    add_stalls(report, reactor_stalls(sources->reactor));
    add_setup(report, sources->agent);
    add_join(report, sources);
    add_timing(report, sources->agent);
    add_stages(report, sources->agent);
    add_capacity(report, sources->agent);
    cJSON_AddStringToObject(report, "decoder", player_stats(agent_player(sources->agent)).decoder);
    cJSON_AddStringToObject(report, "video_driver", window_video_driver(client_window(sources->client)));
    cJSON_AddStringToObject(report, "render_driver", window_render_driver(client_window(sources->client)));
    char *text = cJSON_Print(report);
    cJSON_Delete(report);

    g_autoptr(GError) error = NULL;
    g_autofree char *folder = g_path_get_dirname(path);
    bool good = g_mkdir_with_parents(folder, 0777) == 0 && g_file_set_contents(path, text, -1, &error);
    if (!good)
        g_warning("the report cannot be written to %s: %s", path, error ? error->message : "no such folder");
    cJSON_free(text);
    return good;
}

static void print_times(const char *what, const GArray *ms)
{
    if (ms->len)
        printf("%s: %.0f ms (median), %.0f ms (longest)\n", what, quantile(ms, 0.5), quantile(ms, 1));
}

void report_print(const struct report_sources *sources)
{
    int n = 0, black = 0;
    double freeze = 0;
    const struct script_switch *changes = script_switches(sources->script, &n);
    g_autoptr(GArray) first = g_array_new(FALSE, FALSE, sizeof(double));
    g_autoptr(GArray) warm = g_array_new(FALSE, FALSE, sizeof(double)),
                      cold = g_array_new(FALSE, FALSE, sizeof(double));
    for (int i = 0; i < n; i++) {
        struct screen_span seen = seen_during(sources, &changes[i]);
        black += seen.black;
        freeze = MAX(freeze, seen.longest_freeze_ms);
        double ms = (double)(changes[i].first_frame_us - changes[i].accepted_us) / 1000;
        double press_ms = (double)(changes[i].first_frame_us - changes[i].requested_us) / 1000;
        if (changes[i].kind == SCRIPT_TO_CALL && changes[i].first_frame_us)
            g_array_append_val(first, ms);
        if (changes[i].kind == SCRIPT_TO_ROOM && changes[i].first_frame_us)
            g_array_append_val(changes[i].warm ? warm : cold, press_ms);
    }
    printf("%d switches: %d black frames, longest freeze %.0f ms\n", n, black, freeze);
    print_times("accept to the call's first picture", first);
    print_times("press to a warm room's first picture", warm);
    print_times("press to a cold room's first picture", cold);
    printf("capture to screen %.0f ms (median), sound within %.0f ms of the picture (95 %%), longest stall of the "
           "loop %.1f ms\n",
           quantile(screen_meter_latencies(client_meter(sources->client)), 0.5),
           quantile(screen_meter_skews(client_meter(sources->client)), 0.95),
           (double)reactor_stalls(sources->reactor)->max_us / 1000);
}

static void add_marks(GArray *marks, const struct call_timing *timing, const char *party, int64_t start_us)
{
    for (enum call_milestone i = 0; i < CALL_MILESTONE_ENDED; i++) {
        int64_t at_us = call_timing_us(timing, i);
        if (!at_us || at_us < start_us)
            continue; /* it did not happen, or before the call: the connection was there */
        struct timeline_mark mark = { .party = party, .name = call_milestone_name(i), .at_ms = since(start_us, at_us) };
        g_array_append_val(marks, mark);
    }
}

static const char *role_of(const struct call_timing *timing)
{
    return timing->role == CALL_ROLE_CALLER ? "caller" : "callee";
}

static bool save_timeline(const char *path, const struct report_sources *sources, const char *asset_dir)
{
    g_autoptr(GArray) marks = g_array_new(FALSE, FALSE, sizeof(struct timeline_mark));
    const struct call_timing *own = agent_timing(sources->agent), *remote = agent_remote_timing(sources->agent);
    g_autofree char *here = g_strdup_printf("%s %s", role_of(own), agent_describe(sources->agent).user);
    int64_t start_us = call_timing_us(own, CALL_MILESTONE_STARTED);
    if (!start_us)
        return true;
    if (remote && remote->role == CALL_ROLE_CALLER)
        start_us = MIN(start_us, call_timing_us(remote, CALL_MILESTONE_STARTED));
    add_marks(marks, own, here, start_us);
    if (remote)
        add_marks(marks, remote, role_of(remote), start_us);
    return timeline_save_png(path, "The call, from the press", (const struct timeline_mark *)marks->data,
                             (int)marks->len, asset_dir);
}

bool report_save_all(const struct report_sources *sources, const char *report, const char *shots, const char *asset_dir)
{
    window_hide(client_window(sources->client)); /* encoding pictures takes a while */
    bool good = !report || save_report(report, sources);
    if (!shots)
        return good;
    if (g_mkdir_with_parents(shots, 0777)) {
        g_warning("the folder %s for the pictures cannot be made", shots);
        return false;
    }
    g_autofree char *timeline = g_build_filename(shots, "timeline.png", NULL);
    g_autofree char *frames = g_build_filename(shots, "frames.jsonl", NULL);
    const struct screen_report *seen = screen_meter_report(client_meter(sources->client));
    good &= !seen || screen_report_save(seen, frames, sources->origin_us);
    return client_save_shots(sources->client, shots) && save_timeline(timeline, sources, asset_dir) && good;
}
