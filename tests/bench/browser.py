"""Runs of headless Chromium with our web client (tests/bench/web/): calling headless Chromium, or our program, over
the same networks."""
import base64, json, os, re, shutil, time

import ours
from measure import cpu_seconds, peak_megabytes

PATIENCE = 60


def assets(network):
    web = os.path.join(network.work, "assets", "web")
    shutil.copytree("assets/web", web)
    shutil.copytree("assets/fonts", os.path.join(network.work, "assets", "fonts"))
    for name in os.listdir("tests/bench/web"):
        shutil.copy(os.path.join("tests/bench/web", name), web)
    shutil.copy("tests/support/framecode.mjs", os.path.join(web, "framecode.js"))   # the hub serves no .mjs
    return os.path.dirname(web)


def hub(network):
    network.start("S", [ours.PROGRAM, "hub", "--listen", ours.HUB, "--assets", assets(network)], "hub.log")
    network.wait_for("hub.log", "ws://")


def page(network, host, role, **parameters):
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if not program:
        raise RuntimeError("no chromium here")
    query = "&".join(f"{key}={value}" for key, value in {"role": role, **parameters}.items())
    url = f"http://{ours.HUB}/?{query}"
    return network.start(host, [
        program, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
        "--disable-background-networking", "--disable-component-update", "--disable-sync",
        "--autoplay-policy=no-user-gesture-required", "--enable-logging=stderr",
        "--disable-features=WebRtcHideLocalIpsWithMdns",
        f"--unsafely-treat-insecure-origin-as-secure=http://{ours.HUB}",
        f"--user-data-dir={network.work}/{role}.profile", "--remote-debugging-port=0", url], f"{role}.log")


def result(network, role, patience):
    network.wait_for(f"{role}.log", "\"END ", patience)
    text = network.log(f"{role}.log")
    pieces = dict((int(n), piece) for n, piece in re.findall(r'"PIECE (\d+) ([A-Za-z0-9+/=]+)"', text))
    return json.loads(base64.b64decode("".join(pieces[i] for i in range(len(pieces)))))


def run_of(report):
    return ours.Run([time_ms / 1000 for time_ms, _ in report["frames"]], [number for _, number in report["frames"]],
                    report)


def call(network, seconds, size="1280x720", meanwhile=None, delay=0, usage=False):
    """A call from B to A; what B saw. `delay`: ms that it rings."""
    hub(network)
    page(network, "A", "callee", seconds=seconds + 1, delay=delay, size=size)
    network.wait_for("callee.log", "READY", PATIENCE)
    caller = page(network, "B", "caller", to="callee", seconds=seconds + 1, size=size)
    network.wait_for("caller.log", "READY", PATIENCE)
    time.sleep(3 + delay / 1000)
    begin = time.time()
    extra = meanwhile(begin) if meanwhile else None
    cpu = memory = 0
    if usage:
        before = cpu_seconds(caller.pid)
        time.sleep(max(1, seconds - 4))
        cpu = (cpu_seconds(caller.pid) - before) / max(1, seconds - 4)
        memory = peak_megabytes(caller.pid)
    mine = result(network, "caller", seconds + PATIENCE)
    run = run_of(mine)
    run.other = result(network, "callee", PATIENCE)
    run.begin = max(begin, mine["times"]["connected"] / 1000 + 1)
    run.end = mine["frames"][-1][0] / 1000 if mine["frames"] else run.begin
    run.end = max(run.end, mine["times"]["connected"] / 1000 + seconds)
    run.cpu, run.memory, run.extra = cpu, memory, extra
    return run


def mixed_call(network, seconds, page_calls, size="1280x720", meanwhile=None, delay=0):
    """A call between our program on A and the page on B, of which one calls, and the other accepts after `delay` ms:
    (what the program saw, what the page saw). Both have begin and end."""
    hub(network)
    seconds += 1
    files = ["--size", size, "-v"]
    if page_calls:
        program = ours.agent(network, "A", "callee", "call", "--auto-accept", "--accept-after", str(delay / 1000),
                             *files)
        network.wait_for("hub.log", "ws://")
        time.sleep(1)
        page(network, "B", "caller", to="callee", seconds=seconds, size=size)
    else:
        page(network, "B", "callee", seconds=seconds, delay=delay, size=size)
        network.wait_for("callee.log", "READY", PATIENCE)
        program = ours.agent(network, "A", "caller", "call", "--to", "callee", *files)
    name, other = ("callee", "caller") if page_calls else ("caller", "callee")
    network.wait_for(f"{name}.log", "connected (", PATIENCE)
    begin = time.time() + 1
    if meanwhile:
        meanwhile(begin)
    theirs = run_of(result(network, other, seconds + PATIENCE))
    ours.finish(program)
    mine = ours.read(network, name)
    for run in (mine, theirs):
        run.begin, run.end = begin, begin + seconds - 1
    return mine, theirs
