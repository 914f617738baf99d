/* The rate estimator on a simulated path: a queue of limited rate and length, a delay each way, loss. Time is
 * simulated: nothing here depends on the machine. */
#include "net/congestion/gcc.h"

#include <string.h>

#include <glib.h>

enum {
    MS = 1000,
    STEP_US = MS,
    FRAME_US = 33 * MS,
    PACKET = 1100,
    FEEDBACK_US = 50 * MS,
    SOUND = 120,
    SOUND_US = 20 * MS,
    READ_US = 50, /* what a packet that has come takes to be read */
};

struct path {
    int64_t bit_rate; /* of the narrow link */
    int64_t delay_us; /* each way */
    int64_t queue_us; /* longer waits are cut off */
    int loss;         /* percent, at random */
    int jitter_us;
    int64_t asleep_us; /* the receiver reads only so often */
};

struct flight {
    int64_t sequence, arrives_us;
};

struct run {
    struct path path;
    struct gcc gcc;
    struct twcc_sent sent;
    struct twcc_arrivals arrivals;
    GQueue flights;             /* struct flight, to the receiver */
    GQueue feedback;            /* GBytes; */
    GQueue feedback_at;         /* int64_t * */
    int64_t now_us, free_at_us; /* free: the link's */
    int64_t frame_at_us, sound_at_us, feedback_at_us;
    int64_t held_until_us; /* the receiver reads nothing before */
    int64_t most_queue_us; /* since it was last looked at */
    uint64_t delivered;    /* bytes since it was last looked at */
};

static struct run *run_new(struct path path)
{
    struct run *run = g_new0(struct run, 1);
    run->path = path;
    run->now_us = 10 * G_USEC_PER_SEC;
    run->free_at_us = run->frame_at_us = run->sound_at_us = run->feedback_at_us = run->now_us;
    gcc_init(&run->gcc, run->now_us);
    gcc_set_max(&run->gcc, 2200000, run->now_us);
    twcc_sent_init(&run->sent, 65000);
    twcc_arrivals_init(&run->arrivals);
    return run;
}

static void run_free(struct run *run)
{
    g_queue_clear_full(&run->flights, g_free);
    g_queue_clear_full(&run->feedback, (GDestroyNotify)g_bytes_unref);
    g_queue_clear_full(&run->feedback_at, g_free);
    g_free(run);
}

static void send(struct run *run, size_t size)
{
    int64_t sequence = run->sent.next;
    twcc_sent_add(&run->sent, size, run->now_us);
    gcc_sent(&run->gcc, sequence, size);
    int64_t begins_us = MAX(run->now_us, run->free_at_us), wait_us = begins_us - run->now_us;
    run->most_queue_us = MAX(run->most_queue_us, wait_us);
    if (wait_us > run->path.queue_us)
        return;
    run->free_at_us = begins_us + (int64_t)size * 8 * G_USEC_PER_SEC / run->path.bit_rate;
    if (g_test_rand_int_range(0, 100) < run->path.loss)
        return;
    struct flight *flight = g_new(struct flight, 1);
    int64_t jitter_us = run->path.jitter_us ? g_test_rand_int_range(0, run->path.jitter_us) : 0;
    *flight = (struct flight){ sequence, run->free_at_us + run->path.delay_us + jitter_us };
    g_queue_push_tail(&run->flights, flight);
    run->delivered += size;
}

static void send_frame(struct run *run)
{
    int64_t bytes = (gcc_target(&run->gcc) - 60000) * FRAME_US / 8 / G_USEC_PER_SEC;
    for (; bytes > 0; bytes -= PACKET)
        send(run, (size_t)MIN(bytes, PACKET) + 20);
}

static void receive(struct run *run)
{
    struct flight *flight;
    int read = 0;
    if (run->now_us < run->held_until_us)
        return;
    while ((flight = g_queue_peek_head(&run->flights)) && flight->arrives_us <= run->now_us) {
        int64_t read_us = MAX(flight->arrives_us, run->held_until_us + READ_US * read++);
        twcc_arrivals_add(&run->arrivals, (uint16_t)flight->sequence, read_us + 777777777);
        g_free(g_queue_pop_head(&run->flights));
    }
    if (run->path.asleep_us)
        run->held_until_us = run->now_us + run->path.asleep_us;
    if (run->feedback_at_us > run->now_us || !twcc_arrivals_pending(&run->arrivals))
        return;
    run->feedback_at_us = run->now_us + FEEDBACK_US;
    uint8_t message[TWCC_FEEDBACK_SIZE];
    size_t size = 0;
    while (!size && twcc_arrivals_pending(&run->arrivals))
        size = twcc_arrivals_write(&run->arrivals, message);
    int64_t at_us = run->now_us + run->path.delay_us;
    g_queue_push_tail(&run->feedback, g_bytes_new(message, size));
    g_queue_push_tail(&run->feedback_at, g_memdup2(&at_us, sizeof at_us));
}

static void read_feedback(struct run *run)
{
    int64_t *at_us;
    while ((at_us = g_queue_peek_head(&run->feedback_at)) && *at_us <= run->now_us) {
        g_free(g_queue_pop_head(&run->feedback_at));
        g_autoptr(GBytes) message = g_queue_pop_head(&run->feedback);
        g_autoptr(GArray) results = g_array_new(FALSE, FALSE, sizeof(struct twcc_result));
        size_t size;
        const uint8_t *data = g_bytes_get_data(message, &size);
        g_assert_true(twcc_sent_feedback(&run->sent, data, size, results));
        gcc_feedback(&run->gcc, (struct twcc_result *)results->data, results->len, 2 * run->path.delay_us, run->now_us);
    }
}

static void step(struct run *run)
{
    if (run->frame_at_us <= run->now_us) {
        run->frame_at_us += FRAME_US;
        send_frame(run);
    }
    if (run->sound_at_us <= run->now_us) {
        run->sound_at_us += SOUND_US;
        send(run, SOUND);
    }
    for (size_t due = gcc_probe_due(&run->gcc, run->sent.next, run->now_us); due; due -= MIN(due, 255))
        send(run, 275);
    receive(run);
    read_feedback(run);
    run->now_us += STEP_US;
}

/* What came through meanwhile, bit/s. */
static double play(struct run *run, double seconds)
{
    int64_t end_us = run->now_us + (int64_t)(seconds * G_USEC_PER_SEC);
    run->most_queue_us = 0;
    run->delivered = 0;
    while (run->now_us < end_us)
        step(run);
    return (double)run->delivered * 8 / seconds;
}

static void wide(void)
{
    struct run *run = run_new((struct path){ .bit_rate = 20000000, .delay_us = 30 * MS, .queue_us = 300 * MS });
    play(run, 1);
    g_assert_cmpint(gcc_target(&run->gcc), ==, 2200000); /* all that is wanted within a second */
    g_assert_false(gcc_limited(&run->gcc));
    play(run, 20);
    g_assert_cmpint(gcc_target(&run->gcc), ==, 2200000);
    run_free(run);
}

static void jitter_is_no_queue(void)
{
    struct run *run = run_new(
        (struct path){ .bit_rate = 20000000, .delay_us = 30 * MS, .queue_us = 300 * MS, .jitter_us = 8 * MS });
    play(run, 5);
    double rate = play(run, 20);
    g_test_message("with 8 ms of jitter: %.0f kbit/s", rate / 1000);
    g_assert_cmpfloat(rate, >, 1500000);
    run_free(run);
}

/* From 2000 to 500 kbit/s and back: the figures. */
static void narrows_and_widens(void)
{
    struct run *run = run_new((struct path){ .bit_rate = 2000000, .delay_us = 30 * MS, .queue_us = 300 * MS });
    double before = play(run, 15);
    run->path.bit_rate = 500000;
    play(run, 2);
    double narrow = play(run, 15);
    int64_t queue_us = run->most_queue_us;
    run->path.bit_rate = 2000000;
    play(run, 5);
    double after = play(run, 5);
    g_test_message("%.0f, %.0f (queue at most %.0f ms), %.0f kbit/s", before / 1000, narrow / 1000,
                   (double)queue_us / 1000, after / 1000);
    g_assert_cmpfloat(before, >, 1500000);
    g_assert_cmpfloat(narrow, >, 300000);
    g_assert_cmpint(queue_us, <, 100 * MS);
    g_assert_cmpfloat(after, >, 1600000);
    run_free(run);
}

static void starts_on_a_narrow_path(void)
{
    struct run *run = run_new((struct path){ .bit_rate = 300000, .delay_us = 50 * MS, .queue_us = 500 * MS });
    play(run, 3);
    double rate = play(run, 10);
    g_test_message("on 300 kbit/s: %.0f kbit/s, queue at most %.0f ms", rate / 1000, (double)run->most_queue_us / 1000);
    g_assert_cmpfloat(rate, >, 180000);
    g_assert_cmpfloat(rate, <, 310000);
    run_free(run);
}

/* A busy receiver hides from the detector how queues grow; one that stays full is seen all the same. */
static void a_receiver_that_sleeps(void)
{
    struct run *run = run_new(
        (struct path){ .bit_rate = 300000, .delay_us = 30 * MS, .queue_us = 300 * MS, .asleep_us = 80 * MS });
    play(run, 5);
    double rate = play(run, 20);
    g_test_message("on 300 kbit/s: %.0f kbit/s, queue at most %.0f ms", rate / 1000, (double)run->most_queue_us / 1000);
    g_assert_cmpfloat(rate, >, 120000);
    g_assert_cmpint(run->most_queue_us, <, 200 * MS);
    run_free(run);
}

/* What is read late, and then all at once, says nothing about the path: such a probe did not pass. Where some of it was
 * still on its way the receiver's pause shows less, and the estimate may be too high until queues grow. */
static void a_probe_that_is_held(void)
{
    struct run *run = run_new((struct path){ .bit_rate = 300000, .delay_us = 30 * MS, .queue_us = 300 * MS });
    play(run, 5);
    for (int probes = 0; probes < 10; probes++) {
        while (!run->gcc.probe.running)
            step(run);
        run->held_until_us = run->now_us + 80 * MS;
        while (run->gcc.probe.running)
            step(run);
        g_assert_cmpint(gcc_target(&run->gcc), <, 400000);
    }
    run_free(run);
}

/* Loss that is the path's own is no reason to send less; sending more than passes is. */
static void random_loss(void)
{
    struct run *run = run_new(
        (struct path){ .bit_rate = 20000000, .delay_us = 30 * MS, .queue_us = 300 * MS, .loss = 20 });
    play(run, 15);
    double rate = play(run, 20);
    g_test_message("at 20 %% of loss: %.0f kbit/s arrive", rate / 1000);
    g_assert_cmpfloat(rate, >, 1000000);
    run_free(run);
}

static void shallow_queue(void)
{
    struct run *run = run_new((struct path){ .bit_rate = 800000, .delay_us = 30 * MS, .queue_us = 20 * MS });
    play(run, 10);
    double rate = play(run, 20);
    double target = (double)gcc_target(&run->gcc);
    g_test_message("800 kbit/s and no queue: %.0f kbit/s arrive, target %.0f", rate / 1000, target / 1000);
    g_assert_cmpfloat(target, <, 1300000);
    g_assert_cmpfloat(rate, >, 400000);
    run_free(run);
}

/* What a break swallowed is no sign of congestion. */
static void cut(void)
{
    struct run *run = run_new((struct path){ .bit_rate = 20000000, .delay_us = 30 * MS, .queue_us = 300 * MS });
    play(run, 5);
    run->path.loss = 100;
    play(run, 2);
    run->path.loss = 0;
    play(run, 0.5);
    g_assert_cmpint(gcc_target(&run->gcc), >, 1800000);
    run_free(run);
}

/* The detector of the draft's 5.4: a growing queue is seen, a shrinking one too, a steady one is neither. */
static void detector(void)
{
    struct gcc_delay delay;
    gcc_delay_init(&delay);
    int64_t sent_us = 0, queue_us = 0;
    for (int i = 0; i < 60; i++, sent_us += 10 * MS)
        gcc_delay_add(&delay, sent_us, sent_us + 5000);
    g_assert_cmpint(gcc_delay_usage(&delay), ==, GCC_NORMAL);
    for (int i = 0; i < 60; i++, sent_us += 10 * MS, queue_us += 2 * MS)
        gcc_delay_add(&delay, sent_us, sent_us + 5000 + queue_us);
    g_assert_cmpint(gcc_delay_usage(&delay), ==, GCC_OVERUSE);
    g_assert_cmpfloat(gcc_delay_queue_ms(&delay), >, 80);
    for (int i = 0; i < 40; i++, sent_us += 10 * MS, queue_us -= 2 * MS)
        gcc_delay_add(&delay, sent_us, sent_us + 5000 + queue_us);
    g_assert_cmpint(gcc_delay_usage(&delay), ==, GCC_UNDERUSE);
    for (int i = 0; i < 100; i++, sent_us += 10 * MS)
        gcc_delay_add(&delay, sent_us, sent_us + 5000 + queue_us);
    g_assert_cmpint(gcc_delay_usage(&delay), ==, GCC_NORMAL);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/gcc/detector", detector);
    g_test_add_func("/gcc/wide", wide);
    g_test_add_func("/gcc/jitter", jitter_is_no_queue);
    g_test_add_func("/gcc/narrows-and-widens", narrows_and_widens);
    g_test_add_func("/gcc/starts-narrow", starts_on_a_narrow_path);
    g_test_add_func("/gcc/sleeping-receiver", a_receiver_that_sleeps);
    g_test_add_func("/gcc/held-probe", a_probe_that_is_held);
    g_test_add_func("/gcc/random-loss", random_loss);
    g_test_add_func("/gcc/shallow-queue", shallow_queue);
    g_test_add_func("/gcc/cut", cut);
    return g_test_run();
}
