"""A soak as one SVG: each process's memory, descriptors, threads and wake-ups beside what it had after the first tenth,
and what happened when."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "bench"))

from plot import svg, text

import judge

WIDTH, PANEL, LEFT, RIGHT, TOP = 900, 190, 70, 150, 30
COLOURS = ["#0b6e99", "#c2571a", "#3a7d34", "#8a4fbf", "#b0413e", "#6b6b6b", "#b58900", "#1aa3a3", "#d05ca8", "#2f4ba0",
           "#7a5230", "#5f9ea0", "#e07b39"]
PANELS = (("anonymous_kb", "own memory, % more than after the first tenth", True),
          ("descriptors", "descriptors more", False), ("threads", "threads more", False),
          ("wakeups", "wake-ups a second", None))


def series(samples, figure, relative):
    """{who: [(minutes, value)]}"""
    lines = {}
    for who in dict.fromkeys(sample["who"] for sample in samples):
        own = [sample for sample in samples if sample["who"] == who and sample.get(figure) is not None]
        if not own:
            continue
        base = judge.statistics.median(judge.window(own, 0.1, 0.2, figure) or [own[0][figure]])
        value = {True: lambda x, base=base: 100 * (x / base - 1) if base else 0, False: lambda x, base=base: x - base,
                 None: lambda x: x}[relative]
        lines[who] = [(sample["at"] / 60, value(sample[figure])) for sample in own]
    return lines


def bounds(lines, relative):
    """A soak that stays shows that it does: never less than 2 % or two of them."""
    values = [y for points in lines.values() for _, y in points]
    low, high = min(values, default=0), max(values, default=1)
    return (min(low, -2), max(high, 2)) if relative is not None else (0, high or 1)


def panel(samples, row, figure, title, relative, end):
    lines, top = series(samples, figure, relative), TOP + row * PANEL
    low, high = bounds(lines, relative)
    height = PANEL - 50
    place = lambda x, y: (LEFT + x / (end or 1) * (WIDTH - LEFT - RIGHT),
                          top + height - (y - low) / (high - low) * height)
    parts = [text(LEFT, top - 8, title)]
    for i in range(5):
        value = low + (high - low) * i / 4
        y = place(0, value)[1]
        parts.append(f'<path d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}" stroke="#ddd"/>'
                     + text(LEFT - 6, y + 4, f"{value:.1f}", "end", size=11))
    for i, points in enumerate(lines.values()):
        path = "L".join(f"{x:.1f} {y:.1f}" for x, y in (place(*point) for point in points))
        parts.append(f'<path d="M{path}" fill="none" stroke="{COLOURS[i % len(COLOURS)]}" stroke-width="1.4"/>')
    return parts


def happened(faults, end):
    """Which of them, by its first letters, at the bottom."""
    y = TOP + len(PANELS) * PANEL
    parts = [text(LEFT, y - 26, "minutes, and what happened", size=11, colour="#555")]
    for at, name in faults:
        x = LEFT + at / 60 / (end or 1) * (WIDTH - LEFT - RIGHT)
        parts.append(f'<path d="M{x:.1f} {TOP}V{y - 40}" stroke="#c2571a" stroke-opacity="0.18"><title>{name}, minute '
                     f'{at / 60:.0f}</title></path>')
    for i in range(6):
        minute = end * i / 5
        parts.append(text(LEFT + i / 5 * (WIDTH - LEFT - RIGHT), y - 10, f"{minute:.0f}", "middle", size=11))
    return parts


def draw(path, samples, faults):
    """`samples`: of the judge; `faults`: [(seconds, name)]."""
    end = max(sample["at"] for sample in samples) / 60
    parts = [text(WIDTH - RIGHT + 10, TOP + 16 * i, who, colour=COLOURS[i % len(COLOURS)], size=12)
             for i, who in enumerate(dict.fromkeys(sample["who"] for sample in samples))]
    for row, (figure, title, relative) in enumerate(PANELS):
        parts += panel(samples, row, figure, title, relative, end)
    parts += happened(faults, end)
    with open(path, "w", encoding="utf-8") as file:
        file.write(svg(parts, WIDTH, TOP + len(PANELS) * PANEL))
