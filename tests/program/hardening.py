#!/usr/bin/env python3
"""What makes an attacker's work harder is in the binaries, and a hub that knows secrets leaves none of them behind when
it crashes. hardening.py CALLAPI LIBRARY"""
import os, pathlib, re, resource, signal, subprocess, sys, tempfile

program, library = map(os.path.abspath, sys.argv[1:])


def fail(what):
    sys.exit(f"hardening: {what}")


def readelf(*words):
    return subprocess.run(["readelf", "-W", *words], capture_output=True, text=True, check=True).stdout


for path in program, library:
    header, dynamic, segments, symbols = (readelf(option, path) for option in ("-h", "-d", "-l", "--dyn-syms"))
    stack = re.search(r"GNU_STACK.*?0x[0-9a-f]+ (RWE|RW)", segments)
    wanted = {"position-independent": re.search(r"Type:\s+DYN", header),
              "relocations read-only": "GNU_RELRO" in segments,
              "bound at the start (-z now)": re.search(r"BIND_NOW|Flags:.*\bNOW\b", dynamic),
              "no code on the stack": stack and stack[1] == "RW",
              "stack protector": "__stack_chk_fail" in symbols,
              "fortified (_FORTIFY_SOURCE)": re.search(r"__\w+_chk\b(?<!__stack_chk)", symbols.replace(
                  "__stack_chk_fail", ""))}
    missing = [what for what, there in wanted.items() if not there]
    if missing:
        fail(f"{os.path.basename(path)} lacks: {', '.join(missing)}")


def leaves_core(folder, *options):
    """Whether the hub, crashed, leaves a core dump."""
    hub = subprocess.Popen([program, "hub", "--listen", "127.0.0.1:0", *options], stdout=subprocess.PIPE,
                           stderr=subprocess.DEVNULL, text=True, cwd=folder,
                           preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY,) * 2))
    if "ws://" not in hub.stdout.readline():
        fail("the hub does not start")
    hub.send_signal(signal.SIGABRT)
    return os.WCOREDUMP(os.waitpid(hub.pid, 0)[1])


with tempfile.TemporaryDirectory() as name:
    folder = pathlib.Path(name)
    (folder / "secret").write_text("0123456789abcdef0123456789abcdef")
    hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
    if hard != resource.RLIM_INFINITY or not leaves_core(folder):
        print("this system dumps no core: that a hub with secrets does not cannot be seen here")
    elif leaves_core(folder, "--token-secret", str(folder / "secret")):
        fail("a hub that knows a secret leaves a core dump")
print("hardened")
