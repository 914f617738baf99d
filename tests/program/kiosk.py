#!/usr/bin/env python3
"""The kiosk from outside, as systemd and its owner have it: kiosk.py CALLAPI SOURCE_DIRECTORY BUILD_DIRECTORY"""
import os, pathlib, shutil, signal, socket, subprocess, sys, tempfile, time

program, source, build = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
PATIENCE_S = 30


def fail(what):
    sys.exit(f"kiosk: {what}")


def run(*arguments, expect, environment=None):
    done = subprocess.run([program, "kiosk", *arguments], capture_output=True, text=True, timeout=PATIENCE_S,
                          env={**os.environ, **(environment or {})})
    if done.returncode != expect:
        fail(f"{arguments} ended with {done.returncode}, not {expect}: {done.stderr}")
    return done.stderr


class Manager:
    """The service manager's end of sd_notify."""

    def __init__(self, folder, name="notify"):
        self.path = str(folder / name)
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.path)
        self.socket.settimeout(PATIENCE_S)

    def wait_for(self, word):
        heard = []
        until = time.monotonic() + PATIENCE_S      # others are said all the time
        while not heard or word not in heard[-1]:
            if time.monotonic() > until:
                fail(f"'{word}' was never said, but {heard}")
            heard.append(self.socket.recv(256).decode().split("\n"))


with tempfile.TemporaryDirectory() as name:
    folder = pathlib.Path(name)
    config = folder / "kiosk.ini"

    # What is wrong is said in one line, with the file's.
    config.write_text("[connection]\nuser=kiosk\n[kiosk]\nidle=never\n")
    said = run("--config", str(config), expect=2)
    if f"{config}:4:" not in said or said.count("\n") != 1:
        fail(f"the wrong line was not told: {said}")
    config.write_text("[connection]\nroom=Lobby\n")
    if "--user" not in run("--config", str(config), "--headless", expect=2):
        fail("nobody asked for a user")
    config.write_text("[connection]\nroom=Lobby\nuser=kiosk\n[kiosk]\nreception=A: b\n")
    if "without --room" not in run("--config", str(config), "--headless", expect=2):
        fail("a reception in a live room was not refused")
    for hub, phone in ("mqtt://127.0.0.1", "hub"), ("ws://127.0.0.1:9", "calls.example"):
        config.write_text(f"[connection]\nuser=kiosk\nhub={hub}\n[kiosk]\nphone={phone}\n")
        if "--phone is" not in run("--config", str(config), "--headless", expect=2):
            fail(f"phone={phone} with {hub} was not refused")
    run("--config", str(folder / "none.ini"), expect=2)

    # It runs, feeds the watchdog, reads its configuration again, keeps the old one where the new is wrong, and stops.
    good = ("[connection]\nhub=embedded\nuser=kiosk\n[hub]\nlisten=127.0.0.1:0\n[kiosk]\nno-directory=true\n"
            "[screen]\nheadless=true\n")
    config.write_text(good)
    manager = Manager(folder)
    kiosk = subprocess.Popen([program, "kiosk", "--config", str(config)], stdout=subprocess.DEVNULL,
                             stderr=subprocess.PIPE, text=True,
                             env={**os.environ, "NOTIFY_SOCKET": manager.path, "WATCHDOG_USEC": "600000"})
    try:
        manager.wait_for("READY=1")
        manager.wait_for("WATCHDOG=1")
        manager.wait_for("WATCHDOG=1")
        theme = folder / "theme.ini"
        theme.write_text("[sizes]\ntitel=30\n")
        none = folder / "none.pem"
        none.write_text("no certificate\n")
        for wrong in (f"theme={theme}\n", "[network]\nice-server=turn:turn.example.org\n",
                      "[network]\nice-server=stun:\n",
                      f"[connection]\nca={none}\n", "[connection]\nhub=http://127.0.0.1\n", "[kiosk]\nidle=wrong\n"):
            config.write_text(good.replace("hub=embedded\n", "") + wrong if "hub=" in wrong else good + wrong)
            kiosk.send_signal(signal.SIGHUP)
            if not any("stays as it was" in line for line in kiosk.stderr):
                fail(f"it ended with {wrong}")
            manager.wait_for("WATCHDOG=1")
        config.write_text(good + "[call]\ntimeout=20\n[diagnosis]\nstats=/proc/no/stats\n")     # that is a warning
        kiosk.send_signal(signal.SIGHUP)
        manager.wait_for("RELOADING=1")
        manager.wait_for("READY=1")             # it began anew
        manager.wait_for("WATCHDOG=1")
        # What only shows when it is used ends it no more than a wrong line.
        with socket.create_server(("127.0.0.1", 0)) as taken:
            for right, wrong in (("127.0.0.1:0", f"127.0.0.1:{taken.getsockname()[1]}"),
                                 ("listen=", f"tls-cert={none}\ntls-key={none}\nlisten=")):
                config.write_text(good.replace(right, wrong))
                kiosk.send_signal(signal.SIGHUP)
                manager.wait_for("RELOADING=1")
                manager.wait_for("READY=1")
                if not any("cannot be used: it stays as it was" in line for line in kiosk.stderr):
                    fail(f"it ended with {wrong}")
                manager.wait_for("WATCHDOG=1")
        kiosk.send_signal(signal.SIGTERM)
        manager.wait_for("STOPPING=1")
        if kiosk.wait(PATIENCE_S):
            fail(f"it ended with {kiosk.returncode}")
    finally:
        kiosk.kill()
        print(kiosk.stderr.read(), end="")

    # A first start: it asks for a set-up code, takes no other, keeps what that says, and is what it says.
    def code(name, text):
        subprocess.run(["qrencode", "-o", str(folder / name), text], check=True)
        return str(folder / name)

    def first_start(*arguments, film=None):
        seen = ["--video", film] if film else []
        return run("--setup", str(kept), "--setup", str(card), "--headless", "--size", "320x180", "--history", "none",
                   *arguments, *seen, expect=0)

    kept, card = folder / "setup.ini", folder / "callapi.ini"
    if shutil.which("qrencode"):
        place = "[connection]\nhub=embedded\nuser=Köln\nroom=lobby\n[hub]\nlisten=127.0.0.1:0\n"
        for text, wrong in (("https://example.org", "That is another kind of code"),
                            ("[connection]\nuser=x\n", "no hub and no stream is named"),
                            ("[connection]\nhubb=y\n", "setup.ini:2: 'hubb' is not known"),
                            ("[connection]\nhub=embedded\n", "--user is needed")):
            said = first_start("--duration", "1", film=code("other.png", text))
            if f"cannot be used: {wrong}" not in said or kept.exists():
                fail(f"a code '{text}': {said}")
        said = first_start("--duration", "2", film=code("code.png", place))
        if kept.read_text() != place or kept.stat().st_mode & 0o77 or "the hub is ws://" not in said:
            fail(f"the code was not taken: {said}")
        if "is not set up" in first_start("--duration", "0.1"):
            fail("what a code said once is asked for again")
        kept.unlink()
        # Nobody takes over a kiosk whose configuration is wrong for once.
        kept.write_text(before := "[connection]\nhub=ws://127.0.0.1:1\nuser=k\nca=/no/file\n")
        said = first_start("--duration", "2", film=code("code.png", place))
        if kept.read_text() != before or f"{kept}:4: 'ca'" not in said:
            fail(f"a wrong configuration was taken over: {said}")
        kept.unlink()
    # Or it finds a file, on the card that it started from; what is wrong there is said, on the screen, too.
    card.write_text("\ufeff[connection]\r\nhub=embedded\r\nuser=k\r\n[hub]\r\nlisten=127.0.0.1:0\r\n")
    if "the hub is ws://" not in (said := first_start("--duration", "0.1")):
        fail(f"the card was not read: {said}")
    card.write_text("[connection]\nhubb=embedded\n")
    if f"{card}:2: 'hubb' is not known" not in (said := first_start("--duration", "0.1")):
        fail(f"what is wrong on the card was not told: {said}")

    # In a Wayland session, as the unit's drop-in starts it: its watchdog is fed, though cage is the unit's process.
    session = ["unshare", "--user", "--map-user=1000", "--map-group=1000"] if os.getuid() == 0 else []
    if shutil.which("cage") and subprocess.run([*session, "true"], capture_output=True).returncode == 0:
        config.write_text(good.replace("[screen]\nheadless=true\n", ""))
        start = [line.partition("=")[2].split() for line in (build / "cage.conf").read_text().splitlines()
                 if line.startswith("ExecStart=/")][0]
        at = start.index("kiosk")
        start[at - 1:] = [program, "kiosk", "--config", str(config)]
        manager = Manager(folder, "notify-cage")
        environment = {**os.environ, "NOTIFY_SOCKET": manager.path, "WATCHDOG_USEC": "600000", "WATCHDOG_PID": "1",
                       "XDG_RUNTIME_DIR": str(folder), "WLR_BACKENDS": "headless", "WLR_RENDERER": "pixman",
                       "WLR_LIBINPUT_NO_DEVICES": "1", "SDL_VIDEODRIVER": "wayland", "SDL_AUDIODRIVER": "dummy",
                       "ASAN_OPTIONS": "detect_leaks=0"}
        cage = subprocess.Popen([*session, *start], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                env=environment)
        try:
            manager.wait_for("READY=1")
            manager.wait_for("WATCHDOG=1")
            manager.wait_for("WATCHDOG=1")
            manager.wait_for("WATCHDOG=1")
        finally:
            cage.terminate()
            cage.wait()

    # A hub says the same to who watches over it.
    manager = Manager(folder, "notify-hub")
    hub = subprocess.Popen([program, "hub", "--listen", "127.0.0.1:0"], stdout=subprocess.DEVNULL,
                           env={**os.environ, "NOTIFY_SOCKET": manager.path, "WATCHDOG_USEC": "600000"})
    try:
        manager.wait_for("READY=1")
        manager.wait_for("WATCHDOG=1")
        hub.send_signal(signal.SIGHUP)
        manager.wait_for("RELOADING=1")
        manager.wait_for("READY=1")
        manager.wait_for("WATCHDOG=1")
        hub.send_signal(signal.SIGTERM)
        manager.wait_for("STOPPING=1")
        if hub.wait(PATIENCE_S):
            fail(f"the hub ended with {hub.returncode}")
    finally:
        hub.kill()

    # The unit, as installed.
    if shutil.which("systemd-analyze"):
        unit = folder / "callapi-kiosk.service"
        text = (build / "callapi-kiosk.service").read_text().replace("\\\n", "")
        unit.write_text("\n".join(f"ExecStart={program} kiosk" if line.startswith("ExecStart=") else line for line
                                  in text.splitlines()))
        done = subprocess.run(["systemd-analyze", "verify", "--man=no", str(unit)], capture_output=True, text=True)
        wrong = [line for line in done.stderr.splitlines() if "callapi-kiosk" in line]
        if wrong:
            fail("the unit: " + "; ".join(wrong))
        done = subprocess.run(["systemd-analyze", "security", "--offline=yes", "--no-pager", "--threshold=40",
                               str(unit)], capture_output=True, text=True)
        if done.returncode:
            fail("the unit is exposed: " + done.stdout.splitlines()[-1])
    needed = {"PrivateDevices", "DevicePolicy", "DeviceAllow", "ProtectClock", "MemoryDenyWriteExecute",
              "PrivateNetwork"}
    taken = needed & {line.split("=")[0] for line in (build / "callapi-kiosk.service").read_text().splitlines()}
    if taken:
        fail(f"the unit takes camera, screen or network away: {taken}")

    # Secrets: a file for each, and a word where all can read it is told.
    secret = folder / "secret"
    secret.write_text("turn password\n")
    for mode, word, warned in ((0o644, "open", True), (0o640, "closed", False), (0o644, f"@{secret}", False)):
        config.write_text("[connection]\nuser=k\nhub=ws://127.0.0.1:1\n[network]\nice-server=turn:127.0.0.1:9\n"
                          f"ice-user=k\nice-credential={word}\n"
                          "[screen]\nheadless=true\n[diagnosis]\nduration=0.1\n[call]\nhistory=none\n")
        config.chmod(mode)
        said = run("--config", str(config), expect=0)
        if ("everybody on this machine can read it" in said) != warned:
            fail(f"a secret '{word}' in a file of mode {mode:o}: {said}")
    if "No such file" not in run("--config", str(config), f"--ice-credential=@{folder}/none", expect=2):
        fail("a secret's file that is not there was not told")
print("kiosk: as expected")
