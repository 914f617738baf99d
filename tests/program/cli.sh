#!/usr/bin/env bash
# The program from outside: bad usage gets one clear line and exit status 2; what cannot be opened gets one and exit
# status 1.
# cli.sh PROGRAM
set -u
program=$1
work=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null; rm -rf "$work"' EXIT
failures=0

# expect STATUS WORD ARGUMENT...: ends with STATUS, and WORD stands in what it says on stderr.
expect() {
  local status=$1 word=$2; shift 2
  timeout 60 "$program" "$@" >"$work/out" 2>"$work/err"
  local got=$?
  if [ $got != "$status" ] || ! grep -q -- "$word" "$work/err"; then
    echo "FAILED: callapi $* ended with $got (wanted $status and '$word'):"; cat "$work/err"
    failures=$((failures + 1))
  fi
  if [ "$status" = 2 ] && [ "$(wc -l <"$work/err")" != 1 ]; then
    echo "FAILED: callapi $* says more than one line:"; cat "$work/err"
    failures=$((failures + 1))
  fi
}

expect 2 "no command 'fly'" fly
for command in hub host watch call demo doctor; do
  expect 2 "nonsense" $command --nonsense
  expect 2 "duration" $command --duration soon
  expect 2 "duration" $command --duration -3
done
for command in hub host call demo doctor; do
  expect 2 "unexpected argument 'more'" $command more
done
expect 2 "'more' is no file, and no URL" watch more
expect 2 "gopher:// are not known" watch gopher://host/
expect 2 "user is needed" token
expect 2 "secret-file" token --user anna
expect 1 "No such file" token --user anna --secret-file /nowhere
expect 2 "No such file" hub --duration 1 --token-secret /nowhere
expect 2 "size" demo --size 640
expect 2 "size" demo --size 641x361
expect 2 "codec" demo --codec theora
expect 2 "exclude" demo --video a --camera b
expect 2 "switches" demo --switches -1
expect 2 "switches" demo --switches many
expect 2 "user" watch --room r
expect 2 "room" watch --user u
expect 2 "room" host --user u
expect 2 "user" call
expect 1 "$work/none.mp4" host --headless --room r --user u --hub embedded --listen 127.0.0.1:0 --video "$work/none.mp4"
printf 'this is no film' >"$work/text.mp4"
expect 1 "$work/text.mp4" demo --headless --video "$work/text.mp4"
expect 1 "/dev/no-such-camera" demo --headless --camera /dev/no-such-camera
expect 2 "nowhere" call --headless --user u --hub nowhere --duration 1
expect 1 "listen" hub --listen nonsense
expect 2 "--publish wants rtmp" host --room r --user u --publish https://live.example/s3cr3t
! grep -q s3cr3t "$work/err" || { echo "FAILED: a stream key is told"; failures=$((failures + 1)); }
expect 2 "No such file" host --room r --user u --publish @/nowhere
expect 2 "publish belongs" watch --room r --user u --publish file:x.ts
echo "rtmp://anna:s3cr3t@127.0.0.1:1/live/s3cr3t" >"$work/address"
expect 0 "not published to rtmp://127.0.0.1:1: Connection refused" host --headless --room r --user u --hub embedded \
  --listen 127.0.0.1:0 --duration 1 --verbose --publish "@$work/address"
! grep -q s3cr3t "$work/err" || { echo "FAILED: a stream key is told"; failures=$((failures + 1)); }
expect 1 "report" watch --headless --room r --user u --duration 0.2 --report /proc/no/report.json

"$program" hub --listen 127.0.0.1:0 --duration 600 >"$work/hub" 2>"$work/hub.log" </dev/null & hub=$!
for _ in $(seq 100); do [ -s "$work/hub" ] && break; sleep 0.1; done
port=$(sed -n 's#.*ws://127.0.0.1:\([0-9]*\).*#\1#p' "$work/hub")
kill -HUP $hub
for _ in $(seq 100); do grep -q "read again" "$work/hub.log" && break; sleep 0.1; done
kill -0 $hub && grep -q "read again" "$work/hub.log" ||
  { echo "FAILED: SIGHUP ends the hub"; failures=$((failures + 1)); }
expect 1 "in use" hub --listen "127.0.0.1:$port"
expect 0 "no-such-room" watch --headless --room no-such-room --user u --hub "ws://127.0.0.1:$port" --duration 1
expect 0 "nobody is not online" call --headless --user u --to nobody --hub "ws://127.0.0.1:$port" --duration 1
"$program" help | grep -q watch || { echo "FAILED: help"; failures=$((failures + 1)); }
"$program" watch --help | grep -q -- --room || { echo "FAILED: watch --help"; failures=$((failures + 1)); }


# --- words and habits
# helps COMMAND OWN FOREIGN: the help of each command has its own options, and no other's.
helps() {
  "$program" "$1" --help >"$work/out"
  grep -q -- "--$2" "$work/out" && ! grep -q -- "--$3" "$work/out" ||
    { echo "FAILED: $1 --help has no --$2, or --$3"; failures=$((failures + 1)); }
}
helps hub listen camera
helps hub duration room
helps doctor ice-server theme
helps doctor camera listen
helps doctor size video
helps host room attract
helps host publish switches
helps call to publish
helps call to zaps
helps kiosk reception switches
helps demo switches token

# doctor ARGUMENT...: ends with a verdict, on what is named, too. Drivers of the system that it tries leak, and are
# unloaded before a suppression could name them.
doctor() {
  ASAN_OPTIONS=detect_leaks=0 timeout 100 "$program" doctor "$@" >"$work/out" 2>"$work/err"; local got=$?
  sed -n '1,2p' "$work/out" | grep -q '^  no' && [ $# = 0 ] &&
    { echo "FAILED: doctor begins with what there is not"; failures=$((failures + 1)); }
  tail -n 1 "$work/out" >"$work/verdict"
  return $got
}
# says WORDS: the verdict does.
says() {
  grep -q -- "$1" "$work/verdict" && return
  echo "FAILED: the doctor's verdict: no '$1'"; cat "$work/out"
  failures=$((failures + 1))
}
doctor || { echo "FAILED: doctor: $(cat "$work/out")"; failures=$((failures + 1)); }
says "^calls will work; decoding in"
says "; would choose [0-9]*x[0-9]* at [0-9]*: encoding takes [0-9.]* ms, decoding [0-9.]* ms, drawing [0-9.]* ms of 33"
if doctor --hub ws://127.0.0.1:1 --ice-server stun:127.0.0.1:1 --camera /dev/no-such-camera; then
  echo "FAILED: doctor found all well"; failures=$((failures + 1))
fi
says "^calls will not work; ws://127.0.0.1:1 does not let us in"
says "stun:127.0.0.1:1 does not work"
says "/dev/no-such-camera does not work"
doctor --hub "ws://127.0.0.1:$port" || { echo "FAILED: doctor does not like the hub"; failures=$((failures + 1)); }
says "ws://127.0.0.1:$port lets us in"

"$program" --version | grep -q '^callapi [0-9]' && "$program" kiosk --version | grep -q '^callapi [0-9]' ||
  { echo "FAILED: --version"; failures=$((failures + 1)); }
export LC_ALL=C
expect 0 "" call --headless --user Küche --to Jürgen --duration 0.1 --hub ws://127.0.0.1:1 --audio none
unset LC_ALL
printf '[connection]\nuser=u\nhub=ws://127.0.0.1:1\n' >"$work/quiet.ini"
(cat "$work/quiet.ini"; printf '[diagnosis]\nverbose=true\n') >"$work/verbose.ini"
# verbose WANTED CONFIGURATION [ENVIRONMENT]: whether there are the lines that --verbose brings.
verbose() {
  env ${3:+"$3"} timeout 60 "$program" call --config "$work/$2.ini" --headless --audio none --duration 0.1 2>"$work/err"
  local got=no; grep -q "idle -> prepared" "$work/err" && got=yes
  [ $got = "$1" ] || { echo "FAILED: verbose, $2 ${3-}: $got"; cat "$work/err"; failures=$((failures + 1)); }
}
verbose no quiet
verbose yes verbose
verbose yes quiet CALLAPI_VERBOSE=true
verbose no verbose CALLAPI_VERBOSE=false


# --- the figures of each second
# check_stats FILE: two lines of JSON or more, each whole, the connection's among them.
check_stats() {
  python3 - "$1" <<'PYTHON' || { echo "FAILED: --stats: $1:"; head -c 2000 "$1"; failures=$((failures + 1)); }
import json, sys
lines = [json.loads(line) for line in open(sys.argv[1])]
assert len(lines) >= 2, "%d lines" % len(lines)
times = [line["timestamp"] for line in lines]
assert times == sorted(times) and times[-1] - times[0] >= 900
stats = {entry["id"]: entry for line in lines for entry in line["stats"]}
assert {"IV", "IA", "T", "CP"} <= set(stats), sorted(stats)
assert stats["IV"]["type"] == "inbound-rtp" and stats["IV"]["framesDecoded"] > 0 and stats["IV"]["frameWidth"] == 320
assert all(sum(step["count"] for step in line["loop"]["stalls"]) > 0 for line in lines[1:])
PYTHON
}
expect 1 "statistics cannot be written to /proc/no/stats" demo --headless --stats /proc/no/stats
# demo ARGUMENT...: one round of the demo in a folder of its own ends well.
demo() {
  (cd "$work/demo" &&
    timeout 60 "$program" demo --headless --size 320x180 --switches 1 "$@" >"$work/lines" 2>"$work/err") && return
  echo "FAILED: callapi demo $*:"; cat "$work/err"
  failures=$((failures + 1))
}
mkdir "$work/demo"
demo --overlay --stats "$work/stats"
check_stats "$work/stats"
demo --stats -
sed -i '/^{/!d' "$work/lines"           # the demo's own words stand there too
check_stats "$work/lines"
mkfifo "$work/pipe"                     # that nobody reads
expect 1 "statistics cannot be written to" demo --headless --stats "$work/pipe"

# --- a film that nobody writes: what waits for it ends with the program
"$program" host --headless --room r --user u --hub embedded --listen 127.0.0.1:0 --video "$work/pipe" >"$work/waits" \
  2>&1 & waits=$!
for _ in $(seq 100); do grep -qs ws:// "$work/waits" && break; sleep 0.1; done
kill -INT $waits
for _ in $(seq 600); do kill -0 $waits 2>/dev/null || break; sleep 0.1; done
kill -9 $waits 2>/dev/null
wait $waits; [ $? -lt 128 ] || { echo "FAILED: what waits for a film is not interrupted"; failures=$((failures + 1)); }

[ $failures = 0 ] && echo "cli: all as expected"
exit $failures
