#!/usr/bin/env python3
"""The caller's cable is cut for a while, one way or both, or her laptop is asleep for so long, at a milestone of a call
between two users: the call goes on with pictures both ways, or both sides are free and were told; never one without the
other. How long it took is told, not judged.
cuts.py BUILD [CASE...], where a CASE is WAY,SECONDS,MILESTONE, as "both,10,ringing"; without one: all of them.
Needs root, /dev/net/tun and iproute2; elsewhere skipped (77)."""
import concurrent.futures, itertools, os, re, shutil, signal, struct, subprocess, sys, threading, time

BUILD = sys.argv[1]
os.environ["BUILD"] = BUILD
sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "bench"))

import ours
from network import Network

AT_ONCE, PATIENCE_S, ACCEPT_AFTER_S = 4, 60, 3
WAYS = {"out": "B>*", "in": "*>B", "both": "B-*", "asleep": "B-*"}
SECONDS = (2, 10, 25, 40)
# How long a cut is that a call outlasts: at the least, and at the most. In a call it has 30 s (app/session/path.c).
# Before, it rings for 15, and checks of the way come at twice the time that has passed (net/transport/ice.c).
OUTLASTS_S = {"ringing": (7, 30), "connecting": (7, 30), "connected": (29, 31)}
ASLEEP_OUTLASTS_S = {**OUTLASTS_S, "ringing": (11, 30)}  # who wakes knows that she slept, and waits for nothing
# What the caller's log says when it is reached.
MILESTONES = {"ringing": r"delivered: calling -> calling", "connecting": r"-> connecting \(",
              "connected": r"(?<!connected) -> connected \("}
OVER = r"(?:calling|called|connecting|connected) -> (?:prepared|idle) \(([^)]*)\)"
NAMES = {"anna": "A", "bert": "B"}


class Failed(Exception):
    pass


def agent(network, name, *options, environment=None):
    return ours.agent(network, NAMES[name], name, "call", "--size", "320x180", "-v", "--stats",
                      os.path.join(network.work, f"{name}-stats.jsonl"), *options, measured=False,
                      environment=environment)


class Laptop:
    """Of the caller: asleep, it does nothing, and its monotonic clock stands still."""

    def __init__(self, network):
        self.network = network
        self.slept = os.path.join(network.work, "slept")  # tests/support/sleeper.c
        self.write(0)
        self.caller = agent(network, "bert", "--to", "anna", environment={
            "LD_PRELOAD": os.path.abspath(f"{BUILD}/tests/libsleeper.so"), "SLEEPER": self.slept,
            "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0"})

    def write(self, seconds):
        with open(self.slept, "wb") as file:
            file.write(struct.pack("=q", int(seconds * 1e9)))

    def sleep(self, seconds):
        os.killpg(self.caller.pid, signal.SIGSTOP)
        threading.Timer(seconds, self.wake, [seconds]).start()

    def look_at_login(self):
        """What there was of a connection to the hub is not waited for."""
        wait_for(self.network, "bert", r"the machine slept for")
        wait_for(self.network, "hub", r"(?s)bert/\S+ logs in.*bert/\S+ logs in")

    def wake(self, seconds):
        self.write(seconds)
        os.killpg(self.caller.pid, signal.SIGCONT)


def wait_for(network, name, pattern, patience=PATIENCE_S):
    end = time.monotonic() + patience
    while not (found := re.search(pattern, network.log(f"{name}.log"))):
        if time.monotonic() > end:
            raise Failed(f"“{pattern}” did not come in {name}'s log")
        time.sleep(0.05)
    return found


def outcome(network, name):
    """Why the call is over there, or None while it is not."""
    over = re.search(OVER, network.log(f"{name}.log"))
    return over and over.group(1)


def goes_on(network):
    return all(re.search(MILESTONES["connected"], network.log(f"{name}.log")) for name in NAMES) and \
        all(ours.wait_for_pictures(network, name, 10, 5) for name in NAMES)


def see(network, began, seconds):
    """Until both agree."""
    end = time.monotonic() + seconds + PATIENCE_S
    while time.monotonic() < end:
        why = {name: outcome(network, name) for name in NAMES}
        if all(why.values()):
            return "over: " + ", ".join(f"{name} “{reason}”" for name, reason in why.items())
        if time.monotonic() > began + seconds and not any(why.values()) and goes_on(network):
            return "goes on"
        time.sleep(0.1)
    raise Failed(f"they do not agree: {why}")


def run(way, seconds, milestone):
    seconds = float(seconds)
    with Network(delay=20) as network:
        try:
            ours.hub(network)
            agent(network, "anna", "--auto-accept", "--accept-after", str(ACCEPT_AFTER_S))
            network.wait_for("hub.log", "anna", PATIENCE_S)
            laptop = Laptop(network)
            wait_for(network, "bert", MILESTONES[milestone])
            network.change(f"path={WAYS[way]} cut={seconds}")
            if way == "asleep":
                laptop.sleep(seconds)
            began = time.monotonic()
            seen = see(network, began, seconds)
            took = time.monotonic() - began
            if way == "asleep":
                laptop.look_at_login()
            least, most = (ASLEEP_OUTLASTS_S if way == "asleep" else OUTLASTS_S)[milestone]
            if seconds < least and seen != "goes on" or seconds > most and seen == "goes on":
                raise Failed(f"{seen}, after {took:.1f} s")
            return f"{seen}, after {took:.1f} s"
        except (Failed, RuntimeError) as failed:
            print("\n".join(f"--- {name}\n" + network.log(f"{name}.log")[-5000:] for name in (*NAMES, "hub")))
            sys.exit(f"FAILED: {failed}")


def run_apart(case):
    """Namespaces bear the number of a process."""
    return subprocess.run([sys.executable, __file__, BUILD, ",".join(map(str, case))], capture_output=True, text=True)


def run_all(cases):
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        results = list(pool.map(run_apart, cases))
    for result in results:
        print(result.stdout, result.stderr, sep="", end="")
    sys.exit(any(result.returncode for result in results))


if os.geteuid() or not os.path.exists("/dev/net/tun") or not shutil.which("ip"):
    print("needs root, /dev/net/tun and iproute2")
    sys.exit(77)
chosen = [case.split(",") for case in sys.argv[2:]] or list(itertools.product(WAYS, SECONDS, MILESTONES))
if len(chosen) > 1:
    run_all(chosen)
print(*chosen[0], run(*chosen[0]), sep="\t")
