#!/usr/bin/env python3
"""The judge of a soak, with figures whose growth is known."""
import os
import random
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import judge


def run(figure, value, who="x", minutes=100, life=lambda i: 1):
    return [{"at": 60.0 * i, "who": who, "life": life(i), figure: value(i)} for i in range(minutes)]


def grew(samples):
    return [verdict.figure for verdict in judge.judge(samples) if verdict.grew()]


class Growth(unittest.TestCase):
    def test_memory_that_stays(self):
        noise = random.Random(1)
        self.assertEqual(grew(run("rss_kb", lambda i: 60000 + noise.randrange(400))), [])

    def test_memory_of_the_first_tenth_does_not_count(self):
        self.assertEqual(grew(run("rss_kb", lambda i: 60000 if i >= 10 else 40000 + 1000 * i)), [])

    def test_memory_that_leaks(self):
        self.assertEqual(grew(run("anonymous_kb", lambda i: 60000 + 10 * i)), ["anonymous_kb"])

    def test_shares_of_what_others_use(self):
        self.assertEqual(grew(run("pss_kb", lambda i: 60000 + 10 * i)), [])

    def test_a_step_of_the_heap(self):
        self.assertEqual(grew(run("rss_kb", lambda i: 9000 + (128 if i > 50 else 0))), [])
        self.assertEqual(grew(run("rss_kb", lambda i: 9000 + (136 if i > 50 else 0))), ["rss_kb"])

    def test_one_descriptor(self):
        self.assertEqual(grew(run("descriptors", lambda i: 40 + (i > 80))), ["descriptors"])
        self.assertEqual(grew(run("descriptors", lambda i: 40 + (i == 95))), [])     # one look: it was given back

    def test_few_looks(self):
        self.assertEqual(grew(run("descriptors", lambda i: 40 + i, minutes=3)), ["descriptors"])

    def test_one_thread(self):
        self.assertEqual(grew(run("threads", lambda i: 5 + (i > 30))), ["threads"])

    def test_times_differ(self):
        noise = random.Random(2)
        self.assertEqual(grew(run("rtt_ms", lambda i: 5 + noise.random())), [])
        self.assertEqual(grew(run("rtt_ms", lambda i: 5 + noise.random() + 0.05 * i)), ["rtt_ms"])

    def test_what_began_anew(self):
        self.assertEqual(judge.judge(run("rss_kb", lambda i: 100 * i, life=lambda i: i // 50)), [])

    def test_the_second_half(self):
        fills, leaks = run("rss_kb", lambda i: 60000 + 100 * min(i, 45)), run("rss_kb", lambda i: 60000 + 100 * i)
        self.assertEqual(judge.later_growth(fills, "rss_kb"), 0)
        self.assertGreater(judge.later_growth(leaks, "rss_kb"), 5)

    def test_two_looks(self):
        first, second = ([{"who": "x", "life": 1, "descriptors": n, "threads": 3}] for n in (9, 10))
        self.assertEqual([verdict.figure for verdict in judge.judge_two(first, second) if verdict.grew()],
                         ["descriptors"])


class History(unittest.TestCase):
    def test_rows(self):
        self.assertEqual(judge.judge_history({"x": 3, "y": 2}, {"x": 3, "y": 2, "pia": 1}, 0), [])
        self.assertEqual(len(judge.judge_history({"x": 3}, {"x": 4}, 0)), 1)
        self.assertEqual(judge.judge_history({"x": 3}, {"x": 4}, 1), [])


unittest.main()
