#!/usr/bin/env python3
"""A call over bad networks, repeatable by the seed: what must be seen, never how fast (that is ./run bench, whose
network and runs these are).
networks.py BUILD CASE [SEED]. Needs root, /dev/net/tun and iproute2; elsewhere skipped (77)."""
import functools, os, re, shutil, statistics, subprocess, sys, threading, time

BUILD, CASE = sys.argv[1], sys.argv[2]
SEED = int(sys.argv[3]) if len(sys.argv) > 3 else 7
os.environ["BUILD"] = BUILD
sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "bench"))

import ours
from network import Network

SMALL = "320x180"
UP_S, UP_WITHIN_S = 4, 60


def check(condition, what, run):
    if not condition:
        print(run.network.log("bert.log")[-4000:])
        sys.exit(f"FAILED: {what}")


def call(seconds, meanwhile, prepare=None, options=(), **conditions):
    """A call from B to A; what B saw, how, and when the changes were."""
    print("seed", SEED, conditions)
    with Network(seed=SEED, **conditions) as network:
        if prepare:
            prepare(network)
        run = ours.call(network, seconds, size=SMALL, options=options, meanwhile=lambda begin: meanwhile(network))
        run.network = network
        run.log = network.log("bert.log")
        shown = run.numbers
        check("connected -> prepared (destroyed)" in run.log, "the call ended by itself", run)
        wrong = [(a, b) for a, b in zip(shown, shown[1:]) if b < a]         # equal: words stood over it in between
        check(not wrong, f"pictures came in the wrong order: {wrong}", run)
    return run


def pictures_come(network):
    """However long this machine takes for them."""
    if not ours.wait_for_pictures(network, "bert", 15):
        sys.exit("FAILED: no more pictures come\n" + network.log("bert.log")[-4000:])


def seen(run, begin, end):
    return len([at for at in run.times if begin < at < end])


def loss():
    """20 % lost, in bursts of 4: whole pictures only, in order, from the beginning to the end."""
    def meanwhile(network):
        network.change("loss=20 burst=4")
        time.sleep(6)
        pictures_come(network)
    run = call(1, meanwhile, delay=30)
    audio = run.report["audio"]
    # On the way; all of it may have been made good.
    check(re.search(r"loss [1-9]\d* %", run.log), "nothing was lost", run)
    check(audio["concealed_samples"] < audio["total_samples"] / 2, "the sound is gone", run)
    concealed = 100 * audio["concealed_samples"] / audio["total_samples"]
    return f"{seen(run, run.begin, run.end)} pictures, sound {concealed:.1f} % concealed"


def noise():
    """10 % lost, and a gap of a second: nothing is wrong with the way, and none is looked for."""
    def meanwhile(network):
        network.change("loss=10")
        time.sleep(4)
        network.change("path=A-B cut=1")
        time.sleep(2)
        pictures_come(network)
    run = call(1, meanwhile, delay=30)
    check("is looked for (ICE restart)" not in run.log + run.network.log("anna.log"), "a restart without need", run)
    return f"{seen(run, run.begin, run.end)} pictures, no restart"


def mess():
    """Packets come twice, or after others; those of UDP with more than 1280 octets are lost without a word, and for a
    while all that one of the two sends."""
    def meanwhile(network):
        time.sleep(2)
        network.change("path=B>A cut=3")
        began = time.time()
        time.sleep(4)
        pictures_come(network)
        return began
    run = call(1, meanwhile, delay=30, dup=5, reorder=5, late=40, size=1280)
    return f"{seen(run, run.begin, run.end)} pictures, {seen(run, run.extra, run.end)} after the cut"


def cut():
    """Nothing passes for 4 s: the call stays, a way is looked for, and the pictures come back."""
    def meanwhile(network):
        time.sleep(2)
        network.change("path=A-B cut=4")
        began = time.time()
        time.sleep(5)
        pictures_come(network)
        return began
    run = call(1, meanwhile, delay=30)
    check("is looked for (ICE restart)" in run.log, "no restart", run)
    return f"{seen(run, run.extra, run.end)} pictures after the cut"


def handover():
    """The card that carries the call dies without a word: the other one takes over."""
    def meanwhile(network):
        time.sleep(2)
        first, second = network.received("B")
        network.change(f"path={'B' if first > second else 'B.1'}-* cut=1000")
        began = time.time()
        network.wait_for("bert.log", "goes another way now", 60)
        pictures_come(network)
        return began
    run = call(1, meanwhile, delay=30, cards=2)
    return f"{seen(run, run.extra, run.end)} pictures over the other card"


def card():
    """The only card that there is a way over comes up while a connection is made: it is made anew with it."""
    def come_up(network, addresses, routes):
        network.wait_for("bert.log", "ICE: connecting", 60)
        time.sleep(1)
        network.run("B", "ip", "addr", "add", addresses[0], "dev", "wan1")
        for route in routes:
            network.run("B", "ip", "route", "add", *route.split(), "dev", "wan1")

    def prepare(network):
        addresses = re.findall(r"inet (\S+)", network.said("B", "ip", "-4", "addr", "show", "wan1"))
        routes = re.findall(r"^(default .*)", network.said("B", "ip", "route", "show", "table", "all", "dev", "wan1"),
                            re.MULTILINE)
        network.run("B", "ip", "addr", "flush", "dev", "wan1")
        network.change("path=A-B cut=100000")
        threading.Thread(target=come_up, args=(network, addresses, routes), daemon=True).start()
    run = call(1, pictures_come, prepare=prepare, delay=30, cards=2)
    check("is made anew" in run.log + run.network.log("anna.log"), "the old one found a way by itself", run)
    return f"{seen(run, run.begin, run.end)} pictures"


def rebinding():
    """One of the two is behind a NAT, which forgets her in the call: she is another port from then on, and what is sent
    to the one before comes to nobody. A way is looked for."""
    def meanwhile(network):
        time.sleep(2)
        network.change("path=B>* nat=512")
        began = time.time()
        network.wait_for("bert.log", "goes another way now", 60)
        pictures_come(network)
        return began
    run = call(1, meanwhile, prepare=lambda network: network.change("path=B>* nat=256"), delay=30)
    return f"{seen(run, run.extra, run.end)} pictures after it"


def rate():
    """From 2000 to 300 kbit/s and back: what is sent follows, down and up. On a busy machine a probe can seem to pass
    that did not, so that more is tried for a moment: most of what was told in the last five seconds counts. It can as
    well seem to be the network that is late, so that less is sent again: up is what stays so for a while. (A rate is
    told when it changes: how often says nothing.)"""
    rates = lambda text: [int(kbit) for kbit in re.findall(r"rate: (\d+) kbit/s may be sent", text)]
    def meanwhile(network):
        time.sleep(6)
        network.change("rate=300")
        time.sleep(5)
        settled = len(network.log("bert.log"))
        time.sleep(5)
        log = network.log("bert.log")
        narrow = rates(log)
        narrow = narrow[min(len(rates(log[:settled])), len(narrow) - 1):]   # or the last that was told
        usual = statistics.median(narrow or [0])
        network.change("rate=2000")
        since, end = None, time.monotonic() + UP_WITHIN_S
        up = lambda: since and time.monotonic() - since >= UP_S
        while not up() and time.monotonic() < end:
            time.sleep(0.5)
            told = rates(network.log("bert.log")[len(log):])
            since = since or time.monotonic() if told and told[-1] > 1.5 * usual else None
        return narrow, usual, told, up()
    run = call(1, meanwhile, delay=30, rate=2000, queue=300)
    narrow, usual, told, up = run.extra
    check(narrow, "no rate was told", run)
    check(usual < 350, f"not down to the narrow link: {narrow}", run)
    check(up, f"not up again, or not for long: {told}", run)
    return f"{usual} kbit/s on the narrow link, {told[-1]} on the wide one"


def turn(transport="udp", later=False):
    """No direct way between the two: a TURN server (coturn) on the hub's host carries the call, which speaks to it over
    UDP, TCP or TLS. `later`: there is one, until UDP is forbidden during the call."""
    host, paths = "10.77.0.3", {}

    def prepare(network):
        folder = paths["folder"] = os.path.join(network.work, "turn")
        os.mkdir(folder)
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
                        "-nodes", "-days", "2", "-subj", "/CN=turn",
                        "-addext", f"subjectAltName=IP:{host}", "-keyout", f"{folder}/key", "-out", f"{folder}/cert"],
                       check=True, capture_output=True)
        network.start("S", ["turnserver", "-n", "-v", f"--listening-ip={host}", f"--relay-ip={host}",
                            "-u", "bert:secret", "-r", "callapi.test", "--lt-cred-mech", "--cert", f"{folder}/cert",
                            "--pkey", f"{folder}/key", "--no-dtls", "--no-cli", "--log-file=stdout",
                            "-b", f"{folder}/db", "--pidfile", f"{folder}/pid"], "turn.log")
        network.wait_for("turn.log", "admin thread")
        if not later:
            network.change("path=A-B cut=100000")
        server[-1] = f"{folder}/cert"
    url = {"udp": f"turn:{host}", "tcp": f"turn:{host}?transport=tcp", "tls": f"turns:{host}"}[transport]
    server = ["--ice-server", url, "--ice-user", "bert", "--ice-credential", "secret", "--ca", ""]

    def meanwhile(network):
        pictures_come(network)
        if later:
            network.change("udp=0")
            network.wait_for("bert.log", "is looked for (ICE restart)", 60)
            network.wait_for("turn.log", "tcp or tls connected", 60)
            time.sleep(2)                                   # of what was decoded before nothing is left
            pictures_come(network)
        return network.log("turn.log")
    run = call(1, meanwhile, prepare=prepare, options=server, delay=10)
    check("allocation" in run.extra.lower() or "ALLOCATE" in run.extra, "the TURN server was not asked", run)
    check(("tcp or tls connected" in run.extra) == (transport != "udp")
          and ("method=TLS" in run.extra) == (transport == "tls"), "not by this transport", run)
    return f"{seen(run, run.begin, run.end)} pictures through the TURN server"


if os.geteuid() or not os.path.exists("/dev/net/tun") or not shutil.which("ip"):
    print("needs root, /dev/net/tun and iproute2")
    sys.exit(77)
print(CASE + ":", {"loss": loss, "noise": noise, "mess": mess, "cut": cut, "handover": handover,
                   "card": card, "rebinding": rebinding, "rate": rate, "turn": turn,
                   "turn_tcp": functools.partial(turn, "tcp"), "turn_tls": functools.partial(turn, "tls"),
                   "blocked": functools.partial(turn, "tcp", later=True)}[CASE]())
