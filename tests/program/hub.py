#!/usr/bin/env python3
"""The hub as operators run it: its access log and the levels of that, what it counts of a call, a restart during one.
hub.py CALLAPI [promtool: its metrics go through Prometheus' own check instead]"""
import atexit, os, pathlib, re, shutil, signal, subprocess, sys, tempfile, threading, time, urllib.error, urllib.request

program, promtool = sys.argv[1], sys.argv[2:] == ["promtool"]
PATIENCE_S = 60
if promtool and not shutil.which("promtool"):
    print("hub: no promtool here (Debian: prometheus)")
    sys.exit(77)


class Program:
    """One that runs, and what it says."""

    all = []

    def __init__(self, *arguments):
        self.name, self.lines = " ".join(arguments[:3]), []
        self.process = subprocess.Popen([program, *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                        text=True)
        self.all.append(self)
        atexit.register(self.process.kill)  # where something fails
        self.reader = threading.Thread(target=lambda: self.lines.extend(self.process.stdout), daemon=True)
        self.reader.start()

    def says(self, pattern, times=1):
        return len([line for line in self.lines if re.search(pattern, line)]) >= times

    def wait_for(self, pattern, times=1):
        until = time.monotonic() + PATIENCE_S
        while not self.says(pattern, times):
            if time.monotonic() > until or (self.process.poll() is not None and not self.reader.is_alive()):
                self.fail(f"'{pattern}' was not said {times} times")
            time.sleep(0.02)

    def end(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        self.ends_well()

    def ends_well(self):
        if self.process.wait(PATIENCE_S):
            self.fail(f"ended with {self.process.returncode}")
        self.reader.join(PATIENCE_S)

    def fail(self, what):
        for program in self.all:
            print(f"--- {program.name}\n" + "".join(program.lines[-40:]))
        sys.exit(f"hub: {self.name}: {what}")


class Hub(Program):
    def __init__(self, config):
        super().__init__("hub", "--config", str(config))
        self.wait_for(r"ws://127\.0\.0\.1:\d+")
        self.url = re.search(r"ws://(127\.0\.0\.1:\d+)", "".join(self.lines)).group(1)

    def get(self, path):
        try:
            with urllib.request.urlopen(f"http://{self.url}{path}", timeout=PATIENCE_S) as answer:
                return answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.read().decode()

    def counts(self, line):
        until = time.monotonic() + PATIENCE_S
        while f"{line}\n" not in self.get("/metrics"):
            if time.monotonic() > until:
                self.fail(f"'{line}' is not in {self.get('/metrics')}")
            time.sleep(0.1)

    def reload(self, config, level, times):
        set_level(config, level)
        self.process.send_signal(signal.SIGHUP)
        self.wait_for("is read at the start only", times)


def set_level(config, level, listen="127.0.0.1:0"):
    config.write_text(f"[hub]\nlisten={listen}\n[diagnosis]\nlog-level={level}\n")


def call(hub, user, *arguments):
    return Program("call", "--user", user, "--hub", f"ws://{hub.url}", "--headless", "--size", "320x180", "--audio",
                   "tone", "-v", *arguments)


def check_metrics(config):
    hub = Hub(config)
    done = subprocess.run(["promtool", "check", "metrics"], input=hub.get("/metrics"), text=True, capture_output=True)
    if done.returncode or done.stdout or done.stderr:
        hub.fail(f"promtool: {done.stdout}{done.stderr}")
    hub.end()


def look_at_log(config):
    hub = Hub(config)
    for path in "/v1/rooms", "/v1/none", "/healthz", '/v1/users/a%22%20level=x':
        hub.get(path)
    hub.wait_for(r"access: at=\S+Z event=request peer=127\.0\.0\.1 method=GET path=/v1/rooms status=200 bytes=12 "
                 r"took_us=\d+$")
    hub.wait_for(r'path="/v1/users/a\\" level=x" status=200')
    hub.wait_for("path=/v1/none status=404")
    hub.reload(config, "notice", 1)
    hub.get("/v1/quiet")
    hub.get("/v1/users/quiet")
    hub.reload(config, "debug", 2)
    hub.get("/healthz")
    hub.wait_for("path=/healthz status=200")
    hub.wait_for("path=/v1/quiet status=404")
    if hub.says("/healthz", 2) or hub.says("/v1/users/quiet"):
        hub.fail("it says more than it should")
    config.write_text("[diagnosis]\nlog-level=loud\n")
    hub.process.send_signal(signal.SIGHUP)
    hub.wait_for("goes on as it was: .*'loud'")
    hub.end()


def restart_in_call(config):
    hub = Hub(config)
    anna = call(hub, "anna", "--auto-accept")
    hub.wait_for("event=login .* user=anna/")
    first = call(hub, "cleo", "--to", "anna", "--duration", "6")
    first.ends_well()
    hub.wait_for("event=call .*state=started from=cleo/")
    hub.wait_for("event=call .*state=ended from=cleo/.*seconds=")
    hub.wait_for("event=logout .* user=cleo/")
    for measure in "setup_seconds", "frozen_ratio", "lost_ratio":
        hub.counts(f"callapi_call_{measure}_count 2")

    bert = call(hub, "bert", "--to", "anna", "--duration", "12")
    for each in anna, bert:
        each.wait_for(r"-> connected \(", 2 if each is anna else 1)
    hub.end()
    hub.wait_for('event=logout .* user=anna/.* why="the hub starts anew"')
    set_level(config, "info", hub.url)
    again = Hub(config)
    for user in "anna", "bert":
        again.wait_for(f"event=login .* user={user}/")
    bert.ends_well()
    anna.wait_for(r"connected -> prepared \(remote hangup\)", 2)
    if anna.says("media lost") or bert.says("media lost"):
        anna.fail("the call did not go on")
    anna.end()
    again.end()


with tempfile.TemporaryDirectory() as name:
    os.environ["CALLAPI_HISTORY"] = "none"
    config = pathlib.Path(name) / "hub.ini"
    set_level(config, "info")
    if promtool:
        check_metrics(config)
    else:
        look_at_log(config)
        set_level(config, "info")
        restart_in_call(config)
