/* A caller in one file: calls a user, counts the pictures that come back, mutes itself for a moment, hangs up.
 *
 *     cc caller.c $(pkg-config --cflags --libs callapi) -o caller
 *     ./caller ws://127.0.0.1:8080 anna bert          (bert is callee.c, or a browser at http://127.0.0.1:8080)
 *
 * Exit status: 0 where the call was connected and pictures came, 1 where not, 2 for bad usage. */
#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <callapi.h>

enum { MUTE_AT = 25, UNMUTE_AT = 50, HANG_UP_AT = 100 }; /* remote pictures */
enum { PATIENCE_S = 30 };                                /* for all of it */

struct caller {
    struct callapi *api;
    const char *remote;
    int pictures;
    bool connected, over;
};

static int64_t now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now); /* the clock of callapi_deadline */
    return now.tv_sec * INT64_C(1000000) + now.tv_nsec / 1000;
}

/* One turn of the loop: sleeps until the library has something to do, then lets it. */
static bool turn(struct callapi *api)
{
    struct pollfd descriptors[128];
    size_t n = callapi_descriptors(api, descriptors, 128);
    int64_t wait_ms = (callapi_deadline(api) - now_us() + 999) / 1000;
    wait_ms = wait_ms < 0 ? 0 : wait_ms > 1000 ? 1000 : wait_ms; /* once a second, to look at our own patience */
    if (n > 128 || (poll(descriptors, (nfds_t)n, (int)wait_ms) < 0 && errno != EINTR)) {
        fprintf(stderr, "caller: cannot wait: %s\n", n > 128 ? "too many descriptors" : strerror(errno));
        return false;
    }
    callapi_poll(api); /* the callbacks below come from here */
    return true;
}

/* How an operation ended: with an error where it came to nothing. */
static void on_called(void *user_data, const struct callapi_error *error)
{
    struct caller *caller = user_data;
    if (error)
        fprintf(stderr, "caller: %s was not reached: %s\n", caller->remote, error->text);
    else
        printf("it rings at %s\n", caller->remote);
}

static void on_prepared(void *user_data, const struct callapi_error *error)
{
    struct caller *caller = user_data;
    if (error) {
        fprintf(stderr, "caller: no connection: %s\n", error->text);
        caller->over = true;
        return;
    }
    struct callapi_target target = { .user = caller->remote };
    enum call_error refused = callapi_call(caller->api, &target, on_called, caller);
    if (refused) {
        fprintf(stderr, "caller: %s\n", call_error_text(refused));
        caller->over = true;
    }
}

static void on_hung_up(void *user_data, const struct callapi_error *error)
{
    struct caller *caller = user_data;
    if (error)
        fprintf(stderr, "caller: the other side may not know that it is over: %s\n", error->text);
    caller->over = true;
}

static void on_state(void *user_data, const struct callapi_change *change)
{
    struct caller *caller = user_data;
    printf("%s (%s)\n", call_state_name(change->state), call_reason_name(change->reason));
    if (change->state == CALL_CONNECTED)
        caller->connected = true;
    /* After our own hanging up we stay until the other side knows: on_hung_up. */
    bool ended = change->state == CALL_PREPARED && change->previous >= CALL_CALLING;
    if (change->state == CALL_FAILED || (ended && change->reason != CALL_REASON_LOCAL_HANGUP))
        caller->over = true;
}

static void on_error(void *user_data, const struct callapi_error *error)
{
    (void)user_data;
    fprintf(stderr, "caller: %s\n", error->text);
}

/* A real program draws the picture. True says that it is on the screen: the first one makes the call connected. */
static bool on_remote_picture(void *user_data, const struct callapi_picture *picture)
{
    struct caller *caller = user_data;
    if (++caller->pictures == 1)
        printf("first picture: %d x %d\n", picture->width, picture->height);
    if (caller->pictures == MUTE_AT || caller->pictures == UNMUTE_AT) /* operations are allowed in callbacks */
        callapi_set_muted(caller->api, caller->pictures == MUTE_AT);
    if (caller->pictures == HANG_UP_AT)
        callapi_hang_up(caller->api, CALL_REASON_NONE, on_hung_up, caller);
    return true;
}

int main(int argc, char **argv)
{
    if (argc != 4) {
        fprintf(stderr, "usage: caller URL USER REMOTE\n");
        return 2;
    }
    setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
    const char *const cameras[] = { "synthetic", NULL }; /* or "/dev/video0" */
    struct callapi_config config = { .url = argv[1], .user = argv[2], .cameras = cameras, .microphone = "tone" };
    char *why = NULL;
    struct caller caller = { .api = callapi_create(&config, &why), .remote = argv[3] };
    if (!caller.api) {
        fprintf(stderr, "caller: %s\n", why);
        callapi_free_text(why);
        return 1;
    }
    static const struct callapi_listener listener = { .state = on_state,
                                                      .error = on_error,
                                                      .remote_picture = on_remote_picture };
    callapi_add_listener(caller.api, &listener, &caller);
    struct callapi_prepare prepare = { .party = CALL_PARTY_ANYONE };
    enum call_error refused = callapi_prepare(caller.api, &prepare, on_prepared, &caller);
    if (refused)
        fprintf(stderr, "caller: %s\n", call_error_text(refused));
    int64_t give_up_us = now_us() + PATIENCE_S * INT64_C(1000000);
    while (!refused && !caller.over && now_us() < give_up_us && turn(caller.api))
        ;
    char *timing = callapi_timing(caller.api); /* when what happened, on both ends */
    printf("timing: %s\n%d pictures\n", timing, caller.pictures);
    callapi_free_text(timing);
    callapi_destroy(caller.api);
    if (!caller.connected || !caller.pictures)
        fprintf(stderr, "caller: no call came of it\n");
    return caller.connected && caller.pictures ? 0 : 1;
}
