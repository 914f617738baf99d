#!/usr/bin/env python3
"""The bill of materials names all that is loaded, in the versions that are installed, and all of others' in the assets.
sbom.py TREE CALLAPI"""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

SKIPPED = 77
tree, program = pathlib.Path(sys.argv[1]), sys.argv[2]
if not shutil.which("dpkg-query"):
    print("skipped: no Debian package is known here")
    sys.exit(SKIPPED)


def said(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


bill = json.loads(said(str(tree / "platform/debian/sbom.py"), str(tree), program))
assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.5"), bill
versions = {part["name"]: part.get("version") for part in bill["components"]}
references = [part["bom-ref"] for part in bill["components"]]
assert len(references) == len(set(references)), "a component is there twice"

# What the loader maps, asked of the running program and not of ldd.
loaded = subprocess.run([program, "--version"], env={**os.environ, "LD_TRACE_LOADED_OBJECTS": "1"}, capture_output=True,
                        text=True, check=True).stdout
paths = {os.path.realpath(path) for path in re.findall(r"=> (/\S+)", loaded)}
assert len(paths) > 30, loaded
owners = subprocess.run(["dpkg-query", "-S", *(name for path in paths for name in (path, path.removeprefix("/usr")))],
                        capture_output=True, text=True, check=False).stdout
packages = {line.split(":")[0].split(",")[0] for line in owners.splitlines()}
for line in said("dpkg-query", "-W", "-f", "${Package} ${Version}\\n", *packages).splitlines():
    package, wanted = line.split()
    assert versions.get(package) == wanted, f"{package} {wanted} is {versions.get(package, 'not in the bill')}"

(ours,) = [entry["dependsOn"] for entry in bill["dependencies"] if entry["ref"] == "callapi"]
assert set(ours) <= set(references) and any("/libavcodec" in name for name in ours), ours

places = {property["value"] for part in bill["components"] for property in part["properties"]
          if property["name"] == "place"}
for licence in (tree / "assets").rglob("*LICENSE*"):
    place = licence.parent.relative_to(tree).as_posix()
    assert any(named == place or named.startswith(place + "/") for named in places), f"{place} is not in the bill"
print(f"{len(packages)} packages and {len(places)} parts of others are in the bill")
