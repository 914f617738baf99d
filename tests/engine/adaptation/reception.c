/* What the far side is asked for follows invented measurements of a machine that decodes its pictures. */
#include "engine/adaptation/reception.h"

#include <glib.h>

enum { FPS = 30, TURN_US = 5000, PICTURE_US = G_USEC_PER_SEC / FPS };

/* The far side, as ladder.h has ours, and what its pictures take here. */
struct machine {
    struct reception reception;
    struct video_ladder far;
    double decode_us, encode_us; /* of a picture of full size; of ours, whatever comes */
    bool heeds;
    double takes; /* of what it is asked for */
    int64_t now_us, next_us;
    int changes;
};

static void begin(struct machine *machine, double decode_us, double encode_us)
{
    *machine = (struct machine){ .decode_us = decode_us, .encode_us = encode_us, .heeds = true, .takes = 1 };
    video_ladder_init(&machine->far, 1280, 720, FPS);
    reception_init(&machine->reception);
}

static void take_picture(struct machine *machine)
{
    struct video_rung rung = video_ladder_rung(&machine->far);
    double share = (double)rung.width * rung.height / (1280 * 720);
    machine->next_us += PICTURE_US;
    reception_spend(&machine->reception, CAPACITY_DECODING, (int64_t)(machine->decode_us * share));
    reception_spend(&machine->reception, CAPACITY_ENCODING, (int64_t)machine->encode_us);
    int64_t most = reception_bit_rate(&machine->reception);
    video_ladder_update(&machine->far, most && machine->heeds ? (int64_t)((double)most * machine->takes) : 100000000,
                        machine->now_us);
}

static void run(struct machine *machine, int seconds)
{
    for (int64_t end_us = machine->now_us + seconds * G_USEC_PER_SEC; machine->now_us < end_us;) {
        machine->now_us += TURN_US;
        if (machine->now_us >= machine->next_us)
            take_picture(machine);
        struct video_rung rung = video_ladder_rung(&machine->far);
        machine->changes += reception_update(&machine->reception, rung.width, rung.height, machine->now_us);
    }
}

static int lines(const struct machine *machine)
{
    return video_ladder_rung(&machine->far).height;
}

static void one_that_manages_asks_for_nothing(void)
{
    struct machine machine;
    begin(&machine, 9000, 9000);
    run(&machine, 120);
    g_assert_cmpint(machine.changes, ==, 0);
    g_assert_cmpint(reception_bit_rate(&machine.reception), ==, 0);
}

static void one_that_does_not_is_sent_less(void)
{
    struct machine machine;
    begin(&machine, 24000, 4000); /* 84 %; with 540 lines 52 % */
    run(&machine, 3);
    g_assert_cmpint(lines(&machine), ==, 720); /* our own pictures first */
    run(&machine, 4);
    g_assert_cmpint(lines(&machine), ==, 540);
    run(&machine, 300);
    g_assert_cmpint(lines(&machine), ==, 540);
    g_assert_cmpint(machine.changes, ==, 1);
}

static void one_that_is_far_from_it_is_sent_little(void)
{
    struct machine machine;
    begin(&machine, 200000, 0);
    run(&machine, 60);
    g_assert_cmpint(lines(&machine), ==, 180);
    g_assert_cmpint(reception_bit_rate(&machine.reception), >, 0);
}

static void one_that_recovers_is_sent_all(void)
{
    struct machine machine;
    begin(&machine, 24000, 4000);
    run(&machine, 10);
    g_assert_cmpint(lines(&machine), ==, 540);
    machine.decode_us = 5000;
    run(&machine, 20);
    g_assert_cmpint(lines(&machine), ==, 720);
    g_assert_cmpint(reception_bit_rate(&machine.reception), ==, 0);
}

/* How much of the whole rate is pictures, the far side reckons otherwise than we. */
static void what_is_meant_is_a_size(void)
{
    for (double takes = 0.8; takes < 1.25; takes += 0.05) {
        struct machine machine;
        begin(&machine, 22000, 4000);
        machine.takes = takes;
        run(&machine, 60);
        g_assert_cmpint(lines(&machine), ==, 540);
        g_assert_cmpint(machine.changes, ==, 1);

        machine.decode_us = 60000; /* with 360 lines, ours beside them, 57 % */
        run(&machine, 10);
        g_assert_cmpint(lines(&machine), <=, 360);
        machine.decode_us = 22000;
        run(&machine, 20);
        g_assert_cmpint(lines(&machine), ==, 540);
    }
}

/* It is our own that take the time. */
static void only_where_it_helps(void)
{
    struct machine machine;
    begin(&machine, 3000, 27000);
    run(&machine, 60);
    g_assert_cmpint(reception_bit_rate(&machine.reception), ==, 0);
}

static void who_does_not_heed_it_is_asked_for_no_less_than_the_least(void)
{
    struct machine machine;
    begin(&machine, 30000, 0);
    machine.heeds = false;
    run(&machine, 120);
    g_assert_cmpint(lines(&machine), ==, 720);
    g_assert_cmpint(machine.changes, <=, 5);
    g_assert_cmpint(reception_bit_rate(&machine.reception), >, 0);
}

static void no_pictures_say_nothing(void)
{
    struct reception reception;
    reception_init(&reception);
    for (int i = 0; i < 1000; i++)
        g_assert_false(reception_update(&reception, 0, 0, i * TURN_US));
    g_assert_cmpint(reception_bit_rate(&reception), ==, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/reception/manages", one_that_manages_asks_for_nothing);
    g_test_add_func("/reception/less", one_that_does_not_is_sent_less);
    g_test_add_func("/reception/little", one_that_is_far_from_it_is_sent_little);
    g_test_add_func("/reception/recovers", one_that_recovers_is_sent_all);
    g_test_add_func("/reception/size", what_is_meant_is_a_size);
    g_test_add_func("/reception/helps", only_where_it_helps);
    g_test_add_func("/reception/heeds", who_does_not_heed_it_is_asked_for_no_less_than_the_least);
    g_test_add_func("/reception/nothing", no_pictures_say_nothing);
    return g_test_run();
}
