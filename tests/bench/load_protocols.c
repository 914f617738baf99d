/* The little of RFC 6455 (WebSocket) and of MQTT 3.1.1 that the load needs; a library's connection would weigh more
 * than the servers that are measured. */
#define _GNU_SOURCE /* memmem */
#include <string.h>

#include "load.h"

static size_t big_endian_16(const uint8_t *bytes)
{
    return (size_t)bytes[0] << 8 | bytes[1];
}

/* --- the hub: JSON in text frames. A client's frames are masked; a mask of zeros leaves the text as it is. */

enum { FRAME_TEXT = 0x81, FRAME_CLOSE = 0x88, FRAME_PING = 0x89, FRAME_PONG = 0x8a, FRAME_MASKED = 0x80 };

static void write_frame(struct load *load, int index, uint8_t kind, const void *payload, size_t length)
{
    g_autoptr(GByteArray) frame = g_byte_array_new();
    uint8_t head[] = { kind, FRAME_MASKED | (length < 126 ? (uint8_t)length : 126), (uint8_t)(length >> 8),
                       (uint8_t)length };
    g_byte_array_append(frame, head, length < 126 ? 2 : 4);
    g_byte_array_append(frame, (const uint8_t[4]){ 0 }, 4);
    if (length)
        g_byte_array_append(frame, payload, (guint)length);
    load_write(load, index, frame->data, frame->len);
}

static void hub_greet(struct load *load, int index)
{
    static const char request[] = "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                                  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
                                  "Sec-WebSocket-Protocol: callapi\r\n\r\n";
    load_write(load, index, request, strlen(request));
}

/* The answer to the upgrade; then the client logs in. */
static size_t hub_take_upgrade(struct load *load, int index, const uint8_t *bytes, size_t length)
{
    const uint8_t *end = memmem(bytes, length, "\r\n\r\n", 4);
    if (!end)
        return 0;
    g_autofree char *login = g_strdup_printf("{\"id\":1,\"op\":\"login\",\"user\":\"user%d\"}", index);
    write_frame(load, index, FRAME_TEXT, login, strlen(login));
    return (size_t)(end - bytes) + 4;
}

static void hub_frame(struct load *load, int index, uint8_t kind, const uint8_t *text, size_t length)
{
    if (kind == FRAME_PING)
        write_frame(load, index, FRAME_PONG, text, length);
    else if (kind == FRAME_TEXT && memmem(text, length, "\"resume\"", 8))
        load_is_ready(load, index);
    else if (kind == FRAME_TEXT)
        load_received(load, text, length);
}

static size_t hub_take(struct load *load, int index, const uint8_t *bytes, size_t length)
{
    if (bytes[0] == 'H')
        return hub_take_upgrade(load, index, bytes, length);
    size_t head = length >= 2 && bytes[1] == 126 ? 4 : 2;
    if (length < head)
        return 0;
    size_t payload = head == 4 ? big_endian_16(bytes + 2) : bytes[1];
    if (length < head + payload)
        return 0;
    hub_frame(load, index, bytes[0], bytes + head, payload);
    return head + payload;
}

static void hub_send(struct load *load, int from, int to)
{
    g_autofree char *body = load_body();
    g_autofree char *text = g_strdup_printf("{\"id\":2,\"op\":\"send\",\"to\":\"user%d\",\"body\":%s}", to, body);
    write_frame(load, from, FRAME_TEXT, text, strlen(text));
}

const struct load_protocol load_hub = { hub_greet, hub_take, hub_send };

/* --- MQTT: an inbox topic for each user, QoS 1 both ways, so that each message is acknowledged as the hub's are. */

enum {
    CONNECT = 0x10,
    CONNACK = 0x20,
    PUBLISH = 0x30,
    PUBLISH_QOS_1 = 0x32,
    PUBACK = 0x40,
    SUBSCRIBE = 0x82,
    SUBACK = 0x90,
    CLEAN_SESSION = 2,
    KEEP_ALIVE_S = 600,
    PACKET_ID = 1
};

static void append_string(GByteArray *packet, const char *string)
{
    size_t length = strlen(string);
    g_byte_array_append(packet, (uint8_t[]){ (uint8_t)(length >> 8), (uint8_t)length }, 2);
    g_byte_array_append(packet, (const uint8_t *)string, (guint)length);
}

static void write_packet(struct load *load, int index, uint8_t kind, const GByteArray *body)
{
    g_autoptr(GByteArray) packet = g_byte_array_new();
    g_byte_array_append(packet, &kind, 1);
    size_t left = body->len;
    do {
        uint8_t digit = (uint8_t)(left % 128 | (left >= 128 ? 128 : 0));
        g_byte_array_append(packet, &digit, 1);
        left /= 128;
    } while (left);
    g_byte_array_append(packet, body->data, body->len);
    load_write(load, index, packet->data, packet->len);
}

static void mqtt_greet(struct load *load, int index)
{
    g_autoptr(GByteArray) body = g_byte_array_new();
    append_string(body, "MQTT");
    g_byte_array_append(body, (uint8_t[]){ 4, CLEAN_SESSION, KEEP_ALIVE_S >> 8, KEEP_ALIVE_S & 255 }, 4);
    g_autofree char *name = g_strdup_printf("user%d", index);
    append_string(body, name);
    write_packet(load, index, CONNECT, body);
}

static void mqtt_subscribe(struct load *load, int index)
{
    g_autoptr(GByteArray) body = g_byte_array_append(g_byte_array_new(), (uint8_t[]){ 0, PACKET_ID }, 2);
    g_autofree char *topic = g_strdup_printf("inbox/user%d", index);
    append_string(body, topic);
    g_byte_array_append(body, (uint8_t[]){ 1 }, 1);
    write_packet(load, index, SUBSCRIBE, body);
}

static void mqtt_message(struct load *load, int index, const uint8_t *body, size_t length)
{
    size_t id_at = length >= 2 ? 2 + big_endian_16(body) : length;
    if (id_at + 2 > length)
        return;
    g_autoptr(GByteArray) id = g_byte_array_append(g_byte_array_new(), body + id_at, 2);
    write_packet(load, index, PUBACK, id);
    load_received(load, body + id_at + 2, length - id_at - 2);
}

static size_t mqtt_take(struct load *load, int index, const uint8_t *bytes, size_t length)
{
    size_t head = 1, payload = 0;
    do {
        if (head >= length || head > 4)
            return 0;
        payload |= (size_t)(bytes[head] & 127) << (7 * (head - 1));
    } while (bytes[head++] & 128);
    if (length < head + payload)
        return 0;
    if (bytes[0] == CONNACK)
        mqtt_subscribe(load, index);
    else if (bytes[0] == SUBACK)
        load_is_ready(load, index);
    else if ((bytes[0] & 0xf0) == PUBLISH)
        mqtt_message(load, index, bytes + head, payload);
    return head + payload;
}

static void mqtt_send(struct load *load, int from, int to)
{
    g_autoptr(GByteArray) packet = g_byte_array_new();
    g_autofree char *topic = g_strdup_printf("inbox/user%d", to), *body = load_body();
    append_string(packet, topic);
    g_byte_array_append(packet, (uint8_t[]){ 0, PACKET_ID }, 2);
    g_byte_array_append(packet, (const uint8_t *)body, (guint)strlen(body));
    write_packet(load, from, PUBLISH_QOS_1, packet);
}

const struct load_protocol load_mqtt = { mqtt_greet, mqtt_take, mqtt_send };
