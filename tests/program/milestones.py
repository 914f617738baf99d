#!/usr/bin/env python3
"""A server or one of the two sides is killed (kill -9), or stands still for a while (SIGSTOP), at each milestone of a
call: what becomes of it at the others, what they are told, and within how long, as EXPECTED (expected.py) has it.

milestones.py CALLAPI VICTIM|all [HOW[,MILESTONE]...], HOW: killed, or how many seconds it stands still. Without one:
all of them. A victim that is not installed is skipped (77)."""
import concurrent.futures
import os
import signal
import sys
import threading
import time

sys.dont_write_bytecode = True

from expected import EXPECTED, LEISURE_S, LOST_S, MILESTONES, MISSED, UNHEARD, WORDS
from installations import PATIENCE_S, PLACES, Trouble
from processes import Starter

AWAY_S, STAYS_S, HEARS_S, AT_ONCE, STEP_S = 2, 3, 5, 3, 0.1
CONNECTED = r"(?<!connected) -> connected \("
OVER = r"(?:calling|connecting|connected) -> prepared \(([^)]*)\)"
NAMES = ("vera", "anna")
# What the viewer's log says when it is reached.
REACHED = {"ringing": r"delivered: calling -> calling", "connecting": r"-> connecting \(", "connected": CONNECTED}


class Case:
    def __init__(self, program, starter, victim, how, milestone):
        place, self.victim = PLACES[victim]
        self.place = place(program, starter)
        self.how, self.milestone = how, milestone
        self.away_s = AWAY_S if how == "killed" else float(how)
        self.expected = EXPECTED[victim][how][MILESTONES.index(milestone)]
        self.marks, self.struck, self.strike_is_over = {}, 0, threading.Event()

    def log(self, name):
        return self.place.parts[name].log

    def sides(self):
        """Who knows of this call when it is over."""
        return [name for name in NAMES if self.how != "killed" or name != self.victim]

    # ---- what happens

    def call(self):
        self.marks = {name: part.log.mark() for name, part in self.place.parts.items()}
        self.place.key("Return", r"-> calling \(", self.marks["vera"])
        self.log("vera").wait_for(REACHED[self.milestone], self.marks["vera"], PATIENCE_S)

    def strike(self):
        """Returns when it has begun."""
        self.struck = time.monotonic()
        if self.how == "killed":
            self.place.parts[self.victim].kill()
        else:
            self.place.signal(self.victim, signal.SIGSTOP)
        threading.Timer(self.away_s, self.end_strike).start()

    def end_strike(self):
        """A server is back, and so is a kiosk; other users only later (see_all_well)."""
        if self.how != "killed":
            self.place.signal(self.victim, signal.SIGCONT)
        elif self.victim not in NAMES or self.victim in self.place.returns:
            self.place.parts[self.victim].start()
        self.strike_is_over.set()

    # ---- what became of it

    def over(self, name):
        """Why it is there, or None."""
        found = self.log(name).find(OVER, self.marks[name])
        if found:
            return found.group(1)
        heard = self.log(name).find(r"-> calling \(", self.marks[name])
        woke = self.strike_is_over.is_set() and self.is_signalled(name)
        return UNHEARD if woke and not heard and time.monotonic() > self.struck + self.away_s + HEARS_S else None

    def is_signalled(self, name):
        last = self.log(name).find(r"signalling (?:lost|restored): ", self.marks[name])
        return last is None or last.group(0) == "signalling restored: "

    def is_up(self):
        """The call, with pictures both ways, and all that was lost."""
        return all(self.log(name).find(CONNECTED, self.marks[name]) and self.is_signalled(name)
                   for name in self.sides()) and all(pictures.moves() for pictures in self.place.pictures.values())

    def stays_up(self):
        for pictures in self.place.pictures.values():
            pictures.begin()
        time.sleep(STAYS_S)
        return self.is_up() and not any(map(self.over, self.sides()))

    def see(self):
        """What both sides agree on: ({who: why it is over, or nobody}, {who: after how many seconds})."""
        end, began, after = time.monotonic() + self.away_s + PATIENCE_S, False, {}
        while time.monotonic() < end:
            now, why = time.monotonic() - self.struck, {name: self.over(name) for name in self.sides()}
            after.update((name, now) for name, reason in why.items() if reason and name not in after)
            if all(why.values()):
                return why, after
            if self.strike_is_over.is_set() and not any(why.values()):
                if not began:
                    for pictures in self.place.pictures.values():
                        pictures.begin()
                    began = True
                elif self.is_up() and self.stays_up():
                    return {}, dict.fromkeys(NAMES, now)
            time.sleep(STEP_S)
        raise Trouble(f"they do not agree: {why}")

    def hang_up(self):
        self.place.key("Escape", OVER, self.marks["vera"])
        self.log("anna").wait_for(OVER, self.marks["anna"], PATIENCE_S)
        why = [self.over(name) for name in NAMES]
        if why != ["local hangup", "remote hangup"]:
            raise Trouble(f"hanging up ended it by {why}")

    def look_at_words(self, why):
        if self.how == "killed" and self.victim in MISSED:
            for name in NAMES:
                self.log(name).wait_for(MISSED[self.victim], self.marks[name], PATIENCE_S)
        for name, reason in why.items():
            words = WORDS.get((reason, name), WORDS.get(reason))
            if words:
                self.log(name).wait_for(f"app: {words.format(*set(NAMES) - {name})}$", self.marks[name], PATIENCE_S)

    def see_all_well(self):
        """Everybody is there again: after how many seconds."""
        began = time.monotonic()
        self.strike_is_over.wait()
        if not self.place.parts[self.victim].runs():
            self.place.parts[self.victim].start()
        self.place.wait_until_well()
        return time.monotonic() - began

    def limit_s(self, name, why):
        """Who went on all the time need not wait for who stands still."""
        return LOST_S + LEISURE_S if why and name != self.victim else self.expected.within_s

    def see_all(self):
        why, after = self.see()
        told = ", ".join(f"{name}: {reason} after {after[name]:.1f} s" for name, reason in why.items()) or \
            f"goes on after {after['vera']:.1f} s"
        if why not in self.expected.outcomes:
            raise Trouble(told)
        if any(seconds > self.limit_s(name, why) for name, seconds in after.items()):
            raise Trouble(f"too late: {told}")
        self.look_at_words(why)
        if not why:
            self.hang_up()
        return f"{told}; all is well {self.see_all_well():.1f} s later"

    def run(self):
        """(what was seen, None), or (None, what is wrong)."""
        try:
            self.place.start()
            self.call()
            self.strike()
            return self.see_all(), None
        except Trouble as trouble:
            return None, f"{trouble}\n{self.place.last_words()}"
        finally:
            if self.struck:
                self.strike_is_over.wait()
            self.place.end()


def main():
    program, victim = os.path.abspath(sys.argv[1]), sys.argv[2]
    wishes = [wish.split(",") for wish in sys.argv[3:]] or [[how] for how in EXPECTED["hub"]]
    victims = EXPECTED if victim == "all" else [victim]
    there = []
    for one in victims:
        if lacking := PLACES[one][0].lacks():
            print(f"SKIP: {one}: there is no {lacking} here")
        else:
            there.append(one)
    cases = [(one, how, milestone) for one in there for how, *only in wishes for milestone in only or MILESTONES]
    starter = Starter()
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        running = [(case, pool.submit(lambda case=case: Case(program, starter, *case).run())) for case in cases]
        for case, future in running:
            seen, wrong = future.result()
            print(f"{', '.join(case)}: {seen or 'FAILED: ' + wrong}", flush=True)
    failed = [(case, wrong) for case, future in running if (wrong := future.result()[1])]
    for case, wrong in failed:  # once more, below the logs
        print(f"FAILED: {', '.join(case)}: {wrong.splitlines()[0]}")
    sys.exit(1 if failed else 0 if there else 77)


main()
