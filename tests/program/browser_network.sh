#!/usr/bin/env bash
# A browser in another network (a network namespace, tests/support/wan/wan.c) watches a room and calls: neither a call's
# begin, nor a gap of half a second, nor a tenth of all packets lost is a reason to look for another way (RFC 8445, 9).
# Needs root, /dev/net/tun and iproute2; elsewhere it is skipped (77).
# browser_network.sh PROGRAM SOURCE_DIR WAN
set -u
program=$1 source=$2 wan=$3
[ "$(id -u)" = 0 ] && [ -c /dev/net/tun ] && command -v ip >/dev/null ||
  { echo "needs root, /dev/net/tun and iproute2"; exit 77; }
chromium=$(command -v chromium-headless-shell || command -v chromium || command -v chromium-browser) ||
  { echo "no chromium here"; exit 1; }
work=$(mktemp -d)
a=callapi-a-$$ b=callapi-b-$$
clean_up() {
  kill $(jobs -p) 2>/dev/null
  pkill -9 -f "$work/profile"
  for ns in $a $b; do ip netns del $ns 2>/dev/null; done
  rm -rf "$work"
}
trap clean_up EXIT
cp -r "$source/assets" "$work/assets"
cp "$source"/tests/program/browser/* "$work/assets/web"
cp "$source/tests/support/framecode.mjs" "$work/assets/web/framecode.js"

cat >"$work/play.sh" <<PLAY
wait_for() { for _ in \$(seq 600); do grep -qs "\$2" "\$1" && return; sleep 0.1; done; echo "never: \$2"; exit 1; }
ip netns exec $a "$program" host --headless -v --room studio --user anna --auto-accept --size 640x360 \
  --assets "$work/assets" --hub embedded --listen 10.77.0.1:8080 >"$work/host.log" 2>&1 & host=\$!
wait_for "$work/host.log" anna
sleep 1
ip netns exec $b timeout 100 "$chromium" --headless --no-sandbox --disable-gpu --disable-quic --no-first-run \
  --disable-sync --disable-background-networking --disable-component-update --enable-logging=stderr \
  --autoplay-policy=no-user-gesture-required --unsafely-treat-insecure-origin-as-secure=http://10.77.0.1:8080 \
  --user-data-dir="$work/profile" --remote-debugging-port=0 \
  "http://10.77.0.1:8080/?room=studio&host=anna&stay=14000" >"$work/browser.log" 2>&1 & browser=\$!
wait_for "$work/browser.log" CONNECTED
sleep 1
echo "cut=0.5" >"\$WAN_CTL"
sleep 3
echo "loss=10%" >"\$WAN_CTL"
sleep 8
echo "loss=0" >"\$WAN_CTL"
wait_for "$work/browser.log" 'RESULT .* END'
kill \$browser \$host; wait \$host
PLAY
timeout 200 "$wan" --a-ns $a --b-ns $b --delay 20 --ctl "$work/ctl" --seed 7 --json "$work/wan.json" \
  -- bash "$work/play.sh"
status=$?
[ $status = 125 ] && { echo "network namespaces cannot be set up here"; exit 77; }
sed -n 's/.*RESULT \(.*\) END.*/\1/p' "$work/browser.log" | head -1 | sed 's/\\"/"/g' >"$work/result.json"
[ $status = 0 ] && [ -s "$work/result.json" ] || { echo "FAILED with $status"; tail -n 30 "$work"/*.log; exit 1; }
grep 'ICE restart' "$work/host.log"
python3 - "$work/result.json" "$work/wan.json" <<'PY' || { tail -n 60 "$work/host.log"; exit 1; }
import json, sys
result, wan = (json.load(open(path)) for path in sys.argv[1:])
print(result)
assert all(path["cut"] > 0 and path["lost"] > 0 for path in wan["paths"]), wan
assert any(state.startswith("connected") for state in result["states"]), result
assert not any("lost" in state for state in result["states"]), result
assert result["restarts"] == 0 and result["connections"] == 1, result
PY
echo "browser_network: one connection, and never a restart"
