"""The benchmark's rows: each is a function (runs) → list of Row; `runs` is how often what has a median is repeated. A
row that could not be measured says why and stops no other."""
import json, subprocess, time
from dataclasses import dataclass

import browser, ours
from measure import cpu_seconds, frozen_share, gaps, median, peak_megabytes, quantile, rate
from network import BUILD, Network, Probe

FRAME = 1000 / 30                       # ms


@dataclass
class Row:
    what: str
    unit: str
    goal: float
    ours: float = None
    browser: float = None
    why: str = ""                       # what was not measured, and why

    def met(self):
        return self.ours is not None and self.ours <= self.goal


def attempt(function, *arguments, **options):
    """(result, why not)"""
    try:
        return function(*arguments, **options), ""
    except Exception as error:          # whatever it was: the other rows go on
        return None, f"{type(error).__name__}: {str(error)[:160]}"


def collect(runs, function):
    """Results of what did not fail, and the last reason of what did."""
    results, why = [], ""
    for seed in range(1, runs + 1):
        result, reason = attempt(function, seed)
        why = reason or why
        results += [result] if result is not None else []
    return results, why


def row_of(what, unit, goal, our_values, their_values, why="", pick=median):
    return Row(what, unit, goal, pick(our_values) if our_values else None,
               pick(their_values) if their_values else None, why)


# ---- the first picture ----

def call_frames(report):
    return [s["first_frame_ms"] - s["accepted_ms"] for s in report["switches"]
            if s["to"] == "call" and s["first_frame_ms"]]


def callee_first_picture(report):
    times = report.get("timing", {}).get("callee")
    return times["first_frame_presented"] - times["accepted"] if times and "first_frame_presented" in times else None


def browser_accept(seed, round_trip):
    with Network(seed=seed, delay=round_trip / 2) as network:
        run = browser.call(network, 2, size="640x360", delay=1500)
    accepted = run.other["times"]["accepted"]
    return run.report["frames"][0][0] - accepted, run.other["frames"][0][0] - accepted


def accept(runs):
    rows = []
    for round_trip in (0, 50, 100, 200):
        def own(seed):
            with Network(seed=seed, delay=round_trip / 2) as network:
                return ours.switches(network, 5)
        own_runs, why = collect(max(1, runs // 5), own)
        theirs, browsers_why = collect(max(1, runs // 4), lambda seed: browser_accept(seed, round_trip))
        callers = [value for run in own_runs for value in call_frames(run.report)]
        callees = [callee_first_picture(run.report) for run in own_runs]
        rows.append(row_of(f"accept to first picture, caller, RTT {round_trip} ms", "ms", round_trip / 2 + 2 * FRAME,
                           callers, [a for a, _ in theirs], why or browsers_why))
        rows.append(row_of(f"accept to first picture, callee, RTT {round_trip} ms", "ms", 2 * FRAME,
                           [value for value in callees if value is not None], [b for _, b in theirs],
                           why or browsers_why))
    return rows


def cold(runs):
    def own(seed):
        with Network(seed=seed, delay=30) as network:
            times = ours.call(network, 2, size="640x360").report["timing"]["caller"]
            return times["first_frame_presented"]

    def theirs(seed):
        with Network(seed=seed, delay=30) as network:
            run = browser.call(network, 2, size="640x360")
            return run.report["frames"][0][0] - run.report["times"]["called"]
    own_values, why = collect(max(1, runs // 2), own)
    their_values, browsers_why = collect(max(1, runs // 4), theirs)
    return [row_of("cold call, accepted at once, to first picture, RTT 60 ms", "ms", 3 * 60 + 3 * FRAME, own_values,
                   their_values, why or browsers_why)]


def switches(runs):
    rows = []
    for loss, frames in ((0, 2), (2, 5)):
        def own(seed):
            with Network(seed=seed, delay=30, loss=loss) as network:
                return ours.switches(network, 5 * runs // 2)
        run, why = attempt(own, 1)
        changes = run.report["switches"] if run else []
        name = f"{len(changes)} switches live-call-live" + (f", {loss} % loss" if loss else "")
        rows.append(row_of(f"{name}: black frames", "", 0,
                           [sum(change["black_frames"] for change in changes)] if changes else [], [], why))
        rows.append(row_of(f"{name}: longest freeze", "ms", frames * FRAME,
                           [max(change["longest_freeze_ms"] for change in changes)] if changes else [], [], why))
    return rows


def warm(runs):
    def own(seed):
        with Network(seed=seed, delay=30) as network:
            ours.hub(network)
            for name, room in (("anna", "studio"), ("carl", "kitchen")):
                ours.agent(network, "A", name, "host", "--room", room, "--size", "640x360", measured=False)
            time.sleep(2)
            viewer = ours.agent(network, "B", "bert", "watch", "--room", "studio", "--warm", "1", "--zaps", "6",
                                "--size", "640x360")
            viewer.wait(60)
            switches = ours.read(network, "bert").report["switches"]
            return median([switch["press_to_picture_ms"] for switch in switches if switch["warm"]])
    values, why = collect(max(1, runs // 5), own)
    return [row_of("warm room to room, key press to first picture, RTT 60 ms", "ms", 60 + 2 * FRAME, values, [], why)]


def glass(runs):
    def own(seed):
        with Network(seed=seed) as network:
            return ours.call(network, 8).report["latency_ms"]["median"]

    def theirs(seed):
        with Network(seed=seed) as network:
            run = browser.call(network, 8)
            drawn = {int(number): at for number, at in run.other["drawn"]}
            return median([at - drawn[number] for at, number in run.report["frames"][30:]
                           if number in drawn and at >= drawn[number]])
    repeats = max(1, runs // 7)
    own_values, why = collect(repeats, own)
    their_values, browsers_why = collect(repeats, theirs)
    row = row_of("glass to glass on one machine, 720p30", "ms", 1.5 * FRAME + 10, own_values, their_values,
                 why or browsers_why)
    if row.browser:
        row.goal = min(row.goal, row.browser / 2)
    return [row]


# ---- our program and the browser in one call ----

NTP_TO_UNIX_MS = 2208988800000


def accepted_by(mine, theirs, page_calls):
    """When it was, s since 1970."""
    if not page_calls:
        return theirs.report["times"]["accepted"] / 1000
    times = mine.report["timing"]["callee"]
    return mine.times[0] - (times["first_frame_presented"] - times["accepted"]) / 1000


def mixed_first_pictures(seed, page_calls):
    """ms from the accept, at the program and at the page"""
    with Network(seed=seed, delay=30) as network:
        mine, theirs = browser.mixed_call(network, 2, page_calls, size="640x360", delay=1500)
    accepted = accepted_by(mine, theirs, page_calls)
    after = lambda run: 1000 * ([at for at in run.times if at > accepted][0] - accepted)
    return after(mine), after(theirs)


def mixed_glass(seed):
    """ms from drawn to seen: the page's pictures at the program, the program's at the page (by the sender's clock in
    its RTCP reports)"""
    with Network(seed=seed) as network:
        mine, theirs = browser.mixed_call(network, 8, False)
    drawn = dict(theirs.report["drawn"])
    seen = [1000 * at - drawn[number] for at, number in zip(mine.times[30:], mine.numbers[30:]) if number in drawn]
    ages = [age + NTP_TO_UNIX_MS if age < -NTP_TO_UNIX_MS / 2 else age for age in theirs.report["playout"][2:]]
    return median(seen), median(ages)


def mixed_loss(seed):
    with Network(seed=seed, delay=30) as network:
        mine, theirs = browser.mixed_call(network, 20, False, meanwhile=lambda begin: network.change("loss=10"))
    freeze = lambda run: max(gaps(run.times, run.begin, run.end))
    return freeze(mine), freeze(theirs), concealed_ours(mine.report), concealed_browser(theirs.report)


def mixed(runs):
    """As accept, glass and loss have it; the goals are theirs."""
    rows = []
    for page_calls in (False, True):
        values, why = collect(max(1, runs // 4), lambda seed: mixed_first_pictures(seed, page_calls))
        who = "Chromium calls the desktop" if page_calls else "the desktop calls Chromium"
        caller, callee = 30 + 2 * FRAME, 2 * FRAME
        rows.append(Row(f"{who}, RTT 60 ms: accept to first picture, each at its end", "ms",
                        callee if page_calls else caller, median([a for a, _ in values]),
                        median([b for _, b in values]), why))
    glasses, why = collect(max(1, runs // 7), mixed_glass)
    rows.append(Row("in one call, glass to glass on one machine, 720p30: seen by the desktop, by Chromium", "ms",
                    1.5 * FRAME + 10, median([a for a, _ in glasses]), median([b for _, b in glasses]), why))
    losses, why = collect(max(1, runs // 7), mixed_loss)
    column = lambda i: median([values[i] for values in losses])
    rows.append(Row("in one call, 10 % loss: longest freeze", "ms", 200, column(0), column(1), why))
    rows.append(Row("in one call, 10 % loss: sound concealed", "%", 2, column(2), column(3), why))
    return rows


# ---- loss ----

def concealed_ours(report):
    audio = report.get("audio")
    return 100 * audio["concealed_samples"] / audio["total_samples"] if audio and audio["total_samples"] else None


def concealed_browser(report):
    rows = [row for row in report["stats"] if row["type"] == "inbound-rtp" and row.get("kind") == "audio"]
    samples = sum(row.get("totalSamplesReceived", 0) for row in rows)
    concealed = sum(row.get("concealedSamples", 0) - row.get("silentConcealedSamples", 0) for row in rows)
    return 100 * concealed / samples if samples else None


def loss(runs):
    rows, seconds = [], 20
    for name, conditions in (("10 % loss", {"loss": 10}), ("10 % loss in bursts of 4", {"loss": 10, "burst": 4}),
                             ("20 % loss", {"loss": 20}), ("30 % loss", {"loss": 30})):
        def one(kind):
            def run(seed):
                with Network(seed=seed, delay=30) as network:         # the network gets bad when the call is there
                    words = " ".join(f"{key}={value}" for key, value in conditions.items())
                    return kind.call(network, seconds, meanwhile=lambda begin: network.change(words))
            return collect(max(1, runs // 7), run)
        own, why = one(ours)
        theirs, browsers_why = one(browser)
        why = why or browsers_why
        values = lambda function: ([function(run) for run in own], [function(run) for run in theirs])
        if conditions["loss"] == 10:
            rows.append(row_of(f"{name}: longest freeze", "ms", 200,
                               *values(lambda run: max(gaps(run.times, run.begin, run.end))), why))
            rows.append(Row(f"{name}: sound concealed", "%", 2, median([concealed_ours(run.report) for run in own]),
                            median([concealed_browser(run.report) for run in theirs]), why))
        elif conditions["loss"] == 20:
            freezes = values(lambda run: quantile(sorted(gaps(run.times, run.begin, run.end)), 0.95))
            rows.append(row_of(f"{name}: a picture stands, 95 % of them", "ms", 200, *freezes, why))
            lost = values(lambda run: max(0, 30 - rate(run.times, run.begin, run.end)))
            rows.append(row_of(f"{name}: pictures a second missing of 30", "1/s", 1.5, *lost, why))
        else:
            rows.append(row_of(f"{name}: time frozen", "%", 2,
                               *values(lambda run: 100 * frozen_share(run.times, run.begin, run.end)), why))
    return rows


# ---- rate ----

def narrow_run(kind):
    """From 2000 to 500 kbit/s after 10 s and back after 25: (queue 2 s after and later, ms; share of the link used 5 s
    after its return)"""
    def run(seed):
        with Network(seed=seed, delay=30, rate=2000, queue=300) as network:
            marks = {}

            def meanwhile(begin):
                marks["probe"] = Probe(network)
                time.sleep(10)
                network.change("rate=500")
                marks["narrow"] = time.time()
                time.sleep(15)
                network.change("rate=2000")
                marks["wide"] = time.time()
                time.sleep(10)
                return marks
            kind.call(network, 36, meanwhile=meanwhile)
            trips, received = marks["probe"].results()
        least = min(ms for _, ms in trips)
        queue = [ms - least for at, ms in trips if marks["narrow"] + 2 < at < marks["wide"]]
        after = [(at, n) for at, n in received if marks["wide"] + 5 < at < marks["wide"] + 9.5]
        used = (after[-1][1] - after[0][1]) * 8 / 1000 / (after[-1][0] - after[0][0])
        plot = {"queue": [(at - marks["narrow"], ms - least) for at, ms in trips],
                "rate": [(b[0] - marks["narrow"], (b[1] - a[1]) * 8 / 1000 / (b[0] - a[0]))
                         for a, b in zip(received, received[5:])]}
        return quantile(sorted(queue), 0.95), 100 * used / 2000, plot
    return run


def narrow(runs):
    own, why = collect(max(1, runs // 10), narrow_run(ours))
    theirs, browsers_why = collect(max(1, runs // 10), narrow_run(browser))
    why = why or browsers_why
    rows = [row_of("2000 to 500 kbit/s: queue after 2 s, 95 %", "ms", 100, [run[0] for run in own],
                   [run[0] for run in theirs], why),
            row_of("back to 2000 kbit/s: link not used after 5 s", "%", 20, [100 - run[1] for run in own],
                   [100 - run[1] for run in theirs], why)]
    rows[0].plots = {"ours": own[0][2] if own else None, "browser": theirs[0][2] if theirs else None}
    return rows


# ---- the path ----

def back_after(run, cut_end):
    after = [at for at in run.times if at > cut_end]
    return 1000 * (after[0] - cut_end) if after else None


def cut(runs):
    rows = []
    for seconds, goal in ((2, 200), (10, 500), (25, 1000)):
        def one(kind):
            def run(seed):
                with Network(seed=seed, delay=30) as network:
                    def meanwhile(begin):
                        time.sleep(4)
                        network.change(f"path=A-B cut={seconds}")
                        return time.time() + seconds
                    result = kind.call(network, seconds + 10, meanwhile=meanwhile)
                    return back_after(result, result.extra)
            return collect(max(1, runs // 10), run)
        own, why = one(ours)
        theirs, browsers_why = one(browser)
        rows.append(row_of(f"cut of {seconds} s: media back after", "ms", goal, own, theirs, why or browsers_why))
    return rows


def cards(runs):
    """The card that the media use is cut; `reported`: and taken down, which the system tells."""
    rows = []
    for reported, goal in ((True, 500), (False, 1500)):
        def one(kind):
            def run(seed):
                with Network(seed=seed, delay=30, cards=2) as network:
                    def meanwhile(begin):
                        time.sleep(4)
                        first, second = network.received("B")
                        card = "B" if first > second else "B.1"
                        network.change(f"path={card}-* cut=1000")
                        at = time.time()
                        if reported:
                            network.run("B", "ip", "link", "set", "wan0" if card == "B" else "wan1", "down")
                        return at
                    result = kind.call(network, 14, meanwhile=meanwhile)
                    stood = [gap for gap in gaps(result.times, result.extra - 0.2, result.end)]
                    return max(stood)
            return collect(max(1, runs // 10), run)
        own, why = one(ours)
        theirs, browsers_why = one(browser)
        name = "reported by the system" if reported else "silent"
        rows.append(row_of(f"second network card takes over, {name}: picture stands", "ms", goal, own, theirs,
                           why or browsers_why))
    return rows


# ---- what it costs ----

def usage(runs):
    """Of one end: a 720p30 call both ways, and of watching; % of one core, MB."""
    seconds = 12

    def measured(child):
        time.sleep(3)
        before = cpu_seconds(child.pid)
        time.sleep(seconds)
        return 100 * (cpu_seconds(child.pid) - before) / seconds, peak_megabytes(child.pid)

    def call(seed):
        with Network(seed=seed) as network:
            ours.hub(network)
            ours.agent(network, "A", "anna", "call", "--auto-accept", measured=False)
            time.sleep(1.5)
            return measured(ours.agent(network, "B", "bert", "call", "--to", "anna", measured=False))

    def watch(seed):
        with Network(seed=seed) as network:
            ours.hub(network)
            ours.agent(network, "A", "anna", "host", "--room", "studio", measured=False)
            time.sleep(1.5)
            return measured(ours.agent(network, "B", "bert", "watch", "--room", "studio", measured=False))

    def idle(seed):
        with Network(seed=seed) as network:
            ours.hub(network)
            return measured(ours.agent(network, "B", "bert", "kiosk", measured=False))[0]

    def attract(seed):
        with Network(seed=seed) as network:
            ours.hub(network)
            return measured(ours.agent(network, "B", "bert", "kiosk", "--attract", "assets/screenshots/live.jpg",
                                       measured=False))[0]

    def away(seed):
        with Network(seed=seed) as network:
            ours.hub(network)
            return measured(ours.agent(network, "B", "bert", "watch", "--room", "studio", measured=False))[0]

    def theirs(seed):
        with Network(seed=seed) as network:
            run = browser.call(network, seconds + 4, usage=True)
            return 100 * run.cpu, run.memory
    calls, why = collect(max(1, runs // 10), call)
    watches, watch_why = collect(max(1, runs // 10), watch)
    idles, idle_why = collect(max(1, runs // 10), idle)
    attracts, attract_why = collect(max(1, runs // 10), attract)
    aways, away_why = collect(max(1, runs // 10), away)
    browsers, browsers_why = collect(max(1, runs // 10), theirs)
    their_cpu = median([cpu for cpu, _ in browsers]) if browsers else None
    half = their_cpu / 2 if their_cpu else 100
    reasons = why or watch_why or browsers_why
    return [row_of("CPU of a 720p30 call, both ways", "% of a core", half, [cpu for cpu, _ in calls],
                   [their_cpu] if their_cpu else [], reasons),
            row_of("CPU of watching 720p30 (the browser: of the call)", "% of a core", half,
                   [cpu for cpu, _ in watches], [their_cpu] if their_cpu else [], reasons),
            row_of("CPU of an idle screen: nobody calls", "% of a core", 2, idles, [], idle_why),
            row_of("CPU of an idle screen: a picture attracts", "% of a core", 2, attracts, [], attract_why),
            row_of("CPU of an idle screen: the broadcaster is away", "% of a core", 2, aways, [], away_why),
            row_of("peak memory of a 720p30 call", "MB", 120, [mb for _, mb in calls], [mb for _, mb in browsers],
                   reasons),
            row_of("peak memory of watching 720p30", "MB", 120, [mb for _, mb in watches], [], reasons)]


# ---- the screen ----

def drawing(runs):
    """A frame of the busiest screens, each with a new picture, without a GPU: 60 of them fit into a second where 95 %
    take less than 16.7 ms."""
    def frames(seed):
        done = subprocess.run([f"{BUILD}/tests/bench_drawing"], capture_output=True, text=True, timeout=120, check=True)
        return [json.loads(line) for line in done.stdout.splitlines()]
    results, why = collect(max(1, runs // 10), frames)
    names = {"live": "a live room", "call": "a call, two pictures", "ringing-out": "ringing, over a dimmed picture"}
    return [row_of(f"one frame of {what} at 720p, drawn without a GPU: 95 %", "ms", 1000 / 60,
                   [screen["p95_ms"] for run in results for screen in run if screen["screen"] == name], [], why)
            for name, what in names.items()]


ALL = [accept, cold, switches, warm, glass, mixed, loss, narrow, cut, cards, usage, drawing]
