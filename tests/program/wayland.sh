#!/usr/bin/env bash
# A Wayland compositor without a screen, a program in it. wayland.sh sway|cage COMMAND...
# Ends with the command's exit status; 77 (skipped) where no compositor can be started.
set -uo pipefail
compositor=$1; shift
command -v "$compositor" >/dev/null || { echo "skipped: no $compositor here"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 700 "$work"

# The command in a file of its own: whatever quotes it has. Sway does not end with it, cage does.
{
  echo '#!/bin/bash'
  printf '%q ' "$@"; printf '>%q 2>&1\n' "$work/out"
  printf 'echo $? >%q\n' "$work/status"
  [ "$compositor" != sway ] || echo 'swaymsg -q exit'
} >"$work/command"
chmod +x "$work/command"
printf 'xwayland disable\noutput * resolution 1280x720\ndefault_border none\nexec %q\n' "$work/command" >"$work/config"
case $compositor in
sway) start=(sway -c "$work/config") ;;
cage) start=(cage -- "$work/command") ;;
esac

# wlroots refuses to run as root: another name for the same user, who may read the same files.
as_user=()
[ "$(id -u)" != 0 ] || as_user=(unshare --user --map-user=1000 --map-group=1000)
"${as_user[@]}" true 2>/dev/null || { echo "skipped: no user namespaces here"; exit 77; }
env -u DISPLAY -u WAYLAND_DISPLAY XDG_RUNTIME_DIR="$work" WLR_BACKENDS=headless WLR_RENDERER=pixman \
  WLR_LIBINPUT_NO_DEVICES=1 SDL_VIDEODRIVER=wayland \
  "${as_user[@]}" "${start[@]}" >"$work/log" 2>&1

cat "$work/out" 2>/dev/null
[ -f "$work/status" ] || { echo "the compositor did not start the command:"; tail -20 "$work/log"; exit 1; }
exit "$(cat "$work/status")"
