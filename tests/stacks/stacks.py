#!/usr/bin/python3
"""The program and another WebRTC stack: it watches a live room and calls the broadcaster over the room's connection,
calls the desktop three times in a row with one program on either side, and is called by it. Pictures are told by their
frame codes, sound by its tone, on both sides.
stacks.py CALLAPI STACK h264|vp8: STACK is aiortc, gstreamer, werift or wrtc (its client is STACK_client.*)"""
import contextlib
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import threading
import time

import numpy

import coded

HERE = pathlib.Path(__file__).parent
PATIENCE_S, SKIPPED = 60, 77
FROM_NPM = {"werift": "werift", "wrtc": "@roamhq/wrtc"}
HOST, DESK = 1, 2                       # source numbers of ours
ENOUGH, HEARD = 5, 5                    # pictures; tenths of a second of a tone


def fail(what):
    for log in sorted(folder.glob("*.log")):
        print(f"--- {log.name}", *log.read_text(errors="replace").splitlines()[-25:], sep="\n")
    sys.exit(f"FAILED: {what}")


def until(condition, what):
    """Waits for it; None is not yet."""
    end = time.monotonic() + PATIENCE_S
    while (found := condition()) is None or found is False:
        if time.monotonic() > end:
            fail(f"never: {what}")
        time.sleep(0.05)
    return found


class Process:
    """One that ends with us, and its log."""
    all = []

    def __init__(self, name, command, environment=None, **options):
        self.name, self.log = name, folder / f"{name}.log"
        self.child = subprocess.Popen(["setpriv", "--pdeathsig", "KILL", *command], stderr=self.log.open("w"),
                                      env={**os.environ, **(environment or {})}, start_new_session=True, **options)
        Process.all.append(self.child)

    def said(self, words):
        return self.log.read_text(errors="replace").count(words)

    def end(self):
        self.child.send_signal(signal.SIGTERM)
        if self.child.wait(PATIENCE_S) != 0:
            fail(f"{self.name} ended with {self.child.returncode}")


class Station(Process):
    """Our program without a screen; the sound that it plays goes into a file."""

    def __init__(self, name, *words):
        self.sound, self.shots, self.stats = (folder / f"{name}{end}" for end in (".pcm", "", ".jsonl"))
        self.calls = 0
        self.sound.touch()
        super().__init__(name, [program, *words, "--headless", "-v", "--hub", address, "--codec", codec,
                                "--size", "640x360", "--software", "--shots", self.shots, "--stats", self.stats],
                         {"SDL_AUDIODRIVER": "disk", "SDL_DISKAUDIOFILE": str(self.sound)}, stdout=subprocess.DEVNULL)

    def hears(self, start):
        """Enough of the other stack's tone, in what was played after so many bytes."""
        stereo = numpy.fromfile(self.sound, numpy.int16, offset=start)
        return coded.tones(stereo[:len(stereo) // 2 * 2:2].astype(numpy.float64)).count(coded.TONE_HZ) >= HEARD

    def seconds(self):
        """Its statistics, one for each; the last may be on its way to the file."""
        return self.stats.read_text().rpartition("\n")[0].splitlines() if self.stats.exists() else []

    def sees(self, second):
        """More than enough pictures have come since then, so that some stand on the screen also where it is slow."""
        lines = self.seconds()[second:]
        rows = json.loads(lines[-1])["stats"] if lines else []
        return sum(row.get("framesDecoded", 0) for row in rows if row["type"] == "inbound-rtp") >= 4 * ENOUGH

    def talks(self, other):
        """One call of the other stack's, until both sides are content."""
        self.calls += 1
        start, second = self.sound.stat().st_size // 4 * 4, len(self.seconds())
        other.wait_for("TALKING")
        until(lambda: self.said("connected (with stack") >= self.calls, f"{self.name} is connected")
        until(lambda: self.hears(start), f"{self.name} hears the other stack's tone")
        until(lambda: self.sees(second), f"{self.name} sees the other stack's pictures")
        other.go_on()

    def shown(self):
        """The numbers of the other stack's pictures on the screen, in their order."""
        rows = map(json.loads, (self.shots / "frames.jsonl").read_text().splitlines())
        return [row["frame"] for row in rows if row.get("source") == coded.SOURCE and row.get("new")]


class Other(Process):
    """The other stack."""

    def __init__(self, scenario):
        client = next(HERE.glob(f"{stack}_client.*"))
        runs = ["/usr/bin/python3", "-B"] if client.suffix == ".py" else ["node"]
        super().__init__(f"{stack}-{scenario}", [*runs, client, address, codec, scenario], stdin=subprocess.PIPE,
                         stdout=subprocess.PIPE, text=True)
        self.lines = []
        threading.Thread(target=lambda: self.lines.extend(self.child.stdout), daemon=True).start()
        self.wait_for("READY")

    def wait_for(self, word):
        until(lambda: word + "\n" in self.lines or self.child.poll() is not None, f"{self.name}: {word}")
        if word + "\n" not in self.lines:
            fail(f"{self.name} ended with {self.child.returncode} before {word}")
        self.lines.remove(word + "\n")

    def go_on(self):
        print(file=self.child.stdin, flush=True)

    def result(self, source, calls):
        """What it saw and heard, which was of `source` and in order."""
        until(lambda: self.child.poll() is not None, f"{self.name} ends")
        if self.child.returncode != 0:
            fail(f"{self.name} ended with {self.child.returncode}")
        line = until(lambda: self.lines[-1] if self.lines and self.lines[-1].startswith("{") else None, "a result")
        seen = json.loads(line)
        numbers = [number for _, number in seen["pictures"]]
        print(f"{self.name}: {len(numbers)} pictures, tones {sorted(set(seen['tones']))}", flush=True)
        if {sender for sender, _ in seen["pictures"]} != {source} or numbers != sorted(numbers):
            fail(f"{self.name} saw {seen['pictures']}")
        if seen["tones"].count(440 + 20 * source) < HEARD * calls:
            fail(f"{self.name} heard {seen['tones']}")


def shows(station, calls):
    """The station ended, and its screen had the other stack's pictures."""
    station.end()
    numbers = station.shown()
    print(f"{station.name}: showed {len(numbers)} pictures", flush=True)
    if len(numbers) < ENOUGH * calls or numbers != sorted(numbers):
        fail(f"{station.name} showed {numbers}")


def live():
    anna = Station("anna", "host", "--room", "studio", "--user", "anna", "--auto-accept")
    other = Other("live")
    anna.talks(other)
    other.result(HOST, 1)
    shows(anna, 1)


def call():
    desk = Station("desk", "call", "--user", "desk", "--auto-accept")
    other = Other("call")
    for _ in range(3):
        desk.talks(other)
    other.result(DESK, 3)
    shows(desk, 3)


def called():
    other = Other("called")
    caller = Station("caller", "call", "--user", "caller", "--to", "stack")
    caller.talks(other)
    other.result(DESK, 1)
    shows(caller, 1)


def main():
    global address
    hub = Process("hub", [program, "hub", "--listen", "127.0.0.1:0"], stdout=subprocess.PIPE, text=True)
    address = hub.child.stdout.readline().split()[-1]
    print(address)
    for scenario in live, call, called:
        began = time.monotonic()
        scenario()
        print(f"{stack} {scenario.__name__} ({codec}): {time.monotonic() - began:.1f} s", flush=True)


program, stack, codec = sys.argv[1:]
if stack in FROM_NPM and not (HERE / "node_modules" / FROM_NPM[stack]).exists():
    print(f"skipped: {FROM_NPM[stack]} is not installed, which './run test' does where npm's registry can be reached")
    sys.exit(SKIPPED)
with tempfile.TemporaryDirectory() as name:
    folder = pathlib.Path(name)
    try:
        main()
    finally:
        for child in Process.all:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)        # with what it started
            child.wait()
