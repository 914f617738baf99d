#!/usr/bin/env bash
# The program over a real Mosquitto: a broadcaster and a viewer as programs of their own, a call, and the broker killed
# in between.
# mqtt.sh PROGRAM
set -u
program=$1
PATH=$PATH:/usr/sbin
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

port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
printf 'user %s\nlistener %s 127.0.0.1\nallow_anonymous true\nlog_type all\n' "$(id -un)" "$port" \
  >"$work/mosquitto.conf"
# Everything it takes and gives stands in its log.
start_broker() {
  setpriv --pdeathsig KILL mosquitto -c "$work/mosquitto.conf" >"$work/broker.log" 2>&1 & broker=$!
  wait_for broker.log 'running'
}

start_broker
url=mqtt://127.0.0.1:$port
"$program" host --headless --room studio --user anna --auto-accept --size 320x180 --hub "$url" -v >"$work/host.log" \
  2>&1 & host=$!
"$program" watch --headless --room studio --user bert --size 320x180 --hub "$url" --switches 1 --duration 20 \
  --report "$work/report.json" -v >"$work/bert.log" 2>&1 & viewer=$!
wait_for bert.log 'connected (first frame'
echo "the broker dies in the call and comes back"
kill -9 $broker; wait $broker 2>/dev/null
kill -0 $viewer || fail "the viewer ended"
start_broker
wait $viewer || fail "the viewer ended with $?"
kill -0 $host || fail "the broadcaster ended"
wait_for host.log 'connected -> prepared'

echo "a second viewer, and a call between two who watch nothing"
"$program" watch --headless --room studio --user cleo --size 320x180 --hub "$url" --switches 1 --duration 12 -v \
  >"$work/cleo.log" 2>&1 & viewer=$!
wait_for cleo.log 'connected (first frame'
wait $viewer || fail "the second viewer ended with $?"
"$program" call --headless --user dora --auto-accept --size 320x180 --hub "$url" -v >"$work/dora.log" 2>&1 &
wait_for broker.log 'Received PUBLISH.*callapi/1/presence/dora/'
"$program" call --headless --user emil --to dora --size 320x180 --hub "$url" --duration 8 -v >"$work/emil.log" \
  2>&1 & caller=$!
wait_for emil.log 'connected (first frame'
wait $caller || fail "the caller ended with $?"
! grep 'disconnected due to' "$work/broker.log" || fail "the broker did not hear of an end"
echo "passed"
