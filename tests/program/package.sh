#!/usr/bin/env bash
# The Debian packages, made by ./run package and tried in a fresh minimal Debian: installed, run, upgraded from a
# version before, removed and purged (package_inside.sh).
# package.sh SOURCE_DIRECTORY FOLDER [SUITE]: this Debian's, or the named one's. What is worth keeping for the next time
# (what was compiled, the minimal Debian, the packages that ours depend on) stays in FOLDER.
set -euo pipefail
cd "$1"
folder=$2 suite=${3:-$(. /etc/os-release && echo "${VERSION_CODENAME:-}")}
skip() { echo "skipped: $1"; exit 77; }
[ "$(id -u)" = 0 ] || skip "a root file system is another one for root only"
for tool in mmdebstrap dh lintian; do command -v $tool >/dev/null || skip "no $tool here"; done
[ -n "$suite" ] || skip "this Debian has no name"
cache=$folder/cache base=$folder/cache/$suite.tar
mkdir -p "$cache/archives/partial"

# --- the packages, and the same as they would have been with a lower version and another configuration
make=(./run package "$folder")
if [ -n "${3:-}" ]; then
  architecture=$(dpkg --print-architecture)
  make=(./run package "$architecture" "$suite") folder=out/package/$suite-$architecture
fi
"${make[@]}" >"$cache/log" 2>&1 || { cat "$cache/log"; exit 1; }
version=$(sed -nE 's/^project\(callapi VERSION ([0-9.]+).*/\1/p' CMakeLists.txt)
work=$(mktemp -d)
trap 'rm -rf --one-file-system "$work"' EXIT
root=$work/root
mkdir -p "$work/new" "$work/old" "$root"
for deb in "$folder"/*.deb; do
  [[ $deb != *-dbgsym_* ]] || continue
  name=${deb##*/}
  cp "$deb" "$work/new"
  rm -rf "$work/tree"
  dpkg-deb -R "$deb" "$work/tree"
  sed -i -e '/^Version:/s/ .*/ 0.0.1/' -e "s/(= $version)/(= 0.0.1)/" "$work/tree/DEBIAN/control"
  for ini in "$work"/tree/etc/callapi/*.ini; do
    [ ! -e "$ini" ] || echo '# A line that the next version has not.' >>"$ini"
  done
  dpkg-deb -Zgzip -z1 -b "$work/tree" "$work/old/${name%%_*}_0.0.1.deb" >/dev/null
done

# --- a minimal Debian, a week old at most
if [ -z "$(find "$base" -mtime -7 2>/dev/null)" ]; then
  mmdebstrap --quiet --variant=minbase --format=tar "$suite" "$base.new" ${MIRROR:-} >"$cache/log" 2>&1 ||
    { tail -n 5 "$cache/log"; skip "no Debian to be had: see above"; }
  mv "$base.new" "$base"
fi
tar -C "$root" -xpf "$base"
cp tests/program/package_inside.sh "$root/root"
cp -r "$work/new" "$work/old" "$root/root"

# The mounts are those of a namespace, and go with it, as do all processes.
unshare --mount --pid --fork --kill-child bash -ec "
  cp -L /etc/resolv.conf '$root/etc/resolv.conf' 2>/dev/null || true
  mount -t proc proc '$root/proc' && mount --rbind /dev '$root/dev' && mount -t tmpfs tmpfs '$root/run'
  mount --bind '$cache/archives' '$root/var/cache/apt/archives'
  exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive \
    chroot '$root' bash /root/package_inside.sh '$version'"
