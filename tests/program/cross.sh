#!/usr/bin/env bash
# All of it built for another processor without a warning, with the libraries of a Debian for it, and the tests that are
# programs of their own run by QEMU. cross.sh ARCHITECTURE NAME PACKAGE... (arm64: built and tested; armhf: built; NAME
# as for './run test', "": all of them; PACKAGE...: ./run's list of what a build needs). Needs root, mmdebstrap and a
# network to Debian the first time; the libraries are kept in out/ARCHITECTURE.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
architecture=$1 name=$2; shift 2
case $architecture in
arm64) triple=aarch64-linux-gnu ;;
armhf) triple=arm-linux-gnueabihf ;;
*) echo "cross: '$architecture' is neither arm64 nor armhf" >&2; exit 2 ;;
esac
folder=$PWD/out/$architecture root=$PWD/out/$architecture/root build=build/$architecture
. /etc/os-release
suite=$VERSION_CODENAME

# What is built with is this machine's; what is built against, and what tests draw and hear with, the other's.
packages=$(printf '%s\n' "$@" fonts-dejavu-core fonts-wqy-microhei tzdata |
  grep -E '^(lib.*-dev|libwebsockets-evlib-.*|glib-networking|fonts-.*|tzdata)$' | sort -u | paste -sd,)

# The root is only unpacked: nothing of it is run, so that the kernel need not know how. What installing it would have
# linked is linked here: alternatives, and what is named from the root on.
make_root() {
  rm -rf --one-file-system "$root"
  mkdir -p "$folder"
  mmdebstrap --quiet --variant=extract --architectures="$architecture" --include="$packages" \
    --hook-dir=/usr/share/mmdebstrap/hooks/merged-usr "$suite" "$root" ${MIRROR:-}
  for library in blas/libblas lapack/liblapack; do
    ln -sf "$library.so.3" "$root/usr/lib/$triple/${library#*/}.so.3"
  done
  find "$root" -xdev -type l -lname '/*' | while read -r link; do
    ln -sfn "$(realpath -ms --relative-to="$(dirname "$link")" "$root$(readlink "$link")")" "$link"
  done
  echo "$suite $packages" >"$folder/made"
}

[ "$(cat "$folder/made" 2>/dev/null)" = "$suite $packages" ] || make_root
mkdir -p "$build"
{ cmake -B "$build" -S . -G Ninja -DWERROR=ON -DCMAKE_TOOLCHAIN_FILE="$PWD/platform/cross/debian.cmake" \
    -DDEBIAN_ARCHITECTURE="$architecture" -DCMAKE_SYSROOT="$root" &&
  cmake --build "$build" --target all quick; } >"$build/build.log" 2>&1 ||
  { tail -n 60 "$build/build.log"; echo "cross: the build for $architecture failed: $build/build.log" >&2; exit 1; }
echo "cross: built for $architecture"
[ "$architecture" = arm64 ] || exit 0
exec ctest --test-dir "$build" -j"$(nproc)" --output-on-failure -L unit ${name:+-R "$name"}
