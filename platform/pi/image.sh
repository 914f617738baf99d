#!/usr/bin/env bash
# The image of a card with which a Raspberry Pi is a kiosk from its first start on: a minimal Debian for arm64 with our
# packages (README.md says what a user sees of it). What it consists of is installed by Debian's own programs, emulated
# where they are for arm64.
# image.sh SUITE FOLDER_OF_PACKAGES IMAGE; root only.
set -euo pipefail
suite=$1 packages=$(realpath "$2") image=$(realpath "$3")
cd "$(dirname "${BASH_SOURCE[0]}")"
fail() { echo "pi: $1" >&2; exit 1; }
[ "$(id -u)" = 0 ] || fail "a root file system is made by root only"
ls "$packages"/callapi_*_arm64.deb >/dev/null 2>&1 || fail "no packages for arm64 in $packages; './run package arm64'"

# Starts the machine; draws, hears and sees; has the network; is looked after from afar.
include=linux-image-arm64,initramfs-tools,raspi-firmware,systemd-sysv,dbus,udev,kmod,e2fsprogs,fdisk,dosfstools
include+=,libgl1-mesa-dri,libegl1,libgles2,libgbm1,fonts-dejavu-core,alsa-utils
include+=,iproute2,ca-certificates,systemd-timesyncd,systemd-resolved,wpasupplicant,wireless-regdb,firmware-brcm80211
include+=,openssh-server

work=$(mktemp -d -p "$(dirname "$image")")
trap 'rm -rf --one-file-system "$work"' EXIT
root=$work/root
mkdir "$work/new"
cp "$packages"/callapi_*_arm64.deb "$packages"/callapi-kiosk_*.deb "$work/new"

# raspi-firmware's hook writes /boot/firmware when the kernel is installed.
mkdir -p "$work/default"
echo 'ROOTPART=LABEL=root' >"$work/default/raspi-firmware"
echo 'quiet consoleblank=0 vt.global_cursor_default=0' >"$work/default/raspi-extra-cmdline"
mmdebstrap --quiet --variant=minbase --architectures=arm64 --components=main,non-free-firmware --include="$include" \
  --aptopt='APT::Install-Recommends "false"' --dpkgopt=force-confold \
  --setup-hook="mkdir -p \"\$1/etc/default\" \"\$1/boot/firmware\"" \
  --setup-hook="copy-in '$work/default/raspi-firmware' '$work/default/raspi-extra-cmdline' /etc/default" \
  --customize-hook="copy-in '$work/new' /root" \
  --customize-hook="chroot \"\$1\" sh -c 'apt-get -y -o Dpkg::Use-Pty=0 install /root/new/*.deb && rm -r /root/new'" \
  --customize-hook="cp -r files/. \"\$1\"" \
  --customize-hook="chroot \"\$1\" sh /root/settle.sh" \
  "$suite" "$root" ${MIRROR:-}

# --- two partitions, as the Raspberry Pi's firmware wants them: FAT with the kernel, and the root
mib=1048576 firmware_mib=256
root_mib=$(($(du -sm --exclude=boot/firmware/* "$root" | cut -f1) * 5 / 4 + 200))
rm -f "$image"
truncate -s $(((1 + firmware_mib + root_mib) * mib)) "$image"
sfdisk --quiet "$image" <<TABLE
label: dos
start=1MiB, size=${firmware_mib}MiB, type=c, bootable
type=83
TABLE
mkfs.vfat -C -F 32 -n FIRMWARE "$work/firmware" $((firmware_mib * 1024)) >/dev/null
mcopy -s -i "$work/firmware" "$root"/boot/firmware/* ::
dd if="$work/firmware" of="$image" bs=$mib seek=1 conv=notrunc status=none
rm -rf "${root:?}"/boot/firmware/*
mke2fs -q -t ext4 -L root -d "$root" -E "offset=$(((1 + firmware_mib) * mib))" "$image" "${root_mib}M"
ls -lsh "$image"
