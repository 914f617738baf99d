#include "net/protocol/room_streams.h"

#include <string.h>

#include <glib.h>

#include "engine/text/json.h"

static const char *const schemes[] = {
    "whep", "wheps", "rtsp", "rtsps", "rtmp", "rtmps", "http", "https", "srt", "udp", "rtp",
};

static bool is_printable(const char *text)
{
    for (; *text; text++)
        if (!g_ascii_isgraph(*text))
            return false;
    return true;
}

bool room_stream_is_valid(const char *url)
{
    const char *end = url ? strstr(url, "://") : NULL;
    if (!end || strlen(url) > ROOM_STREAM_BYTES || !is_printable(url) || !end[3])
        return false;
    for (size_t i = 0; i < G_N_ELEMENTS(schemes); i++)
        if (strlen(schemes[i]) == (size_t)(end - url) && !g_ascii_strncasecmp(url, schemes[i], (gsize)(end - url)))
            return true;
    return false;
}

static bool are_valid(const cJSON *urls)
{
    const cJSON *url;
    if (!cJSON_IsArray(urls) || cJSON_GetArraySize(urls) > ROOM_STREAMS_MAX)
        return false;
    cJSON_ArrayForEach (url, urls)
        if (!room_stream_is_valid(cJSON_GetStringValue(url)))
            return false;
    return true;
}

const char *room_streams_fault(const cJSON *said)
{
    const cJSON *urls = json_member(said, "streams"), *direct = json_member(said, "direct");
    if (urls && !are_valid(urls))
        return "a room's \"streams\" are at most 4 URLs of 512 bytes, such as whep://, rtmp:// or https://";
    if (direct && !(cJSON_IsNumber(direct) && direct->valuedouble >= 0 && direct->valuedouble <= ROOM_STREAMS_MOST))
        return "a room's \"direct\" is a number of viewers";
    return NULL;
}

struct room_streams room_streams_read(const cJSON *said)
{
    const cJSON *urls = json_member(said, "streams"), *direct = json_member(said, "direct"), *url;
    struct room_streams streams = { 0 };
    if (!urls || !cJSON_GetArraySize(urls) || room_streams_fault(said))
        return streams;
    g_autoptr(GStrvBuilder) builder = g_strv_builder_new();
    cJSON_ArrayForEach (url, urls)
        g_strv_builder_add(builder, url->valuestring);
    streams.urls = g_strv_builder_end(builder);
    streams.direct = direct ? direct->valueint : ROOM_STREAMS_DIRECT;
    return streams;
}

void room_streams_write(const struct room_streams *streams, cJSON *object)
{
    if (!streams->urls)
        return;
    cJSON *urls = cJSON_AddArrayToObject(object, "streams");
    for (char **url = streams->urls; *url; url++)
        cJSON_AddItemToArray(urls, cJSON_CreateString(*url));
    cJSON_AddNumberToObject(object, "direct", streams->direct);
}

struct room_streams room_streams_copy(const struct room_streams *streams)
{
    return (struct room_streams){ g_strdupv(streams->urls), streams->direct };
}

bool room_streams_equal(const struct room_streams *a, const struct room_streams *b)
{
    if (!a->urls || !b->urls)
        return !a->urls && !b->urls;
    return a->direct == b->direct && g_strv_equal((const char *const *)a->urls, (const char *const *)b->urls);
}

void room_streams_clear(struct room_streams *streams)
{
    g_strfreev(streams->urls);
    *streams = (struct room_streams){ 0 };
}
