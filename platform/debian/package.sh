#!/usr/bin/env bash
# Debian packages of this tree, for this machine's Debian and architecture (or for HOST_ARCHITECTURE, whose libraries
# are there), to FOLDER. What was compiled there before is compiled again only where it changed.
# package.sh FOLDER BUILD_DEPENDENCY...
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
tree=$PWD out=$1; shift
version=$(sed -nE 's/^project\(callapi VERSION ([0-9.]+).*/\1/p' CMakeLists.txt)
soname=${version%%.*}
# The date of the sources, so that the same ones make the same packages.
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || stat -c %Y CHANGELOG.md)}
export SOURCE_DATE_EPOCH
maintainer='The CallAPI contributors <callapi@lists.callapi.invalid>'

mkdir -p "$out"
cd "$out"
rm -f ./*.deb ./*.changes ./*.buildinfo
# debian/ in a copy: in the tree it is one folder among others of the platform's.
mkdir -p callapi
find callapi -mindepth 1 -maxdepth 1 ! -name 'obj-*' -exec rm -rf {} +
tar -C "$tree" --exclude=./build --exclude=./out --exclude='./.*' --exclude=node_modules -c . | tar -C callapi -x
cd callapi
cp -r platform/debian debian
mv debian/libcallapi.install "debian/libcallapi$soname.install"
for package in callapi-hub callapi-kiosk; do
  cp platform/systemd/$package.sysusers debian/
  user=$(awk '$1 == "u" { print $2 }' platform/systemd/$package.sysusers)
  sed "s/@user@/$user/g" debian/postrm.in >debian/$package.postrm
done
cp platform/systemd/callapi-kiosk.pam debian/
build_depends=$(printf '%s\n' "$@" | grep -vxE 'gcc|g\+\+|libc6-dev' | paste -sd, | sed 's/,/, /g')
sed -e "s/@soname@/$soname/" -e "s/@build_depends@/$build_depends/" -e "s/@maintainer@/$maintainer/" \
  debian/control.in >debian/control
cat >debian/changelog <<CHANGELOG
callapi ($version) unstable; urgency=medium

  * What changed is in /usr/share/doc/callapi/CHANGELOG.md.

 -- $maintainer  $(LC_ALL=C date -u -R -d "@$SOURCE_DATE_EPOCH")
CHANGELOG
rm debian/*.in debian/package.sh debian/elsewhere.sh

# The last build's state is not its build: cmake sees itself what is old.
architecture=$(dpkg --print-architecture) options=()
if [ "${HOST_ARCHITECTURE:-$architecture}" != "$architecture" ]; then
  options=("--host-arch=$HOST_ARCHITECTURE" "--build-profiles=cross,nocheck")
fi
DEB_BUILD_OPTIONS=nocheck dpkg-buildpackage --build=binary --no-pre-clean -us -uc "${options[@]}" >../build.log 2>&1 ||
  { tail -n 60 ../build.log >&2; echo "package: it failed; all of it is in $out/build.log" >&2; exit 1; }
cd ..
lintian --fail-on error --allow-root ./*.changes
ls ./*.deb
