#!/usr/bin/env python3
"""What systemd says of how much the units may: 2.0 at the most, and each line that is left open is explained in
platform/PACKAGES.md. units.py TREE"""
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

MOST, SKIPPED = 2.0, 77
UNITS = {"callapi-hub": "hub", "callapi-kiosk": "kiosk"}
tree = pathlib.Path(sys.argv[1])
if not shutil.which("systemd-analyze"):
    print("skipped: there is no systemd-analyze here")
    sys.exit(SKIPPED)

table = {}      # (unit, what): it is explained
for what, whose in re.findall(r"^\| ([A-Z][^|]*) \| (hub|kiosk|both) \|",
                              (tree / "platform/PACKAGES.md").read_text(encoding="utf-8"), re.M):
    for name in what.split(", "):
        for unit in UNITS.values() if whose == "both" else [whose]:
            table[(unit, name)] = False


def short(name):
    """Of what systemd-analyze calls it: "RestrictAddressFamilies=~AF_UNIX" is AF_UNIX here."""
    key, _, value = name.rstrip("=").partition("=~")
    value = value.split("|")[0] + ")" if value.startswith("CAP_") else value.replace("|", " or ")
    return name if key == "SystemCallFilter" else value or key.split("=")[0]


failures = []
with tempfile.TemporaryDirectory() as folder:
    for unit, name in UNITS.items():
        text = (tree / f"platform/systemd/{unit}.service.in").read_text(encoding="utf-8")
        path = pathlib.Path(folder, unit + ".service")
        path.write_text(text.replace("@bindir@", "/usr/bin").replace("@docdir@", "/usr/share/doc"), encoding="utf-8")
        said = subprocess.run(["systemd-analyze", "security", "--offline=yes", "--json=short", path],
                              capture_output=True, text=True, check=False)
        rows = json.loads(said.stdout)
        exposed = [row for row in rows if row["exposure"] and not row["set"]]
        for row in exposed:
            what = short(row["name"])
            if (name, what) not in table:
                failures.append(f"{unit}: {what} ({row['description']}) is open and not explained")
            table[(name, what)] = True
        summary = subprocess.run(["systemd-analyze", "security", "--offline=yes", "--no-pager", path],
                                 capture_output=True, text=True, check=False).stdout
        level = float(re.search(r"exposure level.*: ([0-9.]+)", summary)[1])
        print(f"{unit}: {level}, {len(exposed)} lines open")
        if level > MOST:
            failures.append(f"{unit}: {level} is over {MOST}")
failures += [f"the {unit}'s {what} is explained and not open" for (unit, what), found in table.items() if not found]
sys.exit("\n".join(failures) if failures else 0)
