#!/usr/bin/env python3
"""A whole installation for hours: calls each minute, everything that goes wrong in an hour, and what each process takes
by then. Nothing may grow, and each call has to come about and to end well.

soak.py HOURS [--period SECONDS] [--seed N] [--out FOLDER]    `./run soak`
soak.py --brief                                               a minute of it: one of the tests"""
import argparse
import csv
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

import judge
import picture
from calls import Calls
from faults import Play, Schedule
from figures import Pace, descriptors, history_rows, memory_kb, threads
from processes import Starter, Trouble
from stage import Stage

PROGRAM = os.path.join(os.path.dirname(os.path.dirname(HERE)), os.environ.get("BUILD", "build/plain"), "app/callapi")
MINUTE_S, REST_S, TALK_S = 60, 5, 2
GIVEN_BACK_S = 60  # longer than a connection is tried
APART = "CALLAPI_SOAK_APART"  # in the environment: this machine's network is our own
COLUMNS = ["at", "who", "life", *judge.FIGURES, "cpu_percent", "history_rows"]


class Soak:
    def __init__(self, options, stage):
        self.options, self.stage = options, stage
        self.calls = Calls(stage, TALK_S)
        self.play = Play(stage, self.calls, random.Random(options.seed))
        self.begun = time.monotonic()
        self.samples, self.kinds, self.faults, self.troubles = [], {}, [], []

    def now(self):
        return time.monotonic() - self.begun

    def say(self, words):
        print(f"soak: {self.now() / 60:6.1f} min: {words}", flush=True)

    def trouble(self, what, error):
        self.troubles.append(f"minute {self.now() / 60:.1f}: {what}: {error}")
        self.say(f"FAILED: {what}: {error}")

    # ---- what happens

    def happen(self, fault):
        """A fault whose end is not seen is one more line of what is wrong."""
        self.faults.append((self.now(), fault.name))
        failed = len(self.calls.failed)
        try:
            fault.happens(self.play)
        except (Trouble, OSError, subprocess.SubprocessError) as error:
            self.trouble(fault.name, error)
        for _, why in self.calls.failed[failed:]:
            self.say(f"FAILED: {why}")

    def round(self):
        failed = len(self.calls.failed)
        self.calls.round()
        for _, why in self.calls.failed[failed:]:
            self.say(f"FAILED: {why}")

    def settle(self):
        try:
            self.stage.wait_until_well()
        except Trouble as error:
            self.trouble("not well again", error)

    # ---- what is looked at

    def look(self, rest):
        """At rest: no call, no fault. `rest`: seconds over which wake-ups are counted."""
        watched = [(name, self.stage[name]) for name in self.stage.watched if self.stage[name].runs()]
        paces = {name: Pace(process.pid) for name, process in watched}
        time.sleep(rest)
        looked = [self.look_at(name, process, paces[name]) for name, process in watched]
        self.samples += looked
        return looked

    def look_at(self, name, process, pace):
        memory, fds, tasks = memory_kb(process.pid), descriptors(process.pid), threads(process.pid)
        woken, cpu = pace.per_second()
        said = self.stage.statistics[name].take() if name in self.stage.statistics else {}
        self.kinds.setdefault((name, process.lives), []).append((fds, tasks))
        sample = {"at": self.now(), "who": name, "life": process.lives, "rss_kb": memory.get("Rss"),
                  "pss_kb": memory.get("Pss"), "anonymous_kb": memory.get("Pss_Anon"),
                  "descriptors": sum(fds.values()), "threads": sum(tasks.values()), "wakeups": woken,
                  "cpu_percent": cpu, **{f"{key}_ms": value for key, value in said.items()}}
        if name in self.stage.histories:
            sample["history_rows"] = history_rows(self.stage.histories[name])
        return sample

    # ---- the two plays

    def hours(self):
        total = self.options.hours * 3600
        schedule = Schedule(self.stage, total, self.options.period)
        self.tell_missing(schedule.missing)
        while self.now() < total:
            minute = self.now()
            self.round()
            due = schedule.due(self.now())
            for fault in due:
                self.happen(fault)
            self.settle()
            time.sleep(max(REST_S, minute + MINUTE_S - 2 * REST_S - self.now()))
            self.look(REST_S)
            self.say(f"{self.calls.begun} calls, {len(self.calls.failed)} failed"
                     + "".join(f"; {fault.name}" for fault in due))
            time.sleep(max(0, minute + MINUTE_S - self.now()))
        return judge.judge(self.samples)

    def brief(self):
        """Everything once between two looks; what concerns others happens at the same time."""
        schedule = Schedule(self.stage, 1, 1)
        self.tell_missing(schedule.missing)
        self.round()
        self.settle()
        before = self.look(2)
        at_kiosk = "hub", "configuration", "monitor", "language", "sound"
        of_kiosk = [fault for fault in schedule.faults if fault.name.startswith(at_kiosk)]
        chains = [of_kiosk, *([fault] for fault in schedule.faults if fault not in of_kiosk)]
        workers = [threading.Thread(target=lambda chain=chain: [self.happen(fault) for fault in chain])
                   for chain in chains]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        self.round()
        self.settle()
        return self.look_until_back(before)

    def look_until_back(self, before):
        """A connection that is being made anew at one look is given back at a later one; what is lost is not."""
        end = self.now() + GIVEN_BACK_S
        while True:
            verdicts = judge.judge_two(before, self.look(2))
            if self.now() > end or not any(verdict.grew() for verdict in verdicts):
                return verdicts

    def tell_missing(self, missing):
        for name, why in missing.items():
            print(f"soak: not here: {name}: {why}", flush=True)
        if not self.stage.away.there:
            print("soak: no network of its own here: a pulled cable is a user who is stopped", flush=True)
        if not self.stage.screen.display:
            print("soak: nobody presses keys: no Xvfb here", flush=True)

    # ---- what is told

    def wrong(self, verdicts, ended):
        failed = [why for _, why in self.calls.failed]
        rows = {name: history_rows(path) for name, path in self.stage.histories.items()}
        grown = [self.words(verdict) for verdict in verdicts if verdict.grew()]
        few = [] if verdicts else ["too short: nothing could be compared"]
        return [*failed, *self.troubles, *ended, *self.stage.sent_away(), *few, *grown,
                *judge.judge_history(rows, self.calls.expected, len(failed))]

    def words(self, verdict):
        title, kind, unit = judge.FIGURES[verdict.figure]
        words = (f"{verdict.who}: {title} grew from {verdict.before:.1f} to {verdict.after:.1f} {unit}".rstrip()
                 + f" (by {verdict.growth:.1f}, {verdict.limit:.1f} would do)")
        return words + (self.which(verdict) if kind == judge.COUNT else "")

    def which(self, verdict):
        """The kinds of which there are more than at a look that had no more than at first."""
        looks = next(looks for (who, _), looks in self.kinds.items() if who == verdict.who)
        place = 0 if verdict.figure == "descriptors" else 1
        first = next(look[place] for look in looks if sum(look[place].values()) <= verdict.before)
        last = looks[-1][place]
        more = {kind: n - first.get(kind, 0) for kind, n in last.items() if n > first.get(kind, 0)}
        return "".join(f"; {n} more {kind}" for kind, n in sorted(more.items()))


def table(samples, verdicts):
    """Markdown: each process, each figure before and after."""
    shown = [figure for figure in judge.FIGURES if any(one.figure == figure for one in verdicts)]
    titles = [" ".join(filter(None, (judge.FIGURES[figure][0], judge.FIGURES[figure][2]))) for figure in shown]
    lines = [f"| process | {' | '.join(titles)} | own memory, second half |", "|---" * (len(titles) + 2) + "|"]
    for who in dict.fromkeys(verdict.who for verdict in verdicts):
        own = {verdict.figure: verdict for verdict in verdicts if verdict.who == who}
        cells = [cell(own.get(figure)) for figure in shown]
        later = judge.later_growth([one for one in samples if one["who"] == who], "anonymous_kb")
        lines.append(f"| {who} | {' | '.join(cells)} | {later:+.2f} % |")
    return "\n".join(lines)


def cell(verdict):
    if verdict is None:
        return "-"
    figures = f"{verdict.before:.4g} → {verdict.after:.4g}"
    if judge.FIGURES[verdict.figure][1] in (judge.MEMORY, judge.TOLD):
        figures = f"{verdict.before:.0f} → {verdict.after:.0f} ({verdict.percent():+.2f} %)"
    return f"**{figures}**" if verdict.grew() else figures


def lives(samples):
    """What was restarted: how each life ended, a line each."""
    lines = []
    for who in dict.fromkeys(sample["who"] for sample in samples):
        last = {sample["life"]: sample for sample in samples if sample["who"] == who}
        if len(last) > 1:
            middle = {name: statistics.median(one[name] for one in last.values())
                      for name in ("rss_kb", "pss_kb", "descriptors", "threads")}
            lines.append(f"{who}: {len(last)} lives; at their ends RSS {middle['rss_kb']:.0f} kB, PSS "
                         f"{middle['pss_kb']:.0f} kB, {middle['descriptors']:.0f} descriptors, "
                         f"{middle['threads']:.0f} threads (medians)")
    return lines


def save(folder, samples, faults):
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "samples.csv"), "w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows({key: round(value, 3) if isinstance(value, float) else value for key, value in sample.items()}
                         for sample in samples)
    picture.draw(os.path.join(folder, "soak.svg"), samples, faults)


def apart():
    """In a network of our own from here on, where that may be made: cards come and go there, and nobody else's."""
    if os.environ.get(APART):
        return os.environ[APART] == "yes"
    wall = ["unshare", "--net"] + ([] if os.geteuid() == 0 else ["--user", "--map-root-user"])
    if not shutil.which("nsenter") or subprocess.run([*wall, "ip", "link", "set", "lo", "up"], check=False,
                                                     capture_output=True).returncode:
        return False
    os.environ[APART] = "yes"
    os.execvp(wall[0], [*wall, sys.executable, *sys.argv])


def parse():
    parser = argparse.ArgumentParser(description="hours of everything, and what grew")
    parser.add_argument("hours", nargs="?", type=float, default=2)
    parser.add_argument("--period", type=float, default=3600, help="seconds: how long an hour is for what happens each")
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--out", default="out/soak")
    parser.add_argument("--program", default=PROGRAM)
    parser.add_argument("--brief", action="store_true", help="a minute: nothing is left behind, calls work")
    options = parser.parse_args()
    options.program = os.path.abspath(options.program)
    options.seed = options.seed if options.seed is not None else random.randrange(1 << 16)
    if options.hours <= 0 or options.period < 60:
        parser.error("HOURS is above 0, --period 60 or more")
    return options


def tell(options, soak, verdicts, wrong):
    print(f"\n{table(soak.samples, verdicts)}\n")
    for line in lives(soak.samples):
        print(line)
    setups = [ms for _, ms in soak.calls.setups]
    if setups:
        print(f"from the server's wish to both sides connected: {statistics.median(setups):.0f} ms (median of "
              f"{len(setups)})")
    print(f"{soak.calls.begun} calls, {len(soak.calls.failed)} failed; {len(soak.faults)} times something was broken; "
          f"seed {options.seed}")
    for line in wrong:
        print(f"FAILED: {line}")
    print("soak: nothing grew, and all calls were well" if not wrong else f"soak: {len(wrong)} wrong")


def main():
    options = parse()
    alone = apart()
    if alone:
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    print(f"soak: seed {options.seed}", flush=True)
    folder, starter = tempfile.mkdtemp(prefix="callapi-soak-"), Starter()
    wrong = ["it did not come to an end"]
    try:
        stage = Stage(options.program, folder, starter, alone)
        stage.start()
        stage.wait_until_well(60)
        soak = Soak(options, stage)
        verdicts = soak.brief() if options.brief else soak.hours()
        wrong = soak.wrong(verdicts, stage.end())
        save(options.out, soak.samples, soak.faults)
        tell(options, soak, verdicts, wrong)
    finally:
        if wrong:
            keep(folder, os.path.join(options.out, "logs"))
        shutil.rmtree(folder, ignore_errors=True)
    sys.exit(1 if wrong else 0)


def keep(folder, place):
    """What was said, for whoever looks for the cause."""
    shutil.rmtree(place, ignore_errors=True)
    os.makedirs(place)
    for name in os.listdir(folder):
        if name.endswith((".log", ".json")):
            shutil.copy(os.path.join(folder, name), place)
    print(f"soak: the logs are in {place}", flush=True)


if __name__ == "__main__":
    main()
