#!/usr/bin/env python3
"""Watching live streams beside ffplay and mpv, the same stream in the same run, judged from the screen: ./run bench
live. Writes live.json into --out, a table on stdout and, with --readme, into README.md."""
import argparse, json, os, signal, sys, time

from live_rows import ALL, QUICK, Plan, Row
from tables import table, write_between

README = ("README.md", "<!-- live -->", "<!-- /live -->")
COLUMNS = {"ours": "ours", "ffplay": "ffplay", "mpv": "mpv"}
ORDER = ("start to first picture", "source to screen")         # these stand together; the others follow


def in_order(rows):
    return sorted(rows, key=lambda row: next((i for i, what in enumerate(ORDER) if row.what.startswith(what)), 9))


def save(rows, out):
    os.makedirs(out, exist_ok=True)
    with open(os.path.join(out, "live.json"), "w") as file:
        json.dump({"rows": [{"what": row.what, "unit": row.unit, "goal": row.goal, "ours": row.ours,
                             "ffplay": row.ffplay, "mpv": row.mpv, "met": row.met(),
                             **({"why": row.why} if row.why else {})} for row in rows]}, file, indent=1)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer runs, shorter ones")
    parser.add_argument("--only", action="append", choices=[function.__name__ for function in ALL], metavar="NAME",
                        help="rows: " + ", ".join(function.__name__ for function in ALL))
    parser.add_argument("--out", default="out/bench")
    parser.add_argument("--readme", action="store_true",
                        help="write the table, or with --only its rows, into README.md")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    plan, rows, began = QUICK if options.quick else Plan(), [], time.time()
    for function in ALL:
        if options.only and function.__name__ not in options.only:
            continue
        try:
            rows += function(plan)
        except Exception as error:
            rows.append(Row(function.__name__, "", None, why=f"{type(error).__name__}: {error}"))
        rows = in_order(rows)
        save(rows, options.out)         # what there is so far, should something end it
        print(f"bench: {function.__name__} done, {time.time() - began:.0f} s", file=sys.stderr, flush=True)
    print(table(rows, COLUMNS))
    if options.readme:
        write_between(*README, table(rows, COLUMNS), part=bool(options.only))
    print(f"bench: {sum(row.met() for row in rows)} of {len(rows)} goals met; {options.out}/live.json")


main()
