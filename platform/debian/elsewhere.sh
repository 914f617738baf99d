#!/usr/bin/env bash
# Packages for another architecture or another Debian than this machine's: made in a minimal Debian that has this
# machine's compiler and the other's libraries beside each other (multiarch). Nothing of it is emulated but the program
# that says its own manual pages. Debian 12's libnice-dev can not be there twice (gobject-introspection): for that one
# all is the other's, and emulated, which takes an hour. That Debian is kept in FOLDER.
# elsewhere.sh ARCHITECTURE SUITE FOLDER BUILD_DEPENDENCY...
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
architecture=$1 suite=$2 folder=$3; shift 3
fail() { echo "package: $1" >&2; exit 1; }
case $architecture in
arm64) emulator=qemu-aarch64 ;;
armhf) emulator=qemu-arm ;;
amd64) emulator= ;;
*) fail "there are packages for amd64, arm64 and armhf, not for '$architecture'" ;;
esac
[ "$(id -u)" = 0 ] || fail "a Debian inside this one is for root only"
here=$(dpkg --print-architecture)
[ "$architecture" != "$here" ] || emulator=
[ -z "$emulator" ] || grep -qs '^enabled' /proc/sys/fs/binfmt_misc/$emulator ||
  fail "programs for $architecture do not run here: qemu-user-static and the kernel's binfmt_misc are needed for that"
[ "$suite" != bookworm ] || here=$architecture

mkdir -p "$folder/out"
folder=$(realpath "$folder") root=$folder/root
tools=build-essential,debhelper,lintian libraries=
[ "$architecture" = "$here" ] || tools+=,crossbuild-essential-$architecture,libc6-dev:$architecture,qemu-user-static
for package in "$@"; do
  case $package in
  gcc | g++ | libc6-dev) ;;
  lib* | glib-*) libraries+=,$package:$architecture ;;
  *) tools+=,$package ;;
  esac
done
wanted="$suite $here $architecture $tools$libraries"
if [ "$(cat "$folder/made" 2>/dev/null)" != "$wanted" ]; then
  command -v mmdebstrap >/dev/null || fail "no mmdebstrap here"
  rm -rf --one-file-system "$root" "$folder/made"
  mmdebstrap --quiet --variant=minbase --architectures="$(printf '%s\n' "$here" "$architecture" | uniq | paste -sd,)" \
    --include="$tools$libraries" "$suite" "$root" ${MIRROR:-}
  echo "$wanted" >"$folder/made"
fi

# The mounts are those of a namespace, and go with it.
mkdir -p "$root/callapi" "$root/out"
epoch=$(git log -1 --format=%ct 2>/dev/null || stat -c %Y CHANGELOG.md)
unshare --mount --pid --fork --kill-child bash -ec "
  mount -t proc proc '$root/proc' && mount --rbind /dev '$root/dev'
  mount --bind '$PWD' '$root/callapi' && mount -o remount,bind,ro '$root/callapi'
  mount --bind '$folder/out' '$root/out'
  exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 SOURCE_DATE_EPOCH='$epoch' \
    HOST_ARCHITECTURE='$architecture' chroot '$root' /callapi/platform/debian/package.sh /out $*"
rm -f "$folder"/*.deb
mv "$folder"/out/*.deb "$folder"
ls "$folder"/*.deb
