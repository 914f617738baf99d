/* A machine whose encoder is slow, or gets slow in a call, sends smaller pictures, in time, and larger ones again once
 * it is fast; one that is slow to decode is sent smaller ones. Whole agents, whose FFmpeg takes as long for a picture
 * as the test says, by a clock of the processor's time that counts nothing else: how fast this machine is does not
 * matter. */
#define _GNU_SOURCE /* RTLD_NEXT */
#include <dlfcn.h>
#include <libavcodec/avcodec.h>

#include "agent_rig.h"
#include "app/outgoing/outgoing.h"

enum { WIDTH = 640, HEIGHT = 360, OTHER_WIDTH = 320, OTHER_HEIGHT = 240 };
enum { ASKED = 230000 };      /* bit/s: 0.03 for each pixel of 480x270, 30 a second, with sound and repair */
enum { TOO_SLOW_US = 27000 }; /* for a picture of full size: 81 % of the time, and 46 % for one of 480x270 */
enum { QUICK_US = 1000 };     /* for any picture at least */

/* Of a picture of WIDTH x HEIGHT, if more. */
static int64_t encoding_us, decoding_us;

/* In place of platform/cpu_time.h's, of the loop's thread. */
static int64_t spent_us;

int64_t __wrap_thread_cpu_time_us(void);
int64_t __wrap_thread_cpu_time_us(void)
{
    return spent_us;
}

/* Of the other side's pictures, which have another shape, none is slow. */
static void take_picture(int width, int height, int64_t slow_us)
{
    bool one_of_ours = width * HEIGHT == height * WIDTH;
    spent_us += MAX(QUICK_US, one_of_ours ? slow_us * width * height / (WIDTH * HEIGHT) : 0);
}

/* In place of FFmpeg's own. */
int avcodec_send_frame(AVCodecContext *context, const AVFrame *frame)
{
    int (*real)(AVCodecContext *, const AVFrame *) = NULL;
    *(void **)&real = dlsym(RTLD_NEXT, "avcodec_send_frame");
    if (frame && context->codec_type == AVMEDIA_TYPE_VIDEO)
        take_picture(frame->width, frame->height, encoding_us);
    return real(context, frame);
}

int avcodec_send_packet(AVCodecContext *context, const AVPacket *packet)
{
    int (*real)(AVCodecContext *, const AVPacket *) = NULL;
    *(void **)&real = dlsym(RTLD_NEXT, "avcodec_send_packet");
    if (packet && context->codec_type == AVMEDIA_TYPE_VIDEO)
        take_picture(context->width, context->height, decoding_us);
    return real(context, packet);
}

static struct party *join_with_size(struct world *world, const char *user, int width, int height)
{
    world->options.width = width;
    world->options.height = height;
    return join(world, user, NULL, CALL_PARTY_ANYONE, 0);
}

static int width_at(const struct party *party)
{
    struct playback_statistics playback;
    player_statistics(agent_player(agent_of(party)), &playback);
    return playback.width;
}

static void be_in_a_call(struct world *world, const struct party *caller, const struct party *callee)
{
    WAIT_FOR(world, agent_describe(agent_of(caller)).online && agent_describe(agent_of(callee)).online);
    agent_call(agent_of(caller), callee->user);
    WAIT_FOR(world, both_are(caller, callee, CALL_CONNECTED));
    play_pictures(world, callee, 3);
    play_pictures(world, caller, 3);
}

/* As the last second's figures have it; empty before. */
static struct encoding_statistics encoding_of(const struct party *party)
{
    const struct statistics_snapshot *last = statistics_last(agent_statistics(agent_of(party)));
    return last ? last->encoding : (struct encoding_statistics){ 0 };
}

static int64_t may_send(const struct party *sender)
{
    const struct statistics_snapshot *last = statistics_last(agent_statistics(agent_of(sender)));
    return last ? last->connection.available_outgoing_bitrate : 0;
}

static bool is_limited(const struct party *sender)
{
    struct encoding_statistics encoding = encoding_of(sender);
    return encoding.most_width && encoding.most_width < WIDTH;
}

static bool is_limited_by_machine(const struct party *sender)
{
    return is_limited(sender) && encoding_of(sender).limitation == QUALITY_LIMITATION_CPU;
}

static void begins_small(struct world *world, gconstpointer data)
{
    (void)data;
    encoding_us = TOO_SLOW_US;
    struct party *anna = join_with_size(world, "anna", WIDTH, HEIGHT);
    struct party *bert = join_with_size(world, "bert", OTHER_WIDTH, OTHER_HEIGHT);
    be_in_a_call(world, anna, bert);
    g_assert_cmpint(width_at(bert), <, WIDTH); /* from the first picture on */
    WAIT_FOR(world, is_limited_by_machine(anna));
    WAIT_FOR(world, encoding_of(bert).most_width == OTHER_WIDTH);
    encoding_us = 0;
}

/* A machine that is busy with others for a moment looks like a narrow path to the one who sends: so there is a wait. */
static void begin_with_all(struct world *world, struct party **anna, struct party **bert)
{
    *anna = join_with_size(world, "anna", WIDTH, HEIGHT);
    *bert = join_with_size(world, "bert", OTHER_WIDTH, OTHER_HEIGHT);
    be_in_a_call(world, *anna, *bert);
    WAIT_FOR(world, width_at(*bert) == WIDTH && encoding_of(*anna).most_width == WIDTH);
}

static void gets_slow_and_recovers(struct world *world, gconstpointer data)
{
    (void)data;
    struct party *anna, *bert;
    begin_with_all(world, &anna, &bert);

    encoding_us = TOO_SLOW_US;
    WAIT_FOR(world, is_limited_by_machine(anna));
    WAIT_FOR(world, width_at(bert) <= encoding_of(anna).most_width);
    g_assert_cmpfloat(encoding_of(anna).loads[STATISTICS_ENCODING], >, 0);
    g_assert_cmpfloat(encoding_of(anna).loads[STATISTICS_DECODING], >, 0);
    g_assert_cmpint(encoding_of(bert).most_width, ==, OTHER_WIDTH); /* that side is as it was */

    encoding_us = 0;
    WAIT_FOR(world, !is_limited(anna) && width_at(bert) == WIDTH);
}

/* What is too much for it is what comes: the other side is asked for what is good for the next smaller size. A loop
 * that is late looks like a narrow path as well, but not like one so narrow. */
static void cannot_decode_what_comes(struct world *world, gconstpointer data)
{
    (void)data;
    struct party *anna, *bert;
    begin_with_all(world, &anna, &bert);

    decoding_us = TOO_SLOW_US;
    WAIT_FOR(world, width_at(bert) < WIDTH && may_send(anna) && may_send(anna) <= ASKED);
    g_assert_cmpint(encoding_of(anna).most_width, ==, WIDTH); /* that machine would manage more */
    WAIT_FOR(world, encoding_of(anna).limitation == QUALITY_LIMITATION_BANDWIDTH);
    play_pictures(world, bert, 60);
    g_assert_cmpint(width_at(bert), <, WIDTH);

    decoding_us = 0;
    WAIT_FOR(world, width_at(bert) == WIDTH);
}

int main(int argc, char **argv)
{
    static const struct agent_test tests[] = {
        { "/slow-machine/begins", begins_small, 0 },
        { "/slow-machine/recovers", gets_slow_and_recovers, 0 },
        { "/slow-machine/decoding", cannot_decode_what_comes, 0 },
    };
    return run_agent_tests(argc, argv, tests, G_N_ELEMENTS(tests));
}
