#!/usr/bin/env bash
# The files of a large installation, as far as one machine can tell: they are read by whom they are for, a pair of
# brokers is bridged, and a broadcast goes from a user of the one through a media server to one of the other.
# scale.sh PROGRAM
set -u
program=$1
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../platform/scale" && pwd)
PATH=$PATH:/usr/sbin
work=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null; wait 2>/dev/null; rm -rf "$work"' EXIT

fail() { echo "FAILED: $*"; tail -n 20 "$work"/*.log; exit 1; }

# wait_for FILE TEXT
wait_for() {
  for _ in $(seq 300); do
    grep -q -- "$2" "$work/$1" 2>/dev/null && return
    sleep 0.1
  done
  fail "'$2' never came in $1"
}

free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

echo "the front: nginx takes it"
openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=example.org -days 1 -keyout "$work/key.pem" -out "$work/cert.pem" \
  2>/dev/null
sed "s#/etc/letsencrypt/live/example.org/fullchain.pem#$work/cert.pem#
  s#/etc/letsencrypt/live/example.org/privkey.pem#$work/key.pem#" "$here/nginx/callapi.conf" >"$work/site.conf"
printf 'pid %s/nginx.pid;\nevents {}\nhttp { include %s/site.conf; }\n' "$work" "$work" >"$work/nginx.conf"
nginx -t -c "$work/nginx.conf" >"$work/nginx.log" 2>&1 || fail "nginx does not take nginx/callapi.conf"

echo "the pair of brokers: both start, and are bridged"
one=$(free_port) two=$(free_port)
# configure NUMBER PORT: without TLS and passwords, which need a machine's own files.
configure() {
  sed -e "/^cafile\|^certfile\|^keyfile\|^password_file\|^acl_file\|^bridge_cafile\|^remote_/d" \
    -e "s/^listener .*/listener $2 127.0.0.1/; s/^allow_anonymous .*/allow_anonymous true/" \
    -e "s/^address .*/address 127.0.0.1:$two/" "$here/mosquitto/broker$1.conf"
  echo "user $(id -un)"
}
for broker in "1 $one" "2 $two"; do
  read -r number port <<<"$broker"
  configure "$number" "$port" >"$work/broker$number.conf"
  setpriv --pdeathsig KILL mosquitto -v -c "$work/broker$number.conf" >"$work/broker$number.log" 2>&1 &
  wait_for "broker$number.log" running
done
wait_for broker2.log 'Received SUBSCRIBE'

if ! command -v janus >/dev/null; then
  echo "SKIP: there is no janus here (Debian 13 has no package of it): the brokers and nginx are well"
  exit 77
fi
echo "a broadcast through the media server, found by way of the bridge"
port=$(free_port)
setpriv --pdeathsig TERM /usr/bin/python3 -B "$here/sfu.py" --open --listen "127.0.0.1:$port" >"$work/sfu.log" 2>&1 &
wait_for sfu.log 'Ctrl-C'
"$program" host --headless --room studio --user anna --size 320x180 --hub "mqtt://127.0.0.1:$one" --direct 0 \
  --publish "whip://127.0.0.1:$port/whip/studio" --stream "whep://127.0.0.1:$port/whep/studio" \
  >"$work/host.log" 2>&1 & host=$!
"$program" load --hub "mqtt://127.0.0.1:$two" --watch-only --room studio --viewers 3 --calls 1 --duration 7 \
  --decode 1 --json "$work/load.json" >"$work/load.log" 2>&1 || fail "not all saw it, or a call was lost"
kill -0 $host || fail "the broadcaster ended"
grep -q '3 decoded: [1-9]' "$work/load.log" || fail "no frame code was read"
cat "$work/load.log"
echo "passed"
