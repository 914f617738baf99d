#!/usr/bin/env bash
# The arrows of the house, from the include lines: a folder includes what the LINKS of its CMakeLists.txt name, all of
# it and nothing else; no arrows go in a circle; a *parts.h is its own folder's; what a library is for stays where it
# is. What ARCHITECTURE.md names has to be there, too. layers.sh --draw prints the picture that it shows.
set -eu
cd "$(dirname "${BASH_SOURCE[0]}")/.."
exec python3 - "$@" <<'PYTHON'
import pathlib, re, sys

TOPS = ("platform", "engine", "net", "render", "app")
# What only some folders may know (and who tells its version): a pattern of system headers, and the folders.
SYSTEM = {
    r"libwebsockets|uv\.h": ("net/connection", "net/hub", "net/signal"),
    r"nice/|agent\.h|srtp2/": ("net/transport",),
    r"mosquitto": ("net/mqtt",),
    r"libsoup": ("net/http",),
    r"jwt": ("net/protocol",),
    r"SDL": ("platform", "render", "app/screen", "app/client", "app/setup", "app/station", "app/commands"),
    r"sqlite3": ("app/kiosk",),
    r"zbar": ("app/setup",),
    r"opus": ("engine/audio",),
}
# What is no folder of C: the table of calls and the words of safety codes. The page has both.
DATA = {"engine/call": ("assets/web/call/rules.inc", "assets/web/call/words.inc")}
failures = []


def sources():
    """{folder: [file]} of all that is compiled or included."""
    folders = {}
    for top in TOPS:
        for path in sorted(pathlib.Path(top).rglob("*")):
            if path.suffix in (".c", ".h", ".cc") and "examples" not in path.parts:
                folders.setdefault(str(path.parent), []).append(path)
    return folders


def links(folder):
    """The folders that the CMakeLists.txt of `folder` names."""
    text = (pathlib.Path(folder) / "CMakeLists.txt").read_text()
    call = re.search(r"callapi_folder\(" + re.escape(folder) + r"\b([^)]*)\)", text)
    if not call:
        sys.exit(f"{folder}/CMakeLists.txt has no callapi_folder({folder} ...)")
    named = re.search(r"\bLINKS\b(.*?)(?=\bPACKAGES\b|$)", call.group(1), re.S)
    return set(named.group(1).split()) if named else set()


def includes(path):
    """(line, quoted?, header) of a file."""
    for number, line in enumerate(path.read_text().splitlines(), 1):
        found = re.match(r'#include ([<"])([^>"]+)', line)
        if found:
            yield number, found.group(1) == '"', found.group(2)


def look_at(folder, files, arrows):
    """Complains of each include that may not be; returns the folders that are included."""
    used = set()
    for path in files:
        for number, ours, header in includes(path):
            if header in DATA.get(folder, ()):
                continue
            where = str(pathlib.PurePath(header).parent) if ours and "/" in header else folder
            if not ours:
                for pattern, may in SYSTEM.items():
                    if re.match(pattern, header) and not str(path).startswith((*may, "app/commands/version.c")):
                        failures.append(f"{path}:{number}: <{header}> belongs to {', '.join(may)}")
            elif where != folder:
                used.add(where)
                if where not in arrows:
                    failures.append(f"{path}:{number}: {folder} has no arrow to {where}")
                if header.endswith("parts.h"):
                    failures.append(f"{path}:{number}: {header} is private to {where}")
    return used


def plan_is_true():
    """What ARCHITECTURE.md names is there: `file: function` as it stands there, and each path."""
    for number, line in enumerate(pathlib.Path("ARCHITECTURE.md").read_text().splitlines(), 1):
        for span in re.findall(r"`([^`]+)`", line):
            path, _, function = span.partition(": ")
            if not re.fullmatch(r"(app|engine|net|render|platform|tests|assets)/[\w./-]*", path):
                continue
            if not pathlib.Path(path).exists():
                failures.append(f"ARCHITECTURE.md:{number}: there is no {path}")
            elif function and not re.search(rf"^\w.*\b{function}\(", pathlib.Path(path).read_text(), re.M):
                failures.append(f"ARCHITECTURE.md:{number}: {path} defines no {function}")


def heights(house):
    """{folder: height}, the ground floor at 0; complains of a circle."""
    height = {}
    while len(height) < len(house):
        ready = [f for f in house if f not in height and house[f] <= height.keys()]
        if not ready:
            failures.append("a circle: " + ", ".join(sorted(f for f in house if f not in height)))
            break
        height |= {f: 1 + max((height[t] for t in house[f]), default=-1) for f in ready}
    return height


def picture(house):
    """The house as Mermaid draws it; an arrow that others make up for is left out."""
    def below(folder):
        return house[folder].union(*map(below, house[folder])) if house[folder] else set()
    lines = ["```mermaid", "flowchart TD"]
    for top in reversed(TOPS):
        lines.append(f"  subgraph {top}")
        lines += [f"    {f.replace('/', '_')}[{f}]" for f in sorted(house) if f.split("/")[0] == top]
        lines.append("  end")
    for folder in sorted(house):
        direct = {t for t in house[folder] if not any(t in below(other) for other in house[folder])}
        lines += [f"  {folder.replace('/', '_')} --> {t.replace('/', '_')}" for t in sorted(direct)]
    return "\n".join([*lines, "```"])


folders = sources()
house = {folder: links(folder) for folder in folders}
for folder, files in folders.items():
    used = look_at(folder, files, house[folder])
    for unused in sorted(house[folder] - used):
        failures.append(f"{folder}/CMakeLists.txt: an arrow to {unused}, of which nothing is included")
height = heights(house)
plan_is_true()
if "--draw" in sys.argv:
    print(picture(house))
elif not failures and picture(house) not in pathlib.Path("ARCHITECTURE.md").read_text():
    failures.append("ARCHITECTURE.md shows another house: see tests/layers.sh --draw")
for failure in failures:
    print(failure, file=sys.stderr)
if not failures and "--draw" not in sys.argv:
    arrows = sum(map(len, house.values()))
    print(f"{len(house)} folders on {max(height.values()) + 1} floors, {arrows} arrows, none back up")
sys.exit(bool(failures))
PYTHON
