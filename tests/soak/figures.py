"""What a process takes, as /proc tells, and what the program says of itself each second (--stats)."""
import contextlib
import json
import os
import re
import sqlite3
import statistics
import threading
import time

HZ = os.sysconf("SC_CLK_TCK")
# GLib keeps these in reserve (tests/support/left_behind.h); a font's file stays open from when its size is first drawn.
RESERVE = re.compile(r"pool-|gmain$")
FONT = re.compile(r"/fonts?/")


def read(path):
    with contextlib.suppress(OSError), open(path, encoding="utf-8", errors="replace") as file:
        return file.read()
    return ""


def memory_kb(pid):
    """{"Rss", "Pss", "Pss_Anon"...}, kB."""
    return {name: int(kb) for name, kb in re.findall(r"^(\w+): +(\d+) kB", read(f"/proc/{pid}/smaps_rollup"), re.M)}


def descriptors(pid):
    """Of each kind how many."""
    kinds = {}
    with contextlib.suppress(OSError):
        for name in os.listdir(f"/proc/{pid}/fd"):
            with contextlib.suppress(OSError):
                target = os.readlink(f"/proc/{pid}/fd/{name}")
                if not FONT.search(target):
                    kind = re.sub(r":\[\d+\]$", "", target)
                    kinds[kind] = kinds.get(kind, 0) + 1
    return kinds


def threads(pid):
    """Of each name how many."""
    names = {}
    with contextlib.suppress(OSError):
        for task in os.listdir(f"/proc/{pid}/task"):
            name = read(f"/proc/{pid}/task/{task}/comm").strip()
            if name and not RESERVE.match(name):
                names[name] = names.get(name, 0) + 1
    return names


def wakeups(pid):
    """How often each thread began to run again after it had waited."""
    counts = {}
    with contextlib.suppress(OSError):
        for task in os.listdir(f"/proc/{pid}/task"):
            found = re.search(r"^voluntary_ctxt_switches:\s+(\d+)", read(f"/proc/{pid}/task/{task}/status"), re.M)
            if found:
                counts[task] = int(found.group(1))
    return counts


def cpu_seconds(pid):
    fields = read(f"/proc/{pid}/stat").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / HZ if fields else 0.0


class Pace:
    """Wake-ups and CPU time between two looks."""

    def __init__(self, pid):
        self.pid, self.at = pid, time.monotonic()
        self.wakeups, self.cpu = wakeups(pid), cpu_seconds(pid)

    def per_second(self):
        seconds = time.monotonic() - self.at
        woken = sum(max(n - self.wakeups.get(task, 0), 0) for task, n in wakeups(self.pid).items())
        return woken / seconds, 100 * (cpu_seconds(self.pid) - self.cpu) / seconds


class Statistics:
    """The program's own figures, by a FIFO: what came since the last take."""

    def __init__(self, path):
        self.path = path
        os.mkfifo(path)
        # Written to as well: a program that begins anew is no end of it.
        self.pipe = os.fdopen(os.open(path, os.O_RDWR), encoding="utf-8", errors="replace")
        self.lock, self.seconds, self.pictures, self.sound = threading.Lock(), [], 0, None
        threading.Thread(target=self.listen, daemon=True).start()

    def listen(self):
        for line in self.pipe:
            with contextlib.suppress(ValueError):
                self.note(json.loads(line))

    def note(self, line):
        second, loop = line.get("second", {}), line.get("loop", {})
        sound = next((one for one in line.get("stats", []) if one["id"] == "IA"), {})
        with self.lock:
            self.pictures += second.get("framesDecoded", 0)
            self.seconds.append({"frozen": second.get("freezesDuration", 0), "rtt": second.get("roundTripTime"),
                                 "stall": loop.get("stallP99"), "delay": self.sound_delay(sound)})

    def sound_delay(self, sound):
        """Of the jitter buffer, over the samples that left it in this second."""
        now = sound.get("jitterBufferDelay"), sound.get("jitterBufferEmittedCount")
        before, self.sound = self.sound, now
        if None in now or before is None or None in before or now[1] <= before[1]:
            return None
        return (now[0] - before[0]) / (now[1] - before[1])

    def take(self):
        """Medians in ms, and how long pictures stood in all, ms."""
        with self.lock:
            seconds, self.seconds = self.seconds, []
        middle = lambda name: [1000 * one[name] for one in seconds if one[name] is not None]
        medians = {name: statistics.median(values) if (values := middle(name)) else None
                   for name in ("rtt", "stall", "delay")}
        return {**medians, "frozen": sum(middle("frozen")) if seconds else None}


def history_rows(path):
    with contextlib.suppress(sqlite3.Error), contextlib.closing(
            sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=5)) as base:
        return base.execute("SELECT count(*) FROM calls").fetchone()[0]
    return 0
