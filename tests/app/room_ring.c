/* The ring of rooms: whatever it holds, some number of steps leads to a room in it. */
#include "app/agent/room_ring.h"

#include <glib.h>

static struct room_ring *ring_of(const char *answer)
{
    struct room_ring *ring = room_ring_create();
    cJSON *json = cJSON_Parse(answer);
    room_ring_set(ring, json);
    cJSON_Delete(json);
    return ring;
}

static const char three[] =
    "{\"rooms\":[{\"room\":\"Pond\",\"state\":\"live\"},{\"room\":\"Cafe\",\"state\":\"private\"},"
    "{\"room\":\"Attic\",\"state\":\"away\"},{\"room\":\"Lobby\",\"state\":\"live\"}]}";

static void test_around(void)
{
    struct room_ring *ring = ring_of(three); /* Cafe, Lobby, Pond */
    g_assert_cmpstr(room_ring_beside(ring, "Cafe", 1), ==, "Lobby");
    g_assert_cmpstr(room_ring_beside(ring, "Pond", 1), ==, "Cafe");
    g_assert_cmpstr(room_ring_beside(ring, "Cafe", -1), ==, "Pond");
    g_assert_cmpstr(room_ring_beside(ring, "Lobby", 3), ==, "Lobby");
    g_assert_cmpstr(room_ring_beside(ring, "Lobby", -7), ==, "Cafe");
    g_assert_null(room_ring_beside(ring, "Lobby", 0));
    room_ring_destroy(ring);
}

/* A room that is not, or no longer, among them still has a place. */
static void test_from_outside(void)
{
    struct room_ring *ring = ring_of(three);
    g_assert_cmpstr(room_ring_beside(ring, "Dock", 1), ==, "Lobby");
    g_assert_cmpstr(room_ring_beside(ring, "Dock", -1), ==, "Cafe");
    g_assert_cmpstr(room_ring_beside(ring, "Zoo", 1), ==, "Cafe");
    room_ring_remove(ring, "Lobby");
    room_ring_remove(ring, "Lobby");
    g_assert_cmpstr(room_ring_beside(ring, "Lobby", 1), ==, "Pond");
    g_assert_cmpstr(room_ring_beside(ring, "Lobby", -1), ==, "Cafe");
    room_ring_destroy(ring);
}

static void test_few(void)
{
    struct room_ring *ring = ring_of(
        "{\"rooms\":[{\"room\":\"Lobby\",\"state\":\"live\"},{\"room\":7,\"state\":\"live\"},{\"room\":\"Cafe\"},3]}");
    g_assert_cmpstr(room_ring_beside(ring, "Lobby", 1), ==, "Lobby");
    room_ring_remove(ring, "Lobby");
    g_assert_null(room_ring_beside(ring, "Lobby", 1));
    room_ring_set(ring, NULL);
    g_assert_null(room_ring_beside(ring, "Lobby", -1));
    room_ring_destroy(ring);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/room-ring/around", test_around);
    g_test_add_func("/room-ring/from-outside", test_from_outside);
    g_test_add_func("/room-ring/few", test_few);
    return g_test_run();
}
