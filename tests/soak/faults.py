"""What happens to an installation in an hour, each with a call that is to go on meanwhile."""
import dataclasses
import math
import signal
import time
from collections.abc import Callable

from calls import wait_for_logins
from processes import Trouble, wait_until
from stage import PATIENCE_S

SCREEN_IS = r"the screen is \d+ x \d+ now"
LOOKED_FOR_S = 45  # a sound device, where the system tells nothing


class Play:
    """The stage, its calls, and chance."""

    def __init__(self, stage, calls, chance):
        self.stage, self.calls, self.chance = stage, calls, chance

    def some(self, least, most):
        return self.chance.uniform(least, most)

    def during(self, kind, what, happening):
        if kind not in self.calls.kinds():
            happening()
        else:
            self.calls.make(kind, what, happening)


def hub_restarts(play):
    """Killed, or stopped."""
    stage, how = play.stage, play.chance.choice((signal.SIGKILL, signal.SIGTERM))

    def restart():
        stage["hub"].signal(how)
        stage["hub"].child.wait(PATIENCE_S)
        time.sleep(play.some(0.5, 2))
        stage.rooms.start()
        wait_until(lambda: stage.rooms.viewers() == stage.viewers(), "all are back at the hub", PATIENCE_S)
    play.during(play.calls.of_kiosk, "hub restarts", restart)


def broker_restarts(play):
    stage = play.stage

    def restart():
        mark = stage.broker.log.mark()
        stage.broker.kill()
        time.sleep(play.some(0.5, 2))
        stage.start_broker()
        wait_for_logins(stage, 2, mark)
    play.during(play.calls.of_broker, "broker restarts", restart)


def cable_is_pulled(play):
    """Where there is no network of its own: whoever is there says nothing for as long."""
    stage, seconds = play.stage, play.some(2, 6)

    def pull():
        if stage.away.there:
            stage.away.set_cable("down")
            time.sleep(seconds)
            stage.away.set_cable("up")
        else:
            stage["dora"].signal(signal.SIGSTOP)
            time.sleep(seconds)
            stage["dora"].signal(signal.SIGCONT)
        stage.pictures(["bert", "dora"])
    play.during(play.calls.of_user, "cable is pulled", pull)


def fail_stream(play, viewer, stop, start):
    log = play.stage[viewer].log
    mark = log.mark()
    stop()
    log.wait_for("the stream .* it is tried again", mark, PATIENCE_S)
    time.sleep(play.some(0, 2))
    mark = log.mark()
    start()
    log.wait_for("the stream .* is there", mark, PATIENCE_S)


def stream_fails(play):
    """Its sender is gone; in the middle of a call from it."""
    sender = play.stage.streams.ts_sender
    play.during(play.calls.of_stream, "stream fails", lambda: (sender.kill(), time.sleep(play.some(1, 3)),
                                                               sender.start()))
    fail_stream(play, "emil", sender.kill, sender.start)


def stream_server_fails(play):
    streams = play.stage.streams

    def stop():
        streams.server.kill()
        streams.rtmp_sender.kill()
    fail_stream(play, "erna", stop, streams.start_rtmp)


def wait_for_kiosk(play):
    wait_until(lambda: play.stage.rooms.viewers() == play.stage.viewers(), "the kiosk is back in its room", PATIENCE_S)
    play.stage.pictures(["kiosk"])


def configuration_is_read(play):
    """Asked for in a call, done after it."""
    kiosk = play.stage.kiosk
    mark = kiosk.log.mark()
    play.during(play.calls.of_kiosk, "configuration is read", lambda: kiosk.signal(signal.SIGHUP))
    kiosk.log.wait_for("the configuration is read again", mark, PATIENCE_S)
    wait_for_kiosk(play)


def language_changes(play):
    """As its manager does, from afar."""
    stage = play.stage
    stage.language = "zh_CN" if stage.language == "en" else "en"
    stage.write_configuration()
    manager = stage.process("manager", [stage.program, "manage", "--hub", stage.rooms.url(), "--user", "admin",
                                        "--secret-file", stage.path("secret"), "--to", "kiosk", "reload"]).start()
    status = manager.child.wait(PATIENCE_S + 10)
    del stage.processes["manager"]
    if status != 0:
        raise Trouble(f"manage: {manager.log.read().strip()[-200:]}")
    wait_for_kiosk(play)


def monitor_is_unplugged(play):
    """And another one plugged in."""
    stage = play.stage

    def swap():
        mark = stage.kiosk.log.mark()
        stage.screen.unplug()
        time.sleep(play.some(1, 3))
        stage.screen.plug_in()
        stage.kiosk.log.wait_for(SCREEN_IS, mark, PATIENCE_S)
    play.during(play.calls.of_kiosk, "monitor is unplugged", swap)


def sound_is_unplugged(play):
    stage = play.stage

    def swap():
        mark = stage.kiosk.log.mark()
        stage.sound.unplug()
        stage.kiosk.log.wait_for("the speaker is gone", mark, PATIENCE_S)
        time.sleep(play.some(0.5, 2))
        stage.sound.plug_in()
        stage.kiosk.log.wait_for("the speaker is back", mark, LOOKED_FOR_S)
    play.during(play.calls.of_kiosk, "sound device is unplugged", swap)


def nothing_is_missing(stage):
    return None


@dataclasses.dataclass
class Fault:
    """`lacks` says why it is not possible here, or None. `hours`: so often."""
    name: str
    happens: Callable
    hours: float = 1
    lacks: Callable = nothing_is_missing


def lacks_screen(stage):
    return None if stage.screen.display else "no Xvfb and xrandr here"


def lacks_sound(stage):
    return None if stage.sound.there else "no PulseAudio here, and SDL's dummy has no plug"


# The one table of what happens how often.
SCHEDULE = [
    Fault("hub restarts", hub_restarts),
    Fault("configuration is read", configuration_is_read),
    Fault("broker restarts", broker_restarts),
    Fault("stream fails", stream_fails),
    Fault("monitor is unplugged", monitor_is_unplugged, lacks=lacks_screen),
    Fault("cable is pulled", cable_is_pulled),
    Fault("language changes", language_changes),
    Fault("stream's server fails", stream_server_fails),
    Fault("sound device is unplugged", sound_is_unplugged, lacks=lacks_sound),
]


class Schedule:
    """When what is due: each once within the first tenth, so that what is made at its first use is made; then so often
    as the table says, spread over the hour. Seconds; `hour_s`: how long an hour is here."""

    def __init__(self, stage, total_s, hour_s):
        self.missing = {fault.name: why for fault in SCHEDULE if (why := fault.lacks(stage))}
        self.faults = [fault for fault in SCHEDULE if fault.name not in self.missing]
        self.hour_s, self.first = hour_s, min(total_s / 10, hour_s)
        self.next = [self.first * i / len(self.faults) for i in range(len(self.faults))]

    def after(self, i, at):
        """Its place in the hour, the next time that this comes."""
        every = self.faults[i].hours * self.hour_s
        phase = every * i / len(self.faults)
        return phase + every * max(1, math.ceil((at - phase) / every))

    def due(self, at):
        now = [i for i, when in enumerate(self.next) if when <= at]
        for i in now:
            self.next[i] = self.after(i, at + 1)
        return [self.faults[i] for i in now]
