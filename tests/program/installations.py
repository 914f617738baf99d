"""Small installations, one for each case of milestones.py: the servers that a call needs, a broadcaster (anna) and who
watches and calls her (vera, in a window of an X server of her own, by its keys)."""
import contextlib
import json
import os
import shutil
import signal
import struct
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCE = os.path.join(HERE, "..", "..")
sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(HERE, "..", "soak"))
os.environ["PATH"] += ":/usr/sbin"

from processes import Log, Process, Trouble, family, wait_until
from stage import free_port, listens

PATIENCE_S, RINGS_S, KEY_S, TRIES = 60, 4, 2, 10
SCREEN = "480x270"
ALL = ["--size", "320x180", "--screen", SCREEN, "-v"]
WINDOW = {"SDL_VIDEODRIVER": "x11", "SDL_RENDER_DRIVER": "software", "SDL_FRAMEBUFFER_ACCELERATION": "0",
          "SDL_AUDIODRIVER": "dummy"}
PYTHON = "/usr/bin/python3"  # whose modules are the distribution's


def own_address():
    """Of this machine, not the loop's: libnice offers none of that."""
    with contextlib.suppress(OSError, subprocess.SubprocessError):
        out = subprocess.run(["hostname", "-I"], capture_output=True, text=True, timeout=5, check=True).stdout
        return next((word for word in out.split() if ":" not in word), None)
    return None


class Figures:
    """What a user without a window says of herself each second (--stats)."""

    def __init__(self, path):
        self.log = Log(path)
        self.since = 0

    def begin(self):
        self.since = self.log.mark()

    def moves(self):
        """Whether pictures were decoded since then."""
        for line in self.log.read(self.since).splitlines():
            with contextlib.suppress(ValueError):  # one that is cut, at either end
                if json.loads(line).get("second", {}).get("framesDecoded", 0):
                    return True
        return False


class Screen:
    """An X server and what is seen there: the frame number of the largest picture (engine/statistics/framecode.h)."""

    HEAD = 13  # the numbers of XWD's header that are wanted

    def __init__(self, process, folder, reader):
        self.reader, self.folder = reader, folder
        self.before = None
        told = os.path.join(folder, "display")
        process("screen", "sh", "-c", 'exec Xvfb -displayfd 3 -screen 0 "$1" -nolisten tcp -noreset -fbdir "$2" 3>"$3"',
                "sh", f"{SCREEN}x24", folder, told).start()
        read = lambda: os.path.exists(told) and open(told, encoding="ascii").read().strip()
        self.display = ":" + wait_until(read, "a screen", PATIENCE_S)

    def grey(self):
        """(its pixels, the size)."""
        with open(os.path.join(self.folder, "Xvfb_screen0"), "rb") as file:
            data = file.read()
        head = struct.unpack(f">{self.HEAD}I", data[:4 * self.HEAD])
        size, width, height, row = head[0], head[4], head[5], head[12]
        colours, = struct.unpack(">I", data[76:80])
        begin = size + 12 * colours
        rows = (data[begin + y * row:begin + y * row + 4 * width] for y in range(height))
        return b"".join(line[1::4] for line in rows), f"{width}x{height}"

    def frame(self):
        pixels, size = self.grey()
        read = subprocess.run([self.reader, "read", "--size", size, "--fps", "1"], input=pixels, capture_output=True,
                              check=True)
        codes = json.loads(read.stdout.splitlines()[0])["codes"]
        return codes[0]["frame"] if codes else None

    def begin(self):
        self.before = self.frame()

    def moves(self):
        """Whether another picture is there than was then."""
        now = self.frame()
        return now is not None and now != self.before


class Installation:
    """With a hub. `parts`: all processes by name."""

    needs = ("Xvfb", "xdotool")
    returns = ()  # who is started again as a service is

    def __init__(self, program, starter):
        self.program, self.starter = program, starter
        self.folder = tempfile.mkdtemp(prefix="callapi-milestones-")
        self.parts, self.pictures = {}, {}
        self.port = free_port()
        self.screen = None

    @classmethod
    def lacks(cls):
        """What is missing here, or None."""
        return next((program for program in cls.needs if not shutil.which(program)), None)

    def path(self, name):
        return os.path.join(self.folder, name)

    def process(self, name, *command, environment=None):
        self.parts[name] = Process(self.starter, name, command, self.path(name + ".log"),
                                   {"CALLAPI_HISTORY": "none", **(environment or {})})
        return self.parts[name]

    def user(self, name, *command, environment=None):
        self.pictures[name] = self.screen if environment else Figures(self.path(name + ".stats"))
        return self.process(name, self.program, *command, "--user", name, *self.signalling(), *ALL,
                            "--stats", self.path(name + ".stats"), environment=environment)

    def server(self, name, port, *command):
        self.process(name, *command).start()
        wait_until(lambda: listens(port), f"the {name} listens", PATIENCE_S)

    # ---- what differs

    def signalling(self):
        return ["--hub", f"ws://127.0.0.1:{self.port}"]

    def start_servers(self):
        self.server("hub", self.port, self.program, "hub", "--listen", f"127.0.0.1:{self.port}")

    def broadcaster(self):
        return ["host", "--room", "studio"]

    def viewer(self):
        return ["watch", "--room", "studio"]

    # ---- what happens

    def start(self):
        """Until vera sees the room."""
        reader = os.path.join(os.path.dirname(self.program), "../tests/framecode")
        self.screen = Screen(self.process, self.folder, reader)
        self.start_servers()
        self.user("anna", *self.broadcaster(), "--headless", "--auto-accept", "--accept-after", str(RINGS_S)).start()
        vera = self.user("vera", *self.viewer(), environment={**WINDOW, "DISPLAY": self.screen.display}).start()
        self.wait_until_well()
        return vera

    def wait_until_well(self):
        """The room is seen."""
        self.screen.begin()
        wait_until(self.screen.moves, "what vera sees does not move", PATIENCE_S)

    def key(self, name, pattern, mark):
        """Vera's, who does that; one may only bring the buttons back."""
        for _ in range(TRIES):
            subprocess.run(["xdotool", "key", name], check=True, stdout=subprocess.DEVNULL,
                           env={**os.environ, "DISPLAY": self.screen.display})
            with contextlib.suppress(Trouble):
                return self.parts["vera"].log.wait_for(pattern, mark, KEY_S)
        raise Trouble(f"the key {name} does nothing")

    def signal(self, name, number):
        for pid in family(self.parts[name].pid):
            os.kill(pid, number)

    def last_words(self):
        told = []
        for name, part in self.parts.items():
            lines = [line for line in part.log.read().splitlines() if "net: rate:" not in line]
            told += [f"--- {name}", *lines[-40:]]
        return "\n".join(told)

    def end(self):
        for name, part in reversed(self.parts.items()):
            if part.runs():
                self.signal(name, signal.SIGCONT)
                part.kill()
        shutil.rmtree(self.folder)


class WithBroker(Installation):
    """Instead of the hub."""

    needs = (*Installation.needs, "mosquitto")

    def signalling(self):
        return ["--hub", f"mqtt://127.0.0.1:{self.port}"]

    def start_servers(self):
        with open(self.path("mosquitto.conf"), "w", encoding="ascii") as file:
            file.write(f"user {'root' if os.geteuid() == 0 else os.environ.get('USER', 'nobody')}\n"
                       f"listener {self.port} 127.0.0.1\nallow_anonymous true\n")
        self.server("broker", self.port, "mosquitto", "-c", self.path("mosquitto.conf"))


class WithMediaServer(Installation):
    """The room is seen through it, a call is not."""

    needs = (*Installation.needs, "janus")

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.media_port = free_port()

    def start_servers(self):
        super().start_servers()
        os.mkdir(self.path("sfu"))
        self.server("sfu", self.media_port, PYTHON, "-B", os.path.join(SOURCE, "platform/scale/sfu.py"), "--open",
                    "--listen", f"127.0.0.1:{self.media_port}", "--folder", self.path("sfu"))

    def broadcaster(self):
        server = f"127.0.0.1:{self.media_port}"
        return [*super().broadcaster(), "--publish", f"whip://{server}/whip/studio",
                "--stream", f"whep://{server}/whep/studio", "--direct", "0"]


class WithRelay(Installation):
    """All media go through a TURN server."""

    needs = (*Installation.needs, "turnserver")

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.turn_port, self.address = free_port(), own_address()

    @classmethod
    def lacks(cls):
        return super().lacks() or (None if own_address() else "an address other than the loop's")

    def start_servers(self):
        super().start_servers()
        self.server("turn", self.turn_port, "turnserver", "-n", "-v", f"--listening-ip={self.address}",
                    "--listening-ip=127.0.0.1", f"--relay-ip={self.address}", "-p", str(self.turn_port),
                    "-u", "studio:secret", "-r", "callapi.test", "--lt-cred-mech", "--no-tls", "--no-dtls", "--no-cli",
                    "--no-rfc5780", "--log-file=stdout", "-b", self.path("turn-db"), "--pidfile", self.path("turn-pid"))

    def relay(self):
        return ["--relay", "--ice-server", f"turn:{self.address}:{self.turn_port}", "--ice-user", "studio",
                "--ice-credential", "secret"]

    def broadcaster(self):
        return [*super().broadcaster(), *self.relay()]

    def viewer(self):
        return [*super().viewer(), *self.relay()]


class WithKiosk(Installation):
    """As the one who watches and calls."""

    returns = ("vera",)

    def viewer(self):
        return ["kiosk", "--config", self.configuration("[connection]\nroom=studio\n")]

    def configuration(self, text):
        with open(self.path("kiosk.ini"), "w", encoding="ascii") as file:
            file.write(text)
        return file.name


class WithKioskCalled(WithKiosk):
    """As the one who is called, from the list of who is online."""

    returns = ("anna",)

    def broadcaster(self):
        return ["kiosk", "--config", self.configuration("[connection]\n")]

    def viewer(self):
        return ["call"]

    def wait_until_well(self):
        """There is no room: it rings there, and is over there too."""
        marks = {name: part.log.mark() for name, part in self.parts.items()}
        self.key("Return", r"delivered: calling -> calling", marks["vera"])
        self.key("Escape", r"calling -> prepared", marks["vera"])
        self.parts["anna"].log.wait_for(r"calling -> prepared", marks["anna"], PATIENCE_S)


# Victim: where it is one, and its name there.
PLACES = {"hub": (Installation, "hub"), "broker": (WithBroker, "broker"), "sfu": (WithMediaServer, "sfu"),
          "turn": (WithRelay, "turn"), "broadcaster": (Installation, "anna"), "viewer": (Installation, "vera"),
          "kiosk": (WithKiosk, "vera"), "kiosk_called": (WithKioskCalled, "anna")}
