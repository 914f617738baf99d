/* The step that the machine manages follows invented measurements: those of machines that are slow, get slow, recover,
 * and of noise. */
#include "engine/video/capacity_proof.h"

#include <glib.h>

enum { FPS = 30, INTERVAL_US = G_USEC_PER_SEC / FPS };

struct machine {
    struct capacity capacity;
    struct video_ladder ladder;
    double encode_us;          /* of a picture of full size */
    double decode_us, draw_us; /* likewise, whatever is sent */
    int64_t now_us;
    int changes;
};

static void begin(struct machine *machine, double encode_us, double decode_us, double draw_us)
{
    *machine = (struct machine){ .encode_us = encode_us, .decode_us = decode_us, .draw_us = draw_us };
    video_ladder_init(&machine->ladder, 1280, 720, FPS);
    capacity_init(&machine->capacity, CAPACITY_ENCODING);
}

static void prove(struct machine *machine)
{
    double cost_us[CAPACITY_WORKS] = { machine->encode_us, machine->decode_us, machine->draw_us };
    capacity_begin(&machine->capacity, &machine->ladder, cost_us);
    video_ladder_limit(&machine->ladder, machine->capacity.step);
}

/* One picture, `factor` times as slow as usual; the bit rate is no limit. */
static void picture(struct machine *machine, int number, double factor)
{
    struct video_rung rung = video_ladder_rung(&machine->ladder);
    double share = (double)rung.width * rung.height / (1280 * 720);
    machine->now_us += INTERVAL_US;
    if (capacity_update(&machine->capacity, &machine->ladder, machine->now_us)) {
        machine->changes++;
        video_ladder_limit(&machine->ladder, machine->capacity.step);
    }
    machine->ladder.step = MAX(machine->ladder.step, machine->capacity.step);
    video_ladder_update(&machine->ladder, 100000000, machine->now_us);
    if (number % rung.divisor == 0)
        capacity_spend(&machine->capacity, CAPACITY_ENCODING, (int64_t)(machine->encode_us * share * factor));
    capacity_spend(&machine->capacity, CAPACITY_DECODING, (int64_t)(machine->decode_us * factor));
    capacity_spend(&machine->capacity, CAPACITY_DRAWING, (int64_t)(machine->draw_us * factor));
}

static void run(struct machine *machine, int seconds)
{
    for (int i = 0; i < seconds * FPS; i++)
        picture(machine, i, 1);
}

static int lines(const struct machine *machine)
{
    return video_ladder_rung(&machine->ladder).height;
}

/* ---- what is chosen to begin with ---- */

static void a_fast_machine_sends_all(void)
{
    struct machine machine;
    begin(&machine, 5000, 3000, 3000);
    prove(&machine);
    run(&machine, 60);
    g_assert_cmpint(lines(&machine), ==, 720);
    g_assert_cmpint(machine.changes, ==, 0);
    g_assert_cmpfloat_with_epsilon(capacity_total(&machine.capacity), 0.33, 0.01);
}

/* Encoding at 540 lines takes 10.7 ms of 33, and 9 the rest. */
static void a_slow_machine_begins_small(void)
{
    struct machine machine;
    begin(&machine, 19000, 5000, 4000);
    prove(&machine);
    g_assert_cmpint(lines(&machine), ==, 540);
    run(&machine, 60);
    g_assert_cmpint(lines(&machine), ==, 540);
    g_assert_cmpint(machine.changes, ==, 0);
    begin(&machine, 200000, 5000, 4000);
    prove(&machine);
    g_assert_cmpint(lines(&machine), ==, 180);
    g_assert_cmpint(video_ladder_rung(&machine.ladder).divisor, ==, 2);
}

/* A small camera has no smaller steps. */
static void there_is_a_smallest(void)
{
    struct machine machine;
    begin(&machine, 40000, 0, 0);
    video_ladder_init(&machine.ladder, 160, 120, FPS);
    prove(&machine);
    g_assert_cmpint(lines(&machine), ==, 120);
    g_assert_cmpint(machine.capacity.step, ==, 0);
}

/* Where it is not encoding that takes the time, small pictures help nobody. */
static void only_where_it_helps(void)
{
    struct machine machine;
    begin(&machine, 1000, 20000, 10000);
    prove(&machine);
    run(&machine, 60);
    g_assert_cmpint(lines(&machine), ==, 720);
    begin(&machine, 6000, 14000, 9000); /* with 540 lines it is 3.4 ms, and less is not worth it */
    prove(&machine);
    run(&machine, 60);
    g_assert_cmpint(lines(&machine), ==, 540);
}

/* ---- what happens in a call ---- */

static void one_that_gets_slow(void)
{
    struct machine machine;
    begin(&machine, 8000, 3000, 3000);
    prove(&machine);
    run(&machine, 20);
    g_assert_cmpint(machine.changes, ==, 0);
    machine.encode_us *= 2.5; /* it got hot: 78 % of the time */
    machine.decode_us *= 1.2;
    run(&machine, 1);
    g_assert_cmpint(lines(&machine), ==, 720); /* not at once */
    run(&machine, 2);
    g_assert_cmpint(lines(&machine), ==, 540); /* but before it is late */
    run(&machine, 120);
    g_assert_cmpint(machine.changes, ==, 1);
}

static void one_that_is_late_takes_the_right_step_at_once(void)
{
    struct machine machine;
    begin(&machine, 50000, 3000, 3000);
    run(&machine, 3);
    g_assert_cmpint(lines(&machine), ==, 360);
    g_assert_cmpint(machine.changes, ==, 1);
    begin(&machine, 150000, 3000, 3000);
    run(&machine, 9);
    g_assert_cmpint(lines(&machine), ==, 180);
    g_assert_cmpint(machine.changes, ==, 1); /* how late it was is forgotten */
}

/* 90 % of the time, and twice as much in the last half second before it is decided. */
static void a_hiccup_does_not_decide_alone(void)
{
    struct machine machine;
    begin(&machine, 24000, 3000, 3000);
    for (int i = 0; i < 3 * FPS; i++)
        picture(&machine, i, i / 15 == 2 ? 2 : 1);
    g_assert_cmpint(lines(&machine), ==, 360);
}

static void one_that_recovers(void)
{
    struct machine machine;
    begin(&machine, 24000, 3000, 3000);
    run(&machine, 3);
    g_assert_cmpint(lines(&machine), ==, 540);
    machine.encode_us = 12000; /* 720 lines would take 54 %: not enough is free */
    run(&machine, 60);
    g_assert_cmpint(lines(&machine), ==, 540);
    machine.encode_us = 5000;
    run(&machine, 9);
    g_assert_cmpint(lines(&machine), ==, 540); /* slowly */
    run(&machine, 6);
    g_assert_cmpint(lines(&machine), ==, 720);
}

/* 720 lines would take 42 % in one second, and 54 % in the next. */
static void one_that_recovers_and_is_restless(void)
{
    struct machine machine;
    begin(&machine, 24000, 3000, 3000);
    run(&machine, 3);
    for (int s = 0; s < 30; s++) {
        machine.encode_us = s % 2 ? 12000 : 8000;
        run(&machine, 1);
    }
    g_assert_cmpint(lines(&machine), ==, 720);
}

/* What 540 lines take promises 48 % for 720, which are 90 % each time. */
static void what_was_too_much_is_tried_less_and_less(void)
{
    struct machine machine;
    begin(&machine, 24000, 3000, 3000);
    prove(&machine);
    g_assert_cmpint(lines(&machine), ==, 540);
    int raised = 0;
    for (int s = 0, before = lines(&machine); s < 600; s++, before = lines(&machine)) {
        machine.encode_us = lines(&machine) == 720 ? 24000 : 10000;
        run(&machine, 1);
        raised += lines(&machine) > before;
    }
    g_assert_cmpint(raised, >=, 3);
    g_assert_cmpint(raised, <=, 6);
}

/* Of all seconds one in three is slow, each picture is so by chance, and now and then there is a hiccup. */
static void noise_changes_nothing(void)
{
    struct machine machine;
    g_autoptr(GRand) chance = g_rand_new_with_seed(7);
    begin(&machine, 9000, 3000, 3000);
    prove(&machine);
    for (int i = 0; i < 600 * FPS; i++) {
        double factor = g_rand_double_range(chance, 0.5, 1.5) * (i / FPS % 3 ? 1 : 1.4);
        picture(&machine, i, i % 431 ? factor : 20);
    }
    g_assert_cmpint(machine.changes, ==, 0);
    begin(&machine, 19000, 4000, 4000); /* and one between two steps: 720 lines would be 79 % */
    prove(&machine);
    for (int i = 0; i < 600 * FPS; i++)
        picture(&machine, i, g_rand_double_range(chance, 0.6, 1.3));
    g_assert_cmpint(machine.changes, ==, 0);
}

/* It encodes one picture in two, since the loop is late, and so is busy for 68 % of the time with it. */
static void pictures_that_are_left_out_are_no_relief(void)
{
    struct machine machine;
    begin(&machine, 45000, 0, 0);
    for (int i = 0; i < 3 * FPS / 2; i++) {
        machine.now_us += INTERVAL_US;
        picture(&machine, i, 1);
    }
    g_assert_cmpint(machine.changes, ==, 1);
    g_assert_cmpint(lines(&machine), <, 540);
}

/* ---- what is no reason ---- */

static void an_idle_one_is_not_judged(void)
{
    struct machine machine;
    begin(&machine, 20000, 3000, 3000);
    prove(&machine);
    g_assert_cmpint(lines(&machine), ==, 540);
    machine.encode_us = 0; /* nobody gets pictures */
    run(&machine, 60);
    g_assert_cmpint(machine.capacity.step, ==, 1);
}

static void a_pause_counts_for_nothing(void)
{
    struct machine machine;
    begin(&machine, 20000, 3000, 3000);
    prove(&machine);
    run(&machine, 5);
    capacity_spend(&machine.capacity, CAPACITY_DRAWING, 30 * G_USEC_PER_SEC);
    machine.now_us += 30 * G_USEC_PER_SEC;
    run(&machine, 5);
    g_assert_cmpint(machine.changes, ==, 0);
    machine.encode_us = 4000;
    run(&machine, 6);
    machine.now_us += 30 * G_USEC_PER_SEC; /* in which it was not seen to be well */
    run(&machine, 6);
    g_assert_cmpint(machine.changes, ==, 0);
}

/* The bit rate allows 360 lines alone: what is too much then leads to less than that. */
static void the_smaller_of_both_wins(void)
{
    struct machine machine;
    begin(&machine, 100000, 8000, 8000);
    for (int i = 0; i < 3 * FPS; i++) {
        machine.now_us += INTERVAL_US;
        machine.ladder.step = 2;
        capacity_update(&machine.capacity, &machine.ladder, machine.now_us);
        capacity_spend(&machine.capacity, CAPACITY_ENCODING, 25000);
        capacity_spend(&machine.capacity, CAPACITY_DRAWING, 4000);
    }
    g_assert_cmpint(machine.capacity.step, ==, 3);
    g_assert_true(video_ladder_limit(&machine.ladder, machine.capacity.step));
    g_assert_true(video_ladder_is_limited(&machine.ladder));
    g_assert_cmpint(lines(&machine), ==, 270);
    g_assert_false(video_ladder_update(&machine.ladder, 100000000, 10 * G_USEC_PER_SEC));
    g_assert_false(video_ladder_update(&machine.ladder, 100000000, 20 * G_USEC_PER_SEC));
    g_assert_false(video_ladder_update(&machine.ladder, 30000, 21 * G_USEC_PER_SEC));
    g_assert_true(video_ladder_update(&machine.ladder, 30000, 22 * G_USEC_PER_SEC)); /* less than it manages */
    g_assert_false(video_ladder_is_limited(&machine.ladder));
    g_assert_cmpint(lines(&machine), ==, 180);
}

/* ---- the proof ---- */

static void what_a_picture_takes_is_measured(void)
{
    static const enum AVCodecID codecs[] = { AV_CODEC_ID_H264, AV_CODEC_ID_VP8 };
    for (size_t i = 0; i < G_N_ELEMENTS(codecs); i++) {
        struct capacity_proof proof = { codecs[i], 1280, 720, true };
        double cost_us[CAPACITY_WORKS] = { -1, -1, 7 };
        g_assert_true(capacity_prove(&proof, cost_us));
        g_assert_cmpfloat(cost_us[CAPACITY_ENCODING], >, 0);
        g_assert_cmpfloat(cost_us[CAPACITY_DECODING], >, 0);
        g_assert_cmpfloat(cost_us[CAPACITY_DRAWING], ==, 7); /* as it was */
        g_test_message("encoding takes %.0f us, decoding %.0f us", cost_us[0], cost_us[1]);
    }
}

static void what_cannot_be_measured_changes_nothing(void)
{
    double cost_us[CAPACITY_WORKS] = { 5, 6, 7 };
    struct capacity_proof nothing = { AV_CODEC_ID_H264, 0, 0, false };
    g_assert_false(capacity_prove(&nothing, cost_us));
    struct capacity_proof high = { AV_CODEC_ID_H264, 2, 4320, true }; /* less than two pixels wide with 360 lines */
    g_assert_false(capacity_prove(&high, cost_us));
    g_assert_cmpfloat(cost_us[CAPACITY_ENCODING], ==, 5);
    g_assert_cmpfloat(cost_us[CAPACITY_DECODING], ==, 6);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/capacity/begin/fast", a_fast_machine_sends_all);
    g_test_add_func("/capacity/begin/slow", a_slow_machine_begins_small);
    g_test_add_func("/capacity/begin/smallest", there_is_a_smallest);
    g_test_add_func("/capacity/begin/helps", only_where_it_helps);
    g_test_add_func("/capacity/call/slow", one_that_gets_slow);
    g_test_add_func("/capacity/call/late", one_that_is_late_takes_the_right_step_at_once);
    g_test_add_func("/capacity/call/recovers", one_that_recovers);
    g_test_add_func("/capacity/call/hiccup", a_hiccup_does_not_decide_alone);
    g_test_add_func("/capacity/call/restless", one_that_recovers_and_is_restless);
    g_test_add_func("/capacity/call/too-much", what_was_too_much_is_tried_less_and_less);
    g_test_add_func("/capacity/call/noise", noise_changes_nothing);
    g_test_add_func("/capacity/call/left-out", pictures_that_are_left_out_are_no_relief);
    g_test_add_func("/capacity/idle", an_idle_one_is_not_judged);
    g_test_add_func("/capacity/pause", a_pause_counts_for_nothing);
    g_test_add_func("/capacity/bit-rate", the_smaller_of_both_wins);
    g_test_add_func("/capacity/proof/measured", what_a_picture_takes_is_measured);
    g_test_add_func("/capacity/proof/nothing", what_cannot_be_measured_changes_nothing);
    return g_test_run();
}
