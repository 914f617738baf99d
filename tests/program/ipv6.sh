#!/usr/bin/env bash
# A call between two machines (network namespaces) that have IPv6 addresses only, over a hub that listens on one.
# ipv6.sh CALLAPI
set -eu
program=$1
[ "$(id -u)" = 0 ] && command -v ip >/dev/null || { echo "needs root and iproute2"; exit 77; }
work=$(mktemp -d) a=v6a-$$ b=v6b-$$
clean_up() {
  kill $(jobs -p) 2>/dev/null || true
  wait
  for ns in $a $b; do ip netns del $ns 2>/dev/null || true; done
  rm -rf "$work"
}
trap clean_up EXIT
fail() { echo "ipv6: $*" >&2; tail -n 5 "$work"/*.log >&2; exit 1; }
# wait_for LOG WORDS: until the log has them.
wait_for() {
  for _ in $(seq 600); do grep -q "$2" "$work/$1" && return; sleep 0.1; done
  fail "'$2' never came in $1"
}
ip netns add $a && ip netns add $b || { echo "no network namespaces here"; exit 77; }
ip link add va netns $a type veth peer name vb netns $b
for end in "$a va 1" "$b vb 2"; do
  set -- $end
  ip -n "$1" link set lo up
  ip -n "$1" link set "$2" up
  ip -n "$1" addr add "fd00:77::$3/64" dev "$2" nodad
done
hub='ws://[fd00:77::1]:8080'
ip netns exec $a "$program" hub --listen '[fd00:77::1]:8080' -v >"$work/hub.log" 2>&1 &
wait_for hub.log ws:
ip netns exec $a "$program" call --headless --software --size 320x180 --user anna --hub "$hub" --auto-accept \
  >"$work/anna.log" 2>&1 &
wait_for hub.log 'anna/.* logs in'
ip netns exec $b "$program" call --headless --software --size 320x180 --user bert --hub "$hub" --to anna \
  --report "$work/bert.json" >"$work/bert.log" 2>&1 &
bert=$!
wait_for bert.log 'connected (with anna'
sleep 4
kill $bert
wait $bert || fail "bert"
python3 - "$work/bert.json" <<'PY' || fail "no call"
import json, sys
report = json.load(open(sys.argv[1]))
assert report["latency_ms"]["median"] > 0 and report["audio"]["total_samples"] > 48000, report
PY
echo "ipv6: as expected"
