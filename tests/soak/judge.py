"""Whether something grew: the median of the tenth after the first one beside that of the last tenth. Pure.

Memory may grow by 1 %. PSS is told and not judged: it is more where another program that uses the same libraries
ends; what is anonymous is a process's own. glibc takes and gives back its heap in steps of 128 KiB (M_TOP_PAD,
M_TRIM_THRESHOLD): of one such step nobody knows whether anything grew. Descriptors and threads may not grow at all.
What is a time, or happens by chance, differs from look to look: it grew where it is 1 % more and that cannot be
chance (three standard errors of the difference, from the median absolute deviation)."""
import dataclasses
import math
import statistics

SHARE = 0.01
HEAP_STEP_KB = 128
SIGMA_OF_MAD = 1.4826
ERROR_OF_MEDIAN = 1.2533  # to that of a mean
ERRORS = 3

MEMORY, COUNT, CHANCE, TOLD = "memory", "count", "chance", "told"
# What is judged, how, and in which unit it is told.
FIGURES = {
    "rss_kb": ("RSS", MEMORY, "kB"),
    "anonymous_kb": ("own memory", MEMORY, "kB"),
    "pss_kb": ("PSS", TOLD, "kB"),
    "descriptors": ("descriptors", COUNT, ""),
    "threads": ("threads", COUNT, ""),
    "wakeups": ("wake-ups", CHANCE, "1/s"),
    "rtt_ms": ("round trip", CHANCE, "ms"),
    "delay_ms": ("sound's delay", CHANCE, "ms"),
    "stall_ms": ("loop away, 99 %", CHANCE, "ms"),
    "frozen_ms": ("frozen", CHANCE, "ms/min"),
}


@dataclasses.dataclass
class Verdict:
    who: str
    figure: str
    before: float
    after: float
    limit: float  # it may grow by so much

    @property
    def growth(self):
        return self.after - self.before

    def grew(self):
        return self.growth > self.limit

    def percent(self):
        return 100 * self.growth / self.before if self.before else math.copysign(math.inf, self.growth)


def error_of_median(values):
    middle = statistics.median(values)
    spread = SIGMA_OF_MAD * statistics.median(abs(value - middle) for value in values)
    return ERROR_OF_MEDIAN * spread / math.sqrt(len(values))


def limit(kind, before, after):
    """`before`, `after`: the figures of each window."""
    share = SHARE * abs(statistics.median(before))
    if kind == COUNT:
        return 0
    if kind == TOLD:
        return math.inf
    if kind == MEMORY:
        return max(share, HEAP_STEP_KB)
    return share + ERRORS * math.hypot(error_of_median(before), error_of_median(after))


def window(samples, begin, end, figure):
    """Of the time from the first to the last, shares of it; of few looks the first one that is not before."""
    first, last = samples[0]["at"], samples[-1]["at"]
    share = lambda sample: (sample["at"] - first) / ((last - first) or 1)
    known = [sample for sample in samples if share(sample) >= begin and sample.get(figure) is not None]
    return [sample[figure] for i, sample in enumerate(known) if share(sample) <= end or i == 0]


def judge(samples):
    """[{"at", "who", figures...}], those at rest only. What died and began anew in between is not compared: its lives
    are told apart by "life"."""
    verdicts = []
    for who in dict.fromkeys(sample["who"] for sample in samples):
        own = [sample for sample in samples if sample["who"] == who]
        if len({sample["life"] for sample in own}) > 1:
            continue
        for figure, (_, kind, _) in FIGURES.items():
            before, after = window(own, 0.1, 0.2, figure), window(own, 0.9, 1, figure)
            if before and after:
                verdicts.append(Verdict(who, figure, statistics.median(before), statistics.median(after),
                                        limit(kind, before, after)))
    return verdicts


def judge_two(first, second):
    """Two looks only, for a short run: what is counted. Memory finds its full size later than that."""
    before = {sample["who"]: sample for sample in first}
    return [Verdict(sample["who"], figure, before[sample["who"]][figure], sample[figure], 0)
            for sample in second for figure, (_, kind, _) in FIGURES.items()
            if kind == COUNT and sample["who"] in before and sample["life"] == before[sample["who"]]["life"]]


def later_growth(samples, figure):
    """Of the second half alone, %: what fills up has come to rest by then, what leaks has not."""
    before, after = window(samples, 0.5, 0.6, figure), window(samples, 0.9, 1, figure)
    return 100 * (statistics.median(after) / statistics.median(before) - 1) if before and after else 0.0


def judge_history(rows, expected, failed):
    """A row for each call, of each who keeps a history; a call that failed may have none. Lines of what is wrong."""
    return [f"{who} has {rows.get(who, 0)} rows of history for {calls} calls" for who, calls in sorted(expected.items())
            if who in rows and abs(rows[who] - calls) > failed]
