"""Two hosts, or three, on an emulated network: network namespaces joined by tests/support/wan/wan.c, which repeats
itself by its seed."""
import contextlib, json, os, signal, subprocess, tempfile, threading, time

BUILD = os.environ.get("BUILD", "build/plain")


class Network:
    """A (10.77.0.1), B (10.77.0.2) and a hub's host S (10.77.0.3). `conditions`: wan's, as keyword arguments."""

    def __init__(self, seed=7, cards=1, **conditions):
        self.folder = tempfile.TemporaryDirectory(prefix="callapi-bench-", ignore_cleanup_errors=True)
        self.work = self.folder.name  # there as long as anyone has this network: its logs are read afterwards
        self.names = {name: f"bench-{name}-{os.getpid()}" for name in "ABS"}
        self.control = os.path.join(self.work, "control")
        self.options = ["--seed", str(seed), "--ctl", self.control, "--json", os.path.join(self.work, "wan.json")]
        for name, value in conditions.items():
            self.options += [f"--{name}", str(value)]
        if cards == 2:
            self.options += ["--host", self.names["B"]]
        self.children = []

    def __enter__(self):
        a, b, s = (self.names[name] for name in "ABS")
        for name in (a, b, s):
            subprocess.run(["ip", "netns", "add", name], check=True)
        ready = os.path.join(self.work, "ready")
        self.wan = subprocess.Popen([f"{BUILD}/tests/wan", "--a-ns", a, "--b-ns", b, "--hub", s, *self.options,
                                     "--", "sh", "-c", f"touch {ready}; exec sleep 100000"],
                                    stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True)
        deadline = time.time() + 20
        while not os.path.exists(ready):
            if self.wan.poll() is not None or time.time() > deadline:
                raise RuntimeError("the emulated network does not come up: " + self.wan.stderr.read().decode()[-300:])
            time.sleep(0.02)
        return self

    def __exit__(self, *_):
        for child in self.children:
            stop(child)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.wan.pid, signal.SIGTERM)
        self.wan.wait()
        for name in self.names.values():
            pids = subprocess.run(["ip", "netns", "pids", name], capture_output=True, text=True).stdout.split()
            for pid in pids:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(int(pid), signal.SIGKILL)
            subprocess.run(["ip", "netns", "del", name])

    def start(self, host, command, log, **options):
        """A child on this host; its output goes to the file `log` in the work folder."""
        with open(os.path.join(self.work, log), "wb") as output:
            child = subprocess.Popen(["ip", "netns", "exec", self.names[host], *command], stdout=output,
                                     stderr=subprocess.STDOUT,
                                     start_new_session=True, **options)
        self.children.append(child)
        return child

    def log(self, name):
        """Nothing where nobody has begun it."""
        with contextlib.suppress(FileNotFoundError), open(os.path.join(self.work, name), errors="replace") as file:
            return file.read()
        return ""

    def wait_for(self, log, text, patience=20):
        deadline = time.time() + patience
        while text not in self.log(log):
            if time.time() > deadline:
                raise RuntimeError(f"\"{text}\" did not come in {log}: {self.log(log)[-300:]}")
            time.sleep(0.05)

    def change(self, conditions):
        """As on wan's control file: "rate=500", "path=B-* cut=10". Host names are A, B, S, B.1."""
        words = []
        for word in conditions.split():
            if word.startswith("path="):
                ends = word[5:].replace(">", " > ").replace("-", " - ").split()
                ends = [self.names.get(end[0], end) + end[1:] if end[0] in self.names else end for end in ends]
                word = "path=" + "".join(ends)
            words.append(word)
        with open(self.control, "a") as file:
            file.write(" ".join(words) + "\n")

    def received(self, host):
        """Bytes that came in over the host's first and second card."""
        text = subprocess.run(["ip", "netns", "exec", self.names[host], "cat", "/proc/net/dev"], capture_output=True,
                              text=True).stdout
        counts = {line.split(":")[0].strip(): int(line.split(":")[1].split()[0])
                  for line in text.splitlines() if ":" in line}
        return counts.get("wan0", 0), counts.get("wan1", 0)

    def run(self, host, *command):
        subprocess.run(["ip", "netns", "exec", self.names[host], *command], check=True)

    def said(self, host, *command):
        return subprocess.run(["ip", "netns", "exec", self.names[host], *command], check=True, capture_output=True,
                              text=True).stdout


def stop(child, patience=10):
    """Ends a child and all that it started."""
    if child.poll() is None:
        child.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(patience)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()


class Probe(threading.Thread):
    """What a network's queue adds for a small packet, and what a host receives, ten times a second."""

    ECHO = ("import socket\ns=socket.socket(socket.AF_INET,socket.SOCK_DGRAM)\ns.bind(('',9))\n"
            "while 1:\n d,a=s.recvfrom(99)\n s.sendto(d,a)")
    PING = ("import socket,time,sys\ns=socket.socket(socket.AF_INET,socket.SOCK_DGRAM)\n"
            "s.settimeout(0.001)\nn=0\nnext=time.time()\n"
            "def rx():\n"
            " return sum(int(l.split()[1]) for l in open('/proc/net/dev') if l.split()[0].startswith('wan'))\n"
            "while 1:\n t=time.time()\n"
            " if t>=next:\n  s.sendto(repr(t).encode(),(sys.argv[1],9)); next+=0.1; print('rx',t,rx(),flush=True)\n"
            " try: print('rtt',t,time.time()-float(s.recv(99)),flush=True)\n except OSError: pass")

    def __init__(self, network, from_host="B", to_host="A"):
        address = {"A": "10.77.0.1", "B": "10.77.0.2"}[to_host]
        network.start(to_host, ["python3", "-c", self.ECHO], "echo.log")
        time.sleep(0.2)
        network.start(from_host, ["python3", "-c", self.PING, address], "probe.log")
        self.network = network

    def results(self):
        """([time, round trip in ms], [time, bytes received so far])"""
        rows = [line.split() for line in self.network.log("probe.log").splitlines() if len(line.split()) == 3]
        return ([(float(t), 1000 * float(value)) for kind, t, value in rows if kind == "rtt"],
                [(float(t), int(value)) for kind, t, value in rows if kind == "rx"])
