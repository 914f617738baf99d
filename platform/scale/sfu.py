#!/usr/bin/env python3
"""A media server on this machine: Janus, with WHIP and WHEP in front of it (endpoint.py), until Ctrl-C. What dies is
started again. Everything it writes is in a folder of its own, which goes with it.

sfu.py [--listen HOST:PORT] [--room ROOM] [--open] ...: README.md"""
import argparse
import asyncio
import contextlib
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
UNUSED_PLUGINS = ("audiobridge duktape echotest lua nosip recordplay sip streaming textroom videocall "
                  "voicemail").split()
UNUSED_TRANSPORTS = "http mqtt nanomsg pfunix rabbitmq".split()
DEAD = ["setpriv", "--pdeathsig", "KILL"]  # what we start does not outlive us, however we end


def modules(names):
    return ",".join(f"libjanus_{name}.so" for name in names)


def write_configuration(folder, port, media_ports):
    """Only what is used: the VideoRoom plugin, by WebSocket, for this machine alone."""
    files = {
        "janus.jcfg": f"""general: {{ configs_folder = "{folder}"  debug_level = 3  daemonize = false
  event_loops = 2 }}
media: {{ {f'rtp_port_range = "{media_ports}"' if media_ports else ''} }}
nat: {{ ice_keepalive_conncheck = true  ignore_mdns = true }}
plugins: {{ disable = "{modules(UNUSED_PLUGINS)}" }}
transports: {{ disable = "{modules(UNUSED_TRANSPORTS)}" }}
""",
        "janus.transport.websockets.jcfg": f"""general: {{ json = "compact"  ws = true  ws_port = {port}
  ws_ip = "127.0.0.1" }}
admin: {{ admin_ws = false }}
""",
        "janus.plugin.videoroom.jcfg": "general: { }\n",
    }
    for name, text in files.items():
        with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
            file.write(text)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def addresses():
    """Of this machine, those that others reach it by first."""
    found = []
    with contextlib.suppress(OSError, subprocess.SubprocessError):
        out = subprocess.run(["hostname", "-I"], capture_output=True, text=True, timeout=5, check=True).stdout
        found = [word for word in out.split() if ":" not in word]
    return found + ["127.0.0.1"]


async def keep(name, command, log):
    """Runs it, again and again."""
    while True:
        process = await asyncio.create_subprocess_exec(*DEAD, *command, stdout=log, stderr=log)
        try:
            status = await process.wait()
        except asyncio.CancelledError:
            process.terminate()
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(process.wait(), 5)
            if process.returncode is None:
                process.kill()
                await process.wait()
            raise
        print(f"sfu: {name} has ended ({status}) and is started again", file=sys.stderr, flush=True)
        await asyncio.sleep(0.2)


async def listens(port, patience=30):
    for _ in range(patience * 50):
        with contextlib.suppress(OSError):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.close()
            return True
        await asyncio.sleep(0.02)
    return False


def tell(options, port, folder):
    address = addresses()[0] if options.host in ("0.0.0.0", "::") else options.host
    base = f"{address}:{port}"
    publish, play = f"whip://{base}/whip/{options.room}", f"whep://{base}/whep/{options.room}"
    token = "" if options.open else f" --publish-token @{folder}/token"
    print(f"""publish to  {publish}
play from   {play}

callapi host --hub embedded --room {options.room} --user anna --auto-accept \\
    --publish {publish}{token}
callapi watch {play}

Ctrl-C ends it; the log is {folder}/log""", flush=True)


def endpoint_command(options, port, janus_port, folder):
    command = [sys.executable, os.path.join(HERE, "endpoint.py"), "--janus", f"ws://127.0.0.1:{janus_port}",
               "--listen", f"{options.host}:{port}", "--viewers", str(options.viewers),
               "--bitrate", str(options.bitrate)]
    if options.tokens:
        return command + ["--publish-tokens", options.tokens, "--play-tokens", options.tokens]
    if options.open:
        return command
    token = secrets.token_urlsafe(12)
    for name, text in (("token", token), ("tokens", f"* {token}\n")):
        with open(os.open(os.path.join(folder, name), os.O_WRONLY | os.O_CREAT, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
    return command + ["--publish-tokens", os.path.join(folder, "tokens")]


async def serve(options, folder):
    janus_port = options.janus_port or free_port()
    write_configuration(folder, janus_port, options.media_ports)
    command = endpoint_command(options, options.port, janus_port, folder)
    over = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, over.set)
    with open(os.path.join(folder, "log"), "w", encoding="utf-8") as log:
        janus = ["janus", "-F", folder, "-C", os.path.join(folder, "janus.jcfg")]
        tasks = [asyncio.ensure_future(keep("janus", janus, log)),
                 asyncio.ensure_future(keep("the endpoint", command, log))]
        if await listens(janus_port) and await listens(options.port):
            tell(options, options.port, folder)
            await over.wait()
        else:
            print(f"sfu: it does not start; see {folder}/log", file=sys.stderr)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def parse():
    parser = argparse.ArgumentParser(description="Janus, with WHIP and WHEP in front of it, on this machine")
    parser.add_argument("--listen", default="0.0.0.0:7080", metavar="HOST:PORT", help="of WHIP and WHEP, by HTTP")
    parser.add_argument("--room", default="lobby", help="in the addresses that are printed")
    parser.add_argument("--open", action="store_true", help="anybody may publish, without a token")
    parser.add_argument("--tokens", metavar="FILE", help='who may publish and play: lines "ROOM TOKEN"')
    parser.add_argument("--media-ports", metavar="FIRST-LAST", help="UDP, for a firewall")
    parser.add_argument("--viewers", type=int, default=500, help="of a room, at most")
    parser.add_argument("--bitrate", type=int, default=3000000, help="of a publisher's pictures at most, bit/s")
    parser.add_argument("--janus-port", type=int, default=0, help=argparse.SUPPRESS)
    parser.add_argument("--folder", help=argparse.SUPPRESS)
    options = parser.parse_args()
    options.host, _, port = options.listen.rpartition(":")
    options.port = int(port) or free_port()
    return options


def main():
    options = parse()
    if not shutil.which("janus"):
        sys.exit("sfu: there is no janus here: Debian 12 has a package of that name, Debian 13 has none")
    folder = options.folder or tempfile.mkdtemp(prefix="callapi-sfu-")
    try:
        asyncio.run(serve(options, folder))
    finally:
        if not options.folder:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
