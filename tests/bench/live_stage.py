"""Where players are watched: a virtual screen that is read 250 times a second, a sound card that is listened to, and
the players themselves, each as its own people start it for the least delay."""
import contextlib, os, signal, socket, subprocess, tempfile, threading, time

from network import BUILD, stop

PLAYERS = ("ours", "ffplay", "mpv")
PROGRAM = os.path.abspath(f"{BUILD}/app/callapi")


def free_port():
    """Of TCP and UDP, with the next one."""
    while True:
        with socket.socket() as tcp, socket.socket(type=socket.SOCK_DGRAM) as udp, \
                socket.socket(type=socket.SOCK_DGRAM) as next_one:
            tcp.bind(("127.0.0.1", 0))
            port = tcp.getsockname()[1]
            with contextlib.suppress(OSError, OverflowError):
                udp.bind(("127.0.0.1", port))
                next_one.bind(("127.0.0.1", port + 1))
                return port


def wait_until(condition, what, patience=20.0):
    deadline = time.monotonic() + patience
    while not (result := condition()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what} did not come within {patience:.0f} s")
        time.sleep(0.01)
    return result


class Troupe(contextlib.ExitStack):
    """Processes with a folder of their own; all end with it."""

    def __init__(self):
        super().__init__()
        self.folder = self.enter_context(tempfile.TemporaryDirectory(prefix="callapi-live-",
                                                                     ignore_cleanup_errors=True))
        self.logs = 0

    def path(self, name):
        return os.path.join(self.folder, name)

    def start(self, *command, **options):
        """A child that ends with this program even where that is killed. `child.log`: a file, what it says."""
        self.logs += 1
        log = self.path(f"{self.logs}-{os.path.basename(command[0])}.log")
        with open(log, "wb") as output:
            child = subprocess.Popen(["setpriv", "--pdeathsig", "KILL", *command],
                                     **{"stdin": subprocess.DEVNULL, "stdout": output, "stderr": subprocess.STDOUT,
                                        "start_new_session": True, **options})
        child.log = log
        self.callback(stop, child, 3)
        return child


def words(child):
    with open(child.log, errors="replace") as file:
        return " ".join(file.read().split())


def last_words(child):
    return words(child)[-120:]


class Screen:
    """An X server without a monitor. `seen`: [(time, source, number)], of a picture's frame code; source None: number
    is "black" or "other"."""

    def __init__(self, troupe, width=1280, height=720):
        folder = tempfile.mkdtemp(prefix="screen-", dir=troupe.folder)
        told = os.path.join(folder, "display")
        with open(told, "wb") as display:
            troupe.start("Xvfb", "-displayfd", str(display.fileno()), "-screen", "0", f"{width}x{height}x24", "-fbdir",
                         folder, "-nolisten", "tcp", "-br", "-noreset", pass_fds=[display.fileno()])
        number = wait_until(lambda: open(told).read().strip(), "a virtual screen")
        self.display, self.size, self.seen = ":" + number, (width, height), []
        reader = troupe.start(f"{BUILD}/tests/bench_live_screen", os.path.join(folder, "Xvfb_screen0"),
                              stdout=subprocess.PIPE)
        threading.Thread(target=self.read, args=[reader.stdout], daemon=True).start()

    def read(self, pipe):
        for line in pipe:
            at, *words = line.split()
            self.seen.append((float(at), int(words[0]), int(words[1])) if len(words) == 2 else
                             (float(at), None, words[0].decode()))

    def codes(self, begin, end=float("inf")):
        return [entry for entry in list(self.seen) if begin <= entry[0] <= end and entry[1] is not None]

    def is_black(self):
        return bool(self.seen) and self.seen[-1][2] == "black"


class Sound:
    """A sound card of PulseAudio's that plays to nobody, at the pace of a real one, and that can be listened to."""

    RATE = 48000

    def __init__(self, troupe):
        self.troupe, self.socket = troupe, troupe.path("pulse")
        home = troupe.path("pulse-home")
        os.mkdir(home)
        environment = {**os.environ, "HOME": home, "XDG_RUNTIME_DIR": home, "XDG_CONFIG_HOME": home}
        troupe.start("pulseaudio", "-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no", "-L",
                     f"module-native-protocol-unix auth-anonymous=1 socket={self.socket}", "-L",
                     f"module-null-sink sink_name=ear rate={self.RATE}", env=environment)
        wait_until(lambda: os.path.exists(self.socket), "PulseAudio")
        self.environment = {"PULSE_SERVER": "unix:" + self.socket, "PULSE_COOKIE": os.path.join(home, "cookie")}

    @contextlib.contextmanager
    def listening(self):
        """Gives a list that gets (time, samples of 16 bits as bytes)."""
        heard = []
        child = self.troupe.start("parec", "--device=ear.monitor", "--raw", "--format=s16le", "--channels=1",
                                  f"--rate={self.RATE}", "--latency-msec=5", stdout=subprocess.PIPE, bufsize=0,
                                  env={**os.environ, **self.environment})

        def listen():
            while data := child.stdout.read(960):
                heard.append((time.monotonic(), data))
        thread = threading.Thread(target=listen, daemon=True)
        thread.start()
        try:
            yield heard
        finally:
            stop(child, 3)
            thread.join(3)


# What shows a picture soonest; by RTMP, where sound comes before the first key frame, these find only the sound.
PROBING = {"ffplay": ["-probesize", "100000", "-analyzeduration", "200000"], "mpv": []}
PROBING_RTMP = {"ffplay": ["-probesize", "1000000", "-analyzeduration", "3000000"],
                "mpv": ["--demuxer-lavf-probe-info=yes", "--demuxer-lavf-analyzeduration=3"]}


def command(player, url, size):
    """Full screen without a window manager: a window of that size, without a border, in the corner."""
    width, height = (str(length) for length in size)
    probing = (PROBING_RTMP if url.startswith("rtmp:") else PROBING).get(player, [])
    return {
        "ours": [PROGRAM, "watch", url, "--fullscreen", "--screen", f"{width}x{height}"],
        "ffplay": ["ffplay", "-loglevel", "error", "-nostats", "-fflags", "nobuffer", "-flags", "low_delay",
                   "-framedrop", *probing, "-noborder", "-left", "0", "-top", "0", "-x", width, "-y", height, url],
        "mpv": ["mpv", "--no-config", "--profile=low-latency", *probing, "--vo=x11", "--ao=pulse", "--hwdec=no",
                "--no-border", "--no-osc", "--osd-level=0", "--no-input-terminal", "--really-quiet",
                "--cursor-autohide=no", f"--geometry={width}x{height}+0+0", url],
    }[player]


@contextlib.contextmanager
def playing(troupe, screen, sound, player, url, *options):
    """The player's process; it plays to the screen and the sound card, and draws without a GPU."""
    environment = {**os.environ, **sound.environment, "DISPLAY": screen.display, "SDL_VIDEODRIVER": "x11",
                   "SDL_AUDIODRIVER": "pulseaudio", "SDL_RENDER_DRIVER": "software",
                   "SDL_FRAMEBUFFER_ACCELERATION": "0", "CALLAPI_HISTORY": "none", "HOME": troupe.folder,
                   "XDG_CACHE_HOME": troupe.path("cache")}
    child = troupe.start(*command(player, url, screen.size), *options, env=environment)
    try:
        yield child
    finally:
        end(child)
        with contextlib.suppress(TimeoutError):
            wait_until(screen.is_black, "an empty screen", 3)


def end(child):
    """It may say goodbye (reports are written then), if it is quick."""
    if child.poll() is None:
        child.send_signal(signal.SIGTERM)
    with contextlib.suppress(subprocess.TimeoutExpired):
        child.wait(5)
    stop(child, 0)
