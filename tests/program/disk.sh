#!/usr/bin/env bash
# A call while its programs' disk is full, fills up, or may only be read: it goes on, each says once what is lost.
# disk.sh CALLAPI
set -u
program=$1
if [ -z "${DISK_APART:-}" ]; then
  unshare --mount true 2>/dev/null || { echo "needs the right to mount"; exit 77; }
  DISK_APART=yes exec unshare --mount "$0" "$@"
fi
work=$(mktemp -d)
clean_up() {
  # shellcheck disable=SC2046
  kill $(jobs -p) 2>/dev/null
  wait 2>/dev/null
  umount "$work"/*.disk 2>/dev/null
  rm -rf "$work"
}
trap clean_up EXIT
fail() { echo "FAILED: $*"; tail -n 12 "$work"/*.log; exit 1; }
wait_for() { # LOG WORDS [TIMES]
  for _ in $(seq 300); do [ "$(grep -c -- "$2" "$work/$1.log")" -ge "${3:-1}" ] && return; sleep 0.1; done
  fail "'$2' never came in $1's log"
}
once() { [ "$(grep -c -- "$2" "$work/$1.log")" = 1 ] || fail "$1 did not say '$2' once"; }
disk() {
  mkdir "$work/$1.disk"
  mount -t tmpfs -o size=64k tmpfs "$work/$1.disk" || { echo "needs the right to mount"; exit 77; }
}
fill() { dd if=/dev/zero of="$work/$1.disk/filling" bs=1k 2>/dev/null; }

"$program" hub --listen 127.0.0.1:0 >"$work/hub.log" 2>&1 &
wait_for hub ws://
hub=$(grep -o 'ws://[^ ]*' "$work/hub.log")
# start NAME OPTION...: with its history on the disk of that name.
start() {
  local name=$1; shift
  "$program" call --headless --software --size 320x180 --user "$name" --hub "$hub" \
    --history "$work/$name.disk/history" -v "$@" >"$work/$name.log" 2>&1 &
}

echo "full from the beginning, and only to be read"
disk full
fill full
disk fixed
mount -o remount,ro "$work/fixed.disk" || fail "no disk"
start full --auto-accept --stats "$work/full.disk/stats"
full=$!
wait_for full "idle -> prepared"
start fixed --to full --duration 4
wait $! || fail "the caller ended with $?"
for name in full fixed; do
  grep -q "connected (" "$work/$name.log" || fail "$name was in no call"
  once $name "history $work/$name.disk/history cannot be written"
done
once full "statistics end here"
kill -TERM $full
wait $full || fail "the callee ended with $?"

echo "it fills up in the call"
disk filling
disk other
start filling --auto-accept --stats "$work/filling.disk/stats"
filling=$!
wait_for filling "idle -> prepared"
start other --to filling --duration 5
other=$!
wait_for filling "connected ("
fill filling
wait $other || fail "the caller ended with $?"
wait_for filling "a call is missing in the history"
once filling "statistics end here"

echo "there is room again"
rm "$work/filling.disk/filling"
start other --to filling --duration 3
wait $! || fail "the second caller ended with $?"
wait_for filling "ended the call" 2
[ "$("$program" history --history "$work/filling.disk/history" | grep -c other)" = 1 ] ||
  fail "the second call alone should be in the history"
kill -TERM $filling
wait $filling || fail "the callee ended with $?"
echo "disk: as expected"
