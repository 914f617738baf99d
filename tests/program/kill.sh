#!/usr/bin/env bash
# Hub, broadcaster and viewer as programs of their own; each is killed (kill -9) at a bad moment, and the others go on.
# kill.sh PROGRAM
set -u
. "$(dirname "$0")/../support/left_behind.sh"
program=$1
work=$(mktemp -d)
trap 'kill -9 $(jobs -p) 2>/dev/null; wait 2>/dev/null; rm -rf "$work"' EXIT

fail() { echo "FAILED: $*"; tail -n 20 "$work"/*.log; exit 1; }

# wait_for FILE TEXT [COUNT]: until TEXT stands in so many lines of the log.
wait_for() {
  for _ in $(seq 600); do
    [ "$(grep -c -- "$2" "$work/$1" 2>/dev/null)" -ge "${3:-1}" ] && return
    sleep 0.1
  done
  fail "'$2' never came in $1"
}

start_hub() { "$program" hub --listen "127.0.0.1:${port:-0}" >"$work/hub.log" 2>&1 & hub=$!; wait_for hub.log 'ws://'; }
start_host() {
  "$program" host --headless --room studio --user anna --auto-accept --size 320x180 --hub "$url" -v \
    >>"$work/host.log" 2>&1 & host=$!
}
# start_watch NAME OPTION...
start_watch() {
  local name=$1; shift
  "$program" watch --headless --room studio --user "$name" --size 320x180 --hub "$url" -v "$@" >"$work/$name.log" \
    2>&1 & viewer=$!
}
alive() { kill -0 "$1" 2>/dev/null || fail "$2 ended"; }
end_well() { wait "$1" || fail "$2 ended with $?"; }

start_hub
port=$(sed -n 's#.*ws://127.0.0.1:\([0-9]*\).*#\1#p' "$work/hub.log"); url=ws://127.0.0.1:$port
start_host

echo "the hub dies in the call and comes back: the call goes on, hanging up works, the room is back"
start_watch bert --switches 1 --duration 20
wait_for bert.log 'connected (first frame'
kill -9 $hub; sleep 1
alive $viewer "the viewer"; alive $host "the broadcaster"
wait_for bert.log 'No connection: '
start_hub
end_well $viewer "the viewer"

echo "the broadcaster dies while watched and comes back: the room goes on, and a call works"
start_watch cleo --switches 1 --duration 24
wait_for cleo.log 'live room connected'
kill -9 $host
alive $viewer "the viewer"
sleep 1
start_host
end_well $viewer "the viewer"
host_descriptors=$(descriptors $host) host_threads=$(threads $host) host_rest=$(at_rest $host)
hub_descriptors=$(descriptors $hub) hub_threads=$(threads $hub)

echo "the viewer dies in the call: the broadcaster is free for the next one"
start_watch dora --switches 1 --duration 60
wait_for dora.log 'connected (first frame'
kill -9 $viewer; wait $viewer 2>/dev/null
alive $host "the broadcaster"; alive $hub "the hub"
wait_for host.log 'prepared (media lost' 1
start_watch emma --switches 1 --duration 10
end_well $viewer "the next viewer"
alive $host "the broadcaster"
nothing_left_behind $host "the broadcaster" "$host_descriptors" "$host_threads" "$host_rest"
nothing_left_behind $hub "the hub" "$hub_descriptors" "$hub_threads"
echo "kill: all went on"
