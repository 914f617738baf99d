#!/usr/bin/python3
"""What ran of a module: coverage.py FILE_OR_FOLDER... <EXPORT, where EXPORT is what `llvm-cov export` writes. Prints
the share of lines that ran, and the functions that never did."""
import json
import os
import sys

data = json.load(sys.stdin)['data'][0]
# As the compiler was given them: absolute, or relative to somewhere (ccache).
covers = [os.path.join('/', cover) + ('' if cover.endswith('.c') else '/') for cover in sys.argv[1:]]


def is_covered(name):
    return name.endswith('.c') and any(cover in os.path.join('/', name) for cover in covers)


lines = ran = 0
for file in data['files']:
    if is_covered(file['filename']):
        lines += file['summary']['lines']['count']
        ran += file['summary']['lines']['covered']
counts = {}
for function in data['functions']:
    if is_covered(function['filenames'][0]):
        name = function['name'].split(':')[-1]
        counts[name] = counts.get(name, 0) + function['count']
print(f"{100 * ran / lines if lines else 0:.1f} % of the {lines} lines of {' '.join(sys.argv[1:])}")
never = sorted(name for name, count in counts.items() if not count)
if never:
    print('  never ran: ' + ', '.join(never))
