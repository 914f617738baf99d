#!/usr/bin/env bash
# Broadcaster and viewer on two hosts of an emulated network (two network namespaces, tests/support/wan/wan.c), with
# delay and loss between them. Needs root and /dev/net/tun; elsewhere it is skipped (77).
# two_machines.sh PROGRAM WAN "CONDITIONS" ROUNDS [OPTION...]: the options go to the broadcaster
set -u
program=$1 wan=$2 conditions=$3 rounds=$4; shift 4
[ "$(id -u)" = 0 ] && [ -c /dev/net/tun ] && command -v ip >/dev/null ||
  { echo "needs root, /dev/net/tun and iproute2"; exit 77; }
work=$(mktemp -d)
a=callapi-a-$$ b=callapi-b-$$
trap 'kill $(jobs -p) 2>/dev/null; ip netns del $a 2>/dev/null; ip netns del $b 2>/dev/null; rm -rf "$work"' EXIT

cat >"$work/play.sh" <<PLAY
ip netns exec $a "$program" host --headless -v --room studio --user anna --auto-accept --hub embedded \
  --listen 10.77.0.1:8080 ${*@Q} >"$work/host.log" 2>&1 & host=\$!
for _ in \$(seq 600); do grep -qs 'anna/.* logs in' "$work/host.log" && break; sleep 0.1; done
sleep 1
. "$(dirname "$0")/../support/left_behind.sh"
fail() { echo "FAILED: \$*"; exit 1; }
descriptors=\$(descriptors \$host) threads=\$(threads \$host)
ip netns exec $b "$program" watch --headless --room studio --user bert --size 320x180 --hub ws://10.77.0.1:8080 \
  --switches $rounds --report "$work/report.json" >"$work/watch.log" 2>&1
status=\$?
nothing_left_behind \$host "the broadcaster" "\$descriptors" "\$threads"
kill \$host; wait \$host
exit \$status
PLAY
timeout 240 "$wan" --a-ns $a --b-ns $b $conditions --seed 7 --json "$work/wan.json" -- bash "$work/play.sh"
status=$?
[ $status = 125 ] && { echo "network namespaces cannot be set up here"; exit 77; }
cat "$work/watch.log"
[ $status = 0 ] || { echo "FAILED with $status"; cat "$work/host.log"; exit 1; }
python3 - "$work/report.json" "$rounds" <<'PY'
import json, sys
report, rounds = json.load(open(sys.argv[1])), int(sys.argv[2])
switches = report["switches"]
assert len(switches) == 2 * rounds, switches
assert all(s["first_frame_ms"] is not None for s in switches), switches
assert report["join"]["first_frame_ms"] > report["join"]["connected_ms"]
assert sum(s["black_frames"] for s in switches) == 0, switches
worst = lambda values: f"{sorted(values)[len(values) // 2]:.0f} ms (median), {max(values):.0f} ms (longest)"
calls = [s["first_frame_ms"] - s["accepted_ms"] for s in switches if s["to"] == "call"]
print("accept to the call's first picture:", worst(calls), "- longest freezes:",
      worst([s["longest_freeze_ms"] for s in switches]),
      f"- joined to first picture: {report['join']['first_frame_ms'] - report['join']['connected_ms']:.0f} ms")
print("two machines: no black frame in", len(switches), "switches")
PY
