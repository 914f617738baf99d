#!/usr/bin/env python3
"""One broadcaster, hundreds of viewers through a media server, calls that come and go; the hub and the media server are
killed and started again in between. What was lost?

scale.py [--quick] [--viewers N] [--calls C] [--seconds S] [--json FILE]: `./run bench scale`"""
import argparse
import contextlib
import json
import math
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCE = os.path.dirname(os.path.dirname(HERE))
CALLAPI = os.path.join(SOURCE, os.environ.get("BUILD", "build/plain"), "app/callapi")
DEAD = ["setpriv", "--pdeathsig", "KILL"]
OURS, THEIRS = "10.78.0.1", "10.78.0.2"  # this machine, and the broadcaster's network
KBIT = 300
AWAY_S = 2  # a server that was killed
ROOM = "stage"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until(condition, what, patience=30):
    end = time.monotonic() + patience
    while not condition():
        if time.monotonic() > end:
            raise RuntimeError(f"in vain: {what}")
        time.sleep(0.05)


def listens(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def sleep_until(at):
    time.sleep(max(0, at - time.monotonic()))


def cpu_seconds(pid):
    with contextlib.suppress(OSError), open(f"/proc/{pid}/stat", encoding="utf-8") as file:
        fields = file.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return math.nan


def memory_mb(pid):
    with contextlib.suppress(OSError), open(f"/proc/{pid}/smaps_rollup", encoding="utf-8") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("Pss:")) / 1024
    return math.nan


def children_of(pid):
    """Names and numbers of what it started."""
    out = subprocess.run(["pgrep", "-P", str(pid), "-l"], capture_output=True, text=True, check=False).stdout
    return {line.split()[1]: int(line.split()[0]) for line in out.splitlines()}


class Network:
    """The broadcaster's own, so that its upload can be counted; nothing else goes there."""

    def __init__(self):
        self.name, self.card = f"scale-{os.getpid()}", f"scale{os.getpid() % 100000}"
        self.there = False

    def __enter__(self):
        commands = [f"ip netns add {self.name}",
                    f"ip link add {self.card} type veth peer name upload netns {self.name}",
                    f"ip addr add {OURS}/24 dev {self.card}", f"ip link set {self.card} up",
                    f"ip -n {self.name} addr add {THEIRS}/24 dev upload", f"ip -n {self.name} link set upload up",
                    f"ip -n {self.name} link set lo up"]
        self.there = all(subprocess.run(command.split(), capture_output=True, check=False).returncode == 0
                         for command in commands)
        return self

    def __exit__(self, *_):
        subprocess.run(["ip", "netns", "del", self.name], capture_output=True, check=False)
        subprocess.run(["ip", "link", "del", self.card], capture_output=True, check=False)

    def inside(self):
        return ["ip", "netns", "exec", self.name] if self.there else []

    def uploaded(self):
        """Bytes that came from there."""
        if not self.there:
            return math.nan
        with open(f"/sys/class/net/{self.card}/statistics/rx_bytes", encoding="utf-8") as file:
            return int(file.read())


class Installation:
    """Hub, media server, broadcaster."""

    def __init__(self, network):
        self.network, self.work = network, tempfile.mkdtemp(prefix="callapi-scale-")
        self.address = OURS if network.there else "127.0.0.1"
        self.hub_port, self.sfu_port = free_port(), free_port()
        self.hub_url = f"ws://{self.address}:{self.hub_port}"
        self.play = f"whep://{self.address}:{self.sfu_port}/whep/{ROOM}"
        self.publish = f"whip://{self.address}:{self.sfu_port}/whip/{ROOM}"
        self.sfu_folder = os.path.join(self.work, "sfu")  # which it could not remove when it is killed
        os.mkdir(self.sfu_folder)
        self.children = []
        self.hub = self.sfu = None

    def start(self, name, command):
        with open(os.path.join(self.work, name + ".log"), "ab") as log:
            child = subprocess.Popen([*DEAD, *command], stdout=log, stderr=log)
        self.children.append(child)
        return child

    def start_hub(self):
        self.hub = self.start("hub", [CALLAPI, "hub", "--listen", f"0.0.0.0:{self.hub_port}"])
        wait_until(lambda: listens(self.hub_port), "the hub listens")

    def start_sfu(self):
        self.sfu = self.start("sfu", ["/usr/bin/python3", "-B", os.path.join(SOURCE, "platform/scale/sfu.py"), "--open",
                                      "--listen", f"0.0.0.0:{self.sfu_port}", "--bitrate", str(KBIT * 1000),
                                      "--folder", self.sfu_folder])
        wait_until(lambda: listens(self.sfu_port), "the media server listens")
        wait_until(lambda: "janus" in children_of(self.sfu.pid), "Janus runs")

    def start_host(self):
        command = [CALLAPI, "host", "--headless", "--room", ROOM, "--user", "host", "--hub", self.hub_url, "--size",
                   "320x180", "--auto-accept", "--history", "none", "--publish", self.publish,
                   "--stream", self.play, "--direct", "0"]
        self.start("host", [*self.network.inside(), *command])

    def load(self, name, viewers, calls, seconds, per_second):
        path = os.path.join(self.work, name + ".json")
        command = [CALLAPI, "load", "--hub", self.hub_url, "--watch-only", "--room", ROOM, "--viewers",
                   str(viewers), "--calls", str(calls), "--duration", str(seconds), "--per-second", str(per_second),
                   "--name", name, "--json", path]
        return self.start(name, command), path

    def kill(self, child):
        child.kill()
        child.wait()

    def stop(self):
        for child in reversed(self.children):
            if child.poll() is None:
                child.send_signal(signal.SIGTERM)
        for child in self.children:
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(10)
            if child.poll() is None:
                self.kill(child)
        subprocess.run(["rm", "-rf", self.work], check=False)


class Meter:
    """What the servers took between two instants."""

    def __init__(self, installation):
        self.installation = installation
        self.janus = children_of(installation.sfu.pid).get("janus")
        self.before, self.at, self.uploaded = self.look(), time.monotonic(), installation.network.uploaded()

    def look(self):
        return {"hub": cpu_seconds(self.installation.hub.pid), "janus": cpu_seconds(self.janus)}

    def read(self):
        seconds = time.monotonic() - self.at
        now = self.look()
        shares = {name: 100 * (now[name] - self.before[name]) / seconds for name in now}
        kbit = (self.installation.network.uploaded() - self.uploaded) * 8 / 1000 / seconds
        return {**shares, "upload": kbit, "janus_mb": memory_mb(self.janus),
                "hub_mb": memory_mb(self.installation.hub.pid)}


def wall_ms():
    return time.time() * 1000


def run(options, installation):
    """What was measured and when what was killed; the rows are made of it."""
    found = {}
    installation.start_hub()
    installation.start_sfu()
    installation.start_host()
    one, _ = installation.load("one", 1, 0, 16, 1)
    time.sleep(9)  # by then the broadcaster knows her way there
    meter = Meter(installation)
    one.wait(40)
    found["one"] = meter.read()
    print(f"{options.viewers} viewers, {options.calls} calls, {options.seconds} s", flush=True)
    begun = time.monotonic()
    load, path = installation.load("many", options.viewers, options.calls, options.seconds, options.per_second)
    ramp = (options.viewers + options.calls) / options.per_second
    sleep_until(begun + ramp + 3)
    meter = Meter(installation)
    sleep_until(begun + ramp + 3 + options.seconds * 0.15)
    found["many"] = meter.read()
    found["hub_killed"] = wall_ms()
    installation.kill(installation.hub)
    time.sleep(AWAY_S)
    installation.start_hub()
    found["hub_back"] = wall_ms()
    time.sleep(options.seconds * 0.15)
    found["sfu_killed"] = wall_ms()
    installation.kill(installation.sfu)
    wait_until(lambda: not listens(installation.sfu_port), "the media server is gone")
    time.sleep(AWAY_S)
    installation.start_sfu()
    found["sfu_back"] = wall_ms()
    load.wait(options.seconds + 60)
    with open(path, encoding="utf-8") as file:
        found["load"] = json.load(file)
    return found


# ---- rows


def row(what, unit, goal, ours, at_least=False):
    known = ours is not None and not math.isnan(ours)
    met = goal is None or (known and (ours >= goal if at_least else ours <= goal))
    return {"what": what, "unit": unit, "goal": goal, "ours": round(ours, 3) if known else None, "met": met}


def quantile(values, fraction):
    return sorted(values)[max(math.ceil(fraction * len(values)) - 1, 0)] if values else math.nan


def returns(found, viewers):
    """For each viewer how long after the media server's return pictures were there again, ms; and how many never saw
    any more. Whoever had no break had not noticed."""
    back = {}
    for interval in found["load"]["breaks"]:
        end = interval["to_ms"] or math.inf
        if interval["of"] == "live" and end > found["sfu_killed"] and interval["from_ms"] < found["sfu_back"] + 10000:
            back[interval["user"]] = max(back.get(interval["user"], 0), end - found["sfu_back"])
    times = [max(value, 0) for value in back.values() if value < math.inf] + [0] * (viewers - len(back))
    return times, sum(value == math.inf for value in back.values())


def breaks_in_calls(found):
    return sum(interval["of"] == "call" for interval in found["load"]["breaks"])


def rows_of(options, found):
    viewers, calls = found["load"]["viewers"], found["load"]["calls"]
    back, never = returns(found, options.viewers)
    first, setup = viewers["first_picture_ms"] or {}, calls["setup_ms"] or {}
    many, one = found["many"], found["one"]
    return [
        row("viewers with pictures", "", options.viewers, viewers["watching"], at_least=True),
        row("join to first picture, 50 %", "ms", None, first.get("p50")),
        row("join to first picture, 95 %", "ms", None, first.get("p95")),
        row("join to first picture, 99 %", "ms", None, first.get("p99")),
        row("call set-up, 50 % (300 of it ringing)", "ms", None, setup.get("p50")),
        row("call set-up, 99 % (300 of it ringing)", "ms", None, setup.get("p99")),
        row("calls", "", 1, calls["connected"], at_least=True),
        row("calls lost", "", 0, calls["lost"]),
        row("calls that never connected", "", 0, calls["never_connected"]),
        row("pictures stood still in a call (0.5 s)", "", 0, breaks_in_calls(found)),
        row("media server killed: live back after its return, 50 %", "ms", None, quantile(back, 0.5)),
        row("media server killed: live back after its return, all", "ms", 3000, max(back, default=math.nan)),
        row("viewers for whom it never came back", "", 0, never),
        row("broadcaster's upload, to that for one viewer", "x", 1.1, many["upload"] / one["upload"]),
        row("broadcaster's upload", "kbit/s", None, many["upload"]),
        row("media server, CPU of a viewer", "% of a core", None, many["janus"] / options.viewers),
        row("media server, memory of a viewer", "MB", None,
            (many["janus_mb"] - one["janus_mb"]) / max(options.viewers - 1, 1)),
        row("hub, CPU of all this", "% of a core", None, many["hub"]),
        row("hub, memory", "MB", None, many["hub_mb"]),
        row("the load itself", "% of a core", None,
            100 * found["load"]["cpu_seconds"] / max(found["load"]["seconds"], 1)),
    ]


def tell(rows):
    for one in rows:
        goal = "-" if one["goal"] is None else f"{one['goal']:g}"
        ours = "-" if one["ours"] is None else f"{one['ours']:g}"
        met = "" if one["goal"] is None else "met" if one["met"] else "NOT MET"
        print(f"{one['what']:<56} {one['unit']:<12} {goal:>6} {ours:>9}  {met}")


def parse():
    parser = argparse.ArgumentParser(description="a broadcast and calls at scale, with servers killed in between")
    parser.add_argument("--quick", action="store_true", help="40 viewers, 4 calls")
    parser.add_argument("--viewers", type=int)
    parser.add_argument("--calls", type=int)
    parser.add_argument("--seconds", type=float)
    parser.add_argument("--per-second", type=float, default=8, help="so many come in a second")
    parser.add_argument("--json", default="out/bench/scale.json")
    options = parser.parse_args()
    options.viewers = options.viewers or (40 if options.quick else 200)
    options.calls = options.calls if options.calls is not None else (4 if options.quick else 20)
    options.seconds = options.seconds or (options.viewers + options.calls) / options.per_second + (
        40 if options.quick else 90)
    return options


def main():
    options = parse()
    os.makedirs(os.path.dirname(options.json) or ".", exist_ok=True)
    with Network() as network:
        if not network.there:
            print("the upload is not counted: that wants root (a network of its own)", file=sys.stderr)
        installation = Installation(network)
        try:
            rows = rows_of(options, run(options, installation))
        finally:
            installation.stop()
    tell(rows)
    with open(options.json, "w", encoding="utf-8") as file:
        json.dump({"rows": rows}, file, indent=1)
    sys.exit(0 if all(one["met"] for one in rows) else 1)


if __name__ == "__main__":
    main()
