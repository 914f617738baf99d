#!/usr/bin/env bash
# The README's two commands in a fresh minimal Debian, which has git and apt and nothing else: what was installed by
# hand here hides a package that is missing in ./run. To be run where ./run's lists of packages change. fresh.sh SUITE
# [NAME] (bookworm, trixie; NAME as for './run test', else every test); needs root, mmdebstrap and a network to Debian.
# What apt downloads is kept in out/fresh for the next time.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
suite=$1 name=${2:-} root=$(mktemp -d)
trap 'rm -rf --one-file-system "$root"' EXIT

mmdebstrap --quiet --variant=minbase --include=git,ca-certificates "$suite" "$root" ${MIRROR:-}
git clone --quiet . "$root/root/project"
kept=$PWD/out/fresh/$suite.debs
mkdir -p "$kept/partial"
# The mounts are those of a namespace, and go with it, as do all processes. The root is changed for good: in a mere
# chroot the kernel refuses user namespaces, which the compositors' tests need.
unshare --mount --pid --fork --kill-child bash -ec "
  mount --bind '$root' '$root' && cd '$root'
  mount -t proc proc proc && mount --rbind /dev dev && mount --rbind /sys sys && mount -t tmpfs tmpfs run
  mount --bind '$kept' var/cache/apt/archives
  mkdir -p old && pivot_root . old && cd / && umount --lazy /old
  exec env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin NAME=${name@Q} bash -c '
    rmdir /old; cd /root/project && ./run demo --headless && ./run test \${NAME:+\"\$NAME\"}'
" >"out/fresh/$suite.log" 2>&1 || {
  tail -n 40 "out/fresh/$suite.log"
  echo "fresh: $suite fails; all of it is in out/fresh/$suite.log" >&2
  exit 1
}
echo "fresh: both commands pass on $suite"
