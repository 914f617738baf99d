#!/usr/bin/env bash
# The packages in a minimal Debian of their own, as its root: package_inside.sh VERSION. /root/old and /root/new have
# them as 0.0.1 and VERSION. There is no systemd that runs: what a unit starts is started as it says there.
set -uo pipefail
version=$1
cd /root || exit
fail() { echo "FAILED: $1"; shift; [ $# = 0 ] || tail -n 40 "$@"; exit 1; }
# quiet WHAT COMMAND...: its output only where it fails.
quiet() { local what=$1; shift; "$@" >log 2>&1 || fail "$what" log; }
apt() {
  quiet "apt-get $*" apt-get -qq -y --no-install-recommends -o APT::Keep-Downloaded-Packages=true \
    -o Binary::apt-get::APT::Keep-Downloaded-Packages=true -o Dpkg::Options::=--force-confold "$@"
}
unit=/lib/systemd/system

# said UNIT KEY: what the unit says there.
said() { sed -e ':more; /\\$/ { N; s/\\\n *//; b more }' "$unit/$1.service" | sed -n "s/^$2=//p"; }
# as_unit UNIT ARGUMENT...: in `start`, what it starts, as whom, where it may keep things.
as_unit() {
  local name=$1 user state; shift
  user=$(said "$name" User) state=/var/lib/$(said "$name" StateDirectory)
  install -d -o "$user" -m 700 "$state"
  read -ra start <<<"$(said "$name" ExecStart)"
  start=(setpriv --reuid="$user" --regid="$user" --init-groups env "STATE_DIRECTORY=$state" "HOME=$state"
    "${start[@]}" "$@")
}
# get PORT PATH: what is answered.
get() {
  exec 9<>"/dev/tcp/127.0.0.1/$1" || return
  printf 'GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n' "$2" >&9
  timeout 20 cat <&9
  exec 9<&-
}
# The hub as its unit starts it, by the configuration that is there, answers.
hub_answers() {
  local port hub
  as_unit callapi-hub
  "${start[@]}" >hub.log 2>&1 & hub=$!
  for _ in $(seq 200); do grep -q 'ws://' hub.log && break; sleep 0.1; done
  port=$(grep -om1 'ws://127.0.0.1:[0-9]*' hub.log | grep -o '[0-9]*$') || fail "$1: the hub does not listen" hub.log
  get "$port" /healthz >answer
  grep -q '^HTTP/1.1 200' answer && grep -q '"status":"ok"' answer || fail "$1: the hub is not well" answer hub.log
  get "$port" / >answer
  grep -q '^HTTP/1.1 200' answer && grep -q '</html>' answer || fail "$1: the hub has no page" answer hub.log
  [ "$(ps_user "$hub")" = callapi-hub ] || fail "$1: the hub runs as $(ps_user "$hub")"
  kill $hub; wait $hub || fail "$1: the hub ended with $?" hub.log
}
ps_user() { stat -c %U "/proc/$1"; }
has_mode() { [ "$(stat -c '%a %U:%G' "$1")" = "$2" ] || fail "$1 is $(stat -c '%a %U:%G' "$1"), not $2"; }
has_version() {
  for package in callapi callapi-hub callapi-kiosk libcallapi-dev; do
    [ "$(dpkg-query -Wf '${Version}' $package)" = "$1" ] || fail "$package is not at $1"
  done
}

# --- installed
quiet "no packages from the mirror" apt-get -qq update
apt install ./old/*.deb
has_version 0.0.1
has_mode /etc/callapi/hub.ini '640 root:callapi-hub'
has_mode /etc/callapi/kiosk.ini '640 root:callapi'
[ -e /etc/systemd/system/multi-user.target.wants/callapi-hub.service ] || fail "the hub is not started at boot"
[ ! -e /etc/systemd/system/multi-user.target.wants/callapi-kiosk.service ] || fail "a kiosk is started unasked"
for service in callapi-hub callapi-kiosk; do
  systemd-analyze verify --man=no $service.service >log 2>&1
  ! grep "$service" log || fail "the unit of $service: see above"
done

# --- it runs
callapi --version | grep -q "^callapi $version" || fail "callapi --version"
callapi hub --help | grep -q -- --tls-cert || fail "callapi hub --help"
for command in $(callapi help | sed -nE 's/^  ([a-z]+) .*/\1/p'); do
  zcat "/usr/share/man/man1/callapi-$command.1.gz" >page || fail "callapi $command has no manual page"
  for option in $(callapi "$command" --help | grep -oE -- '^  (-[a-z], )?--[a-z-]+' | grep -oE -- '--.*'); do
    grep -q -- "^.B .*${option//-/\\\\-}" page || fail "the manual page of $command has no $option"
    [[ " $(. /usr/share/bash-completion/completions/callapi; _callapi_words "$command") " =~ " $option"[=\ ] ]] ||
      fail "bash completes no $option of $command"
  done
done
for file in applications/callapi.desktop icons/hicolor/scalable/apps/callapi.svg metainfo/callapi.metainfo.xml; do
  [ -s "/usr/share/$file" ] || fail "there is no $file"
done
sed -i 's/^listen=.*/listen=127.0.0.1:0/' /etc/callapi/hub.ini
hub_answers "as installed"
# A kiosk with a hub of its own that is called nobody: it has a history all the same.
sed -i -e 's/^#hub=.*/hub=embedded/' -e 's/^#listen=.*/listen=127.0.0.1:0/' -e 's/^user=.*/user=front-door/' \
  /etc/callapi/kiosk.ini
as_unit callapi-kiosk --headless --duration 2
"${start[@]}" >kiosk.log 2>&1 || fail "the kiosk ended with $?" kiosk.log
history=/var/lib/callapi/history.sqlite
[ -s $history ] || fail "the kiosk keeps no history" kiosk.log

# --- upgraded
before=$(cat /etc/callapi/hub.ini /etc/callapi/kiosk.ini $history | sha256sum)
apt install ./new/*.deb
has_version "$version"
[ "$before" = "$(cat /etc/callapi/hub.ini /etc/callapi/kiosk.ini $history | sha256sum)" ] ||
  fail "the upgrade changed configuration or history"
has_mode /etc/callapi/hub.ini '640 root:callapi-hub'
has_mode /etc/callapi/kiosk.ini '640 root:callapi'
grep -q '^user=front-door' /etc/callapi/kiosk.ini || fail "the kiosk is somebody else"
callapi history --history $history >log 2>&1 || fail "the history cannot be read" log
hub_answers "after the upgrade"

# --- removed: what is the owner's stays
apt remove callapi callapi-hub callapi-kiosk 'libcallapi*'
[ ! -e /usr/bin/callapi ] || fail "callapi is still there"
[ -s /etc/callapi/hub.ini ] && [ -s $history ] || fail "removing took configuration or history"

# --- purged: nothing stays, but a key that others might read, and the user it is for
install -m 640 -g callapi-hub /dev/null /etc/callapi/hub.key.pem
quiet "purging the hub" dpkg --purge callapi-hub
getent passwd callapi-hub >/dev/null || fail "there is a key of callapi-hub's, and no user"
rm /etc/callapi/hub.key.pem
quiet "the hub again" dpkg --force-depends -i new/callapi-hub_*.deb
quiet purging dpkg --purge callapi-hub callapi-kiosk callapi
rm -rf old new
find / -xdev \( -name '*callapi*' -o -nouser -o -nogroup \) -not -path '/proc/*' -not -path '/root/*' >left
[ ! -s left ] || fail "purging left something" left
! grep callapi /etc/passwd /etc/group /etc/shadow || fail "purging left users"
[ -z "$(dpkg-query -W '*callapi*' 2>/dev/null)" ] || fail "dpkg still knows it"
echo "package: $version installed, run, upgraded, removed and purged"
