#!/usr/bin/env bash
# The call history from outside: two programs call each other, and it is told as a table, as CSV and as JSON.
# history.sh CALLAPI
set -eu
program=$1
folder=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; wait; rm -rf "$folder"' EXIT
fail() { echo "history: $*" >&2; exit 1; }
"$program" hub --listen 127.0.0.1:0 >"$folder/hub" & 
for _ in $(seq 100); do grep -q ws: "$folder/hub" && break; sleep 0.1; done
hub=$(grep -o 'ws://[^ ]*' "$folder/hub")
"$program" call --headless --user bert --hub "$hub" --auto-accept --history "$folder/bert.sqlite" --software \
  --size 320x180 2>"$folder/bert" &
bert=$!
sleep 1
"$program" call --headless --user anna --hub "$hub" --to bert --history "$folder/anna.sqlite" --software \
  --size 320x180 --duration 4 2>"$folder/anna" || fail "anna: $(cat "$folder/anna")"
kill -KILL $bert          # its history is there all the same
wait $bert 2>/dev/null || true
"$program" history --history "$folder/anna.sqlite" | grep -q 'outgoing.*video.*bert' ||
  fail "no table: $("$program" history --history "$folder/anna.sqlite")"
"$program" history --history "$folder/bert.sqlite" --json | python3 -c '
import json, sys
call, = json.load(sys.stdin)
assert call["user"] == "anna" and call["direction"] == "incoming", call
assert call["seconds"] > 0.5 and call["media"] == "video", call' || fail "no JSON"
"$program" history --history "$folder/bert.sqlite" --csv | python3 -c '
import csv, sys
head, call = csv.reader(sys.stdin.read().splitlines())
assert dict(zip(head, call))["user"] == "anna", call' || fail "no CSV"
[ "$("$program" history --history "$folder/bert.sqlite" --missed)" = "no calls" ] || fail "nothing was missed"
if "$program" history --history "$folder/none.sqlite" 2>"$folder/error"; then fail "there was none to show"; fi
grep -q "cannot be read" "$folder/error" || fail "$(cat "$folder/error")"
echo "history: as expected"
