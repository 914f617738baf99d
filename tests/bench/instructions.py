#!/usr/bin/env python3
"""How many instructions a picture takes that is encoded, decoded, drawn, and so a second of a call, counted by
valgrind's callgrind: the same on every run, whatever else the machine does. ./run bench instructions. Writes
instructions.json into --out, a table on stdout and, with --readme, into tests/bench/README.md. For two processors of
Raspberry Pis it says what that would be of one core (README.md has how that is reckoned)."""
import argparse, json, os, re, signal, subprocess, sys

from tables import write_between

README = ("tests/bench/README.md", "<!-- instructions -->", "<!-- /instructions -->")
BUILD = "build/plain"
FEW, MANY = 10, 40                      # pictures: the difference is counted
SIZES = {"1280x720": "720p", "960x540": "540p"}
WORKS = {"encode-h264": "encoded, H.264", "encode-vp8": "encoded, VP8", "decode-h264": "decoded, H.264",
         "decode-vp8": "decoded, VP8", "draw": "drawn, a call in a window of 1280x720",
         "draw-1080": "drawn, a call in a window of 1920x1080"}
# Instructions per second of one core, and how many of its own stand for one of x86's.
ARM_FOR_X86 = 1.5
CORES = {"A72 at 1.8 GHz": 1.8e9 * 1.2, "A76 at 2.4 GHz": 2.4e9 * 2.0}


# ---- pictures ----

def count(work, size, pictures):
    command = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", f"{BUILD}/tests/bench_instructions",
               work, size, str(pictures)]
    environment = {**os.environ, "LD_PRELOAD": os.path.abspath(f"{BUILD}/tests/bench/libtimer_resolution.so")}
    done = subprocess.run(command, capture_output=True, text=True, timeout=1800, env=environment)
    found = re.search(r"Collected : (\d+)", done.stderr)
    if done.returncode or not found:
        sys.exit(f"bench: {' '.join(command)} failed: {done.stderr[-500:]}")
    return int(found.group(1))


def pictures(works):
    for work in works:
        for size, name in SIZES.items():
            each = (count(work, size, MANY) - count(work, size, FEW)) / (MANY - FEW)
            yield {"what": f"a picture of {name} {WORKS[work]}", "instructions": round(each), "per_second": 30}


# ---- a call ----

def calls(rows):
    """What its three parts take, added, where all three were counted."""
    by_name = {row["what"]: row["instructions"] for row in rows}
    for name in SIZES.values():
        parts = [by_name.get(f"a picture of {name} {WORKS[work]}") for work in ("encode-h264", "decode-h264", "draw")]
        if all(parts):
            yield {"what": f"a second of a call both ways, {name}30: the pictures of H.264 alone, drawn in 1280x720",
                   "instructions": 30 * sum(parts), "per_second": 1}


# ---- what it is good for ----

def share(row, core):
    return row["instructions"] * row["per_second"] * ARM_FOR_X86 / CORES[core]


def millions(row):
    return f"{row['instructions'] / 1e6:.1f}" if row["instructions"] < 1e8 else f"{row['instructions'] / 1e6:.0f}"


def table(rows):
    heads = " | ".join(f"of an {core}, 30 a second" for core in CORES)
    lines = [f"| what | million instructions | {heads} |", "|---" * (2 + len(CORES)) + "|"]
    for row in rows:
        shares = " | ".join(f"{share(row, core):.0%}".replace("%", " %") for core in CORES)
        lines.append(f"| {row['what']} | {millions(row)} | {shares} |")
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", action="append", choices=WORKS, help="some of it; may be repeated")
    parser.add_argument("--out", default="out/bench")
    parser.add_argument("--readme", action="store_true",
                        help="write the table, or with --only its rows, into tests/bench/README.md")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    chosen = options.only or WORKS
    rows = []
    for row in pictures([work for work in WORKS if work in chosen]):
        rows.append(row)
        print(f"bench: {row['what']}: {row['instructions']}", file=sys.stderr, flush=True)
    rows += calls(rows)
    os.makedirs(options.out, exist_ok=True)
    with open(os.path.join(options.out, "instructions.json"), "w") as file:
        json.dump({"rows": [{**row, **{core: share(row, core) for core in CORES}} for row in rows]}, file, indent=1)
    print(table(rows))
    if options.readme:
        write_between(*README, table(rows), part=bool(options.only))


main()
