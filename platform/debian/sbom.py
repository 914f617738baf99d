#!/usr/bin/env python3
"""What the program consists of, as a CycloneDX 1.5 document on standard output: it, what lies in its assets of others,
and every Debian package that one of its shared libraries comes from. sbom.py TREE PROGRAM

Which of them the program names itself (DT_NEEDED) stands in "dependencies"; the others come with those."""
import datetime
import json
import os
import pathlib
import re
import subprocess
import sys
import uuid

VENDORED = {  # in the assets: where, and by what
    "qrcode-generator": ("assets/web/vendor/qrcode.js", "MIT"),
    "Inter": ("assets/fonts", "OFL-1.1"),
}


def said(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def libraries(program):
    """{soname: path} of all that is loaded with it."""
    found = re.findall(r"^\s*(\S+) => (/\S+)", said("ldd", program), re.M)
    return {name: os.path.realpath(path) for name, path in found}


def packages_of(paths):
    """{path: package}; the merged /usr may be known by its old name."""
    names = {name: path for path in paths for name in (path, path.removeprefix("/usr"))}
    owners = subprocess.run(["dpkg-query", "-S", *names], capture_output=True, text=True, check=False).stdout
    found = {names[name]: package.split(",")[0] for package, name in re.findall(r"^(\S+): (/.*)$", owners, re.M)
             if name in names}
    if missing := set(paths) - set(found):
        sys.exit(f"sbom: no Debian package has {', '.join(sorted(missing))}")
    return found


def licences(package):
    """Short names as the package's copyright file has them (DEP 5), where it is written so."""
    file = pathlib.Path("/usr/share/doc", package.split(":")[0], "copyright")
    if not file.exists():
        return []
    text = file.read_text(encoding="utf-8", errors="replace")
    if "copyright-format" not in text:
        return []
    return sorted({name.strip() for name in re.findall(r"^License:\s*(\S[^\n]*)", text, re.M)})


def components_of(packages, distribution):
    """{package: its component}"""
    form = "${binary:Package}\t${Package}\t${Architecture}\t${Version}\t${source:Package} ${source:Version}\n"
    found = {}
    for line in said("dpkg-query", "-W", "-f", form, *packages).splitlines():
        known_as, name, architecture, version, source = line.split("\t")
        reference = f"pkg:deb/debian/{name}@{version}?arch={architecture}&distro={distribution}"
        part = {"type": "library", "bom-ref": reference, "name": name, "version": version, "purl": reference,
                "properties": [{"name": "debian:source", "value": source}]}
        if named := licences(name):
            part["licenses"] = [{"license": {"name": licence}} for licence in named]
        found[known_as] = found[f"{name}:{architecture}"] = part
    return found


def others(tree):
    for name, (place, licence) in VENDORED.items():
        if not (tree / place).exists():
            sys.exit(f"sbom: {place} is not there any more")
        yield {"type": "library", "bom-ref": name, "name": name, "licenses": [{"license": {"name": licence}}],
               "properties": [{"name": "place", "value": place}]}


def main():
    tree, program = pathlib.Path(sys.argv[1]), sys.argv[2]
    version = re.search(r"^project\(callapi VERSION ([0-9.]+)", (tree / "CMakeLists.txt").read_text(), re.M)[1]
    system = dict(re.findall(r'^(\w+)="?([^"\n]*)', pathlib.Path("/etc/os-release").read_text(), re.M))
    distribution = f"{system.get('ID', 'unknown')}-{system.get('VERSION_ID', 'sid')}"
    loaded = libraries(program)
    owners = packages_of(sorted(set(loaded.values())))
    parts = components_of(sorted(set(owners.values())), distribution)
    named = re.findall(r"\(NEEDED\).*\[(.*?)\]", said("readelf", "-dW", program))
    direct = sorted({parts[owners[loaded[name]]]["bom-ref"] for name in named if name in loaded})
    components = [*others(tree), *{part["bom-ref"]: part for part in parts.values()}.values()]
    whole = {"type": "application", "bom-ref": "callapi", "name": "callapi", "version": version,
             "licenses": [{"license": {"id": "MIT"}}]}
    made = datetime.datetime.fromtimestamp(int(os.environ.get("SOURCE_DATE_EPOCH", "0")) or
                                           os.stat(program).st_mtime, datetime.timezone.utc)
    content = json.dumps([whole, components], sort_keys=True)
    json.dump({"bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1,
               "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, content)}",
               "metadata": {"timestamp": made.strftime("%Y-%m-%dT%H:%M:%SZ"), "component": whole},
               "components": components, "dependencies": [{"ref": "callapi", "dependsOn": direct}]},
              sys.stdout, indent=1)
    print()


main()
