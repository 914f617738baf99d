#!/usr/bin/env bash
# A real browser on the other side: pictures with frame numbers go both ways between headless Chromium and our program,
# in a pure 1v1 call and in a live room with a call to its broadcaster.
# browser.sh PROGRAM SOURCE_DIR CODEC
set -u
program=$1 source=$2 codec=$3
work=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null; wait 2>/dev/null; rm -rf "$work"' EXIT
fail() { echo "FAILED: $*"; tail -n 25 "$work"/*.log; exit 1; }

chromium=$(command -v chromium-headless-shell || command -v chromium || command -v chromium-browser) ||
  fail "no chromium here; './run test' installs it"
cp -r "$source/assets" "$work/assets"
cp "$source"/tests/program/browser/* "$work/assets/web"
cp "$source/tests/support/framecode.mjs" "$work/assets/web/framecode.js"

"$program" hub --listen 127.0.0.1:0 --assets "$work/assets" >"$work/hub.log" 2>&1 &
for _ in $(seq 100); do grep -q ws:// "$work/hub.log" && break; sleep 0.1; done
address=$(sed -n 's#.*ws://##p' "$work/hub.log")

# open_page NAME QUERY: a browser in the background, its process in $browser.
open_page() {
  timeout 120 "$chromium" --headless --no-sandbox --disable-gpu --disable-quic --no-first-run \
    --disable-background-networking --disable-component-update --disable-sync \
    --autoplay-policy=no-user-gesture-required --enable-logging=stderr \
    --user-data-dir="$work/$1.profile" --remote-debugging-port=0 --window-size=740,360 "http://$address/?$2" \
    >"$work/$1.log" 2>&1 &
  browser=$!
}

# wait_for FILE PATTERN: until a line of it has that; as long as it may take.
wait_for() {
  for _ in $(seq 900); do grep -qs "$2" "$1" && return; sleep 0.1; done
  fail "never in $(basename "$1"): $2"
}

# close_page NAME PROCESS: once it has said its result.
close_page() {
  for _ in $(seq 900); do
    grep -q 'RESULT .* END' "$work/$1.log" && break
    kill -0 $2 2>/dev/null || break
    sleep 0.1
  done
  kill $2 2>/dev/null; wait $2 2>/dev/null
  pkill -9 -f "$work/$1.profile"        # its processes are many, and not all of them go with the first
  sed -n 's/.*RESULT \(.*\) END.*/\1/p' "$work/$1.log" | head -1 | sed 's/\\"/"/g' >"$work/$1.json"
  [ -s "$work/$1.json" ] || fail "the browser never came to a result ($1)"
}

browse() { open_page "$1" "$2"; close_page "$1" $browser; }

# talk NAME QUERY STATISTICS: a page whose call lasts until our program, which writes these, has drawn enough of its
# pictures as well: a busy browser makes few.
talk() {
  local drawn=0 enough=40
  open_page "$1" "$2&until=$1.enough.txt"
  for _ in $(seq 900); do
    drawn=$(grep -o '"framesRendered":[0-9]*' "$3" 2>/dev/null | tail -n 1 | grep -o '[0-9]*$')
    [ "${drawn:-0}" -lt $enough ] || break
    kill -0 $browser 2>/dev/null || break
    sleep 0.1
  done
  touch "$work/assets/web/$1.enough.txt"
  close_page "$1" $browser
}

# finish PID NAME: our side ends, writing what its screen showed.
finish() { kill -TERM $1; wait $1 || fail "$2 ended with $?"; }

"$program" call --headless --user desk --name "Info Desk" --auto-accept --codec "$codec" --hub "ws://$address" \
  --size 640x360 --shots "$work/desk" --stats "$work/desk-stats.jsonl" >"$work/desk-agent.log" 2>&1 & desk=$!
sleep 1
talk call "to=desk" "$work/desk-stats.jsonl"
finish $desk desk

"$program" host --headless --room studio --user anna --name "Anna Berg" --auto-accept --codec "$codec" \
  --hub "ws://$address" --size 640x360 --shots "$work/anna" --stats "$work/anna-stats.jsonl" \
  --stream whep://127.0.0.1:9/studio --direct 1 >"$work/anna-agent.log" 2>&1 & anna=$!
# Somebody has the one connection of a room that others watch by a stream, which does not play: it asks.
"$program" watch --headless -v --room studio --user first --hub "ws://$address" >"$work/first.log" 2>&1 & first=$!
wait_for "$work/first.log" "live room connected"
talk live "room=studio&host=anna" "$work/anna-stats.jsonl"
kill $first; wait $first 2>/dev/null
finish $anna anna

# A page without a camera calls: the desktop waits for no picture. Two pages of one user ring, and one of them takes the
# call; then it dies.
"$program" call --headless -v --user desk --auto-accept --codec "$codec" --hub "ws://$address" --size 640x360 \
  >"$work/seeing.log" 2>&1 & desk=$!
sleep 1
browse blind "to=desk&blind"
grep -q "connected (with browser" "$work/seeing.log" || fail "a page without a camera is waited for"
finish $desk "the desktop that was called without pictures"
open_page quiet "rings"; quiet=$browser
open_page taker "rings&accept"
wait_for "$work/quiet.log" READY; wait_for "$work/taker.log" READY
"$program" call --headless --user desk --name "Info Desk" --to browser --codec "$codec" --hub "ws://$address" \
  --size 640x360 >"$work/caller.log" 2>&1 & desk=$!
wait_for "$work/caller.log" "connected (with browser"
close_page quiet $quiet
wait_for "$work/taker.log" 'RESULT .* END'
pkill -9 -f "$work/taker.profile"
wait_for "$work/caller.log" 'lost'
finish $desk "the desktop whose browser died"

python3 - "$work" "$codec" <<'PY' || fail "not what was expected"
import json, sys
work, codec = sys.argv[1:]
def shown(name):
    rows = [json.loads(line) for line in open(f"{work}/{name}/frames.jsonl")]
    return [row["frame"] for row in rows if row.get("source") == 9 and row.get("new")]
for name, page, source, called in ("desk", "call", 2, "Info Desk"), ("anna", "live", 1, "Anna Berg"):
    result = json.load(open(f"{work}/{page}.json"))
    print(page, result)
    assert result["sources"] == [source] and result["called"] == called, result
    assert result["pictures"] >= 15 and result["forwards"], result
    assert any(state.startswith("connected") for state in result["states"]), result
    assert result["restarts"] == 0 and result["connections"] == 1, result      # nothing was wrong with the way
    assert result["rtx"] == ["inbound-rtp", "outbound-rtp"], result
    numbers = shown(name)
    print(name, "showed", len(numbers), "of the browser's pictures")
    assert len(numbers) >= 15 and numbers == sorted(numbers), numbers
quiet = json.load(open(f"{work}/quiet.json"))
assert quiet["states"][-1] == "prepared (accepted elsewhere)" and quiet["called"] == "Info Desk", quiet
blind = json.load(open(f"{work}/blind.json"))
assert blind["pictures"] >= 15, blind
redundancy = max(row.get("fecPacketsSent", 0)
                 for line in open(f"{work}/desk-stats.jsonl") for row in json.loads(line)["stats"])
# In RED, with key frames; none for H.264, as browsers do.
assert (redundancy > 0) == (codec == "vp8"), redundancy
PY
echo "browser ($codec): pictures went both ways"
