#!/usr/bin/env bash
# A kiosk that is looked after from afar, by a hub with tokens or a Mosquitto with passwords: who may, may; who may not,
# may not.
# manage.sh CALLAPI [mqtt]
set -eu
program=$1
signalling=${2:-hub}
PATH=$PATH:/usr/sbin
work=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; wait; rm -rf "$work"' EXIT
fail() { echo "manage: $*" >&2; exit 1; }
for secret in secret managers strangers; do head -c 32 /dev/urandom | base64 >"$work/$secret"; done
for user in kiosk admin stranger; do
  "$program" token --user $user --secret-file "$work/secret" >"$work/$user.token"
done
if [ $signalling = hub ]; then
  "$program" hub --listen 127.0.0.1:0 --token-secret "$work/secret" >"$work/hub" &
  for _ in $(seq 100); do grep -q ws: "$work/hub" && break; sleep 0.1; done
  hub=$(grep -o 'ws://[^ ]*' "$work/hub")
else
  port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
  for user in kiosk admin stranger; do echo "$user:$(cat "$work/$user.token")"; done >"$work/passwords"
  mosquitto_passwd -U "$work/passwords"
  printf 'user %s\nlistener %s 127.0.0.1\nallow_anonymous false\npassword_file %s\nacl_file %s\n' \
    "$(id -un)" "$port" "$work/passwords" "$(dirname "$0")/../../net/mqtt/mosquitto.acl" >"$work/mosquitto.conf"
  mosquitto -c "$work/mosquitto.conf" >"$work/broker" 2>&1 &
  for _ in $(seq 100); do grep -q running "$work/broker" && break; sleep 0.1; done
  hub=mqtt://127.0.0.1:$port
fi
ask() {
  local who=$1; shift
  timeout 40 "$program" manage --hub "$hub" --user "$who" --token @"$work/$who.token" \
    --secret-file "$work/${key:-managers}" --to kiosk "$@"
}

cat >"$work/kiosk.ini" <<INI
[connection]
hub=$hub
user=kiosk
token=@$work/kiosk.token
[kiosk]
manager=admin
manager-secret=$work/managers
no-directory=true
[screen]
headless=true
INI
"$program" kiosk --config "$work/kiosk.ini" --history none 2>"$work/kiosk.log" &
kiosk=$!
for _ in $(seq 100); do ask admin status >"$work/status" 2>/dev/null && break; sleep 0.2; done
python3 - "$work/status" <<'PY' || fail "the status: $(cat "$work/status")"
import json, sys
status = json.load(open(sys.argv[1]))
assert status["user"] == "kiosk" and status["call"] == "prepared", status
assert status["screen"] == "directory" and status["uptime_s"] >= 0, status
PY
if ask stranger status >"$work/answer" 2>&1; then fail "a stranger was let in"; fi
grep -q "not allowed" "$work/answer" || fail "a stranger was told: $(cat "$work/answer")"
grep -q "stranger wants.*not named" "$work/kiosk.log" || fail "the stranger is not in the log"

# A manager's name, which a broker without an access list lets anybody have, proves nothing without the key.
if key=strangers ask admin restart >"$work/answer" 2>&1; then fail "a name alone was enough"; fi
grep -q "not allowed" "$work/answer" || fail "who has the name alone was told: $(cat "$work/answer")"
grep -q "admin wants.*signature" "$work/kiosk.log" || fail "it is not in the log: $(cat "$work/kiosk.log")"

# However often a stranger asks, from however many devices: the manager is answered, and the log has one line.
pids=()
for _ in $(seq 15); do ask stranger status >/dev/null 2>&1 & pids+=($!); done
sleep 1
ask admin status >/dev/null || fail "a stranger silenced the manager"
for pid in "${pids[@]}"; do wait "$pid" || true; done
[ "$(grep -c "not named" "$work/kiosk.log")" = 1 ] ||
  fail "the stranger is in the log more than once: $(cat "$work/kiosk.log")"
ask admin screenshot -o "$work/shot.jpg" >/dev/null
ffprobe -v error -show_entries stream=codec_name,width,height -of csv=p=0 "$work/shot.jpg" |
  grep -q "mjpeg,960,540" || fail "no picture: $(file "$work/shot.jpg")"

# A wrong configuration is not taken; a good one is.
sed -i 's/^no-directory.*/no-directory=perhaps/' "$work/kiosk.ini"
if ask admin reload >"$work/answer" 2>&1; then fail "a wrong configuration was taken"; fi
grep -q "kiosk.ini:8: 'no-directory': wants true or false" "$work/answer" ||
  fail "what is wrong was not told: $(cat "$work/answer")"
grep -q "stays as it was" "$work/kiosk.log" || fail "the wrong configuration is not in the log"
sed -i 's/^no-directory.*/no-directory=true/; s/^manager=.*/manager=admin;stranger/' "$work/kiosk.ini"
ask admin reload | grep -q 'done' || fail "a reload: $(cat "$work/kiosk.log")"
ask stranger status >/dev/null || fail "the configuration was not read again: $(cat "$work/kiosk.log")"

# One that only fails when it is used is not said to be done: the one before goes on.
cp "$work/kiosk.ini" "$work/good.ini"
printf '[media]\nvideo=/nowhere/film.mp4\n' >>"$work/kiosk.ini"
if ask admin reload >"$work/answer" 2>&1; then fail "a configuration that cannot be used was taken"; fi
grep -q "cannot be used, and the one before is kept" "$work/answer" ||
  fail "what became of it was not told: $(cat "$work/answer")"
cp "$work/good.ini" "$work/kiosk.ini"

# Nobody watches over this kiosk: it starts itself again, in the same process, and is there when that is said.
ask admin restart | grep -q 'done' || fail "a restart: $(cat "$work/kiosk.log")"
ask admin status >"$work/status" || fail "it did not come back: $(cat "$work/kiosk.log")"
grep -q '"configuration":.*"read"' "$work/status" || fail "the status: $(cat "$work/status")"
kill $kiosk
status=0; wait $kiosk || status=$?
[ $status = 0 ] || fail "it ended with $status"
if ask admin status >"$work/answer" 2>&1; then fail "it was gone"; fi
grep -q "not online" "$work/answer" || fail "who is gone: $(cat "$work/answer")"
if "$program" kiosk --user k --manager a --headless 2>"$work/answer"; then fail "managers without a key"; fi
grep -q "a name alone proves nothing" "$work/answer" || fail "$(cat "$work/answer")"
echo "manage: as expected"
