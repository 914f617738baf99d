#!/usr/bin/env bash
# From room to room with the program from outside: cold, and to rooms that are kept warm. No press leaves the screen
# black.
# zap.sh PROGRAM
set -eu
. "$(dirname "$0")/../support/left_behind.sh"
program=$1
work=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null; rm -rf "$work"' EXIT

fail() { echo "FAILED: $*"; tail -n 20 "$work"/[abc]; exit 1; }

"$program" hub -v --listen 127.0.0.1:0 --duration 600 >"$work/hub" 2>&1 & pids=($!)
for _ in $(seq 100); do grep -q ws:// "$work/hub" && break; sleep 0.1; done
hub=ws://127.0.0.1:$(sed -n 's#.*ws://127.0.0.1:\([0-9]*\).*#\1#p' "$work/hub" | head -1)
for room in a b c; do
  "$program" host --headless --software --room $room --user host-$room --hub "$hub" --size 320x180 --duration 600 \
    >"$work/$room" 2>&1 & pids+=($!)
done
for _ in $(seq 600); do [ "$(grep -c 'host-.* logs in' "$work/hub")" = 3 ] && break; sleep 0.1; done
sleep 1
before=()
for pid in "${pids[@]}"; do before+=("$(descriptors "$pid")" "$(threads "$pid")" "$(at_rest "$pid")"); done

# watch ZAPS WARM
watch() {
  timeout 60 "$program" watch --headless --software --room a --user bert --hub "$hub" --size 320x180 --screen 640x360 \
    --zaps "$1" --warm "$2" --report "$work/report.json"
  python3 - "$work/report.json" "$1" "$2" <<'PY'
import json, sys
report, zaps, warm = json.load(open(sys.argv[1])), int(sys.argv[2]), int(sys.argv[3])
switches = report["switches"]
assert [s["to"] for s in switches] == ["room"] * zaps, switches
for s in switches:
    assert s["requested_ms"] <= s["accepted_ms"] <= s["first_frame_ms"], s
    assert s["press_to_picture_ms"] is not None and s["longest_freeze_ms"] is not None, s
    assert s["black_frames"] == 0, s
assert not any(s["warm"] for s in switches) if not warm else any(s["warm"] for s in switches), switches
PY
}
watch 4 0
watch 6 2
for i in "${!pids[@]}"; do nothing_left_behind "${pids[i]}" "program $i" "${before[@]:3 * i:3}"; done
echo "zap: as expected"
