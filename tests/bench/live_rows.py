"""The rows of ./run bench live: each function gives those of one stream or one question, by what stood on the screen. A
row that cannot be measured for a player says why, and stops no other."""
import os, random, sys, time
from dataclasses import dataclass, field

from live_stage import PLAYERS, PROGRAM, Screen, Sound, Troupe, free_port, last_words, playing, wait_until, words
from live_streams import FPS, GOP, SECONDS, SEGMENT_SECONDS, SRT_LATENCY_MS, Stream, film
from measure import cpu_seconds, median, peak_megabytes, quantile

FRAME = 1000 / FPS              # ms
PATIENCE = 12                   # s, for a first picture
OF_THE_STREAM, OF_THE_CALL = 1, 2       # the sources in the frame codes


@dataclass
class Plan:
    """How much is measured: --quick is less of the same."""
    runs: int = 10
    few: int = 3                # of what takes long
    watched: float = 4          # s
    costs: float = 10
    sound: float = 30
    drift: float = 20 * 60
    switches: int = 100


QUICK = Plan(3, 1, 2.5, 5, 15, 2 * 60, 5)


@dataclass
class Row:
    what: str
    unit: str
    goal: float
    ours: float = None
    ffplay: float = None
    mpv: float = None
    why: str = ""               # what was not measured, and why

    def met(self):
        return self.ours is not None and self.goal is not None and self.ours <= self.goal


@dataclass
class Results:
    values: dict = field(default_factory=lambda: {player: [] for player in PLAYERS})
    reasons: dict = field(default_factory=dict)

    def pick(self, what, unit, goal, choose):
        """A row of what `choose` makes of each player's values; `goal`: of the others' better figure (None: none)."""
        figures = {player: choose(values) if values else None for player, values in self.values.items()}
        theirs = [figures[player] for player in PLAYERS[1:] if figures[player] is not None]
        why = "; ".join(f"{player}: {reason}" for player, reason in self.reasons.items() if figures[player] is None)
        return Row(what, unit, goal(min(theirs, default=None)), *(figures[player] for player in PLAYERS), why)


def say(words):
    print(f"bench: {words}", file=sys.stderr, flush=True)


def one_after_another(runs, players, function):
    """function(player, seed) → a value, for all players in turn, so that each has its share of a restless machine. Who
    fails twice without ever having succeeded is left out."""
    results = Results()
    failures = dict.fromkeys(players, 0)
    for seed in range(1, runs + 1):
        for player in players:
            if failures[player] >= 2 and not results.values[player]:
                continue
            try:
                results.values[player].append(function(player, seed))
            except Exception as error:          # whatever it was: the others go on
                failures[player] += 1
                results.reasons[player] = str(error) or type(error).__name__
                say(f"{player}, seed {seed}: {error}")
    return results


def first_picture(screen, child, since):
    """When the stream's first picture stood on the screen."""
    def there():
        if child.poll() is not None:
            raise RuntimeError(f"it ended: {last_words(child)}")
        return [at for at, source, _ in screen.codes(since) if source == OF_THE_STREAM]
    try:
        return wait_until(there, "a picture", PATIENCE)[0]
    except TimeoutError:
        raise RuntimeError(f"it showed no picture within {PATIENCE} s") from None


# ---- how soon, how late ----

def watching(name, kind, limit, players=PLAYERS, reasons=()):
    """Start and delay, of the same runs. A source that keeps nothing gives a picture with its next key frame: that wait
    is no player's doing, and is subtracted."""
    def rows(plan):
        with Troupe() as troupe:
            screen, sound = Screen(troupe), Sound(troupe)
            stream = Stream(troupe, kind)

            def run(player, seed):
                stream.welcome()
                phase = random.Random(f"{kind} {seed}").uniform(0, GOP / FPS)
                time.sleep((phase - stream.clock(time.monotonic())) % (GOP / FPS))
                began = time.monotonic()
                wait = 0 if stream.bursts else stream.until_key_frame(began)
                with playing(troupe, screen, sound, player, stream.url) as child:
                    first = first_picture(screen, child, began)
                    time.sleep(plan.watched)
                delays = [stream.delay_ms(at, number) for at, _, number in screen.codes(first + plan.watched / 2)]
                if not delays:
                    raise RuntimeError("its picture stood still")
                start, delay = 1000 * (first - began - wait), median(delays)
                say(f"{name}, {player}, seed {seed}: joined {phase:.2f} s into a GOP, first picture after "
                    f"{start:.0f} + {1000 * wait:.0f} ms, {delay:.0f} ms behind")
                return start, delay
            results = one_after_another(plan.runs, players, run)
        results.reasons.update(reasons)
        return [results.pick(f"start to first picture, {name}", "ms", lambda theirs: theirs and theirs / 2,
                             lambda values: median([start for start, _ in values])),
                results.pick(f"source to screen, {name}", "ms", lambda theirs: min(limit, theirs or limit),
                             lambda values: median([delay for _, delay in values]))]
    rows.__name__ = kind
    return rows


NO_WHEP = {"ffplay": "FFmpeg speaks no WHEP", "mpv": "FFmpeg speaks no WHEP"}


# ---- sound ----

def onsets(heard):
    """When each beep began to be heard. A sample's time: the earliest that its place among all allows."""
    samples = memoryview(b"".join(data for _, data in heard)).cast("h")
    place, starts = 0, []
    for at, data in heard:
        place += len(data) // 2
        starts.append(at - place / Sound.RATE)
    start = min(starts[len(starts) // 2:], default=0)
    loud = max((abs(sample) for sample in samples), default=0) / 4
    found, quiet = [], Sound.RATE
    for i, sample in enumerate(samples):
        if abs(sample) < loud or loud < 100:
            quiet += 1
            continue
        if quiet > Sound.RATE // 4:
            found.append(start + i / Sound.RATE)
        quiet = 0
    return found


def skews(beeps, pictures):
    """ms; positive: the sound is late."""
    nearest = [min((beep - picture for beep in beeps), key=abs) for picture in pictures] if beeps else []
    return [1000 * skew for skew in nearest if abs(skew) < 0.5]


def sound(plan):
    """The film beeps with each 30th picture; HTTP-FLV, which all can play."""
    with Troupe() as troupe:
        screen, card = Screen(troupe), Sound(troupe)
        stream = Stream(troupe, "flv")

        def run(player, seed):
            began = time.monotonic()
            with playing(troupe, screen, card, player, stream.url) as child:
                begin = first_picture(screen, child, began) + 3
                with card.listening() as heard:
                    time.sleep(plan.sound + 4)
            pictures = [at for at, _, number in screen.codes(begin, begin + plan.sound) if number % FPS == 0]
            found = skews(onsets(heard), pictures)
            if len(found) < plan.sound / 2:
                raise RuntimeError(f"{len(found)} beeps were heard of {plan.sound:.0f}")
            say(f"sound, {player}: {len(found)} beeps, late by {min(found):.0f} to {max(found):.0f} ms, "
                f"median {median(found):.0f}")
            return found
        results = one_after_another(plan.few, PLAYERS, run)
    return [results.pick("sound against picture, 95 %", "ms", lambda theirs: 40,
                         lambda runs: quantile([abs(skew) for found in runs for skew in found], 0.95))]


# ---- what it costs ----

def cost(plan):
    """HTTP-FLV; of the player's process, drawing into a window of the stream's size."""
    rows, memory = [], []
    for name, size, bits in (("720p30", (1280, 720), "2500k"), ("1080p30", (1920, 1080), "5000k")):
        with Troupe() as troupe:
            screen, card = Screen(troupe, *size), Sound(troupe)
            stream = Stream(troupe, "flv", "x".join(map(str, size)), bits=bits)

            def run(player, seed):
                began = time.monotonic()
                with playing(troupe, screen, card, player, stream.url) as child:
                    first_picture(screen, child, began)
                    time.sleep(2)
                    before = cpu_seconds(child.pid)
                    time.sleep(plan.costs)
                    cpu, peak = 100 * (cpu_seconds(child.pid) - before) / plan.costs, peak_megabytes(child.pid)
                say(f"{name}, {player}: {cpu:.0f} % of a core, {peak:.0f} MB")
                return cpu, peak
            results = one_after_another(plan.few, PLAYERS, run)
        rows.append(results.pick(f"CPU of watching, {name}", "% of a core", lambda theirs: theirs and theirs / 2,
                                 lambda values: median([cpu for cpu, _ in values])))
        memory.append(results.pick("peak memory of watching", "MB", lambda theirs: min(90, theirs or 90),
                                   lambda values: median([peak for _, peak in values])))
    return rows + memory[:1]


# ---- clocks that differ ----

def drift(plan):
    """All players and both clocks at the same time, in small windows, since it takes so long: HTTP-FLV, 640x360."""
    size, window, results = (640, 360), min(30, plan.drift / 8), {200: Results(), -200: Results()}
    with Troupe() as troupe:
        card, watched = Sound(troupe), []
        for ppm in results:
            stream = Stream(troupe, "flv", "640x360", ppm=ppm, bits="800k")
            for player in PLAYERS:
                screen = Screen(troupe, *size)
                began = time.monotonic()
                child = troupe.enter_context(playing(troupe, screen, card, player, stream.url))
                watched.append((ppm, stream, player, screen, child, began))
        began = time.monotonic() + 10       # all have settled
        time.sleep(10 + plan.drift)
        for ppm, stream, player, screen, child, at in watched:
            try:
                first_picture(screen, child, at)
                delays = [(at - began, stream.delay_ms(at, number)) for at, _, number in screen.codes(began)]
                early = median([delay for at, delay in delays if at < window])
                late = median([delay for at, delay in delays if at > plan.drift - window])
                say(f"{ppm:+d} ppm, {player}: {early:.0f} ms behind, then {late:.0f}")
                results[ppm].values[player].append(abs(late - early))
            except Exception as error:
                results[ppm].reasons[player] = str(error)
    minutes = f"{plan.drift / 60:.0f} minutes"
    return [results[ppm].pick(f"delay after {minutes} at {ppm:+d} ppm: changed by", "ms", lambda theirs: FRAME, median)
            for ppm in results]


# ---- to a call and back ----

def switch(name, kind):
    """The screen of a viewer who calls and comes back, again and again; the callee's camera is a film, too."""
    def rows(plan):
        with Troupe() as troupe:
            screen, card, port = Screen(troupe), Sound(troupe), free_port()
            stream, camera = Stream(troupe, kind), film(source=OF_THE_CALL)
            hub = f"ws://127.0.0.1:{port}"
            environment = {"CALLAPI_HISTORY": "none", "HOME": troupe.folder, "SDL_AUDIODRIVER": "dummy"}
            server = troupe.start(PROGRAM, "hub", "--listen", f"127.0.0.1:{port}")
            wait_until(lambda: "ws://" in words(server), "the hub")
            troupe.start(PROGRAM, "call", "--hub", hub, "--user", "anna", "--auto-accept", "--headless", "--video",
                         camera, env={**os.environ, **environment})
            time.sleep(2)
            began = time.monotonic()
            with playing(troupe, screen, card, "ours", stream.url, "--call", "anna", "--hub", hub, "--user", "bert",
                         "--switches", str(plan.switches)) as child:
                first = first_picture(screen, child, began)
                child.wait(60 + 12 * plan.switches)
                over = time.monotonic()
            return judge_switches(name, plan, [entry for entry in screen.seen if first <= entry[0] <= over], child)
    rows.__name__ = f"switches_{kind}"
    return rows


def judge_switches(name, plan, seen, child):
    codes = [entry for entry in seen if entry[1] is not None]
    while seen and seen[-1][1] is None:     # the window is gone
        seen.pop()
    changes = sum(before[1] != after[1] for before, after in zip(codes, codes[1:]))
    freezes = [(1000 * (after[0] - before[0]), before, after) for before, after in zip(codes, codes[1:])]
    longest = sorted(freezes, reverse=True)[:5]
    say(f"switches, {name}: {changes} changes; longest freezes: " +
        ", ".join(f"{ms:.0f} ms ({a[1]}:{a[2]} to {b[1]}:{b[2]})" for ms, a, b in longest))
    what = f"live to call to live, {plan.switches} switches from {name}"
    black, freeze = Row(f"{what}: black", "", 0), Row(f"{what}: longest freeze", "ms", 67)
    if changes < 2 * plan.switches:
        black.why = freeze.why = f"{changes} changes of picture in place of {2 * plan.switches}: {last_words(child)}"
    else:
        black.ours, freeze.ours = sum(entry[2] == "black" for entry in seen), longest[0][0]
    return [black, freeze]


# ---- trouble ----

def killed(plan):
    """RTMP, of which the server stays. A sender that returns begins with picture 0, a key frame."""
    with Troupe() as troupe:
        screen, card = Screen(troupe), Sound(troupe)
        stream = Stream(troupe, "rtmp")

        def run(player, seed):
            began = time.monotonic()
            with playing(troupe, screen, card, player, stream.url) as child:
                try:
                    first_picture(screen, child, began)
                    time.sleep(2)
                finally:
                    stream.kill()
                    time.sleep(random.Random(f"killed {seed}").uniform(2, 4))
                    stream.restart()
                return back(stream, screen, child)

        def back(stream, screen, child):
            def there():
                if child.poll() is not None:
                    raise RuntimeError("it ended with its source")
                return [at for at, _, number in screen.codes(stream.begin)
                        if stream.delay_ms(at, number) < 1000 * min(PATIENCE, SECONDS / 2)]
            try:
                return 1000 * (wait_until(there, "its picture", PATIENCE)[0] - stream.begin)
            except TimeoutError:
                raise RuntimeError(f"no picture came within {PATIENCE} s of its return") from None
        results = one_after_another(plan.runs, PLAYERS, run)
    return [results.pick("source killed and back: picture stands after its return", "ms", lambda theirs: 2000, median)]


ALL = [watching("RTMP", "rtmp", 60), watching("HTTP-FLV", "flv", 60), watching("TS over UDP", "ts", 120),
       watching("SRT", "srt", SRT_LATENCY_MS + 60), watching("RTSP", "rtsp", 60),
       watching("HLS", "hls", 1000 * SEGMENT_SECONDS + 1000), watching("WHEP", "whep", 50, PLAYERS[:1], NO_WHEP),
       sound, cost, drift, switch("RTMP", "rtmp"), switch("WHEP", "whep"), killed]
