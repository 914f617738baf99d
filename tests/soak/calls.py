"""Calls, each by its own kind of caller: a key of the kiosk, the application's server by REST, a program that comes for
one call. What became of each is read from both sides' logs."""
import contextlib
import itertools
import subprocess
import threading
import time

from processes import Trouble, wait_until
from stage import PATIENCE_S, ROOM, SMALL

CALLING = r"-> calling \("
CONNECTED = r"(?<!connected) -> connected \("
OVER = r"(?:calling|connecting|connected) -> prepared \(([^)]*)\)"
WELL_OVER = ("local hangup", "remote hangup")
WAKES_S = 1.5  # a key may only bring the buttons back
TRIES = 6


class Call:
    """`caller`, `callee`: Processes. How it is pressed, and how it is hung up, is its kind's."""

    def __init__(self, stage, caller, callee, beside=()):
        self.stage, self.caller, self.callee = stage, caller, callee
        self.parties = [*filter(None, (caller, callee)), *beside]
        self.setup_ms = None

    def answered(self):
        return [self.caller, self.callee]

    def run(self, talk, during=None):
        """To its end. `during` happens in the middle, and the call is to go on."""
        marks = {party: party.log.mark() for party in self.answered() if party}
        pressed = time.monotonic()
        self.press(marks)
        for party in self.answered():
            party.log.wait_for(CONNECTED, marks.get(party, 0), PATIENCE_S)
            self.setup_ms = self.setup_ms or 1000 * (time.monotonic() - pressed)
        time.sleep(talk)
        if during:
            during()
            time.sleep(talk)
        for party in self.answered():
            if ended := party.log.find(OVER, marks.get(party, 0)):
                raise Trouble(f"{party.name}: the call ended by itself: {ended.group(1)}")
        self.hang_up(marks)
        for party in self.answered():
            self.look_at_end(party, marks.get(party, 0))

    def look_at_end(self, party, mark):
        why = party.log.wait_for(OVER, mark, PATIENCE_S).group(1)
        if why not in WELL_OVER:
            raise Trouble(f"{party.name}: the call ended by “{why}”")


class KeyCall(Call):
    """A visitor at the kiosk, who calls who is seen there."""

    def key(self, name, pattern, mark):
        for _ in range(TRIES):
            self.stage.screen.run("xdotool", "key", name)
            with contextlib.suppress(Trouble):
                return self.caller.log.wait_for(pattern, mark, WAKES_S)
        raise Trouble(f"the key {name} does nothing")

    def press(self, marks):
        self.key("Return", CALLING, marks[self.caller])

    def hang_up(self, marks):
        self.key("Escape", OVER, marks[self.caller])


class ServerCall(Call):
    """The application's server rings two users into one call, and ends it."""

    def __init__(self, stage, hub, caller, callee, room=None):
        super().__init__(stage, caller, callee)
        self.hub, self.room, self.id = hub, room, None

    def press(self, marks):
        wish = {"a": self.caller.name, "b": self.callee.name, **({"room": self.room} if self.room else {})}
        self.id = self.hub.ask("match", wish)["call"]

    def hang_up(self, marks):
        self.hub.ask("hangup", {"call": self.id})


class ProgramCall(Call):
    """Somebody comes, calls and goes. `beside`: the callee's other device, which is told that it was taken."""

    numbers = itertools.count(1)

    def __init__(self, stage, url, callee, user, beside=()):
        super().__init__(stage, None, callee, beside)
        self.url, self.user = url, user

    def press(self, marks):
        for party in self.parties:
            marks[party] = party.log.mark()
        name = f"{self.user} {next(self.numbers)}"
        self.caller = self.stage.process(name, [self.stage.program, "call", "--user", self.user, "--hub", self.url,
                                                "--to", self.callee.name, *SMALL]).start()

    def hang_up(self, marks):
        status = self.caller.end()
        del self.stage.processes[self.caller.name]
        if status != 0:
            raise Trouble(f"{self.caller.name} ended with {status}")
        for device in self.parties:
            if device not in (self.caller, self.callee):
                why = device.log.wait_for(OVER, marks[device], PATIENCE_S).group(1)
                if why != "accepted elsewhere":
                    raise Trouble(f"{device.name}: “{why}” in place of “accepted elsewhere”")

    def look_at_end(self, party, mark):
        if party is not self.caller:
            super().look_at_end(party, mark)


class Calls:
    """The kinds that there are, and what became of all."""

    def __init__(self, stage, talk):
        self.stage, self.talk = stage, talk
        self.locks = {}
        self.lock = threading.Lock()
        self.begun, self.failed, self.expected, self.setups = 0, [], {}, []

    def kinds(self):
        by_hand = [self.of_kiosk] if self.stage.screen.display else []
        return [*by_hand, self.of_viewer, self.of_user, self.of_stream, self.of_two_devices, self.of_broker]

    def of_kiosk(self):
        return KeyCall(self.stage, self.stage.kiosk, self.stage["anna"])

    def of_viewer(self):
        return ServerCall(self.stage, self.stage.rooms, self.stage["vera"], self.stage["anna"], ROOM)

    def of_user(self):
        return ServerCall(self.stage, self.stage.calls, self.stage["bert"], self.stage["dora"])

    def of_stream(self):
        return ServerCall(self.stage, self.stage.calls, self.stage["emil"], self.stage["bert"])

    def of_two_devices(self):
        return ProgramCall(self.stage, self.stage.calls.url(), self.stage["cleo"], "pia", [self.stage["cleo 2"]])

    def of_broker(self):
        return ProgramCall(self.stage, self.stage.broker_url, self.stage["mona"], "rob")

    @contextlib.contextmanager
    def alone(self, parties):
        """A user has one call at a time."""
        names = sorted(party.name for party in parties if party)
        with self.lock:
            locks = [self.locks.setdefault(name, threading.Lock()) for name in names]
        with contextlib.ExitStack() as held:
            for lock in locks:
                held.enter_context(lock)
            yield

    def make(self, kind, what, during=None):
        """Never raises: what went wrong is kept."""
        call = kind()
        with self.alone(call.parties):
            began = time.time()
            users = [party.name for party in call.parties if party]
            try:
                call.run(self.talk, during)
                why = None
            except (Trouble, OSError, subprocess.SubprocessError) as error:
                why = f"{what}: {error}"
                self.clear(call)
            with self.lock:
                self.note(began, what, users, call.setup_ms, why)
        return why is None

    def note(self, began, what, users, setup_ms, why):
        self.begun += 1
        for user in users:
            self.expected[user] = self.expected.get(user, 0) + 1
        if why:
            self.failed.append((began, why))
        elif setup_ms and what in ("of_viewer", "of_user"):
            self.setups.append((began, setup_ms))

    def clear(self, call):
        """So that one failure is one."""
        if isinstance(call, ProgramCall) and call.caller:
            call.caller.end(5)
            self.stage.processes.pop(call.caller.name, None)
        for hub in self.stage.rooms, self.stage.calls:
            for party in call.parties:
                with contextlib.suppress(Trouble):
                    hub.ask("hangup", {"user": party.name})

    def round(self):
        """Each kind once, beside each other; the order is who gets his party first."""
        threads = [threading.Thread(target=self.make, args=(kind, kind.__name__)) for kind in self.kinds()]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()


def wait_for_logins(stage, many, mark):
    """At the broker, whose log tells."""
    wait_until(lambda: stage.broker.log.read(mark).count("New client connected") >= many, f"{many} at the broker",
               PATIENCE_S)
