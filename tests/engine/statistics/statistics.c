/* The figures of a second: differences of counters that begin, wrap, begin anew and are missing; their JSON; the meters
 * that count pictures and the encoder's limits. */
#include "engine/statistics/statistics.h"

#include <glib.h>
#include <math.h>

#include "engine/statistics/encoding_meter.h"
#include "engine/statistics/picture_meter.h"
#include "engine/text/json.h"

enum { VIDEO = STATISTICS_VIDEO, AUDIO = STATISTICS_AUDIO };

static struct statistics_snapshot snapshot_at(double seconds)
{
    return (struct statistics_snapshot){
        .at_us = 1000000 + (int64_t)(seconds * 1e6),
        .unix_us = 1700000000000000 + (int64_t)(seconds * 1e6),
        .remote = "anna/1",
        .safety_code = "aardvark adroitness aardvark adroitness",
        .has_connection = true,
        .plays = true,
        .encodes = true,
        .connection = { .id = 7, .connected = true },
    };
}

static const struct statistics_second *add(struct statistics *statistics, const struct statistics_snapshot *snapshot)
{
    statistics_add(statistics, snapshot);
    return statistics_second(statistics, 0);
}

static void near(double value, double wanted)
{
    g_assert_cmpfloat_with_epsilon(value, wanted, 1e-6);
}

/* ---- differences ---- */

static void a_second_is_the_difference(void)
{
    struct statistics *statistics = statistics_create();
    struct statistics_snapshot now = snapshot_at(0);
    now.connection.inbound[VIDEO] = (struct inbound_rtp_statistics){
        .ssrc = 1, .packets_received = 1000, .bytes_received = 500000, .packets_lost = 10, .nack_count = 3
    };
    now.playback = (struct playback_statistics){ .frames_decoded = 300,
                                                 .total_samples_received = 480000,
                                                 .concealed_samples = 960,
                                                 .freeze_count = 1,
                                                 .total_freezes_duration = 0.5 };
    add(statistics, &now);
    now.at_us += 2000000; /* a late tick: rates are by the true time */
    now.connection.inbound[VIDEO].packets_received += 190 + 6;
    now.connection.inbound[VIDEO].retransmitted_packets_received += 6;
    now.connection.inbound[VIDEO].packets_lost += 10;
    now.connection.inbound[VIDEO].bytes_received += 250000;
    now.connection.inbound[VIDEO].nack_count += 4;
    now.connection.inbound[VIDEO].jitter = 0.004;
    now.connection.outbound[AUDIO].bytes_sent = 16000;
    now.connection.remote_inbound[VIDEO] = (struct remote_inbound_rtp_statistics){ .reported = true,
                                                                                   .fraction_lost = 0.25 };
    now.connection.remote_inbound[AUDIO] = (struct remote_inbound_rtp_statistics){ .reported = true,
                                                                                   .fraction_lost = 0.125 };
    now.connection.round_trip_time = 0.06;
    now.connection.available_outgoing_bitrate = 1500000;
    now.playback.frames_decoded += 60;
    now.playback.total_samples_received += 96000;
    now.playback.concealed_samples += 9600;
    now.playback.freeze_count += 2;
    now.playback.total_freezes_duration += 0.75;
    now.encoding.frames_encoded = 50;
    now.encoding.target_bitrate = 1200000;
    const struct statistics_second *second = add(statistics, &now);
    g_assert_true(second->connected);
    near(second->length, 2);
    near(second->fraction_lost, 0.05);
    near(second->received_bitrate[VIDEO], 1000000);
    near(second->sent_bitrate[AUDIO], 64000);
    near(second->nacks_sent, 2);
    near(second->jitter[VIDEO], 0.004);
    near(second->remote_fraction_lost, 0.25);
    near(second->round_trip_time, 0.06);
    near(second->available_outgoing_bitrate, 1500000);
    near(second->target_bitrate, 1200000);
    near(second->frames_decoded, 30);
    near(second->frames_encoded, 25);
    near(second->concealed, 0.1);
    near(second->freezes, 2);
    near(second->freezes_duration, 0.75);
    statistics_destroy(statistics);
}

static void the_first_second_knows_no_differences(void)
{
    struct statistics *statistics = statistics_create();
    g_assert_null(statistics_second(statistics, 0));
    g_assert_null(statistics_last(statistics));
    g_assert_null(statistics_json(statistics));
    struct statistics_snapshot now = snapshot_at(0);
    now.connection.inbound[VIDEO] = (struct inbound_rtp_statistics){ .ssrc = 1,
                                                                     .bytes_received = 5000000,
                                                                     .jitter = 0.01 };
    now.connection.round_trip_time = 0.1;
    const struct statistics_second *second = add(statistics, &now);
    g_assert_true(isnan(second->received_bitrate[VIDEO]));
    g_assert_true(isnan(second->fraction_lost));
    g_assert_true(isnan(second->frames_decoded));
    g_assert_true(isnan(second->stall_p99_ms));
    near(second->jitter[VIDEO], 0.01);
    near(second->round_trip_time, 0.1);
    g_assert_true(isnan(second->jitter[AUDIO])); /* nothing came */
    g_assert_true(isnan(second->remote_fraction_lost));
    statistics_destroy(statistics);
}

/* Without a peer, with one, with another one, without again. */
static void a_missing_peer_is_unknown(void)
{
    struct statistics *statistics = statistics_create();
    struct statistics_snapshot nobody = { .at_us = 1000000 }, now = snapshot_at(1);
    const struct statistics_second *second = add(statistics, &nobody);
    g_assert_false(second->connected);
    now.connection.inbound[VIDEO] = (struct inbound_rtp_statistics){ .ssrc = 1,
                                                                     .packets_received = 500,
                                                                     .bytes_received = 100000 };
    now.playback.frames_decoded = 30;
    second = add(statistics, &now);
    g_assert_true(isnan(second->received_bitrate[VIDEO]));
    now.at_us += 1000000;
    second = add(statistics, &now);
    near(second->received_bitrate[VIDEO], 0);
    g_assert_true(isnan(second->fraction_lost)); /* of nothing */
    now.at_us += 1000000;
    now.connection.id = 8;
    now.connection.inbound[VIDEO].bytes_received = 900000;
    second = add(statistics, &now);
    g_assert_true(isnan(second->received_bitrate[VIDEO]));
    g_assert_true(isnan(second->frames_decoded));
    nobody.at_us = now.at_us + 1000000;
    second = add(statistics, &nobody);
    g_assert_false(second->connected);
    g_assert_true(isnan(second->round_trip_time));
    near(second->length, 1);
    statistics_destroy(statistics);
}

static void counters_wrap_and_begin_anew(void)
{
    struct statistics *statistics = statistics_create();
    struct statistics_snapshot now = snapshot_at(0);
    now.connection.inbound[VIDEO] = (struct inbound_rtp_statistics){
        .ssrc = 1, .packets_received = 100, .bytes_received = 90000, .packets_lost = 20
    };
    now.loop.stalls[0] = UINT32_MAX - 40;
    now.loop.stalls[20] = UINT32_MAX;
    add(statistics, &now);
    now.at_us += 1000000;
    now.connection.inbound[VIDEO].bytes_received = 1000; /* the stream began anew */
    now.connection.inbound[VIDEO].packets_received += 50;
    now.connection.inbound[VIDEO].packets_lost = 5; /* late ones came after all */
    now.loop.stalls[0] += 95;
    now.loop.stalls[20] += 5;
    const struct statistics_second *second = add(statistics, &now);
    near(second->received_bitrate[VIDEO], 8000);
    near(second->fraction_lost, 0);
    g_assert_cmpuint(second->stalls[0], ==, 95);
    near(second->stall_max_ms, 5.25);
    near(second->stall_p99_ms, 5.25);
    now.at_us -= 500000; /* a clock that goes back divides nothing by nothing */
    second = add(statistics, &now);
    g_assert_true(isnan(second->received_bitrate[VIDEO]));
    statistics_destroy(statistics);
}

static void stalls_of_the_second(void)
{
    struct statistics *statistics = statistics_create();
    struct statistics_snapshot now = snapshot_at(0);
    now.loop.stalls[STATISTICS_STALLS - 1] = 1; /* before */
    now.loop.max_us = 700000;
    add(statistics, &now);
    now.at_us += 1000000;
    now.loop.stalls[3] += 990; /* up to 1 ms */
    now.loop.stalls[4] += 5;   /* over it */
    now.loop.stalls[40] += 5;
    const struct statistics_second *second = add(statistics, &now);
    near(second->stall_p99_ms, 1);
    near(second->stall_max_ms, 10.25);
    g_assert_cmpuint(second->stalls[0], ==, 990);
    g_assert_cmpuint(second->stalls[1], ==, 5);
    g_assert_cmpuint(second->stalls[4], ==, 5);
    now.at_us += 1000000;
    now.loop.stalls[STATISTICS_STALLS - 1]++;
    now.loop.max_us = 900000;
    second = add(statistics, &now);
    near(second->stall_max_ms, 900);
    g_assert_cmpuint(second->stalls[STATISTICS_STALL_STEPS - 1], ==, 1);
    statistics_destroy(statistics);
}

static void the_last_minute_is_kept(void)
{
    struct statistics *statistics = statistics_create();
    for (int i = 0; i < 100; i++) {
        struct statistics_snapshot now = snapshot_at(i);
        now.connection.round_trip_time = 1 + i;
        add(statistics, &now);
    }
    g_assert_cmpuint(statistics_count(statistics), ==, 100);
    near(statistics_second(statistics, 0)->round_trip_time, 100);
    near(statistics_second(statistics, STATISTICS_HISTORY - 1)->round_trip_time, 100 - STATISTICS_HISTORY + 1);
    g_assert_null(statistics_second(statistics, STATISTICS_HISTORY));
    g_assert_null(statistics_second(statistics, -1));
    statistics_destroy(statistics);
}

/* ---- JSON ---- */

static const cJSON *find(const cJSON *json, const char *type, const char *kind)
{
    const cJSON *object;
    cJSON_ArrayForEach (object, cJSON_GetObjectItem(json, "stats"))
        if (!g_strcmp0(json_string(object, "type"), type) && (!kind || !g_strcmp0(json_string(object, "kind"), kind)))
            return object;
    return NULL;
}

static double number(const cJSON *object, const char *name)
{
    return json_number(object, name);
}

static struct statistics_snapshot whole_snapshot(void)
{
    struct statistics_snapshot now = snapshot_at(0);
    now.connection.codecs[VIDEO] = (struct rtp_codec_statistics){ AV_CODEC_ID_VP8, 96, 90000 };
    now.connection.codecs[AUDIO] = (struct rtp_codec_statistics){ AV_CODEC_ID_OPUS, 111, 48000 };
    now.connection.inbound[VIDEO] = (struct inbound_rtp_statistics){ .ssrc = 0xffffffff,
                                                                     .packets_received = UINT64_C(1) << 40,
                                                                     .packets_lost = -3,
                                                                     .fec_packets_received = 4,
                                                                     .fec_packets_discarded = 2,
                                                                     .fec_packets_recovered = 1 };
    now.connection.inbound[AUDIO].ssrc = 2;
    now.connection.outbound[VIDEO] = (struct outbound_rtp_statistics){ .ssrc = 3, .rtx_ssrc = 5, .fir_count = 6 };
    now.connection.remote_inbound[VIDEO] = (struct remote_inbound_rtp_statistics){
        .reported = true,
        .round_trip_time = 0.0615,
        .round_trip_time_measurements = 2,
    };
    now.connection.available_outgoing_bitrate = 777000;
    now.playback = (struct playback_statistics){
        .width = 640, .height = 360, .decoder_fallbacks = 2, .concealed_samples = 480, .total_samples_received = 48000
    };
    now.encoding = (struct encoding_statistics){
        .width = 320,
        .height = 180,
        .target_bitrate = 300000,
        .limitation = QUALITY_LIMITATION_BANDWIDTH,
        .limitation_durations = { 1, 2.5, 0 },
        .encoder_fallbacks = 1,
        .loads = { 0.5, 0.25, 0.125 },
        .most_width = 960,
        .most_height = 540,
        .most_frames_per_second = 30,
    };
    return now;
}

static void json_has_the_names_of_webrtc_stats(void)
{
    struct statistics *statistics = statistics_create();
    struct statistics_snapshot now = whole_snapshot();
    add(statistics, &now);
    cJSON *json = statistics_json(statistics);
    near(number(json, "timestamp"), 1700000000000);
    g_assert_cmpstr(json_string(json, "remote"), ==, "anna/1");
    g_assert_cmpstr(json_string(json, "safety_code"), ==, "aardvark adroitness aardvark adroitness");
    const cJSON *in = find(json, "inbound-rtp", "video"), *out = find(json, "outbound-rtp", "video");
    near(number(in, "ssrc"), 4294967295);
    near(number(in, "packetsReceived"), 1099511627776);
    near(number(in, "packetsLost"), -3);
    near(number(in, "fecPacketsReceived"), 4);
    near(number(in, "fecPacketsDiscarded"), 2);
    near(number(in, "fecPacketsRecovered"), 1);
    near(number(in, "frameWidth"), 640);
    near(number(in, "decoderFallbacks"), 2);
    g_assert_false(cJSON_HasObjectItem(in, "framesPerSecond")); /* not known in the first second, so not there */
    near(number(find(json, "inbound-rtp", "audio"), "concealedSamples"), 480);
    near(number(out, "targetBitrate"), 300000);
    near(number(out, "rtxSsrc"), 5);
    near(number(out, "firCount"), 6);
    near(number(out, "encoderFallbacks"), 1);
    g_assert_cmpstr(json_string(out, "qualityLimitationReason"), ==, "bandwidth");
    near(number(cJSON_GetObjectItem(out, "qualityLimitationDurations"), "bandwidth"), 2.5);
    const cJSON *capacity = cJSON_GetObjectItem(cJSON_GetObjectItem(json, "loop"), "capacity");
    near(number(capacity, "encoding"), 0.5);
    near(number(capacity, "decoding"), 0.25);
    near(number(capacity, "drawing"), 0.125);
    near(number(capacity, "frameWidth"), 960);
    near(number(capacity, "frameHeight"), 540);
    near(number(capacity, "framesPerSecond"), 30);
    g_assert_null(find(json, "outbound-rtp", "audio")); /* nothing was sent */
    near(number(find(json, "remote-inbound-rtp", "video"), "roundTripTime"), 0.0615);
    near(number(find(json, "candidate-pair", NULL), "availableOutgoingBitrate"), 777000);
    g_assert_nonnull(find(json, "transport", NULL));
    near(number(find(json, "media-playout", NULL), "totalSamplesDuration"), 1);
    g_assert_cmpstr(json_string(find(json, "codec", NULL), "mimeType"), ==, "audio/opus");
    cJSON_Delete(json);
    statistics_destroy(statistics);
}

/* Each object has type, id and timestamp, no two the same id, and what one refers to is there. */
static void references_lead_somewhere(void)
{
    struct statistics *statistics = statistics_create();
    struct statistics_snapshot now = whole_snapshot();
    add(statistics, &now);
    cJSON *json = statistics_json(statistics);
    g_autoptr(GHashTable) ids = g_hash_table_new(g_str_hash, g_str_equal);
    const cJSON *object;
    cJSON_ArrayForEach (object, cJSON_GetObjectItem(json, "stats")) {
        g_assert_nonnull(json_string(object, "type"));
        near(number(object, "timestamp"), 1700000000000);
        g_assert_true(g_hash_table_add(ids, (char *)json_string(object, "id")));
    }
    int references = 0;
    cJSON_ArrayForEach (object, cJSON_GetObjectItem(json, "stats")) {
        static const char *const names[] = { "transportId", "codecId",   "remoteId",
                                             "localId",     "playoutId", "selectedCandidatePairId" };
        for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
            const char *id = json_string(object, names[i]);
            references += id != NULL;
            g_assert_true(!id || g_hash_table_contains(ids, id));
        }
    }
    g_assert_cmpint(references, >, 8);
    cJSON_Delete(json);
    statistics_destroy(statistics);
}

static void json_without_a_peer(void)
{
    struct statistics *statistics = statistics_create();
    struct statistics_snapshot nobody = { .at_us = 1 };
    add(statistics, &nobody);
    cJSON *json = statistics_json(statistics);
    g_assert_cmpint(cJSON_GetArraySize(cJSON_GetObjectItem(json, "stats")), ==, 0);
    char *text = cJSON_PrintUnformatted(json);
    cJSON *again = cJSON_Parse(text);
    g_assert_nonnull(again);
    g_assert_null(g_strstr_len(text, -1, "nan"));
    cJSON_Delete(again);
    cJSON_free(text);
    cJSON_Delete(json);
    statistics_destroy(statistics);
}

/* ---- meters ---- */

static int64_t show(struct picture_meter *meter, int64_t at_us, int n, int64_t interval_us)
{
    for (int i = 0; i < n; i++) {
        at_us += interval_us;
        picture_meter_add(meter, 640, 360, at_us);
    }
    return at_us;
}

static void freezes_are_counted_as_the_standard_has_it(void)
{
    struct picture_meter meter;
    picture_meter_init(&meter, NULL);
    int64_t at_us = show(&meter, 1000000, 100, 33333);
    g_assert_cmpuint(meter.stats.freezes, ==, 0);
    picture_meter_add(&meter, 640, 360, at_us += 183000); /* 33 + 150 ms is no freeze yet */
    g_assert_cmpuint(meter.stats.freezes, ==, 0);
    at_us = show(&meter, at_us, 60, 33333);
    picture_meter_add(&meter, 640, 360, at_us += 184000);
    g_assert_cmpuint(meter.stats.freezes, ==, 1);
    g_assert_cmpint(meter.stats.freezes_us, ==, 184000);
    /* at 5 pictures a second it takes three intervals */
    at_us = show(&meter, at_us, 60, 200000);
    uint64_t before = meter.stats.freezes;
    picture_meter_add(&meter, 640, 360, at_us += 590000);
    g_assert_cmpuint(meter.stats.freezes, ==, before);
    at_us = show(&meter, at_us, 60, 200000);
    picture_meter_add(&meter, 640, 360, at_us += 610000);
    g_assert_cmpuint(meter.stats.freezes, ==, before + 1);
    picture_meter_restart(&meter); /* another stream's first picture may take its time */
    picture_meter_add(&meter, 1280, 720, at_us += 5000000);
    picture_meter_add(&meter, 1280, 720, at_us += 400000); /* nothing is usual yet */
    g_assert_cmpuint(meter.stats.freezes, ==, before + 1);
    g_assert_cmpint(meter.stats.width, ==, 1280);
}

static void what_limits_the_encoder(void)
{
    struct encoding_meter meter = { 0 };
    encoding_meter_judge(&meter, false, false, 1000000);
    encoding_meter_judge(&meter, true, false, 3000000);
    g_assert_cmpint(meter.statistics.limitation, ==, QUALITY_LIMITATION_BANDWIDTH);
    encoding_meter_judge(&meter, false, false, 4000000);
    near(meter.statistics.limitation_durations[QUALITY_LIMITATION_NONE], 2);
    near(meter.statistics.limitation_durations[QUALITY_LIMITATION_BANDWIDTH], 1);
    encoding_meter_pause(&meter);
    encoding_meter_judge(&meter, false, false, 9000000); /* the pause counts for nobody */
    near(meter.statistics.limitation_durations[QUALITY_LIMITATION_NONE], 2);
    for (int i = 0; i < 20; i++)
        encoding_meter_add(&meter, 32000, 33000);
    encoding_meter_judge(&meter, true, false, 9000000);
    g_assert_cmpint(meter.statistics.limitation, ==, QUALITY_LIMITATION_BANDWIDTH); /* some slow pictures are nothing */
    for (int i = 0; i < 100; i++)
        encoding_meter_add(&meter, 32000, 33000);
    encoding_meter_judge(&meter, true, false, 9000000);
    g_assert_cmpint(meter.statistics.limitation, ==, QUALITY_LIMITATION_CPU);
    near(meter.statistics.total_encode_time, 120 * 0.032);
    g_assert_cmpuint(meter.statistics.frames_encoded, ==, 120);
    for (int i = 0; i < 100; i++)
        encoding_meter_add(&meter, 5000, 33000);
    encoding_meter_judge(&meter, false, false, 9000000);
    g_assert_cmpint(meter.statistics.limitation, ==, QUALITY_LIMITATION_NONE);
    encoding_meter_judge(&meter, true, true, 9000000); /* smaller pictures are encoded fast enough */
    g_assert_cmpint(meter.statistics.limitation, ==, QUALITY_LIMITATION_CPU);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/statistics/difference", a_second_is_the_difference);
    g_test_add_func("/statistics/first", the_first_second_knows_no_differences);
    g_test_add_func("/statistics/missing", a_missing_peer_is_unknown);
    g_test_add_func("/statistics/wrap", counters_wrap_and_begin_anew);
    g_test_add_func("/statistics/stalls", stalls_of_the_second);
    g_test_add_func("/statistics/minute", the_last_minute_is_kept);
    g_test_add_func("/statistics/json/names", json_has_the_names_of_webrtc_stats);
    g_test_add_func("/statistics/json/references", references_lead_somewhere);
    g_test_add_func("/statistics/json/nobody", json_without_a_peer);
    g_test_add_func("/statistics/freezes", freezes_are_counted_as_the_standard_has_it);
    g_test_add_func("/statistics/limits", what_limits_the_encoder);
    return g_test_run();
}
