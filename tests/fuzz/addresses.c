/* Addresses and the like, as people and servers write them. The first byte says what the text is. */
#include "app/kiosk/opening_hours.h"
#include "engine/publish/address.h"
#include "engine/stream/address.h"
#include "engine/text/address.h"
#include "fuzz.h"
#include "net/connection/reactor.h"
#include "net/http/http.h"
#include "net/hub/origin.h"
#include "net/protocol/room_streams.h"
#include "net/transport/ice_servers.h"
#include "net/whip/ice_link.h"
#include "test_resolver.h"

#include <string.h>

static void stream(const char *text)
{
    if (*text == '@') /* it would read that file */
        return;
    struct stream_address address;
    g_autofree char *error = NULL;
    bool good = stream_address_parse(&address, text, &error);
    g_assert_true(good == (error == NULL));
    if (good)
        g_assert_true(address.url && address.shown && address.name);
    stream_address_clear(&address);
}

static void publish(const char *text)
{
    g_autofree char *words = publish_words(text);
    g_assert_nonnull(words);
    g_assert_null(strchr(words, '@')); /* what stands before it is a secret */
    if (publish_kind_of(text) == PUBLISH_CONTAINER)
        g_assert_nonnull(publish_format(text));
}

static void ice_server(const char *text)
{
    char *urls[] = { (char *)text, NULL };
    g_autofree char *error = NULL;
    g_assert_true(ice_servers_check(urls, "user", "credential", &error) == (error == NULL));
}

static void room_stream(const char *text)
{
    g_assert_true(!room_stream_is_valid(text) || strlen(text) <= ROOM_STREAM_BYTES);
    cJSON *json = cJSON_Parse(text);
    struct room_streams streams = room_streams_read(json), copy = room_streams_copy(&streams);
    g_assert_true(room_streams_equal(&streams, &copy));
    room_streams_fault(json);
    cJSON *object = cJSON_CreateObject();
    room_streams_write(&streams, object);
    g_assert_null(room_streams_fault(object));
    room_streams_clear(&streams);
    room_streams_clear(&copy);
    cJSON_Delete(object);
    cJSON_Delete(json);
}

static void http(const char *text)
{
    g_autofree char *resolved = http_resolve("https://sfu.example/whep/1?x#y", text), *place = http_place(text);
    if (resolved) {
        g_autofree char *other = http_place(resolved);
        g_assert_nonnull(other);
    }
    http_same_origin("https://sfu.example/", text);
    g_assert_true(!place || http_same_origin(text, text));
}

static void ice_link(const char *text)
{
    struct reactor *reactor = reactor_create();
    struct ice_servers *servers = ice_servers_create(reactor, NULL);
    g_assert_cmpint(ice_link_add(servers, text), >=, 0);
    reactor_flush(reactor); /* names are looked up */
    ice_servers_destroy(servers);
    reactor_destroy(reactor);
}

static void origin(const char *text)
{
    char *allowed[] = { (char *)text, NULL };
    hub_origin_is_our_host(allowed, "calls.example");
    hub_origin_is_our_host(NULL, text);
    hub_origin_is_allowed(NULL, text, "127.0.0.1:8080");
    hub_origin_is_allowed(allowed, "https://calls.example", text);
    g_autofree char *user = address_user(text);
    g_assert_cmpuint(strlen(user), ==, address_user_length(text));
    g_assert_true(address_same_user(text, text));
}

static void hours(const char *text)
{
    g_autofree char *error = NULL;
    struct opening_hours *parsed = opening_hours_parse(text, &error);
    g_assert_true((parsed == NULL) == (error != NULL));
    g_autoptr(GDateTime) now = g_date_time_new_utc(2026, 3, 29, 1, 30, 0);
    if (parsed && !opening_hours_is_open(parsed, now)) {
        g_autoptr(GDateTime) next = opening_hours_next(parsed, now);
        g_assert_true(!next || g_date_time_compare(next, now) > 0);
    }
    opening_hours_free(parsed);
}

/* The sanitizer's, where there is one. */
extern void __lsan_disable(void) __attribute__((weak));
extern void __lsan_enable(void) __attribute__((weak));

/* GIO loads what it has for TLS at its first use, and keeps it where no leak checker looks. */
static void begin(void)
{
    test_resolver_use();
    if (__lsan_disable)
        __lsan_disable();
    g_tls_backend_get_default();
    if (__lsan_enable)
        __lsan_enable();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static void (*const kinds[])(const char *text) = { stream, publish,  ice_server, room_stream,
                                                       http,   ice_link, origin,     hours };
    static bool begun;
    if (!begun)
        begin();
    begun = true;
    struct fuzz_input input = { data, size };
    unsigned kind = fuzz_byte(&input);
    g_autofree char *text = fuzz_text(&input);
    kinds[kind % G_N_ELEMENTS(kinds)](text);
    return 0;
}
