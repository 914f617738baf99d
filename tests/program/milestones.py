#!/usr/bin/env python3
"""Hub, broadcaster or viewer is killed (kill -9), or stands still for ten seconds (SIGSTOP), at each milestone of a
call: what becomes of it at the others, and after how long. The times are told, not judged.

milestones.py CALLAPI VICTIM"""
import os
import re
import shutil
import signal
import sys
import tempfile
import threading
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "soak"))

from processes import Process, Starter, Trouble, wait_until

PATIENCE_S, STILL_S, AWAY_S = 60, 10, 2
RINGS_S = 4
SMALL = ["--headless", "--size", "320x180", "--screen", "480x270", "-v"]
CONNECTED = r"(?<!connected) -> connected \("
OVER = r"(?:calling|connecting|connected) -> prepared \(([^)]*)\)"
# What the viewer's log says when the milestone is reached.
MILESTONES = {"ringing": r"delivered: calling -> calling", "connecting": r"-> connecting \(", "connected": CONNECTED}


class Case:
    """An installation of its own."""

    def __init__(self, program, folder, starter, victim, how, milestone):
        self.folder, self.starter, self.program = folder, starter, program
        self.victim, self.how, self.milestone = victim, how, milestone
        self.hub = self.process("hub", "hub", "--listen", "127.0.0.1:0")
        self.seen, self.failure = [], None

    def process(self, name, *command):
        return Process(self.starter, name, [self.program, *command], os.path.join(self.folder, name + ".log"),
                       {"CALLAPI_HISTORY": "none"})

    def begin(self):
        self.hub.start()
        port = self.hub.log.wait_for(r"ws://127.0.0.1:(\d+)", 0, PATIENCE_S).group(1)
        self.hub.command[-1] = f"127.0.0.1:{port}"          # also when it is back
        common = ["--room", "studio", "--hub", f"ws://127.0.0.1:{port}", *SMALL]
        self.anna = self.process("anna", "host", "--user", "anna", "--auto-accept", "--accept-after", str(RINGS_S),
                                 *common).start()
        self.vera = self.process("vera", "watch", "--user", "vera", "--switches", "1", "--duration", "120",
                                 *common).start()
        self.vera.log.wait_for(MILESTONES[self.milestone], 0, PATIENCE_S)

    def strike(self):
        """Others notice from now on."""
        self.marks = {name: getattr(self, name).log.mark() for name in ("anna", "vera")}
        self.struck = time.monotonic()
        process = getattr(self, {"broadcaster": "anna", "viewer": "vera"}.get(self.victim, self.victim))
        if self.how == "killed":
            process.kill()
            if self.victim == "hub":
                time.sleep(AWAY_S)
                process.start()
        else:
            process.signal(signal.SIGSTOP)
            time.sleep(STILL_S)
            process.signal(signal.SIGCONT)

    def end(self):
        for process in self.vera, self.anna, self.hub:
            if process.runs():
                process.kill()
