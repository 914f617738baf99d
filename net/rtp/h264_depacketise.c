#include "net/rtp/h264_payload.h"

#include <string.h>

#include "net/rtp/h264_nal.h"
#include "net/rtp/rtp.h"

enum {
    PARAMETER_SETS = 32,      /* ids 0 to 31: all that an SPS can have, more than senders use for a PPS */
    PARAMETER_SET_MAX = 1024, /* larger ones are not remembered */
    PROFILE_AND_LEVEL = 3,    /* bytes of an SPS before its id */
    SEI_RECOVERY_POINT = 6,
};

struct h264_depacketiser {
    GByteArray *unit;
    int fragment;                 /* type of the fragmented unit that is being added to, 0: none */
    bool random_access, sps, pps; /* what the access unit has */
    GBytes *known_sps[PARAMETER_SETS], *known_pps[PARAMETER_SETS]; /* by id; NULL: never seen */
};

typedef bool (*visit_nal)(void *user_data, const uint8_t *nal, size_t size);

/* Calls `visit` for each unit of a STAP-A; false where the aggregate is malformed or `visit` says so. */
static bool walk_aggregate(const uint8_t *payload, size_t size, visit_nal visit, void *user_data)
{
    size_t at = 1;
    while (at + H264_STAP_LENGTH <= size) {
        size_t length = rtp_read16(payload + at);
        at += H264_STAP_LENGTH;
        if (!length || length > size - at || (payload[at] & H264_TYPE_MASK) > H264_SINGLE_MAX ||
            !visit(user_data, payload + at, length))
            return false;
        at += length;
    }
    return at == size && size > 1;
}

/* A number of a supplemental message (H.264, 7.3.2.3.1): 255 for each byte of that value, and the one behind. */
static bool read_sei_number(const uint8_t *body, size_t size, size_t *at, size_t *number)
{
    for (*number = 0; *at < size && body[*at] == 255; ++*at)
        *number += 255;
    if (*at == size)
        return false;
    *number += body[(*at)++];
    return true;
}

static bool has_recovery_point(const uint8_t *body, size_t size)
{
    size_t type, length;
    for (size_t at = 0;
         read_sei_number(body, size, &at, &type) && read_sei_number(body, size, &at, &length) && length <= size - at;
         at += length)
        if (type == SEI_RECOVERY_POINT)
            return true;
    return false;
}

/* `start`: the unit begins here, so that the slice header's first bit, first_mb_in_slice = 0, can be seen. */
static void describe(struct h264_payload_info *info, int type, bool start, const uint8_t *body, size_t size)
{
    if (type == H264_IDR || (type == H264_SEI && start && has_recovery_point(body, size)))
        info->random_access = true;
    if (!start)
        return;
    if (type == H264_SLICE || type == H264_IDR)
        info->first_slice |= size && body[0] & 0x80;
    else if (type >= H264_SEI && type <= H264_AUD)
        info->first_slice = true;
}

static bool describe_unit(void *user_data, const uint8_t *nal, size_t size)
{
    describe(user_data, nal[0] & H264_TYPE_MASK, true, nal + 1, size - 1);
    return true;
}

static bool begins_access_unit(int type)
{
    return type == H264_SPS || type == H264_AUD;
}

bool h264_parse_payload(const uint8_t *payload, size_t size, struct h264_payload_info *info)
{
    *info = (struct h264_payload_info){ 0 };
    if (!size)
        return false;
    int type = payload[0] & H264_TYPE_MASK;
    if (type == H264_STAP_A) {
        if (!walk_aggregate(payload, size, describe_unit, info))
            return false;
        info->parameter_sets = begins_access_unit(payload[1 + H264_STAP_LENGTH] & H264_TYPE_MASK);
        return true;
    }
    if (type == H264_FU_A) {
        if (size <= H264_FU_HEADER)
            return false;
        type = payload[1] & H264_TYPE_MASK;
        describe(info, type, payload[1] & H264_FU_START, payload + H264_FU_HEADER, size - H264_FU_HEADER);
        return type && type <= H264_SINGLE_MAX;
    }
    describe(info, type, true, payload + 1, size - 1);
    info->parameter_sets = begins_access_unit(type);
    return type && type <= H264_SINGLE_MAX;
}

/* ue(v), H.264 9.1; -1: too large for a parameter set's id, or cut off. */
static int read_id(const uint8_t *data, size_t size)
{
    int zeros = 0, value = 0;
    while (zeros < 6 && size && !(data[0] & 0x80 >> zeros))
        zeros++;
    if (!size || zeros == 6)
        return -1;
    for (int i = 0; i <= zeros; i++) {
        size_t bit = (size_t)(zeros + i);
        if (bit / 8 >= size)
            return -1;
        value = value << 1 | (data[bit / 8] >> (7 - bit % 8) & 1);
    }
    return value - 1;
}

static void remember(GBytes **known, const uint8_t *nal, size_t size, size_t id_offset)
{
    if (size > PARAMETER_SET_MAX || size <= id_offset)
        return;
    int id = read_id(nal + id_offset, size - id_offset);
    if (id < 0 || id >= PARAMETER_SETS)
        return;
    g_clear_pointer(&known[id], g_bytes_unref);
    known[id] = g_bytes_new(nal, size);
}

static bool learn_unit(void *user_data, const uint8_t *nal, size_t size)
{
    struct h264_depacketiser *depacketiser = user_data;
    int type = nal[0] & H264_TYPE_MASK;
    if (type == H264_SPS)
        remember(depacketiser->known_sps, nal, size, 1 + PROFILE_AND_LEVEL);
    else if (type == H264_PPS)
        remember(depacketiser->known_pps, nal, size, 1);
    return true;
}

static void append_unit(GByteArray *unit, const uint8_t *nal, size_t size)
{
    static const uint8_t start_code[] = { 0, 0, 0, 1 };
    g_byte_array_append(unit, start_code, sizeof start_code);
    g_byte_array_append(unit, nal, (guint)size);
}

static bool add_unit(void *user_data, const uint8_t *nal, size_t size)
{
    struct h264_depacketiser *depacketiser = user_data;
    int type = nal[0] & H264_TYPE_MASK;
    depacketiser->random_access |= type == H264_IDR || (type == H264_SEI && has_recovery_point(nal + 1, size - 1));
    depacketiser->sps |= type == H264_SPS;
    depacketiser->pps |= type == H264_PPS;
    append_unit(depacketiser->unit, nal, size);
    return learn_unit(depacketiser, nal, size);
}

static bool add_fragment(struct h264_depacketiser *depacketiser, const uint8_t *payload, size_t size)
{
    int type = size > H264_FU_HEADER ? payload[1] & H264_TYPE_MASK : 0;
    if (!type || type > H264_SINGLE_MAX)
        return false;
    if (payload[1] & H264_FU_START) {
        uint8_t header = (uint8_t)((payload[0] & ~H264_TYPE_MASK) | type);
        depacketiser->fragment = type;
        add_unit(depacketiser, &header, 1);
    } else if (type != depacketiser->fragment) {
        return false;
    }
    g_byte_array_append(depacketiser->unit, payload + H264_FU_HEADER, (guint)(size - H264_FU_HEADER));
    return true;
}

bool h264_depacketiser_add(struct h264_depacketiser *depacketiser, const uint8_t *payload, size_t size)
{
    if (!size)
        return false;
    int type = payload[0] & H264_TYPE_MASK;
    if (type == H264_FU_A)
        return add_fragment(depacketiser, payload, size);
    depacketiser->fragment = 0;
    if (type == H264_STAP_A)
        return walk_aggregate(payload, size, add_unit, depacketiser);
    return type && type <= H264_SINGLE_MAX && add_unit(depacketiser, payload, size);
}

void h264_depacketiser_learn(struct h264_depacketiser *depacketiser, const uint8_t *payload, size_t size)
{
    if (!size)
        return;
    int type = payload[0] & H264_TYPE_MASK;
    if (type == H264_STAP_A)
        walk_aggregate(payload, size, learn_unit, depacketiser);
    else
        learn_unit(depacketiser, payload, size);
}

static bool prepend_known(struct h264_depacketiser *depacketiser)
{
    g_autoptr(GByteArray) sets = g_byte_array_new();
    GBytes **tables[] = { depacketiser->known_sps, depacketiser->known_pps };
    for (size_t t = 0; t < G_N_ELEMENTS(tables); t++) {
        guint before = sets->len;
        for (int id = 0; id < PARAMETER_SETS; id++) {
            if (tables[t][id])
                append_unit(sets, g_bytes_get_data(tables[t][id], NULL), g_bytes_get_size(tables[t][id]));
        }
        if (sets->len == before)
            return false;
    }
    g_byte_array_prepend(depacketiser->unit, sets->data, sets->len);
    return true;
}

const GByteArray *h264_depacketiser_end(struct h264_depacketiser *depacketiser, bool *key)
{
    *key = depacketiser->random_access && ((depacketiser->sps && depacketiser->pps) || prepend_known(depacketiser));
    return depacketiser->unit->len ? depacketiser->unit : NULL;
}

void h264_depacketiser_begin(struct h264_depacketiser *depacketiser)
{
    g_byte_array_set_size(depacketiser->unit, 0);
    depacketiser->fragment = 0;
    depacketiser->random_access = depacketiser->sps = depacketiser->pps = false;
}

struct h264_depacketiser *h264_depacketiser_create(void)
{
    struct h264_depacketiser *depacketiser = g_new0(struct h264_depacketiser, 1);
    depacketiser->unit = g_byte_array_new();
    return depacketiser;
}

void h264_depacketiser_reset(struct h264_depacketiser *depacketiser)
{
    h264_depacketiser_begin(depacketiser);
    for (int id = 0; id < PARAMETER_SETS; id++) {
        g_clear_pointer(&depacketiser->known_sps[id], g_bytes_unref);
        g_clear_pointer(&depacketiser->known_pps[id], g_bytes_unref);
    }
}

void h264_depacketiser_destroy(struct h264_depacketiser *depacketiser)
{
    if (!depacketiser)
        return;
    h264_depacketiser_reset(depacketiser);
    g_byte_array_unref(depacketiser->unit);
    g_free(depacketiser);
}
