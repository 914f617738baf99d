#!/usr/bin/env bash
# The main job headless, with the synthetic camera and with a film: the report says what was on the screen, and an
# independent reader of the pictures it leaves (tests/support/framecode.c) agrees.
# demo.sh PROGRAM FRAMECODE
set -eu
. "$(dirname "$0")/../support/left_behind.sh"
program=$1 framecode=$2
work=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; rm -rf "$work"' EXIT
fail() { tail -n 20 "$work/log"; echo "FAILED: $*"; exit 1; }

# check REPORT ROUNDS CODED
check() {
  python3 - "$@" <<'PY'
import json, sys
report, rounds, coded = json.load(open(sys.argv[1])), int(sys.argv[2]), sys.argv[3] == "coded"
switches = report["switches"]
assert [s["to"] for s in switches] == ["call", "live"] * rounds, switches
for s in switches:
    assert s["requested_ms"] <= s["accepted_ms"] <= s["first_frame_ms"], s
    assert s["black_frames"] == 0, s
    assert (s["missing_source_frames"] is not None) == coded, s
for name in "latency_ms", "av_skew_ms":
    assert report[name]["median"] is not None and report[name]["p95"] is not None, report[name]
assert report["frames"]["presented"] > 30 and report["frames"]["decoded"] > 30, report["frames"]
assert report["loop_stall_ms"]["max"] >= report["loop_stall_ms"]["p99"] >= report["loop_stall_ms"]["p50"]
for name in "call_started", "accepted", "dtls_done", "first_frame_presented", "connected":
    assert name in report["setup_ms"], report["setup_ms"]
assert report["setup_ms"]["dtls_done"] < 0, "the room's connection was not used for the call"
assert len(report["safety_code"].split()) == 4, report["safety_code"]
assert report["decoder"] and report["video_driver"] == "dummy" and report["render_driver"] == "software"
PY
}

# after_calls PID N: so many calls have ended.
after_calls() {
  for _ in $(seq 600); do
    [ "$(grep -c 'app: prepared (local hangup' "$work/log")" -ge "$2" ] && return
    kill -0 "$1" || break
    sleep 0.1
  done
  fail "call $2 never ended"
}

# The second call leaves no more behind than the first.
"$program" demo --headless --software --switches 2 --duration 12 --size 640x360 --report "$work/report.json" \
  --shots "$work/shots" \
  -v >"$work/log" 2>&1 & demo=$!
after_calls $demo 1
descriptors=$(descriptors $demo) threads=$(threads $demo)
after_calls $demo 2
given_back $demo "the demo" "$descriptors" "$threads"
wait $demo || fail "the demo ended with $?"
check "$work/report.json" 2 coded
[ -s "$work/shots/timeline.png" ] || fail "no timeline"
# Whether it is seen ringing as well is a matter of how soon it is accepted.
pictures=$(cd "$work/shots" && ls -v [0-9]*-live.png [0-9]*-call.png)
[ "$(sed 's/.*-//; s/.png//' <<<"$pictures" | xargs)" = "live call live call live" ] ||
  fail "the pictures are $(cd "$work/shots" && echo *.png)"
for picture in $pictures; do
  ffmpeg -v error -i "$work/shots/$picture" -f rawvideo -pix_fmt gray - |
    "$framecode" read --size 1280x720 --fps 1 >"$work/seen"
  grep -q '"codes":\[{"source":1,' "$work/seen" ||
    { echo "no frame number in $picture: $(cat "$work/seen")"; exit 1; }
done

# A real film: no frame numbers, another size and rate, B-frames, its own sound.
ffmpeg -v error -f lavfi -i "testsrc2=size=854x480:rate=25" -f lavfi -i "sine=frequency=330:sample_rate=44100" -t 6 \
  -c:v libx264 -preset veryfast -bf 2 -c:a aac "$work/film.mp4"
"$program" demo --headless --software --switches 2 --duration 8 --video "$work/film.mp4" --report "$work/film.json" \
  --shots "$work/film"
check "$work/film.json" 2 uncoded
echo "demo: as expected"
