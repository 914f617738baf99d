"""Figures as people read them, and a place in a README for a table of them."""
import sys


def figure(value):
    return "-" if value is None else f"{value:.0f}" if abs(value) >= 10 or value == int(value) else f"{value:.1f}"


def missed(row):
    if row.ours is None:
        return f"not measured ({row.why})" if row.why else "not measured"
    if row.goal is None:
        return "-"
    if row.met():
        return "yes"
    return f"no, by {figure(row.ours - row.goal)} {row.unit}"


def table(rows, names):
    """Markdown. `names`: {field of a row: its column's title}"""
    lines = [f"| what | goal | {' | '.join(names.values())} | met |", "|---" * (3 + len(names)) + "|"]
    for row in rows:
        unit = f" {row.unit}" if row.unit else ""
        figures = [f"{figure(row.goal)}{unit}", *(figure(getattr(row, name)) for name in names), missed(row)]
        lines.append(f"| {row.what} | {' | '.join(figures)} |")
    return "\n".join(lines)


def rows_of(text):
    """Of a table, its head as well: {what stands in the first column: line}"""
    return {line.split("|")[1].strip(): line for line in text.splitlines() if line.startswith("|")}


def write_between(path, begin, end, text, part=False):
    """Replaces the table that stands between two lines of the file; `part`: its rows that are in `text`, too."""
    with open(path) as file:
        before = file.read()
    if begin not in before or end not in before:
        sys.exit(f"bench: {path} has no {begin} ... {end}")
    head, rest = before.split(begin, 1)
    old, rest = rest.split(end, 1)
    if part:
        text = "\n".join({**rows_of(old), **rows_of(text)}.values())
    with open(path, "w") as file:
        file.write(f"{head}{begin}\n{text}\n{end}{rest}")
