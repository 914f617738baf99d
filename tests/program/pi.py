#!/usr/bin/env python3
"""A card's image (platform/pi/image.sh) in an emulated arm64 machine with a plain screen: it starts, and shows the live
room of a hub on this machine. What is on the screen is read by the frame code; what took the time is asked by SSH.
pi.py IMAGE PROGRAM FRAMECODE OUT"""
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

image, program, framecode, out = (Path(argument).absolute() for argument in sys.argv[1:5])
FIRMWARE = 1 << 20                      # where its partition begins
PATIENCE_S = 1200                       # emulated, beside others


def fail(why):
    print(f"FAILED: {why}")
    sys.exit(1)


class Machine:
    """Nothing of a Raspberry Pi but its processor: QEMU's own board, since that one's screen is not emulated."""

    def __init__(self, card, work, ssh_port):
        files = subprocess.run(["mdir", "-b", "-i", card, "::"], check=True, capture_output=True, text=True).stdout
        kernel, initrd = (max(re.findall(rf"::/({kind}\S+)", files)) for kind in ("vmlinuz-", r"initrd\.img-"))
        for name in kernel, initrd, "cmdline.txt":
            subprocess.run(["mcopy", "-n", "-i", card, f"::{name}", str(work)], check=True)
        command_line = (work / "cmdline.txt").read_text().strip()
        self.socket_path = work / "qmp"
        self.began = time.monotonic()
        self.process = subprocess.Popen([
            "qemu-system-aarch64", "-machine", "virt", "-cpu", "cortex-a72", "-smp", "2", "-m", "1024",
            "-kernel", str(work / kernel), "-initrd", str(work / initrd), "-append", command_line + " console=ttyAMA0",
            "-drive", f"if=virtio,format=raw,file={card.partition('@@')[0]}", "-device", "virtio-gpu-pci",
            "-device", "virtio-rng-pci", "-device", "virtio-net-pci,netdev=net", "-display", "none",
            "-netdev", f"user,id=net,hostfwd=tcp:127.0.0.1:{ssh_port}-:22",
            "-serial", f"file:{out / 'serial.log'}", "-qmp", f"unix:{self.socket_path},server=on,wait=off"])
        for _ in range(100):
            if self.socket_path.exists():
                break
            time.sleep(0.1)
        self.qmp = socket.socket(socket.AF_UNIX)
        self.qmp.connect(str(self.socket_path))
        self.answers = self.qmp.makefile()
        self.answers.readline()
        self.ask("qmp_capabilities")

    def ask(self, command, **arguments):
        self.qmp.sendall(json.dumps({"execute": command, "arguments": arguments}).encode())
        while True:
            answer = json.loads(self.answers.readline())
            if "return" in answer or "error" in answer:
                return answer

    def seconds(self):
        return time.monotonic() - self.began

    def screen(self, path):
        """As PPM; its size, or None where there is no screen yet."""
        if "error" in self.ask("screendump", filename=str(path)):
            return None
        with open(path, "rb") as file:
            fields = file.read(64).split()
        return f"{fields[1].decode()}x{fields[2].decode()}"


def seen(picture, size):
    gray = subprocess.run(["ffmpeg", "-v", "error", "-i", str(picture), "-f", "rawvideo", "-pix_fmt", "gray", "-"],
                          check=True, capture_output=True).stdout
    read = subprocess.run([str(framecode), "read", "--size", size, "--fps", "1"], input=gray, check=True,
                          capture_output=True).stdout
    return json.loads(read.splitlines()[0])


def save(picture, name):
    subprocess.run(["ffmpeg", "-v", "error", "-y", "-i", str(picture), str(out / name)], check=True)


def hub_address(log):
    for _ in range(100):
        found = re.search(r"ws://127\.0\.0\.1:(\d+)", log.read_text())
        if found:
            return f"ws://10.0.2.2:{found[1]}"      # QEMU's name for the machine that it runs on
        time.sleep(0.1)
    return fail("the hub does not listen")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def until_the_room_is_seen(machine, work):
    """From power on."""
    picture = work / "screen.ppm"
    while machine.seconds() < PATIENCE_S:
        if machine.process.poll() is not None:
            fail("the machine ended")
        size = machine.screen(picture)
        codes = seen(picture, size)["codes"] if size else []
        if size:
            save(picture, "screen.png")
        if codes and codes[0]["source"] == 1:
            return
        time.sleep(1)
    fail(f"no picture of the room after {PATIENCE_S} s: {out}/screen.png, serial.log")


def main():
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out) as folder:
        work = Path(folder)
        disk = work / "card.img"
        subprocess.run(["cp", "--sparse=always", str(image), str(disk)], check=True)
        with open(disk, "r+b") as file:
            file.truncate(disk.stat().st_size + (512 << 20))        # a card is larger than what is on it
        card = f"{disk}@@{FIRMWARE}"
        log = work / "host.log"
        host = subprocess.Popen([str(program), "host", "--headless", "--hub", "embedded", "--listen", "127.0.0.1:0",
                                 "--room", "Lobby", "--user", "anna", "--size", "640x360"],
                                stderr=open(log, "w"), stdout=subprocess.DEVNULL,
                                env={**os.environ, "SDL_VIDEODRIVER": "dummy", "CALLAPI_HISTORY": "none"})
        machine = None
        try:
            (work / "callapi.ini").write_text(
                f"[connection]\nhub={hub_address(log)}\nuser=front-door\nroom=Lobby\n")
            key = work / "key"
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
            shutil.copy(f"{key}.pub", work / "authorized_keys")
            for name in "callapi.ini", "authorized_keys":
                subprocess.run(["mcopy", "-i", card, str(work / name), f"::{name}"], check=True)
            port = free_port()
            machine = Machine(card, work, port)
            until_the_room_is_seen(machine, work)
            print(f"from power to the room's first picture: {machine.seconds():.0f} s")
            asked = subprocess.run(
                ["ssh", "-i", str(key), "-p", str(port), "-o", "StrictHostKeyChecking=no", "-o",
                 "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR", "root@127.0.0.1",
                 "systemd-analyze; systemd-analyze critical-chain callapi-kiosk.service --no-pager; systemd-analyze "
                 "blame --no-pager | head -n 12; df -h / /boot/firmware; systemctl --failed --no-pager; journalctl "
                 "--no-pager -o short-monotonic -u callapi-kiosk | tail -n 40"],
                timeout=300, capture_output=True, text=True)
            (out / "report.txt").write_text(asked.stdout + asked.stderr)
            print(asked.stdout + asked.stderr)
            if asked.returncode:
                fail(f"nobody comes in by SSH: {asked.returncode}")
            if "0 loaded units listed" not in asked.stdout:
                fail("a unit failed")
        finally:
            if machine:
                machine.process.kill()
                machine.process.wait()
            host.terminate()
            host.wait()


main()
