#!/usr/bin/env python3
"""Whether a port to Windows is a folder: every file of C outside platform/ is read by a compiler for it (mingw-w64),
none is built. The libraries' headers are this system's (include/ has what stands in for those that are made for one
system). check.py BUILD_DIRECTORY: that with the compile_commands.json. What was found good is not read again."""
import concurrent.futures, hashlib, json, os, pathlib, shlex, shutil, subprocess, sys

COMPILER = "x86_64-w64-mingw32-gcc"
# Without building, so what would only be wrong in the program is wrong here: a function that Windows lacks, a pointer
# in a number.
FLAGS = ["-fsyntax-only", "-std=gnu11", "-D_WIN32_WINNT=0x0A00", "-D__USE_MINGW_ANSI_STDIO=1", "-Wall", "-Wextra",
         "-Wno-missing-field-initializers", "-Werror",
         "-Dcap_value_t=int"]  # lws_config.h says that this machine has libcap
# Headers of libraries that stand among glibc's.
NAMES = ["cjson", "fontconfig", "jwt.h", "libavcodec", "libavdevice", "libavfilter", "libavformat", "libavutil",
         "libswresample", "libswscale", "libwebsockets", "libwebsockets.h", "lws_config.h", "mosquitto.h",
         "mqtt_protocol.h", "nice", "openssl", "opus", "qrencode.h", "speex", "sqlite3.h", "srtp2", "stun", "uv",
         "uv.h", "zbar", "zbar.h"]

source, build = pathlib.Path(__file__).resolve().parents[2], pathlib.Path(sys.argv[1]).resolve()
if not shutil.which(COMPILER):
    print(f"windows: no {COMPILER} here (Debian: gcc-mingw-w64-x86-64)")
    sys.exit(77)


def link_headers(folder, roots):
    """One folder with those headers, without the C library's beside them; a library's may be in several roots."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for root in roots:
        for name in NAMES:
            found = root / name
            if found.is_dir():
                (folder / name).mkdir(exist_ok=True)
                for header in found.iterdir():
                    (folder / name / header.name).symlink_to(header)
            elif found.exists():
                (folder / name).symlink_to(found)


def arguments_of(command, roots):
    """Definitions and folders of headers, those of the C library left out."""
    words, found = shlex.split(command["command"]), []
    for i, word in enumerate(words):
        if word.startswith("-D") and word != "-D_REENTRANT":
            found.append(word)
        elif word == "-isystem" and pathlib.Path(words[i + 1]) not in roots:
            found += [word, words[i + 1]]
        elif word.startswith("-I") and pathlib.Path(word[2:]) not in roots:
            found.append(word)
    return [word for word in found if "_FORTIFY_SOURCE" not in word]


def is_known(stamp):
    """Whether this was found good, with each header as it is now."""
    try:
        lines = stamp.read_text().splitlines()
        return all(digest(name) == was for was, name in (line.split(" ", 1) for line in lines))
    except OSError:
        return False


digests = {}


def digest(name):
    if name not in digests:
        digests[name] = hashlib.sha1(pathlib.Path(name).read_bytes()).hexdigest()
    return digests[name]


def read(file, arguments):
    """What the compiler complains of; "" where it does not."""
    kept = hashlib.sha1(" ".join([str(file), *FLAGS, *arguments]).encode()).hexdigest()
    stamp, needed = work / f"{kept}.good", work / f"{kept}.d"
    if is_known(stamp):
        return ""
    done = subprocess.run([COMPILER, *FLAGS, "-MMD", "-MF", needed, *arguments, file], cwd=source, capture_output=True,
                          text=True)
    if done.returncode:
        return done.stderr
    names = needed.read_text().replace("\\\n", " ").split()[1:]
    ours = [str(source / name) for name in names if not name.startswith("/usr/")]
    stamp.write_text("".join(f"{digest(name)} {name}\n" for name in ours))
    return ""


work = build / "windows"
multiarch = subprocess.run(["gcc", "-print-multiarch"], capture_output=True, text=True).stdout.strip()
roots = [pathlib.Path("/usr/include"), pathlib.Path("/usr/include") / multiarch]
link_headers(work / "include", roots)
before = ["-isystem", str(source / "tests/windows/include")]
behind = ["-isystem", str(work / "include")]
files = {}
for command in json.loads((build / "compile_commands.json").read_text()):
    file = pathlib.Path(command["file"]).relative_to(source)
    if file.suffix == ".c" and file.parts[0] in ("app", "engine", "net", "render") and "examples" not in file.parts:
        files[file] = before + arguments_of(command, roots) + behind
with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
    said = dict(zip(files, pool.map(read, files.keys(), files.values())))
wrong = [file for file in files if said[file]]
for file in wrong:
    print("\n".join(said[file].splitlines()[:12]))
print(f"windows: {len(files) - len(wrong)} of {len(files)} files are read")
sys.exit(bool(wrong or not files))
