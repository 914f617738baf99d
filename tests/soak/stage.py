"""All who take part: two hubs, a broker, a broadcaster, a kiosk in a window, ten viewers, users with one device or two,
live streams with their senders, and another machine, as far as networks go."""
import contextlib
import json
import os
import shutil
import socket
import subprocess
import urllib.error
import urllib.request

from figures import Statistics
from processes import Process, Trouble, wait_until

HERE = os.path.dirname(os.path.abspath(__file__))
SCREEN_MODE = os.path.join(HERE, "..", "program", "screen_mode.sh")
ROOM = "studio"
OURS, THEIRS = "10.79.0.1", "10.79.0.2"  # both ends of the cable
MODES = (640, 360), (480, 270)
SMALL = ["--headless", "--size", "320x180", "--screen", "480x270", "-v"]
LIGHT_VIEWERS = 8  # beside two whole ones
PATIENCE_S = 30


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def listens(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Away:
    """A network of its own behind a cable, which can be pulled. Without the right to make one: none is there."""

    def __init__(self, starter, apart):
        self.inside, self.address, self.there = [], "127.0.0.1", False
        if not apart:
            return
        child = starter.start(["unshare", "--net", "sleep", "infinity"])
        space = f"/proc/{child.pid}/ns/net"
        wait_until(lambda: os.readlink(space) != os.readlink("/proc/self/ns/net"), "a network of its own", PATIENCE_S)
        self.inside, self.address, self.there = ["nsenter", f"--net={space}", "--"], OURS, True
        for command in (f"ip link add soak0 type veth peer name soak1 netns {child.pid}",
                        f"ip addr add {OURS}/24 dev soak0", "ip link set soak0 up"):
            subprocess.run(command.split(), check=True)
        for command in (f"ip addr add {THEIRS}/24 dev soak1", "ip link set soak1 up", "ip link set lo up"):
            subprocess.run([*self.inside, *command.split()], check=True)
        wait_until(self.is_settled, "the cable's addresses", PATIENCE_S)

    def is_settled(self):
        """Connections that are begun before have fewer sockets than later ones."""
        said = [subprocess.run([*where, "ip", "addr", "show", "dev", card], check=True, capture_output=True,
                               text=True).stdout for where, card in (([], "soak0"), (self.inside, "soak1"))]
        return all("state UP" in one and "tentative" not in one for one in said)

    def set_cable(self, state):
        subprocess.run([*self.inside, "ip", "link", "set", "soak1", state], check=True)


class Hub:
    """What it tells to whoever runs it."""

    def __init__(self, stage, name):
        self.port = free_port()
        self.process = stage.process(name, [stage.program, "hub", "--listen", f"0.0.0.0:{self.port}"])

    def url(self, address="127.0.0.1"):
        return f"ws://{address}:{self.port}"

    def start(self):
        self.process.start()
        wait_until(lambda: listens(self.port), "the hub listens", PATIENCE_S)

    def ask(self, path, body=None):
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/v1/{path}",
                                         json.dumps(body).encode() if body else None,
                                         {"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=5) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            raise Trouble(f"{path} {body or ''}: {error.code} {error.read().decode(errors='replace')}") from error
        except OSError as error:
            raise Trouble(f"{path}: {error}") from error

    def devices(self, user):
        with contextlib.suppress(Trouble):
            return self.ask(f"users/{user}").get("devices", 0)
        return 0

    def viewers(self, states=("live", "private")):
        """Of the room; -1: it is in none of these states."""
        with contextlib.suppress(Trouble):
            for room in self.ask("rooms")["rooms"]:
                if room["room"] == ROOM and room["state"] in states:
                    return room["viewers"]
        return -1

    def calls(self):
        with contextlib.suppress(Trouble):
            return self.ask("calls")["calls"]
        return None


class Screen:
    """An X server; without Xvfb the kiosk has no window."""

    def __init__(self, stage):
        self.display, self.mode = None, MODES[0]
        if not shutil.which("Xvfb") or not shutil.which("xrandr"):
            return
        told = stage.path("display")
        with open(told, "wb") as file, open(stage.path("Xvfb.log"), "wb") as log:
            stage.starter.start(["Xvfb", "-displayfd", str(file.fileno()), "-screen", "0",
                                 f"{MODES[0][0]}x{MODES[0][1]}x24", "-nolisten", "tcp", "-noreset"],
                                stdout=log, stderr=log, pass_fds=[file.fileno()])
        self.display = ":" + wait_until(lambda: open(told, encoding="ascii").read().strip(), "a screen", PATIENCE_S)

    def environment(self):
        if not self.display:
            return {"SDL_VIDEODRIVER": "dummy"}
        return {"DISPLAY": self.display, "SDL_VIDEODRIVER": "x11", "SDL_RENDER_DRIVER": "software",
                "SDL_FRAMEBUFFER_ACCELERATION": "0"}

    def run(self, *command):
        subprocess.run(command, check=True, env={**os.environ, "DISPLAY": self.display}, stdout=subprocess.DEVNULL)

    def unplug(self):
        self.run("xrandr", "--fb", "{}x{}".format(*self.mode), "--output", "screen", "--off")

    def plug_in(self):
        """Another one than before."""
        self.mode = MODES[1 - MODES.index(self.mode)]
        self.run(SCREEN_MODE, *map(str, self.mode))


class Sound:
    """PulseAudio with one card that nobody hears; where it is not installed, SDL's dummy, which cannot be unplugged."""

    CARD = "module-null-sink"

    def __init__(self, stage):
        self.there = bool(shutil.which("pulseaudio") and shutil.which("pactl"))
        if not self.there:
            return
        home, path = stage.path("pulse-home"), stage.path("pulse")
        os.mkdir(home)
        self.variables = {"PULSE_SERVER": "unix:" + path, "PULSE_COOKIE": os.path.join(home, "cookie"),
                          "PULSE_RUNTIME_PATH": home}
        stage.process("pulseaudio", [
            "pulseaudio", "-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no", "-L",
            f"module-native-protocol-unix auth-anonymous=1 socket={path}", "-L", f"{self.CARD} sink_name=card"],
            {"HOME": home, "XDG_RUNTIME_DIR": home, "XDG_CONFIG_HOME": home}).start()
        wait_until(lambda: os.path.exists(path), "PulseAudio", PATIENCE_S)

    def environment(self):
        return {**self.variables, "SDL_AUDIODRIVER": "pulseaudio"} if self.there else {"SDL_AUDIODRIVER": "dummy"}

    def control(self, *command):
        subprocess.run(["pactl", *command], check=True, env={**os.environ, **self.variables}, stdout=subprocess.DEVNULL)

    def unplug(self):
        self.control("unload-module", self.CARD)

    def plug_in(self):
        self.control("load-module", self.CARD, "sink_name=card")


class Streams:
    """MPEG-TS over UDP, and RTMP by nginx: each with who sends it."""

    PICTURES = ["-re", "-f", "lavfi", "-i", "testsrc2=size=320x180:rate=15", "-re", "-f", "lavfi", "-i",
                "sine=frequency=440:sample_rate=48000", "-c:v", "libx264", "-preset", "ultrafast", "-tune",
                "zerolatency", "-threads", "1", "-g", "15", "-pix_fmt", "yuv420p", "-c:a", "aac", "-ac", "2"]

    def __init__(self, stage):
        port, folder = free_port(), stage.path("nginx")
        self.ts, self.rtmp = f"udp://127.0.0.1:{free_port()}", f"rtmp://127.0.0.1:{port}/live/x"
        self.ts_sender = stage.process("ts sender", self.sender("mpegts", self.ts + "?pkt_size=1316"))
        self.rtmp_sender = stage.process("rtmp sender", self.sender("flv", self.rtmp))
        os.mkdir(folder)
        with open(os.path.join(folder, "nginx.conf"), "w", encoding="ascii") as file:
            file.write("load_module /usr/lib/nginx/modules/ngx_rtmp_module.so; daemon off; master_process off;\n"
                       f"pid {folder}/pid; error_log {folder}/error.log;\n"
                       + ("user root;\n" if os.geteuid() == 0 else "") + "events { }\n"
                       f"rtmp {{ access_log off; server {{ listen 127.0.0.1:{port};\n"
                       "application live { live on; } } }\n")
        self.server = stage.process("nginx", [shutil.which("nginx") or "/usr/sbin/nginx", "-p", folder, "-c",
                                              os.path.join(folder, "nginx.conf")])
        self.port = port

    def sender(self, form, url):
        return ["ffmpeg", "-v", "error", "-nostdin", *self.PICTURES, "-f", form, url]

    def start_rtmp(self):
        self.server.start()
        wait_until(lambda: listens(self.port), "nginx", PATIENCE_S)
        self.rtmp_sender.start()

    def start(self):
        self.ts_sender.start()
        self.start_rtmp()


class Stage:
    """`processes`: all by name; `watched`: those that are measured."""

    def __init__(self, program, folder, starter, apart):
        self.program, self.folder, self.starter = program, folder, starter
        self.processes, self.watched, self.statistics, self.histories = {}, [], {}, {}
        self.away = Away(starter, apart)
        self.rooms, self.calls = Hub(self, "hub"), Hub(self, "hub that stays")
        self.screen, self.sound, self.streams = Screen(self), Sound(self), Streams(self)
        self.broker_port = free_port()
        self.language = "en"
        self.make_broker()
        self.make_kiosk()
        self.make_users()

    def path(self, name):
        return os.path.join(self.folder, name)

    def process(self, name, command, environment=None):
        made = Process(self.starter, name, command, self.path(name.replace(" ", "-") + ".log"),
                       {"CALLAPI_HISTORY": "none", **(environment or {})})
        self.processes[name] = made
        return made

    def user(self, name, *command, statistics=False, history=False, away=False, environment=None):
        """One of ours, which is measured."""
        command = [*(self.away.inside if away else []), self.program, *command]
        if statistics:
            self.statistics[name] = Statistics(self.path(name + ".stats"))
            command += ["--stats", self.statistics[name].path]
        if history:
            self.histories[name] = self.path(name + ".sqlite")
            command += ["--history", self.histories[name]]
        self.watched.append(name)
        return self.process(name, command, environment)

    # ---- who is there

    def make_broker(self):
        with open(self.path("mosquitto.conf"), "w", encoding="ascii") as file:
            file.write(f"user {'root' if os.geteuid() == 0 else os.environ.get('USER', 'nobody')}\n"
                       f"listener {self.broker_port} 127.0.0.1\nallow_anonymous true\n")
        mosquitto = shutil.which("mosquitto") or "/usr/sbin/mosquitto"
        self.broker = self.process("broker", [mosquitto, "-c", self.path("mosquitto.conf")])
        self.broker_url = f"mqtt://127.0.0.1:{self.broker_port}"

    def start_broker(self):
        self.broker.start()
        wait_until(lambda: listens(self.broker_port), "the broker listens", PATIENCE_S)

    def write_configuration(self):
        window = "fullscreen=true" if self.screen.display else "headless=true"
        with open(self.path("kiosk.ini"), "w", encoding="ascii") as file:
            file.write(f"[connection]\nhub={self.rooms.url()}\nroom={ROOM}\nuser=kiosk\n"
                       f"[kiosk]\nmanager=admin\nmanager-secret={self.path('secret')}\nidle=30\n"
                       "[media]\nsize=320x180\n"
                       f"[screen]\n{window}\nlanguage={self.language}\n"
                       f"[diagnosis]\nverbose=true\nstats={self.path('kiosk.stats')}\n")
        os.chmod(self.path("kiosk.ini"), 0o600)

    def make_kiosk(self):
        with open(self.path("secret"), "w", encoding="ascii") as file:
            file.write(os.urandom(32).hex())
        self.kiosk = self.user("kiosk", "kiosk", "--config", self.path("kiosk.ini"),
                               environment={**self.screen.environment(), **self.sound.environment(),
                                            "CALLAPI_HISTORY": self.path("kiosk.sqlite")})
        self.statistics["kiosk"] = Statistics(self.path("kiosk.stats"))
        self.histories["kiosk"] = self.path("kiosk.sqlite")
        self.write_configuration()

    def make_users(self):
        rooms, calls, there = self.rooms.url(), self.calls.url(), self.away.address
        answers = ["--auto-accept", *SMALL]
        self.watched += ["hub", "hub that stays"]
        self.user("anna", "host", "--room", ROOM, "--user", "anna", "--hub", rooms, *answers, history=True)
        self.user("vera", "watch", "--room", ROOM, "--user", "vera", "--hub", rooms, *SMALL, statistics=True,
                  history=True)
        self.user("viktor", "watch", "--room", ROOM, "--user", "viktor", "--hub", self.rooms.url(there), *SMALL,
                  statistics=True, away=True)
        self.user("load", "load", "--hub", rooms, "--watch-only", "--room", ROOM, "--viewers", str(LIGHT_VIEWERS),
                  "--name", "viewer", "--duration", "1000000", "--json", self.path("load.json"))
        self.user("bert", "call", "--user", "bert", "--hub", calls, *answers, statistics=True, history=True)
        self.user("dora", "call", "--user", "dora", "--hub", self.calls.url(there), *answers, statistics=True,
                  history=True, away=True)
        self.user("cleo", "call", "--user", "cleo", "--hub", calls, *answers, "--accept-after", "0.3", history=True)
        self.user("cleo 2", "call", "--user", "cleo", "--hub", calls, *SMALL, "--auto-accept", "--accept-after", "5",
                  history=True)
        self.user("emil", "watch", self.streams.ts, "--call", "bert", "--user", "emil", "--hub", calls, *SMALL,
                  history=True)
        self.user("erna", "watch", self.streams.rtmp, "--user", "erna", "--hub", calls, *SMALL)
        self.user("mona", "call", "--user", "mona", "--hub", self.broker_url, *answers, history=True)

    def __getitem__(self, name):
        return self.processes[name]

    def start(self):
        self.rooms.start()
        self.calls.start()
        self.start_broker()
        self.streams.start()
        for name in self.watched:
            if not self[name].runs():
                self[name].start()

    # ---- how they are

    def viewers(self):
        return LIGHT_VIEWERS + 3  # vera, viktor, the kiosk

    def online(self):
        """Who should be and is not."""
        wanted = {"bert": 1, "dora": 1, "cleo": 2, "emil": 1, "erna": 1}
        return [user for user, devices in wanted.items() if self.calls.devices(user) != devices]

    def dead(self):
        return [name for name, process in self.processes.items() if process.lives and not process.runs()]

    def pictures(self, names):
        """Whether each shows new ones from now on."""
        before = {name: self.statistics[name].pictures for name in names}
        for name in names:
            wait_until(lambda name=name: self.statistics[name].pictures > before[name], f"pictures at {name}",
                       PATIENCE_S)

    def stream_plays(self, name):
        last = self[name].log.find(r"the stream \S+(?: is there|: .* it is tried again)")
        return last is not None and last.group(0).endswith("is there")

    def wait_until_well(self, patience=PATIENCE_S):
        """Everybody is where they belong, nobody is in a call, and pictures come."""
        wait_until(lambda: self.dead() or self.rooms.viewers(("live",)) == self.viewers(),
                   "all viewers are in the live room", patience)
        if self.dead():
            raise Trouble(f"ended: {', '.join(self.dead())}")
        wait_until(lambda: not self.online(), f"online: {self.online()}", patience)
        for hub in self.rooms, self.calls:
            wait_until(lambda hub=hub: hub.calls() == [], f"calls that do not end: {hub.calls()}", patience)
        for name in "emil", "erna":
            wait_until(lambda name=name: self.stream_plays(name), f"the stream plays at {name}", patience)
        self.pictures(["kiosk", "vera", "viktor"])

    def sent_away(self):
        """Whom the hub that stays did not keep, a line each; he whose cable is pulled may lose it."""
        lost = {name: self[name].log.find("No connection.*") for name in ("bert", "cleo", "cleo 2", "emil", "erna")}
        return [f"{name} lost the hub that stays: {why.group(0)}" for name, why in lost.items() if why]

    def end(self):
        """As they are stopped at night. What did not end well, a line each."""
        wrong = [f"{name} is gone" for name in self.dead()]
        ours = [*self.watched]
        for name in sorted(ours, key=lambda name: name.startswith("hub")):  # who is served goes before who serves
            status = self[name].end() if self[name].lives else 0
            if status != 0 and name not in self.dead():
                wrong.append(f"{name} ended with {status}")
            elif status is None:
                wrong.append(f"{name} did not end")
        for name, process in self.processes.items():
            if name not in ours and process.runs():
                process.end(5)
        return wrong
