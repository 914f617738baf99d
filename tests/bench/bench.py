#!/usr/bin/env python3
"""Every figure of the media engine beside headless Chromium's, on the same emulated network in the same run:
./run bench. Needs root, /dev/net/tun, iproute2, chromium. Writes bench.json and plots into --out, a table on stdout
and, with --readme, into tests/bench/README.md."""
import argparse, json, os, signal, sys, time

import plot
from rows import ALL, Row
from tables import table, write_between

README = ("tests/bench/README.md", "<!-- bench -->", "<!-- /bench -->")
COLUMNS = {"ours": "ours", "browser": "Chromium"}


def save(rows, out):
    os.makedirs(out, exist_ok=True)
    with open(os.path.join(out, "bench.json"), "w") as file:
        json.dump({"rows": [{"what": row.what, "unit": row.unit, "goal": row.goal, "ours": row.ours,
                             "browser": row.browser, "met": row.met(), **({"why": row.why} if row.why else {})}
                            for row in rows]}, file, indent=1)
    pictures = {"bars.svg": plot.bars("Each figure as a share of its goal: shorter is better", rows)}
    for row in rows:
        plots = getattr(row, "plots", None)
        if plots:
            series = lambda key: {name: values[key] if values else None for name, values in plots.items()}
            pictures["queue.svg"] = plot.lines(
                "Queue on a link that narrows at 0 s from 2000 to 500 kbit/s and widens at 15 s", "ms",
                series("queue"), 100)
            pictures["rate.svg"] = plot.lines("What passes meanwhile", "kbit/s", series("rate"))
    for name, picture in pictures.items():
        if picture:
            with open(os.path.join(out, name), "w") as file:
                file.write(picture)


def main():
    os.environ["CALLAPI_HISTORY"] = "none"     # of nobody's calls
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=20, help="how often what has a median is repeated")
    parser.add_argument("--quick", action="store_true", help="as --runs 3")
    parser.add_argument("--only", action="append", help="rows: " + ", ".join(function.__name__ for function in ALL))
    parser.add_argument("--out", default="out/bench")
    parser.add_argument("--readme", action="store_true",
                        help="write the table, or with --only its rows, into tests/bench/README.md")
    options = parser.parse_args()
    if os.geteuid() or not os.path.exists("/dev/net/tun"):
        sys.exit("bench: network namespaces need root and /dev/net/tun")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    rows, began = [], time.time()
    for function in ALL:
        if options.only and function.__name__ not in options.only:
            continue
        try:
            rows += function(3 if options.quick else options.runs)
        except Exception as error:
            rows.append(Row(function.__name__, "", 0, why=f"{type(error).__name__}: {error}"))
        save(rows, options.out)         # what there is so far, should something end it
        print(f"bench: {function.__name__} done, {time.time() - began:.0f} s", file=sys.stderr, flush=True)
    print(table(rows, COLUMNS))
    if options.readme:
        write_between(*README, table(rows, COLUMNS), part=bool(options.only))
    print(f"bench: {sum(row.met() for row in rows)} of {len(rows)} goals met; {options.out}/bench.json")


main()
