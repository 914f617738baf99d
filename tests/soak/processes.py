"""Processes that last: started by one thread, ended with this program, their logs read as they grow."""
import concurrent.futures
import contextlib
import os
import re
import signal
import subprocess
import time

DEAD = ["setpriv", "--pdeathsig", "KILL"]
STEP_S = 0.02


class Trouble(Exception):
    """What should have happened, and did not."""


def wait_until(condition, what, patience):
    """What the condition gives, once that is true."""
    end = time.monotonic() + patience
    while not (result := condition()):
        if time.monotonic() > end:
            raise Trouble(f"in vain for {patience:.0f} s: {what}")
        time.sleep(STEP_S)
    return result


class Log:
    """What a process says, from one mark on."""

    def __init__(self, path):
        self.path = path
        open(path, "ab").close()

    def mark(self):
        return os.path.getsize(self.path)

    def read(self, since=0):
        with open(self.path, "rb") as file:
            file.seek(since)
            return file.read().decode(errors="replace")

    def find(self, pattern, since=0):
        """The last one."""
        found = None
        for found in re.finditer(pattern, self.read(since), re.MULTILINE):
            pass
        return found

    def wait_for(self, pattern, since, patience):
        return wait_until(lambda: self.find(pattern, since), f"“{pattern}” in {os.path.basename(self.path)}", patience)


class Starter:
    """A child ends with the thread that started it (PR_SET_PDEATHSIG): one thread starts all of them."""

    def __init__(self):
        self.thread = concurrent.futures.ThreadPoolExecutor(1)

    def start(self, command, **options):
        options = {"stdin": subprocess.DEVNULL, "start_new_session": True, **options}
        return self.thread.submit(subprocess.Popen, [*DEAD, *command], **options).result()


def family(pid):
    """The process and those that descend from it."""
    found = [pid]
    for parent in found:
        with contextlib.suppress(OSError):
            for task in os.listdir(f"/proc/{parent}/task"):
                with open(f"/proc/{parent}/task/{task}/children", encoding="ascii") as file:
                    found += map(int, file.read().split())
    return found


class Process:
    """One part in the play, through all its lives."""

    def __init__(self, starter, name, command, log, environment=None):
        self.starter, self.name, self.command = starter, name, command
        self.log, self.environment = Log(log), environment or {}
        self.child, self.lives = None, 0

    def start(self):
        self.lives += 1
        with open(self.log.path, "ab") as log:
            self.child = self.starter.start(self.command, stdout=log, stderr=log,
                                            env={**os.environ, **self.environment})
        return self

    @property
    def pid(self):
        return self.child.pid

    def runs(self):
        return self.child is not None and self.child.poll() is None

    def signal(self, number):
        self.child.send_signal(number)

    def kill(self):
        """As a crash: at once, and nobody is told."""
        for pid in reversed(family(self.pid)):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.child.wait()

    def end(self, patience=15):
        """As a service manager stops it. How it ended; None: it did not, and was killed."""
        if not self.runs():
            return self.child.returncode if self.child else 0
        self.child.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            return self.child.wait(patience)
        self.kill()
        return None
