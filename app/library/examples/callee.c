/* A callee in one file: waits for a call, accepts it, counts the pictures that come, and ends with the call.
 *
 *     cc callee.c $(pkg-config --cflags --libs callapi) -o callee
 *     ./callee ws://127.0.0.1:8080 bert               (then ./caller ws://127.0.0.1:8080 anna bert)
 *
 * Exit status: 0 where the call was connected and pictures came, 1 where not, 2 for bad usage. */
#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <callapi.h>

struct callee {
    struct callapi *api;
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
    wait_ms = wait_ms < 0 ? 0 : wait_ms > 1000 ? 1000 : wait_ms;
    if (n > 128 || (poll(descriptors, (nfds_t)n, (int)wait_ms) < 0 && errno != EINTR)) {
        fprintf(stderr, "callee: cannot wait: %s\n", n > 128 ? "too many descriptors" : strerror(errno));
        return false;
    }
    callapi_poll(api); /* the callbacks below come from here */
    return true;
}

static void on_prepared(void *user_data, const struct callapi_error *error)
{
    struct callee *callee = user_data;
    if (error)
        fprintf(stderr, "callee: no connection: %s\n", error->text);
    else
        printf("waiting for a call\n");
    callee->over = error != NULL;
}

static void on_accepted(void *user_data, const struct callapi_error *error)
{
    (void)user_data;
    if (error)
        fprintf(stderr, "callee: the caller did not hear that we accepted: %s\n", error->text);
}

static void on_state(void *user_data, const struct callapi_change *change)
{
    struct callee *callee = user_data;
    printf("%s (%s)\n", call_state_name(change->state), call_reason_name(change->reason));
    /* Calling is both sides' state: the role says whether it rings here. */
    if (change->state == CALL_CALLING && change->role == CALL_ROLE_CALLEE) {
        printf("%s calls\n", change->remote);
        enum call_error refused = callapi_accept(callee->api, on_accepted, callee);
        if (refused)
            fprintf(stderr, "callee: %s\n", call_error_text(refused));
    }
    if (change->state == CALL_CONNECTED)
        callee->connected = true;
    bool ended = change->state == CALL_PREPARED && change->previous >= CALL_CALLING;
    if (ended || change->state == CALL_FAILED)
        callee->over = true;
}

static void on_error(void *user_data, const struct callapi_error *error)
{
    (void)user_data;
    fprintf(stderr, "callee: %s\n", error->text);
}

static void on_remote_media(void *user_data, bool muted, bool camera_on)
{
    (void)user_data;
    printf("the caller is %s, with the camera %s\n", muted ? "muted" : "heard", camera_on ? "on" : "off");
}

/* A real program draws the picture. True says that it is on the screen: the first one makes the call connected. */
static bool on_remote_picture(void *user_data, const struct callapi_picture *picture)
{
    struct callee *callee = user_data;
    if (++callee->pictures == 1)
        printf("first picture: %d x %d\n", picture->width, picture->height);
    return true;
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: callee URL USER\n");
        return 2;
    }
    setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
    const char *const cameras[] = { "synthetic", NULL }; /* or "/dev/video0" */
    struct callapi_config config = { .url = argv[1], .user = argv[2], .cameras = cameras, .microphone = "tone" };
    char *why = NULL;
    struct callee callee = { .api = callapi_create(&config, &why) };
    if (!callee.api) {
        fprintf(stderr, "callee: %s\n", why);
        callapi_free_text(why);
        return 1;
    }
    static const struct callapi_listener listener = {
        .state = on_state,
        .error = on_error,
        .remote_media = on_remote_media,
        .remote_picture = on_remote_picture,
    };
    callapi_add_listener(callee.api, &listener, &callee);
    struct callapi_prepare prepare = { .party = CALL_PARTY_ANYONE };
    enum call_error refused = callapi_prepare(callee.api, &prepare, on_prepared, &callee);
    if (refused)
        fprintf(stderr, "callee: %s\n", call_error_text(refused));
    while (!refused && !callee.over && turn(callee.api))
        ;
    printf("%d pictures\n", callee.pictures);
    callapi_destroy(callee.api);
    if (!callee.connected || !callee.pictures)
        fprintf(stderr, "callee: no call came of it\n");
    return callee.connected && callee.pictures ? 0 : 1;
}
