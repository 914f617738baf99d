/* The last second as JSON. Identifiers follow the W3C's examples: IA and IV inbound audio and video, O outbound, RI
 * remote inbound, C codec, CP candidate pair, T transport, AP audio playout. */
#include "engine/statistics/statistics.h"

#include <glib.h>
#include <math.h>

static const char *const kinds[STATISTICS_KINDS] = { "audio", "video" };
static const char letters[STATISTICS_KINDS] = { 'A', 'V' };

/* Microseconds and millionths are all that is measured; unknown ones are left out, as the W3C wants it. */
static void add_number(cJSON *object, const char *name, double value)
{
    if (isfinite(value))
        cJSON_AddNumberToObject(object, name, round(value * 1e6) / 1e6);
}

static void add_count(cJSON *object, const char *name, uint64_t value)
{
    cJSON_AddNumberToObject(object, name, (double)value);
}

static double timestamp_ms(int64_t unix_us)
{
    return (double)unix_us / 1000;
}

static cJSON *add_object(cJSON *stats, const char *type, const char *id, int64_t unix_us)
{
    cJSON *object = cJSON_CreateObject();
    cJSON_AddStringToObject(object, "type", type);
    cJSON_AddStringToObject(object, "id", id);
    add_number(object, "timestamp", timestamp_ms(unix_us));
    cJSON_AddItemToArray(stats, object);
    return object;
}

static cJSON *add_stream(cJSON *stats, const char *type, const char *prefix, int kind, uint32_t ssrc,
                         const struct statistics_snapshot *now)
{
    g_autofree char *id = g_strdup_printf("%s%c", prefix, letters[kind]),
                    *codec = g_strdup_printf("C%c", letters[kind]);
    cJSON *object = add_object(stats, type, id, now->unix_us);
    cJSON_AddStringToObject(object, "kind", kinds[kind]);
    add_count(object, "ssrc", ssrc);
    cJSON_AddStringToObject(object, "transportId", "T");
    if (now->connection.codecs[kind].id != AV_CODEC_ID_NONE)
        cJSON_AddStringToObject(object, "codecId", codec);
    return object;
}

static void add_codec(cJSON *stats, int kind, const struct statistics_snapshot *now)
{
    const struct rtp_codec_statistics *codec = &now->connection.codecs[kind];
    if (codec->id == AV_CODEC_ID_NONE)
        return;
    const char *name = codec->id == AV_CODEC_ID_H264 ? "H264" : codec->id == AV_CODEC_ID_VP8 ? "VP8" : "opus";
    g_autofree char *id = g_strdup_printf("C%c", letters[kind]), *mime = g_strdup_printf("%s/%s", kinds[kind], name);
    cJSON *object = add_object(stats, "codec", id, now->unix_us);
    cJSON_AddNumberToObject(object, "payloadType", codec->payload_type);
    cJSON_AddStringToObject(object, "transportId", "T");
    cJSON_AddStringToObject(object, "mimeType", mime);
    cJSON_AddNumberToObject(object, "clockRate", codec->clock_rate);
    if (kind == STATISTICS_AUDIO)
        cJSON_AddNumberToObject(object, "channels", 2);
}

/* ---- inbound ---- */

static void add_played_video(cJSON *object, const struct statistics_snapshot *now,
                             const struct statistics_second *second)
{
    const struct playback_statistics *playback = &now->playback;
    add_count(object, "framesDecoded", playback->frames_decoded);
    add_count(object, "keyFramesDecoded", playback->key_frames_decoded);
    add_count(object, "framesRendered", playback->frames_rendered);
    add_count(object, "framesDropped", playback->frames_dropped);
    add_number(object, "framesPerSecond", second->frames_decoded);
    if (playback->width) {
        cJSON_AddNumberToObject(object, "frameWidth", playback->width);
        cJSON_AddNumberToObject(object, "frameHeight", playback->height);
    }
    add_number(object, "totalDecodeTime", playback->total_decode_time);
    add_number(object, "totalInterFrameDelay", playback->total_inter_frame_delay);
    add_number(object, "totalSquaredInterFrameDelay", playback->total_squared_inter_frame_delay);
    add_count(object, "freezeCount", playback->freeze_count);
    add_number(object, "totalFreezesDuration", playback->total_freezes_duration);
    add_count(object, "decoderFallbacks", playback->decoder_fallbacks);
    if (*playback->decoder)
        cJSON_AddStringToObject(object, "decoderImplementation", playback->decoder);
}

static void add_played_audio(cJSON *object, const struct playback_statistics *playback)
{
    add_count(object, "totalSamplesReceived", playback->total_samples_received);
    add_count(object, "concealedSamples", playback->concealed_samples);
    add_count(object, "concealmentEvents", playback->concealment_events);
    add_count(object, "insertedSamplesForDeceleration", playback->inserted_samples_for_deceleration);
    add_count(object, "removedSamplesForAcceleration", playback->removed_samples_for_acceleration);
    add_number(object, "jitterBufferDelay", playback->jitter_buffer_delay);
    add_count(object, "jitterBufferEmittedCount", playback->jitter_buffer_emitted_count);
    cJSON_AddStringToObject(object, "playoutId", "AP");
}

static void add_inbound(cJSON *stats, int kind, const struct statistics_snapshot *now,
                        const struct statistics_second *second)
{
    const struct inbound_rtp_statistics *in = &now->connection.inbound[kind];
    if (!in->ssrc)
        return;
    cJSON *object = add_stream(stats, "inbound-rtp", "I", kind, in->ssrc, now);
    add_count(object, "packetsReceived", in->packets_received);
    cJSON_AddNumberToObject(object, "packetsLost", (double)in->packets_lost);
    add_number(object, "jitter", in->jitter);
    add_count(object, "bytesReceived", in->bytes_received);
    add_count(object, "headerBytesReceived", in->header_bytes_received);
    add_count(object, "packetsDiscarded", in->packets_discarded);
    add_count(object, "fecPacketsReceived", in->fec_packets_received);
    add_count(object, "fecPacketsDiscarded", in->fec_packets_discarded);
    add_count(object, "fecPacketsRecovered", in->fec_packets_recovered);
    if (kind == STATISTICS_VIDEO) {
        add_count(object, "retransmittedPacketsReceived", in->retransmitted_packets_received);
        add_count(object, "nackCount", in->nack_count);
        add_count(object, "pliCount", in->pli_count);
        add_count(object, "firCount", in->fir_count);
        add_count(object, "framesReceived", in->frames_received);
    }
    if (now->plays && kind == STATISTICS_VIDEO)
        add_played_video(object, now, second);
    else if (now->plays)
        add_played_audio(object, &now->playback);
}

static void add_playout(cJSON *stats, const struct statistics_snapshot *now)
{
    if (!now->plays)
        return;
    cJSON *object = add_object(stats, "media-playout", "AP", now->unix_us);
    cJSON_AddStringToObject(object, "kind", "audio");
    add_count(object, "totalSamplesCount", now->playback.total_samples_received);
    add_number(object, "totalSamplesDuration", (double)now->playback.total_samples_received / 48000);
    add_number(object, "totalPlayoutDelay", now->playback.total_playout_delay);
}

/* ---- outbound ---- */

static void add_encoded(cJSON *object, const struct encoding_statistics *encoding,
                        const struct statistics_second *second)
{
    add_count(object, "framesEncoded", encoding->frames_encoded);
    add_count(object, "keyFramesEncoded", encoding->key_frames_encoded);
    add_number(object, "framesPerSecond", second->frames_encoded);
    cJSON_AddNumberToObject(object, "frameWidth", encoding->width);
    cJSON_AddNumberToObject(object, "frameHeight", encoding->height);
    add_number(object, "totalEncodeTime", encoding->total_encode_time);
    add_number(object, "targetBitrate", (double)encoding->target_bitrate);
    cJSON_AddStringToObject(object, "qualityLimitationReason", quality_limitation_name(encoding->limitation));
    cJSON *durations = cJSON_AddObjectToObject(object, "qualityLimitationDurations");
    for (int i = 0; i < QUALITY_LIMITATIONS; i++)
        add_number(durations, quality_limitation_name((enum quality_limitation)i), encoding->limitation_durations[i]);
    add_number(durations, "other", 0);
    add_count(object, "qualityLimitationResolutionChanges", encoding->limitation_resolution_changes);
    add_count(object, "encoderFallbacks", encoding->encoder_fallbacks);
    if (*encoding->encoder)
        cJSON_AddStringToObject(object, "encoderImplementation", encoding->encoder);
}

static void add_outbound(cJSON *stats, int kind, const struct statistics_snapshot *now,
                         const struct statistics_second *second)
{
    const struct outbound_rtp_statistics *out = &now->connection.outbound[kind];
    if (!out->ssrc)
        return;
    cJSON *object = add_stream(stats, "outbound-rtp", "O", kind, out->ssrc, now);
    if (now->connection.remote_inbound[kind].reported)
        cJSON_AddStringToObject(object, "remoteId", kind == STATISTICS_VIDEO ? "RIV" : "RIA");
    add_count(object, "packetsSent", out->packets_sent);
    add_count(object, "bytesSent", out->bytes_sent);
    add_count(object, "headerBytesSent", out->header_bytes_sent);
    add_count(object, "fecPacketsSent", out->fec_packets_sent);
    if (kind != STATISTICS_VIDEO)
        return;
    if (out->rtx_ssrc)
        add_count(object, "rtxSsrc", out->rtx_ssrc);
    add_count(object, "retransmittedPacketsSent", out->retransmitted_packets_sent);
    add_count(object, "retransmittedBytesSent", out->retransmitted_bytes_sent);
    add_count(object, "nackCount", out->nack_count);
    add_count(object, "pliCount", out->pli_count);
    add_count(object, "firCount", out->fir_count);
    add_count(object, "framesSent", out->frames_sent);
    if (now->encodes)
        add_encoded(object, &now->encoding, second);
}

static void add_remote_inbound(cJSON *stats, int kind, const struct statistics_snapshot *now)
{
    const struct remote_inbound_rtp_statistics *remote = &now->connection.remote_inbound[kind];
    if (!remote->reported)
        return;
    cJSON *object = add_stream(stats, "remote-inbound-rtp", "RI", kind, now->connection.outbound[kind].ssrc, now);
    cJSON_AddStringToObject(object, "localId", kind == STATISTICS_VIDEO ? "OV" : "OA");
    cJSON_AddNumberToObject(object, "packetsLost", (double)remote->packets_lost);
    add_number(object, "fractionLost", remote->fraction_lost);
    add_number(object, "jitter", remote->jitter);
    if (remote->round_trip_time_measurements)
        add_number(object, "roundTripTime", remote->round_trip_time);
    add_number(object, "totalRoundTripTime", remote->total_round_trip_time);
    add_count(object, "roundTripTimeMeasurements", remote->round_trip_time_measurements);
}

/* ---- the connection ---- */

static void add_traffic(cJSON *object, const struct transport_statistics *transport)
{
    add_count(object, "packetsSent", transport->packets_sent);
    add_count(object, "packetsReceived", transport->packets_received);
    add_count(object, "bytesSent", transport->bytes_sent);
    add_count(object, "bytesReceived", transport->bytes_received);
}

static void add_transport(cJSON *stats, const struct statistics_snapshot *now, const struct statistics_second *second)
{
    const struct connection_statistics *connection = &now->connection;
    cJSON *transport = add_object(stats, "transport", "T", now->unix_us);
    add_traffic(transport, &connection->transport);
    cJSON_AddStringToObject(transport, "dtlsState", connection->connected ? "connected" : "connecting");
    if (!connection->connected)
        return;
    cJSON_AddStringToObject(transport, "selectedCandidatePairId", "CP");
    cJSON *pair = add_object(stats, "candidate-pair", "CP", now->unix_us);
    cJSON_AddStringToObject(pair, "transportId", "T");
    cJSON_AddStringToObject(pair, "state", "succeeded");
    cJSON_AddBoolToObject(pair, "nominated", true);
    add_traffic(pair, &connection->transport);
    add_number(pair, "availableOutgoingBitrate", second->available_outgoing_bitrate);
}

static cJSON *make_stats(const struct statistics_snapshot *now, const struct statistics_second *second)
{
    cJSON *stats = cJSON_CreateArray();
    if (!now->has_connection)
        return stats;
    add_transport(stats, now, second);
    for (int kind = 0; kind < STATISTICS_KINDS; kind++) {
        add_codec(stats, kind, now);
        add_inbound(stats, kind, now, second);
        add_outbound(stats, kind, now, second);
        add_remote_inbound(stats, kind, now);
    }
    add_playout(stats, now);
    return stats;
}

/* ---- what has no name there: what passed in this second, and the loop ---- */

static void add_kinds(cJSON *object, const char *name, const double values[STATISTICS_KINDS])
{
    cJSON *both = cJSON_AddObjectToObject(object, name);
    for (int kind = 0; kind < STATISTICS_KINDS; kind++)
        add_number(both, kinds[kind], values[kind]);
}

static cJSON *make_second(const struct statistics_second *second)
{
    cJSON *object = cJSON_CreateObject();
    add_number(object, "length", second->length);
    add_number(object, "roundTripTime", second->round_trip_time);
    add_number(object, "fractionLost", second->fraction_lost);
    add_number(object, "remoteFractionLost", second->remote_fraction_lost);
    add_kinds(object, "receivedBitrate", second->received_bitrate);
    add_kinds(object, "sentBitrate", second->sent_bitrate);
    add_number(object, "framesDecoded", second->frames_decoded);
    add_number(object, "framesEncoded", second->frames_encoded);
    add_number(object, "retransmissionsReceived", second->retransmissions_received);
    add_number(object, "retransmissionsSent", second->retransmissions_sent);
    add_number(object, "nacksSent", second->nacks_sent);
    add_number(object, "plisSent", second->plis_sent);
    add_number(object, "freezes", second->freezes);
    add_number(object, "freezesDuration", second->freezes_duration);
    add_number(object, "concealed", second->concealed);
    return object;
}

static void add_capacity(cJSON *object, const struct encoding_statistics *encoding)
{
    static const char *const names[STATISTICS_LOADS] = { "encoding", "decoding", "drawing" };
    cJSON *capacity = cJSON_AddObjectToObject(object, "capacity");
    for (int i = 0; i < STATISTICS_LOADS; i++)
        add_number(capacity, names[i], encoding->loads[i]);
    cJSON_AddNumberToObject(capacity, "frameWidth", encoding->most_width);
    cJSON_AddNumberToObject(capacity, "frameHeight", encoding->most_height);
    add_number(capacity, "framesPerSecond", encoding->most_frames_per_second);
}

static cJSON *make_loop(const struct statistics_snapshot *now, const struct statistics_second *second)
{
    cJSON *object = cJSON_CreateObject();
    add_number(object, "stallP99", second->stall_p99_ms / 1000);
    add_number(object, "stallMax", second->stall_max_ms / 1000);
    cJSON *stalls = cJSON_AddArrayToObject(object, "stalls");
    for (int i = 0; i < STATISTICS_STALL_STEPS; i++) {
        cJSON *step = cJSON_CreateObject();
        add_number(step, "upTo", statistics_stall_step_ms(i) / 1000);
        add_count(step, "count", second->stalls[i]);
        cJSON_AddItemToArray(stalls, step);
    }
    if (now->encodes)
        add_capacity(object, &now->encoding);
    return object;
}

cJSON *statistics_json(const struct statistics *statistics)
{
    const struct statistics_snapshot *now = statistics_last(statistics);
    const struct statistics_second *second = statistics_second(statistics, 0);
    if (!now)
        return NULL;
    cJSON *json = cJSON_CreateObject();
    add_number(json, "timestamp", timestamp_ms(now->unix_us));
    cJSON_AddStringToObject(json, "remote", now->remote);
    if (now->safety_code[0])
        cJSON_AddStringToObject(json, "safety_code", now->safety_code);
    cJSON_AddItemToObject(json, "stats", make_stats(now, second));
    cJSON_AddItemToObject(json, "second", make_second(second));
    cJSON_AddItemToObject(json, "loop", make_loop(now, second));
    return json;
}
