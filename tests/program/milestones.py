#!/usr/bin/env python3
"""Hub, broadcaster or viewer is killed (kill -9), or stands still for ten seconds (SIGSTOP), at each milestone of a
call: what becomes of the call at the others, what they say, and after how long. The times are told, not judged.

milestones.py CALLAPI VICTIM"""
import concurrent.futures
import os
import shutil
import signal
import sys
import tempfile
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "soak"))

from processes import Process, Starter, Trouble, wait_until

PATIENCE_S, STILL_S, AWAY_S, RINGS_S, STAYS_S = 60, 10, 2, 4, 3
PLAYS_S = 80                            # a third of it in the room, then it calls, and would hang up after as long
AT_ONCE = 3
SMALL = ["--headless", "--size", "320x180", "--screen", "480x270", "-v"]
CONNECTED = r"(?<!connected) -> connected \("
OVER = r"(?:calling|connecting|connected) -> prepared \(([^)]*)\)"
GONE = r"(?:anna|vera) is gone|The connection to (?:anna|vera) was lost"
# What the viewer's log says when it is reached.
MILESTONES = {"ringing": r"delivered: calling -> calling", "connecting": r"-> connecting \(", "connected": CONNECTED}
NAMES = {"broadcaster": "anna", "viewer": "vera", "hub": "hub"}


class Case:
    """An installation of its own."""

    def __init__(self, program, starter, victim, how, milestone):
        self.folder = tempfile.mkdtemp(prefix="callapi-milestones-")
        self.program, self.starter = program, starter
        self.victim, self.how, self.milestone = NAMES[victim], how, milestone
        self.parts = {"hub": self.process("hub", "hub", "--listen", "127.0.0.1:0")}
        self.marks, self.struck = {}, 0

    def process(self, name, *command):
        return Process(self.starter, name, [self.program, *command], os.path.join(self.folder, name + ".log"),
                       {"CALLAPI_HISTORY": "none"})

    def begin(self):
        hub = self.parts["hub"].start()
        port = hub.log.wait_for(r"ws://127.0.0.1:(\d+)", 0, PATIENCE_S).group(1)
        hub.command[-1] = f"127.0.0.1:{port}"  # also when it is back
        common = ["--room", "studio", "--hub", f"ws://127.0.0.1:{port}", *SMALL]
        self.parts["anna"] = self.process("anna", "host", "--user", "anna", "--auto-accept", "--accept-after",
                                          str(RINGS_S), *common).start()
        self.parts["vera"] = self.process("vera", "watch", "--user", "vera", "--switches", "1",
                                          "--duration", str(PLAYS_S),
                                          *common).start()

    def others(self):
        return [self.parts[name] for name in ("anna", "vera") if name != self.victim]

    def strike(self):
        victim = self.parts[self.victim]
        self.marks = {name: part.log.mark() for name, part in self.parts.items()}
        self.struck = time.monotonic()
        if self.how == "stands still":
            victim.signal(signal.SIGSTOP)
            time.sleep(STILL_S)
            victim.signal(signal.SIGCONT)
            return
        victim.kill()
        if self.victim == "hub":
            time.sleep(AWAY_S)
            victim.start()

    def after_s(self):
        return time.monotonic() - self.struck

    def see_end(self):
        """Who is left is told, and free: what was said, and when."""
        other = self.others()[0]
        mark = self.marks[other.name]
        why = other.log.wait_for(OVER, mark, PATIENCE_S).group(1)
        after = self.after_s()
        words = other.log.wait_for(GONE, mark, PATIENCE_S).group(0)
        wait_until(other.runs, f"{other.name} goes on", 1)
        if why not in ("remote gone", "media lost"):
            raise Trouble(f"it ended by “{why}”")
        room = "away" if self.victim == "anna" else "live"
        if self.victim == "anna" or self.milestone != "ringing":    # while it rings the room stays as it is
            other.log.wait_for(f"the room studio is {room}", mark, PATIENCE_S)
        return f"{other.name}: “{words}” ({why}) after {after:.1f} s"

    def see_call(self):
        """It comes about, and goes on."""
        for name in "anna", "vera":
            self.parts[name].log.wait_for(CONNECTED, 0, PATIENCE_S)
        after = self.after_s()
        if self.victim == "hub" and self.how == "killed":
            for name in "anna", "vera":
                self.parts[name].log.wait_for("signalling restored", self.marks[name], PATIENCE_S)
            after = self.after_s()
        time.sleep(STAYS_S)
        for name in "anna", "vera":
            if ended := self.parts[name].log.find(OVER, 0):
                raise Trouble(f"{name}: the call ended by “{ended.group(1)}”")
        return f"the call goes on, all is well after {after:.1f} s"

    def last_words(self, name):
        lines = [line for line in self.parts[name].log.read().splitlines() if "net: rate:" not in line]
        return "\n".join([f"--- {name}", *lines[-30:]])

    def run(self):
        """(what was seen, None), or (None, what is wrong)."""
        try:
            self.begin()
            self.parts["vera"].log.wait_for(MILESTONES[self.milestone], 0, PATIENCE_S)
            self.strike()
            ends = self.victim != "hub" and self.how == "killed"
            return (self.see_end() if ends else self.see_call()), None
        except Trouble as trouble:
            return None, f"{trouble}\n" + "\n".join(self.last_words(name) for name in self.parts)
        finally:
            for part in self.parts.values():
                if part.runs():
                    part.signal(signal.SIGCONT)
                    part.kill()
            shutil.rmtree(self.folder)


def main():
    program, victim = os.path.abspath(sys.argv[1]), sys.argv[2]
    starter = Starter()
    cases = [(how, milestone) for how in ("killed", "stands still") for milestone in MILESTONES]
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        results = list(pool.map(lambda case: Case(program, starter, victim, *case).run(), cases))
    for (how, milestone), (seen, wrong) in zip(cases, results):
        print(f"{victim}, {how}, {milestone}: {seen or 'FAILED: ' + wrong}")
    sys.exit(1 if any(wrong for _, wrong in results) else 0)


main()
