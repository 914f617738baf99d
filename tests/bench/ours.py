"""Runs of our program: what its screen showed (frames.jsonl, report.json)."""
import json, os, signal, time
from dataclasses import dataclass, field

from network import BUILD, stop

PROGRAM = os.path.abspath(f"{BUILD}/app/callapi")
HUB = "10.77.0.3:8080"


@dataclass
class Run:
    times: list                         # of new pictures, s since 1970
    numbers: list                       # of their frames, or None
    report: dict = field(default_factory=dict)
    other: dict = field(default_factory=dict)       # the other end's report
    stats: list = field(default_factory=list)       # one record for each second
    begin: float = 0                    # of the part that is judged
    end: float = 0
    cpu: float = 0                      # of one core
    memory: float = 0                   # MB


def hub(network):
    network.start("S", [PROGRAM, "hub", "--listen", HUB, "-v"], "hub.log")
    network.wait_for("hub.log", "ws://")


def decoded(network, name):
    """How many pictures it has decoded so far, by its statistics, which come once a second."""
    lines = network.log(f"{name}-stats.jsonl").rpartition("\n")[0].splitlines()  # the rest is on its way to the file
    rows = json.loads(lines[-1])["stats"] if lines else []
    return sum(row.get("framesDecoded", 0) for row in rows if row["type"] == "inbound-rtp")


def wait_for_pictures(network, name, more, patience=60):
    """Until it has decoded so many more than by now. False: they do not come."""
    wanted, deadline = decoded(network, name) + more, time.time() + patience
    while decoded(network, name) < wanted and time.time() < deadline:
        time.sleep(0.2)
    return decoded(network, name) >= wanted


def agent(network, host, name, command, *options, measured=True, environment=None):
    folder = os.path.join(network.work, name)
    files = ["--report", f"{folder}.json", "--shots", folder] if measured else []
    return network.start(host, [PROGRAM, command, "--headless", "--user", name, "--hub", f"ws://{HUB}",
                                *files, *options], f"{name}.log", env={**os.environ, **(environment or {})})


def read(network, name):
    with open(os.path.join(network.work, f"{name}.json")) as file:
        report = json.load(file)
    origin = report["origin_unix_ms"]
    with open(os.path.join(network.work, name, "frames.jsonl")) as file:
        rows = [json.loads(line) for line in file]
    rows = [row for row in rows if row["new"] and row["frame"] is not None]
    return Run([(origin + row["t_ms"]) / 1000 for row in rows], [row["frame"] for row in rows], report)


def finish(child):
    """Lets the program write what it saw."""
    if child.poll() is None:
        os.killpg(child.pid, signal.SIGTERM)
    try:
        child.wait(20)
    finally:
        stop(child)


def call(network, seconds, size="1280x720", meanwhile=None, options=()):
    """A pure call from B to A; what B saw. `meanwhile(begin)` is called when it begins; it may change the network."""
    hub(network)
    callee = agent(network, "A", "anna", "call", "--auto-accept", "--size", size, *options)
    network.wait_for("hub.log", "anna", 60)
    caller = agent(network, "B", "bert", "call", "--to", "anna", "--size", size, "-v",
                   "--stats", os.path.join(network.work, "bert-stats.jsonl"), *options)
    network.wait_for("bert.log", "connected (", 60)
    begin = time.time() + 1             # the first second is another row's
    extra = meanwhile(begin) if meanwhile else None
    time.sleep(max(0, begin + seconds - time.time()))
    end = time.time()
    finish(caller)
    finish(callee)
    run = read(network, "bert")
    run.other = read(network, "anna").report
    run.begin, run.end = begin, end
    run.extra = extra
    return run


def switches(network, rounds, size="640x360"):
    """A viewer goes from the live room to a call with its broadcaster and back; the viewer's report, and the
    broadcaster's last timing."""
    hub(network)
    host = agent(network, "A", "anna", "host", "--room", "studio", "--auto-accept", "--accept-after", "1",
                 "--size", size)
    time.sleep(1.5)
    viewer = agent(network, "B", "bert", "watch", "--room", "studio", "--size", size, "--switches", str(rounds))
    viewer.wait(60 + 8 * rounds)
    finish(viewer)
    finish(host)
    return read(network, "bert")
