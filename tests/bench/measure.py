"""What a run shows: freezes from the times of new pictures, CPU and memory of a process and its children."""
import os, statistics

HZ = os.sysconf("SC_CLK_TCK")


def median(values):
    values = [value for value in values if value is not None]
    return statistics.median(values) if values else None


def quantile(values, fraction):
    values = sorted(values)
    return values[min(int(fraction * len(values)), len(values) - 1)] if values else None


def gaps(times, begin, end):
    """How long each picture stood, ms; `times`: of new pictures, s."""
    inside = [begin] + [time for time in times if begin < time < end] + [end]
    return [1000 * (b - a) for a, b in zip(inside, inside[1:])]


def frozen_share(times, begin, end, limit=200):
    """The part of the time in which a picture stood longer than `limit` ms: about where libwebrtc counts a freeze."""
    return sum(gap for gap in gaps(times, begin, end) if gap > limit) / (1000 * (end - begin))


def rate(times, begin, end):
    return len([time for time in times if begin < time < end]) / (end - begin)


def family(pid):
    """The process and all that descend from it."""
    children, found = {}, []
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat") as file:
                    children.setdefault(int(file.read().rsplit(")", 1)[1].split()[1]), []).append(int(name))
            except OSError:
                pass
    todo = [pid]
    while todo:
        found.append(todo.pop())
        todo += children.get(found[-1], [])
    return found


def cpu_seconds(pid):
    total = 0
    for one in family(pid):
        try:
            with open(f"/proc/{one}/stat") as file:
                fields = file.read().rsplit(")", 1)[1].split()
            total += (int(fields[11]) + int(fields[12])) / HZ
        except OSError:
            pass
    return total


def peak_megabytes(pid):
    """Proportional set where the system tells (Chromium's processes share much), else the peak of the one process."""
    total = 0
    processes = family(pid)
    for one in processes:
        try:
            if len(processes) == 1 or not total and one == processes[-1]:
                with open(f"/proc/{one}/status") as file:
                    total += next(int(line.split()[1]) for line in file if line.startswith("VmHWM")) / 1024
            else:
                with open(f"/proc/{one}/smaps_rollup") as file:
                    total += next(int(line.split()[1]) for line in file if line.startswith("Pss:")) / 1024
        except (OSError, StopIteration):
            pass
    return total
