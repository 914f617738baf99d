#!/usr/bin/env bash
# cuts.js between two network namespaces. Needs root, /dev/net/tun and iproute2; elsewhere it is skipped (77).
# cuts.sh PROGRAM ASSETS WAN BROWSER rooms|calls
set -u
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
[ "$(id -u)" = 0 ] && [ -c /dev/net/tun ] && command -v ip >/dev/null ||
  { echo "needs root, /dev/net/tun and iproute2"; exit 77; }
a=callapi-c-$$ b=callapi-d-$$ work=$(mktemp -d)
clean_up() {
  for ns in $a $b; do ip netns del $ns 2>/dev/null; done
  rm -rf "$work"
}
trap clean_up EXIT
"$3" --a-ns $a --b-ns $b --delay 20 --ctl "$work/ctl" --seed 7 --json "$work/wan.json" -- \
  ip netns exec $b node "$here/cuts.js" "$1" "$2" "$4" "$5" $a
status=$?
[ $status = 125 ] && { echo "network namespaces cannot be set up here"; exit 77; }
exit $status
