#!/bin/sh
# In the new system, as its root, once: what is not a file (image.sh).
set -eu
sed -i "s/@gid@/$(getent group callapi | cut -d: -f3)/" /etc/fstab
echo kiosk >/etc/hostname
ln -sf /boot/firmware/wpa_supplicant.conf /etc/wpa_supplicant/wpa_supplicant-wlan0.conf
systemctl enable systemd-networkd.service systemd-resolved.service systemd-timesyncd.service grow-root.service \
  callapi-kiosk.service
systemctl disable wpa_supplicant.service
systemctl mask getty@tty1.service
passwd --lock root
rm -f /etc/ssh/ssh_host_*_key* /etc/machine-id /var/lib/dbus/machine-id /root/settle.sh
touch /etc/machine-id # made at the first start
touch /etc/.updated /var/.updated # nothing is left to be done for what was installed (systemd-update-done)
apt-get clean
rm -rf /var/lib/apt/lists/*
